"""How the error of the sensed angles falls with the sensing duration."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.comm.angle_error import wrapped_normal_quantiles
from isacplan.enclosure import Interval, Jet


class AngleErrorLaw(Protocol):
    """Mean square angle error of every user, falling with the sensing duration.

    The accuracy requirement of a frame is on this number, so the law must be invertible.
    """

    @property
    def n_users(self) -> int:
        """Number of users K."""
        ...

    def mean_square(self, sensing_duration: ArrayLike) -> Float:
        """Mean square errors, shape (..., K) [rad^2], for durations of shape (...) [s]."""
        ...

    def duration_for(self, mean_square: ArrayLike) -> Float:
        """Durations after which the errors have fallen to given mean squares, shape (K,) [s].

        An infinite mean square gives zero, zero gives infinity.
        """
        ...

    def decision_probability(self, sensing_duration: Float) -> Float:
        """Of right and of wrong decisions, see `isacplan.comm.angle_error.AngleErrorDraws`."""
        ...

    def right_errors(self, probability: Sequence[Float], sensing_duration: float) -> list[Float]:
        """Errors of right decisions, which sampled efficiencies draw [rad]."""
        ...

    def wrong_errors(self, user: int, kind: int, probability: Float) -> Float:
        """Errors of wrong decisions, which sampled efficiencies draw [rad]."""
        ...


class ClosedFormLaw(AngleErrorLaw, Protocol):
    """A law whose distribution of the errors a knowledge model takes as it is.

    Which type says what the errors are, is between the two: variances of Gaussian errors from
    `CramerRaoLaw`, a mixture from `isacplan.sensing.ThresholdLaw`.
    """

    def distribution(self, sensing_duration: ArrayLike) -> Any:
        """Distribution of the errors after sensing for durations of shape (...) [s]."""
        ...

    def enclose(self, start: Float, stop: Float) -> Any:
        """Bounds of the distribution and its derivatives on ``[start, stop]``, shape (B,) [s]."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class CramerRaoLaw:
    """The Cramér-Rao bound as the law of the error: a power of the sensing duration.

    Parameters
    ----------
    per_symbol : array_like, shape (K,)
        Angle variance bound after sensing for one symbol [rad^2].
    symbol_duration : float
        T_s [s].
    exponent : {1, 2}, optional
        The bound falls with this power of the sensing duration: 1 for a constant matched-filter
        gain, 2 for a gain proportional to the duration (erratum A7).
    """

    per_symbol: Float
    symbol_duration: float
    exponent: int = 1

    def __post_init__(self) -> None:
        per_symbol = np.array(_check.real("crb_per_symbol", self.per_symbol, above=0.0))
        if per_symbol.ndim != 1:
            raise ValueError(f"crb_per_symbol must have shape (K,), got {per_symbol.shape}")
        _check.real("symbol_duration", self.symbol_duration, above=0.0)
        if self.exponent not in (1, 2):
            raise ValueError(f"crb_exponent must be 1 or 2, got {self.exponent!r}")
        per_symbol.flags.writeable = False
        object.__setattr__(self, "per_symbol", per_symbol)

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.per_symbol)

    def mean_square(self, sensing_duration: ArrayLike) -> Float:
        """Angle variance bounds after sensing for T_l.

        Parameters
        ----------
        sensing_duration : array_like, shape (...)
            T_l [s].

        Returns
        -------
        ndarray, shape (..., K)
            [rad^2].
        """
        T = _check.real("sensing_duration", sensing_duration, above=0.0)
        n_samples = T / self.symbol_duration
        return self.per_symbol / n_samples[..., None] ** self.exponent

    def decision_probability(self, sensing_duration: Float) -> Float:
        """Every decision is right, shape (B, K, 1) for durations of shape (B,) [s]."""
        return np.ones((len(sensing_duration), self.n_users, 1))

    def right_errors(self, probability: Sequence[Float], sensing_duration: float) -> list[Float]:
        """Normal errors with the variance of the bound, at given probabilities.

        Parameters
        ----------
        probability : sequence of ndarray
            In (0, 1), one array per user.
        sensing_duration : float
            T_l [s].

        Returns
        -------
        list of ndarray
            Wrapped onto the circle [rad].
        """
        variance = self.mean_square(sensing_duration)
        return [
            wrapped_normal_quantiles(p, float(v))
            for p, v in zip(probability, variance, strict=True)
        ]

    def wrong_errors(self, user: int, kind: int, probability: Float) -> Float:
        """There are none.

        Raises
        ------
        ValueError
        """
        raise ValueError(f"kind must be 0: the bound knows right decisions only, got {kind}")

    def distribution(self, sensing_duration: ArrayLike) -> Float:
        """The same as `mean_square`: variances of Gaussian errors, shape (..., K) [rad^2]."""
        return self.mean_square(sensing_duration)

    def duration_for(self, mean_square: ArrayLike) -> Float:
        """Sensing duration after which the bounds have fallen to given variances.

        Parameters
        ----------
        mean_square : array_like, shape (K,)
            [rad^2]; infinite gives zero, zero gives infinity.

        Returns
        -------
        ndarray, shape (K,)
            T_l [s].
        """
        with np.errstate(divide="ignore"):
            ratio = self.per_symbol / np.asarray(mean_square, dtype=float)
        return self.symbol_duration * ratio ** (1.0 / self.exponent)

    def enclose(self, start: Float, stop: Float) -> Jet:
        """Enclosure of the variance bounds and their derivatives by T_l on ``[start, stop]``.

        Parameters
        ----------
        start, stop : ndarray, shape (B,)
            Ends of B intervals of the sensing duration [s].

        Returns
        -------
        Jet, shape (B, K)
        """
        e = self.exponent
        left, right = self.mean_square(start), self.mean_square(stop)
        T = np.stack([start, stop])[..., None]
        slope = (e * left / T[0], e * right / T[1])
        bend = ((e + 1) * slope[0] / T[0], (e + 1) * slope[1] / T[1])
        return Jet(
            Interval.widened(right, left, left, 6),
            -Interval.widened(slope[1], slope[0], slope[0], 8),
            Interval.widened(bend[1], bend[0], bend[0], 10),
        )
