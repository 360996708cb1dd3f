"""SQLite files that survive a kill: opened, checked, written in transactions, and blamed."""

import shutil
import sqlite3
from collections.abc import Collection, Generator
from contextlib import closing, contextmanager
from pathlib import Path

from isacplan.files import set_aside

PATIENCE = 30.0
"""Waiting for another process that has the file [s]."""

NO_SPACE = 2**16
"""Below so many free bytes a disk counts as full [byte]."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a database in write-ahead mode, which survives any kill of the process.

    Parameters
    ----------
    path : Path

    Returns
    -------
    sqlite3.Connection
        Without transactions of its own, see `transaction`.
    """
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def sole_writer(path: Path, *, what: str) -> Generator[None]:
    """Refuse a second process that would write; the end of the first, however it ends, frees it.

    Parameters
    ----------
    path : Path
        A file for the lock alone, created when missing.
    what : str
        What is being written, in words.

    Raises
    ------
    ValueError
        When another process has the lock.
    """
    with blamed(path), closing(sqlite3.connect(path, timeout=0.0, isolation_level=None)) as lock:
        try:
            lock.execute("begin exclusive")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raise ValueError(f"{what} is being written by another process; wait for it") from None
        yield


@contextmanager
def transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Everything within or nothing, and nobody else's writing in between.

    Parameters
    ----------
    connection : sqlite3.Connection
    """
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        # A full disk has ended the transaction already.
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    connection.execute("commit")


@contextmanager
def blamed(path: Path) -> Generator[None]:
    """Turn errors of a database into a ValueError that names the file.

    Parameters
    ----------
    path : Path
    """
    try:
        yield
    except sqlite3.Error as error:
        why = str(error)
        code = getattr(error, "sqlite_errorcode", 0)
        # What SQLite could not write beside the file is an "input/output error" to it.
        if code == sqlite3.SQLITE_FULL or shutil.disk_usage(path.parent).free < NO_SPACE:
            why = f"the disk is full ({why})"
        raise ValueError(f"{path}: cannot be used: {why}") from None


def unusable(path: Path, schema: Collection[str]) -> Path | None:
    """Rename a file that is no sound database with just these tables.

    Parameters
    ----------
    path : Path
    schema : collection of str
        Statements that make the tables.

    Returns
    -------
    Path or None
        Where it is now; None when the file can be used, or is not there.

    Raises
    ------
    ValueError
        When the file cannot be read or renamed.
    """
    with blamed(path):
        if not path.exists() or _is_sound(path, schema):
            return None
    aside = set_aside(path)
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside


def _is_sound(path: Path, schema: Collection[str]) -> bool:
    try:
        with closing(connect(path)) as connection:
            rows = connection.execute("select sql from sqlite_master where sql is not null")
            tables = {row[0] for row in rows}
            sound = connection.execute("pragma quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return False
        raise
    return sound and tables in (set(), set(schema))
