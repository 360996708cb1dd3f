"""Simulation markers for the figures of Gao2024: reference signals and downlinks, not formulas."""

from typing import Any

import numpy as np

from isacplan.papers.gao2024.setting import SNRS_DB, closed_form, distance_at, preset
from isacplan.report.curves import Line, line
from isacplan.scenario import SplitScenario, overridden
from isacplan.simulate import checks, run, split_simulation
from isacplan.units import linear_to_db

POINTS = (
    (8, 10.0, 0.05),
    (8, 10.0, 0.4),
    (8, 30.0, 0.05),
    (8, 30.0, 0.4),
    (32, 10.0, 0.05),
    (32, 30.0, 0.05),
)
"""Antennas, SNR [dB] and capacity loss of every marker."""

PRECISION = 0.02
QUANTITIES = ("angle_mse", "delay_mse", "position_mse", "capacity_mean_gain")


def scenario_at(n_antennas: int, snr_db: float, capacity_loss: float) -> SplitScenario:
    """Section IV as a scenario at one point.

    Parameters
    ----------
    n_antennas : int
    snr_db : float
        [dB]
    capacity_loss : float
        0 to 1.

    Returns
    -------
    SplitScenario
    """
    scenario = overridden(
        preset(),
        {
            "split.n_antennas": n_antennas,
            "split.distance_m": distance_at(snr_db),
            "requirement": {"capacity_loss": capacity_loss},
        },
    )
    if not isinstance(scenario, SplitScenario):
        raise ValueError("a split scenario must stay one")
    return scenario


def simulated_point(n_antennas: int, snr_db: float, capacity_loss: float) -> dict[str, Any]:
    """Simulate the time and the frequency split at one capacity loss.

    Parameters
    ----------
    n_antennas : int
    snr_db : float
        [dB]
    capacity_loss : float
        0 to 1.

    Returns
    -------
    dict
        By split and quantity: estimate, both ends of its 95 % interval, the paper's formula, and
        the exact bound of the signal that is sent (that of the paper where there is none).
    """
    simulation = split_simulation(
        scenario_at(n_antennas, snr_db, capacity_loss), splits=("time", "frequency")
    )
    outcome = run(simulation.experiment, precision=PRECISION)
    p = preset().split
    band = p.bandwidth_hz / (
        np.floor(p.bandwidth_hz / p.element_bandwidth_hz) * p.element_bandwidth_hz
    )
    found: dict[str, Any] = {
        "n_antennas": n_antennas,
        "snr_db": snr_db,
        "capacity_loss": capacity_loss,
    }
    for check in checks(simulation, outcome):
        split, name = check.quantity.name.split("_split.")
        if name not in QUANTITIES:
            continue
        # Closed forms use the whole band, frames hold whole elements.
        scale = float(band) if name.startswith("capacity") else 1.0
        formulas = check.quantity.formulas
        found[f"{split}.{name}"] = [
            scale * float(x or np.nan)
            for x in (
                check.estimate,
                check.low,
                check.high,
                formulas["scenario"],
                formulas.get("exact", formulas["scenario"]),
            )
        ]
    return found


def markers(found: list[dict[str, Any]], n_antennas: int, *, losses: bool) -> list[Line]:
    """Markers for Figure 2 or 3, one set for each SNR; intervals of the position error.

    Parameters
    ----------
    found : list of dict
        From `simulated_point`.
    n_antennas : {8, 32}
    losses : bool
        Whether to draw losses (Figure 3) instead of capacity and error (Figure 2).

    Returns
    -------
    list of Line
    """
    lines: list[Line] = []
    for i, snr_db in enumerate(SNRS_DB):
        mine = [f for f in found if (f["n_antennas"], f["snr_db"]) == (n_antennas, snr_db)]
        if not mine:
            continue
        form = closed_form(n_antennas, snr_db)
        for split in ("time", "frequency"):
            x = np.array([f[f"{split}.capacity_mean_gain"][0] for f in mine]) / 1e6
            error = np.array([f[f"{split}.position_mse"][:3] for f in mine])
            if losses:
                x = 100.0 * (1.0 - x * 1e6 / form.full_capacity)
                error = error / form.full_crb
            y, low, high = linear_to_db(error).T
            label = "" if lines else "simulated signals"
            lines.append(line(label, x, y, low=low, high=high, style="crosses", colour=i))
    return lines


def agreement(found: list[dict[str, Any]]) -> dict[str, float]:
    """How far simulation lies from the paper's formulas and from the exact bounds.

    Parameters
    ----------
    found : list of dict
        From `simulated_point`.

    Returns
    -------
    dict of str to float
        Largest ratio of simulated to printed delay error and to the exact delay bound, of
        simulated to printed angle error, largest relative distance of the capacity, and in units
        of its interval.
    """
    both = [(f, split) for f in found for split in ("time", "frequency")]

    def ratios(name: str, against: int) -> list[float]:
        rows = [f[f"{split}.{name}"] for f, split in both]
        return [row[0] / row[against] for row in rows]

    rows = [f[f"{split}.capacity_mean_gain"] for f, split in both]
    outside = [abs(row[0] - row[3]) / (0.5 * (row[2] - row[1])) for row in rows]
    return {
        "delay_over_printed": max(ratios("delay_mse", 3)),
        "delay_over_exact": max(ratios("delay_mse", 4)),
        "angle_over_printed": max(ratios("angle_mse", 3)),
        "capacity_distance": max(abs(r - 1.0) for r in ratios("capacity_mean_gain", 3)),
        "capacity_half_widths": max(outside),
        "n_points": float(len(rows)),
    }
