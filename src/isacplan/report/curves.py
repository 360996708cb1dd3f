"""A figure as data: what to draw, to store and to compare, before any drawing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike

STYLES = ("crosses", "dashed", "dashdot", "dotted", "points", "solid", "steps")


def _finite(values: ArrayLike) -> tuple[float | None, ...]:
    """Numbers for JSON, which knows neither infinity nor NaN: those become None."""
    return tuple(float(x) if np.isfinite(x) else None for x in np.ravel(np.asarray(values, float)))


@dataclass(frozen=True, kw_only=True)
class Line:
    """One curve or one set of markers.

    Parameters
    ----------
    label : str
    x, y : tuple of float or None
        None leaves a gap.
    style : str
        One of `STYLES`.
    low, high : tuple of float or None, optional
        Ends of an interval about each y.
    colour : int, optional
        Curves of one colour belong together; default by order.
    """

    label: str
    x: tuple[float | None, ...]
    y: tuple[float | None, ...]
    style: str = "solid"
    low: tuple[float | None, ...] | None = None
    high: tuple[float | None, ...] | None = None
    colour: int | None = None

    def __post_init__(self) -> None:
        _check.choice("style", self.style, STYLES)
        if len(self.x) != len(self.y):
            raise ValueError(f"x and y must be of one length, got {len(self.x)} and {len(self.y)}")


def line(
    label: str,
    x: ArrayLike,
    y: ArrayLike,
    *,
    style: str = "solid",
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    colour: int | None = None,
) -> Line:
    """A line from arrays.

    Parameters
    ----------
    label : str
    x, y : array_like, shape (P,)
    style : str, optional
        One of `STYLES`.
    low, high : array_like, shape (P,), optional
        Ends of an interval about each y.
    colour : int, optional

    Returns
    -------
    Line

    Examples
    --------
    >>> line("a", [0.0, 1.0], [2.0, float("inf")]).y
    (2.0, None)
    """
    return Line(
        label=label,
        x=_finite(x),
        y=_finite(y),
        style=style,
        low=None if low is None else _finite(low),
        high=None if high is None else _finite(high),
        colour=colour,
    )


@dataclass(frozen=True, kw_only=True)
class Heat:
    """Values over a plane.

    Parameters
    ----------
    x, y : tuple of float
        Centres of the cells.
    values : tuple of tuple of float or None
        Row by y.
    label : str
        What the values are.
    names : tuple of str, optional
        What the integers from 0 stand for, when the values are categories.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    values: tuple[tuple[float | None, ...], ...]
    label: str
    names: tuple[str, ...] | None = None


def heat(
    x: ArrayLike, y: ArrayLike, values: ArrayLike, label: str, names: Sequence[str] | None = None
) -> Heat:
    """A map from arrays of shape (X,), (Y,) and (Y, X)."""
    return Heat(
        x=tuple(np.asarray(x, float).tolist()),
        y=tuple(np.asarray(y, float).tolist()),
        values=tuple(_finite(row) for row in np.asarray(values, float)),
        label=label,
        names=None if names is None else tuple(names),
    )


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One pair of axes.

    Parameters
    ----------
    title, x_label, y_label : str
    lines : tuple of Line, optional
    heat : Heat, optional
        Drawn below the lines.
    x_log, y_log : bool, optional
    x_names : tuple of str, optional
        What the integers from 0 along x stand for.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...] = ()
    heat: Heat | None = None
    x_log: bool = False
    y_log: bool = False
    x_names: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class FigureData:
    """A figure: panels side by side, and what they show.

    Parameters
    ----------
    name : str
        Short and usable as a file name.
    title : str
    caption : str
        What to see, and under which assumptions.
    panels : tuple of Panel
    """

    name: str
    title: str
    caption: str
    panels: tuple[Panel, ...]


def with_lines(figure: FigureData, lines_by_panel: Mapping[str, Sequence[Line]]) -> FigureData:
    """The figure with more lines on some of its panels.

    Parameters
    ----------
    figure : FigureData
    lines_by_panel : mapping of str to sequence of Line
        By the panel's title.

    Returns
    -------
    FigureData
    """
    panels = tuple(
        replace(panel, lines=(*panel.lines, *lines_by_panel.get(panel.title, ())))
        for panel in figure.panels
    )
    return replace(figure, panels=panels)


def figure_to_dict(figure: FigureData) -> dict[str, Any]:
    """Plain values for JSON."""
    from msgspec import to_builtins

    return to_builtins(figure)


def figure_from_dict(values: Mapping[str, Any]) -> FigureData:
    """The figure that `figure_to_dict` wrote."""
    from msgspec import convert

    return convert(values, FigureData)
