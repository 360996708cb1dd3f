"""Temporal correlation between a channel update and the blocks that follow it."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float, Int
from isacplan.units import SPEED_OF_LIGHT


def _lags(n_blocks: int, first_lag: int) -> Int:
    n = _check.integer("n_blocks", n_blocks, at_least=1)
    return _check.integer("first_lag", first_lag, at_least=0) + np.arange(n)


def geometric_aging(rho: ArrayLike, n_blocks: int, *, first_lag: int = 1) -> Float:
    """Correlation that loses the same factor every block, Bai2024 section IV.

    Parameters
    ----------
    rho : array_like, shape (...)
        Correlation of neighbouring blocks, in (0, 1].
    n_blocks : int
        Number of blocks N.
    first_lag : int, optional
        Lag of the first block after an update: 1 as the paper evaluates, 0 as (5) implies.

    Returns
    -------
    ndarray, shape (..., N)

    Examples
    --------
    >>> geometric_aging(0.5, 3)
    array([0.5  , 0.25 , 0.125])
    """
    r = _check.real("rho", rho, above=0.0, at_most=1.0)
    return r[..., None] ** _lags(n_blocks, first_lag)


def jakes_aging(
    max_doppler: ArrayLike, block_duration: float, n_blocks: int, *, first_lag: int = 1
) -> Float:
    """Correlation under isotropic scattering, ``J0(2 pi f_d T_b lag)``, Bai2024 (4).

    Parameters
    ----------
    max_doppler : array_like, shape (...)
        Largest Doppler shift f_d [Hz].
    block_duration : float
        T_b [s].
    n_blocks : int
        Number of blocks N.
    first_lag : int, optional
        Lag of the first block after an update: 1 as the paper evaluates, 0 as (5) implies.

    Returns
    -------
    ndarray, shape (..., N)
        Not monotone: beyond the first zero of J0 its square rises again.
    """
    from scipy.special import j0

    f_d = _check.real("max_doppler", max_doppler, at_least=0.0)
    T_b = float(_check.real("block_duration", block_duration, above=0.0))
    return j0(2.0 * np.pi * f_d[..., None] * T_b * _lags(n_blocks, first_lag))


def max_doppler(speed: ArrayLike, carrier_frequency: ArrayLike) -> Float:
    """Largest one-way Doppler shift of a moving user, ``v f_c / c``.

    Parameters
    ----------
    speed : array_like, shape (...)
        [m/s].
    carrier_frequency : array_like, shape (...)
        [Hz].

    Returns
    -------
    ndarray, shape (...)
        [Hz].
    """
    v = _check.real("speed", speed, at_least=0.0)
    return v * _check.real("carrier_frequency", carrier_frequency, above=0.0) / SPEED_OF_LIGHT
