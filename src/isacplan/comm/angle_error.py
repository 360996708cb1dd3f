"""Angle errors as draws that move smoothly with the sensing duration."""

from typing import Protocol

import numpy as np

from isacplan._typing import ArrayLike, Float

NARROW = 0.25
"""Variance up to which a normal law on the circle does not notice that it wraps [rad^2]."""

GRID = 4096


class AngleErrorDraws(Protocol):
    """Laws of the angle errors of K users from which realisations can be drawn."""

    def quantiles(self, probability: Float, sensing_duration: float) -> Float:
        """Errors at given probabilities.

        Parameters
        ----------
        probability : ndarray, shape (..., K)
            In (0, 1).
        sensing_duration : float
            T_l [s].

        Returns
        -------
        ndarray, shape (..., K)
            [rad].
        """
        ...

    def mean_square(self, sensing_duration: ArrayLike) -> Float:
        """Mean square errors, shape (..., K) [rad^2], for durations of shape (...) [s]."""
        ...


def wrapped_normal_quantiles(probability: Float, variance: Float) -> Float:
    """Quantiles of normal laws on the circle.

    Element-wise along the last axis; narrow laws are the normal ones, wider ones wrap and end up
    uniform on ``(-pi, pi)``.

    Parameters
    ----------
    probability : ndarray, shape (..., K)
        In (0, 1).
    variance : ndarray, shape (K,)
        Before wrapping [rad^2].

    Returns
    -------
    ndarray, shape (..., K)
        [rad].
    """
    from scipy.special import ndtri

    errors = np.sqrt(variance) * ndtri(probability)
    for k in np.flatnonzero(variance > NARROW):
        errors[..., k] = _wrapped(probability[..., k], float(variance[k]))
    return errors


def _wrapped(probability: Float, variance: float) -> Float:
    """One wrapped law, by inverting its Fourier series on a grid of angles."""
    n = int(np.ceil(np.sqrt(80.0 / variance)))
    k = np.arange(1, n + 1)
    angle = np.linspace(-np.pi, np.pi, GRID + 1)
    weight = np.exp(-(k**2) * variance / 2.0) / (np.pi * k)
    share = 0.5 + angle / (2.0 * np.pi) + np.sin(np.outer(angle, k)) @ weight
    return np.interp(probability, share, angle)
