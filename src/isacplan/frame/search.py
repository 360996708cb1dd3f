"""Exact solution of P1: branch and bound on the sensing duration, all updates at once."""

from dataclasses import dataclass, replace

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Float, Int
from isacplan.errors import Note
from isacplan.frame.allocation import CHUNK_ELEMENTS, best_allocation
from isacplan.frame.bounds import segment_upper_bound
from isacplan.frame.efficiency import relative_error
from isacplan.frame.feasibility import nothing_to_send
from isacplan.frame.majorant import concave_majorant
from isacplan.frame.objective import best_rates, evaluate_frame, summed_efficiency
from isacplan.frame.problem import FrameProblem
from isacplan.frame.rate import frame_rate, last_within, overhead, partial_duration, whole_blocks
from isacplan.frame.solution import FrameSolution
from isacplan.frame.verdict import certificate_label

UPDATE_RULES = ("any", "every_block", "single")
MANY_SEGMENTS = 64
SETTLED = 1e-10
"""Relative gap below which there is nothing left to gain."""
POLISH_POINTS = 9
LEFT_LIMIT = Note(
    "the rate rises until sensing fills its last block, where one block less is left: the optimum "
    "is approached, not attained"
)
MAX_EVALUATIONS = 50_000
"""Sensing durations after which the search states the gap it has."""


@dataclass
class _Incumbent:
    rate: float = -np.inf
    duration: float = 0.0
    n_sensing: int = 0
    n_updates: int = 0
    reach: float = 0.0
    evaluations: int = 0


@few_threads()
def optimal_frame(
    problem: FrameProblem, *, relative_gap: float = 1e-6, updates: str = "any"
) -> FrameSolution:
    """Best sensing duration, number of updates and allocation, with a bound that proves it.

    Sensing durations are divided first into whole sensing blocks, then by bisection. An interval
    is dropped once an upper bound of the rate over it, for every number of updates and every
    allocation, does not exceed the best rate found by more than the wanted gap. Where only whole
    symbols count, all of them in the blocks that are left are evaluated.

    Parameters
    ----------
    problem : FrameProblem
    relative_gap : float, optional
        How much better any design may at most be, relative to the rate found. The gap reached is
        in the result: it is larger where rates are not that accurate, or where the effort ends.
    updates : {"any", "single", "every_block"}, optional
        Numbers of updates admitted: all, M = 1, or M = N_t.

    Returns
    -------
    FrameSolution
        With `upper_bound` and `certificate`.

    Raises
    ------
    InfeasibleError
        When no sensing duration meets the requirements, or when updates and sensing take all of
        the frame, so that no design carries anything.
    """
    gap = float(_check.real("relative_gap", relative_gap, at_least=1e-12))
    # A gap below the error of a rate could never be closed.
    gap = max(gap, 2.0 * relative_error(problem.efficiency))
    _check.choice("updates", updates, UPDATE_RULES)
    shortest, longest = problem.sensing_range()
    best = _Incumbent()
    segments, dropped = _surviving_segments(problem, best, shortest, gap, updates)
    start = np.maximum(segments * problem.block_duration, shortest)
    stop = np.minimum((segments + 1) * problem.block_duration, longest)
    if problem.whole_symbols:
        remaining = _try_whole_symbols(problem, best, start, segments, updates)
    else:
        remaining = _bisect(problem, best, (start, stop, segments), gap, updates)
    if not problem.whole_symbols and max(dropped, remaining) > _threshold(
        best, max(SETTLED, 2.0 * relative_error(problem.efficiency))
    ):
        _polish(problem, best, shortest, updates)
    solution = _design(problem, best)
    if updates == "any" and solution.rate <= 0.0:
        phi = summed_efficiency(problem, np.array([best.duration]))[0]
        design = solution.sensing_duration, solution.blocks_per_update
        raise nothing_to_send(problem, design, phi, solution.rate)
    edge = (best.n_sensing + 1) * problem.block_duration
    return replace(
        solution,
        warnings=solution.warnings
        + ((LEFT_LIMIT,) if not problem.whole_symbols and _just_below(best.duration, edge) else ()),
        method={"any": "exact", "single": "ssu", "every_block": "fsu"}[updates],
        upper_bound=max(solution.rate, dropped, remaining),
        certificate=certificate_label(problem.efficiency),
        n_evaluations=best.evaluations,
    )


def _just_below(duration: float, edge: float) -> bool:
    return 0.0 < edge - duration < 1e-6 * edge


def _evaluate(
    problem: FrameProblem,
    best: _Incumbent,
    duration: Float,
    n_sensing: Int,
    updates: str,
    *,
    reach: Float | float,
) -> Float:
    """Largest rate at each duration, counting `n_sensing` blocks; keeps the best design seen.

    `reach` is the distance to the nearest durations evaluated as well.
    """
    n_blocks = problem.n_blocks - n_sensing
    partial = partial_duration(duration, n_sensing, problem.block_duration)
    phi = summed_efficiency(problem, duration)
    rates, n_updates = best_rates(problem, phi, n_blocks, partial, updates=updates)
    best.evaluations += len(duration)
    # The far end of a segment is its limit from the left, not a design: there n_sensing jumps.
    inside = whole_blocks(duration, problem.block_duration) <= n_sensing
    row = int(np.argmax(np.where(inside, rates, -np.inf)))
    if inside[row] and rates[row] > best.rate:
        best.rate = float(rates[row])
        best.duration = float(duration[row])
        best.n_sensing = int(n_sensing[row])
        best.n_updates = int(n_updates[row])
        best.reach = float(np.broadcast_to(reach, duration.shape)[row])
    return rates


def _threshold(best: _Incumbent, gap: float) -> float:
    return best.rate + gap * abs(best.rate)


def _surviving_segments(
    problem: FrameProblem, best: _Incumbent, shortest: float, gap: float, updates: str
) -> tuple[Int, float]:
    """Numbers of sensing blocks that may hold the optimum, and the bound of those dropped.

    One enclosure serves a whole run of segments, which differ only in the blocks left; runs are
    refined until few segments remain.
    """
    first = problem.n_sensing_blocks(shortest)
    segments = np.arange(first, problem.n_blocks)
    probes = np.unique(np.geomspace(1, len(segments), 4).astype(int)) - 1
    probe_start = np.maximum(segments[probes] * problem.block_duration, shortest)
    _evaluate(problem, best, probe_start, segments[probes], updates, reach=problem.block_duration)
    n_runs, dropped = 1, -np.inf
    while len(segments) > 1:
        runs = np.array_split(segments, min(n_runs, len(segments)))
        start = np.array([max(run[0] * problem.block_duration, shortest) for run in runs])
        stop = np.array([(run[-1] + 1) * problem.block_duration for run in runs])
        bounds_of = problem.efficiency.enclose(start, stop, problem.weight)
        slack = 1.0 + relative_error(problem.efficiency)
        phi, phi_1_low = bounds_of.phi * slack, bounds_of.first.lower / slack
        bounds = [
            _segment_bounds(problem, phi[i], float(phi_1_low[i]), run, shortest, updates)
            for i, run in enumerate(runs)
        ]
        bound = np.concatenate(bounds)
        keep = bound > _threshold(best, gap)
        dropped = max(dropped, float(np.max(bound[~keep], initial=-np.inf)))
        segments = segments[keep]
        if len(segments) <= MANY_SEGMENTS or n_runs >= len(segments):
            break
        n_runs *= 8
        middle = segments[len(segments) // 2 :][:1]
        probe = np.maximum(middle * problem.block_duration, shortest)
        _evaluate(problem, best, probe, middle, updates, reach=problem.block_duration)
    return segments, dropped


def _segment_bounds(
    problem: FrameProblem,
    phi: Float,
    phi_1_low: float,
    segments: Int,
    shortest: float,
    updates: str,
) -> Float:
    """Upper bounds of the rate in each segment of a run, from one bound of Phi."""
    if not np.all(np.isfinite(phi)):
        return np.full(len(segments), np.inf)
    T_b = problem.block_duration
    sum_bound = concave_majorant(phi)
    bounds: list[Float] = []
    rows = max(1, CHUNK_ELEMENTS // problem.n_blocks)
    for part in (segments[i : i + rows] for i in range(0, len(segments), rows)):
        n_blocks = problem.n_blocks - part[:, None]
        partial = partial_duration(shortest, part, T_b)[:, None]
        M = {"any": np.arange(1, problem.n_blocks + 1), "single": 1, "every_block": n_blocks}[
            updates
        ]
        bound = frame_rate(problem, M * sum_bound(n_blocks / M), phi[0], M, partial)
        # Where Phi_1 weighs negatively (erratum A5) its lower bound counts.
        negative = np.maximum(overhead(problem, M, partial) - M * T_b, 0.0)
        bound = bound + negative * (phi[0] - phi_1_low)
        bounds.append(np.max(np.where(n_blocks >= M, bound, -np.inf), axis=1))
    return np.concatenate(bounds)


def _bisect(
    problem: FrameProblem,
    best: _Incumbent,
    nodes: tuple[Float, Float, Int],
    gap: float,
    updates: str,
) -> float:
    """Refine intervals until none can beat the incumbent by more than the gap; their bound."""
    start, stop, n_sensing = nodes
    settled = -np.inf
    if len(start) == 0:
        return settled
    ends = np.concatenate([start, stop])
    rates = _evaluate(
        problem, best, ends, np.tile(n_sensing, 2), updates, reach=problem.block_duration
    )
    at_start, at_stop = np.split(rates, 2)
    while True:
        bound = segment_upper_bound(problem, (start, stop, n_sensing), (at_start, at_stop))
        open_ = bound > _threshold(best, gap)
        settled = max(settled, float(np.max(bound[~open_], initial=-np.inf)))
        if not np.any(open_):
            return settled
        if best.evaluations > MAX_EVALUATIONS:
            return max(settled, float(np.max(bound)))
        start, stop, n_sensing = start[open_], stop[open_], n_sensing[open_]
        at_start, at_stop, bound = at_start[open_], at_stop[open_], bound[open_]
        middle = 0.5 * (start + stop)
        if np.any((middle <= start) | (middle >= stop)):
            return max(settled, float(np.max(bound)))
        at_middle = _evaluate(problem, best, middle, n_sensing, updates, reach=0.5 * (stop - start))
        start, stop = np.concatenate([start, middle]), np.concatenate([middle, stop])
        at_start, at_stop = (
            np.concatenate([at_start, at_middle]),
            np.concatenate([at_middle, at_stop]),
        )
        n_sensing = np.tile(n_sensing, 2)


def _try_whole_symbols(
    problem: FrameProblem, best: _Incumbent, start: Float, segments: Int, updates: str
) -> float:
    """Evaluate every number of whole symbols in the segments; the largest rate."""
    per_block = round(problem.block_duration / problem.symbol_duration)
    first = np.rint(start / problem.symbol_duration).astype(int)
    symbols = np.concatenate(
        [np.arange(a, (n + 1) * per_block) for a, n in zip(first, segments, strict=True)]
        or [np.zeros(0, dtype=int)]
    )
    largest = -np.inf
    rows = max(1, CHUNK_ELEMENTS // problem.n_blocks)
    for part in (symbols[i : i + rows] for i in range(0, len(symbols), rows)):
        duration = part * problem.symbol_duration
        rates = _evaluate(
            problem, best, duration, part // per_block, updates, reach=problem.symbol_duration
        )
        largest = max(largest, float(np.max(rates)))
    return largest


def _polish(problem: FrameProblem, best: _Incumbent, shortest: float, updates: str) -> None:
    """Move the incumbent to the top of its neighbourhood, on ever finer grids."""
    segment = np.full(POLISH_POINTS, best.n_sensing)
    lowest = max(best.n_sensing * problem.block_duration, shortest)
    highest = float(last_within(best.n_sensing, problem.block_duration))
    reach = best.reach
    while reach > 1e-7 * problem.block_duration:
        grid = np.linspace(best.duration - reach, best.duration + reach, POLISH_POINTS)
        reach *= 2.0 / (POLISH_POINTS - 1)
        _evaluate(problem, best, np.clip(grid, lowest, highest), segment, updates, reach=reach)


def _design(problem: FrameProblem, best: _Incumbent) -> FrameSolution:
    phi = summed_efficiency(problem, np.array([best.duration]))[0]
    blocks = best_allocation(phi, problem.n_blocks - best.n_sensing, best.n_updates)
    return evaluate_frame(problem, best.duration, blocks)
