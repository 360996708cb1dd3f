"""Confidence intervals for smooth functions of expectations, ratios among them."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from isacplan import _check
from isacplan._typing import Bool, Float, Int

CONFIDENCE = 0.95

ELEMENTS_TOGETHER = 2**20
"""Statistics from which quantities are computed at once, which bounds the memory of a look."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Interval:
    """Estimates and their confidence intervals.

    Parameters
    ----------
    estimate, low, high : ndarray, shape (Q,)
        In the unit of the quantities.
    """

    estimate: Float
    low: Float
    high: Float

    def relative_half_width(self, which: Bool) -> float:
        """Largest half-width relative to its estimate; exact zeros count as exact."""
        half = (self.high - self.low)[which] / 2.0
        size = np.abs(self.estimate[which])
        ratio = np.divide(half, size, out=np.full_like(half, np.inf), where=size > 0.0)
        return float(np.max(np.where(half == 0.0, 0.0, ratio)))


def jackknife_interval(
    groups: Float,
    function: Callable[[Float], Float],
    *,
    confidence: float = CONFIDENCE,
    widening: float = 1.0,
) -> Interval:
    """Interval for a function of expectations from independent group means.

    The delete-one-group jackknife, Efron and Stein (1981): it removes the bias of order 1/G that
    a ratio of means has, and its variance is that of the delta method to leading order. The
    half-width is a Student quantile with G - 1 degrees of freedom.

    Parameters
    ----------
    groups : ndarray, shape (G, Z)
        Independent, identically distributed means of Z statistics.
    function : callable
        Maps means of shape (..., Z) to quantities of shape (..., Q).
    confidence : float, optional
        Probability that the interval holds the truth.
    widening : float, optional
        Factor of the half-width, for few groups that are not Gaussian.

    Returns
    -------
    Interval
    """
    from scipy.special import stdtrit

    x = np.asarray(groups, dtype=float)
    G = _check.integer("number of groups", len(x), at_least=2)
    whole = function(np.mean(x, axis=0))
    total = np.sum(x, axis=0)
    step = max(1, ELEMENTS_TOGETHER // x.shape[1])
    parts = [function((total - x[i : i + step]) / (G - 1)) for i in range(0, G, step)]
    without = np.concatenate(parts)
    mean = np.mean(without, axis=0)
    # A quantity that no group changes carries rounding, not information.
    deviation = without - mean
    deviation[np.abs(deviation) <= 8.0 * np.finfo(float).eps * np.abs(mean)] = 0.0
    error = np.sqrt((G - 1) / G * np.sum(deviation**2, axis=0))
    estimate = G * whole - (G - 1) * mean
    half = widening * stdtrit(G - 1, 0.5 + confidence / 2.0) * error
    return Interval(estimate=estimate, low=estimate - half, high=estimate + half)


def wilson_interval(
    share: float, n_trials: int, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Wilson's (1927) score interval for a probability from a share of independent trials.

    Parameters
    ----------
    share : float
        0 to 1.
    n_trials : int
    confidence : float, optional

    Returns
    -------
    low, high : float

    Examples
    --------
    >>> [round(end, 4) for end in wilson_interval(1.0, 100)]
    [0.963, 1.0]
    """
    p = float(_check.real("share", np.clip(share, 0.0, 1.0)))
    n = _check.integer("n_trials", n_trials, at_least=1)
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    centre = (p + z**2 / (2.0 * n)) / (1.0 + z**2 / n)
    half = z / (1.0 + z**2 / n) * np.sqrt(p * (1.0 - p) / n + z**2 / (4.0 * n**2))
    # All or none leave one end where it is, whatever rounding makes of the sum.
    low = 0.0 if p == 0.0 else float(max(centre - half, 0.0))
    return low, 1.0 if p == 1.0 else float(min(centre + half, 1.0))


def with_controls(groups: Float, *, statistic: Int, control: Int, expectation: Float) -> Float:
    """Group means with the chance deviation of their control variates taken out.

    Each statistic has one control of known expectation; its coefficient is the regression over
    the groups. That leaves a bias of order 1/G of the removed deviation, far below the interval.

    Parameters
    ----------
    groups : ndarray, shape (G, Z)
        Means of statistics and controls.
    statistic, control : ndarray of int, shape (C,)
        Columns that belong together.
    expectation : ndarray, shape (C,)
        What the controls are on average.

    Returns
    -------
    ndarray, shape (G, Z)
        The statistic columns adjusted, the rest as given.
    """
    x, z = groups[:, statistic], groups[:, control] - expectation
    centred = z - np.mean(z, axis=0)
    energy = np.sum(centred**2, axis=0)
    slope = np.divide(
        np.sum(centred * x, axis=0), energy, out=np.zeros_like(energy), where=energy > 0.0
    )
    adjusted = np.array(groups)
    adjusted[:, statistic] = x - slope * z
    return adjusted
