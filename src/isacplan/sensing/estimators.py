"""Angle estimators for one target echo at an array.

Known: the array geometry. Unknown: the angle, the complex amplitude and the noise power.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import Complex, Float
from isacplan.array import ArrayGeometry, steering_vector

GRID_PER_ELEMENT = 8
"""Points of the coarse grid per antenna; the peak of the pattern is about 2 of L sines wide."""

NEWTON_STEPS = 6


def maximum_likelihood_angle(receive: ArrayGeometry, snapshots: Complex) -> Float:
    """Angle that maximises the likelihood of a steady echo in white noise.

    The snapshots share one unknown amplitude, so their sum is sufficient, and the estimate
    maximises ``|b(theta)^H sum_s r_s|^2``: a grid over the front half plane, then Newton.

    Parameters
    ----------
    receive : ArrayGeometry
        L elements.
    snapshots : ndarray, shape (..., S, L)
        Matched-filter outputs of S parts of the sensing time.

    Returns
    -------
    ndarray, shape (...)
        Azimuth in [-pi/2, pi/2] [rad].
    """
    return _peak(receive, np.sum(_checked(receive, snapshots), axis=-2))


def music_angle(receive: ArrayGeometry, snapshots: Complex) -> Float:
    """Angle at the peak of the MUSIC spectrum for one source, Schmidt (1986).

    With one source the spectrum peaks where the steering vector is closest to the principal
    eigenvector of the sample covariance. The amplitude may change from snapshot to snapshot.

    Parameters
    ----------
    receive : ArrayGeometry
        L elements.
    snapshots : ndarray, shape (..., S, L)

    Returns
    -------
    ndarray, shape (...)
        Azimuth in [-pi/2, pi/2] [rad].
    """
    return _peak(receive, _principal(_checked(receive, snapshots)))


def esprit_angle(receive: ArrayGeometry, snapshots: Complex) -> Float:
    """Angle from the rotation between the two halves of a linear array, Roy and Kailath (1989).

    Least squares on the principal eigenvector, subarrays overlapping in all but one element.

    Parameters
    ----------
    receive : ArrayGeometry
        Uniform linear array along y, L elements spaced by at most half a wavelength.
    snapshots : ndarray, shape (..., S, L)

    Returns
    -------
    ndarray, shape (...)
        Azimuth in [-pi/2, pi/2] [rad].

    Raises
    ------
    ValueError
        When the array is not uniform and linear along y.
    """
    steps = np.diff(receive.positions, axis=0)
    spacing = steps[0, 1] if len(steps) else 0.0
    if spacing <= 0.0 or np.max(np.abs(steps - [0.0, spacing, 0.0])) > 1e-9:
        raise ValueError("receive must be a uniform linear array along y for ESPRIT")
    u = _principal(_checked(receive, snapshots))
    rotation = np.angle(np.sum(u[..., :-1].conj() * u[..., 1:], axis=-1))
    return np.arcsin(np.clip(-rotation / (2.0 * np.pi * spacing), -1.0, 1.0))


ANGLE_ESTIMATORS = {
    "esprit": esprit_angle,
    "maximum_likelihood": maximum_likelihood_angle,
    "music": music_angle,
}
"""Estimators by name; each maps an array and snapshots to azimuths."""


def _checked(receive: ArrayGeometry, snapshots: Complex) -> Complex:
    x = np.asarray(snapshots)
    if x.ndim < 2 or x.shape[-1] != receive.n_elements:
        raise ValueError(f"snapshots must have shape (..., S, {receive.n_elements}), got {x.shape}")
    _check.integer("number of snapshots", x.shape[-2], at_least=1)
    return x


def _principal(snapshots: Complex) -> Complex:
    """Principal eigenvector of the sample covariance, shape (..., L)."""
    covariance = np.swapaxes(snapshots, -1, -2) @ snapshots.conj()
    return np.linalg.eigh(covariance)[1][..., -1]


def _peak(receive: ArrayGeometry, vector: Complex) -> Float:
    """Azimuth whose steering vector has the largest inner product with a vector, shape (...)."""
    n = GRID_PER_ELEMENT * receive.n_elements
    grid = np.arcsin((2.0 * np.arange(n) + 1.0 - n) / n)
    spectrum = np.abs(vector @ steering_vector(receive, grid).conj().T)
    best = np.argmax(spectrum, axis=-1)
    edges = np.concatenate([[-np.pi / 2.0], grid, [np.pi / 2.0]])
    low, high = edges[best], edges[best + 2]
    theta = grid[best]
    x, y = receive.positions[:, 0], receive.positions[:, 1]
    for _ in range(NEWTON_STEPS):
        cosine, sine = np.cos(theta)[..., None], np.sin(theta)[..., None]
        phase = 2.0 * np.pi * (x * cosine + y * sine)
        slope = 2.0 * np.pi * (y * cosine - x * sine)
        turned = vector * np.exp(1j * phase)
        f = np.sum(turned, axis=-1)
        f_1 = np.sum(1j * slope * turned, axis=-1)
        f_2 = np.sum((-1j * phase - slope**2) * turned, axis=-1)
        first = np.real(f.conj() * f_1)
        second = np.real(f.conj() * f_2) + np.abs(f_1) ** 2
        # Uphill by a quarter of the bracket where the spectrum is not yet concave.
        uphill = np.sign(first) * (high - low) / 4.0
        step = np.where(second < 0.0, -first / np.where(second < 0.0, second, 1.0), uphill)
        theta = np.clip(theta + step, low, high)
    return theta
