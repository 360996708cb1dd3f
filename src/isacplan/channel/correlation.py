"""Spatial correlation: local scattering with three angular densities, and traced paths."""

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy as np

from isacplan import _check
from isacplan._typing import Array, ArrayLike, Complex, Float
from isacplan.array import ArrayGeometry, steering_vector

ANGULAR_DENSITIES = ("gaussian", "laplacian", "uniform")

ELEMENTS_TOGETHER = 2**20
"""Complex numbers in the products of weights and responses that exist at once."""


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
    table = _response_table(geometry, elevation)
    return _correlation(np, theta, _characteristic(density, width, table.n_harmonics), table)


@dataclass(frozen=True, kw_only=True, eq=False)
class OneRing:
    """`one_ring_correlation` of one density and spread as a function of the angle.

    Parameters
    ----------
    geometry : ArrayGeometry
        Element positions, L of them.
    density : {"uniform", "gaussian", "laplacian"}
        Power angular density.
    spread : float
        Half width or standard deviation [rad].
    elevation : float, optional
        Elevation common to all scatterers [rad].

    Examples
    --------
    >>> import numpy as np
    >>> from isacplan.array import uniform_linear
    >>> ring = OneRing(geometry=uniform_linear(4), density="uniform", spread=np.radians(5))
    >>> ring(np.array([0.1, 0.3])).shape
    (2, 4, 4)
    """

    geometry: ArrayGeometry
    density: str
    spread: float
    elevation: float = 0.0

    def __post_init__(self) -> None:
        _check.choice("density", self.density, ANGULAR_DENSITIES)
        most = np.pi if self.density == "uniform" else np.inf
        _check.real("spread", self.spread, above=0.0, at_most=most)

    @property
    def front_is_back(self) -> bool:
        """Whether an angle and its mirror image behind the array have the same correlation.

        So it is with elements in the plane of the array and every density that is even.
        """
        return bool(np.ptp(self.geometry.positions[:, 0]) == 0.0)

    @cached_property
    def _table(self) -> "_ResponseTable":
        return _response_table(self.geometry, self.elevation)

    @cached_property
    def _characteristic(self) -> Float:
        return _characteristic(self.density, np.asarray(self.spread), self._table.n_harmonics)

    def __call__(self, azimuth: Array, *, xp: ModuleType = np) -> Array:
        """Unit-trace correlations around angles, element-wise.

        Parameters
        ----------
        azimuth : array, shape (...)
            Double precision, of the library `xp` [rad].
        xp : module, optional
            Array API namespace.

        Returns
        -------
        array, shape (..., L, L)
        """
        theta = _check.real("azimuth", azimuth) if xp is np else azimuth
        return _correlation(xp, theta, self._characteristic, self._table)


@dataclass(frozen=True, kw_only=True, eq=False)
class _ResponseTable:
    """The array response on a grid of Q = 2 n + 1 angles.

    Parameters
    ----------
    steering : ndarray, shape (Q, L)
    lags : ndarray or None, shape (2 n + 1, L)
        For uniform linear arrays: `fourier` applied to ``a_l a_0^*``.
    """

    steering: Complex
    lags: Complex | None

    @property
    def n_harmonics(self) -> int:
        """Harmonics n."""
        return len(self.steering) // 2

    @cached_property
    def fourier(self) -> Float:
        """Rows 1, ``2 cos k phi`` and ``2 sin k phi``, over Q, shape (2 n + 1, Q).

        They take harmonics of a density about 0 to its weights on the grid.
        """
        Q, n = len(self.steering), self.n_harmonics
        angle = 2.0 * np.pi * np.arange(Q) / Q
        # Products of integers keep the arguments exact for every harmonic.
        turns = np.outer(np.arange(1, n + 1), np.arange(Q)) % Q
        cosines, sines = 2.0 * np.cos(angle), 2.0 * np.sin(angle)
        return np.concatenate([np.ones((1, Q)), cosines[turns], sines[turns]]) / Q


def _response_table(geometry: ArrayGeometry, elevation: float) -> _ResponseTable:
    aperture = 2.0 * np.pi * float(np.linalg.norm(np.ptp(geometry.positions, axis=0)))
    n = int(np.ceil(aperture + 12.0 * aperture ** (1 / 3))) + 24
    Q = 2 * n + 1
    a = steering_vector(geometry, 2.0 * np.pi * np.arange(Q) / Q, elevation)
    if not _is_uniform_linear(geometry):
        return _ResponseTable(steering=a, lags=None)
    series = np.fft.fft(a * a[:, :1].conj(), axis=0) / Q
    up, down = series[1 : n + 1], series[:n:-1]
    return _ResponseTable(
        steering=a, lags=np.concatenate([series[:1], up + down, 1j * (up - down)])
    )


def _characteristic(density: str, spread: Float, n_harmonics: int) -> Float:
    """Harmonics 1 to n of a density about zero, shape (..., n)."""
    k = np.arange(1, n_harmonics + 1)
    s = spread[..., None]
    if density == "uniform":
        return np.sinc(k * s / np.pi)
    if density == "gaussian":
        return np.exp(-((k * s) ** 2) / 2.0)
    return 1.0 / (1.0 + (k * s) ** 2 / 2.0)


def _correlation(
    xp: ModuleType, azimuth: Array, characteristic: Float, table: _ResponseTable
) -> Array:
    """Correlations around angles of any shape, from harmonics of the density."""
    device = azimuth.device
    turns = xp.expand_dims(azimuth, axis=-1) * xp.asarray(
        np.arange(1.0, table.n_harmonics + 1.0), device=device
    )
    chi = xp.asarray(characteristic, device=device)
    moved = [xp.ones_like(turns[..., :1]), chi * xp.cos(turns), chi * xp.sin(turns)]
    basis = xp.concat(moved, axis=-1)
    if table.lags is None:
        weights = xp.matmul(basis, xp.asarray(table.fourier, device=device))
        return _weighted_sum(xp, weights, xp.asarray(table.steering, device=device))
    parts = np.concatenate([table.lags.real, table.lags.imag], axis=-1)
    return _toeplitz(xp, xp.matmul(basis, xp.asarray(parts, device=device)))


def _weighted_sum(xp: ModuleType, weights: Array, a: Array) -> Array:
    """``sum_q w_q a_q a_q^H`` for weights (..., Q), so many at a time that memory is bounded."""
    Q, L = a.shape
    flat = xp.reshape(weights, (-1, 1, Q))
    step = max(1, ELEMENTS_TOGETHER // (L * Q))
    parts = [
        xp.matmul(xp.matrix_transpose(a) * flat[i : min(i + step, flat.shape[0]), ...], xp.conj(a))
        for i in range(0, flat.shape[0], step)
    ]
    return xp.reshape(xp.concat(parts, axis=0), (*weights.shape[:-1], L, L))


def _is_uniform_linear(geometry: ArrayGeometry) -> bool:
    steps = np.diff(geometry.positions, axis=0)
    return bool(np.all(np.abs(steps - steps[:1]) <= 1e-12)) if len(steps) else True


def _toeplitz(xp: ModuleType, column: Array) -> Array:
    """Hermitian Toeplitz matrices from real and imaginary parts (..., 2 L) of first columns."""
    L = column.shape[-1] // 2
    real, imaginary = column[..., :L], column[..., L:]
    lag = np.subtract.outer(np.arange(L), np.arange(L)).ravel()
    index = xp.asarray(np.abs(lag), device=column.device)
    sign = xp.asarray(np.sign(lag).astype(float), device=column.device)
    square = (*column.shape[:-1], L, L)
    re = xp.reshape(xp.take(real, index, axis=-1), square)
    im = xp.reshape(xp.take(imaginary, index, axis=-1) * sign, square)
    return re + 1j * im


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
