"""What strangers do: odd names, odd files, full disks, zero rates."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PRESETS = Path(__file__).parents[2] / "src/isacplan/presets"


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "isacplan", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


def scenario(tmp_path, preset, *replacements, name="s.toml"):
    text = (PRESETS / f"{preset}.toml").read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / name
    file.write_text(text)
    return file


def one_line(done, status=2):
    assert done.returncode == status
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_name_too_long_for_any_file(tmp_path):
    one_line(run("frame", "a" * 5000))
    munich = 'file = "munich_3500mhz_paths.csv"'
    long = f'file = "{"b" * 5000}.csv"'
    one_line(run("frame", scenario(tmp_path, "munich", (munich, long))))


def test_a_full_disk():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "isacplan", "presets"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "isacplan: cannot read or write: No space left on device\n"


def test_keys_nested_without_end(tmp_path):
    file = tmp_path / "dots.toml"
    file.write_text("x" + ".a" * 5000 + " = 1\n")
    one_line(run("check", file))


@pytest.mark.parametrize(
    "replacement",
    [
        ("symbols_per_update = 9", "symbols_per_update = 70"),
        ("rho = 0.98", "rho = 1e-60"),
    ],
)
def test_rivals_that_carry_nothing(tmp_path, replacement):
    file = scenario(tmp_path, "bai2024", replacement)
    done = run("frame", file, "--json")
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    for rival in values["baselines"].values():
        assert rival["gain"] is None or rival["gain"] > -1.0
        assert rival["gain"] is None or rival["gain"] < 1e9
    assert run("frame", file).returncode == 0


def test_a_channel_that_ages_away_before_the_first_block(tmp_path):
    done = run("frame", scenario(tmp_path, "bai2024", ("rho = 0.98", "rho = 1e-200")))
    assert done.returncode == 1
    assert "nothing can be sent" in done.stderr


def test_a_preset_is_not_hidden_by_a_folder(tmp_path):
    (tmp_path / "bai2024").mkdir()
    assert run("check", "bai2024", cwd=tmp_path).returncode == 0


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    file = tmp_path / "bom.toml"
    file.write_text("\ufeff" + (PRESETS / "bai2024.toml").read_text())
    assert run("check", file).returncode == 0


def test_names_are_not_mathematics(tmp_path):
    file = scenario(tmp_path, "bai2024", ('"Bai2024, section IV"', r'"$5 {and} \\frac{$6"'))
    done = run("frame", file, "--plot", tmp_path / "x.png")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("pilot_db", [90, 130, 150, 200])
def test_any_pilot_strength_is_solved_or_explained(tmp_path, pilot_db):
    file = scenario(tmp_path, "bai2024", ("pilot_snr_db = -8.5733", f"pilot_snr_db = {pilot_db}.0"))
    done = run("frame", file, "--json")
    assert done.returncode in (0, 1)
    if done.returncode == 0:
        assert json.loads(done.stdout)["valid"] is True
    else:
        assert done.stderr.startswith("isacplan: infeasible: user")


def test_errors_of_the_physics_name_the_file(tmp_path):
    file = scenario(tmp_path, "munich", ("select = [17, 5, 41, 53, 10]", "select = [17, 99]"))
    done = run("frame", file)
    one_line(done)
    assert done.stderr.startswith(f"isacplan: {file}: users_paths.select: user 99")


def test_a_failed_verification_is_a_failure(monkeypatch, capsys):
    from isacplan.cli.run import run
    from isacplan.frame import CertificateCheck

    broken = CertificateCheck(
        feasible=True, rate_error=0.0, bound_holds=False, n_boxes=1, basis="nothing"
    )
    monkeypatch.setattr("isacplan.cli.frame.check_certificate", lambda *_: broken)
    assert run(["frame", "bai2024", "--verify"]) == 1
    assert "DOES NOT STAND" in capsys.readouterr().out
