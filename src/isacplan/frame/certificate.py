"""Re-verifies a frame and its bound with mathematics of its own.

Only the statement of the problem is shared with the search: feasible durations are found anew,
channels are filtered with dense matrices, expectations are quadrature sums, allocations come from
sorting or from a recursion written again, and the bound is checked by a cruder branch and bound
that needs only convexity.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.frame.dense import DenseAdditive, DenseMismatched
from isacplan.frame.problem import FrameProblem, FrameSolution
from isacplan.frame.sampled import SampledEfficiency
from isacplan.frame.verdict import CertificateCheck

EDGE = 1e-3
SAMPLES = 40
REFINEMENTS = 3
DECIMAL = 1.8e-15
"""Relative rounding of a block's end and of a duration that was typed as its multiple."""


def check_certificate(
    problem: FrameProblem,
    solution: FrameSolution,
    *,
    relative_tolerance: float = 1e-6,
    max_boxes: int = 20_000,
) -> CertificateCheck:
    """Verify design, rate and upper bound of a solution without the code that found them.

    For the additive model ``tr(X C(c))`` is convex in the angle variance c for every positive
    semidefinite X, since x^2/(x + g) is operator convex: its ends bound it from above and its
    tangents from below, which bounds the rate over an interval of sensing durations. For the
    mismatched model there is no such argument: the rate is sampled, more finely where it is
    largest, and `basis` says so. Sampled efficiencies are drawn anew, see `frame.redrawn`.

    Parameters
    ----------
    problem : FrameProblem
    solution : FrameSolution
        With an upper bound.
    relative_tolerance : float, optional
        Slack on the upper bound.
    max_boxes : int, optional
        Effort after which the bound counts as not verified.

    Returns
    -------
    CertificateCheck

    Raises
    ------
    ValueError
        When the solution has no upper bound, or the knowledge model is not one known here.
    """
    if solution.upper_bound is None:
        raise ValueError("solution must have an upper bound; heuristics have none to check")
    _check.real("relative_tolerance", relative_tolerance, above=0.0)
    if isinstance(problem.efficiency, SampledEfficiency):
        from isacplan.frame.redrawn import check_redrawn

        return check_redrawn(problem, solution, relative_tolerance=relative_tolerance)
    model = _model(problem)
    T = solution.sensing_duration
    rate = _rate(problem, model, T, solution.blocks_per_update)
    error = abs(rate - solution.rate) / max(abs(rate), 1e-300)
    target = solution.upper_bound + relative_tolerance * abs(solution.upper_bound)
    look = _bounded_by_convexity if isinstance(model, DenseAdditive) else _bounded_on_samples
    holds, n_boxes = look(problem, model, target, max_boxes)
    return CertificateCheck(
        feasible=_is_feasible(problem, solution),
        rate_error=error,
        bound_holds=holds,
        n_boxes=n_boxes,
        basis=model.basis,
    )


def _is_feasible(problem: FrameProblem, solution: FrameSolution) -> bool:
    T, blocks = solution.sensing_duration, solution.blocks_per_update
    fills = counted_blocks(problem, T) + sum(blocks) == problem.n_blocks and min(blocks) >= 1
    accurate = np.all(_variances(problem, T) <= problem.crb_limit * (1.0 + 1e-12))
    return bool(fills and accurate and _shortest_valid(problem) <= T)


def counted_blocks(problem: FrameProblem, duration: float) -> int:
    """Whole blocks of sensing, by counting their ends."""
    edges = problem.block_duration * np.arange(1, problem.n_blocks + 1)
    return int(np.count_nonzero(duration > edges - DECIMAL * edges))


def _shortest(problem: FrameProblem) -> float:
    """Shortest feasible duration: the stated one where it agrees with one found anew.

    The domain's edge hangs on eigenvalues near 1e-12, known to four digits or so; a stated
    duration longer than that would hide feasible designs, and is not believed.
    """
    law = problem.closed_form.error_law
    needed = (law.per_symbol / problem.crb_limit) ** (1.0 / law.exponent)
    accurate = problem.symbol_duration * float(np.max(needed))
    anew = max(accurate, _shortest_valid(problem), problem.symbol_duration)
    stated, _ = problem.sensing_range()
    return stated if anew > stated * (1.0 - 2.0 * EDGE) else anew


def _shortest_valid(problem: FrameProblem) -> float:
    """Where the smallest eigenvalue of R - c v v^H passes the tolerance, by bisection."""
    k = problem.knowledge
    if problem.validity != "enforce" or not isinstance(k, AdditiveKnowledge):
        return 0.0
    shortest = 0.0
    for i, (R, v) in enumerate(zip(k.spatial_correlation, k.steering_derivative, strict=True)):
        g = 1.0 / k.pilot_snr[i]
        tolerance = max(min(k.psd_tolerance, 1e-3 * g), 1e-15)
        outer = np.outer(v, v.conj())
        pole = np.vdot(v, np.linalg.solve(R + g * np.eye(len(v)), v)).real
        low, high = 0.0, 0.5 / pole if pole > 0.0 else np.inf
        while np.isfinite(high) and high - low > 1e-9 * high:
            middle = 0.5 * (low + high)
            inside = np.linalg.eigvalsh(R - middle * outer)[0] >= -tolerance
            low, high = (middle, high) if inside else (low, middle)
        law = problem.closed_form.error_law
        needed = problem.symbol_duration * (law.per_symbol[i] / high) ** (1.0 / law.exponent)
        shortest = max(shortest, float(needed) * (1.0 - EDGE))
    return shortest


def _variances(problem: FrameProblem, duration: float) -> Float:
    samples = duration / problem.symbol_duration
    law = problem.closed_form.error_law
    return law.per_symbol / samples**law.exponent


def _model(problem: FrameProblem) -> DenseAdditive | DenseMismatched:
    if isinstance(problem.knowledge, AdditiveKnowledge):
        return DenseAdditive(problem.knowledge)
    if isinstance(problem.knowledge, MismatchedKnowledge):
        return DenseMismatched(problem.knowledge)
    raise ValueError(f"knowledge must be a known model, got {type(problem.knowledge).__name__}")


def _efficiencies(problem: FrameProblem, parts: tuple[Float, Float, Float]) -> Float:
    signal, uncertainty, interference = (part[:, None] for part in parts)
    r = problem.temporal_correlation**2
    return np.log2(1.0 + r * signal / (1.0 + interference + r * uncertainty))


def _rate(
    problem: FrameProblem,
    model: DenseAdditive | DenseMismatched,
    duration: float,
    blocks: tuple[int, ...],
) -> float:
    se = problem.weight @ _efficiencies(problem, model.parts(_variances(problem, duration)))
    carried = sum(float(se[n]) for size in blocks for n in range(size))
    n_sensing = problem.n_blocks - sum(blocks)
    lost = len(blocks) * problem.update_duration + duration - n_sensing * problem.block_duration
    return problem.block_duration * carried - lost * float(se[0])


def _best_sums(phi: Float) -> Float:
    """Largest sums of phi over allocations of all its blocks to 1, 2, ... updates."""
    n = len(phi)
    if np.all(phi[1:] <= phi[:-1]):
        return np.array([np.sum(phi[np.arange(n) // M]) for M in range(1, n + 1)])
    runs = np.cumsum(phi)
    size = np.arange(1, n + 1)
    rest = np.arange(n + 1)[:, None] - size
    value = np.concatenate([[0.0], np.full(n, -np.inf)])
    best = np.empty(n)
    for i in range(n):
        value = np.max(np.where(rest >= 0, value[np.maximum(rest, 0)] + runs, -np.inf), axis=1)
        best[i] = value[n]
    return best


def largest_rate(
    problem: FrameProblem, phi: Float, phi_1_low: float, n_sensing: int, partial: float
) -> float:
    """Largest rate for given efficiencies over all updates and allocations."""
    n_blocks, T_b = problem.n_blocks - n_sensing, problem.block_duration
    M = np.arange(1, n_blocks + 1)
    first = M * (T_b - problem.update_duration) - partial
    aged = _best_sums(phi[:n_blocks]) - M * phi[0]
    return float(np.max(T_b * aged + first * np.where(first >= 0.0, phi[0], phi_1_low)))


def _bounded_by_convexity(
    problem: FrameProblem, model: DenseAdditive | DenseMismatched, target: float, max_boxes: int
) -> tuple[bool, int]:
    T_b = problem.block_duration
    shortest, longest = _shortest(problem), problem.n_blocks * T_b
    boxes: list[tuple[float, float, int]] = []
    for n_sensing in range(counted_blocks(problem, shortest), problem.n_blocks):
        start = max(n_sensing * T_b, shortest)
        boxes.append((start, min((n_sensing + 1) * T_b, longest), n_sensing))
    looked = 0
    while boxes:
        start, stop, n_sensing = boxes.pop()
        looked += 1
        phi, phi_1_low = _box_efficiencies(problem, model, start, stop)
        partial = max(start - n_sensing * T_b, 0.0)
        if largest_rate(problem, phi, phi_1_low, n_sensing, partial) <= target:
            continue
        middle = 0.5 * (start + stop)
        if looked >= max_boxes or not start < middle < stop:
            return False, looked
        boxes += [(start, middle, n_sensing), (middle, stop, n_sensing)]
    return True, looked


def _box_efficiencies(
    problem: FrameProblem, model: DenseAdditive | DenseMismatched, start: float, stop: float
) -> tuple[Float, float]:
    if not isinstance(model, DenseAdditive):
        raise ValueError("convexity bounds hold for the additive model only")
    low_c, high_c = _variances(problem, stop), _variances(problem, start)
    t_0, P_0, dt_0, dP_0 = model.traces(low_c)
    t_1, P_1, dt_1, dP_1 = model.traces(high_c)
    width = high_c - low_c
    t_low, t_high = _convex_range(t_0, t_1, dt_0, dt_1, width)
    P_low, P_high = _convex_range(P_0, P_1, dP_0, dP_1, width)
    optimistic = model.assembled(t_high, np.maximum(P_low, 0.0) / t_high)
    pessimistic = model.assembled(t_low, P_high / t_low)
    phi = problem.weight @ _efficiencies(problem, optimistic)
    low = problem.weight @ _efficiencies(problem, pessimistic)
    return phi * (1.0 + 1e-12), float(low[0]) * (1.0 - 1e-12)


def _convex_range(
    left: Float, right: Float, left_slope: Float, right_slope: Float, width: Float
) -> tuple[Float, Float]:
    """Range of a convex function from values and slopes at the ends of an interval."""
    turn = right_slope - left_slope
    meet = np.divide(
        left - right + right_slope * width, turn, out=np.zeros_like(left), where=turn > 0.0
    )
    crossing = left + left_slope * np.clip(meet, 0.0, width)
    inside = (left_slope < 0.0) & (right_slope > 0.0)
    return np.where(inside, crossing, np.minimum(left, right)), np.maximum(left, right)


def _bounded_on_samples(
    problem: FrameProblem, model: DenseAdditive | DenseMismatched, target: float, max_boxes: int
) -> tuple[bool, int]:
    T_b = problem.block_duration
    shortest, longest = _shortest(problem), problem.n_blocks * T_b
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


def _sampled_rate(
    problem: FrameProblem, model: DenseAdditive | DenseMismatched, duration: float
) -> float:
    parts = model.parts(_variances(problem, float(duration)))
    phi = problem.weight @ _efficiencies(problem, parts)
    n_sensing = counted_blocks(problem, float(duration))
    partial = float(duration) - n_sensing * problem.block_duration
    return largest_rate(problem, phi, float(phi[0]), n_sensing, partial)
