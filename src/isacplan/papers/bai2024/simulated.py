"""Simulation markers for the figures of Bai2024, and its Figure 5 from end to end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.frame import best_allocation, optimal_frame
from isacplan.frame.rate import frame_rate, partial_duration
from isacplan.papers.bai2024.figures import FRAME_DURATION, UPDATES_DRAWN, rates_by_updates
from isacplan.papers.bai2024.reading import (
    BLOCK_DURATION,
    HALF_WIDTH,
    N_ANTENNAS,
    N_BLOCKS,
    RHO,
    SYMBOL_DURATION,
    SYMBOLS_PER_BLOCK,
    SYMBOLS_PER_UPDATE,
    Reading,
    reading_problem,
)
from isacplan.report.curves import FigureData, Line, Panel, line
from isacplan.scenario import FrameScenario, scenario_from_dict
from isacplan.sensing import matched_beam_angle_crb
from isacplan.simulate import checks, frame_simulation, run
from isacplan.units import linear_to_db

PRECISION = 0.01
END_TO_END_PRECISION = 0.01
MAX_FRAMES = 40_000
ADDITIVE_BLOCKS = (5.0, 9.0, 14.0, 20.0)
MISMATCHED_BLOCKS = (0.1, 0.5, 2.0, 8.0)
END_TO_END_BLOCKS = (0.03, 0.06, 0.1, 0.2, 0.5, 1.0, 4.0)
RECEIVERS = {"rate_mean_gain": "mean gain known", "rate_learned_gain": "gain learned"}
UPDATES_MARKED = (1, 2, 4, 7, 10, 15, 20, 28)
GAMMAS_MARKED = (0.05, 0.1, 0.5)


def reading_scenario(reading: Reading, *, error_model: str = "additive") -> FrameScenario:
    """The scenario that states a reading, without accuracy requirement.

    Parameters
    ----------
    reading : Reading
    error_model : {"additive", "mismatched"}, optional

    Returns
    -------
    FrameScenario
    """
    per_symbol = reading_problem(reading, None).closed_form.cramer_rao.per_symbol
    theta = np.radians(reading.angles_deg)
    unit = matched_beam_angle_crb(N_ANTENNAS, theta, sensing_snr=1.0, n_samples=1.0)
    # Scenarios state one symbol at one antenna.
    antennas_db = float(linear_to_db(N_ANTENNAS))
    sensing_snr_db = linear_to_db(unit / per_symbol) - 2.0 * antennas_db
    pilot_gain_db = antennas_db + float(linear_to_db(SYMBOLS_PER_UPDATE))
    scenario = scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": N_BLOCKS,
                "symbols_per_block": SYMBOLS_PER_BLOCK,
                "symbols_per_update": SYMBOLS_PER_UPDATE,
                "symbol_duration_s": SYMBOL_DURATION,
                "pilots_per_symbol": 1,
            },
            "array": {
                "n_tx": N_ANTENNAS,
                "n_rx": N_ANTENNAS,
                "phase_reference": reading.phase_reference,
            },
            "channel": {"half_width_deg": float(np.degrees(HALF_WIDTH))},
            "aging": {"rho": RHO, "first_lag": reading.first_lag},
            "sensing": {
                "error_model": error_model,
                # The paper knows the bound only.
                "error_law": "bound",
                "validity": "as_printed",
                "matched_filter_gain": "constant" if reading.crb_exponent == 1 else "proportional",
            },
            "users": [
                {
                    "angle_deg": angle,
                    "snr_db": reading.array_snr_db - antennas_db,
                    "pilot_snr_db": reading.array_pilot_snr_db - pilot_gain_db,
                    "sensing_snr_db": float(sensing),
                }
                for angle, sensing in zip(reading.angles_deg, sensing_snr_db, strict=True)
            ],
        }
    )
    if not isinstance(scenario, FrameScenario):
        raise ValueError("a reading must state a frame scenario")
    return scenario


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulatedRates:
    """Rates of every number of updates at one sensing duration, from simulated SINRs.

    Parameters
    ----------
    blocks : float
        Sensing duration [blocks].
    estimate, low, high : ndarray, shape (N_t,)
        [bit/s/Hz]; the interval lets every SINR lie at its own end at once, so it is wide.
    """

    blocks: float
    estimate: Float
    low: Float
    high: Float


def simulated_rates(
    reading: Reading, blocks: float, *, error_model: str, precision: float = PRECISION
) -> SimulatedRates:
    """Simulate the SINR of every user and age, and put them into the rate (24).

    Parameters
    ----------
    reading : Reading
    blocks : float
        Sensing duration [blocks].
    error_model : {"additive", "mismatched"}
        The additive model's own statistics, or a receiver with a wrong angle.
    precision : float, optional
        Wanted relative half-width of the SINRs' 95 % intervals.

    Returns
    -------
    SimulatedRates
    """
    T = blocks * BLOCK_DURATION
    scenario = reading_scenario(reading, error_model=error_model)
    simulation = frame_simulation(scenario, depth=error_model, sensing_duration=T)
    found = run(simulation.experiment, precision=precision).interval
    phi = [
        np.sum(np.log2(1.0 + x.reshape(len(reading.angles_deg), -1)), axis=0)
        for x in (found.estimate, found.low, found.high)
    ]
    problem = reading_problem(reading, None, error_model=error_model)
    n_sensing = problem.n_sensing_blocks(T)
    n_left, partial = N_BLOCKS - n_sensing, partial_duration(T, n_sensing, BLOCK_DURATION)
    rates = np.empty((3, n_left))
    for M in range(1, n_left + 1):
        sizes = best_allocation(phi[0], n_left, M)
        count = np.array([sum(s > age for s in sizes) for age in range(n_left)])
        sums = [count @ p[:n_left] for p in phi]
        rates[:, M - 1] = frame_rate(problem, sums, [p[0] for p in phi], M, partial)
    return SimulatedRates(
        blocks=blocks,
        estimate=rates[0] / FRAME_DURATION,
        low=np.minimum(rates[1], rates[2]) / FRAME_DURATION,
        high=np.maximum(rates[1], rates[2]) / FRAME_DURATION,
    )


def _at(found: Sequence[SimulatedRates], n_updates: int, colour: int, label: str = "") -> Line:
    kept = [f for f in found if n_updates <= len(f.estimate)]
    i = n_updates - 1
    return line(
        label,
        [f.blocks for f in kept],
        [f.estimate[i] for f in kept],
        low=[f.low[i] for f in kept],
        high=[f.high[i] for f in kept],
        style="points",
        colour=colour,
    )


def figure_5_markers(reading: Reading) -> list[Line]:
    """Markers for Figure 5: the additive model where it holds, the mismatched one everywhere.

    Parameters
    ----------
    reading : Reading
        Within the additive model's domain.

    Returns
    -------
    list of Line
    """
    start = reading_problem(reading, 0.5).sensing_range()[0] / BLOCK_DURATION
    wanted = {
        "additive": [max(b, start) for b in ADDITIVE_BLOCKS if b + 1.0 > start],
        "mismatched": MISMATCHED_BLOCKS,
    }
    lines: list[Line] = []
    for model, durations in wanted.items():
        found = [simulated_rates(reading, b, error_model=model) for b in durations]
        lines += [
            _at(found, M, i, "simulated" if model == "additive" and i == 0 else "")
            for i, M in enumerate(UPDATES_DRAWN)
        ]
    return lines


def figure_4_markers(reading: Reading) -> list[Line]:
    """Markers for Figure 4 at the best sensing duration for Gamma = 0.5."""
    best = optimal_frame(reading_problem(reading, 0.5)).sensing_duration / BLOCK_DURATION
    found = simulated_rates(reading, best, error_model="additive")
    i = np.array([M for M in UPDATES_MARKED if len(found.estimate) >= M]) - 1
    return [
        line(
            "simulated", i + 1, found.estimate[i], low=found.low[i], high=found.high[i],
            style="points", colour=0,
        )
    ]  # fmt: skip


def figure_3_markers(reading: Reading) -> list[Line]:
    """Markers for Figure 3 on the optimum's curve."""
    gammas: list[float] = []
    rows: list[tuple[float, float, float]] = []
    for gamma in GAMMAS_MARKED:
        try:
            best = optimal_frame(reading_problem(reading, gamma))
        except InfeasibleError:
            continue
        blocks = best.sensing_duration / BLOCK_DURATION
        found = simulated_rates(reading, blocks, error_model="additive")
        i = best.n_updates - 1
        gammas.append(gamma)
        rows.append((float(found.estimate[i]), float(found.low[i]), float(found.high[i])))
    estimate, low, high = np.array(rows).T
    return [line("simulated", gammas, estimate, low=low, high=high, style="points", colour=0)]


def end_to_end(reading: Reading, blocks: float) -> dict[str, Any]:
    """Rate of whole simulated frames: echo, angle estimate, pilots, beams, data.

    Parameters
    ----------
    reading : Reading
    blocks : float
        Sensing duration [blocks]; updates and allocation are the mismatched model's best.

    Returns
    -------
    dict
        ``estimate``, ``low`` and ``high`` of the sum rate [bit/s/Hz] for receivers that know the
        mean of their gain (as in (22)) and that learn it; intervals add up over users.
    """
    scenario = reading_scenario(reading, error_model="mismatched")
    simulation = frame_simulation(
        scenario, depth="end-to-end", sensing_duration=blocks * BLOCK_DURATION
    )
    outcome = run(simulation.experiment, precision=END_TO_END_PRECISION, max_trials=MAX_FRAMES)
    values: dict[str, Any] = {"blocks": blocks, "trials": outcome.trials}
    for name in RECEIVERS:
        mine = [c for c in checks(simulation, outcome) if c.quantity.name == name]
        values[name] = [
            sum(c.estimate for c in mine),
            sum(c.low for c in mine),
            sum(c.high for c in mine),
        ]
    return values


def figure_5_end_to_end(reading: Reading, found: list[dict[str, Any]]) -> FigureData:
    """Figure 5 in reality: the best rate against sensing duration, from formula to frames.

    Parameters
    ----------
    reading : Reading
    found : list of dict
        From `end_to_end`, by rising duration.

    Returns
    -------
    FigureData
    """
    problem = reading_problem(reading, None, error_model="mismatched")
    blocks, table, _ = rates_by_updates(problem, points_per_block=16)
    near = blocks <= max(f["blocks"] for f in found) * 1.2
    x = [f["blocks"] for f in found]
    formula = line("mismatched model, best M", blocks[near], np.max(table, axis=1)[near])
    panels: list[Panel] = []
    for i, (name, label) in enumerate(RECEIVERS.items()):
        estimate, low, high = np.array([f[name] for f in found]).T
        marks = line("whole frames", x, estimate, low=low, high=high, style="points", colour=i + 1)
        panels.append(
            Panel(
                title=label,
                x_label="sensing duration [blocks]",
                y_label="sum rate [bit/s/Hz]",
                lines=(formula, marks) if i == 0 else (marks,),
                x_log=True,
            )
        )
    return FigureData(
        name="bai2024-figure-5-end-to-end",
        title="Figure 5 of Bai2024 from end to end",
        caption="Preset. Line: mismatched model. Markers: simulated frames from the target's echo "
        "to received data, with a maximum likelihood angle estimate and 95 % intervals. Left: "
        "receivers that know only the mean of their gain, as (22) assumes; right: receivers that "
        "learn it from precoded pilots. Both have a best sensing duration of about a tenth of a "
        "block, where the angle is off by a degree or two.",
        panels=tuple(panels),
    )
