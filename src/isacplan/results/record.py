"""What was found, as plain values whose keys are rows of the table of quantities."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from isacplan.quantities import Container, table

if TYPE_CHECKING:
    from xarray import Dataset


class Answer(ABC):
    """Something found: it says what as a record, from which come JSON and datasets."""

    @abstractmethod
    def record(self, *, curves: bool = False) -> "Record":
        """What was found, by the keys of the table of quantities.

        Parameters
        ----------
        curves : bool, optional
            With the curves and maps around it, where there are any.

        Returns
        -------
        Record
        """

    def to_json(self, *, curves: bool = False) -> dict[str, Any]:
        """The record as values for one JSON object; see `isacplan.results.to_json`.

        Parameters
        ----------
        curves : bool, optional
            With the curves and maps around it, where there are any.

        Returns
        -------
        dict
        """
        return to_json(self.record(curves=curves))

    def to_dataset(self, *, fields: Iterable[str] | None = None, curves: bool = False) -> "Dataset":
        """The record as a labelled dataset; see `isacplan.results.to_dataset`.

        Parameters
        ----------
        fields : iterable of str, optional
            Names or JSON keys of the variables that are wanted; default all.
        curves : bool, optional
            With the curves and maps around it, where there are any.

        Returns
        -------
        xarray.Dataset
        """
        from isacplan.results.labelled import to_dataset

        return to_dataset(self.record(curves=curves), fields=fields)


@dataclass(frozen=True, kw_only=True, eq=False)
class Record(Answer):
    """Values by the keys of the table of quantities.

    Parameters
    ----------
    values : mapping
        Numbers, texts and arrays; under the keys of containers, mappings of those. Rows, such as
        those of users, are a mapping of columns or a list of mappings.
    """

    values: Mapping[str, Any]

    def record(self, *, curves: bool = False) -> "Record":
        """Itself; whether it has curves was decided when it was made."""
        del curves
        return self

    @property
    def kind(self) -> str:
        """Of the answer, ``"frame"`` for example."""
        return str(self.values.get("kind", ""))


def to_json(record: Record) -> dict[str, Any]:
    """Values for one JSON object: what is not finite becomes null, and the schema has a version.

    Parameters
    ----------
    record : Record

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        When a key is not in the table of quantities.
    """
    values = _object(record.values, record.kind)
    values.pop("schema_version", None)
    return {"schema_version": table().schema_version, **values}


def _object(values: Mapping[str, Any], container: str) -> dict[str, Any]:
    return {key: _value(key, value, container) for key, value in values.items()}


def _value(key: str, value: Any, container: str) -> Any:
    held = table().containers.get(key)
    if held is not None and value is not None:
        return _contained(held, value, held.depth if held.layout == "named" else 0)
    if held is None and table().row(key, container).type == "object":
        return value
    return plain(value)


def _contained(held: Container, value: Any, depth: int) -> Any:
    if depth > 0:
        return {
            name: None if inner is None else _contained(held, inner, depth - 1)
            for name, inner in value.items()
        }
    if held.layout in ("rows", "measured"):
        return [_object(row, held.key) for row in as_rows(value)]
    return _object(value, held.key)


def as_rows(values: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Columns turned into rows; rows are left as they are.

    Parameters
    ----------
    values : mapping of str to sequence, or sequence of mapping

    Returns
    -------
    list of dict

    Examples
    --------
    >>> as_rows({"a": [1, 2], "b": [3, 4]})
    [{'a': 1, 'b': 3}, {'a': 2, 'b': 4}]
    """
    if not isinstance(values, Mapping):
        return [dict(row) for row in values]
    rows = zip(*values.values(), strict=True)
    return [dict(zip(values, row, strict=True)) for row in rows]


def plain(value: Any) -> Any:
    """A value for JSON, which knows no infinity: that becomes null, as NaN does.

    Parameters
    ----------
    value : object
        A number, text, array, or a mapping or sequence of them.

    Returns
    -------
    object

    Examples
    --------
    >>> plain([1, float("inf"), {"a": (2.5, float("nan"))}])
    [1, None, {'a': [2.5, None]}]
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
