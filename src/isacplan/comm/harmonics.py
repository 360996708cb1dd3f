"""Functions of the believed angle by their harmonics, and what Gaussian errors leave of these."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.enclosure import EPSILON, Interval, Jet

HARMONIC_TOLERANCE = 1e-12
COARSEST_TOLERANCE = 1e-7
MAX_HARMONICS = 2048
FLOOR_RATIO = 0.25
"""A tail that twice as many harmonics leave larger than this, relative to before, is rounding."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Harmonics:
    """Series of M functions of the angle for each of K users.

    The k-th harmonic of a periodic function keeps ``exp(-k^2 c / 2)`` of itself under a Gaussian
    error of variance c.

    Parameters
    ----------
    series : ndarray, shape (K, M, H)
        Complex, for angles counted from zero; the real part of the sum is the function.
    coefficients : ndarray, shape (K, M, H)
        What remains of the series at each user's own angle, real.
    accuracy : float
        What the harmonics that were left out may add up to, relative to the largest one.
    """

    series: Complex
    coefficients: Float
    accuracy: float

    @property
    def rate(self) -> Float:
        """Rates k^2/2 at which the harmonics decay with the variance, shape (H,)."""
        return np.arange(self.series.shape[-1]) ** 2 / 2.0

    def under(self, characteristic: Complex) -> Float:
        """Expectations under any distributions of the angle, shape (K, O, M).

        Parameters
        ----------
        characteristic : ndarray, shape (K, O, H)
            ``E exp(j h angle)`` of O distributions for each user.
        """
        return np.real(np.einsum("imh,ioh->iom", self.series, characteristic))

    def expected(self, variance: Float) -> Float:
        """Expectations under Gaussian errors of variances (..., K), shape (..., K, M)."""
        damping = np.exp(-variance[..., None] * self.rate)
        return np.einsum("...ih,imh->...im", damping, self.coefficients, optimize=True)

    def enclose(self, variance: Interval) -> Jet:
        """Bounds of the expectations and their derivatives by the variance, shape (B, K, M).

        Harmonics of either sign decay on their own, so the ends of the interval bound each sum.
        """
        rate, c = self.rate, self.coefficients
        positive, negative = np.maximum(c, 0.0), np.maximum(-c, 0.0)
        at_lower, at_upper = (
            np.exp(-v[..., None] * rate) for v in (variance.lower, variance.upper)
        )

        def total(damping: Float, part: Float, order: int) -> Float:
            return np.einsum("...ih,imh->...im", damping * rate**order, part, optimize=True)

        parts: list[Interval] = []
        for order in range(3):
            high = total(at_lower, positive, order), total(at_lower, negative, order)
            low = total(at_upper, positive, order), total(at_upper, negative, order)
            size = high[0] + high[1]
            bounds = Interval.widened(low[0] - high[1], high[0] - low[1], size, rate.size)
            parts.append(-bounds if order == 1 else bounds)
        return Jet(*parts)


def sampled_harmonics(
    sample: Callable[[int, int], Float], angle: Float, *, start: int, amplification: float
) -> Harmonics:
    """Sample functions on ever finer circles until their harmonics have died away.

    Parameters
    ----------
    sample : callable
        Maps n and an offset to values at the angles ``(2 j + offset) pi / n``, shape (K, M, n).
    angle : ndarray, shape (K,)
        The users' own angles [rad].
    start : int
        Points of the first circle, a multiple of 8.
    amplification : float
        By how much the functions amplify the rounding of what they are computed from.

    Returns
    -------
    Harmonics

    Raises
    ------
    ValueError
        When 2048 harmonics do not suffice.
    """
    tolerance = max(HARMONIC_TOLERANCE, 1e-15 * amplification)
    n, before, values = start, np.inf, sample(start, 0)
    while True:
        series = np.fft.rfft(values, axis=-1)[..., : n // 2] / n
        size = np.max(np.abs(series), axis=-1, keepdims=True)
        relative = np.max(np.abs(series) / np.maximum(size, 1e-300), axis=(0, 1))
        tail = float(np.max(relative[3 * n // 8 :]))
        if tail <= min(tolerance, COARSEST_TOLERANCE):
            break
        # A tail that falls no more is rounding, and goes into the accuracy.
        at_the_floor = tail > FLOOR_RATIO * before or n >= 2 * MAX_HARMONICS
        if at_the_floor and tail <= COARSEST_TOLERANCE:
            tolerance = 10.0 * tail
            break
        if n >= 2 * MAX_HARMONICS:
            raise ValueError(
                f"assumed_correlation must vary smoothly with the angle: {MAX_HARMONICS} "
                f"harmonics leave a relative error of {tail:.1e}; a wider assumed spread or "
                "a lower pilot SNR would do"
            )
        values = np.stack([values, sample(n, 1)], axis=-1).reshape(*size.shape[:2], -1)
        n, before = 2 * n, tail
    k = np.arange(1 + int(np.flatnonzero(relative > 0.1 * tolerance)[-1]))
    kept = np.where(k > 0, 2.0, 1.0) * series[..., k]
    turned = np.exp(1j * k * angle[:, None])[:, None, :]
    # The tail falls on geometrically: as much again lies beyond the grid.
    cut = 4.0 * float(np.sum(relative[k.size :])) + n * EPSILON
    return Harmonics(series=kept, coefficients=np.real(kept * turned), accuracy=cut)
