"""The package's own exceptions, and its warning."""

import math
from collections.abc import Mapping


class InfeasibleError(Exception):
    """A requirement that no design meets.

    Parameters
    ----------
    message : str
        One line that ends with what would be feasible.
    constraint : str
        Name of the requirement that cannot be met.
    user : int or None
        Index of the user whose requirement it is; None when it is nobody's in particular.
    feasible_value : float or None
        The nearest value of the constraint that can be met, in SI units.
    angles : mapping of str to float, optional
        Angles [rad] that the message names in braces; it shows them in radians, `in_degrees` in
        degrees.
    """

    def __init__(
        self,
        message: str,
        *,
        constraint: str,
        user: int | None = None,
        feasible_value: float | None = None,
        angles: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(message)
        self.constraint = constraint
        self.user = user
        self.feasible_value = feasible_value
        self.angles = dict(angles or {})

    def __str__(self) -> str:
        return in_radians(str(self.args[0]), self.angles)

    @property
    def in_degrees(self) -> str:
        """The message with its angles in degrees."""
        return in_degrees(str(self.args[0]), self.angles)


class Note(str):
    """A remark on a result, in radians; `in_degrees` has it in degrees.

    Parameters
    ----------
    message : str
        One line.
    angles : mapping of str to float, optional
        Angles [rad] that the message names in braces.
    """

    __slots__ = ("in_degrees",)

    in_degrees: str

    def __new__(cls, message: str, angles: Mapping[str, float] | None = None) -> "Note":
        """The remark in radians."""
        note = super().__new__(cls, in_radians(message, angles or {}))
        note.in_degrees = in_degrees(message, angles or {})
        return note


def in_radians(message: str, angles: Mapping[str, float]) -> str:
    """A message with angles for the names in its braces, in radians."""
    shown = {name: f"{x:.4g} rad" for name, x in angles.items()}
    return message.format_map(shown) if shown else message


def in_degrees(message: str, angles: Mapping[str, float]) -> str:
    """The same in degrees."""
    shown = {name: f"{math.degrees(x):.4g} deg" for name, x in angles.items()}
    return message.format_map(shown) if shown else message


class WorkersDiedError(Exception):
    """Worker processes end without a result, again and again."""


class InputWarning(UserWarning):
    """Input that can be used, but probably does not say what was meant."""
