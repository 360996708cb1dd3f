"""Reads the containers that other tools write: archives of arrays, and JSON."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from isacplan.scenario.load import read_bytes

MAX_BYTES = 1_000_000_000


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays of an ``.npz`` file; nothing in it is run.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        When it is no such file, or holds Python objects.
    """
    read_bytes(path, name=str(path), wanted="an .npz file of arrays", at_most=MAX_BYTES)
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError(f"{path}: one array alone; give an .npz file")
        with archive:
            return {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, OSError, EOFError):
        raise ValueError(f"{path}: not an .npz file of arrays") from None
    except ValueError as error:
        known = str(error).startswith(f"{path}: ")
        wanted = f"{path}: not an .npz file of plain arrays (Python objects are not read)"
        raise ValueError(str(error) if known else wanted) from None


def read_json(path: Path) -> Any:
    """Content of a JSON file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    object

    Raises
    ------
    ValueError
        When it is no JSON.
    """
    content = read_bytes(path, name=str(path), wanted="a JSON file", at_most=MAX_BYTES)
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError(f"{path}: not JSON") from None
