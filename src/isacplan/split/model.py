"""Capacity and position bound of a problem, as functions of the elements given to localization.

Localization occupies ``n`` elements side by side during ``tau`` symbols; communication has the
rest, an L-shaped region. Channels are constant over the coherence interval, so what counts for
pilots is how many symbols a part of the band has: the ``n_B - n`` elements beside localization's
band have all tau_T, the n elements within it have ``tau_T - tau``. Each of the two parts carries
its own pilots, as many as suit it best. With ``n = n_B`` this is the time split, with
``tau = tau_T`` the frequency split, and both exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isacplan._typing import ArrayLike, Float, Int
from isacplan.split.boost import boosted_bits
from isacplan.split.localization import minimax_symbols, position_terms
from isacplan.split.problem import DataPart, SplitProblem
from isacplan.split.training import best_pilots, data_rate


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitModel:
    """A problem with what does not depend on the choice worked out.

    Parameters
    ----------
    problem : SplitProblem
    bits_by_symbols : ndarray, shape (tau_T + 1,)
        Bits per hertz that tau_C = 0 .. tau_T symbols carry, with the whole band in use.
    pilots_by_symbols : ndarray of int, shape (tau_T + 1,)
        Pilots with which they do.
    single_symbol_crb : ndarray, shape (n_B + 1, K)
        Position bounds after one symbol of n = 0 .. n_B elements [m^2].
    dealt : ndarray of int, shape (tau_T + 1, n_B + 1, K) or None
        Symbols that each user gets of a divided block.
    """

    problem: SplitProblem
    bits_by_symbols: Float
    pilots_by_symbols: Int
    single_symbol_crb: Float
    dealt: Int | None


def build_model(problem: SplitProblem) -> SplitModel:
    """Work out what does not depend on the choice."""
    tau_T, n_B = problem.n_symbols, problem.n_elements
    pilots, bits = best_pilots(
        np.arange(tau_T + 1),
        n_antennas=problem.n_antennas,
        downlink_snr=problem.downlink_snr,
        uplink_snr=problem.uplink_snr,
        power_share=problem.shares,
    )
    A, D = position_terms(
        n_antennas=problem.n_antennas,
        localization_snr=problem.localization_snr,
        distance=problem.distance,
        angle=problem.angle,
        spacing=problem.spacing,
        waveform_coefficient=problem.waveform_coefficient,
        angle_bound=problem.angle_bound,
        delay_bound=problem.delay_bound,
    )
    n = np.arange(1, n_B + 1)[:, None]
    scale = A + D / (n * problem.element_bandwidth) ** 2
    if problem.snr_bookkeeping == "constant_density":
        scale = scale * n_B / n
    scale = np.concatenate([np.full((1, problem.n_users), np.inf), scale])
    divided = problem.localization_block == "divided"
    return SplitModel(
        problem=problem,
        bits_by_symbols=bits,
        pilots_by_symbols=pilots,
        single_symbol_crb=scale,
        dealt=minimax_symbols(scale, tau_T) if divided else None,
    )


def user_symbols(model: SplitModel, n_elements: ArrayLike, n_symbols: ArrayLike) -> Int:
    """Localization symbols that each user measures, shape (..., K)."""
    n, tau = np.broadcast_arrays(np.asarray(n_elements), np.asarray(n_symbols))
    if model.dealt is not None:
        return model.dealt[tau, n]
    return np.broadcast_to(tau[..., None], (*tau.shape, model.problem.n_users))


def user_crb(model: SplitModel, n_elements: ArrayLike, n_symbols: ArrayLike) -> Float:
    """Position bound of each user, element-wise over the choices.

    Parameters
    ----------
    model : SplitModel
    n_elements, n_symbols : array_like of int, shape (...)
        n and tau.

    Returns
    -------
    ndarray, shape (..., K)
        [m^2]; infinite where a user has nothing to measure.
    """
    held = user_symbols(model, n_elements, n_symbols)
    scale = model.single_symbol_crb[np.asarray(n_elements)]
    with np.errstate(divide="ignore"):
        return scale / held


def grid_capacity(model: SplitModel, n_elements: ArrayLike, n_symbols: ArrayLike) -> Float:
    """Sum capacity of the users, element-wise over the choices.

    Parameters
    ----------
    model : SplitModel
    n_elements, n_symbols : array_like of int, shape (...)
        n and tau.

    Returns
    -------
    ndarray, shape (...)
        [bit/s]
    """
    problem = model.problem
    n, tau = np.broadcast_arrays(np.asarray(n_elements), np.asarray(n_symbols))
    f = model.bits_by_symbols
    if problem.snr_bookkeeping == "constant_power":
        beside = boosted_bits(problem, n, tau)[1]
    else:
        beside = f[-1]
    bits = (problem.n_elements - n) * beside + n * f[problem.n_symbols - tau]
    return problem.element_bandwidth * bits / problem.n_symbols


def pilots(model: SplitModel, n_elements: int, n_symbols: int) -> tuple[int, int]:
    """Pilots beside localization's band, and within it."""
    problem = model.problem
    within = int(model.pilots_by_symbols[problem.n_symbols - n_symbols]) if n_elements else 0
    if n_elements == problem.n_elements:
        return 0, within
    if problem.snr_bookkeeping == "constant_power":
        return int(boosted_bits(problem, np.array(n_elements), np.array(n_symbols))[0]), within
    return int(model.pilots_by_symbols[-1]), within


def data_parts(model: SplitModel, n_elements: int, n_symbols: int) -> tuple[DataPart, ...]:
    """What carries data at one choice: beside localization's band, in boosted symbols and others,
    and within that band. Parts without data are left out.
    """
    problem = model.problem
    n, tau = n_elements, n_symbols if n_elements else 0
    beside, within = pilots(model, n, tau)
    boost = 1.0
    if problem.snr_bookkeeping == "constant_power" and 0 < n < problem.n_elements:
        boost = problem.n_elements / (problem.n_elements - n)
    early = min(beside, tau)
    energy = boost * early + (beside - early)
    width = problem.element_bandwidth / problem.n_symbols
    rows = (
        ((problem.n_elements - n) * (tau - early), energy, boost),
        ((problem.n_elements - n) * (problem.n_symbols - tau - (beside - early)), energy, 1.0),
        (n * (problem.n_symbols - tau - within), float(within), 1.0),
    )
    return tuple(
        DataPart(bandwidth=width * size, pilot_energy=energy, boost=gain)
        for size, energy, gain in rows
        if size > 0 and energy > 0.0
    )


def user_capacities(problem: SplitProblem, data: Sequence[DataPart]) -> Float:
    """Capacity of each user, shape (K,) [bit/s]."""
    rates = [
        part.bandwidth
        * data_rate(
            pilot_energy=part.pilot_energy * problem.uplink_snr,
            n_antennas=problem.n_antennas,
            downlink_snr=part.boost * problem.downlink_snr,
            power_share=problem.shares,
        )
        for part in data
    ]
    return np.sum(rates, axis=0) if rates else np.zeros(problem.n_users)
