"""A record as a labelled dataset of xarray."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from isacplan.quantities import Container, table, unknown
from isacplan.results.measured import measured_pieces
from isacplan.results.pieces import Piece, aligned, piece, stacked, union
from isacplan.results.record import Record, as_rows, plain

if TYPE_CHECKING:
    from xarray import Dataset


def to_dataset(record: Record, *, fields: Iterable[str] | None = None) -> "Dataset":
    """A record as a labelled dataset.

    A variable is named after its quantity, behind the prefixes of the containers around it; its
    attributes are ``units``, ``long_name`` and ``symbol``. Every dimension has coordinates. What
    is missing is NaN, or an empty text. What describes the whole answer, the scenario as JSON
    among it, is an attribute of the dataset.

    Parameters
    ----------
    record : Record
    fields : iterable of str, optional
        Names or JSON keys of the variables that are wanted; default all.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    ValueError
        When a field is not in the table of quantities or not in the record, and when xarray is
        not installed.
    """
    try:
        from xarray import Dataset
    except ModuleNotFoundError:
        raise ValueError(
            "xarray is not installed, which datasets need: pip install 'isacplan[data]'"
        ) from None
    found = dict(pieces(record.values, record.kind))
    if fields is not None:
        found = _chosen(found, list(fields))
    dimensions = {name for p in found.values() for name in p.labels}
    labels = {
        name: union(p.labels[name] for p in found.values() if name in p.labels)
        for name in dimensions
    }
    whole = {name: aligned(p, labels) for name, p in found.items()}
    meanings = table().dimensions
    return Dataset(
        {name: (tuple(p.labels), p.values, p.attributes) for name, p in whole.items()},
        coords={
            name: (name, list(own), {"long_name": meanings[name]})
            for name, own in sorted(labels.items())
            if name not in whole
        },
        attrs=_attributes(record),
    )


def _attributes(record: Record) -> dict[str, Any]:
    found: dict[str, Any] = {"schema_version": table().schema_version}
    for key, value in record.values.items():
        if key in table().containers or value is None:
            continue
        kind = table().row(key, record.kind).type
        if kind == "object":
            found[key] = json.dumps(plain(value))
        elif kind == "attribute":
            found[key] = value
    return found


def _chosen(pieces: dict[str, Piece], fields: list[str]) -> dict[str, Piece]:
    chosen: dict[str, Piece] = {}
    for field in fields:
        named = {name: p for name, p in pieces.items() if field in (name, p.row.key)}
        if not named:
            if field in table().rows or field in (row.name for row in table().rows.values()):
                raise ValueError(
                    f"field {field!r} is not in this answer, which has {', '.join(sorted(pieces))}"
                )
            keys = (p.row.key for p in pieces.values())
            raise ValueError(unknown(field, [*pieces, *keys, *table().rows]))
        chosen |= named
    return chosen


def pieces(
    values: Mapping[str, Any], container: str, points: str = ""
) -> Iterator[tuple[str, Piece]]:
    """Names and variables of an object.

    Parameters
    ----------
    values : mapping
        By the keys of the table of quantities.
    container : str
        The container that it is, or the kind of the answer.
    points : str, optional
        Dimension of lists that have none of their own.

    Yields
    ------
    str, Piece
    """
    for key, value in values.items():
        held = table().containers.get(key)
        if held is not None:
            yield from () if value is None else _contained(held, value, points)
            continue
        row = table().row(key, container)
        if row.type not in ("attribute", "object"):
            yield row.name, piece(row, value, points=points)


def _contained(held: Container, value: Any, points: str) -> Iterator[tuple[str, Piece]]:
    if held.layout == "measured":
        yield from measured_pieces(as_rows(value))
        return
    if held.layout == "group":
        inner = pieces(value, held.key, held.points or points)
    elif held.layout == "rows":
        inner = _of_rows(held, as_rows(value))
    else:
        inner = _of_named(held, value)
    for name, found in inner:
        yield f"{held.prefix}_{name}", replace(found, context=(*found.context, held.meaning))


def _of_rows(held: Container, rows: list[dict[str, Any]]) -> Iterator[tuple[str, Piece]]:
    names = tuple(str(row.get(held.index, k)) for k, row in enumerate(rows))
    columns = {key: [row.get(key) for row in rows] for row in rows for key in row}
    for key, column in columns.items():
        row = table().row(key, held.key)
        if key != held.index and row.type != "object":
            found = piece(row, column, points=held.dimension)
            yield row.name, replace(found, labels={held.dimension: names})


def _of_named(held: Container, value: Mapping[str, Any]) -> Iterator[tuple[str, Piece]]:
    objects = dict(_flat(value, held.depth))
    names = tuple(objects)
    found = [
        {} if inner is None else dict(pieces(inner, held.key, held.points))
        for inner in objects.values()
    ]
    for name in union(tuple(each) for each in found):
        yield name, stacked([each.get(name) for each in found], held.dimension, names)


def _flat(value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
    """Objects under their names, joined by strokes."""
    for name, inner in value.items():
        if depth == 1:
            yield name, inner
        else:
            yield from ((f"{name}/{rest}", last) for rest, last in _flat(inner, depth - 1))
