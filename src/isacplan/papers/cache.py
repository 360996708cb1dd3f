"""Finished pieces of the report, kept so that a second run takes seconds."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from isacplan.simulate.store import fingerprint

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

    @staticmethod
    def _prepare(file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(file, timeout=30.0)) as connection, connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS piece "
                    "(code TEXT, name TEXT, parameters TEXT, value TEXT, "
                    "PRIMARY KEY (code, name, parameters))"
                )
                connection.execute("DELETE FROM piece WHERE code != ?", (fingerprint(),))
        except (OSError, sqlite3.Error) as error:
            raise ValueError(
                f"{file}: cannot be used as a cache: {error}; set ISACPLAN_CACHE to another folder"
            ) from None

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
        if self._progress is not None:
            self._progress(name)
        value = msgspec.json.encode(function(**given)).decode()
        self.n_computed += 1
        self._write(name, key, value)
        return msgspec.json.decode(value, type=kind)

    def _read(self, name: str, key: str) -> str | None:
        if self._file is None:
            return None
        with closing(sqlite3.connect(self._file, timeout=30.0)) as connection:
            row = connection.execute(
                "SELECT value FROM piece WHERE code = ? AND name = ? AND parameters = ?",
                (fingerprint(), name, key),
            ).fetchone()
        return None if row is None else row[0]

    def _write(self, name: str, key: str, value: str) -> None:
        if self._file is None:
            return
        with closing(sqlite3.connect(self._file, timeout=30.0)) as connection, connection:
            connection.execute(
                "INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?)",
                (fingerprint(), name, key, value),
            )
