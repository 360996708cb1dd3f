"""Runs a sweep: points that are missing are computed, kept as they finish, and written together."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Bool
from isacplan.simulate.database import sole_writer
from isacplan.simulate.engine import on_this_machine
from isacplan.simulate.store import RECORD, Store, Tell
from isacplan.simulate.workers import BlockSource, Chunk
from isacplan.sweeps.evaluate import Blocks, Points, Task, Unit
from isacplan.sweeps.folder import LEDGER, LOCK, RESULTS, Study, key_of, prepared
from isacplan.sweeps.netcdf import check_installed
from isacplan.sweeps.plan import Plan

MOST_TOGETHER = 64
"""Points in one task: their records become one transaction."""

Progress = Callable[[int, int, float], None]
"""Called with the points finished, the points in all, and the seconds left, NaN at first."""

Compute = Callable[[BlockSource[Task, Unit], Iterator[Task]], Generator[Chunk[Task, Unit]]]
"""Evaluates points, in any order; see `isacplan.sweeps.cluster` for one on other machines."""


def run_sweep(
    plan: Plan,
    folder: str | Path,
    *,
    effort: dict[str, Any] | None = None,
    n_workers: int = 1,
    compute: Compute | None = None,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> Study:
    """Evaluate every point that the folder does not hold yet, and write the results.

    The results depend on the plan and the effort alone: not on workers, chunks, interruptions.

    Parameters
    ----------
    plan : Plan
    folder : str or Path
        New, empty, or the study of the same plan.
    effort : dict of str to object, optional
        How precisely to simulate, ``precision`` and ``max_trials`` as `isacplan.simulate.run` takes
        them. Blocks that a study has count towards another precision.
    n_workers : int, optional
        Processes on this machine.
    compute : callable, optional
        Who evaluates the points instead, a cluster for example.
    progress, tell : callable, optional
        See `Progress` and `isacplan.simulate.store.Tell`.

    Returns
    -------
    Study

    Raises
    ------
    ValueError
        When the folder is something else, holds the study of another plan, is being written by
        another process, or cannot be written.
    """
    check_installed()
    workers = _check.integer("n_workers", n_workers, at_least=1)
    place, how = prepared(Path(folder)), dict(effort or {})
    compute = compute or partial(on_this_machine, n_workers=workers, most=MOST_TOGETHER)
    key = key_of(plan)
    study = Study(folder=place, plan=plan, key=key)
    with sole_writer(place / LOCK, what=str(folder)), few_threads():
        with Store(place / LEDGER, key, tell=tell) as store:
            done = _finished(store, plan, how)
            if not np.all(done):
                (place / RESULTS).unlink(missing_ok=True)
                _evaluate(Points(plan=plan, effort=how), store, done, compute, progress)
        if not (place / RESULTS).exists():
            study.write_results(place / RESULTS)
    return study


def _finished(store: Store, plan: Plan, effort: dict[str, Any]) -> Bool:
    """Points that need nothing more, shape (n_points,)."""
    if not effort:
        return store.finished(plan.n_points)
    wanted, found = msgspec.json.encode(effort), np.zeros(plan.n_points, dtype=bool)
    for point, record in store.records():
        found[point] = msgspec.json.encode(msgspec.json.decode(record)["effort"]) == wanted
    return found


def _evaluate(
    points: Points, store: Store, done: Bool, compute: Compute, progress: Progress | None
) -> None:
    simulated = points.plan.task["evaluate"] == "simulate"
    missing = (
        (point, _blocks(store, point) if simulated else {})
        for point in points.plan.order()
        if not done[point]
    )
    n_done, n_points = int(np.sum(done)), len(done)
    n_before, start = n_done, time.monotonic()
    with closing(compute(points, missing)) as computed:
        for tasks, units in computed:
            rows: list[tuple[int, int, bytes]] = []
            for (point, _), unit in zip(tasks, units, strict=True):
                rows += [(point, i, value.tobytes()) for i, value in unit.blocks.items()]
                rows.append((point, RECORD, unit.record))
            store.write(rows)
            n_done += len(units)
            if progress is not None:
                pace = (time.monotonic() - start) / (n_done - n_before)
                progress(n_done, n_points, pace * (n_points - n_done))


def _blocks(store: Store, point: int) -> Blocks:
    return {
        block: np.frombuffer(store.read(point, block), dtype=np.float64)
        for block in sorted(store.blocks_done(point))
    }


def seconds_per_point(plan: Plan, effort: dict[str, Any] | None = None) -> float:
    """What a point takes here, from the first, the middle and the last [s].

    Parameters
    ----------
    plan : Plan
    effort : dict, optional

    Returns
    -------
    float
    """
    points = Points(plan=plan, effort=dict(effort or {}))
    n = plan.n_points
    points.block((0, {}))
    start, few = time.perf_counter(), sorted({0, n // 2, n - 1})
    for point in few:
        Points(plan=plan, effort=points.effort).block((point, {}))
    return (time.perf_counter() - start) / len(few)
