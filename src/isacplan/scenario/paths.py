"""Reads traced radio paths: one row a path, several rows a user."""

import csv
import hashlib
import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from isacplan._typing import Bool, Float, Int
from isacplan.scenario.load import PRESETS, exists, read_bytes

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


@dataclass(frozen=True, kw_only=True, eq=False)
class PathsTable:
    """A paths file as columns, so that a million rows stay small.

    Parameters
    ----------
    file : str
        What to call it in errors.
    columns : dict of str to ndarray, shape (n_rows,)
        In the file's units.
    """

    file: str
    columns: dict[str, Float]

    @property
    def digest(self) -> str:
        """Of the numbers, however they were written; hexadecimal."""
        found = hashlib.sha256()
        for column in self.columns.values():
            found.update(column.tobytes())
        return found.hexdigest()

    @cached_property
    def _by_user(self) -> tuple[Int, Int, Int]:
        """Sorted numbers, where the rows of each begin among the sorted rows, and those rows."""
        number = self.columns["user"].astype(np.int64)
        rows = np.argsort(number, kind="stable")
        numbers, start = np.unique(number[rows], return_index=True)
        return numbers, start, rows

    @property
    def numbers(self) -> Int:
        """Numbers of the users, in the order of the file."""
        numbers, start, rows = self._by_user
        return numbers[np.argsort(rows[start], kind="stable")]

    @property
    def in_sight(self) -> Int:
        """Numbers of the users with a path without interaction, in the order of the file."""
        direct = self.columns["user"][self.columns["n_interactions"] == 0]
        return self.numbers[np.isin(self.numbers, direct)]

    def __contains__(self, number: int) -> bool:
        """Whether a user has paths here."""
        numbers = self._by_user[0]
        i = int(np.searchsorted(numbers, number))
        return i < numbers.size and int(numbers[i]) == number

    def user(self, number: int) -> TracedUser:
        """Paths of one user, which must be in the table.

        Parameters
        ----------
        number : int

        Returns
        -------
        TracedUser
        """
        numbers, start, rows = self._by_user
        i = int(np.searchsorted(numbers, number))
        mine = rows[start[i] : start[i + 1] if i + 1 < start.size else None]

        def column(name: str) -> Float:
            return self.columns[name][mine]

        return TracedUser(
            user=number,
            speed=float(np.hypot(column("vx_mps")[0], column("vy_mps")[0])),
            gain=10.0 ** (column("gain_db") / 10.0),
            azimuth=np.radians(column("departure_azimuth_deg")),
            elevation=np.radians(90.0 - column("departure_zenith_deg")),
            line_of_sight=bool(np.any(column("n_interactions") == 0)),
        )


def read_paths(file: str) -> PathsTable:
    """A paths file, checked.

    Parameters
    ----------
    file : str
        A CSV file, or the name of one shipped with the package.

    Returns
    -------
    PathsTable

    Raises
    ------
    ValueError
        Naming file, line, column and what is wrong.
    """
    lines, columns = _columns(file, _content(file))
    if not lines.size:
        raise ValueError(f"{file}: no path in the file")
    _check_columns(file, lines, columns)
    return PathsTable(file=file, columns=columns)


def _content(file: str) -> bytes:
    if exists(Path(file)):
        wanted = "a CSV file of paths"
        return read_bytes(Path(file), name=file, wanted=wanted, at_most=MAX_FILE_BYTES)
    if not (PRESETS / file).is_file():
        raise ValueError(f"{file}: no such file")
    return (PRESETS / file).read_bytes()


def _columns(file: str, content: bytes) -> tuple[Int, dict[str, Float]]:
    """Line numbers and columns of numbers, row by row so that no text piles up."""
    lines, columns = array("q"), {name: array("d") for name in COLUMNS}
    reader = csv.reader(
        io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline=""), strict=True
    )
    try:
        header = next(reader, [])
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise ValueError(f"{file}: column {missing[0]} is missing")
        where = [header.index(name) for name in COLUMNS]
        for row in _rows(reader):
            try:
                values = [float(row[i]) for i in where]
            except (IndexError, ValueError):
                what = _no_number(row, where)
                raise ValueError(f"{file}: line {reader.line_num}: {what}") from None
            lines.append(reader.line_num)
            for column, value in zip(columns.values(), values, strict=True):
                column.append(value)
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not CSV: not UTF-8 text") from None
    except csv.Error as error:
        raise ValueError(f"{file}: not CSV: {error}") from None
    return np.array(lines), {name: np.frombuffer(column) for name, column in columns.items()}


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    return (row for row in reader if row)


def _no_number(row: list[str], where: list[int]) -> str:
    """The first entry of a row that is no number, in words."""
    for name, i in zip(COLUMNS, where, strict=True):
        text = row[i] if i < len(row) else None
        try:
            float(text or "")
        except ValueError:
            return f"{name} = {text!r}: must be a number"
    return "must hold numbers"


def _check_columns(file: str, lines: Int, columns: dict[str, Float]) -> None:
    """Every number finite, users whole numbers, gains within reason; one line for the first not."""

    def check(name: str, wrong: Bool, wanted: str) -> None:
        if np.any(wrong):
            i = int(np.argmax(wrong))
            shown = columns[name][i]
            raise ValueError(f"{file}: line {lines[i]}: {name} = {shown:g}: must be {wanted}")

    for name, column in columns.items():
        check(name, ~np.isfinite(column), "finite")
    number, gain = columns["user"], columns["gain_db"]
    check("user", (number < 0) | (number > 2**53) | (number != np.floor(number)), "a whole number")
    check("gain_db", np.abs(gain) > 400.0, "within 400 dB")
