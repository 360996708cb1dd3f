"""Simulated quantities as variables over splits, users and ages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from isacplan.quantities import Row, table
from isacplan.results.pieces import Labels, Piece, typed, union

AXES = {"split": "split", "user": "user", "block": "age"}
"""Keys that say what a measured quantity is of, and their dimensions."""

BESIDE = ("ci_low", "ci_high", "inside", "verdict")


def measured_pieces(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Piece]]:
    """Names and variables: estimates under their own names, the rest beside them.

    Parameters
    ----------
    rows : sequence of mapping
        As simulations answer under ``quantities``.

    Yields
    ------
    str, Piece
    """
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        name = str(row["quantity"]).removeprefix(f"{row.get('split', '')}_split.")
        by_name.setdefault(name, []).append(row)
    for name, found in by_name.items():
        labels = {
            dimension: union((row[key],) for row in found)
            for key, dimension in AXES.items()
            if any(row.get(key) not in (None, "") for row in found)
        }
        what = table().row(name)
        yield name, _pivoted(what, found, "estimate", labels)
        for key in BESIDE:
            yield f"{name}_{key}", _pivoted(_beside(what, key), found, key, labels)
        formulas = union(tuple(row["formulas"]) for row in found)
        parts = [
            _pivoted(
                _beside(what, "formulas"),
                [{**row, "formulas": row["formulas"].get(formula)} for row in found],
                "formulas",
                labels,
            )
            for formula in formulas
        ]
        whole = replace(
            parts[0],
            values=np.stack([part.values for part in parts]),
            labels={"formula": formulas, **labels},
        )
        yield f"{name}_formula", whole


def _beside(what: Row, key: str) -> Row:
    """The row of an interval's end, a formula or a verdict on some quantity."""
    row = table().row(key)
    unit = what.unit if row.type == "real" else row.unit
    return replace(row, unit=unit, meaning=f"{row.meaning}: {what.meaning}")


def _pivoted(
    row: Row, found: Sequence[Mapping[str, Any]], key: str, labels: dict[str, Labels]
) -> Piece:
    column = typed(row.type, [each[key] for each in found])
    shape = tuple(len(own) for own in labels.values())
    places = tuple(
        [labels[dimension].index(each[axis]) for each in found]
        for axis, dimension in AXES.items()
        if dimension in labels
    )
    text = column.dtype.kind == "U"
    whole = len(found) == int(np.prod(shape))
    values = np.full(shape, "" if text else np.nan, column.dtype if text or whole else float)
    values[places] = column if labels else column[0]
    return Piece(row=row, values=values, labels=labels)
