"""What a sweep varies: keys of a scenario and the values that they take."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isacplan.scenario import FrameScenario, overridden
from isacplan.scenario.load import Scenario

LOG = "log"
SELECT = "users_paths.select"

Over = Mapping[str | tuple[str, ...], Any]
"""Values by the path of a key, or by the paths of keys that change together."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Keys that change together, and their values in turn.

    Parameters
    ----------
    paths : tuple of str
        Paths of the keys, as `isacplan.scenario.overridden` takes them.
    values : tuple of tuple
        For each path, n plain values.
    """

    paths: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    def __post_init__(self) -> None:
        lengths = [len(values) for values in self.values]
        if min(lengths) < 1:
            raise ValueError(f"{self.paths[lengths.index(0)]}: no values to take")
        for path, length in zip(self.paths, lengths, strict=True):
            if length != lengths[0]:
                raise ValueError(
                    f"{path} has {length} values and {self.paths[0]} has {lengths[0]}; keys that "
                    "change together need as many each"
                )

    def __len__(self) -> int:
        return len(self.values[0])

    def changes(self, index: int) -> dict[str, Any]:
        """Values of the keys at one place of the axis."""
        return {path: values[index] for path, values in zip(self.paths, self.values, strict=True)}


def parsed(text: str, scenario: Scenario) -> tuple[str, tuple[Any, ...]]:
    """Path and values from ``PATH=START:STOP:COUNT[:log]`` or ``PATH=A,B,C``.

    Parameters
    ----------
    text : str
    scenario : FrameScenario or SplitScenario
        Whose paths file ``users_paths.select=each:N`` divides among its users.

    Returns
    -------
    path : str
    values : tuple

    Raises
    ------
    ValueError
        When the text is neither.

    Examples
    --------
    >>> from isacplan.scenario import load_scenario
    >>> parsed("array.n_tx=8:64:4:log", load_scenario("bai2024"))
    ('array.n_tx', (8, 16, 32, 64))
    """
    path, equals, values = text.partition("=")
    if not equals or not path.strip() or not values.strip():
        raise ValueError(f"{text!r}: write PATH=START:STOP:COUNT[:log] or PATH=A,B,C")
    path = path.strip()
    if values.startswith("each:"):
        return path, _each(path, values.removeprefix("each:"), scenario)
    if ":" in values:
        return path, spaced(path, values)
    return path, tuple(_value(part.strip()) for part in values.split(","))


def spaced(path: str, text: str) -> tuple[float | int, ...]:
    """Evenly spaced numbers from ``START:STOP:COUNT`` or, evenly in logarithm, with ``:log``.

    Whole numbers where start and stop are written as such and so are all between.

    Parameters
    ----------
    path : str
        What to call it in errors.
    text : str

    Returns
    -------
    tuple of float or int
    """
    parts = text.split(":")
    logarithmic = len(parts) == 4 and parts[3].strip() == LOG
    numbers = [_number(part) for part in parts[:3]]
    if not (len(parts) == 3 or logarithmic) or None in numbers:
        raise ValueError(
            f"{path}={text}: must be START:STOP:COUNT or START:STOP:COUNT:log, three numbers"
        )
    start, stop, count = (float(x) for x in numbers if x is not None)
    if count < 2 or count != int(count):
        raise ValueError(
            f"{path}={text}: COUNT = {parts[2]} must be a whole number of at least 2; a single "
            f"value is written {path}={parts[0]}"
        )
    if start == stop:
        raise ValueError(f"{path}={text}: START and STOP are the same")
    if logarithmic and min(start, stop) <= 0.0:
        raise ValueError(f"{path}={text}: a logarithmic range must stay above zero")
    space = np.geomspace if logarithmic else np.linspace
    values = [float(x) for x in space(start, stop, int(count))]
    whole = all(isinstance(x, int) for x in numbers[:2])
    if whole and all(math.isclose(x, round(x), rel_tol=1e-12, abs_tol=1e-9) for x in values):
        return tuple(round(x) for x in values)
    return tuple(values)


def axes_of(over: Over, scenario: Scenario) -> tuple[Axis, ...]:
    """Axes from a mapping, checked against the scenario that they change.

    Parameters
    ----------
    over : mapping
        By path: a sequence of values, or text as after ``PATH=`` on the command line. By a tuple of
        paths: a sequence of as many sequences, one for each path.
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    tuple of Axis

    Raises
    ------
    ValueError
        When a key does not exist, is named twice, or takes none of its values.
    """
    axes: list[Axis] = []
    for key, given in over.items():
        paths = (key,) if isinstance(key, str) else tuple(key)
        columns = (given,) if isinstance(key, str) else tuple(given)
        if len(columns) != len(paths):
            raise ValueError(f"{', '.join(paths)}: needs {len(paths)} sequences of values")
        values = tuple(
            _listed(p, column, scenario) for p, column in zip(paths, columns, strict=True)
        )
        axes.append(Axis(paths=paths, values=values))
    _check_paths([path for axis in axes for path in axis.paths])
    for axis in axes:
        _check_values(axis, scenario)
    return tuple(axes)


def _listed(path: str, given: Any, scenario: Scenario) -> tuple[Any, ...]:
    if isinstance(given, str):
        return parsed(f"{path}={given}", scenario)[1]
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if not isinstance(given, Sequence | Iterable):
        raise ValueError(f"{path} = {given!r}: must be a sequence of values")
    return tuple(x.item() if isinstance(x, np.generic) else x for x in given)


def _check_paths(paths: list[str]) -> None:
    for i, path in enumerate(paths):
        if path in paths[:i]:
            raise ValueError(f"{path} is varied twice; name each key once")
        for other in paths[:i]:
            longer, shorter = sorted((path, other), key=len, reverse=True)
            if longer.startswith((f"{shorter}.", f"{shorter}[")):
                raise ValueError(f"{longer} lies within {shorter}, which is varied as well")


def _check_values(axis: Axis, scenario: Scenario) -> None:
    """Refuse an axis that cannot be meant: a value of the wrong kind, or none that fits alone.

    A value that only goes with certain values of other axes is no mistake: it becomes a point with
    a status of its own.
    """
    faults: list[ValueError] = []
    for index in range(len(axis)):
        try:
            overridden(scenario, axis.changes(index), origin="--over")
        except ValueError as error:
            if any(word in str(error) for word in (": expected ", "unknown key", "not the path")):
                raise
            faults.append(error)
    if len(faults) == len(axis) and len(axis.paths) == 1:
        raise faults[0]


def _each(path: str, size: str, scenario: Scenario) -> tuple[list[int], ...]:
    """Users of the paths file, or those in sight if the scenario takes these, in groups of so many.

    Those who remain at the end are left out.
    """
    from isacplan.scenario.paths import read_paths

    n = _number(size)
    if path != SELECT or not isinstance(n, int) or n < 1:
        raise ValueError(f"{path}=each:{size}: only {SELECT}=each:N, N users at a time")
    if not isinstance(scenario, FrameScenario) or scenario.users_paths is None:
        raise ValueError(f"{path}=each:{size}: the scenario has no [users_paths]")
    table = read_paths(scenario.users_paths.file)
    sighted = scenario.users_paths.select == "line_of_sight"
    users = [int(x) for x in (table.in_sight if sighted else table.numbers)]
    if len(users) < n:
        raise ValueError(f"{path}=each:{size}: the paths file has {len(users)} such users")
    return tuple(users[i : i + n] for i in range(0, len(users) - n + 1, n))


def _value(text: str) -> Any:
    """A number, true or false, or a name."""
    number = _number(text)
    if number is not None:
        return number
    return {"true": True, "false": False}.get(text, text)


def _number(text: str) -> int | float | None:
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        return value if math.isfinite(value) else None
    return None
