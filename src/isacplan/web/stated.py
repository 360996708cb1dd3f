"""Scenarios that a browser sends: checked like a file, and no file of the machine is opened."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from isacplan.scenario import Scenario, SplitScenario, scenario_from_dict
from isacplan.scenario.fields import ELEMENTS
from isacplan.scenario.load import MAX_FILE_BYTES, PRESETS, parsed_toml

NOWHERE = Path(os.devnull) / "nowhere"
"""A folder in which no file lies."""

EXACT = 2**53
"""Whole numbers from here on are rounded by a browser."""


def read_values(values: Mapping[str, Any], *, files: frozenset[str], origin: str) -> Scenario:
    """The scenario that a page states.

    Parameters
    ----------
    values : mapping
        As of `scenario_to_dict`.
    files : frozenset of str
        Files that may be named beside those of the presets.
    origin : str
        What to call the source in errors.

    Returns
    -------
    FrameScenario or SplitScenario

    Raises
    ------
    ValueError
        Naming the key; also when it names a file that may not be opened.
    """
    _check_numbers(values, "", origin)
    named = {
        "users_paths.file": (_at(values, "users_paths", "file"), _preset_files()),
        "array.element": (_at(values, "array", "element"), frozenset(ELEMENTS)),
    }
    for key, (file, known) in named.items():
        if isinstance(file, str) and file not in known | files:
            raise ValueError(
                f"{origin}: {key} = {file[:80]!r}: the explorer opens no file that a scenario "
                "names; start it as `isacplan explore SCENARIO` with the scenario that names it"
            )
    scenario = scenario_from_dict(dict(values), origin=origin, directory=NOWHERE)
    # By its whole path, lest a file of the same name in the working directory be taken.
    return _with_file(scenario, {name: str(PRESETS / name) for name in _preset_files()})


def without_places(scenario: Scenario) -> Scenario:
    """The scenario with the files of presets by name, not by where this machine keeps them.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    FrameScenario or SplitScenario
    """
    return _with_file(scenario, {str(PRESETS / name): name for name in _preset_files()})


def _with_file(scenario: Scenario, names: Mapping[str, str]) -> Scenario:
    if isinstance(scenario, SplitScenario) or scenario.users_paths is None:
        return scenario
    paths = scenario.users_paths
    renamed = msgspec.structs.replace(paths, file=names.get(paths.file, paths.file))
    return msgspec.structs.replace(scenario, users_paths=renamed)


def read_upload(content: bytes, *, files: frozenset[str], name: str) -> Scenario:
    """The scenario in an uploaded file.

    Parameters
    ----------
    content : bytes
    files : frozenset of str
        Files that may be named beside those of the presets.
    name : str
        Of the file, for errors.

    Returns
    -------
    FrameScenario or SplitScenario

    Raises
    ------
    ValueError
        Naming file, key, value and what would be right.
    """
    origin = "".join(c for c in name[:80] if c.isprintable()) or "upload"
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"{origin}: {len(content)} bytes; at most {MAX_FILE_BYTES} are read")
    return read_values(parsed_toml(content, origin=origin), files=files, origin=origin)


def named_files(scenario: Scenario) -> frozenset[str]:
    """Files that a scenario names, which whoever starts the explorer with it allows.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    frozenset of str
    """
    paths = getattr(scenario, "users_paths", None)
    array = getattr(scenario, "array", None)
    found = [paths.file] if paths is not None else []
    return frozenset([*found, *([array.element] if array is not None else [])])


def _preset_files() -> frozenset[str]:
    return frozenset(entry.name for entry in PRESETS.iterdir())


def _at(values: Mapping[str, Any], table: str, key: str) -> Any:
    inside = values.get(table)
    return inside.get(key) if isinstance(inside, dict) else None


def _check_numbers(value: Any, key: str, origin: str, depth: int = 0) -> None:
    if depth > 20:
        raise ValueError(f"{origin}: not a scenario: nested too deeply")
    if isinstance(value, int) and abs(value) >= EXACT:
        raise ValueError(f"{origin}: {key}: the explorer takes whole numbers below {EXACT} only")
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, Mapping):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for name, item in pairs:
        _check_numbers(item, f"{key}.{name}" if key else str(name), origin, depth + 1)
