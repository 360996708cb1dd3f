"""Pictures of a solved split: capacity against position error, and the map of winners."""

from typing import TYPE_CHECKING

import numpy as np

from isacplan.report import SplitReport
from isacplan.split import WinnerMap, knee
from isacplan.units import linear_to_db

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINES = {
    "time": (":", 2.2, 3),
    "frequency": ("--", 1.8, 2),
    "joint": ("-", 1.1, 1),
    "comb": ("-.", 1.4, 2),
}
GREYS = {"none": "1.0", "time": "0.65", "frequency": "0.92"}
GAINS = (0.01, 1.0, 3.0, 6.0, 10.0)


def plot_split(report: SplitReport) -> "Figure":
    """Capacity against position error, beside the map of winners where there is one.

    Parameters
    ----------
    report : SplitReport

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    n_panels = 1 if report.winners is None else 2
    figure = Figure(figsize=(6.2 * n_panels, 4.8), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, n_panels))
    name = "".join(c for c in report.scenario.name if c.isprintable())
    figure.suptitle(name or "Split", parse_math=False)
    _tradeoff(axes[0], report)
    if report.winners is not None:
        _map(axes[1], report.winners)
    return figure


def _tradeoff(ax: "Axes", report: SplitReport) -> None:
    for name, front in report.fronts.items():
        solution = report.plan.solutions[name]
        style, width, order = LINES[name]
        ax.plot(
            front.capacity / 1e6,
            np.sqrt(front.crb),
            linestyle=style,
            linewidth=width,
            color="black",
            zorder=order,
            label="comb" if name == "comb" else f"{name} split",
        )
        legend = name == "joint"
        if (at := knee(front)) is not None:
            _mark(ax, front.capacity[at], front.crb[at], "x", "knee" if legend else None)
        if solution is not None:
            label = "chosen point" if legend else None
            _mark(ax, solution.capacity, solution.crb, "o", label)
    front = report.fronts["joint"]
    ax.axhline(np.sqrt(front.full_crb), color="0.6", linewidth=0.8)
    ax.axvline(front.full_capacity / 1e6, color="0.6", linewidth=0.8)
    ax.set_yscale("log")
    ax.set(xlabel="capacity [Mbit/s]", ylabel="position error, root of the bound [m]")
    ax.set_xlim(left=0.0)
    ax.set_title("What each split can reach", loc="left", fontsize="medium")
    ax.grid(color="0.92", which="both")
    ax.set_axisbelow(True)
    ax.legend(fontsize="small")


def _mark(ax: "Axes", capacity: float, crb: float, marker: str, label: str | None) -> None:
    ax.plot(
        capacity / 1e6,
        np.sqrt(crb),
        marker=marker,
        markersize=7,
        linestyle="none",
        color="black",
        markerfacecolor="white",
        label=label,
        zorder=5,
    )


def _map(ax: "Axes", winners: WinnerMap) -> None:
    handles = [*_shade(ax, winners), *_joint_gain(ax, winners), *_comb_wins(ax, winners)]
    ax.set_yscale("log")
    ax.set(xlabel="antennas", ylabel="distance [m]")
    ax.set_title(
        f"Best split at {100 * winners.capacity_loss[0]:.3g} % capacity loss",
        loc="left",
        fontsize="medium",
    )
    snr = ax.twinx()
    snr.set_yscale("log")
    snr.set_ylim(ax.get_ylim())
    _label_by_snr(snr, winners)
    snr.legend(handles=handles, fontsize="small", loc="upper right", framealpha=0.95)


def _shade(ax: "Axes", winners: WinnerMap) -> "list[Artist]":
    """Which of time and frequency is better."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    difference = winners.frequency_over_time_db[:, :, 0].T
    shade = np.where(np.isnan(difference), 0, np.where(difference > 0.0, 2, 1))
    ax.pcolormesh(
        winners.n_antennas,
        winners.distance,
        shade,
        cmap=ListedColormap([GREYS[name] for name in ("none", "time", "frequency")]),
        vmin=-0.5,
        vmax=2.5,
        shading="nearest",
        rasterized=True,
    )
    named = ((1, "time", "time beats frequency"), (2, "frequency", "frequency beats time"))
    return [
        Patch(facecolor=GREYS[name], edgecolor="black", linewidth=0.5, label=label)
        for i, name, label in named
        if np.any(shade == i)
    ]


def _joint_gain(ax: "Axes", winners: WinnerMap) -> "list[Artist]":
    """Contours of what the joint split adds to the better of the two."""
    from matplotlib.lines import Line2D

    gain = winners.joint_gain_db[:, :, 0].T
    gain = np.where(np.isfinite(gain), gain, np.nan)
    shown = gain[np.isfinite(gain)]
    levels = [level for level in GAINS if np.any(shown < level) and np.any(shown > level)]
    if not levels:
        return []
    lines = ax.contour(
        winners.n_antennas, winners.distance, gain, levels=levels, colors="black", linewidths=1.2
    )
    ax.clabel(lines, fmt="%g dB", fontsize="small")
    return [Line2D([], [], color="black", linewidth=1.2, label="joint beats both by so many dB")]


def _comb_wins(ax: "Axes", winners: WinnerMap) -> "list[Artist]":
    """Where the comb beats every other split."""
    from matplotlib.patches import Patch

    wins = (winners.comb_gain_db[:, :, 0] > 1e-6).T
    if not np.any(wins):
        return []
    ax.contourf(
        winners.n_antennas,
        winners.distance,
        wins.astype(float),
        levels=[0.5, 1.5],
        colors="none",
        hatches=["///"],
    )
    return [Patch(facecolor="none", edgecolor="black", hatch="///", label="the comb beats all")]


def _label_by_snr(ax: "Axes", winners: WinnerMap) -> None:
    """Ticks at round SNRs on an axis of distances."""
    snr_db = linear_to_db(winners.downlink_snr)
    low, high = np.ceil(snr_db.min() / 5.0), np.floor(snr_db.max() / 5.0)
    ticks = 5.0 * np.arange(low, high + 1.0)
    order = np.argsort(snr_db)
    places = np.exp(np.interp(ticks, snr_db[order], np.log(winners.distance)[order]))
    ax.set_yticks(places, [f"{tick + 0.0:g}" for tick in ticks])
    ax.set_yticks([], minor=True)
    ax.set_ylabel("downlink SNR [dB]")
