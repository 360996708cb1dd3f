"""Who computes the blocks: this process, or several on this machine."""

import os
import pickle
import signal
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import connection, get_context, parent_process, resource_tracker
from pathlib import Path
from typing import Any, Protocol, TypeVar

from isacplan._threads import few_threads
from isacplan.errors import WorkersDiedError

CHUNK_SECONDS = 0.2
"""Aimed-at duration of one task: long against its 0.1 ms of overhead, short against a kill."""

MAX_CHUNK = 16
"""Most blocks in one task, so that little is computed past the stopping point."""

MAX_DEATHS = 5
"""Workers that may die in a row without one task finished in between."""

HELD = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that wait while workers are started and stopped."""

T = TypeVar("T")
"""What says which block to compute: its index, or a tuple that begins with it."""

R = TypeVar("R")
"""Result of a block."""

T_contra = TypeVar("T_contra", contravariant=True)
R_co = TypeVar("R_co", covariant=True)

Chunk = tuple[list[T], list[R]]
"""Blocks, and their results."""


class BlockSource(Protocol[T_contra, R_co]):
    """Computes blocks of work; must be picklable for more than one worker."""

    def block(self, index: T_contra, /) -> R_co:
        """Result of one block."""
        ...


@few_threads()
def compute(source: BlockSource[T, R], blocks: list[T]) -> tuple[list[R], float]:
    """Results of some blocks, on one thread.

    Parameters
    ----------
    source : BlockSource
    blocks : list

    Returns
    -------
    values : list
    seconds : float
        Mean time of a block [s].
    """
    start = time.perf_counter()
    values = [source.block(index) for index in blocks]
    return values, (time.perf_counter() - start) / len(blocks)


class ChunkSize:
    """Blocks a task, from how long blocks have taken; results do not depend on it.

    Parameters
    ----------
    most : int, optional
        Blocks in one task.
    """

    def __init__(self, most: int | None = None) -> None:
        self.blocks = 1
        self._most = most or MAX_CHUNK

    def measured(self, seconds_per_block: float) -> None:
        """Take note of how long a block has taken [s]."""
        wanted = int(CHUNK_SECONDS / max(seconds_per_block, 1e-9))
        self.blocks = max(1, min(self._most, wanted))


def serial_results(
    source: BlockSource[T, R], wanted: Iterator[T], *, most: int | None = None
) -> Generator[Chunk[T, R]]:
    """Blocks computed in this process, on one thread, in the order wanted.

    Parameters
    ----------
    source : BlockSource
    wanted : iterator
        The blocks to compute.
    most : int, optional
        Blocks together; default `MAX_CHUNK`.

    Yields
    ------
    blocks : list
    values : list
    """
    size = ChunkSize(most)
    while blocks := list(islice(wanted, size.blocks)):
        values, seconds = compute(source, blocks)
        size.measured(seconds)
        yield blocks, values


def parallel_results(
    source: BlockSource[T, R], wanted: Iterator[T], n_workers: int, *, most: int | None = None
) -> Generator[Chunk[T, R]]:
    """Blocks computed by worker processes with one thread each, in any order.

    A worker that dies costs its unfinished tasks, which are given to a fresh pool. Scripts that
    call this need the usual ``if __name__ == "__main__"`` guard, since workers are spawned.

    Parameters
    ----------
    source : BlockSource
    wanted : iterator
        The blocks to compute.
    n_workers : int
    most : int, optional
        Blocks in one task; default `MAX_CHUNK`.

    Yields
    ------
    blocks : list
    values : list

    Raises
    ------
    WorkersDiedError
        When workers keep dying.
    """
    _start_tracker()
    with _kept(source) as file:
        yield from _from_pool(file, wanted, n_workers, ChunkSize(most))


def _from_pool(
    file: Path, wanted: Iterator[T], n_workers: int, size: ChunkSize
) -> Generator[Chunk[T, Any]]:
    deaths = 0
    waiting: list[list[T]] = []
    running: dict[Future[tuple[list[Any], float]], list[T]] = {}
    pool = _pool(file, n_workers)
    try:
        while True:
            while len(running) < 2 * n_workers and (
                blocks := waiting.pop(0) if waiting else list(islice(wanted, size.blocks))
            ):
                try:
                    with _interrupts_held():
                        running[pool.submit(_in_worker, blocks)] = blocks
                except BrokenProcessPool:
                    waiting.insert(0, blocks)
                    break
            if not running and not waiting:
                return
            finished, lost = _collect(running)
            for blocks, (values, seconds) in finished:
                size.measured(seconds)
                deaths = 0
                yield blocks, values
            if lost or waiting:
                deaths += 1
                if deaths > MAX_DEATHS:
                    raise WorkersDiedError(
                        f"workers died {deaths} times without finishing anything: out of memory? "
                        "Use fewer workers"
                    )
                waiting = earliest_first([*waiting, *lost, *running.values()])
                running.clear()
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(file, n_workers)
    finally:
        # A second Ctrl-C must not leave workers behind that are just starting.
        with _interrupts_held():
            pool.shutdown(wait=True, cancel_futures=True)


def earliest_first(tasks: list[list[T]]) -> list[list[T]]:
    """Tasks in the order of the first block in each.

    Parameters
    ----------
    tasks : list of list

    Returns
    -------
    list of list
    """

    def first(task: list[T]) -> int:
        index: Any = task[0]
        return index[0] if isinstance(index, tuple) else index

    return sorted(tasks, key=first)


def _collect(
    running: dict[Future[tuple[list[Any], float]], list[T]],
) -> tuple[list[tuple[list[T], tuple[list[Any], float]]], list[list[T]]]:
    """Takes what has ended out of `running`: finished tasks with results, and lost ones."""
    finished: list[tuple[list[T], tuple[list[Any], float]]] = []
    lost: list[list[T]] = []
    for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
        blocks = running.pop(future)
        try:
            finished.append((blocks, future.result()))
        except BrokenProcessPool:
            lost.append(blocks)
    return finished, lost


@contextmanager
def _kept(source: object) -> Generator[Path]:
    """A file that workers load the source from.

    Arguments of a process go into a pipe of 64 KiB; if it died before it read them, by a signal
    to all or for want of memory, this process would write for ever.
    """
    with tempfile.TemporaryDirectory(prefix="isacplan-") as folder:
        file = Path(folder) / "source"
        file.write_bytes(pickle.dumps(source))
        yield file


def _pool(file: Path, n_workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        n_workers, mp_context=get_context("spawn"), initializer=_start_worker, initargs=(file,)
    )


def _start_tracker() -> None:
    """Start Python's tracker of shared resources such that a hang-up of the terminal spares it.

    It ignores the other signals by itself. A tracker that died is replaced by one that does not
    know what there is, and says so at the end.
    """
    if hasattr(signal, "SIGHUP"):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
        try:
            resource_tracker.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _interrupts_held() -> Generator[None]:
    """Signals that raise an exception wait until the end; workers never see Ctrl-C.

    Started processes inherit the signal mask. This process needs handlers beside it, since the
    threads of numerical libraries take signals that the main thread blocks. Of the other signals
    workers die without a word, as they should, so those are not masked.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    handlers = {number: signal.getsignal(number) for number in HELD}
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    for number in handlers:
        signal.signal(number, lambda number, _: held.append(number))
    masks = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])


_worker_state: list[object] = []


def _start_worker(file: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    _worker_state[:] = [pickle.loads(file.read_bytes())]


def _exit_with_parent() -> None:
    """A killed parent closes no queue, so its workers would wait for tasks for ever."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _in_worker(blocks: list[Any]) -> tuple[list[Any], float]:
    return compute(_worker_state[0], blocks)  # pyright: ignore[reportArgumentType]
