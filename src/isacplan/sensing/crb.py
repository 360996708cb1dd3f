"""Cramer-Rao bounds on the angle of a sensed target.

Known: waveform, array geometry, noise variance, delay and Doppler (compensated before).
Unknown: the angle and the complex reflection coefficient.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.array import ArrayGeometry, steering_derivative, steering_vector


def angle_crb(
    transmit: ArrayGeometry,
    receive: ArrayGeometry,
    azimuth: ArrayLike,
    *,
    sensing_snr: ArrayLike,
    n_samples: ArrayLike,
    beam: Complex | None = None,
) -> Float:
    """Bound on the variance of an azimuth estimated from an echo, for any beam.

    Bai2024 (9) with its second numerator corrected (erratum A1), so that the unknown reflection
    coefficient is projected out: ``A = b a^T``, ``W = w w^H``.

    Parameters
    ----------
    transmit, receive : ArrayGeometry
        Transmit array of L_t and receive array of L_r elements.
    azimuth : array_like, shape (...)
        Target direction from broadside [rad].
    sensing_snr : array_like, shape (...)
        ``G L_r L_t |alpha|^2 / sigma_r^2``, the SNR of one sample under the matched beam.
    n_samples : array_like, shape (...)
        Sensing duration [samples].
    beam : ndarray, shape (..., L_t), optional
        Transmit beam w; default the matched beam ``conj(a(azimuth))``. Its norm counts as power.

    Returns
    -------
    ndarray, shape (...)
        Variance bound [rad^2]; infinite where the echo says nothing about the angle.
    """
    theta = _check.real("azimuth", azimuth)
    snr = _check.real("sensing_snr", sensing_snr, above=0.0)
    T = _check.real("n_samples", n_samples, above=0.0)
    a, a_dot = steering_vector(transmit, theta), steering_derivative(transmit, theta)
    b, b_dot = steering_vector(receive, theta), steering_derivative(receive, theta)
    w = a.conj() if beam is None else np.asarray(beam)
    gain = np.sum(a * w, axis=-1)[..., None]
    slope = np.sum(a_dot * w, axis=-1)[..., None]
    A_w, A_dot_w = b * gain, b_dot * gain + b * slope
    information = _squared_norm(A_dot_w) - _projection(A_w, A_dot_w)
    floor = 1e-14 * _squared_norm(A_dot_w)
    with np.errstate(divide="ignore"):
        return 1.0 / (2.0 * T * snr * np.where(information > floor, information, 0.0))


def matched_beam_angle_crb(
    n_receive: int, azimuth: ArrayLike, *, sensing_snr: ArrayLike, n_samples: ArrayLike
) -> Float:
    """Closed form of `angle_crb` for the matched beam and a half-wavelength linear receive array.

    Bai2024 (9) with w = conj(a): ``6 / (T snr pi^2 cos^2(theta) (L_r^2 - 1))``.

    Parameters
    ----------
    n_receive : int
        Number of receive antennas, at least two.
    azimuth : array_like, shape (...)
        Target direction from broadside [rad], within endfire.
    sensing_snr : array_like, shape (...)
        ``G L_r L_t |alpha|^2 / sigma_r^2``, the SNR of one sample.
    n_samples : array_like, shape (...)
        Sensing duration [samples].

    Returns
    -------
    ndarray, shape (...)
        Variance bound [rad^2].

    Examples
    --------
    >>> float(matched_beam_angle_crb(8, 0.0, sensing_snr=1.0, n_samples=100).round(9))
    9.6496e-05
    """
    L_r = _check.integer("n_receive", n_receive, at_least=2)
    theta = _check.real("azimuth", azimuth)
    snr = _check.real("sensing_snr", sensing_snr, above=0.0)
    T = _check.real("n_samples", n_samples, above=0.0)
    return 6.0 / (T * snr * np.pi**2 * np.cos(theta) ** 2 * (L_r**2 - 1))


def _squared_norm(x: Complex) -> Float:
    return np.sum(np.abs(x) ** 2, axis=-1)


def _projection(x: Complex, y: Complex) -> Float:
    """Squared norm of the part of y along x."""
    norm = _squared_norm(x)
    inner = np.abs(np.sum(x.conj() * y, axis=-1)) ** 2
    return np.divide(inner, norm, out=np.zeros_like(norm), where=norm > 0.0)
