"""Reads traced radio paths: one row a path, several rows a user."""

import csv
import hashlib
import io
import math
import warnings
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from isacplan._typing import Bool, Float, Int
from isacplan.errors import InputWarning
from isacplan.scenario.load import PRESETS, exists, read_bytes
from isacplan.scenario.path_checks import check_units
from isacplan.scenario.path_columns import BY_NAME, PathColumn, check_header
from isacplan.scenario.path_doubts import check_users
from isacplan.scenario.traced import TracedUser

MAX_FILE_BYTES = 64_000_000
COMMENT = "#"
USERS_CHECKED = 1000
"""Users whose lines of sight are compared with their positions."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PathsTable:
    """A paths file as columns, so that a million rows stay small.

    Parameters
    ----------
    file : str
        What to call it in errors.
    columns : dict of str to ndarray, shape (n_rows,)
        In the file's units; NaN where an optional cell is empty. Only columns that the file has.
    """

    file: str
    columns: dict[str, Float]

    @property
    def digest(self) -> str:
        """Of the numbers, however they were written; hexadecimal."""
        found = hashlib.sha256()
        for name, column in sorted(self.columns.items()):
            found.update(name.encode())
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
        if "n_interactions" not in self.columns:
            raise ValueError(
                f"{self.file}: column n_interactions is missing: it says who is in line of sight"
            )
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

        Raises
        ------
        ValueError
            When a column is filled for some of its paths only, or differs where it may not.
        """
        numbers, start, rows = self._by_user
        i = int(np.searchsorted(numbers, number))
        mine = rows[start[i] : start[i + 1] if i + 1 < start.size else None]
        try:
            return _traced_user(number, {name: c[mine] for name, c in self.columns.items()})
        except ValueError as error:
            raise ValueError(f"{self.file}: {error}") from None


def _traced_user(number: int, columns: dict[str, Float]) -> TracedUser:
    known = {name: column for name, column in columns.items() if not np.all(np.isnan(column))}
    for name, column in known.items():
        if np.any(np.isnan(column)):
            raise ValueError(f"{name} of user {number}: empty for some paths, not for all")
        if BY_NAME[name].per_user and np.any(column != column[0]):
            raise ValueError(f"{name} of user {number} differs between paths")

    def scaled(name: str, unit: float, offset: float = 0.0) -> Float | None:
        return offset + unit * known[name] if name in known else None

    def vector(*names: str) -> Float | None:
        if names[0] not in known or names[1] not in known:
            return None
        return np.array([known[name][0] if name in known else 0.0 for name in names])

    degree = np.pi / 180.0
    return TracedUser(
        user=number,
        gain=10.0 ** (known["gain_db"] / 10.0),
        azimuth=degree * known["departure_azimuth_deg"],
        elevation=np.pi / 2 - degree * known["departure_zenith_deg"],
        arrival_azimuth=scaled("arrival_azimuth_deg", degree),
        arrival_elevation=scaled("arrival_zenith_deg", -degree, np.pi / 2),
        doppler=known.get("doppler_hz"),
        delay=scaled("delay_ns", 1e-9),
        phase=scaled("phase_deg", degree),
        n_interactions=known.get("n_interactions"),
        position=vector("x_m", "y_m", "z_m"),
        velocity=vector("vx_mps", "vy_mps", "vz_mps"),
        station=vector("station_x_m", "station_y_m", "station_z_m"),
        carrier=float(known["carrier_hz"][0]) if "carrier_hz" in known else None,
    )


def read_paths(file: str) -> PathsTable:
    """A paths file, checked.

    Parameters
    ----------
    file : str
        A CSV file, or the name of one shipped with the package. Lines that begin with ``#`` are
        skipped.

    Returns
    -------
    PathsTable

    Raises
    ------
    ValueError
        Naming file, line, column and what is wrong; also when units, signs or geometry cannot be
        as stated.
    """
    lines, columns = _columns(file, _content(file))
    if not lines.size:
        raise ValueError(f"{file}: no path in the file")
    for name, column in columns.items():
        _check_column(file, lines, BY_NAME[name], column)
    table = PathsTable(file=file, columns=columns)
    some = [table.user(int(number)) for number in table.numbers[:USERS_CHECKED]]
    try:
        check_units(
            zenith_deg=columns["departure_zenith_deg"],
            gain_db=columns["gain_db"],
            delay_ns=columns.get("delay_ns"),
        )
        misfit, doubts = check_users(some)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None
    for doubt in (misfit, *doubts):
        if doubt is not None:
            warnings.warn(f"{file}: {doubt}", InputWarning, stacklevel=2)
    return table


def _content(file: str) -> bytes:
    if exists(Path(file)):
        wanted = "a CSV file of paths"
        return read_bytes(Path(file), name=file, wanted=wanted, at_most=MAX_FILE_BYTES)
    if not (PRESETS / file).is_file():
        raise ValueError(f"{file}: no such file")
    return (PRESETS / file).read_bytes()


def _columns(file: str, content: bytes) -> tuple[Int, dict[str, Float]]:
    """Line numbers and columns of numbers, row by row so that no text piles up."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig", newline="")
    # A comment becomes an empty line, so that the lines keep their numbers.
    reader = csv.reader(("\n" if line.startswith(COMMENT) else line for line in text), strict=True)
    try:
        rows = (row for row in reader if row)
        header = [name.strip() for name in next(rows, [])]
        try:
            check_header(header)
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from None
        return _filled(file, header, ((reader.line_num, row) for row in rows))
    except UnicodeDecodeError:
        raise ValueError(f"{file}: not CSV: not UTF-8 text") from None
    except csv.Error as error:
        raise ValueError(f"{file}: not CSV: {error}") from None


def _filled(
    file: str, header: list[str], rows: Iterator[tuple[int, list[str]]]
) -> tuple[Int, dict[str, Float]]:
    lines, columns = array("q"), [array("d") for _ in header]
    for line, row in rows:
        if len(row) != len(header):
            what = f"{len(row)} values for {len(header)} columns"
            raise ValueError(f"{file}: line {line}: {what}")
        try:
            values = [float(cell) for cell in row]
        except ValueError:
            values = [_number(file, line, *pair) for pair in zip(header, row, strict=True)]
        lines.append(line)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    found = zip(header, columns, strict=True)
    return np.array(lines), {name: np.frombuffer(column) for name, column in found}


def _number(file: str, line: int, name: str, cell: str) -> float:
    """Number of a cell; an optional one may be empty."""
    if not cell.strip() and not BY_NAME[name].required:
        return math.nan
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"{file}: line {line}: {name} = {cell!r}: must be a number") from None


def _check_column(file: str, lines: Int, column: PathColumn, values: Float) -> None:
    """Every number finite or left out, whole where it counts, and in its range."""

    def check(wrong: Bool, wanted: str) -> None:
        if np.any(wrong):
            i = int(np.argmax(wrong))
            shown = f"{column.name} = {values[i]:g}"
            raise ValueError(f"{file}: line {lines[i]}: {shown}: must be {wanted}")

    check(np.isinf(values) | (np.isnan(values) & column.required), "finite")
    if column.whole:
        check(~np.isnan(values) & (values != np.floor(values)), "a whole number")
    hint = f"; {column.hint}" if column.hint else ""
    check(
        (values < column.low) | (values > column.high),
        f"from {column.low:g} to {column.high:g} ({column.meaning}){hint}",
    )
