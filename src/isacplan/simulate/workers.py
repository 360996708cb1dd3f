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
from typing import Protocol

import numpy as np

from isacplan._threads import few_threads
from isacplan._typing import Float
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

Chunk = tuple[list[int], Float]
"""Indices of blocks, and their results."""


class BlockSource(Protocol):
    """Computes blocks of trials; must be picklable for more than one worker."""

    def block(self, index: int) -> Float:
        """Means of the statistics over the trials of one block, shape (Z,)."""
        ...


@few_threads()
def _compute(source: BlockSource, blocks: list[int]) -> tuple[Float, float]:
    start = time.perf_counter()
    values = np.array([source.block(index) for index in blocks])
    return values, (time.perf_counter() - start) / len(blocks)


class _ChunkSize:
    """Blocks a task, from how long blocks have taken; results do not depend on it."""

    def __init__(self) -> None:
        self.blocks = 1

    def measured(self, seconds_per_block: float) -> None:
        wanted = int(CHUNK_SECONDS / max(seconds_per_block, 1e-9))
        self.blocks = max(1, min(MAX_CHUNK, wanted))


def serial_results(source: BlockSource, wanted: Iterator[int]) -> Generator[Chunk]:
    """Blocks computed in this process, on one thread, in the order wanted.

    Parameters
    ----------
    source : BlockSource
    wanted : iterator of int
        Indices of the blocks to compute.

    Yields
    ------
    blocks : list of int
    values : ndarray, shape (len(blocks), Z)
    """
    size = _ChunkSize()
    while blocks := list(islice(wanted, size.blocks)):
        values, seconds = _compute(source, blocks)
        size.measured(seconds)
        yield blocks, values


def parallel_results(
    source: BlockSource, wanted: Iterator[int], n_workers: int
) -> Generator[Chunk]:
    """Blocks computed by worker processes with one thread each, in any order.

    A worker that dies costs its unfinished tasks, which are given to a fresh pool. Scripts that
    call this need the usual ``if __name__ == "__main__"`` guard, since workers are spawned.

    Parameters
    ----------
    source : BlockSource
    wanted : iterator of int
        Indices of the blocks to compute.
    n_workers : int

    Yields
    ------
    blocks : list of int
    values : ndarray, shape (len(blocks), Z)

    Raises
    ------
    WorkersDiedError
        When workers keep dying.
    """
    _start_tracker()
    with _kept(source) as file:
        yield from _from_pool(file, wanted, n_workers)


def _from_pool(file: Path, wanted: Iterator[int], n_workers: int) -> Generator[Chunk]:
    size, deaths = _ChunkSize(), 0
    waiting: list[list[int]] = []
    running: dict[Future[tuple[Float, float]], list[int]] = {}
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
                waiting = sorted([*waiting, *lost, *running.values()])
                running.clear()
                pool.shutdown(wait=False, cancel_futures=True)
                pool = _pool(file, n_workers)
    finally:
        # A second Ctrl-C must not leave workers behind that are just starting.
        with _interrupts_held():
            pool.shutdown(wait=True, cancel_futures=True)


def _collect(
    running: dict[Future[tuple[Float, float]], list[int]],
) -> tuple[list[tuple[list[int], tuple[Float, float]]], list[list[int]]]:
    """Takes what has ended out of `running`: finished tasks with results, and lost ones."""
    finished: list[tuple[list[int], tuple[Float, float]]] = []
    lost: list[list[int]] = []
    for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
        blocks = running.pop(future)
        try:
            finished.append((blocks, future.result()))
        except BrokenProcessPool:
            lost.append(blocks)
    return finished, lost


@contextmanager
def _kept(source: BlockSource) -> Generator[Path]:
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


def _in_worker(blocks: list[int]) -> tuple[Float, float]:
    return _compute(_worker_state[0], blocks)  # pyright: ignore[reportArgumentType]
