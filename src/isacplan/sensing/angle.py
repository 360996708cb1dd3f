"""Cramer-Rao bound on the angle of a wave at a uniform linear array.

Known: array geometry, waveform, noise variance, amplitude, delay and Doppler (see
`isacplan.sensing.ofdm` for when the latter two cost nothing). The carrier phase is known or not:
each bound says which.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float

PHASES = ("known_phase", "unknown_phase")


def linear_array_angle_crb(
    angle: ArrayLike,
    *,
    n_antennas: ArrayLike,
    snr: ArrayLike,
    n_symbols: ArrayLike,
    spacing: ArrayLike = 0.5,
    phase: str = "known_phase",
) -> Float:
    """Bound on the variance of the angle of arrival at a uniform linear array.

    Gao2024 (5) when the phase at element 0 is known: the information is ``sum n^2``. When it is
    unknown, only the spread about the centroid is left, ``(N^2 - 1)/12`` in place of
    ``(N - 1)(2 N - 1)/6`` per antenna: about four times less. Element-wise, arguments broadcast.

    Parameters
    ----------
    angle : array_like, shape (...)
        Direction from broadside [rad].
    n_antennas : array_like, shape (...)
        Number of antennas, at least two (a sweep may pass many).
    snr : array_like, shape (...)
        Signal-to-noise ratio of one symbol at one antenna, all its sub-carriers together.
    n_symbols : array_like, shape (...)
        Number of symbols; zero gives an infinite bound.
    spacing : array_like, shape (...)
        Element spacing [wavelengths].
    phase : {"known_phase", "unknown_phase"}
        Whether the carrier phase at element 0 is known.

    Returns
    -------
    ndarray, shape (...)
        Variance bound [rad^2]; infinite at endfire.

    Examples
    --------
    >>> bound = linear_array_angle_crb(0.0, n_antennas=8, snr=10.0, n_symbols=100)
    >>> float(bound.round(9))
    3.62e-07
    """
    theta = _check.real("angle", angle)
    N = _check.real("n_antennas", n_antennas, at_least=2.0)
    gamma = _check.real("snr", snr, above=0.0)
    tau = _check.real("n_symbols", n_symbols, at_least=0.0)
    d = _check.real("spacing", spacing, above=0.0)
    _check.choice("phase", phase, PHASES)
    known = phase == "known_phase"
    spread = (N - 1.0) * (2.0 * N - 1.0) / 6.0 if known else (N**2 - 1.0) / 12.0
    slope = (2.0 * np.pi * d * np.cos(theta)) ** 2
    slope = np.where(np.abs(np.cos(theta)) < 1e-12, 0.0, slope)
    with np.errstate(divide="ignore"):
        return 1.0 / (2.0 * gamma * tau * N * spread * slope)
