"""Realisations of what a station knows: from white noise to channel estimates."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from isacplan import _check
from isacplan._typing import Complex, Float
from isacplan.comm.additive import AdditiveKnowledge
from isacplan.comm.angle_error import AngleErrorDraws
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
    """

    estimate: Complex
    mean: Complex
    covariance: Complex


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


@dataclass(frozen=True, kw_only=True, eq=False)
class MismatchedDraws:
    """Realisations of `MismatchedKnowledge`, for any law of the angle error.

    Parameters
    ----------
    knowledge : MismatchedKnowledge
    angle_error : AngleErrorDraws
    draws : LinkDraws
    """

    knowledge: MismatchedKnowledge
    angle_error: AngleErrorDraws
    draws: LinkDraws

    @property
    def true_correlation(self) -> Complex:
        """R_k, shape (K, L, L)."""
        return self.knowledge.true_correlation

    def redrawn(self, draws: LinkDraws) -> "MismatchedDraws":
        """The same model with other random numbers."""
        return replace(self, draws=draws)

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
        y, m, M = self.pilots
        error = self.angle_error.quantiles(self.draws.uniform, sensing_duration)
        believed = self.knowledge.angle + error
        estimate = np.empty_like(y)
        for k in range(y.shape[2]):
            estimate[:, :, k] = self._filtered(y[:, :, k], believed[..., k], k)
        return Realisations(estimate=estimate, mean=m, covariance=M)

    @cached_property
    def _order(self) -> np.ndarray:
        """Realisations by level, shape (G, D, K)."""
        return np.argsort(self.draws.level, axis=1, kind="stable")

    def by_level(self, y: Complex, k: int) -> tuple[Complex, Callable[[Complex], Complex]]:
        """Observations of one user as columns, level by level, and the way back.

        Parameters
        ----------
        y : ndarray, shape (G, D, L)
        k : int

        Returns
        -------
        columns : ndarray, shape (G levels, L, 4)
        back : callable
            Puts such columns back into shape (G, D, L).
        """
        G, D, L = y.shape
        order = self._order[:, :, k, None]
        n = self.draws.uniform[..., k].size
        sorted_y = np.take_along_axis(y, order, axis=1)

        def back(columns: Complex) -> Complex:
            rows = np.reshape(np.swapaxes(columns, 1, 2), (G, D, L))
            out = np.empty_like(rows)
            np.put_along_axis(out, order, rows, axis=1)
            return out

        return np.swapaxes(np.reshape(sorted_y, (n, -1, L)), 1, 2), back

    def _filtered(self, y: Complex, believed: Float, k: int) -> Complex:
        """``R (R + I/gamma)^-1 y`` with the R of each level, shape (G, D, L)."""
        columns, back = self.by_level(y, k)
        L, angles = y.shape[-1], believed.ravel()
        eye = np.eye(L) / self.knowledge.pilot_snr[k]
        out = np.empty_like(columns)
        step = max(1, MATRIX_ELEMENTS // L**2)
        for i in range(0, angles.size, step):
            part = slice(i, i + step)
            R = self.knowledge.assumed_correlation(angles[part])
            out[part] = R @ np.linalg.solve(R + eye, columns[part])
        return back(out)


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
        return Realisations(estimate=estimate, mean=estimate, covariance=covariance)


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

    def realise(self, sensing_duration: float = 0.0) -> Realisations:
        """Observations; no sensing duration changes them."""
        del sensing_duration
        y, m, M = self.model.pilots
        return Realisations(estimate=y, mean=m, covariance=M)


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
        Draws them, one set for each level of the angle errors.
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

    def realise(self, sensing_duration: float = 0.0) -> Realisations:
        """Filtered observations; no sensing duration changes them."""
        del sensing_duration
        return self._realisations

    @cached_property
    def _realisations(self) -> Realisations:
        y, m, M = self.model.pilots
        estimate = np.empty_like(y)
        for k in range(y.shape[2]):
            lam, U = self._learned(k)
            gamma = self.model.knowledge.pilot_snr[k]
            share = gamma * lam / (1.0 + gamma * lam)
            W = (U * share[:, None, :]) @ np.swapaxes(U.conj(), 1, 2)
            columns, back = self.model.by_level(y[:, :, k], k)
            estimate[:, :, k] = back(W @ columns)
        return Realisations(estimate=estimate, mean=m, covariance=M)

    def _learned(self, k: int) -> tuple[Float, Complex]:
        """Eigenvalues (n, L) and vectors (n, L, L) of a user's learned correlations."""
        know = self.model.knowledge
        R, noise = know.true_correlation[k], 1.0 / know.pilot_snr[k]
        L, n = len(R), self.model.draws.uniform[..., k].size
        true, axes = np.linalg.eigh(R)
        root = axes * np.sqrt(np.maximum(true, 0.0) + noise)
        w = self.rng.standard_normal((n, L, self.n_past, 2)).view(complex)[..., 0] * np.sqrt(0.5)
        seen = root @ w
        S = seen @ np.swapaxes(seen.conj(), 1, 2) / self.n_past
        lam, U = np.linalg.eigh(S)
        return np.maximum(lam - noise, 0.0), U
