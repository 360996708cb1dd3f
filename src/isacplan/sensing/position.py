"""Position from angles, delays and Doppler shifts at one anchor or several.

The state is that of `STATE`: position and velocity in the plane, and how far the receiver's clock
is ahead. Each measurement adds its Fisher information; whatever is neither wanted nor known is
projected out (Schur complement).
"""

from collections.abc import Collection

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.sensing.fisher import equivalent_information
from isacplan.units import SPEED_OF_LIGHT

STATE = ("x", "y", "clock", "velocity_x", "velocity_y")
"""State of the localized terminal [m, m, s, m/s, m/s]; the order of rows and columns."""


def position_crb(
    *, distance: ArrayLike, angle_variance: ArrayLike, delay_variance: ArrayLike
) -> Float:
    """Bound on the squared position error from angle and delay at one anchor, Gao2024 (4).

    Known: the anchor's place, orientation and clock. Unknown: the position. The two terms add
    because angle and delay errors are perpendicular, whether or not they are equal in size; that
    the angle's direction does not appear is no approximation. Element-wise.

    Parameters
    ----------
    distance : array_like, shape (...)
        Distance to the anchor [m].
    angle_variance : array_like, shape (...)
        Variance of the angle [rad^2].
    delay_variance : array_like, shape (...)
        Variance of the delay [s^2].

    Returns
    -------
    ndarray, shape (...)
        Sum of the variances along x and y [m^2].

    Examples
    --------
    >>> bound = position_crb(distance=100.0, angle_variance=1e-6, delay_variance=1e-18)
    >>> float((bound**0.5).round(3))  # [m]
    0.316
    """
    r = _check.real("distance", distance, above=0.0)
    var_theta = _check.real("angle_variance", angle_variance, at_least=0.0, infinite=True)
    var_t = _check.real("delay_variance", delay_variance, at_least=0.0, infinite=True)
    return r**2 * var_theta + SPEED_OF_LIGHT**2 * var_t


def anchor_information(
    position: ArrayLike,
    *,
    anchor: ArrayLike = (0.0, 0.0),
    velocity: ArrayLike = (0.0, 0.0),
    wavelength: float = 1.0,
    angle_variance: ArrayLike = np.inf,
    delay_variance: ArrayLike = np.inf,
    doppler_variance: ArrayLike = np.inf,
) -> Float:
    """Fisher information that one anchor's measurements carry about the state.

    Sum it over anchors and hand it to `position_bound`. An infinite variance means that the
    quantity is not measured. Known: the anchor's place and orientation. Errors are independent
    (`isacplan.sensing.ofdm.ofdm_array_information` shows when that holds).

    Parameters
    ----------
    position, anchor : array_like, shape (..., 2)
        Places of terminal and anchor [m], apart from each other.
    velocity : array_like, shape (..., 2)
        Velocity of the terminal [m/s], the point around which the Doppler is linearised.
    wavelength : float
        Carrier wavelength [m]; matters for Doppler only.
    angle_variance : array_like, shape (...)
        Variance of the direction from anchor to terminal [rad^2].
    delay_variance : array_like, shape (...)
        Variance of the delay, measured by the terminal's clock [s^2].
    doppler_variance : array_like, shape (...)
        Variance of the Doppler shift ``-v . u / lambda`` [Hz^2].

    Returns
    -------
    ndarray, shape (..., 5, 5)
        Information on `STATE`.
    """
    offset = _check.real("position", position) - _check.real("anchor", anchor)
    v = _check.real("velocity", velocity)
    lam = float(_check.real("wavelength", wavelength, above=0.0))
    r = np.linalg.norm(offset, axis=-1)[..., None]
    if np.any(r == 0.0):
        raise ValueError("position must differ from anchor, got the same place")
    u = offset / r
    across = np.stack([-u[..., 1], u[..., 0]], axis=-1)
    none, one = np.zeros_like(u), np.ones_like(r)
    angle = np.concatenate([across / r, 0.0 * r, none], axis=-1)
    delay = np.concatenate([u / SPEED_OF_LIGHT, one, none], axis=-1)
    v_across = np.sum(v * across, axis=-1)[..., None]
    doppler = np.concatenate([-v_across * across / (lam * r), 0.0 * r, -u / lam], axis=-1)
    return (
        _weighted("angle_variance", angle_variance, angle)
        + _weighted("delay_variance", delay_variance, delay)
        + _weighted("doppler_variance", doppler_variance, doppler)
    )


def position_bound(information: Float, *, known: Collection[str] = ("clock",)) -> Float:
    """Bound on the squared position error when part of the state is known.

    Parameters
    ----------
    information : ndarray, shape (..., 5, 5)
        Sum of `anchor_information` over anchors, and of any prior information.
    known : collection of str
        Entries of `STATE` that are known; all others are unknown, and those that no measurement
        touches cost nothing.

    Returns
    -------
    ndarray, shape (...)
        Sum of the variances along x and y [m^2]; infinite where the measurements do not suffice.

    Raises
    ------
    ValueError
        If `known` names something else than clock, velocity_x or velocity_y.
    """
    allowed = STATE[2:]
    for name in known:
        _check.choice("known", name, allowed)
    keep = [i for i, name in enumerate(STATE) if name not in known]
    units = np.array([1.0, 1.0, 1.0 / SPEED_OF_LIGHT, 1.0, 1.0])  # the clock in metres
    joint = np.asarray(information, dtype=float) * units * units[:, None]
    J = equivalent_information(joint[..., keep, :][..., keep], 2)
    trace = J[..., 0, 0] + J[..., 1, 1]
    determinant = J[..., 0, 0] * J[..., 1, 1] - J[..., 0, 1] * J[..., 1, 0]
    singular = determinant <= 1e-13 * trace**2
    return np.where(singular, np.inf, trace / np.where(singular, 1.0, determinant))


def _weighted(name: str, variance: ArrayLike, gradient: Float) -> Float:
    checked = _check.real(name, variance, above=0.0, infinite=True)
    outer = gradient[..., :, None] * gradient[..., None, :]
    return outer / checked[..., None, None]
