"""Quantiles of angle errors with a threshold, as draws for a simulation."""

import numpy as np

from isacplan._typing import Float
from isacplan.sensing.search_window import SearchWindow

CORE = np.linspace(-8.0, 8.0, 1025)
"""Grid about a right decision, in standard deviations."""

WINDOW_POINTS = 4097


def error_quantiles(
    window: SearchWindow, variance: float, outlier: Float, probability: Float
) -> Float:
    """Errors that are exceeded with given probabilities, for one user.

    Parameters
    ----------
    window : SearchWindow
    variance : float
        Of a right decision [rad^2].
    outlier : ndarray, shape (O,)
        Probability of each kind of wrong decision, see `ThresholdLaw.distribution`.
    probability : ndarray, shape (...)
        In (0, 1).

    Returns
    -------
    ndarray, shape (...)
        Errors, rising with the probability [rad].
    """
    from scipy.special import ndtr

    deviation = np.sqrt(variance)
    angle = np.linspace(*window.window, WINDOW_POINTS)
    grid = np.unique(np.concatenate([window.azimuth + deviation * CORE, angle]))
    right = 1.0 - float(np.sum(outlier))
    below = right * ndtr((grid - window.azimuth) / deviation)
    below += outlier[0] * _spread_below(window, angle, grid)
    for share, centre in zip(outlier[1:], window.ambiguity, strict=False):
        below += share * ndtr((grid - centre) / deviation)
    # Steps at the edges of the window: both of their ends.
    before = below - outlier[0] * _steps(window, grid)
    rising = np.stack([before, below], axis=-1).ravel()
    twice = np.repeat(grid, 2)
    return np.interp(probability, rising, twice) - window.azimuth


def noise_quantiles(window: SearchWindow, probability: Float) -> Float:
    """Errors that are exceeded with given probabilities where noise alone puts the peak.

    Parameters
    ----------
    window : SearchWindow
    probability : ndarray, shape (...)
        In (0, 1).

    Returns
    -------
    ndarray, shape (...)
        Errors, rising with the probability [rad].
    """
    angle = np.linspace(*window.window, WINDOW_POINTS)
    below = _spread_below(window, angle, angle)
    # Steps at the edges of the window: both of their ends.
    rising = np.stack([below - _steps(window, angle), below], axis=-1).ravel()
    return np.interp(probability, rising, np.repeat(angle, 2)) - window.azimuth


def _spread_below(window: SearchWindow, angle: Float, grid: Float) -> Float:
    """Probability that noise alone puts the peak at or below each point of a grid."""
    density = window.cell_density(angle)
    parts = (window.window,) if window.within_lobe else window.searched
    middle = 0.5 * (angle[1:] + angle[:-1])
    searched = np.zeros(middle.size)
    for low, high in parts:
        inner = np.minimum(angle[1:], high) - np.maximum(angle[:-1], low)
        searched += np.maximum(inner, 0.0) / (angle[1] - angle[0])
    mass = 0.5 * (density[1:] + density[:-1]) * searched
    inside = np.concatenate([[0.0], np.cumsum(mass)]) / np.sum(mass)
    edge = window.edge_share if window.within_lobe else 0.0
    below = (1.0 - edge) * np.interp(grid, angle, inside)
    first, last = window.window
    return below + 0.5 * edge * ((grid >= first).astype(float) + (grid >= last))


def _steps(window: SearchWindow, grid: Float) -> Float:
    if not window.within_lobe:
        return np.zeros(grid.size)
    first, last = window.window
    return 0.5 * window.edge_share * ((grid == first).astype(float) + (grid == last))
