"""The problem of a split as a 5G carrier and frame have it."""

from dataclasses import replace

import numpy as np

from isacplan.nr.signals import SUBCARRIERS
from isacplan.nr.split_settings import SYMBOLS_PER_SLOT, check_users, frame_slots
from isacplan.nr.tables import spacing_hz
from isacplan.split import SplitProblem


def legal_problem(problem: SplitProblem, *, numerology: int, n_blocks: int) -> SplitProblem:
    """The problem on a carrier's resource blocks and in a frame of whole slots.

    The power that was spread over the stated elements is spread over these, so under constant
    power communication's SNRs change with their number; the energy of a localization symbol, and
    with it its SNR, stays.

    Raises
    ------
    ValueError
        When a part of the problem has no counterpart in one direction of NR.
    """
    check_users(problem.n_users)
    if problem.stations.clock == "round_trip":
        raise ValueError(
            'clock = "round_trip": legal splits are of one direction; take "synchronised" or '
            '"unknown"'
        )
    if problem.localization_block == "divided":
        raise ValueError(
            'localization_block = "divided": all users hear a positioning signal, and sound at '
            'once; take "shared"'
        )
    width = SUBCARRIERS * spacing_hz(numerology)
    kind = signal_kind(problem)
    scale = 1.0
    if problem.snr_bookkeeping == "constant_power":
        scale = problem.n_elements * problem.element_bandwidth / (n_blocks * width)
    return replace(
        problem,
        bandwidth=n_blocks * width,
        element_bandwidth=width,
        subcarriers_per_element=SUBCARRIERS,
        n_symbols=SYMBOLS_PER_SLOT * frame_slots(problem.n_symbols, kind, numerology),
        downlink_snr=scale * np.asarray(problem.downlink_snr),
        uplink_snr=scale * np.asarray(problem.uplink_snr),
        comb_spacings=(),
        range_window=problem.window,
    )


def signal_kind(problem: SplitProblem) -> str:
    """Whether stations or users send: "prs" or "srs"."""
    return "srs" if problem.stations.direction == "uplink" else "prs"


def n_senders(problem: SplitProblem, kind: str) -> int:
    """Stations that send, or users that sound."""
    return 1 + len(problem.stations.anchors) if kind == "prs" else problem.n_users
