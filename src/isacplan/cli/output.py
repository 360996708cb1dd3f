"""What commands print."""

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from isacplan.files import check_other_file

LONGEST = 500
"""Characters of an error: a message of ours with a path or two is shorter, a value may not be."""


def say(text: str) -> None:
    """Print on standard output; when its reader has left, nowhere, and the work goes on.

    Parameters
    ----------
    text : str
    """
    try:
        click.echo(text)
    except BrokenPipeError:
        discard_output()


def say_json(values: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output; what is not finite becomes null.

    Parameters
    ----------
    values : mapping
    """
    say(json_text(values))


def json_text(values: Mapping[str, Any]) -> str:
    """One JSON object; what is not finite becomes null.

    Parameters
    ----------
    values : mapping

    Returns
    -------
    str
    """
    from isacplan.results.record import plain

    return json.dumps(plain(values), allow_nan=False)


def tell(message: str) -> None:
    """Print one line on standard error: whitespace joined, nothing unprintable, long parts cut.

    Parameters
    ----------
    message : str
    """
    words = " ".join(message.split())
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in words)
    if len(line) > LONGEST:
        line = f"{line[: LONGEST // 2]} ... {line[-LONGEST // 2 :]}"
    # Whoever reads no errors is not told one.
    with suppress(OSError):
        click.echo(f"isacplan: {line}", err=True)


def check_written(target: str | Path | None, source: str, scenario: object) -> None:
    """Refuse to write over what a command reads; any other older file is replaced as a whole.

    Parameters
    ----------
    target : str or Path or None
        File to write, if any.
    source : str
        Scenario file or preset.
    scenario : object
        As loaded, which may name a file of paths and one of an element pattern.
    """
    if target is None:
        return
    check_other_file(target, source)
    for section, key in (("users_paths", "file"), ("array", "element")):
        named = getattr(getattr(scenario, section, None), key, None)
        if isinstance(named, str):
            check_other_file(target, named)


def discard_output() -> None:
    """Let what is still buffered go nowhere; Python would complain once more on closing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
