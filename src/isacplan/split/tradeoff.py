"""Theorems 1 and 2 of Gao2024, corrected: what localization gains from capacity given away.

Capacity loss F is the part of the full capacity given away, 0 to 1. CRB loss L is the position
bound divided by what it would be with everything given to localization, 1 and above. The time
split needs one number of the system, the pilot share r; the frequency split one other, the angle
share w of the position bound. Everything here is element-wise, and arguments broadcast.

(10) and (20) have wrong signs under the inner root (erratum B2), (13) is four times too large in
its delay term (B3), (14), (21) and (22) misplace eps (B4).
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Bool, Float


def time_split_crb_loss(capacity_loss: ArrayLike, *, pilot_share: ArrayLike) -> Float:
    """CRB loss of the time split, Theorem 1.

    ``tau_C / tau_T = (1 - x)^2`` with ``x = (1 - r) (1 - sqrt(1 - F))``, so
    ``L = tau_T / tau_L = 1 / (x (2 - x))``. With all capacity lost, communication's last symbols
    (too few even for pilots) are released too: the loss is then one.

    Parameters
    ----------
    capacity_loss : array_like, shape (...)
        F, between 0 and 1.
    pilot_share : array_like, shape (...)
        r of `isacplan.split.training.pilot_share`, below one.

    Returns
    -------
    ndarray, shape (...)
        L; infinite for F = 0, one for F = 1.

    Examples
    --------
    >>> float(time_split_crb_loss(0.05, pilot_share=0.01).round(2))
    20.2
    """
    F = _check.real("capacity_loss", capacity_loss, at_least=0.0, at_most=1.0)
    x = (1.0 - _pilot_share(pilot_share)) * F / (1.0 + np.sqrt(1.0 - F))
    with np.errstate(divide="ignore"):
        return np.where(F == 1.0, 1.0, 1.0 / (x * (2.0 - x)))


def time_split_capacity_loss(crb_loss: ArrayLike, *, pilot_share: ArrayLike) -> Float:
    """Capacity loss of the time split, the inverse of Theorem 1.

    Parameters
    ----------
    crb_loss : array_like, shape (...)
        L, at least one; infinity is allowed.
    pilot_share : array_like, shape (...)
        r, below one.

    Returns
    -------
    ndarray, shape (...)
        F; one wherever the remaining symbols carry nothing, ``L <= 1 / (1 - r^2)``.

    Examples
    --------
    >>> float(time_split_capacity_loss(2.0, pilot_share=0.01).round(4))
    0.5042
    """
    L = _check.real("crb_loss", crb_loss, at_least=1.0, infinite=True)
    x = 1.0 / L / (1.0 + np.sqrt(1.0 - 1.0 / L))
    y = np.minimum(x / (1.0 - _pilot_share(pilot_share)), 1.0)
    return y * (2.0 - y)


def frequency_split_crb_loss(capacity_loss: ArrayLike, *, angle_share: ArrayLike) -> Float:
    """CRB loss of the frequency split, Theorem 2: ``w + (1 - w) / F^2``, as ``B_L = F B``.

    Parameters
    ----------
    capacity_loss : array_like, shape (...)
        F, between 0 and 1.
    angle_share : array_like, shape (...)
        w of `isacplan.split.localization.angle_share`, 0 to 1.

    Returns
    -------
    ndarray, shape (...)
        L; infinite for F = 0 (the limit for w < 1), one for F = 1.

    Examples
    --------
    >>> float(frequency_split_crb_loss(0.05, angle_share=0.99).round(2))
    4.99
    """
    F = _check.real("capacity_loss", capacity_loss, at_least=0.0, at_most=1.0)
    w = _angle_share(angle_share)
    excess = np.where(F == 1.0, 0.0, (1.0 - w) * (1.0 - F) * (1.0 + F))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(F == 0.0, np.inf, 1.0 + excess / F / F)


def frequency_split_capacity_loss(crb_loss: ArrayLike, *, angle_share: ArrayLike) -> Float:
    """Capacity loss of the frequency split, the inverse of Theorem 2.

    Parameters
    ----------
    crb_loss : array_like, shape (...)
        L, at least one; infinity is allowed.
    angle_share : array_like, shape (...)
        w, 0 to 1.

    Returns
    -------
    ndarray, shape (...)
        ``F = sqrt((1 - w) / (L - w))``; for w = 1, any share of the band does for L > 1: zero.

    Examples
    --------
    >>> float(frequency_split_capacity_loss(2.0, angle_share=0.99).round(4))
    0.0995
    """
    L = _check.real("crb_loss", crb_loss, at_least=1.0, infinite=True)
    w = _angle_share(angle_share)
    with np.errstate(invalid="ignore"):
        return np.where(L == 1.0, 1.0, np.sqrt((1.0 - w) / (L - w)))


def comb_split_crb_loss(
    capacity_loss: ArrayLike,
    *,
    spacing: ArrayLike,
    n_tones: ArrayLike,
    pilot_share: ArrayLike,
    angle_share: ArrayLike,
) -> Float:
    """CRB loss of a comb that stays on its tones, with energy that does not depend on them.

    Its tones are a K-th of the band, so in these the time split's law holds at the loss ``K F``,
    capped where they have all symbols; its delay bound is that of M tones K sub-carriers apart,
    ``M^2 / (M^2 - 1)`` times a flat band's:
    ``L = (w + (1 - w) M^2 / (M^2 - 1)) L_time(min(K F, 1))``. With an even power density it is K
    times larger.

    Parameters
    ----------
    capacity_loss : array_like, shape (...)
        F, between 0 and 1.
    spacing, n_tones : array_like, shape (...)
        K, from 1 on, and M, from 2 on.
    pilot_share, angle_share : array_like, shape (...)
        r, below one, and w, 0 to 1.

    Returns
    -------
    ndarray, shape (...)
        L; infinite for F = 0.

    Examples
    --------
    >>> system = {"pilot_share": 0.01, "angle_share": 0.99, "n_tones": 106}
    >>> float(comb_split_crb_loss(0.05, spacing=12, **system).round(2))
    1.68
    """
    F = _check.real("capacity_loss", capacity_loss, at_least=0.0, at_most=1.0)
    K = _check.real("spacing", spacing, at_least=1.0)
    M = _check.real("n_tones", n_tones, at_least=2.0)
    w = _angle_share(angle_share)
    wider = w + (1.0 - w) * M**2 / (M**2 - 1.0)
    return wider * time_split_crb_loss(np.minimum(K * F, 1.0), pilot_share=pilot_share)


def frequency_split_wins(
    capacity_loss: ArrayLike, *, pilot_share: ArrayLike, angle_share: ArrayLike
) -> Bool:
    """Whether the frequency split leaves the smaller position bound at a capacity loss.

    Parameters
    ----------
    capacity_loss : array_like, shape (...)
        F, between 0 and 1.
    pilot_share, angle_share : array_like, shape (...)
        r and w.

    Returns
    -------
    ndarray of bool, shape (...)
        False where the two are equal.
    """
    frequency = frequency_split_crb_loss(capacity_loss, angle_share=angle_share)
    return frequency < time_split_crb_loss(capacity_loss, pilot_share=pilot_share)


def _pilot_share(value: ArrayLike) -> Float:
    r = _check.real("pilot_share", value, at_least=0.0)
    if np.any(r >= 1.0):
        raise ValueError(
            f"pilot_share must be below 1 (else the bound carries nothing), got {np.max(r):g}"
        )
    return r


def _angle_share(value: ArrayLike) -> Float:
    return _check.real("angle_share", value, at_least=0.0, at_most=1.0)
