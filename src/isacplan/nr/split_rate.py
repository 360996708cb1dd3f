"""What data carries beside legal reference signals."""

import numpy as np

from isacplan._typing import Bool, Float
from isacplan.nr.signals import Signals
from isacplan.nr.split_problem import n_senders
from isacplan.nr.split_settings import SYMBOLS_PER_SLOT, SplitSettings, Uplink
from isacplan.split import DataPart, SplitProblem
from isacplan.split.learned_gain import learned_gain_rate
from isacplan.split.training import data_rate


def user_rates(problem: SplitProblem, n_pilots: int, boost: Float) -> Float:
    """Spectral efficiency of each user while data flows, shape (..., K) [bit/s/Hz].

    Parameters
    ----------
    problem : SplitProblem
    n_pilots : int
        Symbols in which users sound, at full power each.
    boost : ndarray, shape (...)
        Power of data over that with the whole carrier in use.
    """
    rate = learned_gain_rate if problem.receiver == "learned_gain" else data_rate
    return rate(
        pilot_energy=n_pilots * problem.uplink_snr,
        n_antennas=problem.n_antennas,
        downlink_snr=np.asarray(boost, dtype=float)[..., None] * problem.data_snr,
        power_share=problem.shares,
    )


def dmrs_per_slot(problem: SplitProblem, n_slots: int) -> int:
    """Precoded pilots a slot: a gain is learned within each, from one symbol at least."""
    if problem.receiver == "mean_gain":
        return 0
    wanted = -(-problem.precoded_pilots // n_slots)
    if wanted > 4:
        raise ValueError(
            f"precoded_pilots = {problem.precoded_pilots}: a slot has at most 4; the nearest for "
            f"{n_slots} slots is {4 * n_slots}"
        )
    return wanted


def _downlink(problem: SplitProblem, way: Uplink, n_slots: int) -> int:
    """Symbols of a frame that are downlink and no precoded pilots."""
    uplink = way.n_uplink(n_slots) * (way.guard_symbols + way.srs_symbols)
    return n_slots * (SYMBOLS_PER_SLOT - dmrs_per_slot(problem, n_slots)) - uplink


def data_parts(problem: SplitProblem, settings: SplitSettings, *, n_slots: int) -> list[DataPart]:
    """What carries data beside a legal signal, one entry for every power that it is sent with.

    A symbol that holds a downlink signal has data in its other sub-carriers, under constant power
    with all of communication's power there. One that holds sounding has none. Where muting does
    not divide stations evenly, some turns hold one more.

    Parameters
    ----------
    problem : SplitProblem
        On legal elements and symbols.
    settings : SplitSettings
    n_slots : int

    Returns
    -------
    list of DataPart
    """
    s, n_B = settings, problem.n_elements
    left = _downlink(problem, s.uplink, n_slots)
    energy = float(s.uplink.n_pilots(n_slots))
    width = problem.element_bandwidth * n_B / problem.n_symbols
    sent = s.n_symbols * len(s.slots(n_slots))
    parts: list[DataPart] = []
    if s.kind == "srs":
        left -= s.uplink.n_uplink(n_slots) * s.n_symbols
        turns = []
    else:
        left -= sent
        fewer, rest = divmod(s.stations, s.turns)
        turns = [(fewer, s.turns - rest), (fewer + 1, rest)]
    for together, count in turns:
        free = 1.0 - s.n_blocks / n_B * together / s.comb
        if count and free > 0.0:
            boosts = problem.snr_bookkeeping == "constant_power"
            parts.append(
                DataPart(
                    bandwidth=width * free * (sent // s.turns * count),
                    pilot_energy=energy,
                    boost=1.0 / free if boosts else 1.0,
                )
            )
    if left:
        parts.append(DataPart(bandwidth=width * left, pilot_energy=energy, boost=1.0))
    return parts


def split_rates(
    problem: SplitProblem, kind: str, signals: Signals, way: Uplink, *, n_slots: int
) -> Float:
    """Capacity of each user beside signals, shape (S, K) [bit/s]; minus infinity where none fits.

    A symbol that holds a downlink signal has data in its other sub-carriers, under constant power
    with all of communication's power there. One that holds sounding has none.

    Parameters
    ----------
    problem : SplitProblem
        On legal elements and symbols.
    kind : {"prs", "srs"}
    signals : Signals
        S of them, which fit beside the uplink.
    way : Uplink
    n_slots : int

    Returns
    -------
    ndarray, shape (S, K)
    """
    n_B, tau = problem.n_elements, signals.sent(n_slots)
    pilots = way.n_pilots(n_slots)
    left = np.broadcast_to(_downlink(problem, way, n_slots), tau.shape)
    plain = user_rates(problem, pilots, np.ones(()))
    if kind == "srs":
        # The uplink part of every pattern is as long, whether or not it holds the signal.
        left = left - way.n_uplink(n_slots) * signals.n_symbols
        bits = left[:, None] * plain
    else:
        left, bits = left - tau, np.zeros((*tau.shape, problem.n_users))
        senders = n_senders(problem, kind)
        fewer, rest = senders // signals.turns, senders % signals.turns
        # Where muting does not divide stations evenly, some turns hold one more.
        for together, turns in ((fewer, signals.turns - rest), (fewer + 1, rest)):
            # Part of the carrier that data has in a symbol with the signal.
            free = 1.0 - signals.n_blocks / n_B * together / signals.comb
            symbols = tau // signals.turns * turns
            bits += (free * symbols)[:, None] * _beside(problem, pilots, free, turns > 0)
        bits += left[:, None] * plain
    bits = np.where((left < 0)[:, None], -np.inf, bits)
    return problem.element_bandwidth * n_B * bits / problem.n_symbols


def _beside(problem: SplitProblem, n_pilots: int, free: Float, used: Bool) -> Float:
    """Rates in the free part of symbols that hold a downlink signal, shape (S, K)."""
    if problem.snr_bookkeeping != "constant_power":
        return user_rates(problem, n_pilots, np.ones(1))
    parts, which = np.unique(np.where(used & (free > 0.0), free, 1.0), return_inverse=True)
    return user_rates(problem, n_pilots, 1.0 / parts)[which]


def bare_rate(problem: SplitProblem, way: Uplink, *, n_slots: int) -> float:
    """Sum capacity with nothing given to localization [bit/s]."""
    rate = np.sum(user_rates(problem, way.n_pilots(n_slots), np.ones(())))
    width = problem.element_bandwidth * problem.n_elements
    return float(width * _downlink(problem, way, n_slots) * rate / problem.n_symbols)
