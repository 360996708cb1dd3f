"""What a split looks like: trade-off, map of winners and resource grid, from its plain values."""

from typing import Any

import numpy as np

from isacplan.split import SPLITS
from isacplan.web.figure import Figure, Trace, figure, line, markers, palette

Values = dict[str, Any]

COLOURS = {"time": "orange", "frequency": "blue", "joint": "ink", "comb": "pink"}
DASHES = {"time": "dot", "frequency": "dash", "joint": "solid", "comb": "dashdot"}

MOST_CELLS = 240
"""Cells side by side that are drawn; of more, every so-manieth."""

MOST_APART = 60
"""Cells side by side that are drawn with a gap between them."""


def split_figures(values: Values, theme: str) -> dict[str, Figure]:
    """Figures of a split by name.

    Parameters
    ----------
    values : dict
        As of a split report's `to_json`.
    theme : {"light", "dark"}

    Returns
    -------
    dict of str to dict
        Plotly figures.
    """
    return {
        "trade-off": _trade_off(values, theme),
        "winner-map": _winner_map(values, theme),
        "resource-grid": _resource_grid(values, theme),
    }


def _trade_off(values: Values, theme: str) -> Figure:
    colour = palette(theme)
    traces: list[Trace] = []
    for name, front in values["fronts"].items():
        x = [c / 1e6 for c in front["capacity_bps"]]
        own = colour[COLOURS[name]]
        traces.append(line(name, x, front["position_rmse_m"], own, dash=DASHES[name]))
    for name in values["fronts"]:
        design = values["splits"][name]
        if design is None:
            continue
        at = [design["capacity_bps"] / 1e6], [design["position_rmse_m"]]
        own = colour[COLOURS[name]]
        symbol = "circle" if name == values["winner"] else "circle-open"
        label = f"{name}, chosen" + (" (winner)" if name == values["winner"] else "")
        traces.append(markers(label, *at, own, symbol, showlegend=name == values["winner"]))
    return figure(
        theme,
        traces,
        x={"title": "capacity [Mbit/s]", "rangemode": "tozero"},
        y={"title": "position error [m]", "type": "log"},
    )


def _winner_map(values: Values, theme: str) -> Figure:
    colour, found = palette(theme), values.get("winner_map")
    if found is None:
        return figure(
            theme, [], x={"visible": False}, y={"visible": False},
            annotations=[{"text": "no map for this scenario", "showarrow": False}],
        )  # fmt: skip
    z = [
        [SPLITS.index(name) if name is not None else None for name in row]
        for row in np.array(found["winner"], dtype=object).T.tolist()
    ]
    n = len(SPLITS)
    scale: list[list[Any]] = []
    for i, name in enumerate(SPLITS):
        scale += [[i / n, colour[COLOURS[name]]], [(i + 1) / n, colour[COLOURS[name]]]]
    heat = {
        "type": "heatmap", "x": found["n_antennas"], "y": found["distance_m"], "z": z,
        "zmin": -0.5, "zmax": n - 0.5, "colorscale": scale, "opacity": 0.75,
        "colorbar": {
            "tickvals": list(range(n)), "ticktext": list(SPLITS), "thickness": 12, "len": 0.9,
        },
        "hovertemplate": "%{x} antennas, %{y:.4g} m<extra></extra>",
    }  # fmt: skip
    at = [values["scenario"]["split"]["n_antennas"]], [_first_user(values)["distance_m"]]
    return figure(
        theme,
        [heat, markers("this design", *at, colour["ink"], "x")],
        x={"title": "antennas"},
        y={"title": "distance [m]", "type": "log"},
        margin={"l": 58, "r": 10, "t": 34, "b": 44},
    )


def _first_user(values: Values) -> dict[str, Any]:
    """Of the winner's design; the map is of the first user alone."""
    return values["splits"][values["winner"]]["users"][0]


def resource_cells(values: Values) -> np.ndarray:
    """Which resource elements localization takes under the winner's design, (elements, symbols).

    Side by side from the first on; a comb's elements are counted whole where a tone is taken.
    """
    design = values["splits"][values["winner"]]
    cells = np.zeros((values["grid_elements"], values["grid_symbols"]), dtype=int)
    cells[: design["elements"], : design["symbols"]] = 1
    return cells


def _resource_grid(values: Values, theme: str) -> Figure:
    colour = palette(theme)
    design, cells = values["splits"][values["winner"]], resource_cells(values)
    step = [max(1, -(-n // MOST_CELLS)) for n in cells.shape]
    shown = cells[:: step[0], :: step[1]]
    gap = [1 if n <= MOST_APART else 0 for n in shown.shape]
    scale = [[0, colour["data"]], [0.5, colour["data"]], [0.5, colour["blue"]], [1, colour["blue"]]]
    heat = {
        "type": "heatmap", "z": shown.tolist(), "zmin": 0, "zmax": 1, "colorscale": scale,
        "x": list(range(0, cells.shape[1], step[1])), "y": list(range(0, cells.shape[0], step[0])),
        "showscale": False, "xgap": gap[1], "ygap": gap[0],
        "hovertemplate": "symbol %{x}, element %{y}<extra></extra>",
    }  # fmt: skip
    comb = f", every {design['spacing']}. sub-carrier" if design["spacing"] > 1 else ""
    named = [
        (f"localization: {design['elements']} x {design['symbols']} elements{comb}", "blue"),
        ("communication", "data"),
    ]
    legend = [
        markers(name, [None], [None], colour[c], "square", hoverinfo="skip") for name, c in named
    ]
    return figure(
        theme,
        [heat, *legend],
        x={"title": "symbol", "range": [-0.5, cells.shape[1] - 0.5], "zeroline": False},
        y={
            "title": "resource element",
            "range": [-0.5, cells.shape[0] - 0.5],
            "zeroline": False,
        },
    )
