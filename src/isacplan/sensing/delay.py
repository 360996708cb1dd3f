"""Cramer-Rao bounds on delay and Doppler of a wave at an array.

Known: waveform, array geometry, noise variance and amplitude. How the carrier phase enters is
said by each bound.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float

BANDWIDTHS = ("paper", "flat_spectrum")


def mean_square_bandwidth(
    bandwidth: ArrayLike, *, model: str = "paper", waveform_coefficient: ArrayLike = 1.0
) -> Float:
    """Second moment of the power spectrum.

    Parameters
    ----------
    bandwidth : array_like, shape (...)
        Occupied bandwidth [Hz].
    model : {"paper", "flat_spectrum"}
        ``(1 + varsigma) B^2 / 3`` as Gao2024 (6) implies, or ``B^2 / 12``, which is what a flat
        band has about its centroid; with varsigma = 1 the former is eight times the latter.
    waveform_coefficient : array_like, shape (...)
        varsigma of Gao2024 (6), between -1 and 1 exclusive of -1; unused by "flat_spectrum".

    Returns
    -------
    ndarray, shape (...)
        [Hz^2]
    """
    B = _check.real("bandwidth", bandwidth, at_least=0.0)
    vs = _check.real("waveform_coefficient", waveform_coefficient, above=-1.0, at_most=1.0)
    _check.choice("model", model, BANDWIDTHS)
    return (1.0 + vs) * B**2 / 3.0 if model == "paper" else B**2 / 12.0


def delay_crb(
    *,
    n_antennas: ArrayLike,
    snr: ArrayLike,
    n_symbols: ArrayLike,
    mean_square_bandwidth: ArrayLike,
) -> Float:
    """Bound on the variance of the delay, ``1 / (8 pi^2 gamma N tau F^2)``, Gao2024 (6).

    Unknown phase: F^2 is the second moment about the spectrum's centroid. Known phase: about the
    carrier; the two agree for a spectrum centred on the carrier. Element-wise.

    Parameters
    ----------
    n_antennas : array_like, shape (...)
        Number of antennas.
    snr : array_like, shape (...)
        Signal-to-noise ratio of one symbol at one antenna, all its sub-carriers together.
    n_symbols : array_like, shape (...)
        Number of symbols; zero gives an infinite bound.
    mean_square_bandwidth : array_like, shape (...)
        F^2 [Hz^2]; zero gives an infinite bound.

    Returns
    -------
    ndarray, shape (...)
        Variance bound [s^2].

    Examples
    --------
    >>> F2 = mean_square_bandwidth(20e6, model="flat_spectrum")
    >>> bound = delay_crb(n_antennas=8, snr=10.0, n_symbols=100, mean_square_bandwidth=F2)
    >>> float((bound**0.5 * 1e12).round(2))  # [ps]
    217.93
    """
    N = _check.real("n_antennas", n_antennas, at_least=1.0)
    gamma = _check.real("snr", snr, above=0.0)
    tau = _check.real("n_symbols", n_symbols, at_least=0.0)
    F2 = _check.real("mean_square_bandwidth", mean_square_bandwidth, at_least=0.0)
    with np.errstate(divide="ignore"):
        return 1.0 / (8.0 * np.pi**2 * gamma * N * tau * F2)


def doppler_crb(
    *,
    n_antennas: ArrayLike,
    snr: ArrayLike,
    n_symbols: ArrayLike,
    symbol_period: ArrayLike,
) -> Float:
    """Bound on the variance of the Doppler shift seen over evenly spaced symbols.

    Unknown: the carrier phase, which takes all but ``K (K^2 - 1)/12`` of ``sum k^2``. Kay (1993),
    example 3.14, over N antennas. Element-wise.

    Parameters
    ----------
    n_antennas : array_like, shape (...)
        Number of antennas.
    snr : array_like, shape (...)
        Signal-to-noise ratio of one symbol at one antenna, all its sub-carriers together.
    n_symbols : array_like, shape (...)
        Number of symbols K; fewer than two give an infinite bound.
    symbol_period : array_like, shape (...)
        Time from one symbol to the next [s].

    Returns
    -------
    ndarray, shape (...)
        Variance bound [Hz^2].

    Examples
    --------
    >>> bound = doppler_crb(n_antennas=8, snr=10.0, n_symbols=100, symbol_period=1e-4)
    >>> float((bound**0.5).round(3))  # [Hz]
    0.436
    """
    N = _check.real("n_antennas", n_antennas, at_least=1.0)
    gamma = _check.real("snr", snr, above=0.0)
    K = _check.real("n_symbols", n_symbols, at_least=0.0)
    T = _check.real("symbol_period", symbol_period, above=0.0)
    spread = np.maximum(K * (K**2 - 1.0) / 12.0, 0.0)
    with np.errstate(divide="ignore"):
        return 1.0 / (8.0 * np.pi**2 * gamma * N * T**2 * spread)
