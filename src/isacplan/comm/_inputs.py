"""Argument checks shared by the knowledge models."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.channel.conventions import unit_trace


def check_correlations(name: str, value: ArrayLike) -> tuple[Complex, Float]:
    """Return correlations of shape (K, L, L) with unit trace, and the factors (K,) taken out."""
    given = _own(value)
    if given.ndim != 3:
        raise ValueError(f"{name} must have shape (K, L, L), got {given.shape}")
    R, scale = unit_trace(name, given)
    R.flags.writeable = False
    return R, scale


def _own(value: ArrayLike) -> Complex:
    """A complex array that nobody else can change: the given one if it is such, or a copy."""
    if (
        isinstance(value, np.ndarray)
        and value.dtype == np.complex128
        and value.flags.c_contiguous
        and value.flags.owndata
        and not value.flags.writeable
    ):
        return value
    return np.array(value, dtype=complex, order="C")


def per_user(name: str, value: ArrayLike, n_users: int, *, above: float) -> Float:
    """Return a checked array of one number per user; a single number serves all."""
    array = _check.real(name, value, above=above)
    if array.shape not in ((), (n_users,)):
        raise ValueError(f"{name} must hold {n_users} numbers, one per user, got {array.shape}")
    return np.array(np.broadcast_to(array, n_users))


def angle_variances(crb: ArrayLike, n_users: int) -> Float:
    """Return checked variances of shape (..., K); a single number serves all users."""
    c = _check.real("crb", crb, at_least=0.0)
    if c.ndim == 0:
        return np.full(n_users, c)
    if c.shape[-1] != n_users:
        raise ValueError(f"crb must have shape (..., {n_users}), one per user, got {c.shape}")
    return c


def check_links(
    snr: ArrayLike, pilot_snr: ArrayLike, power: ArrayLike | None, gain: Float
) -> dict[str, Float]:
    """Return the checked link numbers of K users by field name; powers default to equal.

    Gains (K,) that were taken out of the correlations go into both SNRs.
    """
    n_users = len(gain)
    return {
        "snr": gain * per_user("snr", snr, n_users, above=0.0),
        "pilot_snr": gain * per_user("pilot_snr", pilot_snr, n_users, above=0.0),
        "power": per_user("power", 1.0 if power is None else power, n_users, above=0.0),
    }


def relative_power(snr: Float, power: Float | None) -> Float:
    """``p_i beta_k / sigma_c^2`` for receiver k and beam i, shape (K, K)."""
    p = np.asarray(power)
    return snr[:, None] * p[None, :] / p[:, None]
