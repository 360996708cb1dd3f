"""Runs blocks of trials until the intervals are as narrow as wanted."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Bool, Float
from isacplan.simulate.groups import (
    FIRST_BLOCKS,
    MIN_BLOCKS,
    Groups,
    look_memory,
    most_groups,
    widening,
)
from isacplan.simulate.intervals import Interval, jackknife_interval
from isacplan.simulate.workers import (
    BlockSource,
    Chunk,
    R,
    T,
    parallel_results,
    serial_results,
)

PATIENCE = 1.0
"""Time that a run stays in one process before workers are started [s]."""

PROGRESS_SECONDS = 0.2
"""Between two reports of progress [s]."""

PROCESS_BYTES = 150 * 2**20
"""Python with NumPy and SciPy."""

Progress = Callable[[int, float], None]
"""Called with the trials done and the largest relative half-width at the last look."""

Compute = Callable[[BlockSource[int, Float], Iterator[int]], Generator[Chunk[int, Float]]]
"""Computes blocks of a source, in any order, from the indices of those that are wanted."""


class FinishedBlocks(Protocol):
    """Keeps blocks of one simulation; `isacplan.simulate.BlockStore` does so in a file."""

    def done(self) -> set[int]:
        """Indices of the blocks that are there."""
        ...

    def read(self, block: int, /) -> Float:
        """Result of one block, shape (Z,)."""
        ...

    def write(self, results: Iterable[tuple[int, Float]], /) -> None:
        """Add blocks."""
        ...


class Experiment(Protocol):
    """A simulation: blocks of trials, and what to make of the means of their statistics."""

    def block(self, index: int, /) -> Float:
        """Means of the statistics over the trials of one block, shape (Z,)."""
        ...

    @property
    def trials_per_block(self) -> int:
        """Trials in every block, whatever the number of workers or the memory."""
        ...

    @property
    def key(self) -> str:
        """Digest of everything that a block depends on."""
        ...

    @property
    def n_statistics(self) -> int:
        """Statistics Z of a block."""
        ...

    @property
    def memory(self) -> int:
        """Most memory that one process needs beside Python and its libraries [byte]."""
        ...

    @property
    def decisive(self) -> Bool:
        """Which quantities must reach the wanted precision, shape (Q,)."""
        ...

    def adjusted(self, groups: Float) -> Float:
        """Group means of shape (G, Z) after control variates."""
        ...

    def estimate(self, means: Float) -> Float:
        """Quantities of shape (..., Q) from means of statistics of shape (..., Z)."""
        ...


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """What a run found.

    Parameters
    ----------
    interval : Interval
        Estimates and 95 % intervals of the Q quantities.
    trials : int
        Trials behind them.
    precision : float
        Relative half-width that was wanted.
    stopped_by : {"precision", "max_trials", "time_limit"}
    """

    interval: Interval
    trials: int
    precision: float
    stopped_by: str


def run(
    experiment: Experiment,
    *,
    precision: float = 0.005,
    max_trials: int | None = None,
    time_limit: float | None = None,
    n_workers: int = 1,
    compute: Compute | None = None,
    store: FinishedBlocks | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Simulate until every interval is narrow enough.

    The result depends on the experiment, the precision and `max_trials` alone: not on the number
    of workers, nor on interruption and resumption. The time limit is the one exception; it stops
    after whatever number of trials has been reached.

    The intervals are looked at after a fixed, geometrically growing number of blocks, so that
    repeated looking costs little coverage.

    Parameters
    ----------
    experiment : Experiment
    precision : float, optional
        Wanted half-width of the 95 % intervals relative to their estimates.
    max_trials : int, optional
        Most trials.
    time_limit : float, optional
        Longest run [s]; at least one look's worth of blocks is always finished.
    n_workers : int, optional
        Processes on this machine.
    compute : callable, optional
        Who computes the blocks instead, a cluster for example; see `Compute`.
    store : FinishedBlocks, optional
        Where finished blocks are kept, and taken from.
    progress : callable, optional
        See `Progress`.

    Returns
    -------
    Outcome

    Raises
    ------
    ValueError
        When `max_trials` is too small for an interval.
    """
    wanted = float(_check.real("precision", precision, above=0.0))
    last = _last_block(experiment, max_trials)
    deadline = np.inf
    if time_limit is not None:
        seconds = float(_check.real("time_limit", time_limit, above=0.0))
        deadline = time.monotonic() + seconds
    workers = _check.integer("n_workers", n_workers, at_least=1)
    missing_blocks = compute or partial(on_this_machine, n_workers=workers)
    groups = Groups(most_groups(experiment.n_statistics))
    look, found = min(FIRST_BLOCKS, last), None
    width, told = np.inf, time.monotonic()
    # Estimates too must not depend on the number of threads.
    with (
        few_threads(),
        closing(_ordered(experiment, last, missing_blocks, store)) as blocks,
    ):
        for value in blocks:
            groups.add(value)
            if progress is not None and time.monotonic() >= told + PROGRESS_SECONDS:
                told = time.monotonic()
                progress(groups.n_blocks * experiment.trials_per_block, width)
            late = groups.n_blocks >= FIRST_BLOCKS and time.monotonic() >= deadline
            if groups.n_blocks < look and not late:
                continue
            means, used = groups.means()
            found = jackknife_interval(
                experiment.adjusted(means), experiment.estimate, widening=widening(len(means))
            )
            trials = used * experiment.trials_per_block
            width = found.relative_half_width(experiment.decisive)
            if progress is not None:
                progress(trials, width)
            if width <= wanted:
                return Outcome(
                    interval=found, trials=trials, precision=wanted, stopped_by="precision"
                )
            if late or groups.n_blocks >= last:
                reason = "time_limit" if late else "max_trials"
                return Outcome(interval=found, trials=trials, precision=wanted, stopped_by=reason)
            look = min(next_look(look), last)
    raise RuntimeError("the blocks ended before the run")


def affordable_workers(experiment: Experiment, memory: int) -> int:
    """Worker processes that a memory limit allows.

    Parameters
    ----------
    experiment : Experiment
    memory : int
        Limit for this process and its workers [byte].

    Returns
    -------
    int
        One stands for this process alone; more come beside it.

    Raises
    ------
    ValueError
        When not even one process fits.
    """
    worker = PROCESS_BYTES + experiment.memory
    alone = worker + look_memory(experiment.n_statistics)
    if alone > memory:
        raise ValueError(
            f"memory must be at least {alone} bytes ({-(-alone // 2**20)}MiB) for this scenario, "
            f"got {memory}"
        )
    return max(1, (memory - alone) // worker)


def next_look(blocks: int) -> int:
    """Number of blocks at the next look: twice as many, from 128 on 4, 5, 6, 7 times a power of 2.

    >>> next_look(16), next_look(128), next_look(160), next_look(224), next_look(256)
    (32, 160, 192, 256, 320)
    """
    if blocks < MIN_BLOCKS:
        return 2 * blocks
    return blocks + 2 ** (int(blocks).bit_length() - 3)


def _last_block(experiment: Experiment, max_trials: int | None) -> int:
    if max_trials is None:
        return 2**40
    per_block = experiment.trials_per_block
    least = FIRST_BLOCKS * per_block
    return _check.integer("max_trials", max_trials, at_least=least) // per_block


def _ordered(
    experiment: Experiment, last: int, compute: Compute, store: FinishedBlocks | None
) -> Generator[Float]:
    """Block results in order: stored ones first, the others as they are computed and stored."""
    done: set[int] = set() if store is None else store.done()
    missing = (index for index in range(last) if index not in done)
    computed = compute(experiment, missing)
    early: dict[int, Float] = {}
    with closing(computed):
        for index in range(last):
            if store is not None and index in done:
                yield store.read(index)
                continue
            while index not in early:
                blocks, values = next(computed)
                fresh = list(zip(blocks, values, strict=True))
                if store is not None:
                    store.write(fresh)
                early.update(fresh)
            yield early.pop(index)


def on_this_machine(
    source: BlockSource[T, R], missing: Iterator[T], *, n_workers: int, most: int | None = None
) -> Generator[Chunk[T, R]]:
    """Computed blocks; short runs end before workers would be ready.

    Parameters
    ----------
    source : BlockSource
    missing : iterator
        The blocks to compute.
    n_workers : int
    most : int, optional
        Blocks in one task; default `MAX_CHUNK`.

    Yields
    ------
    blocks : list
    values : list
    """
    start = time.monotonic()
    for chunk in serial_results(source, missing, most=most):
        yield chunk
        if n_workers > 1 and time.monotonic() - start > PATIENCE:
            yield from parallel_results(source, missing, n_workers, most=most)
            return
