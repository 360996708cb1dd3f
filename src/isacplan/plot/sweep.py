"""Pictures of a study: lines over one key, maps over two."""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from xarray import DataArray, Dataset

DEFAULTS = ("rate", "capacity")
MOST_PANELS = 6
MOST_LINES = 12


def plot_study(
    study: "Dataset",
    x: str,
    y: str | None = None,
    *,
    colour: str | None = None,
    variable: str | None = None,
) -> "Figure":
    """Draw a variable of a study: over x as lines, over x and y as maps.

    Keys that are not drawn stand at their first value, which the title says; over users and draws
    the mean is drawn. Points without a result stay empty.

    Parameters
    ----------
    study : xarray.Dataset
        As `isacplan.open_study` gives it.
    x, y : str
        Dimensions: names or paths of keys.
    colour : str, optional
        A line, or a map, for each of its values.
    variable : str, optional
        Default the rate, or the capacity.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        When a name is neither a dimension nor a variable.
    """
    axes = [_dimension(study, name) for name in (x, y, colour) if name is not None]
    if len(set(axes)) < len(axes):
        raise ValueError(f"{axes[-1]}: is drawn twice; name different dimensions")
    values, fixed = _reduced(study, _variable(study, variable), axes)
    labels = {name: _label(study[name]) for name in axes}
    by = axes[-1] if colour is not None else None
    if y is None:
        figure = _lines(values, axes[0], by, labels)
    else:
        figure = _maps(values, axes[0], axes[1], by, labels)
    figure.suptitle(", ".join([str(study.attrs.get("name", "")), *fixed]).strip(", "), fontsize=10)
    return figure


def _dimension(study: "Dataset", name: str) -> str:
    swept = [str(d) for d in study["status"].dims]
    for dimension in swept:
        paths = [
            study[c].attrs.get("long_name") for c in study.coords if dimension in study[c].dims
        ]
        if name == dimension or name in paths:
            return dimension
    raise ValueError(f"{name}: is not varied; this study varies {', '.join(swept)}")


def _variable(study: "Dataset", name: str | None) -> "DataArray":
    numeric = {str(v) for v in study.data_vars if study[v].dtype.kind in "fiu"}
    wanted = name or next((v for v in DEFAULTS if v in numeric), None)
    if wanted is None or wanted not in numeric:
        raise ValueError(f"variable {wanted}: this study has {', '.join(sorted(numeric))}")
    return study[wanted]


def _reduced(
    study: "Dataset", values: "DataArray", axes: list[str]
) -> tuple["DataArray", list[str]]:
    """Values over the axes in their order, and what the other dimensions stand at."""
    swept, fixed = {str(d) for d in study["status"].dims}, list[str]()
    absent = [axis for axis in axes if axis not in values.dims]
    if absent:
        raise ValueError(f"variable {values.name}: does not vary over {absent[0]}")
    for dimension in [str(d) for d in values.dims]:
        if dimension in axes:
            continue
        if dimension in swept and dimension != "draw":
            fixed.append(f"{_label(study[dimension])} = {study[dimension].values[0]}")
            values = values.isel({dimension: 0})
        else:
            fixed.append(f"mean over {dimension}s")
            values = values.mean(dimension)
    return values.transpose(*axes), fixed


def _lines(values: Any, x: str, by: str | None, labels: dict[str, str]) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    ax = figure.subplots()
    places, ticks = _places(values[x].values)
    rows = [("", values.values)]
    if by is not None:
        found = values.transpose(by, x).values
        rows = [(str(_shown(c)), row) for c, row in zip(values[by].values, found, strict=True)]
        if len(rows) > MOST_LINES:
            raise ValueError(f"{by} has {len(rows)} values, more than the {MOST_LINES} lines drawn")
    for label, row in rows:
        ax.plot(places, row, marker=".", label=label)
    _name_axis(ax.xaxis, ax.set_xscale, places, ticks, labels[x])
    ax.set_ylabel(_label(values))
    ax.grid(color="0.92")
    if by is not None:
        ax.legend(title=labels[by])
    return figure


def _maps(values: Any, x: str, y: str, by: str | None, labels: dict[str, str]) -> "Figure":
    from matplotlib.figure import Figure

    panels = [None] if by is None else list(values[by].values)
    if len(panels) > MOST_PANELS:
        raise ValueError(f"{by} has {len(panels)} values, more than the {MOST_PANELS} maps drawn")
    figure = Figure(figsize=(1.2 + 4.4 * len(panels), 4.2), layout="constrained")
    every = np.atleast_1d(figure.subplots(1, len(panels), sharex=True, sharey=True))
    limits = [float(np.nanmin(values.values)), float(np.nanmax(values.values))]
    for ax, panel in zip(every, panels, strict=True):
        plane = values if panel is None else values.sel({by: panel})
        across, across_names = _places(values[x].values)
        up, up_names = _places(values[y].values)
        ax.pcolormesh(
            across,
            up,
            plane.transpose(y, x).values,
            vmin=limits[0],
            vmax=limits[1],
            shading="nearest",
        )
        _name_axis(ax.xaxis, ax.set_xscale, across, across_names, labels[x])
        _name_axis(ax.yaxis, ax.set_yscale, up, up_names, labels[y] if ax is every[0] else "")
        if panel is not None:
            ax.set_title(f"{labels[str(by)]} = {_shown(panel)}", fontsize=9)
    figure.colorbar(every[0].collections[0], ax=every, label=_label(values))
    return figure


def _places(values: np.ndarray) -> tuple[np.ndarray, list[str] | None]:
    """Where values lie on an axis; names lie side by side."""
    if values.dtype.kind in "fiu":
        return values.astype(float), None
    return np.arange(len(values), dtype=float), [str(v) for v in values]


def _name_axis(
    axis: Any, set_scale: Any, places: np.ndarray, names: list[str] | None, label: str
) -> None:
    axis.set_label_text(label)
    if names is not None:
        axis.set_ticks(places, names)
    elif len(places) > 2 and np.all(places > 0.0):
        ratio = np.diff(np.log(places))
        if np.allclose(ratio, ratio[0]) and abs(ratio[0]) * len(ratio) > np.log(4.0):
            set_scale("log")


def _label(values: "DataArray") -> str:
    unit = values.attrs.get("units", "1")
    name = str(values.name).rpartition(".")[2].replace("_", " ")
    for ending in (" deg", " db", " dbm", " hz", " mps"):
        name = name.removesuffix(ending)
    return name if unit == "1" else f"{name} [{unit}]"


def _shown(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else value
