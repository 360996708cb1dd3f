"""Capacity and position bound of a problem, as functions of the elements given to localization.

Localization occupies ``n`` elements side by side during ``tau`` symbols, or a comb over the whole
band; communication has the rest. Channels are constant over the coherence interval, so what counts
for pilots is how many symbols a part of the band has: of a rectangle, the ``n_B - n`` elements
beside it have all tau_T, the n elements within it ``tau_T - tau``; of a comb, each sub-carrier has
the symbols that do not visit it. Each part carries its own pilots, as many as suit it best. With
``n = n_B`` this is the time split, with ``tau = tau_T`` the frequency split, and both exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isacplan._threads import few_threads
from isacplan._typing import ArrayLike, Float, Int
from isacplan.split.boost import boosted_grid, boosted_pilots
from isacplan.split.comb import Combs, combs
from isacplan.split.fix import Fix
from isacplan.split.learned_gain import learned_gain_bits, learned_gain_rate
from isacplan.split.localization import minimax_symbols
from isacplan.split.measurement import Waveform
from isacplan.split.problem import SplitProblem
from isacplan.split.solution import DataPart
from isacplan.split.training import best_pilots, data_rate
from isacplan.split.waveforms import comb_waveform, position_fix, rectangle_waveform


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitModel:
    """A problem with what does not depend on the choice worked out.

    Parameters
    ----------
    problem : SplitProblem
    fix : Fix
        How its users are localized.
    bits_by_symbols : ndarray, shape (tau_T + 1,)
        Bits per hertz that tau_C = 0 .. tau_T symbols carry, with the whole band in use.
    pilots_by_symbols : ndarray of int, shape (tau_T + 1,)
        Pilots with which they do.
    beside_bits : ndarray, shape (n_B, tau_T + 1) or None
        Under constant power the bits per hertz beside n = 0 .. n_B - 1 elements in tau symbols.
    single_symbol_crb : ndarray, shape (n_B + 1, K)
        Position bounds after one symbol of n = 0 .. n_B elements [m^2].
    dealt : ndarray of int, shape (tau_T + 1, n_B + 1, K) or None
        Symbols that each user gets of a divided block.
    combs : Combs
        S combs whose tones do not repeat within the window of ranges.
    comb_bits : ndarray, shape (S,)
        Bits per hertz beside each comb, of all elements together.
    comb_crb : ndarray, shape (S, K)
        Position bound after one symbol as the whole comb has on average [m^2].
    comb_dealt : ndarray of int, shape (S, K) or None
        As `dealt`, for combs.
    """

    problem: SplitProblem
    fix: Fix
    bits_by_symbols: Float
    pilots_by_symbols: Int
    beside_bits: Float | None
    single_symbol_crb: Float
    dealt: Int | None
    combs: Combs
    comb_bits: Float
    comb_crb: Float
    comb_dealt: Int | None


@few_threads()
def build_model(problem: SplitProblem) -> SplitModel:
    """Work out what does not depend on the choice."""
    tau_T = problem.n_symbols
    pilots, bits = _bits_by_symbols(problem)
    powers = problem.snr_bookkeeping == "constant_power"
    divided = problem.localization_block == "divided"
    family = combs(problem.spacings, problem.n_subcarriers, tau_T, moving=not divided)
    family = family[family.unambiguous_range(problem.subcarrier) >= problem.window]
    fix = position_fix(problem)
    scale, comb_scale = _single_symbol_crb(problem, fix, family)
    return SplitModel(
        problem=problem,
        fix=fix,
        bits_by_symbols=bits,
        pilots_by_symbols=pilots,
        beside_bits=boosted_grid(problem) if powers else None,
        single_symbol_crb=scale,
        dealt=minimax_symbols(scale, tau_T) if divided else None,
        combs=family,
        comb_bits=_comb_bits(problem, family, bits),
        comb_crb=comb_scale,
        comb_dealt=deal_combs(problem, family, comb_scale) if divided else None,
    )


def _bits_by_symbols(problem: SplitProblem) -> tuple[Int, Float]:
    if problem.receiver == "learned_gain":
        return learned_gain_bits(problem)
    return best_pilots(
        np.arange(problem.n_symbols + 1),
        n_antennas=problem.n_antennas,
        downlink_snr=problem.data_snr,
        uplink_snr=problem.uplink_snr,
        power_share=problem.shares,
    )


def _single_symbol_crb(problem: SplitProblem, fix: Fix, family: Combs) -> tuple[Float, Float]:
    """Bounds of every user by elements side by side, and by comb [m^2]."""

    def single(waveform: Waveform) -> Float:
        one = np.ones((len(waveform.width), problem.n_users))
        return np.trace(fix.covariance(waveform, one), axis1=-2, axis2=-1)

    scale = single(rectangle_waveform(problem, np.arange(1, problem.n_elements + 1)))
    scale = np.concatenate([np.full((1, problem.n_users), np.inf), scale])
    return scale, single(comb_waveform(problem, family))


def deal_combs(
    problem: SplitProblem, family: Combs, scale: Float, *, least: Float | None = None
) -> Int:
    """Symbols of each user when those of a comb that stays are dealt out, shape (S, K)."""
    first = family.n_symbols == 1
    begun = None if least is None else least[first]
    dealt = minimax_symbols(scale[first], problem.n_symbols, least=begun)
    return dealt[family.n_symbols, np.searchsorted(family.spacing[first], family.spacing)]


def _comb_bits(problem: SplitProblem, family: Combs, bits_by_symbols: Float) -> Float:
    columns, lost = family.columns
    if problem.snr_bookkeeping == "constant_power":
        boost = family.spacing / (family.spacing - 1.0)
        plain = problem.n_symbols - family.n_symbols
        bits = boosted_pilots(problem, family.n_symbols - lost, plain, boost)[2]
    else:
        bits = bits_by_symbols[problem.n_symbols - lost]
    return problem.n_elements * np.sum(columns * bits, axis=0)


def user_symbols(model: SplitModel, n_elements: ArrayLike, n_symbols: ArrayLike) -> Int:
    """Localization symbols that each user measures of a rectangle, shape (..., K)."""
    n, tau = np.broadcast_arrays(np.asarray(n_elements), np.asarray(n_symbols))
    if model.dealt is not None:
        return model.dealt[tau, n]
    return np.broadcast_to(tau[..., None], (*tau.shape, model.problem.n_users))


def user_crb(model: SplitModel, n_elements: ArrayLike, n_symbols: ArrayLike) -> Float:
    """Position bound of each user with a rectangle, element-wise over the choices.

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
    """Sum capacity of the users beside a rectangle, element-wise over the choices.

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
    beside = f[-1]
    if model.beside_bits is not None:
        beside = model.beside_bits[np.minimum(n, problem.n_elements - 1), tau]
    bits = (problem.n_elements - n) * beside + n * f[problem.n_symbols - tau]
    return problem.element_bandwidth * bits / problem.n_symbols


def comb_capacity(model: SplitModel) -> Float:
    """Sum capacity of the users beside every comb, shape (S,) [bit/s]."""
    return model.problem.element_bandwidth * model.comb_bits / model.problem.n_symbols


def comb_symbols(model: SplitModel) -> Int:
    """Localization symbols that each user measures of every comb, shape (S, K)."""
    if model.comb_dealt is not None:
        return model.comb_dealt
    return np.broadcast_to(model.combs.n_symbols[:, None], model.comb_crb.shape)


def user_capacities(
    problem: SplitProblem, data: Sequence[DataPart], *, receiver: str | None = None
) -> Float:
    """Capacity of each user, shape (K,) [bit/s], with the problem's receiver or another."""
    learns = (receiver or problem.receiver) == "learned_gain"
    rate = learned_gain_rate if learns else data_rate
    rates = [
        part.bandwidth
        * rate(
            pilot_energy=part.pilot_energy * problem.uplink_snr,
            n_antennas=problem.n_antennas,
            downlink_snr=part.boost * problem.data_snr,
            power_share=problem.shares,
        )
        for part in data
    ]
    return np.sum(rates, axis=0) if rates else np.zeros(problem.n_users)
