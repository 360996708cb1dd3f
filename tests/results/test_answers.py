"""Every answer as JSON and as a dataset, from one table."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import isacplan
from isacplan.quantities import table
from isacplan.report import SimulationReport, frame_report, split_report
from isacplan.results import Record
from isacplan.scenario import frame_problem, load_scenario
from isacplan.simulate import (
    ErrorCurve,
    Outcome,
    SplitCurves,
    ValidityCurves,
    frame_simulation,
    split_simulation,
)
from isacplan.simulate.intervals import Interval

xarray = pytest.importorskip("xarray")


def simulated(scenario, simulation):
    n = len(simulation.quantities)
    estimate = np.random.default_rng(0).uniform(0.5, 1.0, n)
    found = Interval(estimate=estimate, low=0.9 * estimate, high=1.1 * estimate)
    outcome = Outcome(interval=found, trials=1000, precision=0.1, stopped_by="max_trials")
    return SimulationReport(simulation=simulation, outcome=outcome, scenario=scenario)


def make(kind):
    if kind == "frame":
        return frame_report(load_scenario("bai2024"), seed=3)
    if kind == "split":
        return split_report(load_scenario("gao2024"))
    if kind == "simulated frame":
        scenario = load_scenario("bai2024")
        return simulated(scenario, frame_simulation(scenario, depth="end-to-end"))
    scenario = load_scenario("gao2024")
    return simulated(scenario, split_simulation(scenario))


KINDS = ("frame", "split", "simulated frame", "simulated split")


@pytest.fixture(scope="module")
def answers():
    return {kind: make(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_printed_can_be_read_and_says_the_same(answers, kind, tmp_path):
    answer = answers[kind]
    printed = answer.to_json(curves=True)
    file = tmp_path / "answer.json"
    file.write_text(json.dumps(printed, allow_nan=False), encoding="utf-8")
    read = isacplan.read_result(file)
    assert read.to_json() == printed
    known = answer.to_dataset(curves=True)
    for name in known:
        if known[name].dtype.kind == "f":
            # JSON knows no infinity.
            known[name] = known[name].where(np.isfinite(known[name]))
    xarray.testing.assert_identical(read.to_dataset(), known)


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_has_a_unit_and_every_dimension_coordinates(answers, kind):
    dataset = answers[kind].to_dataset(curves=True)
    assert set(dataset.sizes) <= set(dataset.indexes)
    for name, variable in dataset.items():
        assert variable.attrs["long_name"], name
        if variable.dtype.kind in "if":
            assert variable.attrs["units"], name


@pytest.mark.parametrize("kind", KINDS)
def test_datasets_can_be_written(answers, kind, tmp_path):
    dataset = answers[kind].to_dataset(curves=True)
    dataset.to_netcdf(tmp_path / "answer.nc", engine="scipy")
    with xarray.open_dataset(tmp_path / "answer.nc", engine="scipy") as again:
        xarray.testing.assert_equal(again.load(), dataset)


def test_a_bare_solution_is_a_dataset(answers):
    report = answers["frame"]
    solution = isacplan.optimal_frame(frame_problem(load_scenario("bai2024")))
    found = solution.to_dataset()
    assert float(found.rate) == solution.rate == report.solution.rate
    assert found.rate.attrs["units"] == "bit/Hz"
    assert found.blocks_per_update.dims == ("update",)
    assert found.user_crb.values == pytest.approx(solution.crb, rel=0.0)
    assert found.user_rate.dims == ("user",)
    assert list(found.user.values) == list(report.scene.label)


def test_a_frame_is_labelled_and_says_where_it_comes_from(answers):
    report = answers["frame"]
    found = report.to_dataset()
    assert list(found.baseline.values) == ["ssu", "fsu", "rba"]
    rba = found.sel(baseline="rba")
    assert float(rba.baseline_rate) == report.baselines["rba"].rate
    assert float(rba.baseline_rate_std) == report.baselines["rba"].rate_std
    assert np.isnan(rba.baseline_n_updates)
    assert np.all(np.isinf(report.solution.crb) == np.isnan(found.user_crb))
    assert found.attrs["seed"] == 3
    assert found.attrs["version"] == isacplan.__version__
    assert found.attrs["command"] == "isacplan frame SCENARIO --seed 3 --gap 1e-06"
    assert json.loads(found.attrs["scenario"])["frame"]["n_blocks"] == 35


def test_curves_come_on_request(answers):
    frame, split = answers["frame"], answers["split"]
    assert "curves" not in frame.to_json()
    assert "curve_rate_chosen" not in frame.to_dataset()
    drawn = frame.to_dataset(curves=True).curve_rate_chosen
    best = drawn.sel(curve_sensing_duration=frame.solution.sensing_duration)
    assert float(best) == pytest.approx(frame.solution.rate, rel=1e-12)
    few, many = split.to_json(), split.to_json(curves=True)
    assert "winner_map" not in few
    assert "capacity_bps" not in few["fronts"]["joint"]
    assert few["fronts"]["joint"]["knee"] == many["fronts"]["joint"]["knee"]
    assert len(json.dumps(few)) < 1e4 < len(json.dumps(many)) / 5


def test_splits_and_fronts_share_their_labels(answers):
    report = answers["split"]
    found = report.to_dataset(curves=True)
    joint = found.sel(split="joint")
    assert float(joint.split_capacity) == report.plan.solutions["joint"].capacity
    front = report.fronts["joint"]
    assert joint.front_crb.values[: len(front.crb)] == pytest.approx(front.crb, rel=0.0)
    assert np.all(np.isnan(joint.front_crb[len(front.crb) :]))
    assert float(joint.margin_db) == report.plan.margin_db("joint")
    assert found.map_winner.dims == ("map_n_antennas", "map_distance")
    assert found.map_winner.sel(map_n_antennas=8).values[30] in found.split.values


def test_a_simulation_is_a_cube_of_users_and_ages(answers):
    report = answers["simulated frame"]
    found = report.to_dataset()
    rows = [row for row in report.to_json()["quantities"] if row["quantity"] == "sinr"]
    assert found.sinr.dims == ("user", "age")
    for row in rows:
        at = found.sel(user=row["user"], age=row["block"])
        assert float(at.sinr) == row["estimate"]
        assert float(at.sinr_ci_low) == row["ci_low"]
        assert float(at.sinr_formula.sel(formula="additive")) == row["formulas"]["additive"]
        assert bool(at.sinr_inside) == row["inside"]
    assert found.angle_mse.dims == ("user",)
    assert found.angle_mse.attrs["units"] == "rad^2"
    assert found.angle_mse_ci_low.attrs["units"] == "rad^2"


def test_simulated_splits_lie_along_an_axis(answers):
    report = answers["simulated split"]
    found = report.to_dataset()
    row = next(r for r in report.to_json()["quantities"] if r["split"] == "joint")
    assert row["quantity"] == "joint_split.angle_mse"
    assert found.angle_mse.dims == ("split", "user")
    assert float(found.angle_mse.sel(split="joint", user=row["user"])) == row["estimate"]


def test_pictures_have_data(answers):
    x = np.array([-4.0, 0.0])
    table_of = np.arange(8.0).reshape(4, 2)
    curve = ErrorCurve(
        x=x, rmse=table_of, low=table_of, high=table_of, exact=table_of, scenario=table_of
    )
    errors = SplitCurves(name="n", asked="a", over_snr=curve, over_loss=curve).to_dataset()
    assert float(errors.over_snr_exact_rmse.sel(split="comb", over_snr_offset_db=-4.0)) == 6.0
    names = [name for name in ValidityCurves.__dataclass_fields__ if name != "name"]
    columns = {name: x + i for i, name in enumerate(names)}
    curves = ValidityCurves(name="n", **columns | {"offset_db": x})
    assert float(curves.to_dataset().validity_mismatched.sel(validity_offset_db=0.0)) == float(
        columns["mismatched"][1]
    )
    report = answers["simulated frame"]
    with_picture = SimulationReport(
        simulation=report.simulation,
        outcome=report.outcome,
        scenario=report.scenario,
        curves=curves,
    )
    assert "validity" not in with_picture.to_json()
    assert with_picture.to_json(curves=True)["validity"]["offset_db"] == [-4.0, 0.0]


def test_fields_can_be_chosen(answers):
    report = answers["frame"]
    assert list(report.to_dataset(fields=["rate", "user_rmse_deg"])) == ["rate", "user_rmse_deg"]
    by_key = report.to_dataset(fields=["rate_bit_per_hz"])
    assert set(by_key) == {"rate", "baseline_rate"}


def test_a_field_that_is_none_is_named_with_the_nearest(answers):
    with pytest.raises(ValueError, match=r"'user_rmsedeg' is not in the table.*'user_rmse_deg'"):
        answers["frame"].to_dataset(fields=["user_rmsedeg"])
    with pytest.raises(ValueError, match=r"'capacity_bps' is not in this answer, which has .*rate"):
        answers["frame"].to_dataset(fields=["capacity_bps"])
    with pytest.raises(ValueError, match="'rate_bps' is not in the table"):
        Record(values={"rate_bps": 1.0}).to_json()


def test_a_dataset_without_xarray_says_how_to_get_it(answers, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(ValueError, match=r"pip install 'isacplan\[data\]'"):
        answers["frame"].to_dataset()


def test_answers_of_another_schema_are_not_read(tmp_path):
    file = Path(tmp_path) / "old.json"
    file.write_text('{"version": "0.1.0", "rate": 1.0}', encoding="utf-8")
    with pytest.raises(ValueError, match=r"old.json: schema_version None of isacplan 0.1.0"):
        isacplan.read_result(file)
    file.write_text("[]", encoding="utf-8")
    with pytest.raises(ValueError, match=r"old.json: not an answer of isacplan"):
        isacplan.read_result(file)
    file.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"old.json: not JSON"):
        isacplan.read_result(file)


def test_what_is_not_finite_becomes_null():
    values = {"rate_bit_per_hz": np.inf, "n_updates": np.int64(3), "blocks_per_update": [1, 2]}
    assert Record(values=values).to_json() == {
        "schema_version": table().schema_version,
        "rate_bit_per_hz": None,
        "n_updates": 3,
        "blocks_per_update": [1, 2],
    }
