"""Channel estimates of stations that do not sense, from what their users' pilots leave."""

from types import ModuleType

import numpy as np

from isacplan._typing import Array, Complex
from isacplan.channel.fading import correlation_root

ESTIMATES = ("sensed", "raw_pilots", "averaged_pilots")


def observation_root(correlation: Complex, pilot_snr: float) -> Complex:
    """Root of the covariance of a pilot observation, shape (L, L).

    Parameters
    ----------
    correlation : ndarray, shape (L, L)
        R, unit trace.
    pilot_snr : float
        gamma.
    """
    L = len(correlation)
    return correlation_root(correlation + np.eye(L) / pilot_snr)


def averaged(xp: ModuleType, past: Array, pilot_snr: float, pilots: Array) -> Array:
    """MMSE estimates under the correlation that past observations of every frame show.

    The noise is taken off their sample covariance, and what falls below zero is set to zero.

    Parameters
    ----------
    xp : module
        Array API namespace.
    past : array, shape (B, L, P)
        Past observations of one user, double precision.
    pilot_snr : float
        gamma.
    pilots : array, shape (M, B, L)

    Returns
    -------
    array, shape (M, B, L)
        In the precision of the pilots.
    """
    conjugate = xp.conj(xp.matrix_transpose(past))
    ascending, U = xp.linalg.eigh(xp.matmul(past, conjugate) / past.shape[-1])
    strength = pilot_snr * ascending - 1.0
    strength = xp.where(strength > 0.0, strength, xp.zeros_like(strength))
    share = xp.astype(strength / (1.0 + strength), past.dtype)
    seen = xp.matmul(
        xp.conj(xp.matrix_transpose(U)), xp.astype(xp.permute_dims(pilots, (1, 2, 0)), past.dtype)
    )
    estimate = xp.matmul(U, share[:, :, None] * seen)
    return xp.astype(xp.permute_dims(estimate, (2, 0, 1)), pilots.dtype)
