"""Finished pieces of the report, kept so that a second run takes seconds."""

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from isacplan.simulate.database import blamed, connect, transaction, unusable
from isacplan.simulate.store import fingerprint

SCHEMA = (
    "CREATE TABLE piece (code text not null, name text not null, parameters text not null, "
    "value blob not null, digest text not null, primary key (code, name, parameters))",
)

Progress = Callable[[str], None]


def cache_folder() -> Path:
    """Where results are kept: ``ISACPLAN_CACHE``, else the user's cache folder."""
    named = os.environ.get("ISACPLAN_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "isacplan"


class Runner:
    """Runs named pieces of work, or takes their results from the cache.

    Each piece is stored when it is finished, so that an interrupted run loses one piece at most.

    Parameters
    ----------
    folder : Path or None
        Cache folder; None keeps nothing.
    progress : callable, optional
        Told the name of each piece before it is computed.
    """

    def __init__(self, folder: Path | None, progress: Progress | None = None) -> None:
        self._file = None if folder is None else folder / "papers.sqlite"
        self._progress = progress
        self.n_computed = 0
        self.n_cached = 0
        if self._file is not None:
            self._prepare(self._file)

    def _prepare(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            aside = unusable(file, SCHEMA)
            with blamed(file), closing(connect(file)) as connection, transaction(connection):
                if connection.execute("select name from sqlite_master").fetchone() is None:
                    for statement in SCHEMA:
                        connection.execute(statement)
                connection.execute("delete from piece where code != ?", (fingerprint(),))
        except (OSError, ValueError) as error:
            raise ValueError(
                f"{error}; set ISACPLAN_CACHE to another folder, or use --fresh"
            ) from None
        if aside is not None:
            self._say(f"{file}: not a cache of this version; now {aside.name}, starting anew")

    def _say(self, words: str) -> None:
        if self._progress is not None:
            self._progress(words)

    def __call__(
        self,
        name: str,
        function: Callable[..., Any],
        arguments: Mapping[str, Any] | None = None,
        *,
        kind: Any = Any,
    ) -> Any:
        """Result of ``function(**arguments)``, which must be plain values or dataclasses of them.

        Parameters
        ----------
        name : str
            What the piece is called, in the cache and in the progress.
        function : callable
        arguments : mapping, optional
            By keyword; plain values, or dataclasses of them.
        kind : type, optional
            What the result is read back as; default plain values.

        Returns
        -------
        object
            After a round trip through JSON, cached or not.
        """
        import msgspec

        given = dict(arguments or {})
        key = hashlib.sha256(msgspec.json.encode(given, order="deterministic")).hexdigest()
        stored = self._read(name, key)
        if stored is not None:
            self.n_cached += 1
            return msgspec.json.decode(stored, type=kind)
        self._say(name)
        value = msgspec.json.encode(function(**given))
        self.n_computed += 1
        self._write(name, key, value)
        return msgspec.json.decode(value, type=kind)

    def _read(self, name: str, key: str) -> bytes | None:
        if self._file is None:
            return None
        with blamed(self._file), closing(connect(self._file)) as connection:
            row = connection.execute(
                "select value, digest from piece where code = ? and name = ? and parameters = ?",
                (fingerprint(), name, key),
            ).fetchone()
        if row is None or (isinstance(row[0], bytes) and _digest(row[0]) == row[1]):
            return None if row is None else row[0]
        self._say(f"{self._file}: a damaged piece, computed again")
        return None

    def _write(self, name: str, key: str, value: bytes) -> None:
        if self._file is None:
            return
        with (
            blamed(self._file),
            closing(connect(self._file)) as connection,
            transaction(connection),
        ):
            connection.execute(
                "insert or replace into piece values (?, ?, ?, ?, ?)",
                (fingerprint(), name, key, value, _digest(value)),
            )


def _digest(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
