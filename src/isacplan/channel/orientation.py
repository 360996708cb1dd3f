"""Where an array looks: directions of the world seen from a turned and tilted array."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float


def orientation(yaw: float = 0.0, downtilt: float = 0.0) -> Float:
    """Rotation from the array's axes to those of the world, TR 38.901 (7.1-4) without slant.

    Parameters
    ----------
    yaw : float, optional
        Azimuth of broadside, counter-clockwise from +x [rad].
    downtilt : float, optional
        Angle of broadside below the horizontal plane [rad].

    Returns
    -------
    ndarray, shape (3, 3)
        Its columns are broadside, the row of elements, and the array's up.

    Examples
    --------
    >>> orientation(np.pi / 2)[:, 0].round(12) + 0.0
    array([0., 1., 0.])
    """
    a = float(_check.real("yaw", yaw))
    b = float(_check.real("downtilt", downtilt))
    turned = np.array([[np.cos(a), -np.sin(a), 0.0], [np.sin(a), np.cos(a), 0.0], [0.0, 0.0, 1.0]])
    tilted = np.array([[np.cos(b), 0.0, np.sin(b)], [0.0, 1.0, 0.0], [-np.sin(b), 0.0, np.cos(b)]])
    return turned @ tilted


def seen_from(rotation: Float, azimuth: ArrayLike, elevation: ArrayLike) -> tuple[Float, Float]:
    """Directions in the axes of an array, element-wise; the angles broadcast.

    Parameters
    ----------
    rotation : ndarray, shape (3, 3)
        `orientation` of the array.
    azimuth, elevation : array_like, shape (...)
        Directions in the axes of the world [rad].

    Returns
    -------
    azimuth, elevation : ndarray, shape (...)
        From broadside, in (-pi, pi], and from the plane through broadside [rad].
    """
    phi, theta = np.broadcast_arrays(
        _check.real("azimuth", azimuth), _check.real("elevation", elevation)
    )
    u = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), np.sin(theta)], axis=-1)
    x, y, z = np.moveaxis(u @ rotation, -1, 0)
    return np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))
