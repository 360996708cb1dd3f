"""The command: what it prints, what it refuses, and what it draws."""

import json

import numpy as np
import pytest

import isacplan
from isacplan.cli.run import run
from isacplan.cli.sweep import duration

LIMIT = "sensing.angle_rmse_limit_deg"


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "study"
    arguments = ["sweep", "bai2024", "--over", f"{LIMIT}=0.05:1:6:log", "--no-rivals"]
    arguments += ["--over", "users.snr_db=1,2", "--with=users.pilot_snr_db=-8,-7"]
    assert run([*arguments, "--out", str(folder)]) == 0
    return folder


def test_a_summary_is_printed(study, capsys):
    assert run(["sweep", "--show", str(study)]) == 0
    text = capsys.readouterr().out
    assert "12 of 12 points" in text
    assert "10 ok, 2 infeasible" in text
    assert "infeasible: user 0: angle accuracy" in text
    assert run(["sweep", "--show", str(study), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["points"] == values["finished"] == 12
    assert values["status"] == {"ok": 10, "infeasible": 2, "bad_input": 0, "fault": 0}
    assert values["dimensions"] == {"angle_rmse_limit_deg": 6, "snr_db": 2}
    assert values["store"] == str(study)
    rate = isacplan.open_study(study)["rate"]
    assert values["ranges"]["rate_bit_per_hz"] == [float(rate.min()), float(rate.max())]


def test_tied_keys_lie_along_one_dimension(study):
    found = isacplan.open_study(study)
    assert found["pilot_snr_db"].dims == ("snr_db",)
    assert found["pilot_snr_db"].values.tolist() == [-8, -7]
    assert found["pilot_snr_db"].attrs["units"] == "dB"


def test_the_command_that_is_stated_gives_the_same(study, tmp_path):
    import shlex

    found = isacplan.open_study(study).load()
    words = shlex.split(found.attrs["command"])
    assert words[:3] == ["isacplan", "sweep", "SCENARIO"]
    assert run(["sweep", "bai2024", *words[3:], "--out", str(tmp_path / "again")]) == 0
    assert isacplan.open_study(tmp_path / "again").load().identical(found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--over", "sensing.angle_limit_deg=1,2"], "did you mean angle_rmse_limit_deg"),
        (["--over", f"{LIMIT}=0.1:0.2:1"], "COUNT = 1 must be a whole number of at least 2"),
        (["--over", f"{LIMIT}=low,high"], "angle_rmse_limit_deg = 'low': expected"),
        (["--over", f"{LIMIT}=1,2", "--over", f"{LIMIT}=3,4"], "varied twice"),
        (["--over", f"{LIMIT}=1,2", "--with", f"{LIMIT}=3,4"], "varied twice"),
        (["--with", f"{LIMIT}=1,2"], "after the --over"),
        (["--over", f"{LIMIT}=1,2", "--with", "array.n_tx=8"], "need as many each"),
        ([], "nothing to vary"),
        (["--draws", "3"], "[users_random]"),
        (["--over", f"{LIMIT}=1,2", "--precision", "0.1"], "goes with --simulate"),
        (["--over", f"{LIMIT}=1,2", "--depth", "additive"], "goes with --simulate"),
        (["--over", f"{LIMIT}=1,2", "--plot", LIMIT], "go with --show"),
        (["--over", f"{LIMIT}=0.1:1:1000", "--over", "users.snr_db=0:3:1001"],
         "1000 x 1001 are 1001000 points, about "),
        (["--over", f"{LIMIT}=1,2", "--scheduler", "x", "--cluster", "1"], "one of the two"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_and_leave_nothing(arguments, message, tmp_path, capsys):
    out = tmp_path / "study"
    assert run(["sweep", "bai2024", *arguments, "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bai2024", "--over", f"{LIMIT}=1,2"], "--out FOLDER is missing"),
        (["--over", f"{LIMIT}=1,2"], "name one SCENARIO"),
        (["--show", "/nowhere"], "no study here"),
        (["bai2024", "--show", "STUDY"], "takes no scenario"),
        (["--show", "STUDY", "--plot", "n_rx"], "n_rx: is not varied; this study varies"),
        (["--show", "STUDY", "--plot", LIMIT, LIMIT], "is drawn twice"),
        (["--show", "STUDY", "--plot", LIMIT, "--variable", "rates"], "variable rates: this study"),
        (["--show", "STUDY", "--plot", LIMIT, "--picture", "x.gif"], "a figure ends in"),
    ],
)
def test_what_cannot_be_shown_is_said(arguments, message, study, capsys):
    assert run(["sweep", *[str(study) if a == "STUDY" else a for a in arguments]]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.splitlines()) == 1


def test_pictures_are_drawn(study, tmp_path, capsys):
    lines = tmp_path / "lines.svg"
    few = ["sweep", "--show", str(study), "--plot", LIMIT]
    assert run([*few, "--colour", "snr_db", "--picture", str(lines)]) == 0
    assert "</svg>" in lines.read_text()
    assert run([*few, "users.pilot_snr_db", "--variable", "user_spectral_efficiency"]) == 0
    assert (study / f"{LIMIT}-users.pilot_snr_db.png").exists()
    assert "drawn: " in capsys.readouterr().err


def test_a_picture_shows_the_numbers_of_the_study(study):
    from isacplan.plot import plot_study

    found = isacplan.open_study(study).load()
    ax = plot_study(found, "angle_rmse_limit_deg", colour="snr_db").axes[0]
    for line, snr in zip(ax.lines, (1, 2), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), found["rate"].sel(snr_db=snr))
    assert ax.get_xscale() == "log"
    assert ax.get_ylabel() == "rate [bit/Hz]"
    figure = plot_study(found, "angle_rmse_limit_deg", "snr_db", variable="user_rmse_deg")
    mesh = figure.axes[0].collections[0].get_array()
    np.testing.assert_allclose(mesh.data, found["user_rmse_deg"].mean("user").T)
    assert "mean over users" in figure.get_suptitle()


def test_times_are_told_in_words():
    assert [duration(s) for s in (0.4, 59.4, 90, 3600, 200_000, float("nan"))] == [
        "0 s", "59 s", "2 min", "1 h 0 min", "2 d 7 h", "?",
    ]  # fmt: skip
