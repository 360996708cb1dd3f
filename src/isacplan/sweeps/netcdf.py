"""The results of a sweep as one netCDF file, written in pieces so that memory stays small."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from isacplan._typing import Float
from isacplan.quantities import table
from isacplan.scenario.city import SECTORS, City
from isacplan.sweeps.axes import Axis
from isacplan.sweeps.evaluate import STATUS
from isacplan.sweeps.layout import USER_LABEL, Layout, named_pieces, slabs, taken_until
from isacplan.sweeps.plan import CELL, DRAW, Plan

SLAB = 1024
"""Points that are in memory together."""

PENDING = -1
"""Status of a point that is not finished."""

Records = Callable[[], Iterable[tuple[int, dict[str, Any]]]]
"""Starts reading the records of the finished points from the first on."""


def check_installed() -> None:
    """Refuse before the work what could not be written after it.

    Raises
    ------
    ValueError
        When xarray or h5netcdf is not installed.
    """
    from importlib.util import find_spec

    missing = [name for name in ("xarray", "h5netcdf") if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"{' and '.join(missing)} not installed, which results need: "
            "pip install 'isacplan[data]'"
        )


def write_netcdf(
    path: Path, plan: Plan, records: Records, *, attributes: Mapping[str, Any]
) -> None:
    """Write the results of a sweep aside and rename the file into place.

    Parameters
    ----------
    path : Path
    plan : Plan
    records : callable
        See `Records`; read twice.
    attributes : mapping
        Of the whole dataset.

    Raises
    ------
    ValueError
        When the file cannot be written.
    """
    kind = str(plan.task["evaluate"])
    layout = Layout()
    for _, record in records():
        layout.meet(record["answer"], kind)
    if not layout.users_by_place:
        layout.variables.pop(USER_LABEL, None)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(aside, plan, records, layout, attributes)
        aside.replace(path)
    except OSError as error:
        # HDF5 says in words what the system told it.
        full = error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)
        why = "the disk is full" if full else error.strerror or str(error).splitlines()[0]
        raise ValueError(f"{path}: cannot be written: {why}; nothing computed is lost") from None
    finally:
        aside.unlink(missing_ok=True)


def _write(
    path: Path, plan: Plan, records: Records, layout: Layout, attributes: Mapping[str, Any]
) -> None:
    from h5netcdf import File

    with closing(File(path, "w")) as file:
        file.attrs.update({key: value for key, value in attributes.items() if value is not None})
        names = _dimensions(plan, layout)
        _write_coordinates(file, plan, layout, names)
        _create_variables(file, plan, layout, names)
        most = max(SLAB, plan.draws)
        boxes = list(slabs(plan.shape, most))
        taken = taken_until(records(), (stop for _, _, stop in boxes))
        for (where, start, stop), found in zip(boxes, taken, strict=True):
            for name, values in _values(plan, layout, found, start, stop):
                variable = file.variables[name]
                over_draws = DRAW in names and DRAW not in variable.dimensions
                at = where[: len(plan.shape) - over_draws]
                variable[at] = values.reshape(_box(variable.shape, at))


def _values(
    plan: Plan, layout: Layout, found: list[tuple[int, dict[str, Any]]], start: int, stop: int
) -> Iterator[tuple[str, Any]]:
    """Every variable at the points of a slab, and its means over draws."""
    kind = str(plan.task["evaluate"])
    n = stop - start
    status, message = np.full(n, PENDING, dtype=np.int8), np.full(n, "", dtype=object)
    arrays = {name: layout.empty(name, (n,)) for name in layout.variables}
    for point, record in found:
        at = point - start
        status[at], message[at] = record["status"], record["message"]
        for name, piece in named_pieces(record["answer"], kind).items():
            if name in arrays:
                layout.put(arrays[name], at, name, piece)
    yield "status", status
    yield "message", message
    for name, values in arrays.items():
        yield name, values
        if plan.draws and not layout.variables[name].text:
            groups = values.reshape(n // plan.draws, plan.draws, *values.shape[1:])
            yield from zip(_of_draws(name), mean_interval(groups), strict=True)


def mean_interval(groups: Float) -> tuple[Float, Float, Float]:
    """Mean over draws and the ends of its 95 % Student interval.

    Parameters
    ----------
    groups : ndarray, shape (G, n_draws, ...)
        NaN where a draw gave nothing, which is left out.

    Returns
    -------
    mean, low, high : ndarray, shape (G, ...)
        NaN where no draw, for the ends one draw, gave anything.
    """
    from scipy.special import stdtrit

    known = np.isfinite(groups)
    count = np.sum(known, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.sum(np.where(known, groups, 0.0), axis=1) / count
        spread = np.where(known, groups - mean[:, None], 0.0)
        variance = np.sum(spread**2, axis=1) / (count - 1)
        half = stdtrit(np.maximum(count - 1, 1), 0.975) * np.sqrt(variance / count)
    half = np.where(count > 1, half, np.nan)
    return mean, mean - half, mean + half


def _of_draws(name: str) -> tuple[str, str, str]:
    return f"{name}_draw_mean", f"{name}_draw_low", f"{name}_draw_high"


def _dimensions(plan: Plan, layout: Layout) -> tuple[str, ...]:
    """Names of the sweep's dimensions; a result of the same name leaves it the whole path."""
    taken = {"status", "message", *layout.variables, *layout.labels}
    paths = {name: axis.paths[0] for name, axis in _varied(plan, plan.names)}
    return tuple(paths.get(name, name) if name in taken else name for name in plan.names)


def _varied(plan: Plan, names: tuple[str, ...]) -> list[tuple[str, Axis]]:
    """Axes under their names, which stand behind that of a city's cells."""
    return list(zip(names[bool(plan.n_cells) :], plan.axes, strict=False))


def _box(shape: tuple[int, ...], at: tuple[Any, ...]) -> tuple[int, ...]:
    """Shape of what an index of numbers and slices picks."""
    sizes = [part.stop - part.start for part in at if isinstance(part, slice)]
    return (*sizes, *shape[len(at) :])


def _write_coordinates(file: Any, plan: Plan, layout: Layout, names: tuple[str, ...]) -> None:
    beside = [path.rpartition(".")[2] for axis in plan.axes for path in axis.paths[1:]]
    beside += ["draw_seed"] * bool(plan.draws) + [USER_LABEL] * layout.users_by_place
    beside += ["x", "y", "boresight"] * bool(plan.n_cells)
    if beside:
        file.attrs["coordinates"] = " ".join(beside)
    for name, size in zip(names, plan.shape, strict=True):
        file.dimensions[name] = size
    if plan.city is not None:
        _write_cells(file, plan.city)
    for name, axis in _varied(plan, names):
        last = [path.rpartition(".")[2] for path in axis.paths[1:]]
        for column, path, values in zip((name, *last), axis.paths, axis.values, strict=True):
            what = {"long_name": path, **_unit_of(path)}
            _variable(file, column, (name,), _as_array(values), what)
    if plan.draws:
        seeds = np.array([plan.draw_seed(i) for i in range(plan.draws)], dtype=np.int64)
        _variable(file, DRAW, (DRAW,), np.arange(plan.draws), {"long_name": "draw of the users"})
        _variable(file, "draw_seed", (DRAW,), seeds, {"long_name": "users_random.seed"})
    for dimension in layout.labels:
        labels = layout.coordinates(dimension)
        file.dimensions[dimension] = len(labels)
        meaning = {"long_name": table().dimensions[dimension]}
        _variable(file, dimension, (dimension,), _as_array(labels), meaning)


def _write_cells(file: Any, city: City) -> None:
    cells = np.arange(city.n_cells)
    at = city.sites[cells // SECTORS]
    look = np.degrees([city.boresight(int(cell)) for cell in cells[:SECTORS]])[cells % SECTORS]
    _variable(file, CELL, (CELL,), cells, {"long_name": "cell of the city"})
    for name, values in (("x", at[:, 0]), ("y", at[:, 1])):
        _variable(file, name, (CELL,), values, {"long_name": "of the site", "units": "m"})
    what = {"long_name": "where the array looks, from the x axis", "units": "deg"}
    _variable(file, "boresight", (CELL,), look, what)


def _create_variables(file: Any, plan: Plan, layout: Layout, names: tuple[str, ...]) -> None:
    import h5py

    text = h5py.string_dtype()
    flags = {
        "long_name": "what came of the point",
        "flag_values": np.array([PENDING, *STATUS], dtype=np.int8),
        "flag_meanings": " ".join(["pending", *STATUS.values()]),
    }
    file.create_variable("status", names, np.int8).attrs.update(flags)
    message = file.create_variable("message", names, text)
    message.attrs["long_name"] = "why nothing came of the point"
    for name, variable in layout.variables.items():
        dimensions = (*names, *variable.dimensions)
        kind = text if variable.text else np.float64
        made = file.create_variable(name, dimensions, kind)
        made.attrs.update(variable.attributes)
        if plan.draws and not variable.text:
            meaning = variable.attributes.get("long_name", name)
            words = ("mean over draws", "95 % interval of the mean, low", "and high")
            for other, what in zip(_of_draws(name), words, strict=True):
                over = (*names[:-1], *variable.dimensions)
                made = file.create_variable(other, over, np.float64)
                made.attrs.update({**variable.attributes, "long_name": f"{meaning}: {what}"})


def _variable(
    file: Any, name: str, dimensions: tuple[str, ...], values: Any, attributes: dict[str, Any]
) -> None:
    import h5py

    kind = h5py.string_dtype() if values.dtype == object else values.dtype
    made = file.create_variable(name, dimensions, kind)
    made[...] = values
    made.attrs.update(attributes)


def _as_array(values: Iterable[Any]) -> Any:
    """Numbers as they are; names, lists and tables as text."""
    own = list(values)
    if all(isinstance(x, int | float) and not isinstance(x, bool) for x in own):
        return np.array(own)
    return np.array([x if isinstance(x, str) else str(x) for x in own], dtype=object)


UNITS = {
    "deg": "deg", "db": "dB", "dbm": "dBm", "hz": "Hz", "m": "m", "s": "s", "mps": "m/s",
    "m2": "m^2", "wavelengths": "wavelength", "dbm_per_hz": "dBm/Hz",
}  # fmt: skip
"""What the ends of a scenario's keys say of units."""


def _unit_of(path: str) -> dict[str, str]:
    name = path.rpartition(".")[2]
    for ending in sorted(UNITS, key=len, reverse=True):
        if name.endswith(f"_{ending}"):
            return {"units": UNITS[ending]}
    return {}
