"""Whole scenarios whose answers were wrong once, each with the right one."""

import json
import re
import sys

import numpy as np
import pytest

from isacplan.cli import main
from isacplan.errors import InfeasibleError
from isacplan.report import split_report, split_text
from isacplan.scenario import Question, plan_split, scenario_from_dict
from isacplan.split import full_capacity
from isacplan.split.choices import all_choices

STANDARD = {"angle_bound": "unknown_phase", "delay_bound": "flat_spectrum"}


def scenario(*, users=None, link=None, requirement=None, **split):
    values = {"kind": "split", "split": split}
    given = {"users": users, "link": link, "requirement": requirement}
    return scenario_from_dict(values | {k: v for k, v in given.items() if v is not None})


EIGHT_USERS = {
    "n_antennas": 16,
    "carrier_hz": 3.5e9,
    "bandwidth_hz": 7.2e6,
    "element_bandwidth_hz": 360e3,
    "n_symbols": 28,
    "distance_m": 200.0,
    "snr_db": -5.0,
    "ue_to_gnb_power_db": 10.0,
    "snr_bookkeeping": "constant_power",
    **STANDARD,
}


def test_pilots_may_stand_in_symbols_of_both_powers():
    plan = plan_split(scenario(users=[{}] * 8, **EIGHT_USERS))
    joint = plan.solutions["joint"]
    assert (joint.n_elements, joint.n_symbols) == (14, 2)
    assert np.sqrt(joint.crb) == pytest.approx(7.910, abs=5e-4)
    assert joint.capacity / 1e6 == pytest.approx(21.521, abs=5e-4)
    assert 0 <= joint.pilots_boosted <= 2
    assert joint.pilots_beside > joint.pilots_boosted


def test_a_pilot_need_not_take_a_boosted_symbol():
    values = {
        "n_antennas": 8,
        "carrier_hz": 3.5e9,
        "bandwidth_hz": 720e3,
        "element_bandwidth_hz": 360e3,
        "n_symbols": 8,
        "distance_m": 100.0,
        "snr_db": -10.0,
        "ue_to_gnb_power_db": 30.0,
        "localization_to_gnb_power_db": 20.0,
        "snr_bookkeeping": "constant_power",
        **STANDARD,
    }
    plan = plan_split(scenario(**values))
    every = all_choices(plan.model, "joint")
    assert np.max(every.capacity) / 1e6 == pytest.approx(0.47717, abs=5e-6)
    joint = plan.solutions["joint"]
    assert joint.capacity == np.max(every.capacity)
    assert joint.pilots_boosted == 0 < joint.pilots_beside


LOW_SNR = {
    "n_antennas": 8,
    "carrier_hz": 2.6e9,
    "bandwidth_hz": 20e6,
    "n_symbols": 200,
    "distance_m": 1000.0,
    "snr_db": -20.0,
    "snr_bookkeeping": "constant_power",
    **STANDARD,
}


def test_losses_count_from_the_largest_capacity_there_is():
    report = split_report(scenario(**LOW_SNR))
    assert full_capacity(report.model) / 1e6 == pytest.approx(1.077, abs=5e-4)
    every = all_choices(report.model, "frequency")
    assert every.n_elements[np.argmax(every.capacity)] == 97
    values = report.to_json(curves=True)
    assert values["grid_capacity_bps"] == full_capacity(report.model)
    for front in report.fronts.values():
        assert np.all(front.capacity_loss >= 0.0)
    for split in values["splits"].values():
        assert split is None or 0.0 <= split["capacity_loss"] <= 0.05
    assert "with elements given away: 1.077 Mbit/s" in split_text(report)


def test_the_accuracy_that_is_suggested_is_feasible():
    values = {
        "n_antennas": 8,
        "carrier_hz": 2.6e9,
        "bandwidth_hz": 20e6,
        "n_symbols": 200,
        "distance_m": 950.0,
        "snr_db": 10.0,
    }
    with pytest.raises(InfeasibleError, match="out of reach") as caught:
        plan_split(scenario(requirement={"position_rmse_m": 0.1}, **values))
    suggested = re.search(r"reach ([0-9.]+) m$", str(caught.value))[1]
    assert suggested == "0.4045"
    assert plan_split(scenario(requirement={"position_rmse_m": float(suggested)}, **values))


def test_the_loss_that_is_suggested_is_feasible():
    values = {k: v for k, v in EIGHT_USERS.items() if k != "snr_bookkeeping"}
    asked = scenario(users=[{}] * 8, comb_spacings=[], **values)
    with pytest.raises(InfeasibleError, match="a capacity loss of") as caught:
        plan_split(asked, question=Question(capacity_loss=0.0))
    loss = float(re.search(r"a capacity loss of ([0-9.e-]+)$", str(caught.value))[1])
    assert 0.0 < loss < 0.01
    assert plan_split(asked, question=Question(capacity_loss=loss)).designs


@pytest.mark.parametrize("block", ["shared", "divided"])
def test_everyone_out_of_reach_is_named_with_what_satisfies_all(block):
    values = {
        "n_antennas": 8,
        "carrier_hz": 2.6e9,
        "bandwidth_hz": 1.8e6,
        "n_symbols": 20,
        "snr_db": 10.0,
        "localization_block": block,
    }
    distances = (1000.0, 900.0, 1.0)

    def asked(*limits):
        users = zip(distances, limits, strict=True)
        return scenario(
            users=[{"distance_m": d, "position_rmse_limit_m": x} for d, x in users], **values
        )

    with pytest.raises(InfeasibleError, match=r"^users 0, 1: .* 0\.1 m, 0\.1 m rms") as caught:
        plan_split(asked(0.1, 0.1, 50.0))
    first, second = re.search(r"reach ([0-9.]+) m, ([0-9.]+) m", str(caught.value)).groups()
    assert plan_split(asked(float(first), float(second), 50.0)).designs


def test_a_bound_that_is_far_off_is_not_called_valid():
    report = split_report(
        scenario(
            n_antennas=243,
            carrier_hz=3.5e9,
            bandwidth_hz=18e6,
            n_symbols=466,
            distance_m=100.0,
            ue_to_gnb_power_db=7.4,
            users=[{"snr_db": -28.3}, {"snr_db": -0.3}],
        )
    )
    assert report.capacity_bound / report.capacity == pytest.approx(1.0 - 0.137, abs=5e-4)
    assert not report.bound_valid
    assert "(not valid here" in split_text(report)


def test_power_that_is_not_sent_does_not_interfere():
    half = {
        "n_antennas": 64,
        "carrier_hz": 3.5e9,
        "bandwidth_hz": 18e6,
        "n_symbols": 100,
        "distance_m": 100.0,
        "snr_db": 20.0,
    }
    report = split_report(scenario(users=[{"power_share": 0.5}], **half))
    whole = split_report(scenario(**(half | {"snr_db": float(20.0 + 10 * np.log10(0.5))})))
    assert whole.capacity / 1e6 == pytest.approx(106.32, abs=0.05)
    assert report.capacity == pytest.approx(whole.capacity, rel=3e-3), "but for its pilots"
    assert report.capacity > whole.capacity, "which have all the user's power"


@pytest.mark.parametrize("extra", [[], ["--json", "--curves"], ["--plot", "map.png"]])
def test_a_map_starts_where_its_path_loss_does(extra, tmp_path, monkeypatch, capsys):
    file = tmp_path / "near.toml"
    file.write_text(
        'kind = "split"\n[split]\nn_antennas = 8\ncarrier_hz = 1e8\nbandwidth_hz = 1.8e6\n'
        "n_symbols = 20\ndistance_m = 2.0\n[link]\ngnb_power_dbm = -60.0\nue_power_dbm = -60.0\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["isacplan", "split", str(file), *extra])
    with pytest.raises(SystemExit) as caught:
        main()
    out, errors = capsys.readouterr()
    assert (caught.value.code, errors) == (0, "")
    if "--json" in extra:
        shortest = json.loads(out)["winner_map"]["distance_m"][0]
        assert shortest >= 299_792_458.0 / 1e8 / (4.0 * np.pi)
