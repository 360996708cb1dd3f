"""Re-verifies a frame and its bound without the code that found them.

Only the statement of the problem is shared with the search: channels are filtered with dense
matrices, expectations are quadrature sums, and the bound is checked by a cruder branch and bound
that needs only convexity. Sampled efficiencies are drawn anew, see `frame.redrawn`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.comm.scheme import SampledScheme
from isacplan.frame.dense import DenseAdditive, DenseMismatched, OwnNumbers
from isacplan.frame.dense_outlier import DenseOutlier
from isacplan.frame.efficiency import Efficiency
from isacplan.frame.problem import FrameProblem
from isacplan.frame.redrawn import check_redrawn
from isacplan.frame.sampled import SampledEfficiency
from isacplan.frame.solution import FrameSolution
from isacplan.frame.verdict import BoundCheck, CertificateCheck, register_check, registered_check
from isacplan.frame.verify import (
    CheckedModel,
    bounded_by_convexity,
    bounded_on_samples,
    bounded_on_whole_symbols,
    counted_blocks,
    rate_of,
)


@few_threads()
def check_certificate(
    problem: FrameProblem,
    solution: FrameSolution,
    *,
    relative_tolerance: float = 1e-6,
    max_boxes: int = 20_000,
) -> CertificateCheck:
    """Verify design, rate and upper bound of a solution without the code that found them.

    For the additive model the bound is proved again by convexity. For the mismatched model there
    is no such argument: the rate is sampled, more finely where it is largest, and `basis` says so.
    Sampled efficiencies are drawn anew. A model without a check of its own (see `register_check`)
    is sampled by its own numbers.

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
        When the solution has no upper bound.
    """
    if solution.upper_bound is None:
        raise ValueError("solution must have an upper bound; heuristics have none to check")
    _check.real("relative_tolerance", relative_tolerance, above=0.0)
    check = registered_check(problem.efficiency)
    verify = _sampled_numbers if check is None else check.verify
    return verify(problem, solution, relative_tolerance, max_boxes)


def _verifier(
    basis: str,
    believed: Callable[[Efficiency], Any],
    bounded: Callable[[FrameProblem, Any, float, int], tuple[bool, int]],
) -> Callable[[FrameProblem, FrameSolution, float, int], CertificateCheck]:
    """A check from the numbers that are believed and a way to bound the rate with them."""

    def verify(
        problem: FrameProblem, solution: FrameSolution, tolerance: float, max_boxes: int
    ) -> CertificateCheck:
        model: CheckedModel = believed(problem.efficiency)
        rate = rate_of(problem, model, solution.sensing_duration, solution.blocks_per_update)
        bound = float(solution.upper_bound or 0.0)
        within = bounded_on_whole_symbols if problem.whole_symbols else bounded
        holds, n_boxes = within(problem, model, bound + tolerance * abs(bound), max_boxes)
        return CertificateCheck(
            feasible=_is_feasible(problem, model, solution),
            rate_error=abs(rate - solution.rate) / max(abs(rate), 1e-300),
            bound_holds=holds,
            n_boxes=n_boxes,
            basis="every whole symbol" if problem.whole_symbols else basis,
        )

    return verify


def _is_feasible(problem: FrameProblem, model: CheckedModel, solution: FrameSolution) -> bool:
    T, blocks = solution.sensing_duration, solution.blocks_per_update
    fills = counted_blocks(problem, T) + sum(blocks) == problem.n_blocks and min(blocks) >= 1
    accurate = np.all(problem.error_law.mean_square(T) <= problem.crb_limit * (1.0 + 1e-12))
    valid = problem.validity != "enforce" or model.shortest_valid() <= T
    symbols = T / problem.symbol_duration
    sent = not problem.whole_symbols or abs(symbols - round(symbols)) <= 1e-9 * symbols
    return bool(fills and accurate and valid and sent)


def _drawn_anew(
    problem: FrameProblem, solution: FrameSolution, tolerance: float, max_boxes: int
) -> CertificateCheck:
    del max_boxes  # the number of draws is set by the sampled scheme
    return check_redrawn(problem, solution, relative_tolerance=tolerance)


_sampled_numbers = _verifier(
    "sampled sensing durations only, the efficiency's own numbers", OwnNumbers, bounded_on_samples
)
register_check(
    AdditiveKnowledge,
    BoundCheck(
        label="proved",
        verify=_verifier(
            "proved by convexity in the angle variance, dense matrices",
            DenseAdditive,
            bounded_by_convexity,
        ),
    ),
)
register_check(
    MismatchedKnowledge,
    BoundCheck(
        label="numerical",
        verify=_verifier(
            "sampled sensing durations only, expectations by quadrature",
            DenseMismatched,
            bounded_on_samples,
        ),
    ),
)
register_check(
    OutlierKnowledge,
    BoundCheck(
        label="numerical",
        verify=_verifier(
            "sampled sensing durations only, the law and its expectations by quadrature",
            DenseOutlier,
            bounded_on_samples,
        ),
    ),
)
for _kind in (SampledEfficiency, SampledScheme):
    register_check(_kind, BoundCheck(label="sampled", verify=_drawn_anew))
