"""First intervals of a simulation: when they come, and how often they hold the truth."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from isacplan.scenario import FrameScenario, load_scenario, scenario_from_dict
from isacplan.simulate import checks, frame_simulation, run, split_simulation

Row = tuple[str, float, str, str]


def city(n_users: int = 100, n_antennas: int = 256) -> FrameScenario:
    """Many users of a large array, under the additive model."""
    users = [
        {"angle_deg": a, "snr_db": -10.0, "pilot_snr_db": -20.0, "sensing_snr_db": -40.0}
        for a in np.linspace(-60.0, 60.0, n_users).tolist()
    ]
    found = scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": 35,
                "symbols_per_block": 400,
                "symbols_per_update": 130,
                "symbol_duration_s": 1e-6,
            },
            "array": {"n_tx": n_antennas, "n_rx": n_antennas},
            "channel": {"angular_density": "uniform", "half_width_deg": 1.0},
            "aging": {"model": "geometric", "rho": 0.98},
            "sensing": {"error_model": "additive"},
            "users": users,
        }
    )
    assert isinstance(found, FrameScenario)
    return found


def _seconds(simulate: object, precision: float) -> tuple[float, int]:
    start = time.process_time()
    simulation = simulate()  # type: ignore[operator]
    found = run(simulation.experiment, precision=precision)
    return time.process_time() - start, found.trials


def times() -> Iterator[Row]:
    """Processor time to the first interval and to 0.5 %, of presets and of a large array."""
    for name in ("bai2024", "street", "gao2024", "indoor", "rural"):
        scenario = load_scenario(name)
        make = frame_simulation if isinstance(scenario, FrameScenario) else split_simulation
        seconds, trials = _seconds(lambda s=scenario, m=make: m(s), 1e9)
        yield f"first interval, {name}", seconds, "s", f"{trials} trials, problem included"
    many = city()
    for words, precision in (("first interval", 1e9), ("0.5 %", 0.005)):
        seconds, trials = _seconds(lambda: frame_simulation(many, sensing_duration=2e-3), precision)
        yield f"{words}, 100 users x 256 antennas", seconds, "s", f"{trials} trials"


def coverage(depth: str, n_seeds: int = 1000) -> Iterator[Row]:
    """How many first intervals hold the exact value, over seeds."""
    simulation = frame_simulation(load_scenario("bai2024"), depth=depth)
    held = []
    for seed in range(n_seeds):
        found = run(replace(simulation.experiment, seed=seed), precision=1e9)
        held.append([row.inside for row in checks(simulation, found)])
    share = np.mean(held, axis=0)
    note = f"{n_seeds} seeds, worst quantity {100.0 * np.min(share):.1f} %"
    yield f"first intervals that hold the truth, {depth}", 100.0 * np.mean(share), "%", note


def rows() -> Iterator[Row]:
    """Times and coverage."""
    with threadpool_limits(limits=1):
        yield from times()
        yield from coverage("additive")
        yield from coverage("mismatched")
