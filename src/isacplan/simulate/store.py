"""Finished blocks on disk: a killed run loses nothing that was reported as done."""

import hashlib
import zlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import TracebackType

import numpy as np

from isacplan import __version__
from isacplan._typing import Float
from isacplan.simulate.database import blamed, connect, transaction, unusable

SCHEMA = (
    "CREATE TABLE run (id integer primary key check (id = 1), key text not null)",
    "CREATE TABLE block (id integer primary key, value blob not null, checksum integer not null)",
)

Tell = Callable[[str], None]
"""Told in one line what could not be used and what became of it."""


class BlockStore:
    """Block results in an SQLite file in write-ahead mode, one row a block.

    A file that is no such store, or one with other tables, is renamed and a new one begun; damaged
    rows are dropped, so that their blocks are computed again. `tell` hears of both.

    Parameters
    ----------
    path : Path
        The file; created when missing.
    key : str
        Digest of everything that the blocks depend on.
    tell : callable, optional
        See `Tell`.

    Raises
    ------
    ValueError
        When the file holds blocks of another simulation, or cannot be read or written, now or
        later on.
    """

    def __init__(self, path: Path, key: str, *, tell: Tell | None = None) -> None:
        self._path = path
        self._tell: Tell = tell or (lambda _: None)
        aside = unusable(path, SCHEMA)
        if aside is not None:
            self._tell(f"{path}: not a file of finished blocks; now {aside.name}, starting anew")
        with blamed(path), ExitStack() as opened:
            self._connection = opened.enter_context(closing(connect(path)))
            found = self._key_or_new(key)
            if found != key:
                raise ValueError(
                    f"{path}: holds blocks of another scenario, seed, kind of simulation or "
                    "version; choose another output file or delete it"
                )
            opened.pop_all()

    def _key_or_new(self, key: str) -> str:
        """Key of the file; `key` becomes it in the same transaction that finds none."""
        with transaction(self._connection):
            known = self._connection.execute("select name from sqlite_master").fetchone()
            if known is None:
                for statement in SCHEMA:
                    self._connection.execute(statement)
            row = self._connection.execute("select key from run").fetchone()
            if row is None:
                self._connection.execute("insert into run values (1, ?)", (key,))
        return key if row is None else str(row[0])

    def __enter__(self) -> "BlockStore":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def done(self) -> set[int]:
        """Indices of the blocks that are in the file, whole; others are dropped."""
        damaged: list[int] = []
        done: set[int] = set()
        with blamed(self._path):
            for block, value, checksum in self._connection.execute("select * from block"):
                if _is_whole(value, checksum):
                    done.add(block)
                else:
                    damaged.append(block)
            if damaged:
                with transaction(self._connection):
                    self._connection.executemany(
                        "delete from block where id = ?", [(block,) for block in damaged]
                    )
        if damaged:
            self._tell(f"{self._path}: {len(damaged)} damaged blocks, to be computed again")
        return done

    def read(self, block: int) -> Float:
        """Result of one block, shape (Z,)."""
        with blamed(self._path):
            row = self._connection.execute(
                "select value, checksum from block where id = ?", (block,)
            ).fetchone()
        if row is None or not _is_whole(*row):
            raise ValueError(f"{self._path}: block {block} was damaged meanwhile; run again")
        return np.frombuffer(row[0], dtype=np.float64)

    def write(self, results: Iterable[tuple[int, Float]]) -> None:
        """Add blocks in one transaction."""
        rows = [(block, value.astype(np.float64).tobytes()) for block, value in results]
        with blamed(self._path), transaction(self._connection):
            self._connection.executemany(
                "insert or replace into block values (?, ?, ?)",
                [(block, value, zlib.crc32(value)) for block, value in rows],
            )


def _is_whole(value: object, checksum: object) -> bool:
    """Whether a row holds what was written into it."""
    return isinstance(value, bytes) and len(value) % 8 == 0 and zlib.crc32(value) == checksum


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
