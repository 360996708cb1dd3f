"""Simulation of the mismatched receiver under a law of the angle errors."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Bool, Complex, Float
from isacplan.comm import MismatchedKnowledge, quadrature_moments, sinr
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.simulate.additive import real_traces
from isacplan.simulate.backend import SAMPLINGS, Backend, joined
from isacplan.simulate.kernels import filter_moments
from isacplan.simulate.sinr import SinrRule, mmse_filter
from isacplan.simulate.streams import shifted, sobol_points, stream

OBSERVATIONS_PER_BLOCK = 256

BLOCK_FILTER_WORK = 2**29
"""Users times antennas cubed times angles in one block."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MismatchedExperiment:
    """Draws believed angles and pilot observations, filters each with each, and averages.

    A block crosses some drawn angles with some drawn observations; every pair is a trial. Given
    the observation, the channels of all blocks are Gaussian and integrated.

    Parameters
    ----------
    knowledge : MismatchedKnowledge
    crb : ndarray, shape (K,)
        Variances of Gaussian angle errors [rad^2].
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}.
    seed : int
    key : str
        Digest of the scenario.
    sampling : {"quasi", "pseudo"}, optional
        Shifted Sobol nets, or independent draws.
    backend : Backend, optional
    outliers : OutlierKnowledge, optional
        The same knowledge under errors with a threshold, which then take the place of `crb`.
    sensing_duration : float, optional
        At which they are drawn [s].
    """

    knowledge: MismatchedKnowledge
    crb: Float
    temporal_correlation: Float
    seed: int
    key: str
    sampling: str = "quasi"
    backend: Backend = field(default_factory=Backend)
    outliers: OutlierKnowledge | None = None
    sensing_duration: float = np.nan

    def __post_init__(self) -> None:
        _check.choice("sampling", self.sampling, SAMPLINGS)
        if self.outliers is not None:
            _check.real("sensing_duration", self.sensing_duration, above=0.0)

    @property
    def observations_per_block(self) -> int:
        """Pilot observations of every user."""
        return OBSERVATIONS_PER_BLOCK * self.backend.block_scale

    @property
    def angles_per_block(self) -> int:
        """Believed angles of every user, fewer where a filter is dear; a power of two."""
        K, L = self.knowledge.true_correlation.shape[:2]
        return 2 ** int(np.clip(np.log2(BLOCK_FILTER_WORK / (K * L**3)), 1, 3))

    @property
    def trials_per_block(self) -> int:
        """Pairs of an angle and an observation."""
        return self.angles_per_block * self.observations_per_block

    @property
    def n_statistics(self) -> int:
        """Statistics of a block."""
        return self.knowledge.n_users * (4 + self.knowledge.n_users)

    @property
    def memory(self) -> int:
        """Correlations and eigenvectors, and the filters and draws of one user [byte]."""
        K, L = self.knowledge.true_correlation.shape[:2]
        filters = 6 * 16 * self.angles_per_block * L**2
        draws = 3 * 8 * self.trials_per_block * L * (1 if self.backend.dtype == "single" else 2)
        return 5 * 16 * K * L**2 + filters + draws + self.backend.library_memory

    @property
    def formula(self) -> Float:
        """Closed form of every quantity, shape (K N,)."""
        know = self.knowledge
        if self.outliers is None:
            terms = know.terms_of(quadrature_moments(know, self.crb))
        else:
            at = self.outliers.law.distribution(self.sensing_duration)
            terms = self.outliers.terms_by_quadrature(at)
        return sinr(terms, self.temporal_correlation).ravel()

    @cached_property
    def _rule(self) -> SinrRule:
        return SinrRule(
            snr=self.knowledge.snr,
            power=np.asarray(self.knowledge.power),
            temporal_correlation=self.temporal_correlation,
        )

    @cached_property
    def _eigen(self) -> tuple[Float, Complex]:
        """Eigenvalues (K, L) and eigenvectors (K, L, L) of the true correlations, largest first."""
        R = self.knowledge.true_correlation
        lam, V = np.empty(R.shape[:2]), np.empty_like(R)
        for k, R_k in enumerate(R):
            eigenvalues, vectors = np.linalg.eigh(R_k)
            lam[k], V[k] = np.maximum(eigenvalues[::-1], 0.0), vectors[:, ::-1]
        return lam, V

    def block(self, index: int) -> Float:
        """Means of the statistics over one block, shape (4 K + K^2,)."""
        know, n = self.knowledge, self.trials_per_block
        errors = self._angle_errors(index)
        K, L = know.true_correlation.shape[:2]
        norm, gain, square, known = np.empty((4, K))
        cross = np.empty((K, K))
        xp, to = self.backend.xp, self.backend
        size = (L, self.observations_per_block)
        for k in range(K):
            lam, V = self._eigen[0][k], self._eigen[1][k]
            observed = np.sqrt(lam + 1.0 / know.pilot_snr[k])
            seed = stream(self.seed, self.key, f"observation {k}", index)
            # The first coordinates drive the strongest directions.
            white = joined(to.normals(seed, size, self.sampling))
            y = xp.matmul(to.array(V * observed), white)
            # E[h | y]
            m = xp.matmul(to.array(V * (lam / observed)), white)
            R = to.double(know.assumed_correlation(know.angle[k] + errors[k]))
            W = xp.astype(mmse_filter(R, float(know.pilot_snr[k]), xp=xp), y.dtype)
            sums = filter_moments(xp, W, y, m)
            gain[k], square[k], outer = (to.numpy(x) / n for x in sums)
            norm[k] = np.real(np.trace(outer))
            by_direction = np.real(np.sum(V.conj() * (outer @ V), axis=0))
            known[k] = (lam / observed) ** 2 @ by_direction
            cross[:, k] = real_traces(know.true_correlation, outer[None])[:, 0]
        return np.concatenate([norm, gain, square, known, cross.ravel()])

    def _angle_errors(self, index: int) -> Float:
        """Errors of the sensed angles, shape (K, a) [rad]."""
        from scipy.special import ndtri

        K, a = self.knowledge.n_users, self.angles_per_block
        seed = stream(self.seed, self.key, "angle error", index)
        if self.sampling == "pseudo":
            chance = np.random.Generator(np.random.SFC64(seed)).uniform(size=(K, a))
        else:
            points = sobol_points(1, a.bit_length() - 1)
            chance = np.concatenate([shifted(points, s) for s in seed.spawn(K)])
        if self.outliers is None:
            return ndtri(chance) * np.sqrt(self.crb)[:, None]
        return self.outliers.law.quantiles(chance.T, self.sensing_duration).T

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
