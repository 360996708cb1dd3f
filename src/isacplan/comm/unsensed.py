"""Estimates of a station that does not sense: pilots as they come, or an average of past ones."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Complex, Float
from isacplan.comm.draws import LinkDraws
from isacplan.comm.realisations import Importance, MismatchedDraws, Realisations


@dataclass(frozen=True, kw_only=True, eq=False)
class RawPilots:
    """A station that does not sense: the pilot observations themselves are its estimates.

    Parameters
    ----------
    model : MismatchedDraws
        Whose pilots these are.
    """

    model: MismatchedDraws

    @property
    def true_correlation(self) -> Complex:
        """R_k, shape (K, L, L)."""
        return self.model.true_correlation

    def redrawn(self, draws: LinkDraws) -> "RawPilots":
        """The same pilots with other random numbers."""
        return RawPilots(model=self.model.redrawn(draws))

    def focused(
        self, shortest: float, longest: float, matters: Importance | None = None
    ) -> "RawPilots":
        """The same: nothing is decided here."""
        del shortest, longest, matters
        return self

    def realise(self, sensing_duration: float = 0.0) -> Realisations:
        """Observations; no sensing duration changes them."""
        del sensing_duration
        y, m, M = self.model.pilots
        return Realisations(estimate=y, mean=m, covariance=M, weight=np.ones(y.shape[:2]))


@dataclass(frozen=True, kw_only=True, eq=False)
class AveragedPilots:
    """A station that does not sense but averages past pilots into a prior.

    The sample covariance of past observations, with the noise taken off and what falls below zero
    set to zero, stands in for the correlation in the linear MMSE filter.

    Parameters
    ----------
    model : MismatchedDraws
        Whose pilots these are.
    n_past : int
        Independent past observations of each user, P.
    rng : numpy.random.Generator
        Draws them, one set for every few realisations.
    """

    model: MismatchedDraws
    n_past: int
    rng: np.random.Generator

    def __post_init__(self) -> None:
        _check.integer("n_past", self.n_past, at_least=1)

    @property
    def true_correlation(self) -> Complex:
        """R_k, shape (K, L, L)."""
        return self.model.true_correlation

    def redrawn(self, draws: LinkDraws) -> "AveragedPilots":
        """The same pilots with other random numbers."""
        return replace(self, model=self.model.redrawn(draws))

    def focused(
        self, shortest: float, longest: float, matters: Importance | None = None
    ) -> "AveragedPilots":
        """The same: nothing is decided here."""
        del shortest, longest, matters
        return self

    def realise(self, sensing_duration: float = 0.0) -> Realisations:
        """Filtered observations; no sensing duration changes them."""
        del sensing_duration
        return self._realisations

    @cached_property
    def _realisations(self) -> Realisations:
        y, m, M = self.model.pilots
        G, D, K, L = y.shape
        together = self.model.draws.n_together
        estimate = np.empty_like(y)
        for k in range(K):
            lam, U = self._learned(k, G * D // together)
            gamma = self.model.knowledge.pilot_snr[k]
            share = gamma * lam / (1.0 + gamma * lam)
            W = (U * share[:, None, :]) @ np.swapaxes(U.conj(), 1, 2)
            rows = np.reshape(y[:, :, k], (-1, together, L))
            estimate[:, :, k] = np.reshape(rows @ np.swapaxes(W, 1, 2), (G, D, L))
        return Realisations(estimate=estimate, mean=m, covariance=M, weight=np.ones((G, D)))

    def _learned(self, k: int, n: int) -> tuple[Float, Complex]:
        """Eigenvalues (n, L) and vectors (n, L, L) of n learned correlations of a user."""
        know = self.model.knowledge
        R, noise = know.true_correlation[k], 1.0 / know.pilot_snr[k]
        L = len(R)
        true, axes = np.linalg.eigh(R)
        root = axes * np.sqrt(np.maximum(true, 0.0) + noise)
        w = self.rng.standard_normal((n, L, self.n_past, 2)).view(complex)[..., 0] * np.sqrt(0.5)
        seen = root @ w
        S = seen @ np.swapaxes(seen.conj(), 1, 2) / self.n_past
        lam, U = np.linalg.eigh(S)
        return np.maximum(lam - noise, 0.0), U
