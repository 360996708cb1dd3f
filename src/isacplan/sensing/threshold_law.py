"""The error of sensed angles as a function of the sensing duration, threshold included.

A peak search ends near the target or at a wrong place: where noise alone raises the highest peak,
or at an ambiguity of the array. With S the SNR of the echo after the whole sensing time, each wrong
decision has a probability, and the right one leaves an error that is Gaussian.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.enclosure import Interval, Jet
from isacplan.sensing.angle_errors import AngleErrors, joined, stacked
from isacplan.sensing.error_quantiles import error_quantiles, noise_quantiles
from isacplan.sensing.peak_error import (
    ambiguity_odds,
    ambiguity_odds_jet,
    clipped_variance,
    clipped_variance_jet,
    constant_jet,
    effective_snr,
    effective_snr_jet,
    lobe_probability,
    lobe_probability_jet,
    pointed_snr,
    pointed_snr_jet,
    snr_jet,
)
from isacplan.sensing.poisson_mixture import PoissonMixture, outlier_mixture
from isacplan.sensing.search_window import SearchWindow
from isacplan.sensing.snr_search import last_crossing

MEAN_SQUARE_ACCURACY = 0.25
"""Largest relative error of a mean square against simulated maximum likelihood: linear arrays of 4
to 64 elements, 5 to 20 dB, beam, 40 degrees and sector. Below 5 dB a tracking beam errs by more."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ThresholdLaw:
    """Angle errors of K users whose echoes pass a maximum-likelihood peak search.

    * Within the main lobe (tracking): noise alone decides with probability ``exp(-S / 2)`` and
      leaves the peak anywhere in the lobe or on its edges; S is `peak_error.pointed_snr`.
    * Over more (acquisition): `isacplan.sensing.outlier_probability` of the cells outside.
    * Ambiguities compete by their odds against the target.

    The variance of a right decision is the Cramér-Rao bound at `peak_error.effective_snr`, and no
    error leaves the window.

    Parameters
    ----------
    window : sequence of SearchWindow
        One per user.
    snr_per_symbol : array_like, shape (K,)
        Echo of one symbol over noise, both arrays' gains and the illumination included.
    symbol_duration : float
        T_s [s].
    exponent : {1, 2}, optional
        Power of the sensing duration with which the SNR grows (erratum A7).
    """

    window: Sequence[SearchWindow]
    snr_per_symbol: Float
    symbol_duration: float
    exponent: int = 1

    def __post_init__(self) -> None:
        snr = np.array(_check.real("snr_per_symbol", self.snr_per_symbol, above=0.0))
        if snr.shape != (len(self.window),):
            raise ValueError(
                f"snr_per_symbol must have shape ({len(self.window)},), one per window, "
                f"got {snr.shape}"
            )
        _check.real("symbol_duration", self.symbol_duration, above=0.0)
        if self.exponent not in (1, 2):
            raise ValueError(f"exponent must be 1 or 2, got {self.exponent!r}")
        snr.flags.writeable = False
        object.__setattr__(self, "snr_per_symbol", snr)
        if not np.all(np.isfinite(self._curvature)):
            k = int(np.argmax(~np.isfinite(self._curvature)))
            raise ValueError(f"window: the receive array cannot tell the angle of user {k}")

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return len(self.window)

    @cached_property
    def _curvature(self) -> Float:
        return np.array([w.curvature for w in self.window])

    @cached_property
    def _half_width(self) -> Float:
        return np.array([w.half_width for w in self.window])

    @cached_property
    def _mixture(self) -> list[PoissonMixture | None]:
        """Outlier probabilities; None within the main lobe."""
        return [None if w.within_lobe else outlier_mixture(w.cells) for w in self.window]

    @cached_property
    def _heights(self) -> tuple[Float, Float]:
        """Heights of the ambiguities and whether they exist, shape (K, P)."""
        most = max(w.height.size for w in self.window)
        heights, exist = np.zeros((2, self.n_users, most))
        for k, w in enumerate(self.window):
            heights[k, : w.height.size], exist[k, : w.height.size] = w.height, 1.0
        return heights, exist

    @cached_property
    def wrong_mean_square(self) -> Float:
        """Mean square error of each kind of wrong decision, shape (K, O) [rad^2]."""
        square = np.zeros((self.n_users, 1 + self._heights[0].shape[1]))
        for k, w in enumerate(self.window):
            square[k, : w.mean_square.size] = w.mean_square
        return square

    def wrong_characteristic(self, n_harmonics: int) -> Complex:
        """``E exp(j h angle)`` for h = 0 .. n - 1 of each kind of wrong decision, (K, O, n).

        One for kinds that a user does not have.
        """
        chi = np.ones((*self.wrong_mean_square.shape, n_harmonics), complex)
        for k, w in enumerate(self.window):
            chi[k, : w.mean_square.size] = w.characteristic(n_harmonics)
        return chi

    def snr(self, sensing_duration: ArrayLike) -> Float:
        """SNR of the whole echo.

        Parameters
        ----------
        sensing_duration : array_like, shape (...)
            T_l [s].

        Returns
        -------
        ndarray, shape (..., K)
        """
        T = _check.real("sensing_duration", sensing_duration, above=0.0)
        return self.snr_per_symbol * (T[..., None] / self.symbol_duration) ** self.exponent

    def bound(self, sensing_duration: ArrayLike) -> Float:
        """Cramér-Rao bound on the variance under the same illumination, (..., K) [rad^2]."""
        return self._curvature / self.snr(sensing_duration)

    def distribution(self, sensing_duration: ArrayLike) -> AngleErrors[Float]:
        """Distribution of the errors after sensing for T_l.

        Parameters
        ----------
        sensing_duration : array_like, shape (...)
            T_l [s].

        Returns
        -------
        AngleErrors
            Arrays of shape (..., K) and (..., K, O).
        """
        return self.distribution_at(self.snr(sensing_duration))

    @cached_property
    def _pointing(self) -> tuple[Float, Float]:
        slope, floor = zip(*(w.pointing_loss for w in self.window), strict=True)
        return np.array(slope), np.array(floor)

    def distribution_at(self, snr: Float) -> AngleErrors[Float]:
        """`distribution` at SNRs of the whole echo, shape (..., K)."""
        snr = pointed_snr(snr, *self._pointing)
        variance = clipped_variance(self._curvature / effective_snr(snr), self._half_width)
        noise = np.stack(
            [
                lobe_probability(snr[..., k]) if mixture is None else mixture(snr[..., k])
                for k, mixture in enumerate(self._mixture)
            ],
            axis=-1,
        )
        heights, exist = self._heights
        odds = ambiguity_odds(snr[..., None], heights) * exist
        share = (1.0 - noise) / (1.0 + np.sum(odds, axis=-1))
        outlier = np.concatenate([noise[..., None], share[..., None] * odds], axis=-1)
        return AngleErrors(variance, outlier)

    def quantiles(self, probability: Float, sensing_duration: float) -> Float:
        """Errors that are exceeded with given probabilities, for simulations.

        Parameters
        ----------
        probability : ndarray, shape (..., K)
            In (0, 1).
        sensing_duration : float
            T_l [s].

        Returns
        -------
        ndarray, shape (..., K)
            Errors, rising with the probability and moving smoothly with T_l [rad].
        """
        at = self.distribution(sensing_duration)
        columns = [
            error_quantiles(w, float(at.variance[k]), at.outlier[k], probability[..., k])
            for k, w in enumerate(self.window)
        ]
        return np.stack(columns, axis=-1)

    def decision_probability(self, sensing_duration: Float) -> Float:
        """Of a right decision, then of each kind of wrong one, (B, K, 1 + O), for (B,) [s]."""
        wrong = self.distribution(sensing_duration).outlier
        right = 1.0 - np.sum(wrong, axis=-1, keepdims=True)
        return np.concatenate([np.maximum(right, 0.0), wrong], axis=-1)

    def right_errors(self, probability: Sequence[Float], sensing_duration: float) -> list[Float]:
        """Gaussian errors of right decisions at given probabilities, one array per user [rad]."""
        from scipy.special import ndtri

        deviation = np.sqrt(self.distribution(sensing_duration).variance)
        return [s * ndtri(p) for p, s in zip(probability, deviation, strict=True)]

    def wrong_errors(self, user: int, kind: int, probability: Float) -> Float:
        """Errors where noise (kind 1) or an ambiguity (2, ...) decides, at probabilities [rad]."""
        window = self.window[user]
        if kind == 1:
            return noise_quantiles(window, probability)
        return np.full(np.shape(probability), window.ambiguity[kind - 2] - window.azimuth)

    def outlier_probability(self, sensing_duration: ArrayLike) -> Float:
        """Probability of any wrong decision, shape (..., K), for durations of shape (...) [s]."""
        return np.sum(self.distribution(sensing_duration).outlier, axis=-1)

    def mean_square(self, sensing_duration: ArrayLike) -> Float:
        """Mean square error after sensing for T_l.

        Without ambiguities it falls with T_l: the variance of a right decision and the
        probability of a wrong one both fall, and wrong ones err more.

        Parameters
        ----------
        sensing_duration : array_like, shape (...)
            T_l [s].

        Returns
        -------
        ndarray, shape (..., K)
            [rad^2].
        """
        return self.mean_square_at(self.snr(sensing_duration))

    def mean_square_at(self, snr: Float) -> Float:
        """`mean_square` at SNRs of the whole echo, shape (..., K) [rad^2]."""
        e = self.distribution_at(snr)
        right = 1.0 - np.sum(e.outlier, axis=-1)
        return right * e.variance + np.sum(e.outlier * self.wrong_mean_square, axis=-1)

    def duration_for(self, mean_square: ArrayLike) -> Float:
        """Sensing duration from which on the mean square errors stay within given ones.

        Parameters
        ----------
        mean_square : array_like, shape (K,)
            [rad^2]; what no sensing keeps gives zero, what no sensing reaches gives infinity.

        Returns
        -------
        ndarray, shape (K,)
            T_l [s].
        """
        limit = np.broadcast_to(np.asarray(mean_square, dtype=float), (self.n_users,))
        snr = last_crossing(self.mean_square_at, limit)
        return self.symbol_duration * (snr / self.snr_per_symbol) ** (1.0 / self.exponent)

    def enclose(self, start: Float, stop: Float) -> AngleErrors[Jet]:
        """Bounds of the distribution and its derivatives by T_l on ``[start, stop]``.

        Parameters
        ----------
        start, stop : ndarray, shape (B,)
            Ends of B intervals of the sensing duration [s].

        Returns
        -------
        AngleErrors
            Jets of shape (B, K) and (B, K, O).
        """
        snr = snr_jet(self.snr_per_symbol, self.symbol_duration, self.exponent, start, stop)
        snr = snr.composed(pointed_snr_jet(snr.value, *self._pointing))
        S = snr.value
        per_snr = effective_snr_jet(S).reciprocal().scaled(self._curvature)
        confined = per_snr.composed(clipped_variance_jet(per_snr.value, self._half_width))
        variance = snr.composed(confined)
        noise = snr.composed(self._noise_jet(S))
        heights, exist = self._heights
        if not heights.size:
            return AngleErrors(variance, noise[..., None])
        odds = snr[..., None].composed(ambiguity_odds_jet(S[..., None], heights)).scaled(exist)
        right = constant_jet(np.ones_like(start)[:, None] + np.zeros(self.n_users)) - noise
        share = right * odds.sum(axis=-1).shifted(1.0).reciprocal()
        wrong = odds * share[..., None]
        return AngleErrors(variance, joined(noise[..., None], wrong))

    def _noise_jet(self, snr: Interval) -> Jet:
        columns = [
            lobe_probability_jet(snr[..., k]) if mixture is None else mixture.enclose(snr[..., k])
            for k, mixture in enumerate(self._mixture)
        ]
        return Jet(*(stacked([getattr(c, part) for c in columns]) for part in Jet.__slots__))
