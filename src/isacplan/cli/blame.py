"""Errors that name their source."""

from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def blame(source: str) -> Generator[None]:
    """Put the scenario's name before a ValueError raised within.

    Parameters
    ----------
    source : str
        File or preset that the input came from.
    """
    try:
        yield
    except ValueError as error:
        message = str(error)
        known = message.startswith(f"{source}: ")
        raise ValueError(message if known else f"{source}: {message}") from None
