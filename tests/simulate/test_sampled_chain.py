"""Whole frames with other precoders, against the sampled plans that promise them."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from isacplan.frame import optimal_frame
from isacplan.report.simulated_plan import plan_lines, plan_values
from isacplan.scenario import frame_problem, frame_scene, load_scenario, scenario_from_dict
from isacplan.scenario.silent_frames import better_silent, silent_frames
from isacplan.scenario.transmission import Transmission
from isacplan.simulate import Check, Quantity, Simulation, checks, frame_simulation, run
from isacplan.simulate.chain import beam_statistics
from isacplan.simulate.estimates import averaged, observation_root


def scenario(**transmission):
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 8,
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 1e-5,
            },
            "array": {"n_tx": 4, "n_rx": 4, "phase_reference": "centre"},
            "channel": {"angular_density": "laplacian", "std_deg": 6.0},
            "aging": {"model": "geometric", "rho": 0.9},
            # Far above the estimator's threshold, where its errors are the bound's.
            "sensing": {"error_model": "mismatched"},
            "transmission": transmission,
            "users": [
                {"angle_deg": a, "snr_db": 10.0, "pilot_snr_db": 3.0, "sensing_snr_db": 12.0}
                for a in (-30.0, 5.0, 30.0)
            ],
        }
    )


@pytest.mark.parametrize(
    "precoder",
    ["rzf", *(pytest.param(name, marks=pytest.mark.slow) for name in ("mrt_unit", "zf"))],
)
def test_whole_frames_deliver_what_the_sampled_plan_promises(precoder):
    simulation = frame_simulation(scenario(precoder=precoder, receiver="learned_gain"), seed=3)
    assert simulation.depth == "end-to-end"
    assert simulation.settings["precoder"] == precoder
    found = run(simulation.experiment, precision=0.02, max_trials=2**15)
    rows = [r for r in checks(simulation, found) if "sampled" in r.quantity.formulas]
    names = {row.quantity.name for row in rows}
    assert {"sinr", "efficiency_learned_gain", "rate_mean_gain", "rate_learned_gain"} <= names
    for row in rows:
        half = 0.5 * (row.high - row.low) + row.quantity.accuracy * row.formula
        # Two intervals of 95 % together; a third more for so many rows.
        assert abs(row.estimate - row.formula) < 2.0 * half
        assert half < 0.1 * row.estimate


def test_the_designed_frame_is_the_plans():
    stated = scenario(precoder="rzf", receiver="learned_gain", precoded_pilots=2)
    plan = optimal_frame(frame_problem(stated))
    simulation = frame_simulation(stated)
    assert simulation.settings["sensing_duration_s"] == plan.sensing_duration
    assert simulation.settings["blocks_per_update"] == list(plan.blocks_per_update)
    assert simulation.experiment.pilot_share == pytest.approx(12 / 14, rel=1e-12)


def test_interference_is_counted_by_age():
    rng = np.random.default_rng(8)
    T, B, K, L = 4, 6, 3, 5

    def circular(*shape):
        return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)

    channels, beams = circular(T, B, K, L), circular(2, B, K, L)
    others = rng.uniform(1.0, 2.0, (K, K)) * (1.0 - np.eye(K))
    update, age = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    averaging = (age == np.arange(2)[:, None]) / 2.0
    found, _ = beam_statistics(np, channels, beams, others, update, averaging)
    arriving = np.reshape(found[K + K**2 : K + K**2 + 2 * K], (K, 2))
    for k in range(K):
        for n in range(2):
            total = 0.0
            for t in np.flatnonzero(age == n):
                for i in range(K):
                    inner = np.sum(channels[t, :, k].conj() * beams[update[t], :, i], axis=1)
                    total += others[k, i] * np.mean(np.abs(inner) ** 2) / 2.0
            assert arriving[k, n] == pytest.approx(total, rel=1e-12)


@pytest.fixture(scope="module")
def silent():
    """A scenario without required accuracy, whose pilots say more than its echoes, simulated."""
    stated = scenario(precoder="rzf", receiver="learned_gain", past_pilots=8)
    users = [
        msgspec.structs.replace(user, pilot_snr_db=9.0, sensing_snr_db=-9.0)
        for user in stated.users[:2]
    ]
    stated = msgspec.structs.replace(stated, users=users)
    return stated, frame_simulation(stated, seed=5)


def test_a_plan_that_does_not_sense_is_the_one_that_is_simulated(silent):
    stated, simulation = silent
    scene = frame_scene(stated)
    problem = frame_problem(scene)
    found = {n: f.solution for n, f in silent_frames(scene, problem, seed=0).items()}
    best = found["averaged_pilots"]
    assert best.rate > found["raw_pilots"].rate
    sensing = optimal_frame(problem)
    assert better_silent(problem, sensing, found) == "averaged_pilots"
    assert better_silent(problem, replace(sensing, rate=2.0 * best.rate), found) is None
    # With a required accuracy the plan senses.
    assert better_silent(replace(problem, crb_limit=[np.inf, 0.1]), sensing, found) is None
    assert simulation.settings["sensing_duration_s"] == 0.0
    assert simulation.settings["estimates"] == "averaged_pilots"
    assert simulation.settings["blocks_per_update"] == list(best.blocks_per_update)
    assert "angle_mse" not in {q.name for q in simulation.quantities}
    total = next(q for q in simulation.quantities if q.name == "sum_rate_learned_gain")
    frame = problem.n_blocks * problem.block_duration
    assert total.formulas["sampled"] == pytest.approx(best.rate / frame, rel=1e-9)


@pytest.mark.slow
def test_frames_that_do_not_sense_deliver_what_is_planned(silent):
    _, simulation = silent
    rows = checks(simulation, run(simulation.experiment, precision=0.02, max_trials=2**15))
    for row in rows:
        half = 0.5 * (row.high - row.low) + row.quantity.accuracy * row.formula
        assert abs(row.estimate - row.formula) < 2.0 * half
        assert half < 0.1 * row.estimate


def test_raw_pilots_are_estimates_as_they_are(silent):
    experiment = replace(silent[1].experiment, estimates="raw_pilots")
    pilots = np.ones((2, 3, 4))
    found, error = experiment._estimate(0, np.random.SeedSequence(1), pilots)
    assert found is pilots
    assert error == 0.0


def test_closed_forms_know_no_frame_without_sensing():
    with pytest.raises(ValueError, match="sensing duration = 0"):
        frame_simulation(scenario(), sensing_duration=0.0)


@pytest.mark.parametrize("depth", ["additive", "mismatched"])
def test_depths_of_closed_forms_refuse_other_beams(depth):
    with pytest.raises(ValueError, match="rzf with receiver = learned_gain has none"):
        frame_simulation(scenario(precoder="rzf", receiver="learned_gain"), depth=depth)


def test_averaged_pilots_learn_the_correlation():
    rng = np.random.default_rng(2)
    a = np.exp(0.7j * np.arange(4)) / 2.0
    R, gamma, P = np.outer(a, a.conj()), 4.0, 20_000
    root = observation_root(R, gamma)
    assert root @ root.conj().T == pytest.approx(R + np.eye(4) / gamma, abs=1e-12)
    white = rng.normal(size=(2, root.shape[1], P, 2)).view(complex)[..., 0] * np.sqrt(0.5)
    y = rng.normal(size=(3, 2, 4, 2)).view(complex)[..., 0]
    exact = y @ (R @ np.linalg.inv(R + np.eye(4) / gamma)).T
    found = averaged(np, root @ white, gamma, y)
    # The sample covariance of 20,000 observations is known to 1 %.
    assert found == pytest.approx(exact, abs=0.05)
    assert np.max(np.abs(found - exact)) > 1e-6


def test_a_contradicted_plan_says_so_in_the_first_lines():
    planned = ("sum_rate_learned_gain", "rate_learned_gain")
    rows = [
        Check(
            quantity=Quantity(name=name, unit="bit/s/Hz", user=user, formulas={"sampled": 2.0}),
            estimate=x,
            low=x - 0.1,
            high=x + 0.1,
        )
        for name, user, x in (
            ("rate_mean_gain", "1", 9.0),
            ("rate_learned_gain", "1", 2.05),
            ("rate_learned_gain", "2", 2.5),
            ("sum_rate_learned_gain", "", 2.0),
        )
    ]
    simulation = Simulation(
        experiment=None,
        quantities=tuple(row.quantity for row in rows),
        kind="frame",
        depth="end-to-end",
        seed=0,
        settings={},
        notes=("it could be known",),
        planned=planned,
    )
    lines = plan_lines(simulation, rows)
    assert lines[0].startswith("plan confirmed: 2 +- 0 % planned, 2 +- 5 % simulated")
    assert lines[1:] == [
        "rate_learned_gain of 2 users: CONTRADICTED by user 2 (planned -20 %)",
        "note: it could be known",
        "",
    ]
    assert plan_values(simulation, rows) == {
        "confirmed": False,
        "contradicting": [{"quantity": "rate_learned_gain", "user": "2"}],
        "notes": ["it could be known"],
    }
    assert plan_values(simulation, rows[:1]) is None
    assert plan_lines(replace(simulation, notes=()), rows[:1]) == []


def test_sensing_below_the_threshold_is_noted():
    weak = scenario()
    users = [msgspec.structs.replace(u, sensing_snr_db=-16.0) for u in weak.users]
    weak = msgspec.structs.replace(weak, users=users)
    for duration, noted in ((2e-4, True), (6e-4, False)):
        simulation = frame_simulation(weak, sensing_duration=duration, depth="end-to-end")
        assert bool(simulation.notes) is noted
        assert simulation.planned == ("sum_rate_mean_gain", "rate_mean_gain", "angle_mse")
    assert "below the threshold" in frame_simulation(weak, sensing_duration=2e-4).notes[0]


def test_angles_of_kept_users_are_held_to_a_narrower_error():
    stated = scenario()
    users = [
        msgspec.structs.replace(user, sensing_snr_db=snr)
        for user, snr in zip(stated.users, (-16.0, 12.0, 12.0), strict=True)
    ]
    stated = msgspec.structs.replace(stated, users=users)
    simulation = frame_simulation(stated, sensing_duration=1e-4, depth="end-to-end")
    own = [q.accuracy for q in simulation.quantities if q.name == "angle_mse"]
    assert own == [0.25, 0.15, 0.15]
    sector = msgspec.structs.replace(stated.sensing, search_window="sector")
    wide = msgspec.structs.replace(stated, sensing=sector)
    simulation = frame_simulation(wide, sensing_duration=1e-4, depth="end-to-end")
    assert [q.accuracy for q in simulation.quantities[:3]] == [0.25] * 3


def test_traced_paths_planned_as_gaussians_are_noted():
    munich = load_scenario("munich")
    traced = msgspec.structs.replace(munich.aging, model="traced", fading="gaussian")
    planned = msgspec.structs.replace(munich, aging=traced, transmission=Transmission())
    simulation = frame_simulation(planned, sensing_duration=1e-3, depth="end-to-end")
    assert len(simulation.notes) == 1
    assert "traced paths" in simulation.notes[0]
    # The other depth draws what was planned.
    assert frame_simulation(planned, sensing_duration=1e-3, depth="mismatched").notes == ()
    paths = msgspec.structs.replace(traced, fading="paths")
    planned = msgspec.structs.replace(planned, aging=paths)
    assert frame_simulation(planned, sensing_duration=1e-3).notes == ()
