"""Ctrl-C, SIGTERM and SIGHUP at any moment: one line, status 128 + n, nothing left behind."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

WORDS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}

COMMAND = [sys.executable, "-m", "isacplan", "simulate", "bai2024", "--depth", "end-to-end"]

# Counts imports from the entry on, and sends itself a signal at one of them.
AT_AN_IMPORT = """
import os, sys
from isacplan.cli import main
wanted, number, count = int(sys.argv.pop(1)), int(sys.argv.pop(1)), 0
def hook(event, _):
    global count
    if event == "import":
        count += 1
        if count == wanted:
            os.kill(os.getpid(), number)
sys.addaudithook(hook)
main()
"""


def at_import(wanted, number, *arguments):
    return subprocess.run(
        [sys.executable, "-c", AT_AN_IMPORT, str(wanted), str(int(number)), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# The first few load what handles signals; some thousand imports are looked up until the end.
@pytest.mark.parametrize("wanted", [1, 2, 3, 5, 8, 13, 21, 40, 80, 160, 320])
def test_ctrl_c_while_modules_load(wanted):
    done = at_import(wanted, signal.SIGINT, "frame", "bai2024")
    assert (done.returncode, done.stderr, done.stdout) == (130, "isacplan: interrupted\n", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_while_modules_load(number):
    done = at_import(100, number, "presets")
    assert (done.returncode, done.stderr) == (128 + number, f"isacplan: {WORDS[number]}\n")


def start(*arguments, **options):
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def wait_for_workers(process, partial):
    """Until two workers have stored more blocks than one process does before it starts them."""
    deadline = time.monotonic() + 100.0
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        if partial.exists() and len(children(process.pid)) >= 2:
            return
        time.sleep(0.02)
    raise AssertionError("no workers came")


def children(parent):
    """Worker processes, not counting the resource tracker."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
            words = (status.parent / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == parent and "spawn_main" in words:
            found.append(int(status.parent.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds workers as Linux does")
@pytest.mark.parametrize("number", list(WORDS))
@pytest.mark.parametrize("group", [False, True])
def test_a_signal_ends_workers_and_keeps_the_blocks(tmp_path, number, group):
    out, partial = tmp_path / "x.json", tmp_path / "x.json.partial"
    process = start(
        *("--precision", "1e-5", "--out", str(out), "--workers", "2", "--memory", "4GiB"),
        start_new_session=True,
    )
    wait_for_workers(process, partial)
    workers = children(process.pid)
    if group:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert stderr == f"isacplan: {WORDS[number]}; the same command with --resume continues\n"
    assert (stdout, out.exists()) == ("", False)
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)
    with closing(sqlite3.connect(partial)) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        assert connection.execute("select count(*) from block").fetchone()[0] > 0


def test_a_hangup_that_is_ignored_stays_ignored():
    """As under nohup."""
    program = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from isacplan.cli import run, signals\n"
        "from isacplan.cli.run import run\n"
        "with signals.stoppable():\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN\n"
        "sys.exit(run(['presets']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_command_within_a_process_gives_the_handlers_back(capsys):
    from isacplan.cli.run import run
    from isacplan.cli.signals import Stopped, stoppable

    before = {number: signal.getsignal(number) for number in WORDS}
    assert run(["presets"]) == 0
    assert {number: signal.getsignal(number) for number in WORDS} == before
    with pytest.raises(Stopped) as caught, stoppable():
        signal.raise_signal(signal.SIGTERM)
    assert (caught.value.status, caught.value.message) == (143, "terminated")
    assert {number: signal.getsignal(number) for number in WORDS} == before


def test_a_stop_that_python_swallows_ends_the_process_all_the_same():
    """An exception in a destructor is printed and lost; this one must not be."""
    program = (
        "import os, signal, time\n"
        "from isacplan.cli.signals import stoppable\n"
        "class Late:\n"
        "    def __del__(self):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(1.0)\n"
        "with stoppable():\n"
        "    late = Late()\n"
        "    del late\n"
        "print('went on')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "isacplan: terminated\n")
