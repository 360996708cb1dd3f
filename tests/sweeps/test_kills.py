"""Sweeps whose processes are killed at any instant: nothing lost, nothing twice, same bytes.

ISACPLAN_KILLS=50 kills as often as the claim says; a handful are enough for every day.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import isacplan
from isacplan.sweeps import read_study

KILLS = int(os.environ.get("ISACPLAN_KILLS", "3"))
LIMITS, SNRS = "sensing.angle_rmse_limit_deg=0.09:1:24", "users.snr_db=0:3:25"
ARGUMENTS = ["bai2024", "--over", LIMITS, "--over", SNRS, "--no-rivals"]

pytestmark = pytest.mark.slow


def begin(folder, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "isacplan", "sweep", *ARGUMENTS, "--out", str(folder), *more],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kept(folder):
    """Records by point, read while nobody writes."""
    return dict(read_study(folder).records()) if (folder / "ledger.sqlite").exists() else {}


def workers_of(process):
    """Processes that a process has started and that have started something themselves."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(child)
        for child in children
        if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
    ]


def test_a_study_is_whole_whenever_its_process_is_killed(tmp_path):
    folder, rng, before = tmp_path / "study", random.Random(4), {}
    for _ in range(KILLS):
        process = begin(folder)
        while not folder.joinpath("ledger.sqlite").exists() and process.poll() is None:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.8))
        process.kill()
        process.wait()
        try:
            now = kept(folder)
        except ValueError as error:
            # Killed before there was a table.
            assert "holds nothing yet" in str(error)
            now = {}
        assert before.items() <= now.items()
        before = now
    assert begin(folder).wait() == 0
    whole = kept(folder)
    assert before.items() <= whole.items()
    assert sorted(whole) == list(range(600))
    found = isacplan.open_study(folder).load()
    assert found.sizes["angle_rmse_limit_deg"] == 24
    alone = isacplan.sweep(
        "bai2024", {"sensing.angle_rmse_limit_deg": [float(found["angle_rmse_limit_deg"][7])],
                    "users.snr_db": [float(found["snr_db"][11])]}, rivals=False,
    )  # fmt: skip
    assert float(alone["rate"][0, 0]) == float(found["rate"][7, 11])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds workers as Linux has them")
def test_killed_workers_cost_nothing(tmp_path):
    rng = random.Random(5)
    process, killed, deadline = begin(tmp_path / "study", "--workers", "2"), 0, time.time() + 120
    while killed < min(KILLS, 4) and process.poll() is None and time.time() < deadline:
        for worker in workers_of(process)[:1]:
            time.sleep(rng.uniform(0.0, 0.3))
            os.kill(worker, signal.SIGKILL)
            killed += 1
        time.sleep(0.2)
    assert process.wait() == 0
    assert killed
    assert read_study(tmp_path / "study").counts()["ok"] == 600
