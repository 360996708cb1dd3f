import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.cli.run import run as run_command
from isacplan.errors import InfeasibleError
from isacplan.report import split_report, split_text
from isacplan.scenario import Question, load_scenario, scenario_from_dict, scenario_to_dict
from isacplan.split import SPLITS


@pytest.fixture
def run(capsys):
    def call(*arguments):
        status = run_command([*map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.mark.parametrize("preset", ["gao2024", "gao2024-32", "indoor", "rural"])
def test_presets_give_text_and_json_that_agree(run, preset):
    status, text, errors = run("split", preset)
    assert (status, errors) == (0, "")
    status, out, errors = run("split", preset, "--json")
    assert (status, errors) == (0, "")
    values = json.loads(out)
    assert set(values["splits"]) == set(SPLITS)
    assert (values["splits"]["comb"] is None) == preset.startswith("gao2024")
    for key in ("capacity_bps", "crb_m2", "winner", "version", "scenario", "name"):
        assert key in values
    assert f"winner: {values['winner']}" in text
    joint = values["splits"]["joint"]
    assert f"{joint['capacity_bps'] / 1e6:.2f}" in text
    assert {"symbols", "bandwidth_hz", "capacity_bps", "crb_m2"} <= set(joint)
    assert sum(u["capacity_bps"] for u in joint["users"]) == pytest.approx(joint["capacity_bps"])


def test_errors_in_metres_are_roots_of_the_bounds(run):
    values = json.loads(run("split", "rural", "--json")[1])

    def places(value):
        if isinstance(value, dict):
            yield from [value] if "position_rmse_m" in value else []
            for part in value.values():
                yield from places(part)
        elif isinstance(value, list):
            for part in value:
                yield from places(part)

    found = [place for place in places(values) if "crb_m2" in place]
    assert len(found) > 10
    for place in found:
        assert place["position_rmse_m"] == pytest.approx(np.sqrt(place["crb_m2"]), rel=1e-12)


def test_the_map_is_drawn_at_the_loss_that_was_asked_for(run):
    def loss(*arguments):
        return json.loads(run("split", *arguments, "--json", "--curves")[1])["winner_map"][
            "capacity_loss"
        ]

    assert loss("gao2024") == 0.05
    assert loss("gao2024", "--capacity-loss", 0.13) == 0.13
    values = json.loads(run("split", "gao2024", "--crb-loss", 2.0, "--json", "--curves")[1])
    simple = [values["splits"][name]["capacity_loss"] for name in ("time", "frequency")]
    assert values["winner_map"]["capacity_loss"] == pytest.approx(min(simple), rel=1e-12)


def test_gao2024_is_the_default_and_frequency_wins_it(run):
    assert run("split")[1] == run("split", "gao2024")[1]
    values = json.loads(run("split", "--json")[1])
    assert values["capacity_bps"] / 1e6 == pytest.approx(61.6, abs=0.05)
    assert values["winner"] == "frequency"
    assert values["margin_db"]["time"] > 10.0
    assert values["margin_db"]["joint"] == pytest.approx(0.0, abs=1e-9)
    assert values["fronts"]["time"]["knee"] is None
    assert 0.05 < values["fronts"]["frequency"]["knee"]["capacity_loss"] < 0.08


def test_every_way_to_choose_the_point(run):
    loss = json.loads(run("split", "--capacity-loss", 0.2, "--json")[1])["splits"]["joint"]
    assert 0.15 < loss["capacity_loss"] <= 0.2
    crb = json.loads(run("split", "--crb-loss", 2.0, "--json")[1])["splits"]["joint"]
    assert 1.5 < crb["crb_loss"] <= 2.0 * (1 + 1e-12)
    metres = json.loads(run("split", "--position-rmse-m", 1.5, "--json")[1])["splits"]["joint"]
    assert 1.2 < metres["position_rmse_m"] <= 1.5 * (1 + 1e-12)


def test_giving_everything_to_localization_leaves_nothing(run):
    status, out, _ = run("split", "--crb-loss", 1, "--json")
    values = json.loads(out)
    assert status == 0
    assert [values["splits"][name]["capacity_bps"] for name in SPLITS[:3]] == [0.0, 0.0, 0.0]
    assert list(values["margin_db"].values()) == [0.0, 0.0, 0.0]
    assert run("split", "--crb-loss", 1)[0] == 0
    assert run("split", "--capacity-loss", 1)[0] == 0


def test_out_of_reach_is_status_1_and_says_what_is_in_reach(run):
    status, out, errors = run("split", "gao2024", "--position-rmse-m", 0.5)
    assert (status, out) == (1, "")
    assert errors == (
        "isacplan: infeasible: user 0: a position error of at most 0.5 m rms, outliers "
        "included is out of reach; "
        "all symbols together reach 0.8629 m\n"
    )
    status, _, errors = run("split", "--capacity-loss", 0)
    assert status == 1
    assert "Mbit/s are in reach" in errors


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["nowhere"], "nowhere: no such file or preset"),
        (["munich"], 'munich: kind = "frame": use `isacplan frame`'),
        (["--capacity-loss", "1.5"], "capacity loss must be at least 0 and at most 1, got 1.5"),
        (["--capacity-loss", "nan"], "capacity loss must be"),
        (["--crb-loss", "0.5"], "CRB loss must be at least 1 and at most 1e+12, got 0.5"),
        (
            ["--position-rmse-m", "-1"],
            "position RMSE [m] must be at least 1e-06 and at most 1e+07, got -1",
        ),
        (["--position-rmse-m", "1e300"], "position RMSE [m] must be at least 1e-06 and at most"),
        (["--position-rmse-m", "1e-300"], "position RMSE [m] must be at least 1e-06 and at most"),
        (["--capacity-loss", "0.1", "--crb-loss", "2"], "only one of"),
        (["--capacity-loss", "many"], "is not a valid float"),
        (["--plot", "x.gif"], "a figure ends in"),
        (["--frobnicate"], "No such option"),
    ],
)
def test_bad_input_is_one_line_and_status_2(run, arguments, match):
    status, out, errors = run("split", *arguments)
    assert (status, out) == (2, "")
    assert match in errors
    assert errors.count("\n") == 1


def test_the_other_commands_know_split_scenarios(run):
    status, out, _ = run("check", "gao2024")
    assert (status, out) == (
        0,
        "gao2024: a valid split scenario, 1 users, 111 x 200 resource elements\n",
    )
    assert run("frame", "gao2024")[0] == 2
    assert "gao2024-32    split" in run("presets")[1]


def test_a_bad_file_names_file_key_and_value(run, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('kind = "split"\n[split]\nn_antennas = 1\n')
    status, _, errors = run("split", file)
    assert status == 2
    assert str(file) in errors
    assert "split." in errors


@pytest.mark.parametrize("preset", ["gao2024", "indoor"])
def test_plot_writes_the_figure(run, tmp_path, preset):
    file = tmp_path / "split.png"
    assert run("split", preset, "--plot", file)[0] == 0
    assert file.read_bytes().startswith(b"\x89PNG")
    assert [entry.name for entry in tmp_path.iterdir()] == ["split.png"]


def test_the_picture_names_axes_units_and_lines():
    from isacplan.plot import plot_split

    figure = plot_split(split_report(load_scenario("gao2024")))
    tradeoff, winners, snr = figure.axes
    assert tradeoff.get_xlabel() == "capacity [Mbit/s]"
    assert tradeoff.get_ylabel() == "position error, root of the bound [m]"
    labels = {entry.get_text() for entry in tradeoff.get_legend().get_texts()}
    assert {"time split", "frequency split", "joint split", "knee", "chosen point"} <= labels
    assert (winners.get_xlabel(), winners.get_ylabel()) == ("antennas", "distance [m]")
    assert snr.get_ylabel() == "downlink SNR [dB]"
    assert figure.get_suptitle()


def test_the_command_line_starts_without_matplotlib():
    code = (
        "import sys; sys.argv = ['isacplan', 'split', '--json']\n"
        "from isacplan.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert 'matplotlib' not in sys.modules and 'scipy.optimize' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@settings(max_examples=25)
@given(
    data=st.data(),
    question=st.one_of(
        st.builds(Question, capacity_loss=st.floats(0.05, 1.0)),
        st.builds(Question, crb_loss=st.floats(1.0, 100.0)),
    ),
    bookkeeping=st.sampled_from(["constant_snr", "constant_power", "constant_density"]),
    block=st.sampled_from(["shared", "divided"]),
)
def test_any_valid_scenario_is_reported_without_surprise(data, question, bookkeeping, block):
    values = scenario_to_dict(load_scenario("gao2024"))
    del values["link"], values["requirement"]
    values["split"] |= {
        "n_antennas": data.draw(st.integers(2, 128)),
        "n_symbols": data.draw(st.integers(4, 60)),
        "bandwidth_hz": data.draw(st.floats(0.4e6, 8e6)),
        "snr_db": data.draw(st.floats(-30.0, 60.0)),
        "distance_m": data.draw(st.floats(1.0, 1e4)),
        "snr_bookkeeping": bookkeeping,
        "localization_block": block,
    }
    values["users"] = [{}] * data.draw(st.integers(1, 3))
    try:
        report = split_report(scenario_from_dict(values), question=question)
    except InfeasibleError as error:
        assert "reach" in str(error)
        return
    assert json.dumps(report.to_json(curves=True), allow_nan=False)
    assert "nan" not in split_text(report)
    if report.plan.winner != "comb":
        assert report.plan.margin_db("joint") == pytest.approx(0.0, abs=1e-8)
    assert all(report.plan.margin_db(name) >= 0.0 for name in report.plan.solutions)
    assert np.all(np.isfinite(report.plan.chosen.user_capacities))
