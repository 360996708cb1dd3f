"""Entry point: commands loaded when called, errors turned into one line and an exit status."""

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from isacplan import __version__
from isacplan.errors import InfeasibleError

COMMANDS = {
    "check": "isacplan.cli.check",
    "frame": "isacplan.cli.frame",
    "nr": "isacplan.cli.nr",
    "import": "isacplan.cli.import_",
    "papers": "isacplan.cli.papers",
    "presets": "isacplan.cli.presets",
    "simulate": "isacplan.cli.simulate",
    "split": "isacplan.cli.split",
}


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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="isacplan")
def group() -> None:
    """Plan radio frames that sense and communicate, and prove that no other plan is better."""


def main() -> NoReturn:
    """Run the command line; exit 0 done, 1 infeasible, 2 bad input, 130 interrupted."""
    try:
        status = group.main(standalone_mode=False)
        if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]
            sys.stdout.flush()
    except InfeasibleError as error:
        _fail(f"infeasible: {error}", 1)
    except click.ClickException as error:
        _fail(error.format_message(), 2)
    except ValueError as error:
        _fail(str(error), 2)
    except (KeyboardInterrupt, click.Abort) as error:
        _fail(str(error) or "interrupted", 130)
    except BrokenPipeError:
        _discard_output()
        sys.exit(0)
    except OSError as error:
        _discard_output()
        _fail(f"cannot read or write: {error.strerror}", 2)
    except MemoryError:
        _fail("out of memory: fewer blocks, users or antennas, or a smaller array, would do", 2)
    sys.exit(status if isinstance(status, int) else 0)


def _discard_output() -> None:
    """Let what is still buffered go nowhere; Python would complain once more on closing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, status: int) -> NoReturn:
    click.echo(f"isacplan: {' '.join(message.split())}", err=True)
    sys.exit(status)
