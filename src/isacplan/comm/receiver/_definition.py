"""What a receiver is, and what it is given."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan._typing import Complex, Float


@dataclass(frozen=True, kw_only=True, eq=False)
class Gains:
    """What beams of one kind do to K users over S realisations, the noise being one.

    A realisation holds what the station knows; the channel given that is integrated. In a block
    with temporal correlation rho, ``r = rho^2``, the user's own effective gain is Gaussian with
    mean ``rho amplitude`` and variance ``through - r explained``, and the others' beams arrive
    with the mean power ``interference + r aging``.

    Parameters
    ----------
    amplitude : ndarray, shape (S, K)
        ``m_k^H f_k`` with m the mean of the channel given everything that was received.
    through, explained : ndarray, shape (S, K)
        ``f_k^H R_k f_k`` and ``f_k^H cov(m_k) f_k``.
    interference, aging : ndarray, shape (K,)
        Power that does not age, and what ages with r: below zero where beams avoid a user as
        long as its channel is fresh.
    fluctuation : ndarray, shape (S, K)
        Circular normals for what a receiver sees beyond all this.
    weight : ndarray, shape (S,)
        How much each realisation counts, one on average.
    """

    amplitude: Complex
    through: Float
    explained: Float
    interference: Float
    aging: Float
    fluctuation: Complex
    weight: Float

    def mean(self, values: Float) -> Float:
        """Mean over realisations of values of shape (S, K), shape (K,)."""
        return self.weight @ values / len(self.weight)

    def moments(self, temporal_correlation: Float) -> tuple[Float, Float, Float]:
        """Mean and variance of the own gain, and the power of the others' beams, by age.

        Parameters
        ----------
        temporal_correlation : ndarray, shape (K, J)

        Returns
        -------
        mean, variance, interference : ndarray, shape (K, J)
        """
        rho = np.abs(temporal_correlation)
        mean = rho * self.mean(self.amplitude.real)[:, None]
        a = self.amplitude
        square = self.mean(a.real**2 + a.imag**2 - self.explained)
        power = self.mean(self.through)[:, None] + rho**2 * square[:, None]
        arriving = self.interference[:, None] + rho**2 * self.aging[:, None]
        return mean, np.maximum(power - mean**2, 0.0), np.maximum(arriving, 0.0)


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """A way to turn received blocks into rate.

    Parameters
    ----------
    words : str
        What it is, for people.
    efficiency : callable
        Maps `Gains`, a temporal correlation of shape (K, J) and a number of precoded pilots to
        spectral efficiencies of shape (K, J) before pilots are charged [bit/s/Hz].
    uses_pilots : bool
        Whether it needs precoded pilots, whose time is charged.
    averages : bool
        Whether the efficiency averages over realisations, so that every age costs a pass over
        them; else it follows from moments.
    """

    words: str
    efficiency: Callable[[Gains, Float, int], Float]
    uses_pilots: bool = False
    averages: bool = False

    def share(self, precoded_pilots: int, symbols_per_block: float) -> float:
        """Part of a block that precoded pilots leave.

        Raises
        ------
        ValueError
            When they leave nothing.
        """
        if not self.uses_pilots:
            return 1.0
        if precoded_pilots >= symbols_per_block:
            most = max(int(np.ceil(symbols_per_block)) - 1, 0)
            raise ValueError(
                f"precoded_pilots = {precoded_pilots} fill a block of {symbols_per_block:g} "
                f"symbols; at most {most}, or the receiver mean_gain, would do"
            )
        return 1.0 - precoded_pilots / symbols_per_block
