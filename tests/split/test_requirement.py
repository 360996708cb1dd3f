"""Requirements as probabilities, clocks, anchors and bias: from the scenario to what is printed."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

from isacplan.errors import InfeasibleError
from isacplan.report import split_report, split_text
from isacplan.report.split_position import notes
from isacplan.scenario import (
    Question,
    load_scenario,
    plan_split,
    scenario_from_dict,
    split_problem,
)
from isacplan.split import (
    PositionRequirement,
    build_model,
    full_crb,
    maximise_capacity,
    minimise_crb,
    needed_for,
)
from isacplan.split.choices import all_choices
from isacplan.split.requirement import meets
from isacplan.split.waveforms import comb_waveform, error_law, rectangle_waveform

SPLIT = {
    "n_antennas": 8,
    "carrier_hz": 3.5e9,
    "bandwidth_hz": 10.08e6,
    "element_bandwidth_hz": 360e3,
    "n_symbols": 40,
    "distance_m": 120.0,
    "snr_db": 5.0,
    "angle_deg": 25.0,
    "angle_bound": "unknown_phase",
    "delay_bound": "flat_spectrum",
    "localization_direction": "uplink",
}
TWO = [{"distance_m": 60.0, "angle_deg": -40.0, "snr_db": 11.0}, {}]
LINK = {"gnb_power_dbm": 20.0, "ue_power_dbm": 20.0}


def behind(distance):
    """On the line from the user through the serving station, beyond it."""
    turn = np.radians(SPLIT["angle_deg"])
    return {"x_m": float(-distance * np.cos(turn)), "y_m": float(-distance * np.sin(turn))}


AROUND = [{"x_m": 200.0, "y_m": 0.0}, {"x_m": 60.0, "y_m": 180.0}, {"x_m": 60.0, "y_m": -180.0}]


def scenario(*, drop=(), **changes):
    values = {"kind": "split", "split": dict(SPLIT)}
    for name, value in changes.items():
        if name in ("link", "users", "requirement", "anchors"):
            values[name] = value
        else:
            values["split"][name] = value
    for key in drop:
        del values["split"][key]
    return scenario_from_dict(values)


def plan(**changes):
    return plan_split(scenario(**changes))


@pytest.mark.parametrize("block", ["shared", "divided"])
@pytest.mark.parametrize("bookkeeping", ["constant_snr", "constant_power", "constant_density"])
@pytest.mark.parametrize("split", ["time", "frequency", "joint", "comb"])
def test_most_capacity_with_a_probability_is_the_most_of_all(split, bookkeeping, block):
    model = build_model(
        split_problem(
            scenario(
                users=TWO,
                n_symbols=12,
                bandwidth_hz=3.6e6,
                snr_bookkeeping=bookkeeping,
                localization_block=block,
                range_window_m=200.0,
            )
        )
    )
    wanted = PositionRequirement(
        radius=12.0, confidence=0.9, outlier_probability=0.05, mean_square=[30.0, 80.0]
    )
    found = maximise_capacity(model, needed=needed_for(model, wanted), split=split)
    law = error_law(model.fix, model.problem, found)
    assert np.all(wanted.met(law))
    assert found.crb == pytest.approx(float(np.max(found.user_crb)), rel=1e-12)
    choices = all_choices(model, split)
    every = choices.n_symbols[:, None] * np.ones(2)
    waves = rectangle_waveform(model.problem, choices.n_elements)
    if split == "comb":
        waves = comb_waveform(model.problem, model.combs)
    ways = [every]
    if block == "divided":
        first = [np.minimum(own, every[:, 0]) for own in range(13)]
        ways = [np.stack([own, every[:, 0] - own], axis=-1) for own in first]
    met = [np.all(meets(model.fix, waves, way, requirement=wanted), axis=-1) for way in ways]
    met = np.any(met, axis=0)
    assert np.sum(met) > 0
    assert not np.all(met) or split in ("time", "comb")
    assert found.capacity == pytest.approx(float(np.max(choices.capacity[met])), rel=1e-12)


def test_least_error_above_threshold():
    model = build_model(split_problem(scenario(snr_db=-12.0, n_symbols=30)))
    floor = 0.3 * maximise_capacity(model, split="joint").capacity
    free = minimise_crb(model, capacity_floor=floor)
    assert error_law(model.fix, model.problem, free).outlier_probability[0] > 6e-3
    needed = needed_for(model, PositionRequirement(outlier_probability=6e-3))
    kept = minimise_crb(model, capacity_floor=floor, needed=needed)
    assert error_law(model.fix, model.problem, kept).outlier_probability[0] <= 6e-3
    choices = all_choices(model, "joint")
    met = needed.met(choices, "joint") & (choices.capacity >= floor)
    assert kept.crb == pytest.approx(float(np.min(choices.crb[met])), rel=1e-12)
    assert kept.n_elements < free.n_elements
    with pytest.raises(InfeasibleError, match=r"probability of at most 0\.006 .* the time split"):
        minimise_crb(model, capacity_floor=floor, needed=needed, split="time")


def test_a_category_is_met_with_its_probability_and_not_more():
    found = plan(requirement={"category": "level-2"}, users=TWO)
    assert "TS 22.261 level-2, a position error within 3 m" in found.asked
    for name in found.designs:
        within = found.law(name).probability_within(3.0)
        assert np.all(within >= 0.95)
    # One symbol less misses it.
    time = found.designs["time"]
    assert time.n_symbols > 1
    law = found.model.fix.law
    from isacplan.split.waveforms import solution_waveform

    fewer = (time.user_symbols - 1.0)[None]
    missed = law(solution_waveform(found.model.problem, time), fewer).probability_within(3.0)
    assert np.min(missed) < 0.95


def test_readings_that_take_one_number_for_the_ellipse_stay():
    for reading, words in (("radial", "read radial"), ("elongated", "read elongated")):
        found = plan(requirement={"category": "level-2", "reading": reading})
        assert words in found.asked
        assert "TS 22.261" in found.asked


def test_an_accuracy_of_ones_own():
    loose = plan(requirement={"accuracy_m": 3.0, "confidence": 0.5})
    tight = plan(requirement={"accuracy_m": 3.0, "confidence": 0.99})
    assert loose.chosen.capacity > tight.chosen.capacity
    assert np.all(tight.law("time").probability_within(3.0) >= 0.99)


def test_a_question_replaces_the_accuracy_but_not_the_limit_on_outliers():
    wanted = scenario(requirement={"category": "level-2", "outlier_probability": 1e-6})
    found = plan_split(wanted, question=Question(capacity_loss=0.3))
    assert found.asked_loss == 0.3
    assert "outlier probability of at most 1e-06" in found.asked
    assert np.all(found.law(found.winner).outlier_probability <= 1e-6)
    free = plan_split(
        scenario(requirement={"category": "level-2"}), question=Question(capacity_loss=0.3)
    )
    assert "outlier" not in free.asked


def test_out_of_reach_says_what_is_in_reach():
    with pytest.raises(InfeasibleError, match=r"users? 0(, 1)?: a position error within 0\.001 m"):
        plan(requirement={"accuracy_m": 1e-3}, users=TWO)
    with pytest.raises(InfeasibleError, match="all symbols together reach an outlier"):
        plan(requirement={"capacity_loss": 0.5, "outlier_probability": 1e-9}, snr_db=-40.0)


@pytest.mark.parametrize("block", ["shared", "divided"])
def test_what_is_said_to_be_in_reach_is(block):
    """Of every kind of limit, alone and beside others, typed back as it is printed."""
    rng = np.random.default_rng(20261125)
    refused = 0
    for trial in range(8):
        users = [
            {
                "distance_m": float(rng.uniform(30.0, 300.0)),
                "angle_deg": float(rng.uniform(-60.0, 60.0)),
                "snr_db": float(rng.uniform(-28.0, 5.0)),
            }
            for _ in range(int(rng.integers(1, 4)))
        ]
        asked = [
            {"position_rmse_m": float(10.0 ** rng.uniform(-2.0, 1.0))},
            {"accuracy_m": 2.0, "confidence": 0.99, "outlier_probability": 1e-4},
            {"capacity_loss": 0.5, "outlier_probability": 1e-12},
            None,
        ][trial % 4]
        if asked is None:
            for user in users:
                user["position_rmse_limit_m"] = float(10.0 ** rng.uniform(-1.0, 1.5))
        values = {"n_symbols": 12, "localization_block": block, "users": users}
        try:
            plan(**values, **({"requirement": asked} if asked else {}))
            continue
        except InfeasibleError as error:
            reason = str(error)
        refused += 1
        assert re.match(r"users? [0-9, ]+: ", reason), reason
        who, reached = re.match(r"users? ([0-9, ]+): .* reach (.*)$", reason).groups()
        metres = re.findall(r"([0-9.e+-]+) m\b", reached)
        if asked is None:
            for k, limit in zip(who.split(", "), metres, strict=True):
                users[int(k)]["position_rmse_limit_m"] = float(limit)
            plan(**values)
            continue
        for key, found in (
            ("position_rmse_m", metres),
            ("confidence", re.findall(r"a probability of ([0-9.e+-]+) %", reached)),
            ("outlier_probability", re.findall(r"an outlier probability of (\S+)", reached)),
        ):
            if found:
                asked[key] = float(found[0]) / (100.0 if key == "confidence" else 1.0)
        if asked.get("outlier_probability") != 1.0:
            plan(**values, requirement=asked)
    assert refused >= 4


def test_a_position_error_is_kept_with_its_outliers():
    """Where the bound alone would do with fewer symbols."""
    near = {"snr_db": -13.0, "n_symbols": 60, "comb_spacings": []}
    for question in (Question(position_rmse=12.0), Question(crb_loss=30.0)):
        found = plan_split(scenario(**near), question=question)
        best = full_crb(found.model)
        limit = 144.0 if question.crb_loss is None else 30.0 * best
        by_bound = maximise_capacity(found.model, position_variance_limit=limit)
        law = error_law(found.model.fix, found.model.problem, by_bound)
        above = 1.0 if question.crb_loss is None else 2.0
        assert law.mean_square[0] > above * limit
        for name in found.designs:
            assert found.law(name).mean_square[0] <= above * limit * (1.0 + 1e-12)
        assert found.chosen.capacity < by_bound.capacity
    stated = plan_split(scenario(**near, users=[{"position_rmse_limit_m": 12.0}]))
    asked = plan_split(scenario(**near, requirement={"position_rmse_m": 12.0}))
    free = plan_split(scenario(**near), question=Question(position_rmse=12.0))
    assert stated.chosen.capacity == asked.chosen.capacity == free.chosen.capacity
    assert "12 m rms, outliers included" in asked.asked


def test_a_divided_block_gives_what_is_needed_first():
    users = [{"snr_db": -11.0}, {"snr_db": -11.0, "distance_m": 900.0}]
    split = {"localization_block": "divided", "n_symbols": 40, "users": users}
    free = plan(**split, requirement={"capacity_loss": 0.5})
    kept = plan(**split, requirement={"capacity_loss": 0.5, "outlier_probability": 0.02})
    worst = {name: np.max(free.law(name).outlier_probability) for name in free.designs}
    assert max(worst.values()) > 0.02
    for name in kept.designs:
        assert np.all(kept.law(name).outlier_probability <= 0.02)
        assert kept.designs[name].crb >= free.designs[name].crb
    assert kept.designs["joint"].user_symbols.min() > free.designs["joint"].user_symbols.min()


def test_a_round_trip_and_anchors_have_bounds_of_their_own():
    synchronised = full_crb(build_model(split_problem(scenario())))
    trip = full_crb(build_model(split_problem(scenario(clock="round_trip"))))
    around = full_crb(build_model(split_problem(scenario(clock="unknown", anchors=AROUND))))
    helped = full_crb(build_model(split_problem(scenario(anchors=AROUND))))
    assert np.all(np.isfinite(around))
    assert helped < around
    assert helped < synchronised
    # Both ways, with the users' power equal to the station's, which N antennas share.
    assert trip != pytest.approx(synchronised, rel=0.01)


def test_heights_come_from_the_path_loss_model():
    link = {**LINK, "path_loss": "uma_los"}
    high = split_problem(scenario(drop=["snr_db"], link=link))
    assert high.stations.height == pytest.approx(23.5)
    flat = split_problem(scenario(drop=["snr_db"], link=LINK))
    assert flat.stations.height == 0.0
    mast = split_problem(scenario(drop=["snr_db"], link={**LINK, "gnb_height_m": 51.5}))
    assert mast.stations.height == 50.0
    assert mast.downlink_snr[0] / flat.downlink_snr[0] == pytest.approx(120**2 / (120**2 + 50**2))
    A, crb = [], []
    for problem in (flat, mast):
        A.append(problem.localization_snr[0])
        crb.append(full_crb(build_model(problem))[0])
    assert crb[1] * A[1] > crb[0] * A[0] * (1 + 50**2 / 120**2)


def test_no_line_of_sight_needs_a_bias_and_has_it_in_the_error():
    link = {**LINK, "path_loss": "umi_nlos"}
    with pytest.raises(ValueError, match=r"no line of sight, whose delay .*: give nlos_bias_m"):
        scenario(drop=["snr_db"], link=link)
    biased = scenario(
        drop=["snr_db"],
        link={**link, "nlos_bias_m": 4.0},
        requirement={"accuracy_m": 6.0, "confidence": 0.9},
    )
    report = split_report(biased)
    law = report.plan.law(report.plan.winner)
    assert np.linalg.norm(law.bias[0]) == pytest.approx(4.0, rel=0.01)
    assert law.probability_within(6.0)[0] >= 0.9
    assert "no line of sight: paths are taken to be 4 m longer" in split_text(report)
    with pytest.raises(InfeasibleError, match=r"alone move the place by 4\.011 m"):
        plan_split(biased, question=Question(position_rmse=3.0))
    near = plan_split(biased, question=Question(position_rmse=5.0))
    assert 16.0 < near.law(near.winner).mean_square[0] < 25.1
    with pytest.raises(InfeasibleError, match="a position error within 3 m"):
        plan_split(
            scenario(
                drop=["snr_db"],
                link={**link, "nlos_bias_m": 4.0},
                requirement={"accuracy_m": 3.0, "confidence": 0.6},
            )
        )


def test_the_text_says_whose_clock_whether_above_threshold_and_with_which_probability():
    text = split_text(split_report(load_scenario("indoor")))
    assert "clock: each user keeps the network's time" in text
    assert "errors, worst user" in text
    assert "within 1 m" in text
    assert "below threshold" not in text
    assert "far field: users 0, 1 nearer than the array's Fraunhofer distance of 41.16 m" in text
    assert "vertical: not checked; TS 22.261 level-3 asks for 2 m" in text


def test_below_threshold_is_said():
    values = {"snr_db": 12.0, "localization_direction": "paper", "distance_m": 300.0}
    weak = scenario(
        n_antennas=6,
        n_symbols=100,
        bandwidth_hz=10e6,
        localization_to_gnb_power_db=-22.0,
        snr_bookkeeping="constant_density",
        requirement={"capacity_loss": 0.2},
        **values,
    )
    report = split_report(weak)
    text, data = split_text(report), report.to_json()
    assert text.count("below threshold") >= 3
    for name in ("time", "frequency", "joint"):
        split = data["splits"][name]
        assert split["above_threshold"] is False
        assert split["position_error_rmse_m"] > 1.5 * split["position_rmse_m"]
        assert split["outlier_probability"] > 0.01


def test_json_has_it_all():
    data = split_report(scenario(requirement={"category": "category-2"}, users=TWO)).to_json()
    assert data["clock"] == "synchronised"
    assert data["requirement"]["standard"] == "TS 22.137"
    assert data["requirement"]["vertical_checked"] is False
    assert any("TS 22.137 is about objects sensed" in note for note in data["notes"])
    time = data["splits"]["time"]
    assert time["requirement_met"] is True
    assert 0.95 <= time["probability_within"] <= 1.0
    assert time["probability_within"] == min(u["probability_within"] for u in time["users"])
    assert json.loads(json.dumps(data, allow_nan=False)) is not None


def test_a_clock_that_nobody_shares_leaves_no_map_and_no_closed_form():
    report = split_report(scenario(clock="unknown", anchors=AROUND))
    assert report.winners is None
    text = split_text(report)
    assert "closed forms" not in text
    assert "only differences of delays between 4 stations count" in text
    assert "cancel in a round trip" in split_text(split_report(scenario(clock="round_trip")))


def test_the_text_says_what_the_bound_rests_on():
    """Energy, the window searched, why there is no map, what is not checked."""
    text = split_text(split_report(scenario(localization_direction="downlink")))
    assert "the station's full power beside that of the data, shared by its antennas" in text
    assert "range window: 120 m, the largest distance, searched about the true distance" in text
    assert "no map of winners" not in text
    wide = split_text(split_report(scenario(range_window_m=2e4)))
    assert "need a full-duplex station" in wide
    assert "range window: 20000 m, searched about the true distance; of rectangles 9993 m" in wide
    level = {"requirement": {"category": "level-4"}, "snr_db": 25.0}
    assert "level-3 and level-4 ask for the same accuracy" in split_text(
        split_report(scenario(**level))
    )
    for changes, why in (
        ({"snr_bookkeeping": "constant_power"}, "capacity is not linear in the elements"),
        ({"receiver": "learned_gain"}, "users that know the mean of their gain"),
        ({"anchors": AROUND}, "one station and users that keep its time"),
    ):
        found = split_report(scenario(**changes))
        assert any(line.startswith("no map of winners: ") and why in line for line in notes(found))


BAD = [
    (
        {"clock": "sundial"},
        r"split\.clock = 'sundial': must be one of synchronised, round_trip, unknown$",
    ),
    ({"clock": "unknown"}, r'clock = "unknown": one station does not determine the position'),
    (
        {"clock": "unknown", "anchors": [behind(50.0), behind(80.0)], "users": [{}]},
        "the stations, as they stand, do not determine the position of user 0",
    ),
    (
        {"clock": "unknown", "anchors": [{"x_m": 0.0, "y_m": 0.0}]},
        r"anchors\[0\] must stand elsewhere than where the serving station stands",
    ),
    ({"anchors": [AROUND[0], AROUND[0]]}, r"anchors\[1\] must stand elsewhere"),
    (
        {"anchors": [{"x_m": 120.0, "y_m": 0.0}], "angle_deg": 0.0},
        r"anchors\[0\] must stand elsewhere than user 0",
    ),
    ({"anchors": []}, "anchors"),
    ({"anchors": [{"x_m": 1.0}]}, r"anchors\[0\]\.y_m is missing"),
    ({"requirement": {"confidence": 0.9, "crb_loss": 2.0}}, "confidence goes with accuracy_m"),
    ({"requirement": {"accuracy_m": 1.0, "category": "level-1"}}, "exactly one of"),
    ({"requirement": {"accuracy_m": 1.0, "confidence": 1.0}}, r"requirement\.confidence = 1\.0"),
    (
        {"requirement": {"crb_loss": 2.0, "outlier_probability": 0.0}},
        r"requirement\.outlier_probability = 0\.0",
    ),
    ({"requirement": {"category": "level-9"}}, "must be one of category-1, .*, level-7"),
]


@pytest.mark.parametrize(("changes", "match"), BAD, ids=[match for _, match in BAD])
def test_every_mistake_is_one_line(changes, match):
    with pytest.raises(ValueError, match=match) as caught:
        build_model(split_problem(scenario(**changes)))
    assert "\n" not in str(caught.value)


def test_a_bias_goes_with_no_line_of_sight_only():
    with pytest.raises(ValueError, match="nlos_bias_m goes with a path_loss without line of sight"):
        scenario(drop=["snr_db"], link={**LINK, "nlos_bias_m": 3.0})
    far = [{"x_m": 1e5, "y_m": 0.0}]
    with pytest.raises(ValueError, match=r"anchors\[0\]: horizontal_distance must be"):
        split_problem(scenario(drop=["snr_db"], link={**LINK, "path_loss": "uma_los"}, anchors=far))


def test_the_command_line_gives_status_one_out_of_reach(tmp_path):
    file = tmp_path / "s.toml"
    lines = "\n".join(f"{key} = {json.dumps(value)}" for key, value in SPLIT.items())
    file.write_text(f'kind = "split"\n[split]\n{lines}\n[requirement]\naccuracy_m = 0.001\n')
    done = subprocess.run(
        [sys.executable, "-m", "isacplan", "split", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "within 0.001 m with a probability of 95 % is out of reach" in done.stderr


NARROW = {"snr_db": -1.0, "localization_direction": "uplink"}


def narrow(requirement=None, **changes):
    values = {"kind": "split", "split": SPLIT | NARROW | changes}
    return scenario_from_dict(values | ({"requirement": requirement} if requirement else {}))


def test_a_comb_of_an_incomplete_cycle_does_not_win_where_it_nearly_repeats():
    # Five symbols of comb 12 would win, and one estimate in ten be 3331 m off.
    near = narrow({"capacity_loss": 0.0135}, comb_spacings=[12], range_window_m=9000.0)
    plan = plan_split(near)
    assert plan.solutions["comb"] is None
    assert plan.winner == "joint"
    closer = narrow({"capacity_loss": 0.0135}, comb_spacings=[12], range_window_m=3000.0)
    comb = plan_split(closer).designs["comb"]
    assert (comb.n_symbols, comb.n_offsets) == (5, 4)
    assert 3000.0 <= comb.unambiguous_range < 3500.0


def test_closed_forms_are_of_combs_that_are_offered():
    # 30 kHz apart, tones repeat after 10 km: no comb at 20 km, some at 500 m.
    assert "by a comb of spacing" not in split_text(split_report(narrow(distance_m=20e3)))
    assert "by a comb of spacing 12" in split_text(split_report(narrow(distance_m=500.0)))
    assert "by a comb of spacing 6" in split_text(split_report(narrow(distance_m=1500.0)))


def test_the_first_lines_say_which_designs_are_below_threshold():
    report = split_report(narrow({"capacity_loss": 0.0135}, comb_spacings=[12]))
    lines = split_text(report).splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("chosen:"))
    values = report.to_json()
    below = [n for n, s in values["splits"].items() if s and not s["above_threshold"]]
    assert below
    assert lines[at + 1].startswith(f"below threshold: {', '.join(below)};")
    assert lines[at + 1] in values["notes"]
