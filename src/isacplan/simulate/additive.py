"""Simulation of the additive model's own statistics."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Array, Bool, Complex, Float
from isacplan.comm import AdditiveKnowledge, sinr
from isacplan.simulate.backend import SAMPLINGS, Backend
from isacplan.simulate.kernels import norm_moments
from isacplan.simulate.sinr import SinrRule
from isacplan.simulate.streams import stream

TRIALS_PER_BLOCK = 4096

BATCH_ELEMENTS = 2**16
"""Complex numbers drawn and used at once."""

USERS_TOGETHER = 16
"""Users whose covariances are expanded at once."""

RANK_TOLERANCE = 1e-12
"""Eigenvalues below this share of the largest are left out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AdditiveExperiment:
    """Draws channel estimates of the additive model, Bai2024 (13)-(22), and averages.

    A trial is one estimate per user, ``htilde ~ CN(0, W cov(y) W^H)`` with the covariance formed
    from the filter W and the pilot observation y. Given the estimate, the channels of all blocks
    are Gaussian, so their part of every expectation is integrated rather than drawn.

    Parameters
    ----------
    knowledge : AdditiveKnowledge
    crb : ndarray, shape (K,)
        Angle variances [rad^2].
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}.
    seed : int
    key : str
        Digest of the scenario.
    sampling : {"quasi", "pseudo"}, optional
        One shifted Sobol net a block, shared by the users, or independent draws for each.
    backend : Backend, optional
    """

    knowledge: AdditiveKnowledge
    crb: Float
    temporal_correlation: Float
    seed: int
    key: str
    sampling: str = "quasi"
    backend: Backend = field(default_factory=Backend)

    def __post_init__(self) -> None:
        _check.choice("sampling", self.sampling, SAMPLINGS)
        if self.knowledge.interference_bound:
            raise ValueError("the lower bound (28) is no expectation; simulate the exact SINR")

    @property
    def trials_per_block(self) -> int:
        """Estimates of every user in a block."""
        return TRIALS_PER_BLOCK * self.backend.block_scale

    @property
    def n_statistics(self) -> int:
        """Statistics of a block."""
        return self.knowledge.n_users * (4 + self.knowledge.n_users)

    @property
    def memory(self) -> int:
        """Correlations and eigenvectors, also of the formula, and one user's draws [byte]."""
        K, L = self.knowledge.spatial_correlation.shape[:2]
        per_draw = 5 * np.dtype(self.backend.real_dtype).itemsize
        draws = 2 * per_draw * L * self.trials_per_block
        return 5 * 16 * K * L**2 + draws + self.backend.library_memory

    @property
    def rank(self) -> int:
        """Directions r in which estimates have power."""
        return self._factors[0].shape[1]

    @property
    def batch(self) -> int:
        """Trials of one user that are drawn and used at once, so that they stay in the cache."""
        fitting = 2 ** int(np.log2(BATCH_ELEMENTS / self.rank))
        return min(self.trials_per_block, self.backend.block_scale * fitting)

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
    def _factors(self) -> tuple[Float, Complex]:
        """Eigenvalues (K, r) and eigenvectors (K, L, r) of the estimates, largest first."""
        know = self.knowledge
        eigen = [
            _estimate_eigen(R, v, c, gamma)
            for R, v, c, gamma in zip(
                know.spatial_correlation,
                know.steering_derivative,
                self.crb,
                know.pilot_snr,
                strict=True,
            )
        ]
        rank = max(int(np.sum(lam > RANK_TOLERANCE * lam[0])) for lam, _ in eigen)
        return np.array([lam[:rank] for lam, _ in eigen]), np.array([V[:, :rank] for _, V in eigen])

    def block(self, index: int) -> Float:
        """Means of the statistics over one block, shape (4 K + K^2,)."""
        lam, _ = self._factors
        n, seed = self.trials_per_block, stream(self.seed, self.key, "estimate", index)
        if self.sampling == "quasi":
            parts = self.backend.normals(seed, (lam.shape[1], n), "quasi")
            sums = norm_moments(self.backend.xp, parts, self.backend.array(lam))
            norm, square, gram = (self.backend.numpy(x) / n for x in sums)
            return self._statistics(norm, square, gram[None])
        draw = self.backend.drawing(seed)
        per_user = [self._user_sums(self.backend.array(row[None]), draw) for row in lam]
        norm, square, gram = (np.array([sums[i] for sums in per_user]) / n for i in range(3))
        return self._statistics(norm[:, 0], square[:, 0], gram)

    def _user_sums(self, lam: Array, draw: Callable[[tuple[int, int]], Array]) -> tuple[Float, ...]:
        """Sums over a block, in batches that stay in the cache."""
        sums = [np.zeros(1), np.zeros(1), np.zeros((2 * self.rank, 2 * self.rank))]
        for _ in range(self.trials_per_block // self.batch):
            found = norm_moments(self.backend.xp, draw((self.rank, self.batch)), lam)
            sums = [x + self.backend.numpy(part) for x, part in zip(sums, found, strict=True)]
        return tuple(sums)

    def _statistics(self, norm: Float, square: Float, gram: Float) -> Float:
        lam, V = self._factors
        r = lam.shape[1]
        outer = gram[:, :r, :r] + gram[:, r:, r:] + 1j * (gram[:, r:, :r] - gram[:, :r, r:])
        scale = np.sqrt(lam)
        covariance = outer * (scale[:, :, None] * scale[:, None, :])
        explained = np.sum(lam * np.real(np.diagonal(covariance, axis1=1, axis2=2)), axis=1)
        cross = np.empty((len(lam), len(lam)))
        for start in range(0, len(lam), USERS_TOGETHER):
            part = slice(start, start + USERS_TOGETHER)
            outer = V[part] @ covariance[part] @ np.swapaxes(V[part].conj(), 1, 2)
            cross[:, part] = real_traces(self.knowledge.spatial_correlation, outer)
        return np.concatenate([norm, norm, square, explained, cross.ravel()])

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


def _estimate_eigen(R: Complex, v: Complex, c: float, gamma: float) -> tuple[Float, Complex]:
    """Eigenvalues, descending, and eigenvectors of the covariance of the channel estimate."""
    R_hat = R - c * np.outer(v, v.conj())
    observed = R_hat + np.eye(len(R)) / gamma
    W = np.linalg.solve(observed, R_hat).conj().T
    lam, V = np.linalg.eigh(W @ observed @ W.conj().T)
    return np.maximum(lam[::-1], 0.0), V[:, ::-1]


def real_traces(correlations: Complex, matrices: Complex) -> Float:
    """``Re tr(R_k S_i)`` for Hermitian matrices, (K, L, L) and (I, L, L) to (K, I)."""
    left, right = (
        np.ascontiguousarray(x).reshape(len(x), -1).view(float) for x in (correlations, matrices)
    )
    return left @ right.T
