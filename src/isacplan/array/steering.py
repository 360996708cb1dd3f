"""Steering vectors and their angle derivatives."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.array.geometry import ArrayGeometry

ANGLES = ("azimuth", "elevation")


def _angles(azimuth: ArrayLike, elevation: ArrayLike) -> tuple[Float, Float]:
    az, el = np.broadcast_arrays(
        _check.real("azimuth", azimuth), _check.real("elevation", elevation)
    )
    return az, el


def _phases(geometry: ArrayGeometry, direction: tuple[Float, ...]) -> Float:
    return 2.0 * np.pi * np.stack(direction, axis=-1) @ geometry.positions.T


def steering_vector(
    geometry: ArrayGeometry, azimuth: ArrayLike, elevation: ArrayLike = 0.0
) -> Complex:
    """Unit-norm array response to a plane wave, Bai2024 (7).

    Element-wise over the angles, which broadcast.

    Parameters
    ----------
    geometry : ArrayGeometry
        Element positions, L of them.
    azimuth, elevation : array_like, shape (...)
        Direction from broadside and from the horizontal plane [rad].

    Returns
    -------
    ndarray, shape (..., L)
        ``exp(-2j pi x_m . u) / sqrt(L)`` with u the unit vector towards the wave; for a uniform
        linear array of half a wavelength ``exp(-1j pi m sin azimuth) / sqrt(L)``.

    Examples
    --------
    >>> from isacplan.array import uniform_linear
    >>> import numpy as np
    >>> steering_vector(uniform_linear(2), np.pi / 2).real.round(4)
    array([ 0.7071, -0.7071])
    """
    az, el = _angles(azimuth, elevation)
    u = (np.cos(el) * np.cos(az), np.cos(el) * np.sin(az), np.sin(el))
    return np.exp(-1j * _phases(geometry, u)) / np.sqrt(geometry.n_elements)


def steering_derivative(
    geometry: ArrayGeometry,
    azimuth: ArrayLike,
    elevation: ArrayLike = 0.0,
    *,
    with_respect_to: str = "azimuth",
) -> Complex:
    """Derivative of the steering vector with respect to one of its angles.

    It depends on the phase reference: about the centroid of a symmetric array it is orthogonal to
    the steering vector, about the first element it is not.

    Parameters
    ----------
    geometry : ArrayGeometry
        Element positions, L of them.
    azimuth, elevation : array_like, shape (...)
        Direction from broadside and from the horizontal plane [rad].
    with_respect_to : {"azimuth", "elevation"}
        The angle to differentiate by.

    Returns
    -------
    ndarray, shape (..., L)
        Derivative [1/rad].
    """
    _check.choice("with_respect_to", with_respect_to, ANGLES)
    az, el = _angles(azimuth, elevation)
    if with_respect_to == "azimuth":
        du = (-np.cos(el) * np.sin(az), np.cos(el) * np.cos(az), np.zeros_like(az))
    else:
        du = (-np.sin(el) * np.cos(az), -np.sin(el) * np.sin(az), np.cos(el))
    return -1j * _phases(geometry, du) * steering_vector(geometry, az, el)
