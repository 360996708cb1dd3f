"""The command line."""

import os
import sys
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import NoReturn

__all__ = ["main"]


def main() -> "NoReturn":
    """Entry point of a process; `isacplan.cli.run.run` runs a command within one.

    It takes the signals before it loads anything, and keeps them until the process has ended.
    """
    sys.excepthook = _interrupted
    from isacplan.cli import signals

    signals.end_at_once()
    sys.excepthook = sys.__excepthook__
    if not sys.warnoptions:
        # A command that cannot go on says so itself, in one line; workers read the environment.
        warnings.simplefilter("ignore")
        os.environ["PYTHONWARNINGS"] = "ignore"
    from isacplan.cli.run import run

    status = run()
    signals.end_at_once(status)
    sys.exit(status)


def _interrupted(
    kind: type[BaseException], error: BaseException, trace: "TracebackType | None"
) -> None:
    """Ctrl-C while what handles it is loading."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    os.write(2, b"isacplan: interrupted\n")
    os._exit(130)
