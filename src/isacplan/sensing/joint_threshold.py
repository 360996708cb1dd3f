"""Outliers of a joint search over angle and delay, the law of `threshold` in two dimensions.

The response of an array and a band factors into one of each, so noise fills as many cells as both
have together. What a search finds outside the main lobe is counted by the expected Euler
characteristic of the noise's excursions (Adler and Taylor, "Random Fields and Geometry", 2007,
section 15.10), which for one parameter is Rice's count of upcrossings.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.sensing.threshold import higher_peak_probability

STEP = 1.0 / 16.0
"""Of the trapezoid rule over the peak's height: within half a percent, far below what the law is
known to."""

REACH = 5.0
"""Kept around the height; beyond lies less than 1e-10 of its distribution."""

LARGEST_SNR = 300.0
"""Beyond it an outlier among 1e9 cells is less likely than 1e-50."""

ROWS = 2**12
"""Probabilities computed at once."""


def joint_outlier_probability(
    snr: ArrayLike,
    *,
    angle_cells: ArrayLike,
    delay_cells: ArrayLike,
    angle_lobe: ArrayLike,
    delay_lobe: ArrayLike,
    wraps: tuple[bool, bool] = (True, True),
    known_phase: bool = False,
) -> Float:
    """Probability that a search over angle and delay ends outside the main lobe.

    ``E[H(y)]``, y the height of the true peak: ``2 y^2`` is noncentral chi-square with
    noncentrality ``2 snr``, one degree of freedom for each of the two parameters and one or two
    for an amplitude of known or unknown phase. ``H(y) = 1 - F(y) exp(-n(y) / F(y))``, where F is
    the distribution function of the noise at one place and n its expected excursions over the
    window without the main lobe. With an unknown phase, a and t the cells of angle and delay,

        ``n(y) = e^{-y^2} (a t (y^2 - 1/2) + (a or t, at edges that do not wrap) y)``,

    each without that of the lobe. Known: the response. Unknown: angle, delay, amplitude, and the
    phase where not said. Element-wise. Found within a fifth of simulated shares from 1e-3 to 0.5
    with an unknown phase, within a third with a known one.

    Parameters
    ----------
    snr : array_like, shape (...)
        Of the whole observation, all antennas, tones and symbols together.
    angle_cells, delay_cells : array_like, shape (...)
        `isacplan.sensing.independent_cells` of the whole windows, with no main lobe taken out;
        with a known phase of positions about where it is known, not about their centroid.
    angle_lobe, delay_lobe : array_like, shape (...)
        The same of the main lobes from null to null, at most the windows.
    wraps : tuple of bool
        Whether each window is a whole period, so that it has no edges.
    known_phase : bool
        Whether the search maximises the real part of the response instead of its magnitude.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> cells = {"angle_cells": 8.1, "delay_cells": 49.1, "angle_lobe": 2.0, "delay_lobe": 2.0}
    >>> float(joint_outlier_probability(10**1.2, **cells).round(3))
    0.045
    """
    checked = _check.real("snr", snr, at_least=0.0)
    a, t, a_lobe, t_lobe = (
        _check.real(name, value, at_least=0.0)
        for name, value in (
            ("angle_cells", angle_cells),
            ("delay_cells", delay_cells),
            ("angle_lobe", angle_lobe),
            ("delay_lobe", delay_lobe),
        )
    )
    a_lobe, t_lobe = np.minimum(a_lobe, a), np.minimum(t_lobe, t)
    edges = (0.0 if wraps[1] else 1.0) * (a - a_lobe) + (0.0 if wraps[0] else 1.0) * (t - t_lobe)
    S, area, edges = np.broadcast_arrays(checked, a * t - a_lobe * t_lobe, edges)
    q = np.zeros(S.size)
    possible = np.flatnonzero((S.ravel() < LARGEST_SNR) & (area.ravel() + edges.ravel() > 0.0))
    for start in range(0, possible.size, ROWS):
        part = possible[start : start + ROWS]
        columns = (x.ravel()[part, None] for x in (S, area, edges))
        q[part] = _probability(*columns, known_phase=known_phase)
    return q.reshape(S.shape)


def _probability(snr: Float, area: Float, edges: Float, *, known_phase: bool) -> Float:
    a = np.sqrt(snr)
    first = np.maximum(np.floor((a / 2.0 - REACH) / STEP), 1.0)
    n = int(np.max(np.ceil((a + REACH) / STEP) - first)) + 1
    y = STEP * (first + np.arange(n))
    higher = (_higher_real if known_phase else _higher_complex)(y, area, edges)
    return np.minimum(STEP * np.sum(_height_density(y, a, known_phase) * higher, axis=-1), 1.0)


def _height_density(y: Float, a: Float, known_phase: bool) -> Float:
    """Density of y, where ``2 y^2`` is noncentral chi-square with noncentrality ``2 a^2``.

    ``2 a (y / a)^(k + 1) exp(-(y - a)^2) exp(-2 a y) I_k(2 a y)`` with k = 1, or 1/2 where the
    Bessel function is elementary.
    """
    from scipy.special import i1e

    a = np.maximum(a, 1e-6)
    z = 2.0 * a * y
    near = 2.0 * a * np.exp(-((y - a) ** 2))
    if known_phase:
        return near * (y / a) ** 1.5 * -np.expm1(-2.0 * z) / np.sqrt(2.0 * np.pi * z)
    return near * (y / a) ** 2 * i1e(z)


def _higher_complex(y: Float, area: Float, edges: Float) -> Float:
    """H with an unknown phase; `higher_peak_probability` with cells that grow with the height."""
    return higher_peak_probability(y, area * np.maximum(y - 0.5 / y, 0.0) + edges)


def _higher_real(y: Float, area: Float, edges: Float) -> Float:
    """H with a known phase, of the real part of the noise: its deviation is ``1 / sqrt(2)``."""
    from scipy.special import ndtr

    v, below = np.sqrt(2.0) * y, ndtr(np.sqrt(2.0) * y)
    crossings = np.sqrt(np.pi) * edges / (2.0 * np.pi)
    peaks = np.pi * area * v / (2.0 * np.pi) ** 1.5
    excursions = np.exp(-(y**2)) * (peaks + crossings)
    return -np.expm1(np.log(below) - excursions / below)
