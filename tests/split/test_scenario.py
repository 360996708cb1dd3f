import copy
import tomllib
from importlib import resources

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.channel.tr38901 import RANGES
from isacplan.scenario import (
    SplitScenario,
    accuracy_requirements,
    accuracy_variance,
    distance_range,
    load_scenario,
    position_variance_limits,
    scenario_from_dict,
    scenario_to_dict,
    snrs_at,
    split_problem,
)
from isacplan.split import build_model, full_crb
from isacplan.units import linear_to_db

PRESETS = ("gao2024", "gao2024-32", "indoor", "rural")
SPLIT = {
    "kind": "split",
    "split": {
        "n_antennas": 8,
        "carrier_hz": 2.6e9,
        "bandwidth_hz": 20e6,
        "n_symbols": 200,
        "snr_db": 15.0,
        "distance_m": 3611.0,
    },
}
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
LINK = {"gnb_power_dbm": 13.0, "ue_power_dbm": 10.0}


def changed(*, drop=(), link=None, users=None, requirement=None, **split):
    values = copy.deepcopy(SPLIT)
    values["split"] |= split
    for key in drop:
        del values["split"][key]
    for name, part in (("link", link), ("users", users), ("requirement", requirement)):
        if part is not None:
            values[name] = part
    return values


def bias(model):
    """What a path loss without line of sight needs beside it."""
    return {"nlos_bias_m": 10.0} if model.endswith("_nlos") else {}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_round_trip_and_explain_themselves(name):
    scenario = load_scenario(name)
    assert isinstance(scenario, SplitScenario)
    assert scenario_from_dict(scenario_to_dict(scenario)) == scenario
    assert np.all(np.isfinite(full_crb(build_model(split_problem(scenario)))))
    text = (resources.files("isacplan") / "presets" / f"{name}.toml").read_text()
    assert tomllib.loads(text)["kind"] == "split"
    assert text.count("#") > 5


def test_decibels_and_degrees_end_here():
    values = changed(
        angle_deg=30.0, ue_to_gnb_power_db=-7.0, localization_to_gnb_power_db=3.0, n_antennas=4
    )
    problem = split_problem(scenario_from_dict(values))
    assert problem.angle[0] == pytest.approx(np.pi / 6, rel=1e-12)
    for snr, db in (
        (problem.downlink_snr, 15),
        (problem.uplink_snr, 8),
        (problem.localization_snr, 18),
    ):
        assert linear_to_db(snr[0]) == pytest.approx(db, rel=1e-12)


def test_link_budget_by_hand():
    values = changed(
        drop=["snr_db"],
        distance_m=1000.0,
        link={**LINK, "gnb_gain_db": 8.0, "ue_gain_db": 1.0, "ue_noise_figure_db": 9.0},
        localization_to_gnb_power_db=-2.0,
    )
    problem = split_problem(scenario_from_dict(values))
    loss_db = 32.4478 + 20 * np.log10(2600.0)  # ITU-R P.525, at 1 km
    down_db = 13.0 + 9.0 - loss_db - (-174.0 + 10 * np.log10(20e6) + 9.0)
    assert linear_to_db(problem.downlink_snr[0]) == pytest.approx(down_db, abs=1e-3)
    assert linear_to_db(problem.uplink_snr[0]) == pytest.approx(down_db - 3 + 9, abs=1e-3)
    assert linear_to_db(problem.localization_snr[0]) == pytest.approx(down_db - 2, abs=1e-3)


def test_without_a_link_budget_snr_follows_the_free_space_law():
    scenario = scenario_from_dict(changed())
    snrs = snrs_at(scenario, [3611.0, 36110.0])
    assert linear_to_db(snrs.downlink) == pytest.approx([15.0, -5.0], abs=1e-9)


@pytest.mark.parametrize("model", [f"{p}_{s}" for p, s in RANGES])
def test_models_of_tr_38901_keep_their_range(model):
    longest = RANGES[tuple(model.split("_"))][1]
    link = {**LINK, "path_loss": model, **bias(model)}
    near = scenario_from_dict(changed(drop=["snr_db"], link=link, distance_m=0.9 * longest))
    assert split_problem(near).downlink_snr[0] > 0.0
    far = scenario_from_dict(changed(drop=["snr_db"], link=link, distance_m=1.1 * longest))
    with pytest.raises(ValueError, match=f"distance.* and at most {longest:g}, got"):
        split_problem(far)


@pytest.mark.parametrize("model", ["free_space", *(f"{p}_{s}" for p, s in RANGES)])
def test_a_map_covers_what_its_path_loss_model_covers(model):
    link = {**LINK, "path_loss": model, **bias(model)}
    scenario = scenario_from_dict(changed(drop=["snr_db"], link=link, distance_m=20.0))
    snrs = snrs_at(scenario, distance_range(scenario.link, scenario.split.carrier_hz))
    assert snrs.downlink[0] > snrs.downlink[1] > 0.0
    if model != "free_space":
        with pytest.raises(ValueError, match="distance"):
            snrs_at(scenario, 1.001 * distance_range(scenario.link, scenario.split.carrier_hz)[1])
        assert distance_range(scenario.link, scenario.split.carrier_hz)[0] == pytest.approx(
            0.1 if "inh" in model else 10.0
        )


def test_users_fill_in_what_they_leave_out():
    users = [
        {"distance_m": 100.0, "position_rmse_limit_m": 2.0},
        {"angle_deg": 20.0, "snr_db": 3.0},
    ]
    scenario = scenario_from_dict(changed(users=users))
    problem = split_problem(scenario)
    assert problem.distance.tolist() == [100.0, 3611.0]
    assert linear_to_db(problem.downlink_snr).round(9).tolist() == [15.0, 3.0]
    assert problem.shares.tolist() == [0.5, 0.5]
    limits = position_variance_limits(scenario)
    assert limits is not None
    assert limits.tolist() == [4.0, np.inf]


def test_ninety_five_percent_as_variance():
    assert accuracy_variance(1.96, reading="per_axis") == pytest.approx(2.0, abs=1e-4)
    assert accuracy_variance(2.4477, reading="radial") == pytest.approx(2.0, abs=1e-4)
    rng = np.random.default_rng(5)
    draws = rng.standard_normal((200_000, 2))
    for reading, errors in (
        ("radial", np.linalg.norm(draws, axis=1) / np.sqrt(2)),
        ("per_axis", np.abs(draws[:, 0]) / np.sqrt(2)),
        ("elongated", np.abs(draws[:, 0])),
    ):
        within = np.mean(errors * np.sqrt(accuracy_variance(1.0, reading=reading)) <= 1.0)
        assert within == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 200_000))


@given(share=st.floats(0.5, 1.0))
def test_elongated_reading_holds_for_every_ellipse(share):
    # `share` of the variance on one axis; 1.96 standard deviations of the whole are enough.
    phi = np.pi / 2 * (NODES + 1) / 2
    spread = share * np.cos(phi) ** 2 + (1 - share) * np.sin(phi) ** 2
    # P(error > r) with unit total variance, in polar form about the whitened axes.
    r = 1 / np.sqrt(accuracy_variance(1.0, reading="elongated"))
    with np.errstate(divide="ignore"):
        outside = np.sum(WEIGHTS * np.exp(-(r**2) / (2 * spread))) / 2
    assert outside <= 0.05 + 1e-9


def test_requirements_are_those_of_the_tables():
    requirements = accuracy_requirements()
    for standard, accuracies in (
        ("TS 22.137", [(10, 10), (2, 5), (1, 1), (0.5, 0.5), (10, 0.2), (0.2, 0.2)]),
        ("TS 22.261", [(10, 3), (3, 3), (1, 2), (1, 2), (0.3, 2), (0.3, 2), (0.2, 0.2)]),
    ):
        found = [r for r in requirements.values() if r.standard == standard]
        assert [(r.horizontal_accuracy_m, r.vertical_accuracy_m) for r in found] == accuracies
        assert {r.confidence for r in found} == {0.95}
    values = changed(requirement={"category": "category-3", "reading": "radial"})
    limits = position_variance_limits(scenario_from_dict(values))
    assert limits is not None
    assert limits[0] == pytest.approx(accuracy_variance(1.0), rel=1e-12)


BAD = [
    (changed(n_antenas=8), r"unknown key split\.n_antenas; did you mean n_antennas\?"),
    (changed(n_antennas=1), r"split\.n_antennas = 1: expected int >= 2"),
    (changed(n_antennas=8.5), r"split\.n_antennas = 8\.5"),
    (changed(n_antennas=True), r"split\.n_antennas"),
    (changed(snr_db="15"), r"split\.snr_db = '15'"),
    (changed(snr_db=float("nan")), r"split\.snr_db = nan: must be a finite number"),
    (changed(carrier_hz=0.0), r"split\.carrier_hz = 0\.0: expected float >= 0\.001"),
    (changed(drop=["bandwidth_hz"]), r"split\.bandwidth_hz is missing"),
    (
        changed(bandwidth_hz=1e3),
        r"element_bandwidth_hz = 180000 must be at most bandwidth_hz = 1000",
    ),
    (changed(element_bandwidth_hz=10.0), "must be at least bandwidth_hz / 10000"),
    (changed(element_bandwidth_hz=5e3, n_symbols=2000), "widen split.element_bandwidth_hz"),
    (changed(angle_deg=90.0), r"split\.angle_deg = 90\.0"),
    (changed(angle_bound="known"), r"split\.angle_bound = 'known'"),
    (changed(waveform_coefficient=-1.0), r"split\.waveform_coefficient = -1\.0"),
    (changed(drop=["distance_m"]), r"split\.distance_m is missing"),
    (changed(drop=["snr_db"]), r"split\.snr_db is missing; give it or a link budget \[link\]"),
    (changed(link=LINK), r"split\.snr_db does not go with link"),
    (changed(drop=["snr_db"], link=LINK, ue_to_gnb_power_db=1.0), "ue_to_gnb_power_db does not go"),
    (changed(drop=["snr_db"], link={**LINK, "ue_height_m": 0.0}), r"link\.ue_height_m = 0\.0"),
    (changed(drop=["snr_db"], link={**LINK, "path_loss": "uma"}), r"link\.path_loss = 'uma'"),
    (changed(users=[]), "users"),
    (
        changed(users=[{"distance": 3.0}]),
        r"unknown key users\[0\]\.distance; did you mean distance_m",
    ),
    (
        changed(users=[{"power_share": 0.7}, {"power_share": 0.7}]),
        "power_share must sum to at most 1",
    ),
    (
        changed(users=[{"power_share": 0.7}, {}]),
        "power_share must be given for every user or for none",
    ),
    (changed(n_symbols=2, users=[{}, {}]), "must be above the number of users, 2"),
    (changed(requirement={}), "exactly one of capacity_loss, crb_loss"),
    (changed(requirement={"capacity_loss": 1.5}), r"requirement\.capacity_loss = 1\.5"),
    (changed(requirement={"crb_loss": 0.5}), r"requirement\.crb_loss = 0\.5"),
    (changed(requirement={"category": "category-6"}), "must be one of category-1, .*, level-7"),
    (
        changed(requirement={"crb_loss": 2.0}, users=[{"position_rmse_limit_m": 1.0}]),
        "requirement does not go with users",
    ),
]


@pytest.mark.parametrize(("values", "match"), BAD, ids=[match for _, match in BAD])
def test_every_mistake_is_one_line_that_names_the_key(values, match):
    with pytest.raises(ValueError, match=match) as caught:
        split_problem(scenario_from_dict(values))
    assert "\n" not in str(caught.value)


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.floats(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
keys = ("kind", "name", "split", "link", "users", "requirement")


@given(data=st.data())
def test_no_scenario_breaks_the_loader(data):
    values = scenario_to_dict(load_scenario(data.draw(st.sampled_from(PRESETS))))
    for _ in range(data.draw(st.integers(1, 3))):
        target = values
        if isinstance(values.get("split"), dict) and data.draw(st.booleans()):
            target = values["split"]
        key = data.draw(st.sampled_from(sorted(target) or ["x"]) | st.sampled_from(keys))
        target[key] = data.draw(junk)
    try:
        problem = split_problem(scenario_from_dict(values))
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert problem.n_users >= 1
