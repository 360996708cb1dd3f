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
        return self._worded({name: f"{x:.4g} rad" for name, x in self.angles.items()})

    @property
    def in_degrees(self) -> str:
        """The message with its angles in degrees."""
        return self._worded({name: f"{math.degrees(x):.4g} deg" for name, x in self.angles.items()})

    def _worded(self, shown: Mapping[str, str]) -> str:
        message = str(self.args[0])
        return message.format_map(shown) if shown else message


class WorkersDiedError(Exception):
    """Worker processes end without a result, again and again."""


class InputWarning(UserWarning):
    """Input that can be used, but probably does not say what was meant."""
