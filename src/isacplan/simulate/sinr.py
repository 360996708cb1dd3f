"""From averaged statistics to the SINR of a user that knows only its mean gain."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np

from isacplan._typing import Array, Float


@dataclass(frozen=True, kw_only=True, eq=False)
class SinrRule:
    """The "use and then forget" SINR behind Bai2024 (22), as a function of expectations.

    With the estimates ``htilde_i``, the channel ``h_{k,n} = rho_n h_k + sqrt(1 - rho_n^2) e`` and
    what the estimate leaves open integrated, the expectations are, per user and in this order:
    ``|htilde|^2``, ``Re htilde^H m`` and ``|htilde^H m|^2`` with ``m = E[h | pilots]``,
    ``htilde^H cov(m) htilde``, and ``htilde_i^H R_k htilde_i`` for every pair (k, i).

    Parameters
    ----------
    snr : ndarray, shape (K,)
        ``p_k beta_k / sigma_c^2``.
    power : ndarray, shape (K,)
        Relative transmit powers.
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}.
    """

    snr: Float
    power: Float
    temporal_correlation: Float

    def __call__(self, means: Float) -> Float:
        """SINR of every user and block.

        Parameters
        ----------
        means : ndarray, shape (..., 4 K + K^2)

        Returns
        -------
        ndarray, shape (..., K N)
        """
        K = len(self.snr)
        norm, gain, square, explained = (means[..., i * K : (i + 1) * K] for i in range(4))
        cross = np.reshape(means[..., 4 * K :], (*means.shape[:-1], K, K))
        arriving = relative_power(self.snr, self.power) * cross / norm[..., None, :]
        kept = self.temporal_correlation**2
        signal = self.snr * gain**2 / norm
        # Var(htilde^H h_n) is kept * fluctuation plus the own term of `arriving`.
        fluctuation = self.snr * (square - explained - gain**2) / norm
        disturbance = 1.0 + np.sum(arriving, axis=-1)[..., None] + kept * fluctuation[..., None]
        sinr = kept * signal[..., None] / disturbance
        return np.reshape(sinr, (*means.shape[:-1], -1))


def relative_power(snr: Float, power: Float) -> Float:
    """``p_i beta_k / sigma_c^2`` for receiver k and beam i, shape (K, K)."""
    return snr[:, None] * power[None, :] / power[:, None]


def mmse_filter(correlation: Array, pilot_snr: float, *, xp: ModuleType = np) -> Array:
    """Filter ``W = R (R + I/gamma)^-1`` of the channel that a correlation promises.

    Parameters
    ----------
    correlation : array, shape (..., L, L)
        R, unit trace.
    pilot_snr : float
        gamma.
    xp : module, optional
        Array API namespace of the correlation's library.

    Returns
    -------
    array, shape (..., L, L)
        Hermitian, since R commutes with what is inverted.
    """
    eye = xp.eye(correlation.shape[-1], dtype=correlation.dtype, device=correlation.device)
    return xp.linalg.solve(correlation + eye / pilot_snr, correlation)
