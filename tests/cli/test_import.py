"""``isacplan import``: other people's files to paths files, run as a user runs it."""

import json
from pathlib import Path

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
