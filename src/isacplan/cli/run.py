"""Commands loaded when called, errors turned into one line and an exit status."""

import os
import sys
import traceback
import warnings
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TextIO

import click

from isacplan import __version__
from isacplan.cli.output import discard_output, tell
from isacplan.cli.signals import Stopped, stoppable
from isacplan.errors import InfeasibleError, InputWarning, WorkersDiedError

COMMANDS = {
    "check": "isacplan.cli.check",
    "explore": "isacplan.cli.explore",
    "frame": "isacplan.cli.frame",
    "import": "isacplan.cli.import_",
    "nr": "isacplan.cli.nr",
    "papers": "isacplan.cli.papers",
    "presets": "isacplan.cli.presets",
    "simulate": "isacplan.cli.simulate",
    "split": "isacplan.cli.split",
    "sweep": "isacplan.cli.sweep",
    "template": "isacplan.cli.template",
}

INFEASIBLE, BAD_INPUT, WORKERS_DIED, FAULT = 1, 2, 3, 4

EPILOG = """\b
Exit status:
  0  done, also when the reader of the output has left
  1  infeasible: the message says what would be feasible; or a verification failed
  2  bad input, or a file that cannot be read or written
  3  worker processes keep dying
  4  a fault of isacplan; python -X dev -m isacplan ... shows where
  128 + n  ended by signal n: 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP
"""


class LazyGroup(click.Group):
    """A group whose commands live in modules imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        return import_module(COMMANDS[cmd_name]).command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command with its linear algebra on one thread."""
        from isacplan._threads import few_threads

        with few_threads():
            return super().invoke(ctx)


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="isacplan")
def group() -> None:
    """Plan radio frames that sense and communicate, and prove that no other plan is better."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default those of the process.

    Returns
    -------
    int
        Exit status, as `EPILOG` has it.
    """
    try:
        with stoppable(), _doubts_told():
            status = _invoke(sys.argv[1:] if arguments is None else list(arguments))
            if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
                sys.stdout.flush()
            return status
    except BrokenPipeError:
        discard_output()
        return 0
    except Stopped as stop:
        tell(stop.message)
        return stop.status
    except Exception as error:
        return _failed(error)


@contextmanager
def _doubts_told() -> Generator[None]:
    """Say in one line each what the package doubts about its input, unless -W asks otherwise."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        del category, filename, lineno, file, line
        tell(f"warning: {message}")

    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("once", InputWarning)
            warnings.showwarning = show
        yield


def _invoke(arguments: list[str]) -> int:
    """What `click.Command.main` does, but without its own words for an end by signal or pipe."""
    instruction = os.environ.get("_ISACPLAN_COMPLETE")
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(group, {}, "isacplan", "_ISACPLAN_COMPLETE", instruction)
    try:
        with group.make_context("isacplan", arguments or ["--help"]) as context:
            group.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    return 0


def _failed(error: Exception) -> int:
    """Say it in one line; the exit status."""
    if isinstance(error, InfeasibleError):
        tell(f"infeasible: {error.in_degrees}")
        return INFEASIBLE
    if isinstance(error, click.ClickException | ValueError):
        tell(error.format_message() if isinstance(error, click.ClickException) else str(error))
        return BAD_INPUT
    if isinstance(error, OSError):
        if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
            discard_output()
        tell(f"cannot read or write: {error.strerror or error}")
        return BAD_INPUT
    if isinstance(error, MemoryError):
        tell("out of memory: fewer blocks, users or antennas, or a smaller array, would do")
        return BAD_INPUT
    if isinstance(error, WorkersDiedError):
        tell(str(error))
        return WORKERS_DIED
    if sys.flags.dev_mode:
        raise error
    where = traceback.extract_tb(error.__traceback__)[-1]
    tell(
        f"a fault of isacplan, please report it: {type(error).__name__}: {error} "
        f"({Path(where.filename).name}, line {where.lineno})"
    )
    return FAULT
