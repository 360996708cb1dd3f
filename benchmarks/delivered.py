"""Random scenarios planned with threshold, RZF and learned gain, then simulated end to end.

``python -m benchmarks.delivered 20`` tries 20 of them.
"""

import sys

import numpy as np

from isacplan.errors import InfeasibleError
from isacplan.scenario import scenario_from_dict
from isacplan.simulate import checks, frame_simulation, run

SCENARIOS = 100
PRECISION, MOST_TRIALS = 0.005, 2**14
NEAR = 0.05
"""Distance from an accuracy that is counted beside the law's own."""


def rows(n_scenarios=SCENARIOS):
    rates, sums, squares, refused = [], [], [], 0
    for seed in range(n_scenarios):
        try:
            simulation = frame_simulation(random_scenario(seed))
        except InfeasibleError:
            refused += 1
            continue
        found = checks(
            simulation,
            run(simulation.experiment, precision=PRECISION, max_trials=MOST_TRIALS),
        )
        by_name = {name: [] for name in simulation.planned}
        for row in found:
            by_name.get(row.quantity.name, []).append(row)
        sums += by_name["sum_rate_learned_gain"]
        rates += by_name["rate_learned_gain"]
        squares += by_name.get("angle_mse", [])
    planned = n_scenarios - refused
    note = f"of {planned}; {refused} have no feasible frame"
    yield "sums of rates inside their intervals", _share(sums), "%", note
    yield "  median distance", _median(sums), "%", ""
    yield "  largest distance", 100.0 * max(map(_distance, sums)), "%", ""
    yield "rates of users inside", _share(rates), "%", f"of {len(rates)}"
    yield "  largest distance", 100.0 * max(map(_distance, rates)), "%", ""
    yield "mean square angle errors inside", _share(squares), "%", f"of {len(squares)}"
    near = 100.0 * np.mean([_distance(row) < NEAR for row in squares])
    yield f"  within {100 * NEAR:.0f} % of the simulated one", near, "%", ""
    yield "  largest distance", 100.0 * max(map(_distance, squares)), "%", ""


def random_scenario(seed):
    """Two to five users before 4 to 16 antennas, from parked to fast, near and far."""
    rng = np.random.default_rng(seed)
    K, L = int(rng.integers(2, 6)), int(rng.choice([4, 8, 16]))
    angles = np.linspace(-50.0, 50.0, K) + rng.uniform(-8.0, 8.0, K)
    limited = {"angle_rmse_limit_deg": float(rng.uniform(0.3, 1.5) * 16.0 / L)}
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": int(rng.integers(20, 80)),
                "symbols_per_block": 14,
                "symbols_per_update": int(rng.integers(1, 5)),
                "symbol_duration_s": 17.857e-6,
            },
            "array": {"n_tx": L, "n_rx": L, "phase_reference": "centre"},
            "channel": {"angular_density": "laplacian", "std_deg": float(rng.uniform(2.0, 8.0))},
            "aging": {"model": "jakes", "carrier_hz": 3.5e9},
            "sensing": {"error_model": "mismatched"} | (limited if rng.random() < 0.7 else {}),
            "transmission": {"precoder": "rzf", "receiver": "learned_gain"},
            "users": [
                {
                    "angle_deg": float(angle),
                    "speed_mps": float(rng.uniform(0.5, 25.0)),
                    "snr_db": float(rng.uniform(0.0, 16.0)),
                    "pilot_snr_db": float(rng.uniform(-10.0, 5.0)),
                    "sensing_snr_db": float(rng.uniform(-35.0, -10.0)),
                }
                for angle in angles
            ],
        }
    )


def _distance(row):
    return abs(row.formula / row.estimate - 1.0)


def _median(found):
    return 100.0 * float(np.median([_distance(row) for row in found]))


def _share(found):
    return 100.0 * float(np.mean([bool(row.inside) for row in found]))


if __name__ == "__main__":
    for name, value, unit, note in rows(*map(int, sys.argv[1:2])):
        print(f"{name:<58}{value:>12.4g} {unit:<12}{note}", flush=True)
