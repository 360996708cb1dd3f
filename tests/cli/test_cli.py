import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from isacplan.frame import check_certificate, optimal_frame
from isacplan.scenario import frame_problem, load_scenario, scenario_from_dict


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "isacplan", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    "name", ["bai2024", pytest.param("munich", marks=pytest.mark.slow), "street"]
)
def test_frame_json_is_complete(name):
    done = run("frame", name, "--json", "--seed", "5")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    values = json.loads(done.stdout)
    for key in (
        "rate_bit_per_hz",
        "spectral_efficiency_bps_hz",
        "sensing_duration_s",
        "n_updates",
        "blocks_per_update",
        "upper_bound_bit_per_hz",
        "gap",
        "certificate",
        "valid",
        "users",
        "baselines",
        "version",
        "seed",
        "scenario",
    ):
        assert key in values
    assert set(values["baselines"]) == {"ssu", "fsu", "rba"}
    assert values["certificate"] == ("proved" if name == "bai2024" else "sampled")
    # The scenario inside the result states the same problem again.
    again = optimal_frame(frame_problem(scenario_from_dict(values["scenario"]), seed=5))
    # Rivals refine the points of a sampled plan's interpolation; formulas are the same bits.
    near = 0.0 if name == "bai2024" else 2e-4
    assert again.rate == pytest.approx(values["rate_bit_per_hz"], rel=near, abs=0.0)
    # The bound holds the error of interpolation eight times over.
    assert again.upper_bound == pytest.approx(
        values["upper_bound_bit_per_hz"], rel=30.0 * near, abs=0.0
    )
    assert list(again.blocks_per_update) == values["blocks_per_update"]
    total = sum(user["spectral_efficiency_bps_hz"] for user in values["users"])
    assert total == pytest.approx(values["spectral_efficiency_bps_hz"], rel=1e-12)


def test_same_seed_same_bytes():
    first, second = run("frame", "bai2024", "--json"), run("frame", "bai2024", "--json")
    assert first.stdout == second.stdout


def test_text_names_everything():
    text = run("frame", "bai2024", "--verify").stdout
    for words in ("sensing time", "channel updates", "upper bound", "SSU", "FSU", "RBA", "stands"):
        assert words in text


def test_a_given_design_is_evaluated():
    values = json.loads(
        run("frame", "bai2024", "--sensing-duration", "350e-6", "--updates", "7", "--json").stdout
    )
    assert values["sensing_duration_s"] == 350e-6
    assert values["n_updates"] == 7
    assert values["gap"] is None
    best = optimal_frame(frame_problem(load_scenario("bai2024")))
    assert values["rate_bit_per_hz"] < best.rate


def test_verification_in_json():
    values = json.loads(run("frame", "bai2024", "--verify", "--json").stdout)
    assert values["verification"]["passed"] is True
    problem = frame_problem(load_scenario("bai2024"))
    assert check_certificate(problem, optimal_frame(problem)).passed


@pytest.mark.parametrize("ending", ["png", "pdf", "svg"])
def test_figure(tmp_path, ending):
    file = tmp_path / f"frame.{ending}"
    done = run("frame", "bai2024", "--plot", file)
    assert done.returncode == 0, done.stderr
    assert file.stat().st_size > 10_000
    assert [p.name for p in tmp_path.iterdir()] == [file.name]


def test_presets_and_check():
    listed = run("presets").stdout
    for name in ("bai2024", "munich", "street"):
        assert name in listed
        assert run("check", name).returncode == 0
    assert "bai2024" in json.loads(run("presets", "--json").stdout)["presets"]
    assert json.loads(run("check", "street", "--json").stdout)["valid"] is True


@pytest.mark.slow
def test_scenario_file_beside_its_paths(tmp_path):
    preset = Path(__file__).parents[2] / "src/isacplan/presets/munich.toml"
    (tmp_path / "mine.toml").write_text(preset.read_text())
    values = json.loads(run("frame", "mine.toml", "--json", cwd=tmp_path).stdout)
    assert values["n_updates"] > 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frame", "nowhere.toml"], "no such file or preset"),
        (["frame", "."], "not a file"),
        (["frame", "bai2024", "--plot", "x.docx"], "a figure ends in"),
        (["frame", "bai2024", "--plot", "no/such/folder/x.png"], "no folder"),
        (["frame", "bai2024", "--gap", "0"], "--gap must be"),
        (["frame", "bai2024", "--gap", "nan"], "--gap must be"),
        (["frame", "bai2024", "--updates", "3"], "go together"),
        (["frame", "bai2024", "--updates", "0", "--sensing-duration", "1e-4"], "updates = 0"),
        (["frame", "bai2024", "--updates", "3", "--sensing-duration", "9"], "sensing duration = 9"),
        (["frame", "bai2024", "--updates", "3", "--sensing-duration", "nan"], "sensing duration ="),
        (["frame", "bai2024", "--updates", "3", "--sensing-duration", "1e-6"], "has its pole"),
        (["frame", "bai2024", "--seed", "-1"], "--seed"),
        (["frame", "bai2024", "--jsn"], "No such option"),
        (["frma"], "No such command"),
        (["check"], "Missing argument"),
    ],
)
def test_bad_input_is_one_line_and_status_two(arguments, words):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("isacplan: ")
    assert words in done.stderr


def test_infeasible_is_status_one(tmp_path):
    preset = Path(__file__).parents[2] / "src/isacplan/presets/street.toml"
    text = preset.read_text().replace("angle_rmse_limit_deg = 0.8", "angle_rmse_limit_deg = 0.01")
    (tmp_path / "tight.toml").write_text(text)
    done = run("frame", tmp_path / "tight.toml")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "a limit of 0.179 deg or more" in done.stderr


def test_a_reader_that_leaves():
    command = f"{sys.executable} -m isacplan frame bai2024 --json | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""


def test_importing_the_package_loads_only_numpy_and_scipy():
    code = (
        "import sys, isacplan; "
        "heavy = {'matplotlib', 'click', 'rich', 'msgspec', 'scipy.optimize', 'scipy.stats'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
