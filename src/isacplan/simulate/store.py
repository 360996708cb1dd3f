"""Finished work on disk: a killed run loses nothing that was reported as done."""

import hashlib
import json
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import ExitStack, closing
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from isacplan import __version__
from isacplan._typing import Bool, Float
from isacplan.simulate.database import blamed, connect, transaction, unusable

SCHEMA = (
    "CREATE TABLE run (id integer primary key check (id = 1), key text not null)",
    "CREATE TABLE block (point integer not null, id integer not null, value blob not null, "
    "checksum integer not null, primary key (point, id))",
)

RECORD = -1
"""Index under which a point keeps what came out of it, beside the blocks of its simulation."""

Tell = Callable[[str], None]
"""Told in one line what could not be used and what became of it."""

Key = Mapping[str, Any]
"""Everything that results depend on, as plain values."""


class Store:
    """Finished units of work in an SQLite file in write-ahead mode, one row each.

    A unit is a block of trials or the outcome of a point; blocks are numbered from 0 at each point.
    A file that is no such store, or one with other tables, is renamed and a new one begun; damaged
    rows are dropped, so that they are computed again. `tell` hears of both.

    Parameters
    ----------
    path : Path
        The file; created when missing.
    key : mapping
        Everything that the units depend on; None takes what the file says.
    tell : callable, optional
        See `Tell`.

    Raises
    ------
    ValueError
        When the file holds units of something else, and of what, or cannot be read or written, now
        or later on.
    """

    def __init__(self, path: Path, key: Key | None, *, tell: Tell | None = None) -> None:
        self._path = path
        self._tell: Tell = tell or (lambda _: None)
        aside = None if key is None else unusable(path, SCHEMA)
        if aside is not None:
            self._tell(f"{path}: not a file of finished blocks; now {aside.name}, starting anew")
        with blamed(path), ExitStack() as opened:
            self._connection = opened.enter_context(closing(connect(path)))
            self.key = self._key_or_new(key)
            if key is not None:
                changed = differences(self.key, json.loads(json.dumps(key)))
                if changed:
                    raise ValueError(
                        f"{path}: holds results of something else: {'; '.join(changed)}. Choose "
                        "another output or delete it"
                    )
            opened.pop_all()

    def _key_or_new(self, key: Key | None) -> dict[str, Any]:
        """Key of the file; `key` becomes it in the same transaction that finds none."""
        with transaction(self._connection):
            known = self._connection.execute("select name from sqlite_master").fetchone()
            if known is None and key is None:
                raise ValueError(f"{self._path}: holds nothing yet")
            if known is None:
                for statement in SCHEMA:
                    self._connection.execute(statement)
            row = self._connection.execute("select key from run").fetchone()
            if row is None:
                row = (json.dumps(key),)
                self._connection.execute("insert into run values (1, ?)", row)
        return json.loads(row[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def finished(self, n_points: int) -> Bool:
        """Which points have a whole record, shape (n_points,); damaged rows are dropped."""
        found = np.zeros(n_points, dtype=bool)
        for point, _, _ in self._whole(f"id = {RECORD}"):
            if 0 <= point < n_points:
                found[point] = True
        return found

    def blocks_done(self, point: int) -> set[int]:
        """Indices of the blocks of a point that are in the file, whole; others are dropped."""
        return {block for _, block, _ in self._whole(f"point = {int(point)} and id >= 0")}

    def _whole(self, where: str) -> Generator[tuple[int, int, bytes]]:
        damaged: list[tuple[int, int]] = []
        with blamed(self._path):
            rows = self._connection.execute(
                f"select point, id, value, checksum from block where {where}"
            )
            for point, block, value, checksum in rows:
                if _is_whole(value, checksum):
                    yield point, block, value
                else:
                    damaged.append((point, block))
            if damaged:
                with transaction(self._connection):
                    self._connection.executemany(
                        "delete from block where point = ? and id = ?", damaged
                    )
        if damaged:
            self._tell(f"{self._path}: {len(damaged)} damaged blocks, to be computed again")

    def records(self) -> Generator[tuple[int, bytes]]:
        """Points with their records, in order, one at a time."""
        for point, _, value in self._whole(f"id = {RECORD} order by point"):
            yield point, value

    def read(self, point: int, block: int) -> bytes:
        """One unit.

        Raises
        ------
        ValueError
            When it is not there, or no longer whole.
        """
        with blamed(self._path):
            row = self._connection.execute(
                "select value, checksum from block where point = ? and id = ?", (point, block)
            ).fetchone()
        if row is None or not _is_whole(*row):
            raise ValueError(f"{self._path}: block {block} was damaged meanwhile; run again")
        return row[0]

    def write(self, units: Iterable[tuple[int, int, bytes]]) -> None:
        """Add units, each with its point and index, in one transaction."""
        rows = [(point, block, value, zlib.crc32(value)) for point, block, value in units]
        with blamed(self._path), transaction(self._connection):
            self._connection.executemany("insert or replace into block values (?, ?, ?, ?)", rows)


class BlockStore:
    """The blocks of one simulation in a store of their own.

    Parameters
    ----------
    path : Path
        The file; created when missing.
    key : mapping
        Everything that the blocks depend on.
    tell : callable, optional
        See `Tell`.

    Raises
    ------
    ValueError
        As for `Store`.
    """

    def __init__(self, path: Path, key: Key, *, tell: Tell | None = None) -> None:
        self._store = Store(path, key, tell=tell)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.__exit__(kind, error, trace)

    def done(self) -> set[int]:
        """Indices of the blocks that are in the file, whole; others are dropped."""
        return self._store.blocks_done(0)

    def read(self, block: int) -> Float:
        """Result of one block, shape (Z,)."""
        return np.frombuffer(self._store.read(0, block), dtype=np.float64)

    def write(self, results: Iterable[tuple[int, Float]]) -> None:
        """Add blocks in one transaction."""
        self._store.write(
            (0, block, value.astype(np.float64).tobytes()) for block, value in results
        )


def differences(before: Any, now: Any, where: str = "") -> list[str]:
    """What two keys differ in, a line each.

    Parameters
    ----------
    before, now : object
        Plain values.
    where : str, optional
        Path that leads to them.

    Returns
    -------
    list of str

    Examples
    --------
    >>> differences({"seed": 0, "users": [1, 2]}, {"seed": 1, "users": [1, 2]})
    ['seed was 0, is 1']
    """
    if isinstance(before, dict) and isinstance(now, dict):
        return [
            line
            for key in dict.fromkeys([*before, *now])
            for line in differences(
                before.get(key), now.get(key), f"{where}.{key}" if where else str(key)
            )
        ]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [
            line
            for i, (old, new) in enumerate(zip(before, now, strict=True))
            for line in differences(old, new, f"{where}[{i}]")
        ]
    return [] if before == now else [f"{where} was {_shown(before)}, is {_shown(now)}"]


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _is_whole(value: object, checksum: object) -> bool:
    """Whether a row holds what was written into it."""
    return isinstance(value, bytes) and zlib.crc32(value) == checksum


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Version and digest of the package's own files: what other code has stored is not mixed in.

    Returns
    -------
    str
    """
    root = Path(str(resources.files("isacplan")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml", ".csv", ".json"):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:16]}"
