"""The slots of a legal frame, symbol by symbol."""

from typing import TYPE_CHECKING

import numpy as np

from isacplan._typing import Int
from isacplan.nr.legal_frame import LegalFrame
from isacplan.nr.tables import dmrs_positions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("data", "precoded pilot (DM-RS)", "sensing (PRS)", "guard", "channel update (SRS)", "idle")
TINTS = ("#e8e8e8", "#b5b5b5", "#0072b2", "#ffffff", "#d55e00", "#f7f7f7")
DATA, PILOT, SENSING, GUARD, UPDATE, IDLE = range(len(KINDS))
MOST_SLOTS = 80


def frame_grid(frame: LegalFrame, *, n_pilots: int = 1) -> Int:
    """What every symbol of a legal frame is used for.

    Parameters
    ----------
    frame : LegalFrame
    n_pilots : int, optional
        Precoded pilots a slot.

    Returns
    -------
    ndarray of int, shape (N, 14)
        Index into `KINDS`.
    """
    s, n_slots = frame.settings, frame.problem.n_blocks
    grid = np.full((n_slots, 14), DATA)
    grid[:, list(dmrs_positions(n_pilots))] = PILOT
    grid[: s.prs_repetition] = IDLE
    grid[: s.prs_repetition, : s.prs_symbols] = SENSING
    uplink = np.arange(s.prs_repetition - 1, n_slots, s.tdd_period)
    first = 14 - s.srs_symbols
    grid[uplink, first - s.guard_symbols : first] = GUARD
    grid[uplink, first:] = IDLE
    updates = uplink[:: s.srs_period // s.tdd_period]
    grid[updates, first:] = UPDATE
    return grid


def plot_legal_frame(frame: LegalFrame, *, title: str = "", n_pilots: int = 1) -> "Figure":
    """Slots from left to right, their symbols from bottom to top.

    Parameters
    ----------
    frame : LegalFrame
    title : str, optional
    n_pilots : int, optional
        Precoded pilots a slot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    grid = frame_grid(frame, n_pilots=n_pilots)[:MOST_SLOTS]
    figure = Figure(figsize=(11.0, 4.2), layout="constrained")
    ax = figure.subplots()
    ax.pcolormesh(
        np.arange(len(grid) + 1), np.arange(15), grid.T, cmap=ListedColormap(TINTS),
        vmin=-0.5, vmax=len(KINDS) - 0.5, edgecolors="white", linewidth=0.4,
    )  # fmt: skip
    ax.set(xlabel="slot", ylabel="symbol of the slot", yticks=range(0, 14, 2))
    shown = "" if len(grid) == frame.problem.n_blocks else f", first {MOST_SLOTS} slots"
    ax.set_title(f"{title}{shown}", parse_math=False)
    used = [kind for kind in range(len(KINDS)) if np.any(grid == kind)]
    handles = [Patch(facecolor=TINTS[k], edgecolor="0.5", label=KINDS[k]) for k in used]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(used), fontsize="small")
    return figure
