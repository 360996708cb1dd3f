"""Simulation: the SINR table of bai2024 against the same link built of Sionna's blocks."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from isacplan.scenario import frame_problem, load_scenario
from isacplan.simulate import frame_simulation, run

Row = tuple[str, float, str, str]
PYTHON = Path(".venv-sionna/bin/python")
DURATION, PRECISION = 2.8e-4, 0.005
TRIALS, RUNS = 2**14, 16


def inputs(path: Path) -> None:
    problem = frame_problem(load_scenario("bai2024"))
    know, crb = problem.knowledge, problem.crb(DURATION)
    error = np.sqrt(crb)[:, None] * know.steering_derivative
    np.savez(
        path,
        true=know.spatial_correlation,
        estimated=know.spatial_correlation - error[:, :, None] * error[:, None, :].conj(),
        direction=error,
        pilot_snr=know.pilot_snr,
        snr=know.snr,
        rho=problem.temporal_correlation,
    )


def rows() -> Iterator[Row]:
    """Time to the table within 0.5 %, one thread each."""
    if not PYTHON.exists():
        yield "Sionna is not installed", float("nan"), "", "make bench-sionna installs it"
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "link.npz"
        inputs(path)
        command = [PYTHON, Path(__file__).with_name("sionna_link.py"), path, str(TRIALS), str(RUNS)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    tables = np.array(found["tables"])
    simulation = frame_simulation(load_scenario("bai2024"), sensing_duration=DURATION)
    e = simulation.experiment
    formula = e.formula.reshape(tables.shape[1:])
    mean, error = tables.mean(axis=0), tables.std(axis=0, ddof=1) / np.sqrt(len(tables))
    yield (
        "Sionna's table against the formula, largest",
        float(np.max(np.abs(mean - formula) / error)),
        "standard errors",
        "the same link",
    )
    yield "Sionna, trials a second, thousands", TRIALS / found["seconds"] / 1e3, "1/s", "one thread"
    width = 1.96 * np.max(tables.std(axis=0, ddof=1) / mean)
    theirs = found["seconds"] * float(width / PRECISION) ** 2
    with threadpool_limits(limits=1):
        e.block(0)
        start = time.perf_counter()
        outcome = run(e, precision=PRECISION)
        spent = time.perf_counter() - start
    reached = outcome.interval.relative_half_width(e.decisive)
    yield f"Sionna to {100 * PRECISION:g} %", theirs, "s", f"from {RUNS} runs of {TRIALS} trials"
    yield "  takes longer than ours", theirs / (spent * (reached / PRECISION) ** 2), "x", ""
