"""Reads traced radio paths: one row a path, several rows a user."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isacplan._typing import Float
from isacplan.scenario.load import PRESETS, exists

COLUMNS = (
    "user",
    "x_m",
    "y_m",
    "z_m",
    "vx_mps",
    "vy_mps",
    "path",
    "departure_azimuth_deg",
    "departure_zenith_deg",
    "delay_ns",
    "gain_db",
    "phase_deg",
    "doppler_hz",
    "n_interactions",
)
MAX_FILE_BYTES = 64_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class TracedUser:
    """One user's paths.

    Parameters
    ----------
    user : int
        Number in the file.
    speed : float
        [m/s].
    gain : ndarray, shape (P,)
        Power gains of the paths, linear.
    azimuth, elevation : ndarray, shape (P,)
        Departure directions from broadside and from the horizontal plane [rad].
    line_of_sight : bool
        Whether a path reaches the user without interaction.
    """

    user: int
    speed: float
    gain: Float
    azimuth: Float
    elevation: Float
    line_of_sight: bool


def read_paths(file: str) -> dict[int, TracedUser]:
    """Users of a paths file by number.

    Parameters
    ----------
    file : str
        A CSV file, or the name of one shipped with the package.

    Returns
    -------
    dict of int to TracedUser

    Raises
    ------
    ValueError
        Naming file, line, column and what is wrong.
    """
    rows = _rows(file)
    users: dict[int, list[dict[str, float]]] = {}
    for row in rows:
        users.setdefault(int(row["user"]), []).append(row)
    if not users:
        raise ValueError(f"{file}: no path in the file")
    return {number: _traced_user(number, paths) for number, paths in users.items()}


def _traced_user(number: int, paths: list[dict[str, float]]) -> TracedUser:
    def column(name: str) -> Float:
        return np.array([path[name] for path in paths])

    return TracedUser(
        user=number,
        speed=float(np.hypot(paths[0]["vx_mps"], paths[0]["vy_mps"])),
        gain=10.0 ** (column("gain_db") / 10.0),
        azimuth=np.radians(column("departure_azimuth_deg")),
        elevation=np.radians(90.0 - column("departure_zenith_deg")),
        line_of_sight=bool(np.any(column("n_interactions") == 0)),
    )


def paths_text(file: str) -> str:
    """Content of a paths file.

    Parameters
    ----------
    file : str
        A CSV file, or the name of one shipped with the package.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        Naming the file and what is wrong.
    """
    path = Path(file)
    found = exists(path)
    source = path if found else PRESETS / file
    if found:
        if not path.is_file():
            raise ValueError(f"{file}: not a file; give a CSV file of paths")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"{file}: larger than {MAX_FILE_BYTES} bytes: is it the right file?")
    elif not source.is_file():
        raise ValueError(f"{file}: no such file")
    try:
        return source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not CSV: not UTF-8 text") from None
    except OSError as error:
        raise ValueError(f"{file}: cannot be read: {error.strerror}") from None


def _rows(file: str) -> list[dict[str, float]]:
    lines = paths_text(file).splitlines()
    try:
        reader = csv.DictReader(lines, strict=True)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{file}: column {missing[0]} is missing")
        return [_numbers(file, line, row) for line, row in enumerate(reader, start=2)]
    except csv.Error as error:
        raise ValueError(f"{file}: not CSV: {error}") from None


def _numbers(file: str, line: int, row: dict[str, str]) -> dict[str, float]:
    numbers: dict[str, float] = {}
    for name in COLUMNS:
        try:
            value = float(row[name])
        except (TypeError, ValueError):
            raise ValueError(
                f"{file}: line {line}: {name} = {row[name]!r}: must be a number"
            ) from None
        if not np.isfinite(value):
            raise ValueError(f"{file}: line {line}: {name} = {row[name]}: must be finite")
        numbers[name] = value
    if not numbers["user"].is_integer() or numbers["user"] < 0:
        raise ValueError(f"{file}: line {line}: user = {row['user']}: must be a whole number")
    if abs(numbers["gain_db"]) > 400.0:
        raise ValueError(f"{file}: line {line}: gain_db = {row['gain_db']}: must be within 400 dB")
    return numbers
