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

    Squared angle errors; per set of beams (believed angle, true angle) the mean ``|f|^2``, the
    power ``|h_k^H f_i|^2`` for every pair, and by age its weighted sum over the other beams,
    ``Re h^H f`` and ``|h^H f|^2``; by age the rate with a learned gain and its slope.

    Parameters
    ----------
    n_users, n_ages : int
    """

    n_users: int
    n_ages: int

    @property
    def beam_size(self) -> int:
        """Statistics of one set of beams."""
        return self.n_users * (1 + self.n_users + 3 * self.n_ages)

    @property
    def size(self) -> int:
        """All statistics."""
        return self.n_users * (1 + 2 * self.n_ages) + 2 * self.beam_size

    def beams(self, means: Float) -> "BeamMeans":
        """What believed angles' beams leave."""
        K, n, batch = self.n_users, self.n_ages, means.shape[:-1]
        x = means[..., K : K + self.beam_size]
        by_age = np.reshape(x[..., K + K**2 :], (*batch, 3, K, n))
        return BeamMeans(
            norm=x[..., :K],
            cross=np.reshape(x[..., K : K + K**2], (*batch, K, K)),
            arriving=by_age[..., 0, :, :],
            gain=by_age[..., 1, :, :],
            square=by_age[..., 2, :, :],
        )

    def learned(self, means: Float) -> tuple[Float, Float]:
        """Rate with learned gain and its slope, each (..., K, n)."""
        K, n, batch = self.n_users, self.n_ages, means.shape[:-1]
        x = np.reshape(means[..., K + 2 * self.beam_size :], (*batch, 2, K, n))
        return x[..., 0, :, :], x[..., 1, :, :]


@dataclass(frozen=True, kw_only=True, eq=False)
class BeamMeans:
    """Means that one set of beams leaves; see `chain.beam_statistics`.

    Parameters
    ----------
    norm : ndarray, shape (..., K)
    cross : ndarray, shape (..., K, K)
    arriving, gain, square : ndarray, shape (..., K, n)
    """

    norm: Float
    cross: Float
    arriving: Float
    gain: Float
    square: Float


@dataclass(frozen=True, kw_only=True, eq=False)
class MeanGainReceiver:
    """SINR of users that know only their mean gain, from averaged beam statistics.

    Parameters
    ----------
    layout : Layout
    snr, power : ndarray, shape (K,)
    unit_power : bool
        Whether each beam has unit power, and its own law of what reaches others as channels age;
        else beams are matched and scaled to their mean power, and what reaches others does not age.
    """

    layout: Layout
    snr: Float
    power: Float
    unit_power: bool

    @cached_property
    def others(self) -> Float:
        """``p_i beta_k / sigma_c^2`` without the users' own beams, shape (K, K)."""
        return relative_power(self.snr, self.power) * (1.0 - np.eye(len(self.snr)))

    def parts(self, means: Float) -> tuple[Float, Float, Float]:
        """Mean gain, its variance, and interference, each (..., K, n), noise being one."""
        b = self.layout.beams(means)
        scale = (self.snr / b.norm)[..., None]
        interference = b.arriving
        if not self.unit_power:
            sums = np.sum(self.others * b.cross / b.norm[..., None, :], axis=-1)
            interference = np.broadcast_to(sums[..., None], b.gain.shape)
        return np.sqrt(scale) * b.gain, scale * (b.square - b.gain**2), interference

    def sinr(self, means: Float) -> Float:
        """SINR by user and age, shape (..., K, n)."""
        mean, variance, interference = self.parts(means)
        return mean**2 / (1.0 + variance + interference)


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningReceiver:
    """Users that estimate their effective gain from precoded pilots in every block.

    The linear MMSE estimate of the gain counts as known; its error and the other users' beams
    count as Gaussian noise of their mean power.

    Parameters
    ----------
    mean, variance : ndarray, shape (K, n)
        Of the effective gain, relative to the noise, as the receiver takes them.
    interference : ndarray, shape (K, n)
        Likewise: power of the others' beams.
    norm : ndarray, shape (K,)
        Likewise: mean ``|f|^2``.
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
        return 1.0 + self._shrink / self.n_pilots + self.interference

    def statistics(self, backend: Backend, gain: Array, noise: Array, timing: FrameTiming) -> Array:
        """Mean rate by user and age, and its slope by the logarithm of the SINR.

        Parameters
        ----------
        backend : Backend
        gain, noise : array, shape (T, B, K)
            ``h^H f`` in T data blocks of B frames, and unit pilot noise.
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
        disturbance = self._disturbance + (interference - self.interference)
        shift = np.log(self.norm / norm)[..., None] - np.log(disturbance / self._disturbance)
        return rate + slope * shift
