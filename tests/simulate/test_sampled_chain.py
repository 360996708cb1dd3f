"""Whole frames with other precoders, against the sampled plans that promise them."""

import numpy as np
import pytest

from isacplan.scenario import scenario_from_dict
from isacplan.simulate import checks, frame_simulation, run
from isacplan.simulate.chain import beam_statistics


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
    from isacplan.frame import optimal_frame
    from isacplan.scenario import frame_problem

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
