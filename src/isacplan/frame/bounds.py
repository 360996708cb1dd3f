"""Upper bounds of the rate over intervals of sensing duration, from enclosures."""

import numpy as np

from isacplan._typing import Float, Int
from isacplan.frame.efficiency import relative_error
from isacplan.frame.problem import FrameProblem
from isacplan.frame.rate import partial_duration


def segment_upper_bound(
    problem: FrameProblem,
    nodes: tuple[Float, Float, Int],
    end_rates: tuple[Float, Float],
) -> Float:
    """Upper bound of the rate over intervals that lie within one block of sensing.

    For fixed updates and allocation the rate is ``g = sum_n m_n Phi_n``, with weights that sum to
    at most ``T_b N_t`` apart from the falling weight of Phi_1. Three bounds hold, the least is
    returned: the larger end plus ``w^2/8 max(-g'')``, and either end plus w times the slope.

    Parameters
    ----------
    problem : FrameProblem
    nodes : tuple of ndarray, shape (B,)
        Ends of the intervals [s] and the number of whole sensing blocks.
    end_rates : tuple of ndarray, shape (B,)
        Largest rates over updates and allocations at both ends, with the sensing blocks of
        the interval [bit/Hz per frame].

    Returns
    -------
    ndarray, shape (B,)
        [bit/Hz per frame].
    """
    with np.errstate(all="ignore"):
        bound = _least_bound(problem, nodes, end_rates)
    return np.where(np.isnan(bound), np.inf, bound)


def _least_bound(
    problem: FrameProblem,
    nodes: tuple[Float, Float, Int],
    end_rates: tuple[Float, Float],
) -> Float:
    start, stop, n_sensing = nodes
    at_start, at_stop = end_rates
    b = problem.efficiency.enclose(start, stop, problem.weight)
    width = stop - start
    blocks = problem.block_duration * (problem.n_blocks - n_sensing)
    # One update in a block that partial sensing almost fills weighs Phi_1 negatively (erratum A5).
    partial = partial_duration(stop, n_sensing, problem.block_duration)
    overcharge = np.maximum(partial - (problem.block_duration - problem.update_duration), 0.0)

    rise, fall = np.maximum(b.slope.upper, 0.0), np.maximum(-b.slope.lower, 0.0)
    steepest_rise = blocks * rise + overcharge * fall - b.first.lower
    steepest_fall = blocks * fall + overcharge * rise + b.first.upper
    curvature = (
        blocks * np.maximum(-b.bend.lower, 0.0)
        + overcharge * np.maximum(b.bend.upper, 0.0)
        + 2.0 * rise
    )
    chord = np.maximum(at_start, at_stop) + curvature * width**2 / 8.0
    forward = at_start + width * np.maximum(steepest_rise, 0.0)
    backward = at_stop + width * np.maximum(steepest_fall, 0.0)
    # Each bound holds on its own, so one that is not a number takes nothing away.
    bound = np.fmin(chord, np.fmin(forward, backward))
    return bound + relative_error(problem.efficiency) * np.abs(bound)
