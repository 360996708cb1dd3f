"""What is set in a legal split, and which settings go together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from isacplan._typing import Bool
from isacplan.nr.signals import Signals
from isacplan.nr.tables import nearest, prs_periods, srs_users, table, tdd_periods

SYMBOLS_PER_SLOT = 14


@dataclass(frozen=True, kw_only=True, order=True)
class Uplink:
    """How users sound their channels, and when the cell is theirs; in slots and symbols.

    Parameters
    ----------
    tdd_period : int
        Slots of the pattern of downlink and uplink; its last slot ends in uplink.
    srs_period : int
        Slots from one channel update to the next, a multiple of `tdd_period`.
    srs_symbols : int
        Symbols of a channel update.
    guard_symbols : int
        Between downlink and uplink.
    """

    tdd_period: int
    srs_period: int
    srs_symbols: int
    guard_symbols: int

    def n_uplink(self, n_slots: int) -> int:
        """Slots of a frame that end in uplink."""
        return n_slots // self.tdd_period

    def n_pilots(self, n_slots: int) -> int:
        """Symbols of a frame in which users sound."""
        return self.srs_symbols * (n_slots // self.srs_period)


@dataclass(frozen=True, kw_only=True, order=True)
class SplitSettings:
    """What is set in a legal split; durations in symbols and slots.

    Parameters
    ----------
    kind : {"prs", "srs"}
        Downlink positioning reference signal, or sounding for positioning.
    comb, n_symbols, n_blocks : int
        Comb size, symbols of a resource, resource blocks.
    period : int
        Slots from one occasion to the next.
    repetition, gap : int
        Slots of an occasion that hold the resource, and from one to the next.
    slot_offset : int
        First of them within the period.
    turns : int
        In how many parts muting divides the repetitions among stations.
    stations : int
        How many send; of sounding, how many users.
    uplink : Uplink
    """

    kind: str
    comb: int
    n_symbols: int
    n_blocks: int
    period: int
    repetition: int
    gap: int
    slot_offset: int
    turns: int
    stations: int
    uplink: Uplink

    @property
    def offsets(self) -> int:
        """Comb offsets that are taken in a symbol."""
        together = -(-self.stations // self.turns)
        return min(together, self.comb)

    def slots(self, n_slots: int) -> tuple[int, ...]:
        """Slots of a frame that hold the signal."""
        return tuple(
            start + self.slot_offset + r * self.gap
            for start in range(0, n_slots, self.period)
            for r in range(self.repetition)
        )

    @property
    def first_symbol(self) -> int:
        """Of the signal in its slots: downlink at their start, uplink before the updates."""
        if self.kind == "prs":
            return 0
        return SYMBOLS_PER_SLOT - self.uplink.srs_symbols - self.n_symbols


def frame_slots(n_symbols: int, kind: str, numerology: int) -> int:
    """Slots of the longest legal period within a coherence interval.

    Parameters
    ----------
    n_symbols : int
        Of the coherence interval.
    kind : {"prs", "srs"}
    numerology : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When every period is longer; names the shortest.

    Examples
    --------
    >>> frame_slots(200, "prs", 0)
    10
    """
    periods = (
        prs_periods(numerology) if kind == "prs" else table("srs")["positioning"]["periods_slots"]
    )
    whole = n_symbols // SYMBOLS_PER_SLOT
    if whole < periods[0]:
        raise ValueError(
            f"n_symbols = {n_symbols}: every period of {kind.upper()} is longer than this; "
            f"the shortest is {periods[0]} slots, {periods[0] * SYMBOLS_PER_SLOT} symbols"
        )
    return max(period for period in periods if period <= whole)


def check_users(n_users: int) -> None:
    """That sounding keeps users apart."""
    if n_users > srs_users(8):
        raise ValueError(
            f"{n_users} users: sounding keeps at most {srs_users(8)} apart in a symbol; take "
            f"{srs_users(8)} or fewer"
        )


def check_update_period(wanted: int | None, legal: Iterable[int], n_slots: int) -> None:
    """That a frame can have updates at a wanted period; else names the nearest that it can."""
    known = sorted(set(legal))
    if wanted is None or wanted in known:
        return
    longer = f" is longer than the frame of {n_slots} slots" if wanted > n_slots else ""
    raise ValueError(
        f"update_period = {wanted}{longer}: no pattern of downlink and uplink and a frame of "
        f"{n_slots} slots have updates at it; the nearest is {nearest(wanted, known)} slots"
    )


def uplinks(n_slots: int, *, numerology: int, guard_symbols: int, release: int) -> Iterator[Uplink]:
    """Every way of sounding that a frame of so many slots can have."""
    for tdd_period in tdd_periods(numerology):
        for srs_period in table("srs")["periods_slots"]:
            if n_slots % srs_period or srs_period % tdd_period:
                continue
            for symbols in table("srs")["symbols"][f"r{release}"]:
                if symbols + guard_symbols <= SYMBOLS_PER_SLOT:
                    yield Uplink(
                        tdd_period=tdd_period,
                        srs_period=srs_period,
                        srs_symbols=symbols,
                        guard_symbols=guard_symbols,
                    )


def fits(kind: str, signals: Signals, uplink: Uplink) -> Bool:
    """Which signals can stand in a frame beside its uplink, shape (S,)."""
    taken = signals.n_symbols + uplink.srs_symbols + uplink.guard_symbols
    if kind == "srs":
        # Sounding for positioning stands before the updates, in the uplink part of a pattern.
        return (taken <= SYMBOLS_PER_SLOT) & (signals.period % uplink.tdd_period == 0)
    rows = np.stack([signals.period, signals.repetition, taken > SYMBOLS_PER_SLOT])
    kinds, which = np.unique(rows, axis=1, return_inverse=True)
    found = [place(int(P), int(R), uplink.tdd_period, bool(b)) is not None for P, R, b in kinds.T]
    return np.array(found, dtype=bool)[which.ravel()]


@lru_cache(maxsize=4096)
def place(period: int, repetition: int, tdd_period: int, blocked: bool) -> tuple[int, int] | None:
    """Smallest gap and offset with which a downlink signal misses what it must; None for none.

    Parameters
    ----------
    period, repetition, tdd_period : int
        Slots.
    blocked : bool
        Whether it must miss the slots that end in uplink, where it would not fit.

    Returns
    -------
    gap, slot_offset : int
    """
    gaps = [1] if repetition == 1 else table("prs")["time"]["gaps_slots"]
    for gap in gaps:
        span = repetition + (repetition - 1) * (gap - 1)
        for offset in range(period - span + 1):
            slots = offset + gap * np.arange(repetition)
            # A pattern that does not divide the period meets every occasion elsewhere.
            starts = np.arange(0, np.lcm(period, tdd_period), period)
            last = (slots[:, None] + starts) % tdd_period == tdd_period - 1
            if not (blocked and np.any(last)):
                return int(gap), offset
    return None
