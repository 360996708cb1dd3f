"""Draws figures that come as data."""

from typing import TYPE_CHECKING

import numpy as np

from isacplan._typing import Float
from isacplan.report.curves import FigureData, Heat, Line, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#777777")
"""Okabe and Ito's palette, which readers with colour-deficient vision can tell apart."""

LINESTYLES = {"solid": "-", "dashed": "--", "dashdot": "-.", "dotted": ":", "steps": "-"}
PANEL_WIDTH, PANEL_HEIGHT = 4.6, 3.9
NARROWEST = 7.0
SOLID = 2.0


def plot_figure(data: FigureData) -> "Figure":
    """Draw a figure, its panels side by side, three at most in a row, four as two by two.

    Parameters
    ----------
    data : FigureData

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    n = len(data.panels)
    columns = 2 if n == 4 else min(n, 3)
    rows = -(-n // columns)
    figure = Figure(
        figsize=(max(PANEL_WIDTH * columns, NARROWEST), PANEL_HEIGHT * rows), layout="constrained"
    )
    axes = figure.subplots(rows, columns, squeeze=False)
    for panel, ax in zip(data.panels, axes.ravel(), strict=False):
        _draw(ax, panel)
    for ax in axes.ravel()[n:]:
        ax.set_axis_off()
    figure.suptitle(data.title)
    return figure


def _draw(ax: "Axes", panel: Panel) -> None:
    if panel.heat is not None:
        _draw_heat(ax, panel.heat)
    for index, one in enumerate(panel.lines):
        _draw_line(ax, one, COLOURS[(index if one.colour is None else one.colour) % len(COLOURS)])
    ax.set(xlabel=panel.x_label, ylabel=panel.y_label)
    ax.set_title(panel.title, loc="left", fontsize="medium")
    if panel.x_log:
        ax.set_xscale("log")
    if panel.y_log:
        ax.set_yscale("log")
    if panel.x_names is not None:
        ax.set_xticks(range(len(panel.x_names)), panel.x_names, rotation=35, ha="right")
    if panel.heat is None:
        ax.grid(color="0.92")
    if any(one.label for one in panel.lines):
        ax.legend(fontsize="x-small")


def _array(values: tuple[float | None, ...]) -> Float:
    return np.array([np.nan if v is None else v for v in values], dtype=float)


def _draw_line(ax: "Axes", one: Line, colour: str) -> None:
    x, y = _array(one.x), _array(one.y)
    label = one.label or "_nolegend_"
    if one.low is not None and one.high is not None:
        low, high = _array(one.low), _array(one.high)
        ax.vlines(x, low, high, color=colour, linewidth=1.2)
    if one.style == "points":
        ax.plot(
            x, y, linestyle="none", marker="o", markersize=4, color=colour,
            markerfacecolor="white", label=label,
        )  # fmt: skip
        return
    ax.plot(
        x,
        y,
        linestyle=LINESTYLES[one.style],
        drawstyle="steps-mid" if one.style == "steps" else "default",
        linewidth=SOLID if one.style in ("solid", "dotted") else 1.3,
        color=colour,
        label=label,
    )


def _draw_heat(ax: "Axes", data: Heat) -> None:
    values = np.array([_array(row) for row in data.values])
    if data.names is None:
        mesh = ax.pcolormesh(data.x, data.y, values, shading="nearest", cmap="viridis")
        ax.figure.colorbar(mesh, ax=ax, label=data.label)
        return
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    tints = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7")[: len(data.names)]
    ax.pcolormesh(
        data.x, data.y, values, shading="nearest", cmap=ListedColormap(tints),
        vmin=-0.5, vmax=len(tints) - 0.5,
    )  # fmt: skip
    handles = [Patch(color=c, label=name) for c, name in zip(tints, data.names, strict=True)]
    ax.legend(handles=handles, title=data.label, fontsize="x-small", loc="upper left")
