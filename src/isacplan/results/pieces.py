"""Variables of a dataset in the making: arrays with labels along every dimension."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isacplan.quantities import Row

Labels = tuple[Any, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """One variable.

    Parameters
    ----------
    row : Row
        What it is.
    values : ndarray
        One axis for each dimension.
    labels : dict of str to tuple
        Coordinates by dimension, in the order of the axes.
    context : tuple of str, optional
        Meanings of the containers around it, the innermost first.
    """

    row: Row
    values: NDArray[Any]
    labels: dict[str, Labels]
    context: tuple[str, ...] = ()

    @property
    def attributes(self) -> dict[str, str]:
        """For the variable: unit, symbol and meaning."""
        meaning = "; ".join((self.row.meaning, *self.context))
        # A flag that is not always known is a number.
        unit = "1" if self.row.type == "flag" and self.values.dtype.kind == "f" else self.row.unit
        named = {"units": unit, "symbol": self.row.symbol, "long_name": meaning}
        return {key: value for key, value in named.items() if value}


def piece(row: Row, value: Any, *, points: str = "") -> Piece:
    """A variable from plain values.

    Parameters
    ----------
    row : Row
    value : object
        A scalar, nested sequences, an array, or a mapping by label of the row's first dimension.
    points : str, optional
        Dimension of lists for which the row has none.

    Returns
    -------
    Piece

    Raises
    ------
    ValueError
        When the value has other dimensions than the row.
    """
    dimensions = tuple(points if name == "points" else name for name in row.dimensions)
    stated: Labels | None = None
    if isinstance(value, Mapping):
        stated, value = tuple(_label(key) for key in value), list(value.values())
    elif isinstance(value, list | tuple) and not dimensions and not points:
        # Sentences, one a line.
        value = "\n".join(str(part) for part in value)
    values = typed(row.type, value)
    if not dimensions and values.ndim == 1:
        dimensions = (points,)
    if len(dimensions) != values.ndim:
        raise ValueError(f"{row.key}: {values.ndim} axes, but the table names {dimensions}")
    labels = {
        name: default_labels(name, n) for name, n in zip(dimensions, values.shape, strict=True)
    }
    if stated is not None:
        labels[dimensions[0]] = stated
    return Piece(row=row, values=values, labels=labels)


def _label(key: object) -> object:
    """Names as they are; numbers, which JSON writes as names, as numbers."""
    return int(str(key)) if str(key).isdecimal() else str(key)


def default_labels(dimension: str, n: int) -> Labels:
    """Users count from 0, as messages have them; the ends of intervals have names."""
    if dimension == "end":
        return ("low", "high")
    if dimension == "user":
        return tuple(str(k) for k in range(n))
    return tuple(range(1, n + 1))


def typed(kind: str, value: Any) -> NDArray[Any]:
    """An array of a row's type; what is missing is NaN, or an empty text.

    Parameters
    ----------
    kind : str
        One of `isacplan.quantities.TYPES`.
    value : object

    Returns
    -------
    ndarray

    Examples
    --------
    >>> typed("integer", [1, None])
    array([ 1., nan])
    """
    if value is None or isinstance(value, str | int | float):
        return _typed_scalar(kind, value)
    found = np.array(value, dtype=object)
    missing = np.asarray(np.frompyfunc(lambda x: x is None, 1, 1)(found), dtype=bool)
    if kind == "text":
        return np.where(missing, "", found).astype(str)
    real = np.where(missing, np.nan, found).astype(float)
    if kind in {"real", "measured"} or not np.all(np.isfinite(real)):
        return real
    return real.astype(bool if kind == "flag" else int)


def _typed_scalar(kind: str, value: str | float | None) -> NDArray[Any]:
    """The same of one value, without the way over arrays of objects: there are many of these."""
    if kind == "text":
        return np.array("" if value is None else str(value))
    real = np.nan if value is None else float(value)
    if kind in {"real", "measured"} or not np.isfinite(real):
        return np.array(real)
    return np.array(bool(real) if kind == "flag" else int(real))


def union(labels: Iterable[Labels]) -> Labels:
    """Labels in the order in which they first appear."""
    return tuple(dict.fromkeys(label for some in labels for label in some))


def aligned(given: Piece, labels: Mapping[str, Labels]) -> Piece:
    """A variable over more labels; where it has no value it is NaN, or an empty text.

    Parameters
    ----------
    given : Piece
    labels : mapping of str to tuple
        By dimension; those that the variable does not have are left alone.

    Returns
    -------
    Piece
    """
    wanted = {name: labels.get(name, own) for name, own in given.labels.items()}
    if wanted == given.labels:
        return given
    places = [[wanted[name].index(label) for label in own] for name, own in given.labels.items()]
    shape = tuple(len(own) for own in wanted.values())
    text = given.values.dtype.kind == "U"
    values = np.full(shape, "" if text else np.nan, given.values.dtype if text else float)
    values[np.ix_(*places)] = given.values
    return replace(given, values=values, labels=wanted)


def stacked(pieces: Sequence[Piece | None], dimension: str, names: Labels) -> Piece:
    """The same variable of several objects along one more dimension, the first.

    Parameters
    ----------
    pieces : sequence of Piece or None
        None where an object does not have it; not all of them.
    dimension : str
    names : tuple
        Of the objects.

    Returns
    -------
    Piece
    """
    there = [p for p in pieces if p is not None]
    inner = {name: union(p.labels[name] for p in there) for name in there[0].labels}
    kept = tuple(name for name, p in zip(names, pieces, strict=True) if p is not None)
    whole = replace(
        there[0],
        values=np.stack([aligned(p, inner).values for p in there]),
        labels={dimension: kept, **inner},
    )
    return aligned(whole, {dimension: names})
