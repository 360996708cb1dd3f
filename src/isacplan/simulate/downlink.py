"""Downlink data with channels estimated from uplink pilots, signal by signal."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import SeedSequence

from isacplan._typing import Float
from isacplan.simulate.backend import Backend


@dataclass(frozen=True, kw_only=True, eq=False)
class Downlink:
    """Maximum-ratio beams to K users over independent Rayleigh channels.

    Parameters
    ----------
    n_antennas : int
    pilot_energy : ndarray, shape (K,)
        ``tau_P mu``.
    snr : ndarray, shape (K,)
        delta.
    share : ndarray, shape (K,)
        eta, parts of the power that is sent, which sum to one.
    """

    n_antennas: int
    pilot_energy: Float
    snr: Float
    share: Float

    def statistics(self, seed: SeedSequence, n_trials: int, backend: Backend) -> Float:
        """Means over trials, shape (4 K,).

        The gain of the user's own beam, the power of all beams, and the spectral efficiencies
        [bit/s/Hz] of a user that learns its own beam's gain in every trial, and of one that knows
        those of all beams.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        n_trials : int
        backend : Backend
        """
        xp, to, K, N = backend.xp, backend.array, len(self.snr), self.n_antennas
        drawn = backend.circular(seed, (2, n_trials, K, N))
        h, z = drawn[0, ...], drawn[1, ...]
        e = self.pilot_energy[:, None]
        # Linear MMSE estimate, scaled to unit mean power.
        beam = (h + z * to(e**-0.5)) * to(np.sqrt(e / (1.0 + e) / N))
        gain = xp.matmul(xp.conj(h), xp.matrix_transpose(beam))
        power = (xp.real(gain) ** 2 + xp.imag(gain) ** 2) * to(self.share)
        total, own, snr = xp.sum(power, axis=2), xp.linalg.diagonal(power), to(self.snr)
        rest = total - own
        others = 1.0 + snr * to(1.0 - self.share)
        efficiencies = [xp.log1p(snr * own / x) / math.log(2.0) for x in (others, 1.0 + snr * rest)]
        means = [
            xp.sum(x, axis=0, dtype=xp.float64) / n_trials
            for x in (xp.real(xp.linalg.diagonal(gain)), total, *efficiencies)
        ]
        return backend.numpy(xp.concat(means))

    def efficiency(self, mean_gain: Float, power: Float) -> Float:
        """Spectral efficiency of users that know only their mean gain, (..., K) [bit/s/Hz]."""
        signal = self.snr * self.share * mean_gain**2
        return np.log2(1.0 + signal / (1.0 + self.snr * power - signal))
