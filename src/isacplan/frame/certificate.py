"""Re-verifies a frame and its bound with mathematics of its own.

Nothing here is shared with the search: channels are filtered with dense matrices, expectations are
Gauss-Hermite sums, allocations come from sorting or from a recursion written again, and the bound
is checked by a cruder branch and bound that needs only convexity.
"""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.frame.dense import DenseAdditive, DenseMismatched
from isacplan.frame.problem import FrameProblem, FrameSolution


@dataclass(frozen=True, kw_only=True)
class CertificateCheck:
    """What an independent look at a solution found.

    Parameters
    ----------
    feasible : bool
        The design fills the frame, meets every limit and lies in the model's domain.
    rate_error : float
        Relative difference between the stated rate and the rate from dense matrices.
    bound_holds : bool
        No design exceeds the stated upper bound by more than the tolerance.
    n_boxes : int
        Intervals (or samples) of sensing duration looked at.
    basis : str
        What the verdict on the bound rests on.
    """

    feasible: bool
    rate_error: float
    bound_holds: bool
    n_boxes: int
    basis: str

    @property
    def passed(self) -> bool:
        """Whether the solution stands."""
        return self.feasible and self.rate_error < 1e-9 and self.bound_holds


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
    mismatched model the rate is sampled on a grid refined around its largest values.

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
    n_sensing = int(T / problem.block_duration * (1.0 + 1e-15))
    fills = n_sensing + sum(blocks) == problem.n_blocks and min(blocks) >= 1
    crb = _variances(problem, T)
    accurate = np.all(crb <= problem.crb_limit * (1.0 + 1e-12))
    domain = True
    if problem.validity == "enforce" and isinstance(problem.knowledge, AdditiveKnowledge):
        R, v = problem.knowledge.spatial_correlation, problem.knowledge.steering_derivative
        for k in range(len(R)):
            lowest = np.linalg.eigvalsh(R[k] - crb[k] * np.outer(v[k], v[k].conj()))[0]
            domain = domain and lowest >= -1e-11
    return bool(fills and accurate and domain)


def _variances(problem: FrameProblem, duration: float) -> Float:
    samples = duration / problem.symbol_duration
    return problem.crb_per_symbol / samples**problem.crb_exponent


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


def _best_sum(phi: Float, n_blocks: int, n_updates: int) -> float:
    """Largest sum of phi over allocations of the blocks to the updates."""
    if np.all(phi[1:] <= phi[:-1]):
        return float(np.sum(np.repeat(phi, n_updates)[:n_blocks]))
    runs = np.cumsum(phi)
    value = np.concatenate([[0.0], np.full(n_blocks, -np.inf)])
    for _ in range(n_updates):
        new = np.full(n_blocks + 1, -np.inf)
        for size in range(1, n_blocks + 1):
            np.maximum(new[size:], value[:-size] + runs[size - 1], out=new[size:])
        value = new
    return float(value[n_blocks])


def _largest_rate(
    problem: FrameProblem, phi: Float, phi_1_low: float, n_sensing: int, partial: float
) -> float:
    """Largest rate for given efficiencies over all updates and allocations."""
    n_blocks, T_b = problem.n_blocks - n_sensing, problem.block_duration
    best = -np.inf
    for n_updates in range(1, n_blocks + 1):
        first = n_updates * (T_b - problem.update_duration) - partial
        aged = _best_sum(phi[:n_blocks], n_blocks, n_updates) - n_updates * phi[0]
        best = max(best, T_b * aged + first * (phi[0] if first >= 0.0 else phi_1_low))
    return best


def _bounded_by_convexity(
    problem: FrameProblem, model: DenseAdditive | DenseMismatched, target: float, max_boxes: int
) -> tuple[bool, int]:
    shortest, longest = problem.sensing_range()
    T_b = problem.block_duration
    boxes: list[tuple[float, float, int]] = []
    for n_sensing in range(int(shortest / T_b * (1 + 1e-15)), problem.n_blocks):
        start = max(n_sensing * T_b, shortest)
        boxes.append((start, min((n_sensing + 1) * T_b, longest), n_sensing))
    looked = 0
    while boxes:
        start, stop, n_sensing = boxes.pop()
        looked += 1
        phi, phi_1_low = _box_efficiencies(problem, model, start, stop)
        partial = max(start - n_sensing * T_b, 0.0)
        if _largest_rate(problem, phi, phi_1_low, n_sensing, partial) <= target:
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
    shortest, longest = problem.sensing_range()
    n_samples = min(max_boxes, 4 * problem.n_blocks)
    grid = np.unique(
        np.concatenate(
            [
                np.linspace(shortest, longest, n_samples, endpoint=False),
                np.arange(problem.n_blocks) * problem.block_duration,
            ]
        )
    )
    grid = grid[(grid >= shortest) & (grid < longest)]
    for T in grid:
        phi = problem.weight @ _efficiencies(problem, model.parts(_variances(problem, float(T))))
        n_sensing = int(T / problem.block_duration * (1 + 1e-15))
        partial = max(float(T) - n_sensing * problem.block_duration, 0.0)
        if _largest_rate(problem, phi, float(phi[0]), n_sensing, partial) > target:
            return False, len(grid)
    return True, len(grid)
