"""What users make of their received frames: mean gain known, or effective gain learned."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan._typing import Array, Float
from isacplan.simulate.backend import Backend
from isacplan.simulate.sinr import relative_power
from isacplan.simulate.timing import FrameTiming


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the statistics of a block of frames stand in its vector.

    Squared angle errors; per set of beams (believed angle, true angle) the mean ``|htilde|^2``,
    the power ``|h_k^H htilde_i|^2`` for every pair, and by age ``Re h^H htilde`` and
    ``|h^H htilde|^2``; by age the rate with a learned gain and its slope.

    Parameters
    ----------
    n_users, n_ages : int
    """

    n_users: int
    n_ages: int

    @property
    def beam_size(self) -> int:
        """Statistics of one set of beams."""
        return self.n_users * (1 + self.n_users + 2 * self.n_ages)

    @property
    def size(self) -> int:
        """All statistics."""
        return self.n_users * (1 + 2 * self.n_ages) + 2 * self.beam_size

    def beams(self, means: Float) -> tuple[Float, Float, Float, Float]:
        """Norm (..., K), cross (..., K, K), gain and square (..., K, n) of believed angles."""
        K, n, batch = self.n_users, self.n_ages, means.shape[:-1]
        x = means[..., K : K + self.beam_size]
        norm, cross = x[..., :K], np.reshape(x[..., K : K + K**2], (*batch, K, K))
        by_age = np.reshape(x[..., K + K**2 :], (*batch, 2, K, n))
        return norm, cross, by_age[..., 0, :, :], by_age[..., 1, :, :]

    def learned(self, means: Float) -> tuple[Float, Float]:
        """Rate with learned gain and its slope, each (..., K, n)."""
        K, n, batch = self.n_users, self.n_ages, means.shape[:-1]
        x = np.reshape(means[..., K + 2 * self.beam_size :], (*batch, 2, K, n))
        return x[..., 0, :, :], x[..., 1, :, :]


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanGainReceiver:
    """SINR of users that know only their mean gain, from averaged beam statistics.

    Parameters
    ----------
    layout : Layout
    snr, power : ndarray, shape (K,)
    """

    layout: Layout
    snr: Float
    power: Float

    def parts(self, means: Float) -> tuple[Float, Float, Float]:
        """Mean gain and its variance (..., K, n), interference (..., K), noise being one."""
        norm, cross, gain, square = self.layout.beams(means)
        scale = (self.snr / norm)[..., None]
        others = relative_power(self.snr, self.power) * (1.0 - np.eye(len(self.snr)))
        interference = np.sum(others * cross / norm[..., None, :], axis=-1)
        return np.sqrt(scale) * gain, scale * (square - gain**2), interference

    def sinr(self, means: Float) -> Float:
        """SINR by user and age, shape (..., K, n)."""
        mean, variance, interference = self.parts(means)
        return mean**2 / (1.0 + variance + interference[..., None])


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningReceiver:
    """Users that estimate their effective gain from precoded pilots in every block.

    The linear MMSE estimate of the gain counts as known; its error and the other users' beams
    count as Gaussian noise of their mean power.

    Parameters
    ----------
    mean, variance : ndarray, shape (K, n)
        Of the effective gain, relative to the noise, as the receiver takes them.
    interference, norm : ndarray, shape (K,)
        Likewise: power of the others' beams, and mean ``|htilde|^2``.
    snr : ndarray, shape (K,)
    n_pilots : int
        Precoded pilot symbols a block.
    """

    mean: Float
    variance: Float
    interference: Float
    norm: Float
    snr: Float
    n_pilots: int

    @cached_property
    def _shrink(self) -> Float:
        return self.variance / (self.variance + 1.0 / self.n_pilots)

    @cached_property
    def _disturbance(self) -> Float:
        return 1.0 + self._shrink / self.n_pilots + self.interference[:, None]

    def statistics(self, backend: Backend, gain: Array, noise: Array, timing: FrameTiming) -> Array:
        """Mean rate by user and age, and its slope by the logarithm of the SINR.

        Parameters
        ----------
        backend : Backend
        gain, noise : array, shape (T, B, K)
            ``h^H htilde`` in T data blocks of B frames, and unit pilot noise.
        timing : FrameTiming

        Returns
        -------
        array, shape (2 K n,)
        """
        xp, to, B = backend.xp, backend.double, gain.shape[1]

        def by_block(table: Float) -> Array:
            return to(table.T[timing.age][:, None, :])

        mean, shrink = by_block(self.mean), by_block(self._shrink)
        observed = to(np.sqrt(self.snr / self.norm)) * gain + noise * self.n_pilots**-0.5
        known = xp.abs(mean + shrink * (observed - mean)) ** 2
        sinr = known / by_block(self._disturbance)
        parts = [
            xp.matmul(to(timing.averaging), xp.sum(x, axis=1) / B)
            for x in (xp.log1p(sinr), sinr / (1.0 + sinr))
        ]
        flat = [xp.reshape(xp.matrix_transpose(x), (-1,)) for x in parts]
        return xp.concat(flat) / math.log(2.0)

    def corrected(self, rate: Float, slope: Float, norm: Float, interference: Float) -> Float:
        """Rates after moving norm and interference to their true means, to first order."""
        disturbance = self._disturbance + (interference - self.interference)[..., None]
        shift = np.log(self.norm / norm)[..., None] - np.log(disturbance / self._disturbance)
        return rate + slope * shift
