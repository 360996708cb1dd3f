"""``isacplan simulate`` as a user meets it."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from isacplan.cli.simulate import command

COMMAND = [sys.executable, "-c", "from isacplan.cli import main; main()", "simulate"]
ENDLESS = ["bai2024", "--depth", "end-to-end", "--precision", "0.001"]


def simulate(*arguments):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_json_has_what_it_promises():
    done = simulate("bai2024", "--precision", "0.02", "--json", "--seed", "3")
    assert done.returncode == 0
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert (found["seed"], found["depth"], found["stopped_by"]) == (3, "additive", "precision")
    assert len(found["quantities"]) == 5 * 35
    for row in found["quantities"]:
        assert row["unit"] == "1"
        assert row["ci_low"] <= row["estimate"] <= row["ci_high"]
        assert row["ci_high"] - row["ci_low"] <= 2.0 * 0.0201 * row["estimate"]
        assert row["inside"] == (row["ci_low"] <= row["formula"] <= row["ci_high"])
        assert row["trials"] == found["trials"]
    assert found["version"]
    assert found["scenario"]["kind"] == "frame"


def test_people_get_a_verdict_for_every_user_and_block():
    done = simulate("bai2024", "--precision", "0.05")
    lines = done.stdout.splitlines()
    assert sum("inside" in line.split() or "OUTSIDE," in line for line in lines) >= 175
    assert lines[-1].endswith("lie inside their 95 % intervals")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "nowhere"),
        (["bai2024", "--precision", "0"], "must be from 1e-6"),
        (["bai2024", "--precision", "tight"], "must be from 1e-6"),
        (["bai2024", "--memory", "lots"], "no size"),
        (["bai2024", "--memory", "10MiB"], "memory must be at least"),
        (["bai2024", "--workers", "1000"], "raise --memory"),
        (["bai2024", "--max-trials", "10"], "max_trials must be"),
        (["bai2024", "--resume"], "--out"),
        (["bai2024", "--out", "/nowhere/x.json"], "no folder"),
        (["bai2024", "--backend", "cupy"], "not installed"),
        (["bai2024", "--device", "cuda"], "device must be cpu"),
        (["bai2024", "--sensing-duration", "-1"], "sensing duration must be"),
        (["bai2024", "--sensing-duration", "1"], "below the frame's"),
        (["gao2024", "--depth", "additive"], "frame scenarios only"),
        (["gao2024", "--estimator", "music"], "frame scenarios only"),
        (["bai2024", "--estimator", "music"], "--depth end-to-end only"),
        (["bai2024", "--depth", "end-to-end", "--sampling", "quasi"], "mismatched depth only"),
        (["bai2024", "--plot", "picture.doc"], "picture.doc"),
        (["bai2024", "--max-trials", "1000"], "max_trials must be"),
    ],
)
def test_bad_input_is_one_line_and_status_2(arguments, words):
    done = simulate(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


@pytest.mark.slow
def test_every_model_and_every_bound_gets_its_own_count():
    done = simulate("bai2024", "--depth", "end-to-end", "--precision", "0.1", "--json")
    found = json.loads(done.stdout)
    assert found["estimator"] == "maximum_likelihood"
    assert set(found["verdicts"]["equal"]) == {"additive", "mismatched"}
    assert found["verdicts"]["bound"]["crb"]["compared"] == 5
    for row in found["quantities"]:
        verdicts = {"equal": ("inside", "outside"), "bound": ("reached", "above", "below")}
        assert row["verdict"] in verdicts.get(row["relation"], ("contrast",))
    text = simulate("bai2024", "--depth", "end-to-end", "--precision", "0.1").stdout
    assert "bound crb: reached in" in text
    assert "formula mismatched:" in text
    assert "assumes less, simulated +" in text


@pytest.mark.slow
def test_another_estimator_is_another_result():
    few = ["bai2024", "--depth", "end-to-end", "--precision", "0.1", "--json"]
    mse = {}
    for estimator in ("maximum_likelihood", "esprit"):
        found = json.loads(simulate(*few, "--estimator", estimator).stdout)
        rows = [row for row in found["quantities"] if row["quantity"] == "angle_mse"]
        mse[estimator] = rows[0]["estimate"]
    assert mse["esprit"] > 1.3 * mse["maximum_likelihood"]


@pytest.mark.slow
def test_splits_run_in_the_precision_asked_for():
    for dtype in ("single", "double"):
        done = simulate("gao2024", "--dtype", dtype, "--precision", "0.1", "--json")
        assert json.loads(done.stdout)["dtype"] == dtype


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["bai2024", "gao2024"])
def test_pictures_of_both_kinds_are_drawn(scenario, tmp_path):
    picture = tmp_path / "picture.svg"
    done = simulate(scenario, "--precision", "0.1", "--plot", str(picture))
    assert done.returncode == 0, done.stderr
    assert "</svg>" in picture.read_text()


def test_out_file_is_whole_and_leaves_nothing_beside_it(tmp_path):
    out = tmp_path / "result.json"
    done = simulate("bai2024", "--precision", "0.02", "--json", "--out", str(out))
    assert out.read_text() == done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


@pytest.mark.slow
def test_what_is_read_is_not_written_over(tmp_path):
    """An older file is replaced, as everywhere; the scenario and its paths are not."""
    presets = resources.files("isacplan") / "presets"
    paths = tmp_path / "munich_3500mhz_paths.csv"
    paths.write_bytes((presets / paths.name).read_bytes())
    own = tmp_path / "own.toml"
    own.write_bytes((presets / "munich.toml").read_bytes())
    for target in (own, paths):
        before = target.read_bytes()
        done = simulate(str(own), "--out", str(target))
        assert done.returncode == 2
        assert f"{target}: is read from, and would be overwritten; name another" in done.stderr
        assert target.read_bytes() == before


@pytest.mark.slow
def test_a_run_that_did_not_converge_can_be_continued(tmp_path):
    out = tmp_path / "result.json"
    few = ["bai2024", "--sampling", "pseudo", "--out", str(out), "--precision", "0.001"]
    assert simulate(*few, "--max-trials", "524288").returncode == 0
    assert json.loads(out.read_text())["stopped_by"] == "max_trials"
    refused = simulate(*few)
    assert refused.returncode == 2
    assert "--resume" in refused.stderr
    other = simulate(*few, "--resume", "--seed", "1")
    assert other.returncode == 2
    assert "seed was 0, is 1" in other.stderr
    assert simulate(*few, "--resume", "--precision", "0.002").returncode == 0
    resumed = out.read_bytes()
    assert simulate(*few, "--precision", "0.002").returncode == 0
    assert out.read_bytes() == resumed


def test_a_frame_that_the_additive_model_cannot_describe_says_what_it_can():
    few = ["bai2024", "--sensing-duration", "1e-6", "--precision", "0.1"]
    done = simulate(*few, "--depth", "additive")
    assert done.returncode == 1
    assert "s would do, or --depth mismatched" in done.stderr
    assert simulate(*few, "--depth", "mismatched").returncode == 0


@pytest.mark.slow
def test_a_damaged_partial_file_is_set_aside_in_one_line(tmp_path):
    few = ["bai2024", "--out", str(tmp_path / "x.json"), "--max-trials", "524288"]
    few += ["--precision", "1e-6"]
    assert simulate(*few).returncode == 0
    partial = tmp_path / "x.json.partial"
    content = bytearray(partial.read_bytes())
    content[4096:] = b"x" * (len(content) - 4096)
    partial.write_bytes(content)
    done = simulate(*few, "--resume")
    assert done.returncode == 0, done.stderr
    assert done.stderr == (
        f"isacplan: {partial}: not a file of finished blocks; now {partial.name}.unusable-1, "
        "starting anew\n"
    )


def test_blocks_of_another_version_are_not_mixed_in(tmp_path, monkeypatch):
    few = ["bai2024", "--out", str(tmp_path / "x.json"), "--max-trials", "524288"]
    few += ["--precision", "1e-6"]
    assert CliRunner().invoke(command, few).exit_code == 0
    assert CliRunner().invoke(command, [*few, "--resume"]).exit_code == 0
    monkeypatch.setattr("isacplan.cli.simulate.fingerprint", lambda: "another")
    found = CliRunner().invoke(command, [*few, "--resume"])
    assert isinstance(found.exception, ValueError)
    assert 'is "another"' in str(found.exception)


def test_interruption_says_how_to_go_on(tmp_path):
    out = tmp_path / "result.json"
    process = subprocess.Popen(
        [*COMMAND, *ENDLESS, "--out", str(out), "--workers", "2", "--memory", "4GiB"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    partial = tmp_path / "result.json.partial"
    while not partial.exists() and process.poll() is None:
        time.sleep(0.05)
    time.sleep(2.5)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stdout == ""
    assert len(stderr.splitlines()) == 1
    assert "--resume continues" in stderr
    assert not out.exists()


@pytest.mark.slow
def test_ten_kills_and_resumptions_give_the_same_bytes(tmp_path):
    few = ["bai2024", "--depth", "end-to-end", "--precision", "0.006", "--memory", "4GiB"]
    whole, killed = tmp_path / "whole.json", tmp_path / "killed.json"
    assert simulate(*few, "--workers", "1", "--out", str(whole)).returncode == 0
    rng, kept = random.Random(7), []
    for attempt in range(10):
        process = subprocess.Popen(
            [*COMMAND, *few, "--workers", str(1 + attempt % 2), "--out", str(killed), "--resume"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(rng.uniform(0.3, 2.5))
        process.kill()
        process.wait()
        assert not killed.exists(), "the run ended before it could be killed"
        kept.append(_blocks_in(tmp_path / "killed.json.partial"))
    assert kept == sorted(kept)
    assert simulate(*few, "--workers", "2", "--out", str(killed), "--resume").returncode == 0
    assert killed.read_bytes() == whole.read_bytes()


def _blocks_in(partial):
    import sqlite3

    if not partial.exists():
        return 0
    with sqlite3.connect(partial) as connection:
        names = [row[0] for row in connection.execute("select name from sqlite_master")]
        found = (
            connection.execute("select count(*) from block").fetchone() if "block" in names else [0]
        )
    connection.close()
    return found[0]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's own count")
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("depth", ["additive", "mismatched", "end-to-end"])
def test_a_large_array_stays_within_its_memory(tmp_path, depth):
    scenario = tmp_path / "large.toml"
    scenario.write_text(
        'kind = "frame"\n'
        "[frame]\nn_blocks = 20\nsymbols_per_block = 400\nsymbols_per_update = 100\n"
        "symbol_duration_s = 1e-6\n"
        "[array]\nn_tx = 256\nn_rx = 256\n"
        '[channel]\nangular_density = "uniform"\nhalf_width_deg = 10.0\n'
        '[aging]\nmodel = "geometric"\nrho = 0.98\n'
        "[users_random]\ncount = 100\nseed = 1\nsnr_db = [-19.0, -4.0]\n"
        "pilot_snr_db = [-39.0, -24.0]\nsensing_snr_db = [-18.0, -8.0]\n"
    )
    program = (
        "from pathlib import Path\n"
        "from isacplan.scenario import load_scenario\n"
        "from isacplan.simulate import frame_simulation\n"
        "from isacplan.simulate.engine import affordable_workers\n"
        f"scenario = load_scenario({str(scenario)!r})\n"
        f"simulation = frame_simulation(scenario, depth={depth!r}, sensing_duration=2e-3)\n"
        "assert affordable_workers(simulation.experiment, 2**30) == 1\n"
        "value = simulation.experiment.block(0)\n"
        "found = simulation.experiment.estimate(value)\n"
        "assert found.size == len(simulation.quantities)\n"
        # Not getrusage, which also counts what this process had before it started that one.
        "status = Path('/proc/self/status').read_text()\n"
        "print(next(x.split()[1] for x in status.splitlines() if x.startswith('VmHWM')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 1024 < 2**30
