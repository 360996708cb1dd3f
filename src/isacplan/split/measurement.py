"""What links measure, what they send, and how position errors are distributed."""

from dataclasses import dataclass, fields

import numpy as np

from isacplan._typing import Float, Int
from isacplan.sensing import probability_within

NEGLIGIBLE = 1e-9
"""Probability of an outlier that is left out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Link:
    """One direction of transmission between every user and one station.

    Parameters
    ----------
    place : tuple of float
        Of the station [m].
    snr : ndarray, shape (K,)
        Of one symbol at one antenna with the whole band in use, times the part of the block's
        symbols that the link has.
    facing : float or None
        Direction in which the station's array looks [rad]; None where it measures no angle.
    height : float
        Of the station above the users [m].
    clock : int
        What the delay reads of the user's clock: 1 down, -1 up.
    """

    place: tuple[float, float]
    snr: Float
    facing: float | None
    height: float = 0.0
    clock: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Waveform:
    """Reference signals, one an entry, as what localization makes of them.

    Parameters
    ----------
    mean_square_bandwidth : ndarray, shape (S,)
        F^2 that the delay bound takes [Hz^2].
    rms_frequency : ndarray, shape (S,)
        Deviation of the tones from their mean [Hz].
    width : ndarray, shape (S,)
        From the first tone to the last [Hz].
    energy : ndarray, shape (S,)
        Of a symbol, over that with the whole band in use.
    repeat : ndarray, shape (S,)
        Delay after which the response repeats [s].
    """

    mean_square_bandwidth: Float
    rms_frequency: Float
    width: Float
    energy: Float
    repeat: Float

    def __getitem__(self, at: slice | Int) -> "Waveform":
        return Waveform(**{part.name: getattr(self, part.name)[at] for part in fields(self)})


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorLaw:
    """Distribution of position errors: a Gaussian, and outliers anywhere in the search window.

    Parameters
    ----------
    covariance : ndarray, shape (..., 2, 2)
        Of estimates that are no outliers [m^2].
    bias : ndarray, shape (..., 2)
        Their mean [m].
    outlier_probability : ndarray, shape (...)
        Of any link's estimate.
    mean_square : ndarray, shape (...)
        Mean squared error, bias and outliers included [m^2].
    missed : ndarray, shape (..., L), or None
        Outlier probability of each link, where several are weighed: one of little weight may miss
        and leave the place where it is. None where an outlier always counts as larger.
    thrown : ndarray, shape (..., L, 2, 2), or None
        Covariance of a Gaussian that stands for what an outlier of that link alone does to the
        place [m^2].
    """

    covariance: Float
    bias: Float
    outlier_probability: Float
    mean_square: Float
    missed: Float | None = None
    thrown: Float | None = None

    def __getitem__(self, at: int | slice) -> "ErrorLaw":
        return ErrorLaw(
            covariance=self.covariance[at],
            bias=self.bias[at],
            outlier_probability=self.outlier_probability[at],
            mean_square=self.mean_square[at],
            missed=None if self.missed is None else self.missed[at],
            thrown=None if self.thrown is None else self.thrown[at],
        )

    def probability_within(self, radius: Float | float) -> Float:
        """Probability that the error is at most a radius [m].

        An outlier of the only link, or of two at once, counts as larger; that of one link among
        several widens the ellipse.
        """
        inside = probability_within(radius, self.covariance, bias=self.bias)
        within = np.array((1.0 - self.outlier_probability) * inside)
        if self.missed is None or self.thrown is None:
            return within
        kept = 1.0 - self.missed
        for i in range(kept.shape[-1]):
            alone = self.missed[..., i] * np.prod(np.delete(kept, i, axis=-1), axis=-1)
            rows = np.nonzero((alone > NEGLIGIBLE) & np.isfinite(self.covariance[..., 0, 0]))
            wider = self.covariance[rows] + self.thrown[..., i, :, :][rows]
            within[rows] += alone[rows] * probability_within(radius, wider, bias=self.bias[rows])
        return within
