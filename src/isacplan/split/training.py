"""Downlink capacity under estimated channels: exact in the number of pilots, and its bound.

Maximum-ratio precoding, uplink pilots, single-antenna users served at once with orthogonal pilots
(Marzetta et al. 2016, section 3.2; one user: Gao2024 (1), whose `ln` is a `log2`, erratum B1).
``delta = rho_dl beta`` and ``mu = rho_ul beta`` are the SNRs of downlink and uplink.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float, Int
from isacplan.split.concave import concave_argmax

NAT = float(np.log2(np.e))
"""Bits per nat."""

LARGEST_PILOT_SHARE = 0.1
"""Share of symbols on pilots up to which the perfect-square bound is trusted."""


def beam_snr(n_antennas: ArrayLike, downlink_snr: ArrayLike, power_share: ArrayLike) -> Float:
    """SINR of one user if its channel were known, ``a = N delta eta / (1 + delta)``."""
    delta = np.asarray(downlink_snr, dtype=float)
    return np.asarray(n_antennas) * delta * np.asarray(power_share) / (1.0 + delta)


def data_rate(
    *,
    pilot_energy: ArrayLike,
    n_antennas: ArrayLike,
    downlink_snr: ArrayLike,
    power_share: ArrayLike = 1.0,
) -> Float:
    """Spectral efficiency of one user while data flows, the logarithm of Gao2024 (1).

    Element-wise, arguments broadcast.

    Parameters
    ----------
    pilot_energy : array_like, shape (...)
        ``tau_P mu``, energy of the user's pilots over noise.
    n_antennas : array_like, shape (...)
        Number of antennas N.
    downlink_snr : array_like, shape (...)
        delta, SNR at the user if one antenna sent all power.
    power_share : array_like, shape (...)
        The user's part eta of the transmitted power.

    Returns
    -------
    ndarray, shape (...)
        ``log2(1 + N delta eta nu' / (1 + delta))`` with ``nu' = tau_P mu / (1 + tau_P mu)``
        [bit/s/Hz].
    """
    e = np.asarray(pilot_energy, dtype=float)
    return NAT * np.log1p(beam_snr(n_antennas, downlink_snr, power_share) * e / (1.0 + e))


def capacity(
    *,
    bandwidth: ArrayLike,
    n_comm_symbols: ArrayLike,
    n_pilots: ArrayLike,
    n_symbols: ArrayLike,
    n_antennas: ArrayLike,
    downlink_snr: ArrayLike,
    uplink_snr: ArrayLike,
    power_share: ArrayLike = 1.0,
) -> Float:
    """Capacity of one user with a given number of pilots, Gao2024 (1) in bits.

    Element-wise, arguments broadcast.

    Parameters
    ----------
    bandwidth : array_like, shape (...)
        B_C, bandwidth of communication [Hz].
    n_comm_symbols, n_pilots, n_symbols : array_like, shape (...)
        tau_C, tau_P and tau_T with ``tau_P <= tau_C <= tau_T``.
    n_antennas : array_like, shape (...)
        Number of antennas.
    downlink_snr, uplink_snr : array_like, shape (...)
        delta and mu.
    power_share : array_like, shape (...)
        The user's part of the transmitted power, 0 to 1.

    Returns
    -------
    ndarray, shape (...)
        [bit/s]

    Examples
    --------
    >>> system = {"n_symbols": 200, "n_antennas": 8, "downlink_snr": 31.6, "uplink_snr": 31.6}
    >>> C = capacity(bandwidth=20e6, n_comm_symbols=200, n_pilots=2, **system)
    >>> float((C / 1e6).round(1))
    61.6
    """
    B = _check.real("bandwidth", bandwidth, at_least=0.0)
    tau_T = _check.real("n_symbols", n_symbols, above=0.0)
    tau_C = _check.real("n_comm_symbols", n_comm_symbols, at_least=0.0)
    tau_P = _check.real("n_pilots", n_pilots, at_least=0.0)
    if np.any(tau_P > tau_C) or np.any(tau_C > tau_T):
        raise ValueError(
            "n_pilots must be at most n_comm_symbols and that at most n_symbols, got "
            f"{np.max(tau_P):g}, {np.max(tau_C):g} and {np.max(tau_T):g}"
        )
    mu = _check.real("uplink_snr", uplink_snr, above=0.0)
    rate = data_rate(
        pilot_energy=tau_P * mu,
        n_antennas=_check.real("n_antennas", n_antennas, at_least=1.0),
        downlink_snr=_check.real("downlink_snr", downlink_snr, above=0.0),
        power_share=_check.real("power_share", power_share, at_least=0.0, at_most=1.0),
    )
    return B * (tau_C - tau_P) / tau_T * rate


def best_pilots(
    n_comm_symbols: ArrayLike,
    *,
    n_antennas: ArrayLike,
    downlink_snr: ArrayLike,
    uplink_snr: ArrayLike,
    power_share: ArrayLike = 1.0,
) -> tuple[Int, Float]:
    """Integer number of pilots that maximises the sum capacity of the served users, exactly.

    ``f(tau_P) = (tau_C - tau_P) sum_k r_k(tau_P)`` is concave: each rate is increasing and
    concave, so ``f'' = (tau_C - tau_P) r'' - 2 r' < 0``. Every user needs a pilot of its own, so
    tau_P is at least their number; where tau_C leaves no symbol beyond that, nothing is sent.

    Parameters
    ----------
    n_comm_symbols : array_like of int, shape (...)
        tau_C.
    n_antennas : array_like, shape (...)
        Number of antennas.
    downlink_snr, uplink_snr, power_share : array_like, shape (..., K)
        delta, mu and eta of each of K users.

    Returns
    -------
    n_pilots : ndarray of int, shape (...)
        tau_P; zero where nothing is sent.
    bits : ndarray, shape (...)
        Sum of the users' bits per hertz of bandwidth and coherence interval, ``f(tau_P)`` [bit].
    """
    tau_C = np.asarray(n_comm_symbols)
    delta, mu, eta = np.broadcast_arrays(
        _check.real("downlink_snr", downlink_snr, above=0.0),
        _check.real("uplink_snr", uplink_snr, above=0.0),
        _check.real("power_share", power_share, at_least=0.0, at_most=1.0),
    )
    N = _check.real("n_antennas", n_antennas, at_least=1.0)[..., None]
    n_users = delta.shape[-1]

    def bits(tau_P: Int) -> Float:
        energy = tau_P[..., None] * mu
        rates = data_rate(pilot_energy=energy, n_antennas=N, downlink_snr=delta, power_share=eta)
        return (tau_C - tau_P) * np.sum(rates, axis=-1)

    shape = np.broadcast_shapes(tau_C.shape, N.shape[:-1], delta.shape[:-1])
    low = np.full(shape, n_users)
    tau_P = concave_argmax(bits, low, np.maximum(low, tau_C))
    sends = tau_C > n_users
    return np.where(sends, tau_P, 0), np.where(sends, bits(tau_P), 0.0)


def tangent(
    *,
    n_antennas: ArrayLike,
    downlink_snr: ArrayLike,
    uplink_snr: ArrayLike,
    power_share: ArrayLike = 1.0,
) -> tuple[Float, Float]:
    """Two numbers that carry the capacity bound: rate ceiling and pilot cost.

    The rate with tau_P pilots is at least ``Lam - q / tau_P`` (Gao2024 (15); a lower bound, where
    (16) prints an equality, erratum B5). For several users that share pilots' symbols, add both
    numbers up. Element-wise, arguments broadcast.

    Parameters
    ----------
    n_antennas, downlink_snr, uplink_snr, power_share : array_like, shape (...)
        N, delta, mu and eta, as for `capacity`.

    Returns
    -------
    ceiling : ndarray, shape (...)
        ``Lam = ln(1 + x)``, ``x = N eta delta / (1 + delta)`` [nat/s/Hz]; one user alone:
        ``ln(alpha / (1 + delta))``.
    pilot_cost : ndarray, shape (...)
        ``q = x / ((1 + x) mu)`` [nat/s/Hz]; one user alone: ``N eps / alpha``.
    """
    N = _check.real("n_antennas", n_antennas, at_least=1.0)
    delta = _check.real("downlink_snr", downlink_snr, above=0.0)
    mu = _check.real("uplink_snr", uplink_snr, above=0.0)
    eta = _check.real("power_share", power_share, at_least=0.0, at_most=1.0)
    x = N * eta * delta / (1.0 + delta)
    return np.log1p(x), x / ((1.0 + x) * mu)


def capacity_bound(
    *,
    bandwidth: ArrayLike,
    n_comm_symbols: ArrayLike,
    n_symbols: ArrayLike,
    ceiling: ArrayLike,
    pilot_cost: ArrayLike,
    n_users: int = 1,
) -> tuple[Float, Float, np.ndarray]:
    """Perfect-square bound on the capacity with the best real number of pilots, Gao2024 (18).

    ``(B_C / tau_T) (sqrt(Lam tau_C) - sqrt(q))^2`` at ``tau_P = sqrt(tau_C q / Lam)``. It is below
    the exact capacity at that real tau_P. Element-wise, arguments broadcast.

    Parameters
    ----------
    bandwidth : array_like, shape (...)
        B_C [Hz].
    n_comm_symbols, n_symbols : array_like, shape (...)
        tau_C and tau_T.
    ceiling, pilot_cost : array_like, shape (...)
        Lam and q of `tangent`.
    n_users : int
        Number of users, each of which needs a pilot.

    Returns
    -------
    bound : ndarray, shape (...)
        [bit/s]; zero for ``tau_C < q / Lam``.
    n_pilots : ndarray, shape (...)
        The real tau_P.
    valid : ndarray of bool, shape (...)
        ``n_users <= tau_P <= 0.1 tau_C``: there the bound is within 3 % of the exact capacity.
        With fewer pilots than users it promises too much, with more it says too little, down to
        nothing at ``tau_P = tau_C``; use `best_pilots` then.
    """
    B = _check.real("bandwidth", bandwidth, at_least=0.0)
    tau_C = _check.real("n_comm_symbols", n_comm_symbols, at_least=0.0)
    tau_T = _check.real("n_symbols", n_symbols, above=0.0)
    Lam = _check.real("ceiling", ceiling, above=0.0)
    q = _check.real("pilot_cost", pilot_cost, above=0.0)
    root = np.sqrt(Lam * tau_C) - np.sqrt(q)
    tau_P = np.sqrt(tau_C * q / Lam)
    valid = (tau_P >= n_users) & (tau_P <= LARGEST_PILOT_SHARE * tau_C)
    return NAT * B / tau_T * np.maximum(root, 0.0) ** 2, tau_P, valid


def pilot_share(*, n_symbols: ArrayLike, ceiling: ArrayLike, pilot_cost: ArrayLike) -> Float:
    """Share of all symbols that the bound spends on pilots when nothing is given away.

    The one number on which Theorem 1 depends, ``r = sqrt(q / (Lam tau_T))``. Element-wise.

    Parameters
    ----------
    n_symbols : array_like, shape (...)
        tau_T.
    ceiling, pilot_cost : array_like, shape (...)
        Lam and q of `tangent`.

    Returns
    -------
    ndarray, shape (...)
        At one and above the bound is zero throughout.
    """
    tau_T = _check.real("n_symbols", n_symbols, above=0.0)
    Lam = _check.real("ceiling", ceiling, above=0.0)
    q = _check.real("pilot_cost", pilot_cost, above=0.0)
    return np.sqrt(q / (Lam * tau_T))
