"""Answers read back from JSON."""

import json
from pathlib import Path

from isacplan.quantities import table
from isacplan.results.record import Record


def read_result(path: str | Path) -> Record:
    """What a command printed with ``--json``, read from a file.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Record

    Raises
    ------
    ValueError
        When the file is no such answer, or of another version of the schema.
    """
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not JSON ({error})") from None
    if not isinstance(values, dict) or "version" not in values:
        raise ValueError(f"{path}: not an answer of isacplan")
    ours, theirs = table().schema_version, values.get("schema_version")
    if theirs != ours:
        raise ValueError(
            f"{path}: schema_version {theirs} of isacplan {values['version']}, but this version "
            f"reads {ours}: make it again with this one, or read it with that one"
        )
    return Record(values=values)
