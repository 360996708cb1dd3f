"""Downlink data with channels estimated from uplink pilots, signal by signal."""

from dataclasses import dataclass

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence

from isacplan._typing import Float


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
        eta, parts of the power; what is left of it is radiated without a beam.
    """

    n_antennas: int
    pilot_energy: Float
    snr: Float
    share: Float

    def statistics(self, seed: SeedSequence, n_trials: int) -> Float:
        """Means over trials, shape (3 K,).

        The gain of the user's own beam, the power of all beams, and the spectral efficiency
        [bit/s/Hz] of a user that knows the gains of every trial.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        n_trials : int
        """
        rng, K, N = Generator(SFC64(seed)), len(self.snr), self.n_antennas
        parts = rng.standard_normal((2, n_trials, K, N, 2)) * np.sqrt(0.5)
        h, z = parts.view(complex)[..., 0]
        e = self.pilot_energy[:, None]
        # Linear MMSE estimate, scaled to unit mean power.
        beam = (h + z / np.sqrt(e)) * np.sqrt(e / (1.0 + e) / N)
        gain = np.einsum("bkn,bin->bki", h.conj(), beam)
        power = np.abs(gain) ** 2 * self.share
        own = np.diagonal(power, axis1=1, axis2=2)
        rest = np.sum(power, axis=2) - own + (1.0 - np.sum(self.share))
        efficiency = np.log2(1.0 + self.snr * own / (1.0 + self.snr * rest))
        mean_gain = np.mean(np.real(np.diagonal(gain, axis1=1, axis2=2)), axis=0)
        return np.concatenate(
            [mean_gain, np.mean(np.sum(power, axis=2), axis=0), np.mean(efficiency, axis=0)]
        )

    def efficiency(self, mean_gain: Float, power: Float) -> Float:
        """Spectral efficiency of users that know only their mean gain, (..., K) [bit/s/Hz]."""
        signal = self.snr * self.share * mean_gain**2
        left = 1.0 - np.sum(self.share)
        return np.log2(1.0 + signal / (1.0 + self.snr * (power + left) - signal))
