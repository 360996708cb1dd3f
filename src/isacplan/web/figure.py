"""Plotly figures as plain values, in a light and a dark dress."""

from collections.abc import Mapping, Sequence
from typing import Any

Figure = dict[str, Any]
Trace = dict[str, Any]

THEMES: dict[str, dict[str, str]] = {
    "light": {
        "ink": "#1b1f24",
        "grid": "#dfe3e8",
        "shade": "rgba(110,118,129,0.22)",
        "faint": "rgba(110,118,129,0.12)",
        "paper": "#ffffff",
        "data": "#c9d3df",
        "blue": "#0072b2",
        "orange": "#c04d00",
        "green": "#00735a",
        "pink": "#a8487f",
        "grey": "#656d76",
    },
    "dark": {
        "ink": "#e6edf3",
        "grid": "#30363d",
        "shade": "rgba(139,148,158,0.30)",
        "faint": "rgba(139,148,158,0.16)",
        "paper": "#0d1117",
        "data": "#47525f",
        "blue": "#56b4e9",
        "orange": "#ff9d4d",
        "green": "#2ecc9a",
        "pink": "#e58fc0",
        "grey": "#9aa4ae",
    },
}


def palette(theme: str) -> Mapping[str, str]:
    """Colours of a theme; light for one that is unknown."""
    return THEMES.get(theme, THEMES["light"])


def figure(
    theme: str,
    traces: Sequence[Trace],
    *,
    x: Mapping[str, Any] | None = None,
    y: Mapping[str, Any] | None = None,
    shapes: Sequence[Mapping[str, Any]] = (),
    **layout: Any,
) -> Figure:
    """A figure without a background of its own, whose zoom stays when its values change.

    Parameters
    ----------
    theme : {"light", "dark"}
    traces : sequence of dict
    x, y : mapping, optional
        Axes beside what all have; `title` is text.
    shapes : sequence of mapping, optional
    **layout
        More of Plotly's layout.

    Returns
    -------
    dict
    """
    colour = palette(theme)
    return {
        "data": list(traces),
        "layout": {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": colour["ink"], "size": 12, "family": "system-ui, sans-serif"},
            "margin": {"l": 58, "r": 14, "t": 62, "b": 44},
            "legend": {
                "orientation": "h", "x": 0, "xanchor": "left",
                "yref": "container", "y": 0.995, "yanchor": "top",
                "font": {"size": 11}, "bgcolor": "rgba(0,0,0,0)",
            },
            "hoverlabel": {"font": {"size": 12}},
            "hovermode": "closest",
            "uirevision": "keep",
            "xaxis": axis(theme, x or {}),
            "yaxis": axis(theme, y or {}),
            "shapes": list(shapes),
            **layout,
        },
    }  # fmt: skip


def axis(theme: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    """An axis in the colours of a theme."""
    colour = palette(theme)
    own = dict(stated)
    title = own.pop("title", "")
    return {
        "title": {"text": title, "standoff": 6},
        "gridcolor": colour["grid"],
        "zerolinecolor": colour["grid"],
        "linecolor": colour["grid"],
        "automargin": False,
        **own,
    }


def line(
    name: str, x: Sequence[Any], y: Sequence[Any], colour: str, *, dash: str = "solid", **more: Any
) -> Trace:
    """A line with a name, gaps where a value is None."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": 2, "dash": dash},
        **more,
    }


def markers(
    name: str, x: Sequence[Any], y: Sequence[Any], colour: str, symbol: str, **more: Any
) -> Trace:
    """Points with a name."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": list(x),
        "y": list(y),
        "marker": {"color": colour, "size": 11, "symbol": symbol, "line": {"width": 2}},
        **more,
    }


def band(left: float, right: float, colour: str) -> dict[str, Any]:
    """A shaded range of x over the whole height."""
    return {
        "type": "rect", "xref": "x", "yref": "paper", "x0": left, "x1": right, "y0": 0, "y1": 1,
        "fillcolor": colour, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
