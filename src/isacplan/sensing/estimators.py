"""Angle estimators for one target echo at an array.

Known: the array geometry. Unknown: the angle, the complex amplitude and the noise power. Written
against the array API standard: `xp` is the namespace of the snapshots' library.
"""

from types import ModuleType

import numpy as np

from isacplan import _check
from isacplan._typing import Array, Complex, Float
from isacplan.array import ArrayGeometry, steering_vector

GRID_PER_ELEMENT = 8
"""Points of the coarse grid per antenna, or per half wavelength of a longer array's extent; the
peak of the pattern is about 2 of L sines wide."""

TIE = 1e-10
"""Relative differences of the spectrum that count as none: grating lobes are equally high."""

NEWTON_STEPS = 6

Window = tuple[Array, Array]
"""First and last azimuth of a search, of the snapshots' library and batch shape [rad]."""


def maximum_likelihood_angle(
    receive: ArrayGeometry,
    snapshots: Array,
    *,
    window: Window | None = None,
    xp: ModuleType = np,
) -> Array:
    """Angle that maximises the likelihood of a steady echo in white noise.

    The snapshots share one unknown amplitude, so their sum is sufficient, and the estimate
    maximises ``|b(theta)^H sum_s r_s|^2``: a grid over the front half plane, then Newton. Within
    a narrower window an edge may be the highest point.

    Parameters
    ----------
    receive : ArrayGeometry
        L elements.
    snapshots : array, shape (..., S, L)
        Matched-filter outputs of S parts of the sensing time, in double precision.
    window : tuple of array, shape (...), optional
        First and last azimuth searched; default the front half plane [rad].
    xp : module, optional

    Returns
    -------
    array, shape (...)
        Azimuth in [-pi/2, pi/2] [rad].
    """
    _checked(receive, snapshots)
    return _peak(xp, receive, xp.sum(snapshots, axis=-2), window)


def music_angle(
    receive: ArrayGeometry,
    snapshots: Array,
    *,
    window: Window | None = None,
    xp: ModuleType = np,
) -> Array:
    """Angle at the peak of the MUSIC spectrum for one source, Schmidt (1986).

    With one source the spectrum peaks where the steering vector is closest to the principal
    eigenvector of the sample covariance. The amplitude may change from snapshot to snapshot.

    Parameters
    ----------
    receive : ArrayGeometry
        L elements.
    snapshots : array, shape (..., S, L)
    window : tuple of array, shape (...), optional
        First and last azimuth searched; default the front half plane [rad].
    xp : module, optional

    Returns
    -------
    array, shape (...)
        Azimuth in [-pi/2, pi/2] [rad].
    """
    _checked(receive, snapshots)
    return _peak(xp, receive, _principal(xp, snapshots), window)


def esprit_angle(
    receive: ArrayGeometry,
    snapshots: Array,
    *,
    window: Window | None = None,
    xp: ModuleType = np,
) -> Array:
    """Angle from the rotation between the two halves of a linear array, Roy and Kailath (1989).

    Least squares on the principal eigenvector, subarrays overlapping in all but one element.

    Parameters
    ----------
    receive : ArrayGeometry
        Uniform linear array along y, L elements spaced by at most half a wavelength.
    snapshots : array, shape (..., S, L)
    window : tuple of array, shape (...), optional
        First and last azimuth searched; default the front half plane [rad].
    xp : module, optional

    Returns
    -------
    array, shape (...)
        Azimuth in [-pi/2, pi/2] [rad].

    Raises
    ------
    ValueError
        When the array is not uniform and linear along y.
    """
    if not is_uniform_linear(receive):
        raise ValueError("receive must be a uniform linear array along y for ESPRIT")
    _checked(receive, snapshots)
    u = _principal(xp, snapshots)
    product = xp.sum(xp.conj(u[..., :-1]) * u[..., 1:], axis=-1)
    rotation = xp.atan2(xp.imag(product), xp.real(product))
    sine = -rotation / (2.0 * np.pi * float(receive.positions[1, 1] - receive.positions[0, 1]))
    angle = xp.asin(xp.where(xp.abs(sine) > 1.0, xp.sign(sine), sine))
    return angle if window is None else xp.minimum(xp.maximum(angle, window[0]), window[1])


def is_uniform_linear(receive: ArrayGeometry) -> bool:
    """Whether an array is uniform and linear along y, as ESPRIT needs it.

    Parameters
    ----------
    receive : ArrayGeometry

    Returns
    -------
    bool
    """
    steps = np.diff(receive.positions, axis=0)
    spacing = steps[0, 1] if len(steps) else 0.0
    return spacing > 0.0 and bool(np.max(np.abs(steps - [0.0, spacing, 0.0])) <= 1e-9)


ANGLE_ESTIMATORS = {
    "esprit": esprit_angle,
    "maximum_likelihood": maximum_likelihood_angle,
    "music": music_angle,
}
"""Estimators by name; each maps an array and snapshots to azimuths."""


def _checked(receive: ArrayGeometry, snapshots: Array) -> None:
    shape = tuple(snapshots.shape)
    if len(shape) < 2 or shape[-1] != receive.n_elements:
        raise ValueError(f"snapshots must have shape (..., S, {receive.n_elements}), got {shape}")
    _check.integer("number of snapshots", shape[-2], at_least=1)


def _principal(xp: ModuleType, snapshots: Array) -> Array:
    """Principal eigenvector of the sample covariance, shape (..., L)."""
    covariance = xp.matmul(xp.matrix_transpose(snapshots), xp.conj(snapshots))
    return xp.linalg.eigh(covariance)[1][..., -1]


def _peak(xp: ModuleType, receive: ArrayGeometry, vector: Array, window: Window | None) -> Array:
    """Azimuth whose steering vector has the largest inner product with a vector, shape (...)."""
    batch, L = vector.shape[:-1], receive.n_elements

    def constant(values: Float | Complex) -> Array:
        # Some libraries refuse memory that they may not write to.
        return xp.asarray(np.array(values), device=vector.device)

    extent = float(np.hypot(*np.ptp(receive.positions[:, :2], axis=0)))
    n = GRID_PER_ELEMENT * max(L, int(np.ceil(2.0 * extent - 1e-9)) + 1)
    grid = np.arcsin((2.0 * np.arange(n) + 1.0 - n) / n)
    edges = np.concatenate([[-np.pi / 2.0], grid, [np.pi / 2.0]])
    vector = xp.reshape(vector, (-1, L))
    patterns = np.ascontiguousarray(steering_vector(receive, grid).conj().T)
    height = xp.abs(xp.matmul(vector, constant(patterns)))
    front = constant(np.array(-np.pi / 2.0)), constant(np.array(np.pi / 2.0))
    first, last = (xp.reshape(xp.broadcast_to(edge, batch), (-1,)) for edge in window or front)
    # The snapshots' last digits decide between peaks of one height.
    digits = xp.sin(1e7 * xp.real(vector[:, :1]) * constant(np.arange(1.0, n + 1.0) ** 2))
    height = height * (1.0 + TIE * digits)
    inside = _searched(xp, constant(grid), first[:, None], last[:, None])
    height = xp.where(inside, height, -xp.ones_like(height))
    best = xp.argmax(height, axis=-1)
    low, high = (xp.take(constant(x), best, axis=0) for x in (edges[:-2], edges[2:]))
    start = xp.take(constant(grid), best, axis=0)
    low, high = xp.maximum(low, first), xp.minimum(high, last)
    theta = _climbed(xp, receive, vector, start, (low, high))
    return xp.reshape(theta, batch)


def _searched(xp: ModuleType, grid: Array, first: Array, last: Array) -> Array:
    """Grid points in windows (B, 1), and the one nearest to the middle of each, shape (B, n)."""
    off_centre = xp.abs(grid - 0.5 * (first + last))
    nearest = off_centre == xp.min(off_centre, axis=-1, keepdims=True)
    return nearest | ((grid >= first) & (grid <= last))


def _climbed(
    xp: ModuleType, receive: ArrayGeometry, vector: Array, start: Array, bracket: Window
) -> Array:
    """Newton's steps to the peak within brackets, shape (B,)."""
    low, high = bracket
    theta = xp.minimum(xp.maximum(start, low), high)
    x, y = (xp.asarray(np.array(receive.positions[:, i]), device=vector.device) for i in range(2))
    for _ in range(NEWTON_STEPS):
        cosine, sine = (xp.expand_dims(f(theta), axis=-1) for f in (xp.cos, xp.sin))
        phase = 2.0 * np.pi * (x * cosine + y * sine)
        slope = 2.0 * np.pi * (y * cosine - x * sine)
        turned = vector * (xp.cos(phase) + 1j * xp.sin(phase))
        f = xp.conj(xp.sum(turned, axis=-1))
        f_1 = 1j * xp.sum(slope * turned, axis=-1)
        f_2 = -xp.sum((1j * phase + slope**2) * turned, axis=-1)
        first = xp.real(f * f_1)
        second = xp.real(f * f_2) + xp.abs(f_1) ** 2
        # Uphill by a quarter of the bracket where the spectrum is not yet concave.
        uphill = xp.sign(first) * (high - low) / 4.0
        concave = second < 0.0
        newton = -first / xp.where(concave, second, -xp.ones_like(second))
        moved = theta + xp.where(concave, newton, uphill)
        theta = xp.minimum(xp.maximum(moved, low), high)
    return theta
