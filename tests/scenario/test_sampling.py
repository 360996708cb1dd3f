"""How many draws a scene gets, and to which sensing durations they go."""

import numpy as np
import pytest

from isacplan.frame import optimal_frame, sampled_rate
from isacplan.scenario import frame_scene, scenario_from_dict
from isacplan.scenario.build import closed_problem
from isacplan.scenario.sampling import (
    FEWEST_DRAWS,
    HALF_WIDTH,
    LEAST,
    MOST_DRAWS,
    few_draws,
    sampled_problems,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scene():
    users = [
        {"angle_deg": a, "snr_db": 8.0, "pilot_snr_db": 0.0, "sensing_snr_db": -8.0}
        for a in (-30.0, 20.0)
    ]
    return frame_scene(
        scenario_from_dict(
            {
                "kind": "frame",
                "frame": {
                    "n_blocks": 16,
                    "symbols_per_block": 14,
                    "symbols_per_update": 2,
                    "symbol_duration_s": 1e-5,
                },
                "array": {"n_tx": 4, "n_rx": 4, "phase_reference": "centre"},
                "channel": {"angular_density": "laplacian", "std_deg": 5.0},
                "aging": {"model": "geometric", "rho": 0.97},
                "sensing": {"error_model": "mismatched", "search_window": "sector"},
                "transmission": {"precoder": "rzf", "receiver": "learned_gain"},
                "users": users,
            }
        )
    )


@pytest.fixture(scope="module")
def planned(scene):
    problem = sampled_problems(scene, closed_problem(scene), [scene.scenario.transmission.scheme])
    return problem[0], optimal_frame(problem[0], relative_gap=1e-4)


def test_draws_go_where_the_best_frame_is(scene, planned):
    problem = closed_problem(scene)
    durations = problem.sensing_range()
    link, matters, n_draws = few_draws(
        scene, problem, scene.scenario.transmission.scheme, durations, seed=0
    )
    best = planned[1].sensing_duration
    assert matters(np.array([best]))[0] > 0.9
    assert matters(np.array([0.95 * durations[1]]))[0] == LEAST
    assert FEWEST_DRAWS <= n_draws <= MOST_DRAWS
    # The shares about the best frame need the least of weights.
    weights = [link.model.decisions.weight(T) for T in (best, *durations)]
    inflation = [np.mean(W**2) / np.mean(W) ** 2 for W in weights]
    assert inflation[0] < 1.5
    assert inflation[0] < 0.5 * inflation[1]


def test_the_rate_is_known_as_well_as_was_aimed_at(planned):
    rate = sampled_rate(*planned)
    assert rate.interval.half_width / rate.whole < 1.5 * HALF_WIDTH


def test_wrong_decisions_make_no_panels(planned):
    problem, _ = planned
    q = problem.error_law.outlier_probability(np.array(problem.sensing_range()))
    assert np.all(q[0] > 0.3)
    assert np.all(q[1] < 1e-3)
    assert problem.efficiency.interpolant.n_panels <= 2
