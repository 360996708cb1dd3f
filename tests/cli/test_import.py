"""``isacplan import``: other people's files to paths files, run as a user runs it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from isacplan.cli.import_ import command
from isacplan.scenario.paths import read_paths

DATA = Path(__file__).parents[1] / "data"
SIONNA = str(DATA / "sionna_munich" / "paths.npz")
DEEPMIMO = str(DATA / "deepmimo_v4_munich")


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "arguments", [("sionna", SIONNA), ("deepmimo", DEEPMIMO, "--velocity", "5,3,0")]
)
def test_a_paths_file_and_an_account(tmp_path, arguments):
    out, picture = tmp_path / "users.csv", tmp_path / "users.png"
    done = run(*arguments, "--out", out, "--plot", picture)
    assert done.exit_code == 0, done.output
    assert f"3 users, 28 paths: written to {out}" in done.output
    assert "note: 5 of 33 paths dropped" in done.output
    rows = [line.split() for line in done.output.splitlines()[1:4]]
    assert [row[:3] for row in rows] == [
        ["0", "11", "-81.1"],
        ["1", "10", "-74.8"],
        ["2", "7", "-81.7"],
    ]
    assert all(row[-1] == "yes" for row in rows)
    assert picture.stat().st_size > 10_000
    table = read_paths(str(out))
    assert list(table.numbers) == [0, 1, 2]
    assert out.read_text().startswith(f"# from {arguments[1]}\n")
    values = json.loads(run(*arguments, "--json").output)
    assert values["users"] == values["line_of_sight"] == 3
    assert values["paths"] == 28
    assert values["doppler"]
    assert values["file"] is None
    assert any("28 paths" in line for line in run(*arguments).output.splitlines()[-1:])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("deepmimo", DEEPMIMO, "--velocity", "5,3"), "must be three numbers, such as 5,3,0"),
        (("deepmimo", DEEPMIMO, "--velocity", "5,3,x"), "must be three numbers"),
        (("deepmimo", DEEPMIMO, "--velocity", "5,3,inf"), "must be three numbers"),
        (("sionna", SIONNA, "--plot", "users.gif"), "a figure ends in"),
        (("sionna", "nowhere.npz"), "nowhere.npz"),
        (("sionna", SIONNA, "--out", "/nowhere/users.csv"), "cannot be written"),
    ],
)
def test_mistakes(arguments, match):
    done = run(*arguments)
    assert done.exit_code != 0
    assert match in done.output + str(done.exception)


def test_other_formats(tmp_path):
    out = tmp_path / "users.csv"
    rays = run("matlab", DATA / "matlab_rays.json", "--velocity", "3,0,0", "--out", out)
    assert "2 users, 3 paths" in rays.output
    again = run("csv", out, "--json")
    assert json.loads(again.output)["paths"] == 3
    done = run(
        *("cdl", "D", "--azimuth-deg", 20, "--azimuth-deg", -15, "--gain-db", -90),
        *("--zenith-deg", 95, "--delay-spread-ns", 100, "--departure-spread-deg", 5),
        *("--velocity", "10,0,0", "--carrier-hz", 3.5e9, "--out", out),
    )
    assert "2 users, 522 paths" in done.output, done.output
    user = read_paths(str(out)).user(1)
    assert 10 * np.log10(np.sum(user.gain)) == pytest.approx(-90.0)
    assert user.line_of_sight
    assert user.doppler is not None


def test_sampled(tmp_path):
    t, y = 1e-4 * np.arange(400), 0.5 * np.arange(4)
    H = np.exp(2j * np.pi * (20.0 * t[:, None] + y * np.sin(0.3)))
    file, out = tmp_path / "h.npz", tmp_path / "r.npz"
    np.savez(file, H=H, interval_s=1e-4)
    done = run("sampled", file, "--block-us", 500, "--blocks", 3, "--out", out)
    assert "user 0: 4 antennas, 0.0 dB, |rho| 1.000 1.000 1.000" in done.output
    with np.load(out) as saved:
        assert saved["temporal_correlation"].shape == (1, 3)
        assert saved["correlation"].shape == (1, 4, 4)
        assert saved["mean_gain"] == pytest.approx([1.0])
    values = json.loads(run("sampled", file, "--block-us", 500, "--blocks", 3, "--json").output)
    assert values["users"][0]["temporal_correlation"] == pytest.approx([1.0] * 3)


def test_what_is_read_is_not_overwritten(tmp_path):
    """Nor through a link, hard or symbolic; a new file beside it is fine."""
    base, table = tmp_path / "base.npz", tmp_path / "users.csv"
    base.write_bytes(Path(SIONNA).read_bytes())
    assert run("sionna", base, "--out", table).exit_code == 0
    samples = tmp_path / "h.npz"
    np.savez(samples, H=np.ones((20, 4)) * (1 + 1j), interval_s=1e-3)
    folder = tmp_path / "scenario"
    shutil.copytree(DEEPMIMO, folder)
    for arguments, source in (
        (("sionna", base), base),
        (("csv", table), table),
        (("sampled", samples, "--block-us", "1000"), samples),
    ):
        before = source.read_bytes()
        soft, hard = source.with_suffix(".soft"), source.with_suffix(".hard")
        soft.symlink_to(source)
        hard.hardlink_to(source)
        for target in (source, soft, hard):
            done = run(*arguments, "--out", target)
            assert done.exit_code != 0
            assert "would be overwritten" in str(done.exception)
            assert source.read_bytes() == before
    assert "overwritten" in str(run("deepmimo", folder, "--out", folder / "params.json").exception)
    for _ in range(2):
        assert run("deepmimo", folder, "--out", folder / "users.csv").exit_code == 0
