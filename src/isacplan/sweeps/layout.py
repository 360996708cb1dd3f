"""Which variables and dimensions the answers of a sweep have together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

import numpy as np

from isacplan.quantities import table
from isacplan.results.labelled import pieces
from isacplan.results.pieces import Piece

USER = "user"
USER_LABEL = "user_label"

NAMES = ("label", "user", "block", "split", "quantity")
"""Keys whose values name places, so that they belong to the outline of an answer."""


@dataclass(kw_only=True)
class Variable:
    """A variable of the whole sweep.

    Parameters
    ----------
    dimensions : tuple of str
        Its own, behind those of the sweep.
    text : bool
    attributes : dict
    """

    dimensions: tuple[str, ...]
    text: bool
    attributes: dict[str, Any]


@dataclass(kw_only=True)
class Layout:
    """Variables and labels met so far, which grow with every answer.

    Parameters
    ----------
    variables : dict of str to Variable
    labels : dict of str to (dict of label to place)
        By dimension, in the order in which they were met.
    longest : dict of str to int
        By dimension, most labels of one answer.
    """

    variables: dict[str, Variable] = field(default_factory=dict)
    labels: dict[str, dict[Any, int]] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    _met: set[Any] = field(default_factory=set, repr=False)
    _among: dict[str, dict[Any, int]] = field(default_factory=dict, repr=False)

    def meet(self, answer: Mapping[str, Any], kind: str) -> None:
        """Make room for the variables of an answer of such a kind."""
        shape = outline(answer)
        if shape in self._met:
            return
        self._met.add(shape)
        for name, piece in named_pieces(answer, kind).items():
            if name not in self.variables:
                self.variables[name] = Variable(
                    dimensions=tuple(piece.labels),
                    text=piece.values.dtype.kind in "UO",
                    attributes=dict(piece.attributes),
                )
            known = self.variables[name]
            known.dimensions = tuple(dict.fromkeys((*known.dimensions, *piece.labels)))
            for dimension, own in piece.labels.items():
                labels = self.labels.setdefault(dimension, {})
                for label in own:
                    labels.setdefault(label, len(labels))
                self.longest[dimension] = max(self.longest.get(dimension, 0), len(own))

    @property
    def users_by_place(self) -> bool:
        """Whether points have users of their own, which are then told apart by place alone."""
        return len(self.labels.get(USER, {})) > self.longest.get(USER, 0)

    def coordinates(self, dimension: str) -> list[Any]:
        """Labels of a dimension; places where these differ from point to point."""
        if dimension == USER and self.users_by_place:
            return list(range(self.longest[USER]))
        own = list(self.labels[dimension])
        return sorted(own) if all(isinstance(x, int | float) for x in own) else own

    def shape(self, name: str) -> tuple[int, ...]:
        """Of a variable at one point."""
        return tuple(len(self.coordinates(d)) for d in self.variables[name].dimensions)

    def empty(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        """Values of a variable at points of such a shape, none known."""
        whole = (*shape, *self.shape(name))
        if self.variables[name].text:
            return np.full(whole, "", dtype=object)
        return np.full(whole, np.nan)

    def put(self, target: np.ndarray, at: int, name: str, piece: Piece) -> None:
        """Write an answer's values into those of one of many points, once all have been met.

        Parameters
        ----------
        target : ndarray
            As `empty` makes it.
        at : int
            Of the point in it.
        name : str
        piece : Piece
        """
        wanted = self.variables[name].dimensions
        # A dimension that this answer lacks holds its value at the first place.
        where = [self._places(d, piece.labels[d]) if d in piece.labels else [0] for d in wanted]
        own = list(piece.labels)
        values = piece.values.transpose([own.index(d) for d in wanted if d in own])
        target[(at, *np.ix_(*where))] = values.reshape([len(x) for x in where])[()]

    def _places(self, dimension: str, own: tuple[Any, ...]) -> list[int]:
        if dimension == USER and self.users_by_place:
            return list(range(len(own)))
        if dimension not in self._among:
            labels = self.coordinates(dimension)
            self._among[dimension] = {label: i for i, label in enumerate(labels)}
        return [self._among[dimension][label] for label in own]


def outline(value: Any, key: str = "") -> Any:
    """What of an answer decides which variables and labels it has, to tell like from like.

    Parameters
    ----------
    value : object
        Plain values.
    key : str, optional
        Under which they stand.

    Returns
    -------
    hashable

    Examples
    --------
    >>> outline({"rate": 1.0, "users": [{"label": "a", "rate": 2.0}]})
    (('rate', None), ('users', ((('label', 'a'), ('rate', None)),)))
    """
    if isinstance(value, dict):
        return tuple((name, outline(inner, name)) for name, inner in value.items())
    if isinstance(value, list):
        if value and isinstance(value[0], dict | list):
            return tuple(outline(inner, key) for inner in value)
        return len(value)
    return value if key in NAMES else None


def named_pieces(answer: Mapping[str, Any], kind: str) -> dict[str, Piece]:
    """The variables of one answer by name.

    Parameters
    ----------
    answer : mapping
        By the keys of the table of quantities.
    kind : str
        Of the answer.

    Returns
    -------
    dict of str to Piece
    """
    found = dict(pieces(answer, kind))
    users = next((piece.labels[USER] for piece in found.values() if USER in piece.labels), None)
    if users is not None:
        row = replace(table().row("label"), key=USER_LABEL)
        found[USER_LABEL] = Piece(row=row, values=np.array(users, str), labels={USER: users})
    return found


def slabs(shape: tuple[int, ...], most: int) -> Iterator[tuple[tuple[Any, ...], int, int]]:
    """Boxes that hold at most so many points, one after the other, which cover a grid.

    Parameters
    ----------
    shape : tuple of int
        Of the grid.
    most : int
        Points in a box, unless a single one along the last axis has more.

    Yields
    ------
    where : tuple of int and slice
        The box as an index.
    start, stop : int
        Its points, the last axis fastest.

    Examples
    --------
    >>> [(start, stop) for _, start, stop in slabs((2, 3, 4), 8)]
    [(0, 8), (8, 12), (12, 20), (20, 24)]
    """
    cut = next((k for k in range(len(shape)) if prod(shape[k:]) <= most), len(shape) - 1)
    if cut == 0:
        yield (slice(0, shape[0]),), 0, prod(shape)
        return
    axis, inner = cut - 1, prod(shape[cut:])
    step, start = max(1, most // inner), 0
    for prefix in np.ndindex(*shape[:axis]):
        for first in range(0, shape[axis], step):
            last = min(first + step, shape[axis])
            yield (*prefix, slice(first, last)), start, start + (last - first) * inner
            start += (last - first) * inner


def taken_until(records: Iterable[tuple[int, Any]], ends: Iterable[int]) -> Iterator[list[Any]]:
    """Records in order, cut into those before each of some rising ends.

    >>> list(taken_until([(0, "a"), (5, "b")], [2, 4, 6]))
    [[(0, 'a')], [], [(5, 'b')]]
    """
    waiting = iter(records)
    ahead = next(waiting, None)
    for end in ends:
        found: list[Any] = []
        while ahead is not None and ahead[0] < end:
            found.append(ahead)
            ahead = next(waiting, None)
        yield found
