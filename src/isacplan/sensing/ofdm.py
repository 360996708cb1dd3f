"""Fisher information of one path in an OFDM signal at an antenna array, without approximation."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Complex, Float
from isacplan.array import ArrayGeometry, steering_derivative, steering_vector
from isacplan.sensing.fisher import gaussian_mean_information

PARAMETERS = ("angle", "delay", "doppler", "phase", "amplitude")
"""Order of rows and columns [rad, s, Hz, rad, 1]."""


def ofdm_array_information(
    geometry: ArrayGeometry,
    angle: float,
    *,
    frequencies: ArrayLike,
    times: ArrayLike,
    symbol_snr: ArrayLike,
    delay: float = 0.0,
    doppler: float = 0.0,
) -> Float:
    """Joint information on angle, delay, Doppler, carrier phase and relative amplitude.

    The signal at antenna n, sub-carrier m and symbol k is
    ``g exp(-2j pi x_n . u) exp(-2j pi f_m t) exp(2j pi nu T_k)`` in white noise (the array is
    narrow-band). Angle and delay do not couple in either of two cases:

    * the phase is unknown and every antenna has the same spectrum: their cross term is then all
      shared with the phase, and goes with it;
    * the phase is known and either the spectrum is centred on the carrier or the array's phase
      reference is its centroid.

    When antennas use different sub-carriers, they couple.

    Parameters
    ----------
    geometry : ArrayGeometry
        Array of N antennas; its origin is where a known phase is known.
    angle : float
        Direction from broadside [rad].
    frequencies : array_like, shape (M,)
        Sub-carriers relative to the carrier [Hz].
    times : array_like, shape (K,)
        Symbols relative to the moment at which the phase is meant [s].
    symbol_snr : array_like, shape () or (N, M, K)
        SNR of one symbol at one antenna, spread evenly over the sub-carriers; or that of every
        antenna, sub-carrier and symbol.
    delay : float
        Delay [s].
    doppler : float
        Doppler shift [Hz].

    Returns
    -------
    ndarray, shape (5, 5)
        Information on `PARAMETERS`.
    """
    f = _check.real("frequencies", frequencies)
    T = _check.real("times", times)
    snr = _check.real("symbol_snr", symbol_snr, at_least=0.0)
    if f.ndim != 1 or T.ndim != 1:
        raise ValueError(f"frequencies and times must be vectors, got {f.ndim} and {T.ndim} axes")
    grid = (geometry.n_elements, f.size, T.size)
    if snr.ndim not in (0, 3) or (snr.ndim == 3 and snr.shape != grid):
        raise ValueError(f"symbol_snr must be one number or have shape {grid}, got {snr.shape}")
    weights = np.broadcast_to(snr / f.size if snr.ndim == 0 else snr, grid)
    scale = np.sqrt(geometry.n_elements)
    a = scale * steering_vector(geometry, angle)
    a_dot = scale * steering_derivative(geometry, angle)
    wave = np.exp(-2j * np.pi * (f[:, None] * delay - T * doppler))
    y = a[:, None, None] * wave
    derivatives: list[Complex] = [
        a_dot[:, None, None] * wave,
        -2j * np.pi * f[:, None] * y,
        2j * np.pi * T * y,
        1j * y,
        y,
    ]
    D = np.stack([np.sqrt(weights) * part for part in derivatives], axis=-1)
    return gaussian_mean_information(D.reshape(-1, len(PARAMETERS)), noise_variance=1.0)
