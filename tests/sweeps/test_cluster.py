"""Sweeps on a Dask cluster of real processes that die, come late and start again."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

import isacplan
from isacplan.cli.run import run
from isacplan.sweeps import dask_compute, read_study

pytest.importorskip("distributed")

OVER = {"sensing.angle_rmse_limit_deg": "0.09:1:20", "users.snr_db": "0:3:15"}


def start(kind, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Cluster:
    """A scheduler and its workers, to be killed."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.scheduler, self.workers = None, []
        self.start_scheduler()

    def start_scheduler(self):
        self.scheduler = start(
            "scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )

    def start_worker(self):
        options = ["--nthreads", "1", "--no-nanny", "--no-dashboard"]
        self.workers.append(start("worker", self.address, *options))

    def kill(self, process):
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def close(self):
        for process in (self.scheduler, *self.workers):
            if process.poll() is None:
                self.kill(process)


@pytest.fixture
def cluster():
    made = Cluster()
    yield made
    made.close()


@pytest.mark.slow
def test_deaths_and_late_comers_change_nothing(cluster, tmp_path):
    cluster.start_worker()
    events = iter((
        (20, lambda: (cluster.kill(cluster.workers[0]), cluster.start_worker())),
        (100, lambda: (cluster.kill(cluster.scheduler), cluster.start_scheduler(),
                       cluster.start_worker())),
    ))  # fmt: skip
    upcoming, counts = [next(events)], []

    def progress(done, points, left):
        counts.append(done)
        if upcoming and done >= upcoming[0][0]:
            upcoming.pop()[1]()
            upcoming.extend([event] if (event := next(events, None)) else [])

    compute = dask_compute(cluster.address)
    options = {"rivals": False, "out": tmp_path / "study"}
    found = isacplan.sweep("bai2024", OVER, compute=compute, progress=progress, **options).load()
    assert not upcoming
    # Nothing twice: each unit was counted once.
    assert counts == sorted(set(counts))
    assert counts[-1] == 300
    assert isacplan.sweep("bai2024", OVER, rivals=False).identical(found)


def test_no_scheduler_is_one_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("isacplan.sweeps.cluster.FIRST_CONTACT", 0.2)
    few = ["sweep", "bai2024", "--over", "array.n_tx=8,9", "--out", str(tmp_path / "study")]
    assert run([*few, "--scheduler", "tcp://127.0.0.1:9"]) == 2
    error = capsys.readouterr().err
    assert "no Dask scheduler at tcp://127.0.0.1:9" in error
    assert len(error.splitlines()) == 1
    assert run([*few, "--scheduler", "nowhere://x"]) == 2
    assert "no Dask scheduler at nowhere://x" in capsys.readouterr().err


@pytest.mark.slow
def test_a_scheduler_without_workers_is_said(cluster, tmp_path):
    time.sleep(2.0)
    compute = dask_compute(cluster.address, patience=3.0)
    with pytest.raises(ValueError, match="no Dask worker at"):
        isacplan.sweep("bai2024", {"array.n_tx": [8, 9]}, out=tmp_path / "study", compute=compute)
    assert read_study(tmp_path / "study").counts()["pending"] == 2


def test_workers_of_another_version_are_refused(monkeypatch):
    from isacplan.sweeps import cluster

    with pytest.raises(Exception, match=r"a Dask worker runs isacplan .* and this is another"):
        cluster.give_source("token", b"", "another")
    for number in range(20):
        import pickle

        cluster.give_source(str(number), pickle.dumps(number), cluster.fingerprint())
    assert len(cluster._sources) == cluster.SOURCES_KEPT
    assert cluster._sources["19"] == 19
    monkeypatch.setattr(cluster, "_sources", {})
    with pytest.raises(Exception, match="19"):
        cluster._in_worker("19", [])


def test_what_is_not_installed_is_said(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"isacplan\[cluster\]"):
        dask_compute("tcp://127.0.0.1:1")
    with pytest.raises(ValueError, match=r"isacplan\[data\]"):
        isacplan.sweep("bai2024", {"array.n_tx": [8]})
