"""Communication beside localization when its power does not shrink with its band."""

from collections.abc import Callable

import numpy as np

from isacplan._typing import Float, Int
from isacplan.split.concave import concave_argmax
from isacplan.split.problem import SplitProblem
from isacplan.split.training import data_rate


def boosted_bits(problem: SplitProblem, n_elements: Int, n_symbols: Int) -> tuple[Int, Float]:
    """Bits per hertz of the elements beside localization's band under constant power.

    During localization's tau symbols communication has only ``n_B - n`` elements and its power in
    them: delta and mu are ``b = n_B / (n_B - n)`` times larger, in the other ``tau_T - tau``
    symbols they are not. Pilots take boosted symbols first, where one counts b times while the
    symbol it costs carries less than b times the data (the rate is concave in delta). With e(p)
    the energy of p pilots and r, r_b the rates without and with boost, the bits are

        ``(tau - p) r_b(e) + (tau_T - tau) r(e)``  for p <= tau, ``e = b p mu``, and
        ``(tau_T - p) r(e)``  for p > tau, ``e = (b tau + p - tau) mu``.

    Each line is concave in p, so bisection finds the best of either; the better one is taken.

    Parameters
    ----------
    problem : SplitProblem
    n_elements, n_symbols : ndarray of int, shape (...)
        n and tau.

    Returns
    -------
    n_pilots : ndarray of int, shape (...)
    bits : ndarray, shape (...)
        [bit], zero for ``n = n_B``, where there is nothing beside.
    """
    n_B, tau_T, K = problem.n_elements, problem.n_symbols, problem.n_users
    n, tau = np.broadcast_arrays(n_elements, n_symbols)
    idle = n == n_B
    tau = np.where(n == 0, 0, tau)
    boost = n_B / np.where(idle, n_B, n_B - n)

    def sum_rate(energy: Float, gain: Float) -> Float:
        rates = data_rate(
            pilot_energy=energy[..., None] * problem.uplink_snr,
            n_antennas=problem.n_antennas,
            downlink_snr=gain[..., None] * problem.downlink_snr,
            power_share=problem.shares,
        )
        return np.sum(rates, axis=-1)

    one = np.ones_like(boost)

    def early(p: Int) -> Float:
        e = boost * p
        return (tau - p) * sum_rate(e, boost) + (tau_T - tau) * sum_rate(e, one)

    def late(p: Int) -> Float:
        return (tau_T - p) * sum_rate(boost * tau + (p - tau), one)

    first, bits_first = _best(early, np.full(n.shape, K), np.maximum(tau, K), tau >= K)
    low = np.maximum(tau, K)
    second, bits_second = _best(late, low, np.maximum(tau_T, low), np.full(n.shape, True))
    take_first = bits_first >= bits_second
    bits = np.where(take_first, bits_first, bits_second)
    return np.where(take_first, first, second), np.where(idle, 0.0, bits)


def _best(
    function: Callable[[Int], Float], low: Int, high: Int, exists: np.ndarray
) -> tuple[Int, Float]:
    p = concave_argmax(function, low, high)
    return p, np.where(exists, function(p), -np.inf)
