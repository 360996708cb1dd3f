"""Laws of the angle error, as draws that move smoothly with the sensing duration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from isacplan._typing import Float

NARROW = 0.25
"""Variance up to which a normal law on the circle does not notice that it wraps [rad^2]."""

GRID = 4096


class AngleErrorLaw(Protocol):
    """Angle errors of K users after sensing for T_l."""

    def errors(self, uniform: Float, sensing_duration: float) -> Float:
        """Errors at given probabilities.

        Parameters
        ----------
        uniform : ndarray, shape (..., K)
            In (0, 1).
        sensing_duration : float
            T_l [s].

        Returns
        -------
        ndarray, shape (..., K)
            [rad].
        """
        ...

    def variance(self, sensing_duration: float) -> Float:
        """Mean squares of the errors, shape (K,) [rad^2]."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class GaussianAngleError:
    """Normal errors with the variance of the bound, wrapped onto the circle.

    Parameters
    ----------
    crb : callable
        Maps T_l [s] to variances of shape (K,) [rad^2].
    """

    crb: Callable[[float], Float]

    def variance(self, sensing_duration: float) -> Float:
        """Variance of the bound, shape (K,) [rad^2]."""
        return self.crb(sensing_duration)

    def errors(self, uniform: Float, sensing_duration: float) -> Float:
        """Quantiles; see `AngleErrorLaw`."""
        from scipy.special import ndtri

        c = self.crb(sensing_duration)
        errors = np.sqrt(c) * ndtri(uniform)
        for k in np.flatnonzero(c > NARROW):
            errors[..., k] = _wrapped_quantile(uniform[..., k], float(c[k]))
        return errors


def _wrapped_quantile(uniform: Float, variance: float) -> Float:
    """Quantiles of a wrapped normal law on ``(-pi, pi)`` by inverting its Fourier series."""
    n = int(np.ceil(np.sqrt(80.0 / variance)))
    k = np.arange(1, n + 1)
    angle = np.linspace(-np.pi, np.pi, GRID + 1)
    weight = np.exp(-(k**2) * variance / 2.0) / (np.pi * k)
    share = 0.5 + angle / (2.0 * np.pi) + np.sin(np.outer(angle, k)) @ weight
    return np.interp(uniform, share, angle)
