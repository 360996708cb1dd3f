"""Finished blocks on disk: a killed run loses nothing that was reported as done."""

import hashlib
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import TracebackType

import numpy as np

from isacplan import __version__
from isacplan._typing import Float

SCHEMA = """
create table if not exists run (key text not null);
create table if not exists block (id integer primary key, value blob not null);
"""


class BlockStore:
    """Block results in an SQLite file in write-ahead mode, one row a block.

    Parameters
    ----------
    path : Path
        The file; created when missing.
    key : str
        Digest of everything that the blocks depend on.

    Raises
    ------
    ValueError
        When the file holds blocks of another simulation, is no such file, or cannot be read or
        written later on.
    """

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path)
        except sqlite3.Error as error:
            raise ValueError(f"{path}: cannot be opened: {error}") from None
        try:
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma synchronous = normal")
            self._connection.executescript(SCHEMA)
            row = self._connection.execute("select key from run").fetchone()
            if row is None:
                self._connection.execute("insert into run values (?)", (key,))
                self._connection.commit()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise ValueError(f"{path}: not a file of finished blocks: {error}") from None
        if row is not None and row[0] != key:
            self._connection.close()
            raise ValueError(
                f"{path}: holds blocks of another scenario, seed, kind of simulation or version; "
                "choose another output file or delete it"
            )

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
        """Indices of the blocks that are in the file."""
        with self._blamed("cannot be read"):
            return {row[0] for row in self._connection.execute("select id from block")}

    def read(self, block: int) -> Float:
        """Result of one block, shape (Z,)."""
        with self._blamed("cannot be read"):
            row = self._connection.execute("select value from block where id = ?", (block,))
            value = row.fetchone()[0]
        if len(value) % 8:
            raise ValueError(f"{self._path}: block {block} is damaged; delete the file")
        return np.frombuffer(value, dtype=np.float64)

    def write(self, results: Iterable[tuple[int, Float]]) -> None:
        """Add blocks in one transaction."""
        rows = [(block, value.astype(np.float64).tobytes()) for block, value in results]
        with self._blamed("cannot be written"), self._connection:
            self._connection.executemany("insert or replace into block values (?, ?)", rows)

    @contextmanager
    def _blamed(self, what: str) -> Generator[None]:
        """Name the file in what goes wrong with it."""
        try:
            yield
        except sqlite3.Error as error:
            raise ValueError(f"{self._path}: {what}: {error}") from None


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
        if path.suffix in (".py", ".toml", ".csv"):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:16]}"
