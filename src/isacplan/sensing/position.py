"""Position from angles, delays and Doppler shifts at one anchor or several.

The state is that of `STATE`: position and velocity in the plane, and how far the receiver's clock
is ahead. Each measurement adds its Fisher information; whatever is neither wanted nor known is
projected out.
"""

from collections.abc import Collection

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.sensing.square_root import leading_covariance
from isacplan.units import SPEED_OF_LIGHT

STATE = ("x", "y", "clock", "velocity_x", "velocity_y")
"""State of the localized terminal [m, m, s, m/s, m/s]; the order of rows and columns."""

UNITS = np.array([1.0, 1.0, 1.0 / SPEED_OF_LIGHT, 1.0, 1.0])
"""Step of each entry of `STATE` with which a matrix counts, so that the clock is in metres."""


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


def anchor_measurements(
    position: ArrayLike,
    *,
    anchor: ArrayLike = (0.0, 0.0),
    facing: ArrayLike | None = None,
    height: ArrayLike = 0.0,
    velocity: ArrayLike = (0.0, 0.0),
    wavelength: float = 1.0,
    angle_variance: ArrayLike = np.inf,
    delay_variance: ArrayLike = np.inf,
    doppler_variance: ArrayLike = np.inf,
) -> Float:
    """Square root of the information that one anchor's measurements carry about the state.

    One row a measurement, in the order angle, delay, Doppler: its derivative by `STATE` over its
    standard deviation, zero where it is not measured. Stack the rows of several anchors and hand
    them to `position_covariance`. Known: the anchor's place, orientation and height. Errors are
    independent (`isacplan.sensing.ofdm.ofdm_array_information` shows when that holds).

    Parameters
    ----------
    position, anchor : array_like, shape (..., 2)
        Places of terminal and anchor [m], apart from each other on the ground.
    facing : array_like, shape (...), optional
        Direction in which the anchor's linear array looks [rad]; needed at a height, where the
        array measures not the azimuth but the angle from its broadside plane.
    height : array_like, shape (...)
        How far the anchor stands above the terminal [m], known.
    velocity : array_like, shape (..., 2)
        Velocity of the terminal [m/s], the point around which the Doppler is linearised.
    wavelength : float
        Carrier wavelength [m]; matters for Doppler only.
    angle_variance : array_like, shape (...)
        Variance of the direction from anchor to terminal [rad^2].
    delay_variance : array_like, shape (...)
        Variance of the delay over the slant range, measured by the terminal's clock [s^2].
    doppler_variance : array_like, shape (...)
        Variance of the Doppler shift ``-v . u / lambda`` [Hz^2].

    Returns
    -------
    ndarray, shape (..., 3, 5)
        Rows R, with information ``R^T R``.
    """
    offset = _check.real("position", position) - _check.real("anchor", anchor)
    v = _check.real("velocity", velocity)
    h = _check.real("height", height)[..., None]
    lam = float(_check.real("wavelength", wavelength, above=0.0))
    ground = np.hypot(offset[..., :1], offset[..., 1:])
    if np.any(ground == 0.0):
        raise ValueError("position must differ from anchor, got the same place")
    r = np.hypot(ground, h)
    u = offset / r
    none, one = np.zeros_like(u), np.ones_like(r)
    turn = _angle_gradient(offset, ground, r, facing)
    along = np.sum(v * u, axis=-1)[..., None]
    angle = np.concatenate([turn, 0.0 * r, none], axis=-1)
    delay = np.concatenate([u / SPEED_OF_LIGHT, one, none], axis=-1)
    doppler = np.concatenate([-(v - along * u) / (lam * r), 0.0 * r, -u / lam], axis=-1)
    rows = (
        _weighted("angle_variance", angle_variance, angle),
        _weighted("delay_variance", delay_variance, delay),
        _weighted("doppler_variance", doppler_variance, doppler),
    )
    return np.stack(np.broadcast_arrays(*rows), axis=-2)


def position_covariance(measurements: Float, *, known: Collection[str] = ("clock",)) -> Float:
    """Bound on the covariance of the position when part of the state is known.

    Whether the measurements determine the position is decided by an orthogonal factorisation of
    their directions, each row and column scaled to one, so that no weight of many orders makes a
    singular geometry look regular or an elongated ellipse singular.

    Parameters
    ----------
    measurements : ndarray, shape (..., M, 5)
        Rows of `anchor_measurements`, those of all anchors stacked.
    known : collection of str
        Entries of `STATE` that are known; all others are unknown, and those that no measurement
        touches cost nothing.

    Returns
    -------
    ndarray, shape (..., 2, 2)
        [m^2]; infinite on the diagonal where the measurements do not determine the position.

    Raises
    ------
    ValueError
        If `known` names something else than clock, velocity_x or velocity_y.

    Examples
    --------
    >>> rows = anchor_measurements([30.0, 40.0], angle_variance=1e-6, delay_variance=1e-18)
    >>> float(np.trace(position_covariance(rows)).round(6))
    0.092376
    >>> position_covariance(rows, known=()).diagonal().tolist()  # the clock is not known
    [inf, inf]
    """
    for name in known:
        _check.choice("known", name, STATE[2:])
    keep = [i for i, name in enumerate(STATE) if name not in known]
    R = np.asarray(measurements, dtype=float) * UNITS
    return leading_covariance(R[..., keep])


def position_bound(measurements: Float, *, known: Collection[str] = ("clock",)) -> Float:
    """Bound on the squared position error, the trace of `position_covariance`.

    Parameters
    ----------
    measurements : ndarray, shape (..., M, 5)
        Rows of `anchor_measurements`, those of all anchors stacked.
    known : collection of str
        As for `position_covariance`.

    Returns
    -------
    ndarray, shape (...)
        Sum of the variances along x and y [m^2]; infinite where the measurements do not suffice.
    """
    return np.trace(position_covariance(measurements, known=known), axis1=-2, axis2=-1)


def _angle_gradient(offset: Float, ground: Float, r: Float, facing: ArrayLike | None) -> Float:
    """Derivative of the angle from the array's broadside by the place on the ground [rad/m]."""
    if facing is None:
        if np.any(r != ground):
            raise ValueError("facing must be given for an anchor at another height")
        return np.concatenate([-offset[..., 1:], offset[..., :1]], axis=-1) / ground**2
    phi = _check.real("facing", facing)[..., None]
    # u . e with e along the array; its rest of one is what broadside is left with.
    axis = np.concatenate([-np.sin(phi), np.cos(phi)], axis=-1)
    sine = np.sum(offset * axis, axis=-1)[..., None] / r
    ahead = np.sum(offset * np.concatenate([np.cos(phi), np.sin(phi)], axis=-1), axis=-1)
    cosine = np.hypot(ahead[..., None], np.sqrt(np.maximum(r**2 - ground**2, 0.0))) / r
    if np.any(cosine < 1e-9):
        raise ValueError("facing must not point the array's axis at the terminal")
    return (axis - sine * offset / r) / (r * cosine)


def _weighted(name: str, variance: ArrayLike, gradient: Float) -> Float:
    checked = _check.real(name, variance, above=0.0, infinite=True)
    return gradient / np.sqrt(checked)[..., None]
