"""Sampled plans: commands, closed forms, growth, and a search that simulates every design."""

import json
import os
import subprocess
import sys
from time import process_time

import numpy as np

from benchmarks.timing import ONE_CORE, alone, median_time
from isacplan.comm.scheme import Scheme
from isacplan.errors import InfeasibleError
from isacplan.frame import evaluate_frame, optimal_frame, sampled_rate
from isacplan.scenario import frame_scene, load_scenario, scenario_from_dict
from isacplan.scenario.build import closed_problem, frame_problem
from isacplan.scenario.sampling import sampled_problems
from isacplan.simulate import frame_simulation, run

SCENARIOS = 100

GROWN = """
import json, resource
from time import process_time
start = process_time()
from isacplan.frame import optimal_frame, sampled_rate
from isacplan.scenario import frame_problem, scenario_from_dict
problem = frame_problem(scenario_from_dict(json.loads({text!r})))
best = optimal_frame(problem, relative_gap=1e-4)
rate = sampled_rate(problem, best)
print(process_time() - start, best.gap, rate.interval.half_width / rate.whole, best.n_updates)
"""


def rows():
    yield from command()
    yield from random_scenarios()
    yield from growth()
    yield from against_simulation()


def command():
    code = (
        "import sys; sys.argv = ['isacplan', 'frame', 'street', '--json']\n"
        "from time import process_time\nfrom isacplan.cli import main\n"
        "import atexit; atexit.register(lambda: print(process_time(), file=sys.stderr))\nmain()"
    )
    times, values = [], None
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | ONE_CORE,
        )
        times.append(float(done.stderr.split()[-1]))
        values = json.loads(done.stdout)
    yield "frame street, whole process", float(np.median(times)), "s", "one core; target 3"
    low, high = values.get("rate_ci95_bit_per_hz", (np.nan, np.nan))
    half = 50.0 * (high - low) / values["rate_bit_per_hz"]
    yield "  half-width of its rate's 95 % interval", half, "%", "target 0.5"
    yield "  gap", values["gap"], "", values["certificate"]


def scenario(rng):
    n_users, n_antennas = int(rng.integers(1, 6)), int(rng.choice([4, 8, 16]))
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": int(rng.integers(8, 60)),
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 1.8e-5,
            },
            "array": {"n_tx": n_antennas, "n_rx": n_antennas, "phase_reference": "centre"},
            "channel": {"angular_density": "laplacian", "std_deg": float(rng.uniform(3.0, 12.0))},
            "aging": {"model": "geometric", "rho": float(rng.uniform(0.85, 0.999))},
            "sensing": {"error_model": "mismatched"},
            "users": [
                {
                    "angle_deg": float(rng.uniform(-55.0, 55.0)),
                    "snr_db": float(rng.uniform(-10.0, 12.0)),
                    "pilot_snr_db": float(rng.uniform(-10.0, 8.0)),
                    "sensing_snr_db": float(rng.uniform(-30.0, -10.0)),
                }
                for _ in range(n_users)
            ],
        }
    )


def random_scenarios():
    rng = np.random.default_rng(20261125)
    inside, widths, infeasible = 0, [], 0
    while len(widths) < SCENARIOS:
        scene = frame_scene(scenario(rng))
        exact = closed_problem(scene)
        try:
            found = sampled_problems(scene, exact, [Scheme()], n_draws=256)[0]
        except InfeasibleError:
            infeasible += 1
            continue
        plan = optimal_frame(found, relative_gap=1e-3)
        interval = sampled_rate(found, plan).interval
        there = sampled_truth(exact, plan)
        inside += interval.low <= there <= interval.high
        widths.append(interval.half_width / plan.rate)
    yield (
        "sampled MRT, mean gain, holds the closed form",
        inside,
        "of 100",
        f"95 % intervals; {infeasible} more are infeasible",
    )
    yield "  median half-width", 100.0 * float(np.median(widths)), "%", "2048 draws"


def sampled_truth(problem, plan):
    return evaluate_frame(problem, plan.sensing_duration, plan.blocks_per_update).rate


def growth():
    rng = np.random.default_rng(5)
    stated = {
        "kind": "frame",
        "frame": {
            "n_blocks": 300,
            "symbols_per_block": 14,
            "symbols_per_update": 2,
            "symbol_duration_s": 1.8e-5,
        },
        "array": {"n_tx": 64, "n_rx": 64, "phase_reference": "centre"},
        "channel": {"angular_density": "laplacian", "std_deg": 4.0},
        "aging": {"model": "jakes", "carrier_hz": 3.5e9},
        "sensing": {"error_model": "mismatched", "angle_rmse_limit_deg": 0.3},
        "transmission": {
            "precoder": "rzf",
            "receiver": "learned_gain",
            "precoded_pilots": 2,
        },
        "users": [
            {
                "angle_deg": float(a),
                "speed_mps": float(rng.uniform(1.0, 20.0)),
                "snr_db": float(rng.uniform(-10.0, 2.0)),
                "pilot_snr_db": float(rng.uniform(-12.0, 0.0)),
                "sensing_snr_db": float(rng.uniform(-45.0, -35.0)),
            }
            for a in np.linspace(-57.0, 57.0, 20)
        ],
    }
    output, memory = alone(GROWN.format(text=json.dumps(stated)))
    seconds, gap, half, updates = map(float, output.split())
    note = f"gap {gap:.0e}, interval {100 * half:.2f} %, {updates:.0f} updates"
    yield "K = 20, L = 64, N = 300: planned", seconds, "s", f"{note}; target 30"
    yield "  peak memory", memory, "MiB", "target 1024"


def against_simulation():
    loaded = load_scenario("street")
    scene = frame_scene(loaded)
    plan = median_time(lambda: optimal_frame(frame_problem(scene), relative_gap=1e-4), repeats=3)
    n = scene.scenario.frame.n_blocks
    designs = n * (n - 1) // 2
    one = simulated(0.02) * (0.02 / 0.005) ** 2
    yield "street planned, without rivals", plan, "s", ""
    yield "one design simulated end to end to 0.5 %", one, "s", "measured at 2 %, times 16"
    yield (
        "simulating every design anew over planning",
        designs * one / plan,
        "x",
        f"{designs} designs: whole blocks of sensing and numbers of updates; target 1000",
    )


def simulated(precision):
    simulation = frame_simulation(load_scenario("street"), depth="end-to-end")
    start = process_time()
    run(simulation.experiment, precision=precision)
    return process_time() - start
