"""Legal reference signals for localization, and the tones that they send."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import product

import numpy as np

from isacplan._typing import Float, Int
from isacplan.nr.tables import table
from isacplan.split.comb import near_repeats

SUBCARRIERS = 12
KINDS = ("prs", "srs")
"""Downlink positioning reference signal; sounding reference signal for positioning."""


def comb_order(kind: str, comb: int, n_symbols: int) -> tuple[int, ...]:
    """Offsets of a signal's symbols within its comb, before its own is added.

    Parameters
    ----------
    kind : {"prs", "srs"}
    comb, n_symbols : int

    Returns
    -------
    tuple of int
        One a symbol.

    Raises
    ------
    ValueError
        When the standard has no such pair; names those that it has for this comb.

    Examples
    --------
    >>> comb_order("prs", 4, 4), comb_order("srs", 8, 4)
    ((0, 2, 1, 3), (0, 4, 2, 6))
    """
    legal = _pairs(kind)
    if (comb, n_symbols) not in legal:
        sizes = sorted({c for c, _ in legal})
        if comb not in sizes:
            raise ValueError(f"comb = {comb}: {kind.upper()} has combs of {_listed(sizes)}")
        symbols = sorted(n for c, n in legal if c == comb)
        raise ValueError(
            f"n_symbols = {n_symbols}: {kind.upper()} of comb {comb} has {_listed(symbols)}"
        )
    return legal[comb, n_symbols]


def _listed(values: list[int]) -> str:
    return ", ".join(map(str, values[:-1])) + (" or " if values[:-1] else "") + str(values[-1])


def _pairs(kind: str) -> dict[tuple[int, int], tuple[int, ...]]:
    """Every legal pair of comb and symbols with its order of offsets."""
    if kind == "prs":
        prs = table("prs")
        return {
            (int(comb), n): tuple(prs["offsets"][comb][i % int(comb)] for i in range(n))
            for comb, sizes in prs["symbols"].items()
            for n in sizes
        }
    orders = table("srs")["positioning"]["offsets"]
    return {
        (int(comb), int(n)): tuple(order)
        for comb, rows in orders.items()
        for n, order in rows.items()
    }


def tones(kind: str, comb: int, n_symbols: int, n_blocks: int) -> list[Int]:
    """Sub-carriers that each symbol sends, from the first of the signal's band on.

    Parameters
    ----------
    kind : {"prs", "srs"}
    comb, n_symbols, n_blocks : int

    Returns
    -------
    list of ndarray of int, shape (12 n_blocks / comb,)
    """
    start = np.arange(0, SUBCARRIERS * n_blocks, comb)
    return [start + offset for offset in comb_order(kind, comb, n_symbols)]


@dataclass(frozen=True, kw_only=True, eq=False)
class Signals:
    """Legal reference signals of one kind, one an entry, over a frame.

    Parameters
    ----------
    comb, n_symbols, n_blocks : ndarray of int, shape (S,)
        Comb size, symbols of a resource, resource blocks.
    period : ndarray of int, shape (S,)
        Slots; divides the frame.
    repetition : ndarray of int, shape (S,)
        Slots of a period that hold the resource.
    turns : ndarray of int, shape (S,)
        In how many parts muting divides the repetitions; a station sends in one of them.
    """

    comb: Int
    n_symbols: Int
    n_blocks: Int
    period: Int
    repetition: Int
    turns: Int

    @property
    def size(self) -> int:
        """Number of signals S."""
        return len(self.comb)

    def sent(self, n_slots: int) -> Int:
        """Symbols of a frame that hold the signal of any station, shape (S,)."""
        return self.n_symbols * self.repetition * (n_slots // self.period)

    def measured(self, n_slots: int) -> Int:
        """Symbols of a frame in which one station sends, shape (S,)."""
        return self.sent(n_slots) // self.turns

    def __getitem__(self, at: np.ndarray) -> "Signals":
        return Signals(**{part.name: getattr(self, part.name)[at] for part in fields(self)})


def legal_signals(kind: str, *, n_slots: int, n_blocks: int, numerology: int) -> Signals:
    """Every legal signal in a frame and a carrier, but for what changes neither rate nor bound.

    That is where it starts in slot, band and period, and the gap between repetitions. Muting by
    repetition (option 2) divides these into equal turns.

    Parameters
    ----------
    kind : {"prs", "srs"}
    n_slots, n_blocks : int
        Of the frame and of the carrier.
    numerology : int

    Returns
    -------
    Signals
    """
    prs, srs = table("prs"), table("srs")
    if kind == "prs":
        band, time = prs["bandwidth"], prs["time"]
        blocks = range(band["smallest"], min(n_blocks, band["largest"]) + 1, band["step"])
        periods = [2**numerology * period for period in time["periods"]]
        repeated = [
            (R, M)
            for R in time["repetitions"]
            for M in range(1, R + 1)
            if R % M == 0 and (M == 1 or R in time["muting_lengths"])
        ]
    else:
        blocks = sorted({m for m in srs["bandwidth"]["blocks"] if m <= n_blocks})
        periods, repeated = srs["positioning"]["periods_slots"], [(1, 1)]
    periods = [P for P in periods if n_slots >= P and n_slots % P == 0]
    rows = [
        (comb, n, b, P, R, M)
        for (comb, n), b, P, (R, M) in product(_pairs(kind), blocks, periods, repeated)
        if R <= P
    ]
    columns = np.array(rows, dtype=np.int64).reshape(-1, 6).T
    names = ("comb", "n_symbols", "n_blocks", "period", "repetition", "turns")
    return Signals(**dict(zip(names, columns, strict=True)))


def tone_variance(kind: str, signals: Signals) -> Float:
    """Variance of the frequencies of all tones, in sub-carriers squared, shape (S,).

    Tones of one symbol have ``K^2 (M^2 - 1) / 12`` with ``M = 12 n / K``; the offsets of its
    symbols, all of equal energy, add their own.
    """
    K, M = signals.comb, SUBCARRIERS * signals.n_blocks // signals.comb
    spread = _by_pair(kind, signals, lambda order, _: float(np.var(order)))
    return K**2 * (M**2 - 1) / 12.0 + spread


def repeats(kind: str, signals: Signals) -> Float:
    """Inverse of the first delay at which the response nearly repeats, in sub-carriers, (S,).

    With all symbols taken together; see `isacplan.split.comb.near_repeats`.
    """

    def least(order: tuple[int, ...], comb: int) -> float:
        counts = np.bincount(order, minlength=comb)
        return comb / int(near_repeats(counts[None], np.arange(comb), comb)[0])

    return _by_pair(kind, signals, least)


def visits(kind: str, comb: int, n_symbols: int) -> Int:
    """How many of a resource's symbols use each sub-carrier of the comb's cycle, shape (comb,)."""
    return np.bincount(comb_order(kind, comb, n_symbols), minlength=comb)


def _by_pair(kind: str, signals: Signals, value: Callable[[tuple[int, ...], int], float]) -> Float:
    found = np.empty(signals.size)
    for (comb, n), order in _pairs(kind).items():
        found[(signals.comb == comb) & (signals.n_symbols == n)] = value(order, comb)
    return found
