"""Angle errors as draws that move smoothly with the sensing duration."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from isacplan._typing import ArrayLike, Float

NARROW = 0.25
"""Variance up to which a normal law on the circle does not notice that it wraps [rad^2]."""

GRID = 4096


class AngleErrorDraws(Protocol):
    """Laws of the angle errors of K users from which realisations can be drawn.

    A look ends in a right decision, with an error that shrinks with the sensing duration, or in
    one of several kinds of wrong ones, whose errors do not depend on it.
    """

    def decision_probability(self, sensing_duration: Float) -> Float:
        """Probabilities of a right decision, then of each kind of wrong one.

        Parameters
        ----------
        sensing_duration : ndarray, shape (B,)
            T_l [s].

        Returns
        -------
        ndarray, shape (B, K, O)
            Of sum one over the kinds.
        """
        ...

    def right_errors(self, probability: Sequence[Float], sensing_duration: float) -> list[Float]:
        """Errors of right decisions at given probabilities, one array per user [rad]."""
        ...

    def wrong_errors(self, user: int, kind: int, probability: Float) -> Float:
        """Errors of one user's wrong decisions of a kind at given probabilities [rad]."""
        ...

    def mean_square(self, sensing_duration: ArrayLike) -> Float:
        """Mean square errors, shape (..., K) [rad^2], for durations of shape (...) [s]."""
        ...


def wrapped_normal_quantiles(probability: Float, variance: float) -> Float:
    """Quantiles of a normal law on the circle.

    A narrow law is the normal one, a wider one wraps and ends up uniform on ``(-pi, pi)``.

    Parameters
    ----------
    probability : ndarray, shape (...)
        In (0, 1).
    variance : float
        Before wrapping [rad^2].

    Returns
    -------
    ndarray, shape (...)
        [rad].
    """
    from scipy.special import ndtri

    if variance > NARROW:
        return _wrapped(probability, variance)
    return np.sqrt(variance) * ndtri(probability)


def _wrapped(probability: Float, variance: float) -> Float:
    """One wrapped law, by inverting its Fourier series on a grid of angles."""
    n = int(np.ceil(np.sqrt(80.0 / variance)))
    k = np.arange(1, n + 1)
    angle = np.linspace(-np.pi, np.pi, GRID + 1)
    weight = np.exp(-(k**2) * variance / 2.0) / (np.pi * k)
    share = 0.5 + angle / (2.0 * np.pi) + np.sin(np.outer(angle, k)) @ weight
    return np.interp(probability, share, angle)
