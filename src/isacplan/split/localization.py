"""Position bound as a function of what localization is given, Gao2024 (4) to (7)."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float, Int
from isacplan.sensing import (
    delay_crb,
    linear_array_angle_crb,
    mean_square_bandwidth,
    position_crb,
)
from isacplan.units import SPEED_OF_LIGHT


def position_terms(
    *,
    n_antennas: ArrayLike,
    localization_snr: ArrayLike,
    distance: ArrayLike,
    angle: ArrayLike = 0.0,
    height: ArrayLike = 0.0,
    spacing: ArrayLike = 0.5,
    waveform_coefficient: ArrayLike = 1.0,
    angle_bound: str = "known_phase",
    delay_bound: str = "paper",
) -> tuple[Float, Float]:
    """Numbers A and D of the position bound ``(A + D / B_L^2) / tau_L``.

    Known and unknown are as the named angle and delay bounds say. Element-wise. At a height h the
    array measures the angle from its broadside plane and the delay the slant range
    ``R^2 = r^2 + h^2``. Solved for the place on the ground, A has R in place of r, and D the
    factor ``(x^2 y^2 + (x^2 + h^2)^2) / (x^2 R^2)``, x ahead of the array and y along it.

    Parameters
    ----------
    n_antennas, localization_snr, distance, angle, spacing : array_like, shape (...)
        N, gamma of one symbol, distance on the ground [m], azimuth from broadside [rad], spacing
        [wavelengths].
    height : array_like, shape (...)
        Of the station above the user [m].
    waveform_coefficient : array_like, shape (...)
        varsigma.
    angle_bound : {"known_phase", "unknown_phase"}
        See `isacplan.sensing.linear_array_angle_crb`.
    delay_bound : {"paper", "flat_spectrum", "tones"}
        See `isacplan.sensing.mean_square_bandwidth`; tones are counted as a flat band here.

    Returns
    -------
    angle_term : ndarray, shape (...)
        A [m^2].
    delay_term : ndarray, shape (...)
        D [m^2 Hz^2].
    """
    common = {"n_antennas": n_antennas, "snr": localization_snr, "n_symbols": 1.0}
    var_theta = linear_array_angle_crb(angle, spacing=spacing, phase=angle_bound, **common)
    # Tones are counted where the band is: isacplan.split.model.
    model = "flat_spectrum" if delay_bound == "tones" else delay_bound
    F2 = mean_square_bandwidth(1.0, model=model, waveform_coefficient=waveform_coefficient)
    var_t = delay_crb(mean_square_bandwidth=F2, **common)
    r, h = _check.real("distance", distance, above=0.0), _check.real("height", height)
    x, y = r * np.cos(angle), r * np.sin(angle)
    slant = np.hypot(r, h)
    A = position_crb(distance=slant, angle_variance=var_theta, delay_variance=0.0)
    stretch = (y**2 + (x + h**2 / x) ** 2) / slant**2
    return A, SPEED_OF_LIGHT**2 * var_t * stretch


def angle_share(*, angle_term: ArrayLike, delay_term: ArrayLike, bandwidth: ArrayLike) -> Float:
    """Part of the position bound that the angle has when localization is given the whole band.

    The one number on which Theorem 2 depends, ``w = A / (A + D / B^2)``: 1/(1 + Y/(X B^2)) in the
    letters of (13). Element-wise.

    Parameters
    ----------
    angle_term, delay_term : array_like, shape (...)
        A and D of `position_terms`.
    bandwidth : array_like, shape (...)
        B [Hz].

    Returns
    -------
    ndarray, shape (...)
        0 to 1.
    """
    A = _check.real("angle_term", angle_term, at_least=0.0)
    B = _check.real("bandwidth", bandwidth, above=0.0)
    D = _check.real("delay_term", delay_term, above=0.0)
    return A / (A + D / B**2)


def minimax_symbols(scale: Float, n_symbols: int, *, least: Float | None = None) -> Int:
    """Smallest worst bound when symbols are dealt out to users one by one.

    With bounds ``s_k / t_k``, the next symbol goes to the user who is worst off. That is optimal
    for every total: the worst bound can fall only if the worst user gets more, so any division
    that is better must give him at least as many, and dealing does so with the fewest. The same
    holds from any number on that users have beforehand.

    Parameters
    ----------
    scale : ndarray, shape (..., K)
        s_k, each user's bound with one symbol [m^2].
    n_symbols : int
        Largest total.
    least : ndarray, shape (..., K), optional
        Symbols that each user has beforehand, at least one; infinite where none suffice.

    Returns
    -------
    ndarray of int, shape (n_symbols + 1, ..., K)
        Symbols of each user for every total; all zero where some user would have fewer.
    """
    s = np.asarray(scale, dtype=float)
    dealt = np.zeros((n_symbols + 1, *s.shape), dtype=np.int64)
    n_users = int(s.shape[-1])
    first = np.ones(s.shape) if least is None else np.broadcast_to(least, s.shape)
    begins = np.sum(first, axis=-1, keepdims=True)
    held: Int = np.where(np.isfinite(begins), first, 1.0).astype(np.int64)
    for total in range(n_users, n_symbols + 1):
        begun = total >= begins
        dealt[total] = np.where(begun, held, 0)
        worst = np.asarray(np.argmax(s / held, axis=-1), dtype=np.int64)
        more = begun & np.equal(np.arange(n_users), worst[..., None])
        held = held + more.astype(np.int64)
    return dealt
