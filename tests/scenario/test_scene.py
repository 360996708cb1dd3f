"""The scene: built once, the same for problem, simulation and report."""

import msgspec
import numpy as np
import pytest

from isacplan.comm import MismatchedKnowledge
from isacplan.report import frame_report
from isacplan.scenario import (
    frame_problem,
    frame_scene,
    load_scenario,
    scenario_from_dict,
    scenario_to_dict,
)
from isacplan.scenario import traced_users as users_module
from isacplan.scenario.build import closed_problem
from isacplan.scenario.transmission import Transmission
from isacplan.simulate import frame_simulation


@pytest.fixture
def counted(monkeypatch):
    """How often a paths file was read and a mismatched model built."""
    counts = {"files": 0, "models": 0}
    read, check = users_module.read_paths, MismatchedKnowledge.__post_init__

    def counting_read(file):
        counts["files"] += 1
        return read(file)

    def counting_check(self):
        counts["models"] += 1
        check(self)

    monkeypatch.setattr(users_module, "read_paths", counting_read)
    monkeypatch.setattr(MismatchedKnowledge, "__post_init__", counting_check)
    return counts


@pytest.mark.slow
def test_a_report_reads_once_and_builds_one_model(counted):
    frame_report(load_scenario("munich"))
    assert counted == {"files": 1, "models": 1}


@pytest.mark.parametrize(
    "depth", ["mismatched", pytest.param("end-to-end", marks=pytest.mark.slow)]
)
def test_a_simulation_reads_once_and_builds_one_model(counted, depth):
    munich = load_scenario("munich")
    if depth == "mismatched":
        munich = msgspec.structs.replace(munich, transmission=Transmission())
    frame_simulation(munich, depth=depth)
    assert counted == {"files": 1, "models": 1}


@pytest.mark.slow
def test_problem_and_report_take_a_scene_or_its_scenario():
    scenario = load_scenario("street")
    scene = frame_scene(scenario)
    ours, theirs = frame_problem(scene), frame_problem(scenario)
    assert ours.efficiency.sampled.link.model.knowledge is scene.mismatched
    np.testing.assert_array_equal(ours.crb(1e-6), theirs.crb(1e-6))
    T = np.array([2e-3])
    np.testing.assert_array_equal(ours.efficiency.users(T), theirs.efficiency.users(T))
    assert closed_problem(scene).knowledge is scene.outlier_knowledge
    assert scene.outlier_knowledge.knowledge is scene.mismatched
    assert frame_report(scene).solution.rate == frame_report(scenario).solution.rate


def test_a_scene_cannot_be_changed():
    scene = frame_scene(load_scenario("munich"))
    for array in (scene.snr, scene.angle, scene.true_correlation, scene.crb_limit):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0.0


def test_the_law_of_aging_sets_doppler_or_rho():
    jakes, geometric = (frame_scene(load_scenario(name)) for name in ("street", "bai2024"))
    np.testing.assert_allclose(jakes.doppler[0], 0.5 * 3.5e9 / 299_792_458.0, rtol=1e-12)
    assert np.all(np.isnan(jakes.rho))
    np.testing.assert_array_equal(geometric.rho, 0.98)
    assert np.all(np.isnan(geometric.doppler))


def _users(count, **frame):
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 20,
                "symbols_per_block": 14,
                "symbols_per_update": 1,
                "symbol_duration_s": 17.857e-6,
            }
            | frame,
            "array": {"n_tx": 4, "n_rx": 4},
            "channel": {"angular_density": "laplacian", "std_deg": 5.0},
            "aging": {"rho": 0.98},
            "sensing": {"error_model": "mismatched"},
            "users_random": {
                "count": count,
                "seed": 3,
                "snr_db": [0.0, 9.0],
                "pilot_snr_db": [0.0, 9.0],
                "sensing_snr_db": [-20.0, -20.0],
            },
        }
    )


def test_more_users_than_orthogonal_pilots_are_refused_with_what_would_do():
    match = r"20 users need .* has 12: symbols_per_update = 2, or at most 12 users, would do"
    with pytest.raises(ValueError, match=match):
        frame_problem(_users(20))
    for would_do in (_users(12), _users(20, symbols_per_update=2), _users(3, pilots_per_symbol=3)):
        assert frame_scene(would_do).n_users <= 20
    match = r"4 users need .* has 3: symbols_per_update = 2, or at most 3 users"
    with pytest.raises(ValueError, match=match):
        frame_scene(_users(4, pilots_per_symbol=3))
    # A whole block of pilots is still an update.
    with pytest.raises(ValueError, match=r"has 2: symbols_per_update = 14, or at most 2 users"):
        frame_scene(_users(14, symbols_per_update=2, pilots_per_symbol=1))
    with pytest.raises(ValueError, match=r"has 14: at most 14 users, would do"):
        frame_scene(_users(20, symbols_per_update=14, pilots_per_symbol=1))


def test_more_users_than_precoded_pilots_are_refused_with_what_would_do():
    def stated(precoded_pilots, *, receiver="learned_gain", per_symbol=5):
        scenario = _users(12, symbols_per_update=3, pilots_per_symbol=per_symbol)
        sent = Transmission(precoder="rzf", receiver=receiver, precoded_pilots=precoded_pilots)
        return msgspec.structs.replace(scenario, transmission=sent)

    match = r"transmission: 12 users .* has 10: precoded_pilots = 3, or at most 10 users, would do"
    with pytest.raises(ValueError, match=match):
        frame_scene(stated(2))
    assert frame_scene(stated(3)).n_users == 12
    # Who knows only a mean gain needs none.
    assert frame_scene(stated(1, receiver="mean_gain")).n_users == 12
    # Fourteen precoded pilots of one user each would fill the block.
    full = _users(14, symbols_per_update=14, pilots_per_symbol=1)
    with pytest.raises(ValueError, match=r"has 13: at most 13 users, would do"):
        frame_scene(
            msgspec.structs.replace(
                full, transmission=Transmission(receiver="learned_gain", precoded_pilots=13)
            )
        )


def _sparse(array, *angles):
    users = [
        {"angle_deg": angle, "snr_db": 0.0, "pilot_snr_db": 0.0, "sensing_snr_db": 0.0}
        for angle in angles
    ]
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 20,
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 1e-5,
            },
            "array": {"n_tx": 4, "n_rx": 8, "phase_reference": "centre"} | array,
            "channel": {"angular_density": "laplacian", "std_deg": 5.0},
            "aging": {"rho": 0.98},
            "users": users,
        }
    )


@pytest.mark.parametrize("spacing", [0.8, 2.0])
def test_grating_lobes_are_refused_with_both_directions(spacing):
    with pytest.raises(ValueError, match=r"user 0 at 20 deg from -?\d.* 100 % alike") as caught:
        frame_problem(_sparse({"spacing_wavelengths": spacing}, 20.0))
    found = float(str(caught.value).split(" deg from ")[1].split(" deg")[0])
    # The sines of ambiguous directions differ by whole multiples of one over the spacing.
    turns = spacing * (np.sin(np.radians(found)) - np.sin(np.radians(20.0)))
    assert abs(turns - round(turns)) < 1e-3
    assert round(turns) != 0


def test_a_spacing_without_lobes_in_front_is_planned():
    # The lobe of 0.6 wavelengths stands at a sine of 1.67 from the user: in front or not.
    frame_problem(_sparse({"spacing_wavelengths": 0.6}, 20.0))
    with pytest.raises(ValueError, match=r"user 1 at 50 deg from -64\.\d+ deg"):
        frame_problem(_sparse({"spacing_wavelengths": 0.6}, 20.0, 50.0))


def test_any_geometry_is_asked_by_its_ambiguity_function():
    def row(*places):
        return {"n_rx": len(places), "rx_positions_wavelengths": [[0, y, 0] for y in places]}

    # Two and three wavelengths have no common lobe below one wavelength's: sines one apart.
    with pytest.raises(ValueError, match=r"rx_positions_wavelengths .* user 0 at 10 deg from -?\d"):
        frame_problem(_sparse(row(0.0, 2.0, 5.0), 10.0))
    frame_problem(_sparse(row(0.0, 0.5, 2.0, 3.5), 10.0))
    frame_problem(_sparse({"n_rx": 8, "n_rx_vertical": 2}, 80.0))


def test_a_scene_takes_the_stated_models():
    def at(**sections):
        scenario = _sparse({}, 20.0)
        return frame_scene(scenario_from_dict(scenario_to_dict(scenario) | sections))

    exact, bound = at(), at(objective={"sinr": "lower_bound"})
    assert exact.knowledge is exact.additive
    assert not exact.knowledge.interference_bound
    assert bound.knowledge.interference_bound
    assert not bound.additive.interference_bound
    tolerant = at(sensing={"psd_tolerance": 1e-6, "matched_filter_gain": "proportional"})
    assert tolerant.additive.psd_tolerance == 1e-6
    assert (exact.sensing_exponent, tolerant.sensing_exponent) == (1, 2)
