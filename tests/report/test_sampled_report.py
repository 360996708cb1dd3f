"""Reports of sampled plans: intervals, rivals on the same draws, and what the bound covers."""

import json
import subprocess
import sys

import numpy as np
import pytest

from isacplan.comm.precoder import precoders
from isacplan.comm.receiver import receivers
from isacplan.errors import InfeasibleError
from isacplan.frame import SampledRate, evaluate_frame
from isacplan.plot import plot_frame
from isacplan.report import frame_report, frame_text
from isacplan.report.compared import best_rate_by_duration, relative_gain
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
    return frame_report(scenario(limit=6.0), compare=("precoder", "receiver"))


def test_the_plan_is_a_sampled_one_with_its_interval(report):
    values = report.to_json()
    assert values["certificate"] == "sampled"
    low, high = values["rate_ci95_bit_per_hz"]
    assert low < values["rate_bit_per_hz"] < high
    # Half a percent is what the number of draws aims at, with room for chance.
    assert (high - low) / 2.0 < 0.0075 * values["rate_bit_per_hz"]
    assert (values["precoder"], values["receiver"]) == ("rzf", "learned_gain")


def test_rivals_stand_on_the_same_draws(report):
    values = report.to_json()
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
    for name in ("ssu", "fsu", "rba"):
        other = values["rivals"]["same_scheme"][name]
        assert other["gain"] == pytest.approx(values["baselines"][name]["gain"], abs=2e-3)
        assert other["gain_ci95"][1] - other["gain_ci95"][0] > 0.0


def test_every_precoder_and_receiver_is_compared_on_the_same_draws(report):
    found = json.loads(json.dumps(report.to_json(), allow_nan=False))["compare"]
    assert set(found["precoder"]["plans"]) == set(precoders())
    assert set(found["receiver"]["plans"]) == set(receivers())
    for axis, own in (("precoder", "rzf"), ("receiver", "learned_gain")):
        assert found[axis]["stated"] == found[axis]["best"] == own
        plans = found[axis]["plans"]
        assert plans[own]["rate_bit_per_hz"] == pytest.approx(report.solution.rate, rel=2e-3)
        assert (plans[own]["more"], plans[own]["regret"]) == (0.0, 0.0)
        for name, plan in plans.items():
            ratio = plan["rate_bit_per_hz"] / plans[own]["rate_bit_per_hz"] - 1.0
            assert plan["more"] == pytest.approx(ratio, abs=4e-3)
            assert plan["more_ci95"][0] <= plan["more"] <= plan["more_ci95"][1]
            low, high = plan["rate_ci95_bit_per_hz"]
            assert low <= plan["rate_bit_per_hz"] <= high
            # Another's frame under the stated scheme: straight from its definition.
            frame = report.compared[axis == "receiver"].plans[name].solution
            used = evaluate_frame(report.problem, frame.sensing_duration, frame.blocks_per_update)
            lost = 1.0 - used.rate / report.solution.rate
            assert plan["regret"] == pytest.approx(lost, abs=4e-3)
    rivals = report.to_json()["rivals"]["schemes"]
    assert found["precoder"]["plans"]["mrt"]["rate_bit_per_hz"] == pytest.approx(
        rivals["mrt/learned_gain"]["rate_bit_per_hz"], rel=1e-9
    )


def test_comparisons_are_printed_and_drawn(report):
    text = frame_text(report)
    assert "the best frame of every precoder, with receiver learned_gain" in text
    row = next(line for line in text.splitlines() if line.startswith("mrt_unit"))
    assert row.count("%") == 2
    rate, half = map(float, (row.split()[1], row.split()[3]))
    plan, seconds = report.compared[0].plans["mrt_unit"], report.frame_duration
    assert rate == pytest.approx(plan.solution.rate / seconds, abs=5e-5)
    assert half == pytest.approx(plan.rate.interval.half_width / seconds, abs=5e-5)
    axes = {ax.get_title(loc="left"): ax for ax in plot_frame(report).axes}
    drawn = axes["Best frame of every precoder (receiver learned_gain)"]
    names = [label.get_text() for label in drawn.get_yticklabels()]
    rate = {name: p.solution.rate for name, p in report.compared[0].plans.items()}
    assert names == sorted(rate, key=rate.get)
    legend = axes["Rate against sensing time"].get_legend()
    labels = {entry.get_text() for entry in legend.get_texts()}
    assert "angle limit not met" in labels
    assert "model not valid" not in labels


def test_the_drawn_rates_are_the_best_ones_of_the_range(report):
    for plan in report.compared[0].plans.values():
        shortest, longest = plan.problem.sensing_range()
        T, rate = best_rate_by_duration(plan.problem)
        assert T[0] == shortest
        assert longest * (1.0 - 1e-6) < T[-1] < longest
        assert np.all(rate <= plan.solution.upper_bound)
        assert np.max(rate) == pytest.approx(plan.solution.rate, rel=0.02)


def test_nothing_is_relative_to_a_rate_of_nothing():
    rate = SampledRate(whole=1.0, without=np.ones(8))
    nothing = SampledRate(whole=0.0, without=np.ones(8))
    assert relative_gain(rate, nothing) is None
    assert relative_gain(rate, SampledRate(whole=1.0, without=np.zeros(8))) is None
    assert relative_gain(rate, rate).estimate == 0.0


def test_a_closed_form_is_compared_by_its_draws():
    found = frame_report(
        scenario(limit=6.0, precoder="mrt", receiver="mean_gain"), compare=["receiver"]
    )
    assert found.sampled is None
    (compared,) = found.compared
    assert (compared.stated, compared.best) == ("mean_gain", "learned_gain")
    own = compared.plans["mean_gain"]
    assert abs(own.solution.rate - found.solution.rate) < 2.0 * own.rate.interval.half_width


def test_the_text_names_the_plans_that_the_bound_covers(report):
    text = frame_text(report)
    assert "95 % interval" in text
    assert "regularised zero forcing; gain learned (1 precoded pilot symbol a" in text
    assert "no sensing, 32 past pilots averaged" in text
    shortest, _ = report.problem.sensing_range()
    assert f"senses for {shortest * 1e6:.4g} us or longer" in text
    assert report.to_json()["covered_plans"] in " ".join(text.split())
    # Draws are interpolated to a few parts in ten thousand: the gap asked for is out of reach.
    assert report.solution.gap > report.to_json()["wanted_gap"] == 1e-6
    assert "gap wanted        1.0e-06, not reached: rates are interpolated" in text


def test_a_requirement_has_a_price_when_it_makes_the_frame_sense_longer(report):
    strict = frame_report(scenario(limit=2.5)).sampled
    assert strict.accuracy_cost > max(0.01, 1.5 * report.sampled.accuracy_cost)
    assert frame_report(scenario()).sampled.accuracy_cost is None
    # What it costs is what the best frame without it carries more, sensing or not.
    free = frame_report(scenario()).solution
    assert strict.accuracy_cost == pytest.approx(1.0 - strict.rate.whole / free.rate, abs=5e-3)


def test_where_no_beam_keeps_a_user_the_advice_leads_to_a_plan_that_does_not_sense():
    values = scenario_to_dict(scenario())
    values["sensing"]["error_law"] = "threshold"
    for user in values["users"]:
        user["sensing_snr_db"] = -60.0
    with pytest.raises(InfeasibleError, match=r'sensing.search_window = "sector" would do'):
        frame_report(scenario_from_dict(values))
    values["sensing"]["search_window"] = "sector"
    assert frame_report(scenario_from_dict(values)).solution.sensing_duration == 0.0


def test_the_price_of_a_requirement_counts_within_the_additive_models_domain_only():
    """Errors beyond it cannot be drawn: shorter sensing is no rival."""
    values = scenario_to_dict(scenario(limit=0.35, receiver="mean_gain"))
    values["sensing"] |= {"error_model": "additive"}
    for user in values["users"]:
        user["sensing_snr_db"] = 15.0
    strict = frame_report(scenario_from_dict(values))
    values["sensing"]["angle_rmse_limit_deg"] = 60.0
    free = frame_report(scenario_from_dict(values))
    assert free.solution.sensing_duration < strict.solution.sensing_duration
    cost = 1.0 - strict.solution.rate / free.solution.rate
    assert cost > 0.01
    assert strict.sampled.accuracy_cost == pytest.approx(cost, abs=5e-3)
    assert free.sampled.accuracy_cost < 5e-3


def test_without_a_requirement_a_plan_may_choose_not_to_sense():
    found = frame_report(scenario(past_pilots=500))
    assert found.solution.method == "no_sensing"
    assert found.solution.sensing_duration == 0.0
    assert sum(found.solution.blocks_per_update) == 12
    assert "this plan does not sense" in frame_text(found)
    values = json.loads(json.dumps(found.to_json(), allow_nan=False))
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
        [sys.executable, "-m", "isacplan", "frame", str(path), "--verify", "--compare", "receiver"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "checked again: stands" in done.stdout
    assert "the best frame of every receiver, with precoder rzf" in done.stdout
    assert "drawn anew, 8 scrambles of" in done.stdout
