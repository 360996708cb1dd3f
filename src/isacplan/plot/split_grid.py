"""The slots of a legal split, and the resource elements of one that localizes."""

from typing import TYPE_CHECKING

import numpy as np

from isacplan._typing import Int
from isacplan.nr.legal_split import LegalSplit
from isacplan.nr.signals import SUBCARRIERS, comb_order
from isacplan.nr.split_elements import station_place, user_place
from isacplan.nr.split_rate import dmrs_per_slot
from isacplan.nr.tables import dmrs_positions
from isacplan.plot.resource_grid import (
    DATA,
    GUARD,
    IDLE,
    KINDS,
    MOST_SLOTS,
    PILOT,
    SENSING,
    TINTS,
    UPDATE,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SENDERS = ("#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442")
"""Tints of senders, used in turn."""


def split_grid(split: LegalSplit) -> Int:
    """What every symbol of a legal split's frame is used for.

    Parameters
    ----------
    split : LegalSplit

    Returns
    -------
    ndarray of int, shape (N, 14)
        Index into `KINDS`; a symbol that holds a downlink signal has data beside it.
    """
    s, way = split.settings, split.settings.uplink
    grid = np.full((split.n_slots, 14), DATA)
    n_pilots = dmrs_per_slot(split.problem, split.n_slots)
    if n_pilots:
        grid[:, list(dmrs_positions(n_pilots))] = PILOT
    uplink = np.arange(way.tdd_period - 1, split.n_slots, way.tdd_period)
    first = 14 - way.srs_symbols - (s.n_symbols if s.kind == "srs" else 0)
    grid[uplink, first - way.guard_symbols : first] = GUARD
    grid[uplink, first:] = IDLE
    updates = np.arange(way.srs_period - 1, split.n_slots, way.srs_period)
    grid[updates, 14 - way.srs_symbols :] = UPDATE
    for slot in s.slots(split.n_slots):
        grid[slot, s.first_symbol : s.first_symbol + s.n_symbols] = SENSING
    return grid


def block_grid(split: LegalSplit, *, turn: int = 0) -> Int:
    """Whose signal every element of a resource block has, in a slot that localizes.

    Parameters
    ----------
    split : LegalSplit
    turn : int, optional
        Which repetition, where muting divides them.

    Returns
    -------
    ndarray of int, shape (12, 14)
        Number of a station, or the comb offset that users share; -1 where there is no signal.
    """
    s = split.settings
    grid = np.full((SUBCARRIERS, 14), -1)
    for sender in range(s.stations):
        if s.kind == "prs":
            own, offset = station_place(split, sender)
            if own != turn % s.turns:
                continue
            number = sender
        else:
            number = offset = user_place(split, sender)[0]
        for i, moved in enumerate(comb_order(s.kind, s.comb, s.n_symbols)):
            rows = np.arange((offset + moved) % s.comb, SUBCARRIERS, s.comb)
            grid[rows, s.first_symbol + i] = number
    return grid


def plot_legal_split(split: LegalSplit, *, title: str = "") -> "Figure":
    """The frame's slots symbol by symbol, and one block of a slot that localizes.

    Parameters
    ----------
    split : LegalSplit
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    grid = split_grid(split)[:MOST_SLOTS]
    figure = Figure(figsize=(11.0, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.6, 1.0))
    left.pcolormesh(
        np.arange(len(grid) + 1), np.arange(15), grid.T, cmap=ListedColormap(TINTS),
        vmin=-0.5, vmax=len(KINDS) - 0.5, edgecolors="white", linewidth=0.4,
    )  # fmt: skip
    left.set(xlabel="slot", ylabel="symbol of the slot", yticks=range(0, 14, 2))
    shown = "" if len(grid) == split.n_slots else f", first {MOST_SLOTS} slots"
    left.set_title(f"{title}{shown}", parse_math=False)
    _draw_block(right, split, grid)
    used = [kind for kind in range(len(KINDS)) if np.any(grid == kind)]
    signal = "localization (PRS)" if split.settings.kind == "prs" else "localization (SRS)"
    handles = [
        Patch(facecolor=TINTS[k], edgecolor="0.5", label=signal if k == SENSING else KINDS[k])
        for k in used
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(used), fontsize="small")
    return figure


def _draw_block(ax: "Axes", split: LegalSplit, grid: Int) -> None:
    from matplotlib.patches import Patch

    s = split.settings
    slot, block = s.slots(split.n_slots)[0], block_grid(split)
    kinds = np.broadcast_to(grid[slot] if slot < len(grid) else DATA, block.shape)
    # Beside a downlink signal the symbol carries data, beside sounding nothing.
    beside = DATA if s.kind == "prs" else IDLE
    tints = [[TINTS[beside if kind == SENSING else kind] for kind in row] for row in kinds]
    for k, symbol in zip(*np.nonzero(block >= 0), strict=True):
        tints[k][symbol] = SENDERS[block[k, symbol] % len(SENDERS)]
    for k in range(SUBCARRIERS):
        ax.barh(
            np.full(14, k + 0.5), 1.0, height=1.0, left=np.arange(14),
            color=tints[k], edgecolor="white", linewidth=0.4,
        )  # fmt: skip
    ax.set(xlim=(0, 14), ylim=(0, SUBCARRIERS), xlabel="symbol", ylabel="sub-carrier of a block")
    ax.set_title(f"slot {slot}: comb {s.comb}")
    who = "station" if s.kind == "prs" else "users on offset"
    found = np.unique(block[block >= 0]).tolist()
    ax.legend(
        handles=[Patch(facecolor=SENDERS[i % len(SENDERS)], label=f"{who} {i}") for i in found],
        fontsize="x-small",
        loc="upper right",
    )
