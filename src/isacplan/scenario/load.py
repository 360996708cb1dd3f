"""Reads scenario files and presets; every mistake becomes one line that says where and what."""

import math
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from isacplan.scenario.explained import explained, nearest
from isacplan.scenario.fields import ELEMENTS
from isacplan.scenario.frame import Array, FrameScenario
from isacplan.scenario.split import SplitScenario

Scenario: TypeAlias = FrameScenario | SplitScenario
SCENARIO_TYPES: dict[str, type[Scenario]] = {"frame": FrameScenario, "split": SplitScenario}
MAX_FILE_BYTES = 1_000_000
PRESETS = resources.files("isacplan") / "presets"


def preset_names() -> list[str]:
    """Names of the scenarios shipped with the package.

    >>> "bai2024" in preset_names()
    True
    """
    names = (entry.name for entry in PRESETS.iterdir())
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def preset_text(name: str) -> str:
    """The file of a preset, comments included.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        TOML.

    Raises
    ------
    ValueError
        When there is no such preset; the nearest is named.
    """
    if name not in preset_names():
        raise ValueError(f"{name}: no such preset{nearest(name, preset_names())}")
    return (PRESETS / f"{name}.toml").read_text(encoding="utf-8")


def load_scenario(source: str | Path) -> Scenario:
    """Read and check a scenario.

    Parameters
    ----------
    source : str or Path
        A TOML file, or the name of a preset.

    Returns
    -------
    FrameScenario or SplitScenario

    Raises
    ------
    ValueError
        Naming file, key, value and what would be right.
    """
    path = Path(source)
    preset = str(source) in preset_names()
    if exists(path) and not (preset and path.is_dir()):
        wanted = "a scenario in TOML, or the name of a preset"
        content = read_bytes(path, name=str(path), wanted=wanted, at_most=MAX_FILE_BYTES)
    elif preset:
        content = preset_text(str(source)).encode()
    else:
        raise ValueError(f"{source}: no such file or preset{nearest(str(source), preset_names())}")
    origin = str(source)
    values = parsed_toml(content, origin=origin)
    return scenario_from_dict(values, origin=origin, directory=path.parent)


def parsed_toml(content: bytes, *, origin: str) -> dict[str, Any]:
    """What stands in a file.

    Parameters
    ----------
    content : bytes
    origin : str
        What to call the file in errors.

    Returns
    -------
    dict

    Raises
    ------
    ValueError
        When it is not TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(f"{origin}: not TOML: not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{origin}: not TOML: {error}") from None
    except RecursionError:
        raise ValueError(f"{origin}: not a scenario: nested too deeply") from None


def exists(path: Path) -> bool:
    """Whether there is such a file or folder; a name that no file can have is none."""
    try:
        return path.exists()
    except OSError:
        return False


def scenario_from_dict(
    values: dict[str, Any], *, origin: str = "scenario", directory: Path | None = None
) -> Scenario:
    """Check a scenario given as nested dictionaries, as `scenario_to_dict` writes them.

    Parameters
    ----------
    values : dict
        Keys as in a scenario file.
    origin : str, optional
        What to call the source in errors.
    directory : Path, optional
        Where a relative file name inside the scenario is looked for first.

    Returns
    -------
    FrameScenario or SplitScenario

    Raises
    ------
    ValueError
        Naming origin, key, value and what would be right.
    """
    try:
        _check_finite(values, origin, "")
    except RecursionError:
        raise ValueError(f"{origin}: not a scenario: nested too deeply") from None
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in SCENARIO_TYPES:
        kinds = " or ".join(f'"{name}"' for name in sorted(SCENARIO_TYPES))
        stated = "is missing" if kind is None else f"= {kind!r}"
        raise ValueError(f"{origin}: kind {stated}; must be {kinds}")
    model = SCENARIO_TYPES[kind]
    try:
        scenario = msgspec.convert(values, model)
    except msgspec.ValidationError as error:
        raise ValueError(f"{origin}: {explained(str(error), values, model)}") from None
    return _with_file_found(scenario, origin, directory)


def scenario_to_dict(scenario: Scenario) -> dict[str, Any]:
    """Nested dictionaries of plain values from which `scenario_from_dict` makes the same scenario.

    Parameters
    ----------
    scenario : FrameScenario or SplitScenario

    Returns
    -------
    dict
    """
    return _without_none(msgspec.to_builtins(scenario))


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value


def read_bytes(path: Path, *, name: str, wanted: str, at_most: int) -> bytes:
    """Content of a regular file of a sensible size.

    Parameters
    ----------
    path : Path
    name : str
        What to call it in errors.
    wanted : str
        What to give instead of something that is no file.
    at_most : int
        Largest size [byte].

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        When it is no regular file, states no size (as devices below /proc), or is too large.
    """
    try:
        if not path.is_file():
            raise ValueError(f"{name}: not a file; give {wanted}")
        size = path.stat().st_size
        if size == 0:
            raise ValueError(
                f"{name}: has no size: empty, or no ordinary file (such as those below /proc); "
                f"give {wanted}"
            )
        if size > at_most:
            raise ValueError(
                f"{name}: {size} bytes; at most {at_most} are read: is it the right file?"
            )
        with path.open("rb") as file:
            return file.read(at_most)
    except OSError as error:
        raise ValueError(f"{name}: cannot be read: {error.strerror}") from None


def _check_finite(value: Any, origin: str, key: str) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _check_finite(item, origin, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            _check_finite(item, origin, f"{key}[{i}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{origin}: {key} = {value}: must be a finite number")
    elif isinstance(value, int) and abs(value) > 2**63 - 1:
        raise ValueError(f"{origin}: {key}: integer too large; must fit in 64 bits")


def _with_file_found(scenario: Scenario, origin: str, directory: Path | None) -> Scenario:
    """The scenario with its paths file resolved: beside the scenario, or among the presets."""
    if isinstance(scenario, SplitScenario) or scenario.users_paths is None:
        return scenario
    users = scenario.users_paths
    beside = (directory or Path()) / users.file
    if exists(beside):
        users = msgspec.structs.replace(users, file=str(beside.resolve()))
    elif users.file not in {entry.name for entry in PRESETS.iterdir()}:
        raise ValueError(f"{origin}: users_paths.file = {users.file!r}: no such file")
    return msgspec.structs.replace(
        scenario, users_paths=users, array=_with_element_found(scenario.array, origin, directory)
    )


def _with_element_found(array: Array, origin: str, directory: Path | None) -> Array:
    """The array with the file of its element pattern resolved, beside the scenario."""
    if array.element in ELEMENTS:
        return array
    beside = (directory or Path()) / array.element
    if not exists(beside):
        known = ", ".join(ELEMENTS)
        raise ValueError(
            f"{origin}: array.element = {array.element!r}: must be {known} or a CSV file with "
            "azimuth_deg, zenith_deg, gain_dbi"
        )
    return msgspec.structs.replace(array, element=str(beside.resolve()))
