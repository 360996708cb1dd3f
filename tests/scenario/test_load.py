import copy
import dataclasses
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.errors import InfeasibleError
from isacplan.frame import evaluate_frame, optimal_frame
from isacplan.scenario import (
    frame_problem,
    frame_scene,
    load_scenario,
    preset_names,
    scenario_from_dict,
    scenario_to_dict,
)
from isacplan.scenario.load import PRESETS

USER = {"angle_deg": -32.0, "snr_db": 4.0, "pilot_snr_db": -6.0, "sensing_snr_db": 3.0}
GOOD = {
    "kind": "frame",
    "frame": {
        "n_blocks": 12,
        "symbols_per_block": 70,
        "symbols_per_update": 9,
        "symbol_duration_s": 1e-6,
    },
    "array": {"n_tx": 4, "n_rx": 4},
    "channel": {"half_width_deg": 5.0},
    "aging": {"rho": 0.98},
    "sensing": {"angle_rmse_limit_deg": 2.0},
    "users": [USER, USER | {"angle_deg": 20.0}],
}


def _with(path, value):
    """A copy of GOOD with one value replaced (or removed, for None)."""
    values = copy.deepcopy(GOOD)
    *steps, last = path
    here = values
    for step in steps:
        here = here.setdefault(step, {}) if isinstance(here, dict) else here[step]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return values


def frame_presets():
    return [n for n in preset_names() if scenario_to_dict(load_scenario(n))["kind"] == "frame"]


@pytest.mark.parametrize("name", preset_names())
def test_presets_survive_the_round_trip(name):
    scenario = load_scenario(name)
    values = scenario_to_dict(scenario)
    assert scenario_from_dict(values) == scenario
    assert scenario_from_dict(msgspec.json.decode(msgspec.json.encode(values))) == scenario


@pytest.mark.slow
@pytest.mark.parametrize("name", frame_presets())
def test_presets_are_solved(name):
    best = optimal_frame(frame_problem(load_scenario(name)))
    # Of sampled rates the error of interpolation counts, see the guide.
    assert best.gap <= (1e-2 if best.certificate == "sampled" else 1e-6)
    assert best.valid
    assert not best.warnings


def test_degrees_and_decibels_become_si():
    problem = frame_problem(scenario_from_dict(GOOD))
    assert problem.block_duration == pytest.approx(70e-6)
    assert problem.update_duration == pytest.approx(9e-6)
    # One symbol at one antenna, times four antennas and nine pilot symbols.
    np.testing.assert_allclose(problem.knowledge.snr, 4 * 10**0.4)
    np.testing.assert_allclose(problem.knowledge.pilot_snr, 4 * 9 * 10**-0.6)
    np.testing.assert_allclose(problem.crb_limit, np.radians(2.0) ** 2)
    expected = 6 / (4 * 4 * 10**0.3 * np.pi**2 * np.cos(np.radians([-32.0, 20.0])) ** 2 * 15)
    np.testing.assert_allclose(problem.closed_form.error_law.per_symbol, expected, rtol=1e-12)
    np.testing.assert_allclose(problem.temporal_correlation[0, :2], [0.98, 0.98**2])


def test_users_may_have_their_own_numbers():
    values = copy.deepcopy(GOOD)
    values["users"][1] |= {"rho": 0.9, "angle_rmse_limit_deg": 1.0, "weight": 3.0, "power": 2.0}
    problem = frame_problem(scenario_from_dict(values))
    np.testing.assert_allclose(problem.temporal_correlation[:, 0], [0.98, 0.9])
    np.testing.assert_allclose(np.degrees(np.sqrt(problem.crb_limit)), [2.0, 1.0])
    np.testing.assert_allclose(problem.weight, [1.0, 3.0])
    np.testing.assert_allclose(problem.knowledge.power, [1.0, 2.0])


def test_no_limit_is_no_limit():
    problem = frame_problem(scenario_from_dict(_with(["sensing"], {})))
    assert np.all(np.isinf(problem.crb_limit))


def test_random_users_depend_on_the_seed_alone():
    values = _with(["users"], None)
    values["users_random"] = {
        "count": 4,
        "seed": 3,
        "snr_db": [0.0, 20.0],
        "pilot_snr_db": [5.0, 5.0],
        "sensing_snr_db": [10.0, 20.0],
    }
    first, again = (frame_problem(scenario_from_dict(values)) for _ in range(2))
    np.testing.assert_array_equal(first.knowledge.snr, again.knowledge.snr)
    np.testing.assert_allclose(first.knowledge.pilot_snr, 4 * 9 * 10**0.5)
    values["users_random"]["seed"] = 4
    other = frame_problem(scenario_from_dict(values))
    assert np.all(other.knowledge.snr != first.knowledge.snr)


@pytest.mark.parametrize(
    ("array", "n_elements"),
    [
        ({"n_tx": 8, "n_rx": 4, "n_tx_vertical": 2}, 8),
        ({"n_tx": 2, "n_rx": 4, "tx_positions_wavelengths": [[0, 0, 0], [0, 0.7, 0.1]]}, 2),
    ],
)
def test_planar_and_custom_arrays(array, n_elements):
    problem = frame_problem(scenario_from_dict(_with(["array"], array)))
    assert problem.knowledge.spatial_correlation.shape[1] == n_elements


BAD = [
    (_with(["kind"], None), r"kind is missing; must be .*\"frame\""),
    (_with(["kind"], "fram"), r"kind = 'fram'; must be"),
    (_with(["frame", "n_block"], 3), r"unknown key frame\.n_block; did you mean n_blocks\?"),
    (_with(["usrs"], []), r"unknown key usrs; did you mean users\?"),
    (_with(["users", 1, "angle"], 3), r"unknown key users\[1\]\.angle; did you mean angle_deg\?"),
    (_with(["frame", "n_blocks"], None), r"frame\.n_blocks is missing"),
    (_with(["array"], None), r"array is missing"),
    (_with(["frame", "n_blocks"], 3.5), r"frame\.n_blocks = 3\.5: expected int, got float"),
    (_with(["frame", "n_blocks"], "35"), r"frame\.n_blocks = '35': expected int, got str"),
    (_with(["frame", "n_blocks"], True), r"frame\.n_blocks = True: expected int, got bool"),
    (_with(["frame", "n_blocks"], 0), r"frame\.n_blocks = 0: expected int >= 1"),
    (_with(["frame", "n_blocks"], 10**30), r"frame\.n_blocks: integer too large"),
    (_with(["users", 0, "snr_db"], float("nan")), r"users\[0\]\.snr_db = nan: must be a finite"),
    (_with(["aging", "rho"], float("inf")), r"aging\.rho = inf: must be a finite number"),
    (_with(["aging", "rho"], 0.0), r"aging\.rho = 0\.0: expected float > 0"),
    (_with(["aging", "rho"], 1.01), r"aging\.rho = 1\.01: expected float <= 1"),
    (_with(["aging"], {}), r"aging\.rho is missing; the geometric model needs it"),
    (_with(["users"], []), r"users = list: expected array of length >= 1"),
    (_with(["users", 0, "angle_deg"], 95.0), r"users\[0\]\.angle_deg = 95\.0: expected float <= 8"),
    (_with(["frame", "symbol_duration_s"], -1e-6), r"symbol_duration_s = -1e-06: expected float >"),
    (_with(["frame", "symbols_per_update"], 71), r"symbols_per_update = 71 must be at most symb"),
    (_with(["aging"], {"model": "jakes"}), r"carrier_hz is missing; the jakes model needs it"),
    (
        _with(["aging"], {"model": "jakes", "carrier_hz": 1e9}),
        r"users\[0\]\.speed_mps is missing; the jakes model needs it",
    ),
    (
        _with(["aging", "model"], "clarke"),
        r"aging\.model = 'clarke': must be one of geometric, jakes, traced$",
    ),
    (_with(["channel"], {"angular_density": "gaussian"}), r"std_deg is missing; the gaussian"),
    (_with(["channel", "std_deg"], 1.0), r"std_deg does not go with the uniform density"),
    (_with(["array", "n_rx"], 1), r"n_rx = 1 cannot tell an angle"),
    (_with(["array", "n_tx_vertical"], 3), r"n_tx = 4 must be a multiple of n_tx_vertical = 3"),
    (_with(["users_random"], {}), r"users_random\.count is missing"),
    (_with(["users"], None), r"exactly one of users, users_random and users_paths is needed"),
    (_with(["frame"], 3), r"frame = 3: expected object, got int"),
]


@pytest.mark.parametrize(("values", "match"), BAD)
def test_bad_input_is_one_line(values, match):
    with pytest.raises(ValueError, match=match) as caught:
        scenario_from_dict(values, origin="x.toml")
    assert str(caught.value).startswith("x.toml: ")
    assert "\n" not in str(caught.value)


def _paths_scenario(**users_paths):
    values = _with(["users"], None)
    values["sensing"]["error_model"] = "mismatched"
    values["aging"]["carrier_hz"] = 3.5e9
    values["users_paths"] = {
        "file": "munich_3500mhz_paths.csv",
        "select": [0, 1],
        "power_dbm": 20.0,
        "pilot_power_dbm": 10.0,
        "bandwidth_hz": 20e6,
        "rcs_m2": 1.0,
    } | users_paths
    return values


def test_traced_users():
    problem = frame_problem(scenario_from_dict(_paths_scenario()))
    k = problem.knowledge.knowledge
    # User 0 of the file: gains summed by hand, thermal noise of 20 MHz, 7 dB.
    gains = np.array([-75.063, -88.097, -95.845, -102.455, -103.365, -108.802])
    beta = np.sum(10 ** (gains / 10))
    noise = 10 ** ((-174 + 7) / 10) * 1e-3 * 20e6
    assert k.snr[0] == pytest.approx(4 * 0.1 / 2 * beta / noise, rel=1e-3)
    assert np.linalg.matrix_rank(k.true_correlation[0], tol=1e-9) <= 6
    sine = np.sin(np.radians(54.0556)) * np.sin(np.radians(131.3356))
    assert k.angle[0] == pytest.approx(np.arcsin(sine), abs=1e-6)


def test_named_selections(tmp_path):
    file = (PRESETS / "munich_3500mhz_paths.csv").read_text()
    # User 8 is reached by way of what stands behind the array.
    kept = [line for line in file.splitlines(keepends=True) if not line.startswith("8,")]
    (tmp_path / "paths.csv").write_text("".join(kept))
    named = {"file": "paths.csv", "select": "all"}
    everyone = frame_scene(scenario_from_dict(_paths_scenario(**named), directory=tmp_path))
    visible = frame_scene(scenario_from_dict(_paths_scenario(select="line_of_sight")))
    assert (everyone.n_users, visible.n_users) == (59, 27)
    with pytest.raises(ValueError, match=r"user 8 of munich.*strongest path leaves behind the arr"):
        frame_scene(scenario_from_dict(_paths_scenario(select="all")))


HEADER = (
    "user,x_m,y_m,z_m,vx_mps,vy_mps,path,departure_azimuth_deg,departure_zenith_deg,"
    "delay_ns,gain_db,phase_deg,doppler_hz,n_interactions\n"
)
ROW = "0,1,2,1.5,1,0,0,10,95,100,-80,0,1,0\n"


@pytest.mark.parametrize(
    ("content", "fields", "match"),
    [
        (HEADER.replace("gain_db,", "") + ROW, {}, "column gain_db is missing"),
        (HEADER, {"select": "all"}, "no path in the file"),
        (HEADER + ROW.replace("-80", "nan"), {"select": [0]}, "line 2: gain_db = nan: must be fin"),
        (HEADER + ROW.replace("-80", "loud"), {"select": [0]}, "gain_db = 'loud': must be a numb"),
        (
            HEADER + ROW.replace("-80", "-900"),
            {"select": [0]},
            "gain_db = -900: must be from -400",
        ),
        (HEADER + "0,1\n", {"select": [0]}, "line 2: 2 values for 14 columns"),
        (HEADER + ROW, {"select": [0, 7]}, "user 7 has no paths"),
        (HEADER + ROW, {"select": []}, "must name at least one user"),
        (HEADER + ROW, {"select": [0, 0]}, "each user once"),
        (HEADER + ROW, {"select": [0], "sensing_snr_db": 3.0}, "exactly one of rcs_m2, target"),
        (HEADER + ROW[:-2] + "2\n", {"select": "line_of_sight"}, "no such user"),
        (b"\xff\xfe\x00", {"select": [0]}, "not UTF-8 text"),
        (
            "",
            {"select": [0]},
            "paths.csv: has no size: empty, or .*; give a CSV file",
        ),
        (HEADER + "\n" + ROW + "\n0,x\n", {"select": [0]}, "line 5: 2 values for 14 columns"),
        (HEADER + ROW.replace("0,1,2", "0.5,1,2"), {"select": [0]}, "user = 0.5: must be a whole"),
    ],
)
def test_bad_paths(tmp_path, content, fields, match):
    file = tmp_path / "paths.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=match) as caught:
        frame_problem(
            scenario_from_dict(_paths_scenario(file="paths.csv", **fields), directory=tmp_path)
        )
    assert "\n" not in str(caught.value)


def test_paths_need_the_mismatched_model():
    values = _paths_scenario()
    values["sensing"]["error_model"] = "additive"
    with pytest.raises(ValueError, match=r"users_paths needs sensing\.error_model = mismatched"):
        scenario_from_dict(values)


@pytest.mark.parametrize("file", ["absent.csv", "../presets/munich.toml", "/etc"])
def test_paths_file_that_is_none(tmp_path, file):
    with pytest.raises(ValueError, match=r"no such file|not a file"):
        frame_problem(scenario_from_dict(_paths_scenario(file=file), directory=tmp_path))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"kind = ", "not TOML"),
        (b"\xff\xfe", "not UTF-8"),
        (b"", "has no size: empty, or no ordinary .*; give a scenario"),
        (b"x = 1", "kind is missing"),
        (b"x = [" + b"[" * 5000, "not TOML|nested too deeply"),
    ],
)
def test_files_that_are_no_scenario(tmp_path, content, match):
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=match) as caught:
        load_scenario(file)
    assert "\n" not in str(caught.value)


def test_a_directory_a_huge_file_and_nothing(tmp_path):
    with pytest.raises(ValueError, match="not a file"):
        load_scenario(tmp_path)
    huge = tmp_path / "huge.toml"
    with huge.open("wb") as file:
        file.truncate(10**9)
    with pytest.raises(ValueError, match="1000000000 bytes; at most 1000000 are read"):
        load_scenario(huge)
    with pytest.raises(ValueError, match="no such file or preset; did you mean munich"):
        load_scenario("munch")


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.floats(), max_size=3),
)


def _keys(values, prefix=()):
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        yield (*prefix, key)
        if isinstance(value, dict | list):
            yield from _keys(value, (*prefix, key))


@given(st.sampled_from(sorted(_keys(GOOD), key=str)), scalars)
def test_any_value_anywhere_is_accepted_or_explained(path, value):
    try:
        scenario = scenario_from_dict(_with(path, value))
    except ValueError as error:
        assert "\n" not in str(error)
        assert str(error).startswith("scenario: ")
        return
    assert scenario_from_dict(scenario_to_dict(scenario)) == scenario


@st.composite
def scenarios(draw):
    density = draw(st.sampled_from(["uniform", "gaussian", "laplacian"]))
    width = draw(st.floats(0.2, 30.0))
    jakes = draw(st.booleans())
    # One symbol at one antenna: the arrays and an update add up to 23 dB.
    snr = st.floats(-50.0, 37.0)
    users = [
        {
            "angle_deg": draw(st.floats(-85.0, 85.0)),
            "snr_db": draw(snr),
            "pilot_snr_db": draw(snr),
            "sensing_snr_db": draw(snr),
            "speed_mps": draw(st.floats(0.0, 300.0)),
        }
        for _ in range(draw(st.integers(1, 3)))
    ]
    symbols = draw(st.integers(1, 30))
    return {
        "kind": "frame",
        "frame": {
            "n_blocks": draw(st.integers(1, 15)),
            "symbols_per_block": symbols,
            "symbols_per_update": draw(st.integers(1, symbols)),
            "symbol_duration_s": draw(st.floats(1e-7, 1e-3)),
        },
        "array": {
            "n_tx": draw(st.integers(1, 6)),
            "n_rx": draw(st.integers(2, 6)),
            "phase_reference": draw(st.sampled_from(["first", "centre"])),
        },
        "channel": {
            "angular_density": density,
            "half_width_deg" if density == "uniform" else "std_deg": width,
        },
        "aging": {"model": "jakes", "carrier_hz": 3e9}
        if jakes
        else {"rho": draw(st.floats(0.01, 1.0))},
        "sensing": {
            "error_model": draw(st.sampled_from(["additive", "mismatched"])),
            "validity": draw(st.sampled_from(["enforce", "as_printed"])),
            "matched_filter_gain": draw(st.sampled_from(["constant", "proportional"])),
            "angle_rmse_limit_deg": draw(st.floats(0.01, 90.0)),
        },
        "users": users,
    }


@given(scenarios(), st.floats(0.0, 0.999), st.integers(1, 15))
def test_any_scenario_is_solved_or_explained(values, share, updates):
    gap = 1e-6
    scenario = scenario_from_dict(values)
    try:
        problem = frame_problem(scenario)
    except ValueError as refused:
        assert "a guess within the search window" in str(refused)
        values["sensing"].pop("angle_rmse_limit_deg")
        problem = frame_problem(scenario_from_dict(values))
    try:
        best = optimal_frame(problem, relative_gap=gap)
    except InfeasibleError as error:
        assert "\n" not in str(error)
        assert "nan" not in str(error)
        return
    numbers = [best.rate, best.upper_bound, best.gap, best.sensing_duration, *best.user_rate]
    assert np.all(np.isfinite(numbers))
    assert np.all(np.isfinite(best.crb))
    shortest, longest = problem.sensing_range()
    T = shortest + share * (longest - shortest)
    left = problem.n_blocks - problem.n_sensing_blocks(T)
    first = max(left - updates + 1, 1)
    blocks = (first, *[1] * (left - first))
    design = evaluate_frame(problem, T, blocks)
    assert design.rate <= best.upper_bound + 1e-12 * abs(best.upper_bound)
    # A frame that carries nothing has no relative gap.
    slack = 1e-12 * problem.n_blocks * problem.block_duration
    assert best.upper_bound - best.rate <= gap * abs(best.rate) + slack
    solved_again = optimal_frame(dataclasses.replace(problem))
    assert solved_again.rate == best.rate


def test_a_million_users_are_not_planned_for(tmp_path):
    # Numbers of users only: the rows themselves are columns, not objects.
    rows = "".join(ROW.replace("0,", f"{i},", 1) for i in range(1001))
    (tmp_path / "paths.csv").write_text(HEADER + rows)
    values = _paths_scenario(file="paths.csv", select="all")
    with pytest.raises(ValueError, match=r"select = all: 1001 users in .*; at most 1000 can be"):
        frame_scene(scenario_from_dict(values, directory=tmp_path))
    values["users_paths"]["select"] = list(range(1001))
    with pytest.raises(ValueError, match=r"users_paths\.select"):
        scenario_from_dict(values, directory=tmp_path)


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="a file of Linux without a size")
def test_a_file_without_a_size_is_refused():
    with pytest.raises(ValueError, match=r"/proc/version: has no size: .*; give a scenario"):
        load_scenario("/proc/version")


@pytest.mark.parametrize("duration", [5e-324, 1e-13, 3601.0])
def test_durations_are_those_of_radio(duration):
    with pytest.raises(ValueError, match=r"symbol_duration_s = .*: expected float"):
        scenario_from_dict(_with(["frame", "symbol_duration_s"], duration))
