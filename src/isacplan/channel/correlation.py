"""Spatial correlation: local scattering with three angular densities, and traced paths."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.array import ArrayGeometry, steering_vector

ANGULAR_DENSITIES = ("gaussian", "laplacian", "uniform")


def one_ring_correlation(
    geometry: ArrayGeometry,
    azimuth: ArrayLike,
    *,
    density: str,
    spread: ArrayLike,
    elevation: float = 0.0,
) -> Complex:
    """Spatial correlation of scatterers spread in azimuth about one direction, Bai2024 (3).

    Element-wise over azimuth and spread, which broadcast. Here R has unit trace and the mean
    channel gain stands outside (erratum A3).

    The density lives on the circle: Gaussian and Laplacian tails wrap around and nothing is cut.
    A linear array then sees power from behind mirrored to the front. The integral is a trapezoid
    sum on the circle with the density expanded in its harmonics. The array response has no
    harmonic beyond its electrical aperture (its Jacobi-Anger coefficients fall faster than
    exponentially there), so the sum is exact to rounding for every spread.

    Parameters
    ----------
    geometry : ArrayGeometry
        Element positions, L of them.
    azimuth : array_like, shape (...)
        Central direction from broadside [rad].
    density : {"uniform", "gaussian", "laplacian"}
        Power angular density.
    spread : array_like, shape (...)
        Half width for the uniform density, at most pi; standard deviation (before wrapping) for
        the others [rad].
    elevation : float, optional
        Elevation common to all scatterers [rad].

    Returns
    -------
    ndarray, shape (..., L, L)
        Hermitian, positive semidefinite, unit trace.

    Examples
    --------
    >>> import numpy as np
    >>> from isacplan.array import uniform_linear
    >>> R = one_ring_correlation(
    ...     uniform_linear(4), 0.3, density="uniform", spread=np.radians(5)
    ... )
    >>> float(np.trace(R).real.round(12))
    1.0
    """
    _check.choice("density", density, ANGULAR_DENSITIES)
    theta = _check.real("azimuth", azimuth)
    width = _check.real("spread", spread, above=0.0)
    if density == "uniform":
        _check.real("spread", spread, at_most=np.pi)
    theta, width = np.broadcast_arrays(theta, width)

    aperture = 2.0 * np.pi * float(np.linalg.norm(np.ptp(geometry.positions, axis=0)))
    n_harmonics = int(np.ceil(aperture + 12.0 * aperture ** (1 / 3))) + 24
    grid = 2.0 * np.pi * np.arange(2 * n_harmonics + 1) / (2 * n_harmonics + 1)
    weights = _quadrature_weights(theta, width, density, n_harmonics)
    a = steering_vector(geometry, grid, elevation)
    if _is_uniform_linear(geometry):
        return _toeplitz(weights @ (a * a[:, :1].conj()))
    return np.swapaxes(a, 0, 1) * weights[..., None, :] @ a.conj()


def _quadrature_weights(azimuth: Float, spread: Float, density: str, n_harmonics: int) -> Float:
    """Density on the uniform grid of Q = 2 n + 1 angles, cut to n harmonics, shape (..., Q)."""
    k = np.arange(n_harmonics + 1)
    s = spread[..., None]
    if density == "uniform":
        characteristic = np.sinc(k * s / np.pi)
    elif density == "gaussian":
        characteristic = np.exp(-((k * s) ** 2) / 2.0)
    else:
        characteristic = 1.0 / (1.0 + (k * s) ** 2 / 2.0)
    return np.fft.irfft(characteristic * np.exp(-1j * k * azimuth[..., None]), 2 * n_harmonics + 1)


def _is_uniform_linear(geometry: ArrayGeometry) -> bool:
    steps = np.diff(geometry.positions, axis=0)
    return bool(np.all(np.abs(steps - steps[:1]) <= 1e-12)) if len(steps) else True


def _toeplitz(first_column: Complex) -> Complex:
    """Hermitian Toeplitz matrices from their first columns, shape (..., L)."""
    n = first_column.shape[-1]
    lag = np.subtract.outer(np.arange(n), np.arange(n))
    column = first_column.copy()
    column[..., 0] = column[..., 0].real
    return np.where(lag >= 0, column[..., np.abs(lag)], column[..., np.abs(lag)].conj())


def paths_correlation(
    geometry: ArrayGeometry,
    gains: ArrayLike,
    azimuth: ArrayLike,
    elevation: ArrayLike = 0.0,
) -> tuple[Complex, float]:
    """Spatial correlation and mean gain of a channel made of discrete paths.

    Path phases are taken as independent: ``beta = sum |g|^2``, ``R = sum |g|^2 a a^H / beta``.

    Parameters
    ----------
    geometry : ArrayGeometry
        Element positions, L of them.
    gains : array_like, shape (P,)
        Path amplitudes, real or complex.
    azimuth, elevation : array_like, shape (P,)
        Departure directions from broadside and from the horizontal plane [rad].

    Returns
    -------
    correlation : ndarray, shape (L, L)
        Unit trace.
    mean_gain : float
        Sum of the path powers.

    Raises
    ------
    ValueError
        When there is no path, or no path with power.
    """
    power = np.abs(np.atleast_1d(np.asarray(gains))) ** 2
    mean_gain = float(np.sum(power))
    if not np.isfinite(mean_gain) or mean_gain <= 0.0:
        raise ValueError(f"gains must be finite with positive total power, got {mean_gain:g}")
    a = np.broadcast_to(
        steering_vector(geometry, azimuth, elevation), (power.size, geometry.n_elements)
    )
    return (a.T * power) @ a.conj() / mean_gain, mean_gain
