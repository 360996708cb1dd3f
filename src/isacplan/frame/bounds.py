"""Upper bounds of the rate over intervals of sensing duration, from enclosures."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float, Int
from isacplan.enclosure import EPSILON, Interval, Jet
from isacplan.frame.problem import FrameProblem

LN2 = float(np.log(2.0))


@dataclass(frozen=True)
class EfficiencyBounds:
    """Bounds on the summed spectral efficiency Phi_n over each of B intervals.

    Parameters
    ----------
    first : Interval, shape (B,)
        Phi_1.
    slope, bend : Interval, shape (B,)
        First and second derivative by the sensing duration, for every age at once.
    """

    first: Interval
    slope: Interval
    bend: Interval


def _enclosed_sinr(problem: FrameProblem, start: Float, stop: Float) -> tuple[Jet, Float, Float]:
    """SINR over rho^2 for every age, and the range of rho^2 by user."""
    kept = problem.temporal_correlation**2
    low, high = np.min(kept, axis=1), np.max(kept, axis=1)
    terms = problem.knowledge.enclose(problem.crb_jet(start, stop))
    aged = terms.uncertainty
    if np.any(aged.value.upper > 0.0):
        zero = Interval(np.zeros_like(low), np.zeros_like(low))
        aged = aged * Jet(Interval(low, high), zero, zero)
    return terms.signal * (terms.interference + aged).shifted(1.0).reciprocal(), low, high


def largest_efficiency(problem: FrameProblem, start: Float, stop: Float) -> tuple[Float, Interval]:
    """Upper bound of Phi_n for every age over whole intervals, and bounds of Phi_1.

    Parameters
    ----------
    problem : FrameProblem
    start, stop : ndarray, shape (B,)
        Ends of the intervals [s].

    Returns
    -------
    phi : ndarray, shape (B, N)
        [bit/s/Hz].
    first : Interval, shape (B,)
        Phi_1 [bit/s/Hz].
    """
    with np.errstate(all="ignore"):
        terms = problem.knowledge.enclose(problem.crb_jet(start, stop))
    kept = problem.temporal_correlation**2

    def weighted(signal: Float, interference: Float, uncertainty: Float, ages: slice) -> Float:
        r = kept[:, ages]
        disturbance = 1.0 + interference[..., None] + r * uncertainty[..., None]
        se = np.log1p(r * np.maximum(signal, 0.0)[..., None] / disturbance)
        return np.einsum("k,bkn->bn", problem.weight, se) / LN2

    s, i, u = terms.signal.value, terms.interference.value, terms.uncertainty.value
    slack = 1.0 + rate_error(problem)
    with np.errstate(all="ignore"):
        phi = slack * weighted(
            s.upper, np.maximum(i.lower, 0.0), np.maximum(u.lower, 0.0), slice(None)
        )
        low = weighted(s.lower, i.upper, u.upper, slice(0, 1))[:, 0] / slack
    low = np.where(np.isnan(low), 0.0, low)
    return np.where(np.isnan(phi), np.inf, phi), Interval(low, phi[:, 0])


def efficiency_bounds(problem: FrameProblem, start: Float, stop: Float) -> EfficiencyBounds:
    """Bounds of Phi_1 and of the derivatives of Phi_n, valid for every age.

    With ``G = r / (1 + r A)``, which rises in ``r = rho^2``, and A the SINR over r:
    ``SE' = G A' / ln 2`` and ``SE'' = (G A'' - (G A')^2) / ln 2``.

    Parameters
    ----------
    problem : FrameProblem
    start, stop : ndarray, shape (B,)
        Ends of the intervals [s].

    Returns
    -------
    EfficiencyBounds
    """
    A, low, high = _enclosed_sinr(problem, start, stop)
    lowest = np.maximum(A.value.lower, 0.0)
    G = Interval.widened(low / (1.0 + low * A.value.upper), high / (1.0 + high * lowest), high, 4)
    slope = G * A.first
    bend = G * A.second - slope.square()
    weight = problem.weight / LN2
    first = problem.temporal_correlation[:, 0] ** 2
    size = np.log1p(first * A.value.upper)
    phi_1 = Interval.widened(np.log1p(first * lowest), size, size, 6).scaled(weight).sum(axis=-1)
    return EfficiencyBounds(
        phi_1,
        slope.scaled(weight).sum(axis=-1),
        bend.scaled(weight).sum(axis=-1),
    )


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
    b = efficiency_bounds(problem, start, stop)
    width = stop - start
    blocks = problem.block_duration * (problem.n_blocks - n_sensing)
    # One update in a block that partial sensing almost fills weighs Phi_1 negatively (erratum A5).
    partial = stop - n_sensing * problem.block_duration
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
    return bound + rate_error(problem) * np.abs(bound)


def rate_error(problem: FrameProblem) -> float:
    """Relative error of a rate: rounding of sums over users and blocks, and of the model's terms.

    Parameters
    ----------
    problem : FrameProblem

    Returns
    -------
    float
        With room to spare.
    """
    rounding = EPSILON * (problem.n_users + problem.n_blocks + 16)
    return 4.0 * (rounding + problem.knowledge.accuracy)
