"""Argument checks shared by the knowledge models."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float


def check_correlations(name: str, value: ArrayLike) -> Complex:
    """Return correlation matrices of shape (K, L, L) after checking what makes them such."""
    R = _own(value)
    if R.ndim != 3 or R.shape[1] != R.shape[2] or R.shape[0] == 0 or R.shape[1] == 0:
        raise ValueError(f"{name} must have shape (K, L, L), got {R.shape}")
    if not np.all(np.isfinite(R)):
        raise ValueError(f"{name} must be finite")
    # One by one: the stack may be large.
    if any(np.max(np.abs(R_k - R_k.conj().T)) > 1e-10 for R_k in R):
        raise ValueError(f"{name} must be Hermitian")
    trace = np.real(np.trace(R, axis1=1, axis2=2))
    if np.max(np.abs(trace - 1.0)) > 1e-9:
        raise ValueError(f"{name} must have unit trace, got {trace[np.argmax(abs(trace - 1))]:g}")
    R.flags.writeable = False
    return R


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
    snr: ArrayLike, pilot_snr: ArrayLike, power: ArrayLike | None, n_users: int
) -> dict[str, Float]:
    """Return the checked link numbers of K users by field name; powers default to equal."""
    return {
        "snr": per_user("snr", snr, n_users, above=0.0),
        "pilot_snr": per_user("pilot_snr", pilot_snr, n_users, above=0.0),
        "power": per_user("power", 1.0 if power is None else power, n_users, above=0.0),
    }


def relative_power(snr: Float, power: Float | None) -> Float:
    """``p_i beta_k / sigma_c^2`` for receiver k and beam i, shape (K, K)."""
    p = np.asarray(power)
    return snr[:, None] * p[None, :] / p[:, None]
