"""Rate of users that learn the gain of their own beam, beside hardening's lower bound."""

from functools import cache

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float, Int
from isacplan.split.problem import SplitProblem
from isacplan.split.training import NAT

NORM_NODES, PLANE_NODES = 24, 24


def learned_gain_rate(
    *,
    pilot_energy: ArrayLike,
    n_antennas: int,
    downlink_snr: ArrayLike,
    power_share: ArrayLike = 1.0,
) -> Float:
    """Spectral efficiency of one user that knows its own beam's gain while data flows.

    The channel's estimate of N antennas has a squared norm X with the gamma law ``Gamma(N, 1)``;
    under maximum-ratio beams with long-term scaling the gain is
    ``|g|^2 = (X / N) |sqrt(nu X) + sqrt(1 - nu) z|^2`` with the estimation error z complex normal.
    Other users' beams count as Gaussian noise of their mean power, so

        ``r = E log2(1 + eta delta |g|^2 / (1 + (1 - eta) delta))``

    is achievable (Caire 2018; Ngo and Larsson 2017). The expectation over X is a generalised
    Gauss-Laguerre sum, that over z a Gauss-Hermite sum. Element-wise but for n_antennas.

    Parameters
    ----------
    pilot_energy : array_like, shape (...)
        ``tau_P mu``.
    n_antennas : int
        N.
    downlink_snr, power_share : array_like, shape (...)
        delta of what is sent, and the user's part eta of it.

    Returns
    -------
    ndarray, shape (...)
        [bit/s/Hz]

    Examples
    --------
    >>> float(learned_gain_rate(pilot_energy=63.2, n_antennas=8, downlink_snr=31.6).round(2))
    7.78
    """
    e = _check.real("pilot_energy", pilot_energy, at_least=0.0)
    delta = _check.real("downlink_snr", downlink_snr, above=0.0)
    eta = _check.real("power_share", power_share, at_least=0.0, at_most=1.0)
    N = _check.integer("n_antennas", n_antennas, at_least=1)
    nu = e / (1.0 + e)
    scale = eta * delta / (1.0 + (1.0 - eta) * delta) / N
    nu, scale = np.broadcast_arrays(nu, scale)
    norm, weight = _norms(N)
    real, imaginary, plane = _plane()
    rate = np.zeros(nu.shape)
    along, across = np.sqrt(nu)[..., None], np.sqrt(1.0 - nu)[..., None]
    for X, w in zip(norm, weight, strict=True):
        power = (along * np.sqrt(X) + across * real) ** 2 + (across * imaginary) ** 2
        rate = rate + w * (np.log1p(scale[..., None] * X * power) @ plane)
    return NAT * rate


def learned_gain_bits(problem: SplitProblem) -> tuple[Int, Float]:
    """Best pilots and bits per hertz of tau_C = 0 .. tau_T symbols, every count of pilots tried.

    Parameters
    ----------
    problem : SplitProblem

    Returns
    -------
    n_pilots : ndarray of int, shape (tau_T + 1,)
        Zero where nothing is sent.
    bits : ndarray, shape (tau_T + 1,)
        ``max (tau_C - tau_P - m) sum_k r_k(tau_P)`` over ``tau_P >= K``, m precoded pilots [bit].
    """
    tau = np.arange(problem.n_symbols + 1)
    pilots = tau[problem.n_users :]
    total = np.zeros(pilots.shape)
    users = zip(problem.data_snr, problem.uplink_snr, problem.shares, strict=True)
    for delta, mu, eta in users:
        total += learned_gain_rate(
            pilot_energy=pilots * mu,
            n_antennas=problem.n_antennas,
            downlink_snr=delta,
            power_share=eta,
        )
    left = np.maximum(tau[:, None] - pilots - problem.precoded_pilots, 0)
    bits = left * total
    best = np.argmax(bits, axis=1)
    most = bits[tau, best]
    return np.where(most > 0.0, pilots[best], 0), most


@cache
def _norms(N: int) -> tuple[Float, Float]:
    """Nodes and weights of Gamma(N, 1), by the eigenvalues of its Jacobi matrix."""
    n = np.arange(NORM_NODES)
    off = np.sqrt((n[1:]) * (n[1:] + N - 1.0))
    jacobi = np.diag(2.0 * n + N) + np.diag(off, 1) + np.diag(off, -1)
    nodes, vectors = np.linalg.eigh(jacobi)
    return nodes, vectors[0] ** 2


@cache
def _plane() -> tuple[Float, Float, Float]:
    """Nodes and weights of a complex normal number of unit variance."""
    x, w = np.polynomial.hermite.hermgauss(PLANE_NODES)
    real, imaginary = np.meshgrid(x, x, indexing="ij")
    return real.ravel(), imaginary.ravel(), np.outer(w, w).ravel() / np.pi
