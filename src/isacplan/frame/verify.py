"""Whether no design exceeds a bound: mathematics of its own, for the certificate check.

Nothing here is shared with the search but the statement of the problem: blocks are counted again,
the rate (24) is spelled again, allocations come from one recursion over blocks.
"""

import math
from typing import Protocol

import numpy as np

from isacplan._typing import Float
from isacplan.frame.dense import EDGE, DenseAdditive
from isacplan.frame.problem import FrameProblem

SAMPLES = 40
REFINEMENTS = 3
DECIMAL = 1.8e-15
"""Relative rounding of a block's end and of a duration that was typed as its multiple."""


class CheckedModel(Protocol):
    """What a check knows of an efficiency."""

    def efficiencies(self, duration: float) -> Float:
        """Efficiency of every user at every age, shape (K, N) [bit/s/Hz]."""
        ...

    def shortest_valid(self) -> float:
        """Sensing duration from which the model holds for all users [s]."""
        ...


def counted_blocks(problem: FrameProblem, duration: float) -> int:
    """Whole blocks in a sensing duration."""
    edges = problem.block_duration * np.arange(1, problem.n_blocks + 1)
    return int(np.count_nonzero(duration > edges - DECIMAL * edges))


def shortest_sensing(problem: FrameProblem, model: CheckedModel) -> float:
    """Shortest feasible duration: the stated one where it agrees with one found anew.

    A stated duration longer than one found anew would hide feasible designs, and is not believed.
    """
    stated, _ = problem.sensing_range()
    valid = model.shortest_valid() if problem.validity == "enforce" else 0.0
    accurate = float(np.max(problem.error_law.duration_for(problem.crb_limit)))
    anew = max(accurate, valid, problem.symbol_duration)
    return stated if anew > stated * (1.0 - 2.0 * EDGE) else anew


def rate_of(
    problem: FrameProblem, model: CheckedModel, duration: float, blocks: tuple[int, ...]
) -> float:
    """Rate (24) of one design, block by block [bit/Hz per frame]."""
    se = problem.weight @ model.efficiencies(duration)
    carried = sum(float(se[n]) for size in blocks for n in range(size))
    n_sensing = problem.n_blocks - sum(blocks)
    lost = len(blocks) * problem.update_duration + duration - n_sensing * problem.block_duration
    return problem.block_duration * carried - lost * float(se[0])


def largest_rate(
    problem: FrameProblem, phi: Float, phi_1_low: float, n_sensing: int, partial: float
) -> float:
    """Largest rate for given efficiencies over all updates and allocations.

    The rate (24) is a sum over updates, ``T_b (S(s) - phi_1) + (T_b - T_m) phi_1`` for one of s
    blocks, less what sensing takes of its last block: one recursion over blocks. Where updates and
    sensing displace more than first blocks hold, the least phi_1 counts, elsewhere the largest,
    which is the larger of both sums.
    """
    n_blocks, T_b = problem.n_blocks - n_sensing, problem.block_duration
    aged = T_b * (np.cumsum(phi[:n_blocks]) - phi[0])
    found = []
    for phi_1 in {float(phi[0]), phi_1_low}:
        one = aged + (T_b - problem.update_duration) * phi_1
        most = np.zeros(n_blocks + 1)
        for n in range(1, n_blocks + 1):
            most[n] = np.max(most[n - 1 :: -1] + one[:n])
        found.append(most[n_blocks] - partial * phi_1)
    return float(max(found))


def bounded_by_convexity(
    problem: FrameProblem, model: DenseAdditive, target: float, max_boxes: int
) -> tuple[bool, int]:
    """Whether no design exceeds a rate, by bisection, and the intervals looked at."""
    T_b = problem.block_duration
    shortest, longest = shortest_sensing(problem, model), problem.n_blocks * T_b
    boxes: list[tuple[float, float, int]] = []
    for n_sensing in range(counted_blocks(problem, shortest), problem.n_blocks):
        start = max(n_sensing * T_b, shortest)
        boxes.append((start, min((n_sensing + 1) * T_b, longest), n_sensing))
    looked = 0
    while boxes:
        start, stop, n_sensing = boxes.pop()
        looked += 1
        highest, lowest = model.box(start, stop)
        phi, phi_1_low = problem.weight @ highest, float(problem.weight @ lowest)
        partial = max(start - n_sensing * T_b, 0.0)
        if largest_rate(problem, phi, phi_1_low, n_sensing, partial) <= target:
            continue
        middle = 0.5 * (start + stop)
        if looked >= max_boxes or not start < middle < stop:
            return False, looked
        boxes += [(start, middle, n_sensing), (middle, stop, n_sensing)]
    return True, looked


def bounded_on_samples(
    problem: FrameProblem, model: CheckedModel, target: float, max_boxes: int
) -> tuple[bool, int]:
    """Whether no sampled design exceeds a rate, and how many were looked at."""
    T_b = problem.block_duration
    shortest, longest = shortest_sensing(problem, model), problem.n_blocks * T_b
    starts = np.linspace(0, problem.n_blocks - 1, min(problem.n_blocks, SAMPLES)).astype(int) * T_b
    even = np.linspace(shortest, longest, SAMPLES, endpoint=False)
    grid = np.unique(np.concatenate([starts[starts >= shortest], even]))
    rates = [_sampled_rate(problem, model, T) for T in grid]
    looked = len(grid)
    for _ in range(REFINEMENTS):
        if max(rates) > target or looked >= max_boxes:
            break
        at = int(np.argmax(rates))
        finer = np.linspace(grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)], 9)
        rates = [_sampled_rate(problem, model, T) for T in finer]
        grid, looked = finer, looked + len(finer)
    return max(rates) <= target, looked


def bounded_on_whole_symbols(
    problem: FrameProblem, model: CheckedModel, target: float, max_boxes: int
) -> tuple[bool, int]:
    """Whether no design that senses for whole symbols exceeds a rate, and how many were tried."""
    T_s = problem.symbol_duration
    # The edge of a domain is known to four digits; a symbol that near to it may be outside.
    anew = math.ceil(shortest_sensing(problem, model) / T_s * (1.0 + 2.0 * EDGE))
    first = min(anew, round(problem.sensing_range()[0] / T_s))
    symbols = np.arange(max(first, 1), round(problem.n_blocks * problem.block_duration / T_s))
    for looked, count in enumerate(symbols):
        if looked >= max_boxes or _sampled_rate(problem, model, count * T_s) > target:
            return False, looked + 1
    return True, len(symbols)


def _sampled_rate(problem: FrameProblem, model: CheckedModel, duration: float) -> float:
    phi = problem.weight @ model.efficiencies(float(duration))
    n_sensing = counted_blocks(problem, float(duration))
    partial = float(duration) - n_sensing * problem.block_duration
    return largest_rate(problem, phi, float(phi[0]), n_sensing, partial)
