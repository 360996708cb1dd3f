"""Links sampled once: gains of any precoder as smooth functions of the sensing duration.

The same quasi-random numbers serve every sensing duration, precoder, receiver and age, so that
sampled efficiencies are deterministic, smooth functions of the design, and the differences
between two of them are far better known than either.
"""

from dataclasses import dataclass, replace

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.comm._inputs import relative_power
from isacplan.comm.draws import LinkDraws
from isacplan.comm.precoder import Precoder
from isacplan.comm.realisations import ChannelModel, Importance, Realisations
from isacplan.comm.receiver import Gains


@dataclass(frozen=True, kw_only=True, eq=False)
class BeamStatistics:
    """What one precoder's beams do, scramble by scramble, before powers and scaling.

    Parameters
    ----------
    amplitude : ndarray, shape (G, D, K)
        ``m_k^H f_k``.
    through, explained : ndarray, shape (G, D, K)
        ``f_k^H R_k f_k`` and ``f_k^H cov(m_k) f_k``.
    weight : ndarray, shape (G, D)
        How much each realisation counts, one on average.
    norm : ndarray, shape (G, K)
        Weighted mean ``|f_k|^2``.
    cross, aging : ndarray, shape (G, K, K)
        Weighted means of ``f_i^H R_k f_i`` and ``|m_k^H f_i|^2 - f_i^H cov(m_k) f_i`` at (k, i).
    """

    amplitude: Complex
    through: Float
    explained: Float
    weight: Float
    norm: Float
    cross: Float
    aging: Float


def beam_statistics(
    realisations: Realisations, R: Complex, precoder: Precoder, gain: Float, regularisation: float
) -> BeamStatistics:
    """Statistics of a precoder's beams.

    Parameters
    ----------
    realisations : Realisations
    R : ndarray, shape (K, L, L)
        True correlations.
    precoder : Precoder
    gain : ndarray, shape (K,)
        ``beta_k / sigma_c^2``, which turns estimates into what the precoder expects.
    regularisation : float
        See `Beams`.

    Returns
    -------
    BeamStatistics
    """
    channel = np.sqrt(gain)[:, None] * realisations.estimate
    f = precoder.beams(channel, regularisation=regularisation)
    G, D, K, L = f.shape
    m, M, weight = realisations.mean, realisations.covariance, realisations.weight
    inner = m.conj() @ np.swapaxes(f, -1, -2)
    through, explained = np.empty((2, G, D, K))
    second = np.empty((G, K, L, L), complex)
    for k in range(K):
        beam = f[:, :, k]
        second[:, k] = np.swapaxes(weight[..., None] * beam, 1, 2) @ beam.conj() / D
        through[:, :, k] = _quadratic(beam, R[k])
        explained[:, :, k] = _quadratic(beam, M[k])

    def mean_power(matrices: Complex) -> Float:
        flat = np.reshape(second, (G, K, L * L))
        return np.real(np.reshape(matrices, (K, L * L)).conj() @ np.swapaxes(flat, 1, 2))

    arriving = np.einsum("gd,gdki->gki", weight / D, inner.real**2 + inner.imag**2)
    return BeamStatistics(
        amplitude=np.ascontiguousarray(np.diagonal(inner, axis1=2, axis2=3)),
        through=through,
        explained=explained,
        weight=weight,
        norm=np.real(np.trace(second, axis1=2, axis2=3)),
        cross=mean_power(R),
        aging=arriving - mean_power(M),
    )


def _quadratic(f: Complex, matrix: Complex) -> Float:
    """``f^H A f`` for rows f, shape (G, D)."""
    image = f @ matrix.T
    return np.sum(f.real * image.real + f.imag * image.imag, axis=-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledLink:
    """A sampled channel model with powers: effective gains of every precoder.

    Parameters
    ----------
    model : ChannelModel
    draws : LinkDraws
    snr, power : ndarray, shape (K,)
        ``p_k beta_k / sigma_c^2`` and relative transmit powers.
    """

    model: ChannelModel
    draws: LinkDraws
    snr: Float
    power: Float

    def redrawn(self, draws: LinkDraws) -> "SampledLink":
        """The same link with other random numbers."""
        return replace(self, model=self.model.redrawn(draws), draws=draws)

    def focused(
        self, shortest: float, longest: float, matters: Importance | None = None
    ) -> "SampledLink":
        """The same draws with decisions that suit a range of durations.

        Parameters
        ----------
        shortest, longest : float
            [s].
        matters : callable, optional
            See `decision_shares`.
        """
        return replace(self, model=self.model.focused(shortest, longest, matters))

    def statistics(self, realisations: Realisations, precoder: Precoder) -> BeamStatistics:
        """Statistics of a precoder's beams for realisations of this link."""
        K, L = self.model.true_correlation.shape[:2]
        precoder.check(K, L)
        return beam_statistics(
            realisations,
            self.model.true_correlation,
            precoder,
            self.snr / self.power,
            K / float(np.sum(self.power)),
        )

    def gains(self, statistics: BeamStatistics, *, without: int | None = None) -> Gains:
        """Effective gains relative to the noise, all scrambles pooled, or all but one.

        Parameters
        ----------
        statistics : BeamStatistics
        without : int, optional
            A scramble to leave out.

        Returns
        -------
        Gains
        """
        kept = np.arange(self.draws.n_scrambles) != (-1 if without is None else without)
        K = len(self.snr)

        def pooled(x: np.ndarray) -> np.ndarray:
            return np.reshape(x[kept], (-1, K))

        weight = np.ravel(statistics.weight[kept])
        mass = np.mean(weight)

        def mean(x: np.ndarray) -> np.ndarray:
            return np.mean(x[kept], axis=0) / mass

        norm = np.maximum(mean(statistics.norm), np.finfo(float).tiny)
        others = relative_power(self.snr, self.power) * (1.0 - np.eye(K)) / norm
        scale = self.snr / norm
        return Gains(
            amplitude=np.sqrt(scale) * pooled(statistics.amplitude),
            through=scale * pooled(statistics.through),
            explained=scale * pooled(statistics.explained),
            interference=np.sum(others * mean(statistics.cross), axis=1),
            aging=np.sum(others * mean(statistics.aging), axis=1),
            fluctuation=pooled(self.draws.fluctuation),
            weight=weight / mass,
        )
