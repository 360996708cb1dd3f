"""Realisations of what a station knows: from white noise to channel estimates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from isacplan._typing import Complex, Float, Int
from isacplan.comm.additive import AdditiveKnowledge
from isacplan.comm.angle_error import AngleErrorDraws
from isacplan.comm.decisions import Decisions, DecisionShares, decision_shares
from isacplan.comm.draws import LinkDraws
from isacplan.comm.mismatched import MismatchedKnowledge

MATRIX_ELEMENTS = 2**18
"""Elements of the assumed correlations that exist at once, but one matrix at least."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Realisations:
    """Channel estimates, and what everything that was received tells of the channel.

    Parameters
    ----------
    estimate : ndarray, shape (G, D, K, L)
        htilde.
    mean : ndarray, shape (G, D, K, L)
        m, the conditional mean of the channel; the rest is Gaussian with covariance
        ``R - cov(m)``.
    covariance : ndarray, shape (K, L, L)
        cov(m).
    weight : ndarray, shape (G, D)
        How much each counts, one on average.
    """

    estimate: Complex
    mean: Complex
    covariance: Complex
    weight: Float


Importance = Callable[[Float], Float]
"""How much durations of shape (B,) matter, positive."""


class ChannelModel(Protocol):
    """Something that turns white noise into channel estimates."""

    @property
    def true_correlation(self) -> Complex:
        """R_k, unit trace, shape (K, L, L)."""
        ...

    def realise(self, sensing_duration: float) -> Realisations:
        """Realisations after sensing for T_l [s]."""
        ...

    def redrawn(self, draws: LinkDraws) -> "ChannelModel":
        """The same model with other random numbers."""
        ...

    def focused(
        self, shortest: float, longest: float, matters: Importance | None = None
    ) -> "ChannelModel":
        """The same draws with decisions that suit a range of durations [s]."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class MismatchedDraws:
    """Realisations of `MismatchedKnowledge`, for any law of the angle error.

    Parameters
    ----------
    knowledge : MismatchedKnowledge
    angle_error : AngleErrorDraws
    draws : LinkDraws
    shares : DecisionShares, optional
        Of right and wrong decisions among the draws; default right ones only.
    """

    knowledge: MismatchedKnowledge
    angle_error: AngleErrorDraws
    draws: LinkDraws
    shares: DecisionShares | None = None

    @property
    def true_correlation(self) -> Complex:
        """R_k, shape (K, L, L)."""
        return self.knowledge.true_correlation

    def redrawn(self, draws: LinkDraws) -> "MismatchedDraws":
        """The same model with other random numbers."""
        return replace(self, draws=draws)

    def focused(
        self, shortest: float, longest: float, matters: Importance | None = None
    ) -> "MismatchedDraws":
        """The same draws with `decision_shares` for a range of durations [s]."""
        shares = decision_shares(self.angle_error, shortest, longest, matters=matters)
        return replace(self, shares=shares)

    @cached_property
    def decisions(self) -> Decisions:
        """Which draws hold which decision."""
        K = len(self.true_correlation)
        right = DecisionShares(share=np.ones((1, K, 1)), part=np.ones(1))
        return Decisions(law=self.angle_error, draws=self.draws, shares=self.shares or right)

    @cached_property
    def pilots(self) -> tuple[Complex, Complex, Complex]:
        """Pilot observations y and means m, both (G, D, K, L), and cov(m)."""
        noise = 1.0 / self.knowledge.pilot_snr
        y, m = np.empty_like(self.draws.white), np.empty_like(self.draws.white)
        M = np.empty_like(self.true_correlation)
        for k, R in enumerate(self.true_correlation):
            ascending, vectors = np.linalg.eigh(R)
            # Strongest direction first, as the draws have it.
            lam, U = np.maximum(ascending[::-1], 0.0), vectors[:, ::-1]
            root = np.sqrt(lam + noise[k])
            w = self.draws.white[:, :, k]
            y[:, :, k] = w @ (U * root).T
            m[:, :, k] = w @ (U * (lam / root)).T
            M[k] = (U * (lam / root) ** 2) @ U.conj().T
        return y, m, M

    def realise(self, sensing_duration: float) -> Realisations:
        """Estimates with the filter of the angle that the station believes in."""
        _, m, M = self.pilots
        estimate = self._after_wrong_ones.copy()
        errors = self.decisions.right_errors(sensing_duration)
        for k, error in enumerate(errors):
            self._filter(estimate, self.decisions.looks[k][0].draws, error, k)
        weight = self.decisions.weight(sensing_duration)
        return Realisations(estimate=estimate, mean=m, covariance=M, weight=weight)

    @cached_property
    def _after_wrong_ones(self) -> Complex:
        """Estimates after wrong decisions, which no duration changes; zero after right ones."""
        estimate = np.zeros_like(self.pilots[0])
        for k, kinds in enumerate(self.decisions.looks):
            for o, look in enumerate(kinds[1:], start=1):
                if len(look.draws):
                    self._filter(estimate, look.draws, self.decisions.wrong_errors(k, o), k)
        return estimate

    def _filter(self, estimate: Complex, draws: Int, error: Float, k: int) -> None:
        """Write ``R (R + I/gamma)^-1 y`` with the R of each look into the estimates."""
        L = estimate.shape[-1]
        y = np.reshape(self.pilots[0][:, :, k], (-1, L))
        D = estimate.shape[1]
        eye = np.eye(L) / self.knowledge.pilot_snr[k]
        step = max(1, MATRIX_ELEMENTS // L**2)
        for i in range(0, len(draws), step):
            rows = draws[i : i + step]
            R = self.knowledge.assumed_correlation(self.knowledge.angle[k] + error[i : i + step])
            columns = np.swapaxes(y[rows], 1, 2)
            filtered = R @ np.linalg.solve(R + eye, columns)
            estimate[*np.divmod(rows, D), k] = np.swapaxes(filtered, 1, 2)


@dataclass(frozen=True, kw_only=True, eq=False)
class AdditiveDraws:
    """Realisations of `AdditiveKnowledge`: the estimate is the mean, Bai2024 (13)-(21).

    Parameters
    ----------
    knowledge : AdditiveKnowledge
    angle_error : AngleErrorDraws
        Of which the mean square counts.
    draws : LinkDraws
    """

    knowledge: AdditiveKnowledge
    angle_error: AngleErrorDraws
    draws: LinkDraws

    @property
    def true_correlation(self) -> Complex:
        """R_k, shape (K, L, L)."""
        return self.knowledge.spatial_correlation

    def redrawn(self, draws: LinkDraws) -> "AdditiveDraws":
        """The same model with other random numbers."""
        return replace(self, draws=draws)

    def focused(
        self, shortest: float, longest: float, matters: Importance | None = None
    ) -> "AdditiveDraws":
        """The same: nothing is decided here."""
        del shortest, longest, matters
        return self

    def realise(self, sensing_duration: float) -> Realisations:
        """Estimates with the covariance ``C = Rhat (Rhat + I/gamma)^-1 Rhat``.

        Raises
        ------
        ValueError
            When the variance of an angle error leaves the model's domain.
        """
        know, c = self.knowledge, self.angle_error.mean_square(sensing_duration)
        if np.any(c > know.valid_crb):
            k = int(np.argmax(c / know.valid_crb))
            raise ValueError(
                f"sensing_duration = {sensing_duration:g} leaves user {k} an angle variance of "
                f"{c[k]:.3g}, beyond {know.valid_crb[k]:.3g} where the additive model ends"
            )
        estimate = np.empty_like(self.draws.white)
        covariance = np.empty_like(know.spatial_correlation)
        for k, R in enumerate(know.spatial_correlation):
            v = know.steering_derivative[k]
            believed = R - c[k] * np.outer(v, v.conj())
            noisy = believed + np.eye(len(R)) / know.pilot_snr[k]
            C = believed @ np.linalg.solve(noisy, believed)
            lam, U = np.linalg.eigh((C + C.conj().T) / 2.0)
            # The Hermitian root moves smoothly with C; the fixed axes put strong directions first.
            root = (U * np.sqrt(np.maximum(lam, 0.0))) @ U.conj().T
            axes = np.linalg.eigh(R)[1][:, ::-1]
            estimate[:, :, k] = self.draws.white[:, :, k] @ (root @ axes).T
            covariance[k] = C
        weight = np.ones(estimate.shape[:2])
        return Realisations(estimate=estimate, mean=estimate, covariance=covariance, weight=weight)
