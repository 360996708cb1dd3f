"""Simulation of the mismatched receiver with Gaussian angle errors."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Bool, Complex, Float
from isacplan.comm import MismatchedKnowledge, sinr
from isacplan.simulate.additive import real_traces
from isacplan.simulate.backend import SAMPLINGS, Backend
from isacplan.simulate.kernels import filter_moments
from isacplan.simulate.sinr import SinrRule, mmse_filter
from isacplan.simulate.streams import shifted, sobol_points, stream


@dataclass(frozen=True, kw_only=True, eq=False)
class MismatchedExperiment:
    """Draws believed angles and pilot observations, filters each with each, and averages.

    A block crosses some drawn angles with some drawn observations; every pair is a trial. Given
    the observation, the channels of all blocks are Gaussian and integrated.

    Parameters
    ----------
    knowledge : MismatchedKnowledge
    crb : ndarray, shape (K,)
        Angle variances [rad^2].
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}.
    seed : int
    key : str
        Digest of the scenario.
    sampling : {"quasi", "pseudo"}, optional
        Shifted Sobol nets, or independent draws.
    backend : Backend, optional
    angles_per_block, observations_per_block : int, optional
        Powers of two.
    """

    knowledge: MismatchedKnowledge
    crb: Float
    temporal_correlation: Float
    seed: int
    key: str
    sampling: str = "quasi"
    backend: Backend = field(default_factory=Backend)
    angles_per_block: int = 8
    observations_per_block: int = 256

    def __post_init__(self) -> None:
        _check.choice("sampling", self.sampling, SAMPLINGS)

    @property
    def trials_per_block(self) -> int:
        """Pairs of an angle and an observation."""
        return self.angles_per_block * self.observations_per_block

    @property
    def memory(self) -> int:
        """Correlations and roots, and the filters and draws of one user [byte]."""
        K, L = self.knowledge.true_correlation.shape[:2]
        filters = 6 * 16 * self.angles_per_block * L**2
        draws = 3 * 8 * self.trials_per_block * L * (1 if self.backend.dtype == "single" else 2)
        return 6 * 16 * K * L**2 + filters + draws

    @property
    def formula(self) -> Float:
        """Closed form of every quantity, shape (K N,)."""
        return sinr(self.knowledge.terms(self.crb), self.temporal_correlation).ravel()

    @cached_property
    def _rule(self) -> SinrRule:
        return SinrRule(
            snr=self.knowledge.snr,
            power=np.asarray(self.knowledge.power),
            temporal_correlation=self.temporal_correlation,
        )

    @cached_property
    def _factors(self) -> tuple[Complex, Complex, Complex]:
        """Roots of the covariance of y, predictors E[h | y], and covariances of those."""
        R, gamma = self.knowledge.true_correlation, self.knowledge.pilot_snr
        eigenvalues, vectors = np.linalg.eigh(R)
        lam, V = np.maximum(eigenvalues[:, ::-1], 0.0), vectors[:, :, ::-1]
        floor = 1.0 / gamma[:, None]

        def shaped(values: Float) -> Complex:
            product = (V * values[:, None, :]) @ np.swapaxes(V.conj(), 1, 2)
            return np.asarray(product, dtype=complex)

        # The first coordinates drive the strongest directions.
        root = V * np.sqrt(lam + floor)[:, None, :]
        return root, shaped(lam / (lam + floor)), shaped(lam**2 / (lam + floor))

    def block(self, index: int) -> Float:
        """Means of the statistics over one block, shape (4 K + K^2,)."""
        know, n = self.knowledge, self.trials_per_block
        errors = self._angle_errors(index) * np.sqrt(self.crb)[:, None]
        root, predictor, explained = self._factors
        K, L = know.true_correlation.shape[:2]
        norm, gain, square, known = np.empty((4, K))
        cross = np.empty((K, K))
        xp, to = self.backend.xp, self.backend.array
        size = (L, self.observations_per_block)
        for k in range(K):
            seed = stream(self.seed, self.key, f"observation {k}", index)
            parts = self.backend.normals(seed, size, self.sampling)
            y = xp.matmul(to(root[k]), parts[0, ...] + 1j * parts[1, ...])
            W, m = to(self._filters(k, errors[k])), xp.matmul(to(predictor[k]), y)
            gain[k], square[k], outer = (
                self.backend.numpy(x) / n for x in filter_moments(xp, W, y, m)
            )
            norm[k] = np.real(np.trace(outer))
            known[k] = real_traces(explained[k : k + 1], outer[None])[0, 0]
            cross[:, k] = real_traces(know.true_correlation, outer[None])[:, 0]
        return np.concatenate([norm, gain, square, known, cross.ravel()])

    def _filters(self, k: int, error: Float) -> Complex:
        """Filters of one user's believed angles, shape (a, L, L)."""
        know = self.knowledge
        return mmse_filter(know.assumed_correlation(know.angle[k] + error), know.pilot_snr[k])

    def _angle_errors(self, index: int) -> Float:
        """Standard normal numbers, shape (K, a)."""
        from scipy.special import ndtri

        K, a = self.knowledge.n_users, self.angles_per_block
        seed = stream(self.seed, self.key, "angle error", index)
        if self.sampling == "pseudo":
            return np.random.Generator(np.random.SFC64(seed)).standard_normal((K, a))
        points = sobol_points(1, a.bit_length() - 1)
        return ndtri(np.concatenate([shifted(points, s) for s in seed.spawn(K)]))

    @property
    def decisive(self) -> Bool:
        """All quantities."""
        return np.ones(self.temporal_correlation.size, dtype=bool)

    def adjusted(self, groups: Float) -> Float:
        """The group means as they are."""
        return groups

    def estimate(self, means: Float) -> Float:
        """SINR of every user and block, shape (..., K N)."""
        return self._rule(means)
