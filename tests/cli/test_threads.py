"""The number of threads of the linear algebra: no result depends on it, no caller loses his own."""

import json
import os
import platform
import subprocess
import sys

import pytest
import scipy.linalg  # noqa: F401  (its library is limited from the start)
from threadpoolctl import threadpool_info, threadpool_limits

from isacplan.scenario import load_scenario
from isacplan.simulate import frame_simulation, run, split_simulation

FEW = ["--precision", "0.1", "--max-trials"]


def isacplan(n_threads, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "isacplan", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | {"OPENBLAS_NUM_THREADS": str(n_threads)},
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ["frame", "bai2024", "--json"],
        ["split", "indoor", "--json"],
        ["simulate", "bai2024", "--json", "--sampling", "pseudo", *FEW, "524288"],
        ["simulate", "bai2024", "--json", "--depth", "end-to-end", *FEW, "16384"],
    ],
)
def test_one_thread_and_two_give_the_same_bytes(command):
    one, two = isacplan(1, *command), isacplan(2, *command)
    assert one.returncode == two.returncode == 0, one.stderr + two.stderr
    assert one.stdout == two.stdout


@pytest.mark.slow
def test_a_run_may_be_continued_with_other_threads(tmp_path):
    few = ["simulate", "bai2024", "--sampling", "pseudo", "--precision", "1e-5"]
    few += ["--out", tmp_path / "x.json", "--workers", 1]
    assert isacplan(1, *few, "--max-trials", 524288).returncode == 0
    assert (tmp_path / "x.json.partial").exists()
    done = isacplan(2, *few, "--resume", "--max-trials", 786432)
    assert done.returncode == 0, done.stderr
    again = ["simulate", "bai2024", "--sampling", "pseudo", "--precision", "1e-5"]
    whole = isacplan(2, *again, "--max-trials", 786432, "--json")
    assert (tmp_path / "x.json").read_text() == whole.stdout


@pytest.mark.parametrize("found", [1, 2])
def test_a_public_call_leaves_the_threads_as_it_found_them(found):
    frame, split = load_scenario("bai2024"), load_scenario("gao2024")
    with threadpool_limits(limits=found):
        before = threadpool_info()
        simulation = frame_simulation(frame, sensing_duration=1e-4, depth="mismatched")
        assert threadpool_info() == before
        split_simulation(split)
        assert threadpool_info() == before
        run(simulation.experiment, precision=0.2)
        assert threadpool_info() == before
        with pytest.raises(ValueError, match="sensing duration"):
            frame_simulation(frame, sensing_duration=-1.0)
        assert threadpool_info() == before


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names x86 kernels")
@pytest.mark.parametrize("kernel", ["Haswell", "Prescott"])
def test_other_processors_find_the_same_frame(kernel, monkeypatch):
    """The domain's edge rests on eigenvalues that kernels know to six digits or so."""
    here = json.loads(isacplan(1, "frame", "bai2024", "--json").stdout)
    monkeypatch.setenv("OPENBLAS_CORETYPE", kernel)
    there = json.loads(isacplan(1, "frame", "bai2024", "--json").stdout)
    for key in ("sensing_duration_s", "blocks_per_update"):
        assert there[key] == here[key]
    for key in ("rate_bit_per_hz", "upper_bound_bit_per_hz"):
        assert there[key] == pytest.approx(here[key], rel=1e-13)
