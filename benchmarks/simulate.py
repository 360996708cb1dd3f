"""Simulation: blocks against their random numbers, sampling against sampling, two workers."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.random import SFC64, SeedSequence
from threadpoolctl import threadpool_limits

from benchmarks.timing import process
from isacplan.scenario import (
    FrameScenario,
    frame_problem,
    load_scenario,
    scenario_from_dict,
    scenario_to_dict,
)
from isacplan.simulate import (
    checks,
    frame_simulation,
    jackknife_interval,
    run,
    split_simulation,
)
from isacplan.simulate.kernels import norm_moments
from isacplan.simulate.split import SPLITS
from isacplan.simulate.streams import NormalSource
from isacplan.simulate.workers import parallel_results, serial_results

Row = tuple[str, float, str, str]
PAPER = load_scenario("bai2024")


def best(function: Callable[[], object], repeats: int = 9) -> float:
    """Shortest of several times, each long enough to be read off the clock [s]."""
    function()
    times = []
    for _ in range(repeats):
        start, n = time.perf_counter(), 0
        while (spent := time.perf_counter() - start) < 0.05:
            function()
            n += 1
        times.append(spent / n)
    return min(times)


def wide(n_antennas: int) -> FrameScenario:
    """Section IV of Bai2024 with scattering so wide that no direction of the array is empty."""
    values = scenario_to_dict(PAPER)
    values["array"]["n_tx"] = n_antennas
    values["channel"]["half_width_deg"] = 80.0
    scenario = scenario_from_dict(values)
    if not isinstance(scenario, FrameScenario):
        raise TypeError("a frame scenario must stay one")
    return scenario


def additive_block(n_antennas: int) -> Iterator[Row]:
    """Whole blocks of independent trials, from seed to statistics, against their normals."""
    simulation = frame_simulation(
        wide(n_antennas), depth="additive", sensing_duration=2.8e-4, sampling="pseudo"
    )
    e = simulation.experiment
    rank, n, L = e.rank, e.trials_per_block, n_antennas
    batch = e.batch
    source, bits = NormalSource(rank * batch, np.float32), SFC64(SeedSequence(1))

    def draws() -> None:
        for _ in range(5 * n // batch):
            source.draw(bits)

    together, alone = best(lambda: e.block(3)), best(draws)
    rate = n / together / 1e3
    yield f"additive depth, K = 5, L = {L}: trials a second, thousands", rate, "1/s", "one thread"
    yield f"  against its normal numbers alone, L = {L}", together / alone, "x", "limit 2.5"


def plain_loop(n_antennas: int) -> Iterator[Row]:
    """The statistics of one trial after another, as a first script would."""
    rng, L = np.random.default_rng(1), n_antennas
    root = np.diag(np.sqrt(np.linspace(1.0, 0.1, L))).astype(complex)

    def trial() -> None:
        for _ in range(5):
            w = (rng.normal(size=L) + 1j * rng.normal(size=L)) * np.sqrt(0.5)
            h = root @ w
            norm = np.vdot(h, h).real
            _ = norm, norm**2, np.outer(h, h.conj())

    source, bits = NormalSource(L * 1024, np.float32), SFC64(SeedSequence(1))
    weights = np.ones((1, L), np.float32)

    def batch() -> None:
        for _ in range(5):
            norm_moments(np, source.draw(bits).reshape(2, L, 1024), weights)

    gain = best(trial) / (best(batch) / 1024)
    yield f"a loop over trials takes longer, L = {L}", gain, "x", "NumPy, one thread"


def plain_table(seed: int, n_trials: int) -> np.ndarray:
    """The SINR table of bai2024 with everything drawn: pilots, channels, every block."""
    problem, rng = frame_problem(PAPER), np.random.default_rng(seed)
    know, duration = problem.knowledge, 2.8e-4
    crb, rho = problem.crb(duration), problem.temporal_correlation
    K, L = know.steering_derivative.shape
    roots = [np.linalg.cholesky(R + 1e-13 * np.eye(L)) for R in know.spatial_correlation]

    def white() -> np.ndarray:
        parts = rng.standard_normal((L, 2 * n_trials), dtype=np.float32)
        return parts.view(np.complex64) * np.float32(np.sqrt(0.5))

    estimates, channels = [], []
    for k in range(K):
        v = know.steering_derivative[k]
        R, error = know.spatial_correlation[k], crb[k] * np.outer(v, v.conj())
        R_hat, noise = R - error, np.eye(L) / know.pilot_snr[k]
        lam, V = np.linalg.eigh(R_hat)
        known = (V * np.sqrt(np.maximum(lam, 0.0))).astype(np.complex64) @ white()
        y = known + white() * np.float32(know.pilot_snr[k] ** -0.5)
        estimates.append((R_hat @ np.linalg.inv(R_hat + noise)).astype(np.complex64) @ y)
        bearing = np.sqrt(crb[k]) * v
        channels.append(known + np.outer(bearing, white()[0]).astype(np.complex64))
    norm = np.array([np.mean(np.sum(np.abs(x) ** 2, axis=0)) for x in estimates])
    table = np.empty(rho.shape)
    for n in range(rho.shape[1]):
        for k in range(K):
            fresh = roots[k].astype(np.complex64) @ white()
            kept = np.float32(rho[k, n]), np.float32(np.sqrt(1.0 - rho[k, n] ** 2))
            h = kept[0] * channels[k] + kept[1] * fresh
            gains = [np.einsum("lb,lb->b", h.conj(), x) for x in estimates]
            signal = abs(np.mean(gains[k])) ** 2 / norm[k]
            power = np.array([np.mean(np.abs(g) ** 2) for g in gains]) / norm
            snr = know.snr[k]
            table[k, n] = snr * signal / (1.0 + snr * (np.sum(power) - signal))
    return table


def equal_precision() -> Iterator[Row]:
    """Time to the SINR table of bai2024 within 0.5 %, by plain sampling and by ours."""
    n = 2**14
    start = time.perf_counter()
    tables = np.array([plain_table(seed, n) for seed in range(16)])
    each = (time.perf_counter() - start) / len(tables)
    spread = 1.96 * tables.std(axis=0, ddof=1) / tables.mean(axis=0)
    plain = each * float(np.max(spread) / 0.005) ** 2
    seconds = {}
    for sampling in ("quasi", "pseudo"):
        simulation = frame_simulation(PAPER, sensing_duration=2.8e-4, sampling=sampling)
        # The first block loads what makes the nets, once a process.
        simulation.experiment.block(0)
        start = time.perf_counter()
        width = run(simulation.experiment, precision=0.005).interval
        spent = time.perf_counter() - start
        reached = width.relative_half_width(simulation.experiment.decisive)
        seconds[sampling] = spent * (reached / 0.005) ** 2
    yield "plain sampling to 0.5 %", plain, "s", "from 16 runs of 16384 trials"
    note = "aim: at least 10"
    yield "  rest integrated, pseudo-random: faster", plain / seconds["pseudo"], "x", note
    yield "  rest integrated, shifted nets: faster", plain / seconds["quasi"], "x", note


def controls() -> Iterator[Row]:
    """What control variates save: end to end those of the true angle, for splits expansions."""
    cases = {
        "end to end, SINR": (
            frame_simulation(PAPER, depth="end-to-end", sensing_duration=2.8e-4),
            ("sinr",),
        ),
        "split, errors": (
            split_simulation(load_scenario("gao2024")),
            tuple(f"{s}_split.{x}_mse" for s in SPLITS for x in ("angle", "delay", "position")),
        ),
    }
    for words, (simulation, names) in cases.items():
        e = simulation.experiment
        rows = np.array([q.name in names for q in simulation.quantities])
        blocks = np.concatenate([values for _, values in serial_results(e, iter(range(128)))])
        plain = jackknife_interval(blocks, e.estimate).relative_half_width(rows)
        ours = jackknife_interval(e.adjusted(blocks), e.estimate).relative_half_width(rows)
        note = "a block takes at most twice as long"
        yield f"{words}: trials saved by controls", (plain / ours) ** 2, "x", note


def speed_up(seconds: float = 6.0) -> Iterator[Row]:
    """Blocks a second of two workers against one, both after starting; then the whole command."""
    e = replace(
        frame_simulation(PAPER, depth="end-to-end", sensing_duration=2.8e-4).experiment, seed=1
    )
    rate = {}
    for workers in (1, 2):
        chunks = parallel_results(e, iter(range(10**6)), workers)
        for _ in range(2 * workers):
            next(chunks)
        start, n = time.perf_counter(), 0
        while time.perf_counter() - start < seconds:
            n += len(next(chunks)[0])
        rate[workers] = n / (time.perf_counter() - start)
        chunks.close()
    yield "two workers against one, blocks a second", rate[2] / rate[1], "x", "limit 1.7"
    command = "bai2024 --depth end-to-end --precision 0.004 --memory 4GiB --workers"
    spent = {
        workers: process(["-m", "isacplan", "simulate", *command.split(), str(workers)], repeats=2)
        for workers in (1, 2)
    }
    note = f"{spent[1]:.0f} s with one, starts included"
    yield "  the whole command", spent[1] / spent[2], "x", note


def random_frame(seed: int, model: str) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    n_blocks, n_tx = int(rng.integers(8, 40)), int(2 ** rng.integers(2, 5))
    # Ranges over the arrays and the update; a scenario states one symbol at one antenna.
    array_db = 10.0 * np.log10(n_tx)
    pilot_db, echo_db = array_db + 10.0 * np.log10(9.0), array_db + 10.0 * np.log10(8.0)
    return {
        "kind": "frame",
        "frame": {
            "n_blocks": n_blocks,
            "symbols_per_block": 70,
            "symbols_per_update": 9,
            "symbol_duration_s": 1e-6,
        },
        "array": {"n_tx": n_tx, "n_rx": 8},
        "channel": {
            "angular_density": "uniform",
            "half_width_deg": float(rng.uniform(1.0, 20.0)),
        },
        "aging": {"model": "geometric", "rho": float(rng.uniform(0.9, 0.999))},
        "sensing": {"error_model": model},
        "users_random": {
            "count": int(rng.integers(2, 7)),
            "seed": seed,
            "snr_db": [-5.0 - array_db, 25.0 - array_db],
            "pilot_snr_db": [-5.0 - pilot_db, 25.0 - pilot_db],
            "sensing_snr_db": [20.0 - echo_db, 30.0 - echo_db],
        },
    }


def shares(name: str, inside: list[list[bool]]) -> Row:
    """Share of formulas inside; users of one scenario may share draws, so scenarios count."""
    parts = np.array([np.mean(row) for row in inside])
    band = 196.0 * parts.std(ddof=1) / np.sqrt(len(parts))
    total = sum(len(row) for row in inside)
    return name, 100.0 * parts.mean(), "%", f"+- {band:.1f}, {total} in {len(parts)} scenarios"


def verdicts(n_scenarios: int = 100) -> Iterator[Row]:
    """How many formulas lie inside their intervals over random scenarios."""
    for model in ("additive", "mismatched"):
        inside = []
        for seed in range(n_scenarios):
            scenario = scenario_from_dict(random_frame(seed, model))
            duration = 2.5 * scenario.frame.symbols_per_block * 1e-6
            simulation = frame_simulation(scenario, sensing_duration=duration, seed=seed)
            found = checks(simulation, run(simulation.experiment, precision=0.02))
            inside.append([bool(row.inside) for row in found if row.quantity.block == 1])
        yield shares(f"formulas inside, {model}", inside)
    yield from split_verdicts(n_scenarios)


def split_verdicts(n_scenarios: int) -> Iterator[Row]:
    kinds = {"angle_mse": "angle bounds", "capacity_mean_gain": "capacities"}
    inside: dict[str, list[list[bool]]] = {kind: [] for kind in kinds}
    for seed in range(n_scenarios):
        rng = np.random.default_rng(seed)
        scenario = scenario_from_dict(
            {
                "kind": "split",
                "split": {
                    "n_antennas": int(2 ** rng.integers(2, 5)),
                    "carrier_hz": 3e9,
                    "bandwidth_hz": 20e6,
                    "element_bandwidth_hz": 720e3,
                    "n_symbols": int(rng.integers(60, 300)),
                    "snr_db": float(rng.uniform(5.0, 25.0)),
                    "distance_m": 500.0,
                    "angle_deg": float(rng.uniform(-60.0, 60.0)),
                    "angle_bound": "unknown_phase",
                    "delay_bound": "flat_spectrum",
                },
                "requirement": {"capacity_loss": 0.1},
            }
        )
        simulation = split_simulation(scenario, seed=seed)
        most = 128 * simulation.experiment.trials_per_block
        found = checks(simulation, run(simulation.experiment, max_trials=most))
        for kind, rows in inside.items():
            rows.append([bool(row.inside) for row in found if row.quantity.name.endswith(kind)])
    for kind, words in kinds.items():
        yield shares(f"split {words} inside", inside[kind])


def rows() -> Iterator[Row]:
    """Every claim of speed, and the verdict table."""
    with threadpool_limits(limits=1):
        for L in (8, 64):
            yield from additive_block(L)
            yield from plain_loop(L)
        yield from equal_precision()
        yield from controls()
        yield from speed_up()
        yield from verdicts()
