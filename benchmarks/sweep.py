"""Sweeps: what the engine costs beside the solving, workers, memory, Dask, and cities."""

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isacplan._threads import few_threads
from isacplan.frame import optimal_frame
from isacplan.report import frame_report
from isacplan.scenario import frame_problem, load_scenario, overridden
from isacplan.scenario.city import load_city
from isacplan.sweeps import dask_compute, run_sweep, sweep_plan
from isacplan.sweeps import evaluate as points
from isacplan.sweeps.evaluate import Task, Unit

LIMIT = "sensing.angle_rmse_limit_deg"
FEW = 300
CITY = Path(__file__).parents[1] / "examples" / "city"
COUNTRY, MACHINES = 10**6, 100


def cpu(function) -> float:
    """CPU time of this process, best of three: other load does not count."""
    found = []
    for _ in range(3):
        start = time.process_time()
        function()
        found.append(time.process_time() - start)
    return min(found)


def swept(over, **options):
    def work():
        with tempfile.TemporaryDirectory() as folder:
            run_sweep(sweep_plan("bai2024", over, **options), Path(folder) / "study")

    return work


def overhead():
    values = np.linspace(0.0, 3.0, FEW).tolist()
    base = load_scenario("bai2024")

    def loop(solve):
        def work():
            with few_threads():
                for value in values:
                    solve(overridden(base, {"users.snr_db": value}))

        return work

    over = {"users.snr_db": values}
    for words, solve, options in (
        ("with rivals", frame_report, {}),
        ("without", lambda s: frame_report(s, rivals=False), {"rivals": False}),
    ):
        here, bare = cpu(swept(over, **options)), cpu(loop(solve))
        yield f"points of bai2024 {words}", FEW / here, "1/s", "one core, results written"
        yield f"  CPU time over that of a loop of reports, {words}", here / bare, "ratio", "<= 1.2"
    search = cpu(loop(lambda s: optimal_frame(frame_problem(s))))
    yield "  without rivals, over a loop of bare searches", here / search, "ratio", "users, JSON"
    command = [sys.executable, "-m", "isacplan", "frame", "bai2024", "--json"]
    before = children()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    yield "  a command for each point takes longer", (children() - before) * FEW / here, "times", ""


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sharing():
    over = {LIMIT: np.linspace(0.1, 1.0, 25).tolist(), "array.n_tx": [32, 64]}
    shared = cpu(swept(over, rivals=False))
    name = "_without_requirements"
    strip = getattr(points, name)
    setattr(points, name, lambda scenario: scenario)
    try:
        alone = cpu(swept(over, rivals=False))
    finally:
        setattr(points, name, strip)
    yield "factorising anew for each of 25 limits, 32 and 64 antennas", alone / shared, "times", ""


def command_of(n, folder, *more):
    few = [sys.executable, "-m", "isacplan", "sweep", "bai2024", "--no-rivals", "--json"]
    few += ["--over", f"{LIMIT}=0.1:1:100", "--over", f"users.snr_db=0:3:{n // 100}"]
    start, before = time.perf_counter(), children()
    done = subprocess.run(
        [*few, "--out", str(folder), *more], stdout=subprocess.PIPE, check=True, text=True
    )
    assert json.loads(done.stdout)["status"]["ok"] == n
    return time.perf_counter() - start, children() - before


def workers(n=10_000):
    found = {}
    for count in (1, 2):
        with tempfile.TemporaryDirectory() as folder:
            found[count] = command_of(n, Path(folder) / "study", "--workers", str(count))
    (wall, own), (wall_2, own_2) = found[1], found[2]
    note = f"{wall:.0f} s and {wall_2:.0f} s, load {os.getloadavg()[0]:.1f}"
    yield f"two workers against one, {n} points, wall", wall / wall_2, "times", note
    yield "  by CPU time, as on two idle cores", 2.0 * own / own_2, "times", ">= 1.8"


def memory():
    program = (
        "import resource, sys; from isacplan.cli.run import run; "
        "run(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    for n in (1000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            few = ["sweep", "bai2024", "--no-rivals", "--out", f"{folder}/study"]
            few += ["--over", f"{LIMIT}=0.1:1:100", "--over", f"users.snr_db=0:3:{n // 100}"]
            done = subprocess.run(
                [sys.executable, "-c", program, *few], stdout=subprocess.PIPE, text=True, check=True
            )
        yield f"resident memory, {n} points", int(done.stdout.split()[-1]) / 1024, "MiB", "flat"


@dataclass
class Nothing:
    """Points that cost nothing."""

    record: bytes

    def block(self, task: Task) -> Unit:
        return Unit(record=self.record)


def dask(n=10_000):
    record = b"x" * 1500
    compute = dask_compute(n_workers=2)
    with contextlib.closing(compute(Nothing(record), ((i, {}) for i in range(n)))) as results:
        found = sum(len(tasks) for tasks, _ in [next(results)])
        start, before = time.perf_counter(), time.process_time()
        for tasks, _ in results:
            found += len(tasks)
    assert found == n
    wall, own = time.perf_counter() - start, time.process_time() - before
    yield f"Dask, a point of {n} that cost nothing, wall", 1e3 * wall / n, "ms", "<= 1"
    yield "  CPU time of the coordinator", 1e3 * own / n, "ms", "scheduler beside it"


def cities(n=40):
    city = load_city(CITY / "city.toml")
    plan = sweep_plan(CITY / "cell.toml", {}, city=city, rivals=False)
    work = points.Points(plan=plan)
    work.block((0, {}))
    start = time.process_time()
    with few_threads():
        for cell in range(1, n + 1):
            work.block((cell, {}))
    each = (time.process_time() - start) / n
    yield "a cell of 10 users", 1e3 * each, "ms", "CPU time"
    yield f"{city.n_cells} cells on one core", city.n_cells * each / 60.0, "min", "extrapolated"
    time_of_all = COUNTRY * each / MACHINES / 60.0
    yield f"{COUNTRY} cells on {MACHINES} workers", time_of_all, "min", "extrapolated"


def rows():
    for part in (overhead, sharing, workers, memory, dask, cities):
        yield from part()
