"""Writes paths files, and reads them as an import."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from isacplan._typing import Float
from isacplan.channels_in.imported import ImportedUsers
from isacplan.scenario.path_checks import check_geometry
from isacplan.scenario.path_columns import COLUMNS
from isacplan.scenario.paths import COMMENT, read_paths
from isacplan.scenario.traced import TracedUser, with_doppler


def paths_csv(users: Sequence[TracedUser], *, remarks: Sequence[str] = ()) -> str:
    """A paths file of users: what `isacplan.scenario.paths.read_paths` reads, to nine digits.

    Parameters
    ----------
    users : sequence of TracedUser
    remarks : sequence of str, optional
        Lines for the head of the file.

    Returns
    -------
    str
        Columns that no user has are left out; each column's unit and sign stand in the head.
    """
    table = [row for user in users for row in _table(user)]
    present = [column for column in COLUMNS if any(column.name in row for row in table)]
    out = io.StringIO()
    for remark in (*remarks, *(f"{column.name}: {column.meaning}" for column in present)):
        out.write(f"{COMMENT} {' '.join(remark.split())}\n")
    names = [column.name for column in present]
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


def read_csv(file: str) -> ImportedUsers:
    """Users of a paths file, with Doppler shifts where they follow.

    Parameters
    ----------
    file : str

    Returns
    -------
    ImportedUsers

    Raises
    ------
    ValueError
        Naming file, line, column and what is wrong.
    """
    table = read_paths(file)
    users = [with_doppler(table.user(int(number))) for number in table.numbers]
    misfit = check_geometry(users)
    return ImportedUsers(users=tuple(users), notes=(misfit,) if misfit else ())


def _table(user: TracedUser) -> list[dict[str, str]]:
    """Cells of one user's rows, by column; nothing stands where nothing is known."""
    degree = np.pi / 180.0
    arrival = user.arrival_elevation
    per_path: dict[str, Float | None] = {
        "path": np.arange(float(user.n_paths)),
        "departure_azimuth_deg": user.azimuth / degree,
        "departure_zenith_deg": (np.pi / 2 - user.elevation) / degree,
        "arrival_azimuth_deg": _over(user.arrival_azimuth, degree),
        "arrival_zenith_deg": None if arrival is None else (np.pi / 2 - arrival) / degree,
        "delay_ns": _over(user.delay, 1e-9),
        "gain_db": 10.0 * np.log10(user.gain),
        "phase_deg": _over(user.phase, degree),
        "doppler_hz": user.doppler,
        "n_interactions": user.n_interactions,
    }
    same: dict[str, float | None] = {"user": float(user.user), "carrier_hz": user.carrier}
    for names, vector in (
        (("x_m", "y_m", "z_m"), user.position),
        (("vx_mps", "vy_mps", "vz_mps"), user.velocity),
        (("station_x_m", "station_y_m", "station_z_m"), user.station),
    ):
        if vector is not None:
            same.update(zip(names, vector.tolist(), strict=True))
    constant = {name: f"{value:.12g}" for name, value in same.items() if value is not None}
    known = {name: values for name, values in per_path.items() if values is not None}
    return [
        constant | {name: f"{values[p]:.9g}" for name, values in known.items()}
        for p in range(user.n_paths)
    ]


def _over(values: Float | None, unit: float) -> Float | None:
    return None if values is None else values / unit
