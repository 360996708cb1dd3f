"""One picture of a solved frame: its time line, and the rates around it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from isacplan.frame import SampledEfficiency
from isacplan.plot.compared import DATA, SENSING, UPDATE, draw_rates, draw_time_lines, update_starts
from isacplan.report import FrameReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BLOCKS = 120
"""Blocks that a time line can show apart."""


def plot_frame(report: FrameReport) -> "Figure":
    """Time line of the frame above rate over sensing time and over the number of updates.

    Below them, where precoders or receivers were compared, the best frame of each.

    Parameters
    ----------
    report : FrameReport

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    rows: list[Any] = [["line", "line"], ["time", "updates"]]
    rows += [[f"frames by {c.axis}", f"rates by {c.axis}"] for c in report.compared]
    heights = [1.0, *[2.6] * (len(rows) - 1)]
    figure = Figure(figsize=(10.0, 1.2 + 1.45 * sum(heights)), layout="constrained")
    axes = figure.subplot_mosaic(rows, height_ratios=heights)
    name = "".join(c for c in report.scene.scenario.name if c.isprintable())
    figure.suptitle(name or "Frame", parse_math=False)
    _time_line(axes["line"], report)
    _over_sensing(axes["time"], report)
    _over_updates(axes["updates"], report)
    for compared in report.compared:
        draw_time_lines(axes[f"frames by {compared.axis}"], compared)
        draw_rates(axes[f"rates by {compared.axis}"], compared, report.frame_duration)
    return figure


def _time_line(ax: "Axes", report: FrameReport) -> None:
    p, s = report.problem, report.solution
    ms = 1e3
    n_sensing = p.n_sensing_blocks(s.sensing_duration)
    starts = update_starts(p, s)
    shown = min(p.n_blocks, max(MOST_BLOCKS, 2 * n_sensing))
    end = shown * p.block_duration
    ax.broken_barh([(0.0, end * ms)], (0.0, 1.0), facecolor=DATA, label="data")
    ax.broken_barh(
        [(0.0, s.sensing_duration * ms)],
        (0.0, 1.0),
        facecolor=SENSING,
        label=f"sensing, {s.sensing_duration * 1e6:.0f} us",
    )
    ax.broken_barh(
        [(start * ms, p.update_duration * ms) for start in starts if start < end],
        (0.0, 1.0),
        facecolor=UPDATE,
        hatch="////",
        edgecolor="white",
        linewidth=0.0,
        label=f"channel update, {s.n_updates} x {p.update_duration * 1e6:.0f} us",
    )
    if shown <= MOST_BLOCKS:
        edges = np.arange(shown + 1) * p.block_duration * ms
        ax.vlines(edges, 0.0, 0.12, color="black", linewidth=0.5)
    ax.set(xlim=(0.0, end * ms), ylim=(0.0, 1.0), yticks=[], xlabel="time [ms]")
    title = f"Frame of {p.n_blocks} blocks"
    if shown < p.n_blocks:
        title = f"First {shown} of {p.n_blocks} blocks"
    ax.set_title(title, loc="left", fontsize="medium")
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False)


def _over_sensing(ax: "Axes", report: FrameReport) -> None:
    p, s, c = report.problem, report.solution, report.curves
    per_second = 1.0 / report.frame_duration
    blocks = c.sensing_duration / p.block_duration
    lines = (
        (c.rate_chosen, "-", "black", f"M = {s.n_updates} (chosen)"),
        (c.rate_every_block, "-", "0.6", "M = N_t (FSU)"),
        (c.rate_single, ":", "black", "M = 1 (SSU)"),
    )
    for rate, style, color, label in lines:
        ax.plot(blocks, rate * per_second, style, color=color, linewidth=1.8, label=label)
    needs = [(p.shortest_accurate_duration, "0.9", "angle limit not met")]
    # Draws begin where sensing is long enough; before that there is no model to be invalid.
    if not isinstance(p.efficiency, SampledEfficiency):
        needs.append((p.shortest_valid_duration, "0.8", "model not valid"))
    for durations, grey, label in needs:
        edge = float(np.max(durations)) / p.block_duration
        if 0.0 < edge < np.inf:
            ax.axvspan(0.0, edge, color=grey, linewidth=0.0, zorder=0, label=label)
    ax.plot(
        s.sensing_duration / p.block_duration,
        s.rate * per_second,
        marker="o",
        markersize=7,
        linestyle="none",
        color="black",
        markerfacecolor="white",
        label="this frame",
    )
    ax.set(xlabel="sensing time [blocks]", ylabel="rate [bit/s/Hz]", xlim=(0.0, p.n_blocks))
    ax.set_ylim(bottom=min(0.0, float(np.nanmin(c.rate_chosen)) * per_second))
    ax.set_title("Rate against sensing time", loc="left", fontsize="medium")
    ax.legend(fontsize="small")
    ax.grid(color="0.92")


def _over_updates(ax: "Axes", report: FrameReport) -> None:
    s, c = report.solution, report.curves
    per_second = 1.0 / report.frame_duration
    rate = c.rate_by_updates * per_second
    ax.plot(c.n_updates, rate, marker=".", color="black", linewidth=1.0)
    for i, label, side in ((0, "  SSU", "left"), (-1, "FSU  ", "right")):
        ax.annotate(label, (float(c.n_updates[i]), float(rate[i])), ha=side, va="top")
    ax.plot(
        s.n_updates,
        s.rate * per_second,
        marker="o",
        markersize=7,
        linestyle="none",
        color="black",
        markerfacecolor="white",
        label="this frame",
    )
    ax.set(xlabel="number of channel updates M", ylabel="rate [bit/s/Hz]")
    ax.set_title("Rate against channel updates", loc="left", fontsize="medium")
    ax.set_ylim(bottom=min(0.0, float(np.min(rate))))
    ax.legend(loc="lower center", fontsize="small")
    ax.grid(color="0.92")
