"""Writes paths files, and reads them as an import."""

import csv
import io
from collections.abc import Sequence

from isacplan.channels_in.imported import ImportedUsers
from isacplan.scenario.path_checks import check_geometry
from isacplan.scenario.path_columns import COLUMNS
from isacplan.scenario.path_ranges import path_values, user_values
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
    constant = {name: f"{value:.12g}" for name, value in user_values(user).items()}
    known = path_values(user)
    return [
        constant | {name: f"{values[p]:.9g}" for name, values in known.items()}
        for p in range(user.n_paths)
    ]
