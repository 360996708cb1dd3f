"""Ctrl-C, SIGTERM and SIGHUP: one line and status 128 + n, whatever was being done."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

WORDS = {
    getattr(signal, name): words
    for name, words in (
        ("SIGINT", "interrupted"),
        ("SIGTERM", "terminated"),
        ("SIGHUP", "hung up"),
    )
    if hasattr(signal, name)
}

Handler = Callable[[int, FrameType | None], object]


class Stopped(BaseException):
    """A signal asks for the end.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.hint = ""

    @property
    def message(self) -> str:
        """What happened, and what the user may do next."""
        return WORDS[signal.Signals(self.number)] + self.hint

    @property
    def status(self) -> int:
        """As shells number it."""
        return 128 + self.number


def end_at_once(status: int | None = None) -> None:
    """Let every signal end the process from now on, without an exception.

    While modules load there is nothing to put in order, and an exception may be swallowed or
    become another one; the same holds while the interpreter goes.

    Parameters
    ----------
    status : int, optional
        Of a process whose work is done; default 128 + n and a line on standard error.
    """

    def end(number: int, _: FrameType | None) -> NoReturn:
        _end(number, status)

    _install(end)


@contextmanager
def stoppable() -> Generator[None]:
    """Raise `Stopped` on a signal; a second one, or one within an import, ends the process."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        if _importing(frame):
            _end(number, None)
        end_at_once()
        raise Stopped(number)

    def swallowed(args: "UnraisableHookArgs") -> None:
        if isinstance(args.exc_value, Stopped):
            _end(args.exc_value.number, None)
        sys.__unraisablehook__(args)

    before = _install(stop)
    hook, sys.unraisablehook = sys.unraisablehook, swallowed
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


def _install(handler: Handler) -> dict[signal.Signals, Handler | int | None]:
    """Handle what is not ignored, as under nohup; returns the handlers before."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    taken = {number: signal.getsignal(number) for number in WORDS}
    taken = {number: old for number, old in taken.items() if old is not signal.SIG_IGN}
    for number in taken:
        signal.signal(number, handler)
    return taken


def _importing(frame: FrameType | None) -> bool:
    """Whether a module is being loaded, where an exception need not reach the caller."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _end(number: int, status: int | None) -> NoReturn:
    if status is None:
        with suppress(OSError):
            os.write(2, f"isacplan: {WORDS[signal.Signals(number)]}\n".encode())
    os._exit(128 + number if status is None else status)
