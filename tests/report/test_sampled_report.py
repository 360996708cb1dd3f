"""Reports of sampled plans: intervals, rivals on the same draws, and what the bound covers."""

import json
import subprocess
import sys

import numpy as np
import pytest

from isacplan.report import frame_json, frame_report, frame_text
from isacplan.scenario import scenario_from_dict, scenario_to_dict

USERS = [
    {"angle_deg": -30.0, "snr_db": 8.0, "pilot_snr_db": 3.0, "sensing_snr_db": -16.0},
    {"angle_deg": 20.0, "snr_db": 6.0, "pilot_snr_db": 5.0, "sensing_snr_db": -16.0},
]


def scenario(limit=None, **transmission):
    stated = {
        "kind": "frame",
        "name": "two users",
        "frame": {
            "n_blocks": 12,
            "symbols_per_block": 14,
            "symbols_per_update": 2,
            "symbol_duration_s": 1e-5,
        },
        "array": {"n_tx": 4, "n_rx": 4, "phase_reference": "centre"},
        "channel": {"angular_density": "laplacian", "std_deg": 5.0},
        "aging": {"model": "geometric", "rho": 0.97},
        "sensing": {"error_model": "mismatched", "error_law": "bound"},
        "transmission": {"precoder": "rzf", "receiver": "learned_gain", **transmission},
        "users": USERS,
    }
    if limit is not None:
        stated["sensing"]["angle_rmse_limit_deg"] = limit
    return scenario_from_dict(stated)


@pytest.fixture(scope="module")
def report():
    return frame_report(scenario(limit=6.0))


def test_the_plan_is_a_sampled_one_with_its_interval(report):
    values = frame_json(report)
    assert values["certificate"] == "sampled"
    low, high = values["rate_ci95_bit_per_hz"]
    assert low < values["rate_bit_per_hz"] < high
    # Half a percent is what the number of draws aims at, with room for chance.
    assert (high - low) / 2.0 < 0.0075 * values["rate_bit_per_hz"]
    assert (values["precoder"], values["receiver"]) == ("rzf", "learned_gain")


def test_rivals_stand_on_the_same_draws(report):
    values = frame_json(report)
    assert set(values["rivals"]["schemes"]) == {
        "mrt/learned_gain",
        "zf/learned_gain",
        "rzf/mean_gain",
        "mrt/mean_gain",
    }
    assert set(values["rivals"]["no_sensing"]) == {"raw_pilots", "averaged_pilots"}
    for group in values["rivals"].values():
        for other in group.values():
            assert other["gain_ci95"][0] <= other["gain"] <= other["gain_ci95"][1]
    single = values["rivals"]["same_scheme"]["ssu"]
    assert single["gain"] == pytest.approx(values["baselines"]["ssu"]["gain"], abs=2e-3)


def test_the_text_names_the_plans_that_the_bound_covers(report):
    text = frame_text(report)
    assert "95 % interval" in text
    assert "regularised zero forcing; gain learned (1 precoded pilot symbols" in text
    assert "no sensing, 32 past pilots averaged" in text
    shortest, _ = report.problem.sensing_range()
    assert f"senses for {shortest * 1e6:.4g} us or longer" in text


def test_a_requirement_has_a_price_when_it_makes_the_frame_sense_longer(report):
    strict = frame_report(scenario(limit=2.5)).sampled
    assert strict.accuracy_cost > max(0.01, 1.5 * report.sampled.accuracy_cost)
    assert frame_report(scenario()).sampled.accuracy_cost is None
    # What it costs is what the best frame without it carries more, sensing or not.
    free = frame_report(scenario()).solution
    assert strict.accuracy_cost == pytest.approx(1.0 - strict.rate.whole / free.rate, abs=5e-3)


def test_without_a_requirement_a_plan_may_choose_not_to_sense():
    found = frame_report(scenario(past_pilots=500))
    assert found.solution.method == "no_sensing"
    assert found.solution.sensing_duration == 0.0
    assert sum(found.solution.blocks_per_update) == 12
    assert "this plan does not sense" in frame_text(found)
    values = json.loads(json.dumps(frame_json(found), allow_nan=False))
    assert values["sensing_duration_s"] == 0.0
    assert values["upper_bound_bit_per_hz"] >= values["rate_bit_per_hz"]
    # Interval and gains are those of this plan, and the best that senses is a rival of it.
    low, high = values["rate_ci95_bit_per_hz"]
    assert low < values["rate_bit_per_hz"] < high
    sensing = values["rivals"]["schemes"]["sensing"]
    assert found.sensing_solution.sensing_duration > 0.0
    assert sensing["rate_bit_per_hz"] == pytest.approx(found.sensing_solution.rate, rel=2e-3)
    for group in values["rivals"].values():
        for other in group.values():
            ratio = values["rate_bit_per_hz"] / other["rate_bit_per_hz"] - 1.0
            assert other["gain"] == pytest.approx(ratio, abs=4e-3)
    assert "averaged_pilots" not in values["rivals"]["no_sensing"]
    # The same station may not choose so where accuracy is required for its own sake.
    assert frame_report(scenario(limit=6.0, past_pilots=500)).solution.sensing_duration > 0.0


def test_a_given_design_is_evaluated_on_draws_of_its_own_length():
    found = frame_report(scenario(limit=2.5), design=(3e-5, 4))
    assert found.solution.sensing_duration == 3e-5
    assert any("misses the limit" in warning for warning in found.solution.warnings)


def test_the_papers_scheme_keeps_its_closed_form():
    found = frame_report(scenario(limit=6.0, precoder="mrt", receiver="mean_gain"))
    assert found.sampled is None
    assert found.solution.certificate == "numerical"


def test_the_closed_form_lies_within_the_sampled_interval(report):
    exact = frame_report(scenario(limit=6.0, precoder="mrt", receiver="mean_gain")).solution
    other = report.sampled.schemes["mrt/mean_gain"]
    assert abs(other.solution.rate - exact.rate) < 2.0 * other.rate.interval.half_width


def test_other_seeds_agree_within_the_intervals(report):
    other = frame_report(scenario(limit=6.0), seed=5)
    apart = abs(other.solution.rate - report.solution.rate)
    widths = report.sampled.rate.interval.half_width, other.sampled.rate.interval.half_width
    assert 0.0 < apart < 1.6 * np.hypot(*widths)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"precoder": "dirty"}, "precoder = 'dirty' must be one of mrt, mrt_unit, rzf, zf"),
        ({"receiver": "genie"}, "receiver = 'genie' must be one of learned_gain, mean_gain"),
        (
            {"precoded_pilots": 14},
            "precoded_pilots = 14 fill a block of 14 symbols; at most 13, or receiver = mean_gain",
        ),
        ({"precoded_pilots": 0}, "transmission.precoded_pilots = 0"),
    ],
)
def test_bad_transmissions_are_one_line(change, message):
    with pytest.raises(ValueError, match=message):
        scenario(**change)


def test_more_users_than_zero_forcing_can_part_is_one_line():
    stated = scenario(precoder="zf")
    crowd = scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 12,
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 1e-5,
            },
            "array": {"n_tx": 4, "n_rx": 4},
            "channel": {"angular_density": "laplacian", "std_deg": 5.0},
            "aging": {"model": "geometric", "rho": 0.97},
            "sensing": {"error_model": "mismatched", "error_law": "bound"},
            "transmission": {"precoder": "zf"},
            "users": [USERS[0] | {"angle_deg": 10.0 * i} for i in range(5)],
        }
    )
    assert frame_report(stated).solution.rate > 0.0
    with pytest.raises(ValueError, match="5 users on 4 antennas; at most 4 users, or the precoder"):
        frame_report(crowd)


def test_the_command_verifies_a_sampled_plan(tmp_path):
    values = scenario_to_dict(scenario(limit=6.0))
    path = tmp_path / "two.toml"
    lines = ['kind = "frame"\nname = "two"\n']
    for section in ("frame", "array", "channel", "aging", "sensing", "transmission"):
        lines.append(f"[{section}]\n")
        lines += [f"{k} = {json.dumps(v)}\n" for k, v in values[section].items()]
    for user in values["users"]:
        lines.append("[[users]]\n")
        lines += [f"{k} = {json.dumps(v)}\n" for k, v in user.items()]
    path.write_text("".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "isacplan", "frame", str(path), "--verify"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "checked again: stands" in done.stdout
    assert "drawn anew, 8 scrambles of" in done.stdout
