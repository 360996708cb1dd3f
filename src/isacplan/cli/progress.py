"""Progress bars on standard error, where that is a terminal."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

Bar = Callable[[float, str], None]
"""Called with the part that is done, 0 to 1, and words."""


@contextmanager
def progress_bar(start: str) -> Generator[Bar | None]:
    """A bar that goes when the work is done; None where nobody would see it.

    Parameters
    ----------
    start : str
        First words.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(start, total=1.0)
        yield lambda part, words: bar.update(task, completed=part, description=words)
