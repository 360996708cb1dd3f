"""A solved split as plain values."""

from typing import Any

import numpy as np

from isacplan import __version__
from isacplan._typing import Float
from isacplan.report.split import SplitReport
from isacplan.report.split_position import position_json, solution_json
from isacplan.scenario import scenario_to_dict
from isacplan.split import (
    SPLITS,
    ParetoFront,
    SplitSolution,
    WinnerMap,
    accuracy_per_percent,
    crb_at_loss,
    full_capacity,
    full_crb,
    knee,
)
from isacplan.units import linear_to_db

LOSSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Capacity losses at which diminishing returns are reported."""


def split_json(report: SplitReport) -> dict[str, Any]:
    """Plain values for one JSON object; every key carries its unit.

    Parameters
    ----------
    report : SplitReport

    Returns
    -------
    dict
    """
    problem, model = report.problem, report.model
    best = full_crb(model)
    return {
        "kind": "split",
        "name": report.scenario.name,
        "version": __version__,
        "asked": report.plan.asked,
        **position_json(report),
        "capacity_bps": report.capacity,
        "capacity_bound_bps": report.capacity_bound,
        "capacity_bound_pilots": report.bound_pilots,
        "capacity_bound_valid": report.bound_valid,
        "grid_capacity_bps": full_capacity(model),
        "grid_elements": problem.n_elements,
        "grid_symbols": problem.n_symbols,
        "crb_m2": float(np.max(best)),
        "position_rmse_m": float(np.sqrt(np.max(best))),
        "localization_direction": report.scenario.split.localization_direction,
        "splits": {name: _solution(report, name) for name in SPLITS},
        "winner": report.plan.winner,
        "margin_db": {name: finite(report.plan.margin_db(name)) for name in report.plan.solutions},
        "margin_of": "capacity" if report.plan.goal == "capacity" else "crb",
        "fronts": {name: _front(front) for name, front in report.fronts.items()},
        "winner_map": None if report.winners is None else _map(report.winners),
        "scenario": scenario_to_dict(report.scenario),
    }


def _solution(report: SplitReport, split: str) -> dict[str, Any] | None:
    solution = report.plan.solutions.get(split)
    if solution is None:
        return None
    capacity, crb = full_capacity(report.model), float(np.max(full_crb(report.model)))
    worst, errors = solution_json(report, split)
    return {
        "symbols": solution.n_symbols,
        "elements": solution.n_elements,
        "spacing": solution.spacing,
        "offsets": solution.n_offsets,
        "elements_taken": solution.n_taken,
        "unambiguous_range_m": solution.unambiguous_range,
        "bandwidth_hz": solution.localization_bandwidth,
        "capacity_bps": solution.capacity,
        "capacity_loss": 1.0 - solution.capacity / capacity,
        "crb_m2": finite(solution.crb),
        "crb_loss": finite(solution.crb / crb),
        "position_rmse_m": finite(float(np.sqrt(solution.crb))),
        "pilots_boosted": solution.pilots_boosted,
        "pilots_beside": solution.pilots_beside,
        "pilots_within": solution.pilots_within,
        "choices_compared": solution.n_evaluated,
        **worst,
        "users": [a | b for a, b in zip(_users(report, solution), errors, strict=True)],
    }


def _users(report: SplitReport, solution: SplitSolution) -> list[dict[str, Any]]:
    problem = report.problem
    return [
        {
            "distance_m": float(problem.distance[k]),
            "angle_deg": float(np.degrees(problem.angle[k])),
            "snr_db": float(linear_to_db(problem.downlink_snr[k])),
            "capacity_bps": float(solution.user_capacities[k]),
            "crb_m2": finite(solution.user_crb[k]),
            "position_rmse_m": finite(np.sqrt(solution.user_crb[k])),
            "localization_symbols": int(solution.user_symbols[k]),
        }
        for k in range(problem.n_users)
    ]


def _front(front: ParetoFront) -> dict[str, Any]:
    at = knee(front)
    return {
        "capacity_bps": listed(front.capacity),
        "crb_m2": listed(front.crb),
        "position_rmse_m": listed(np.sqrt(front.crb)),
        "elements": front.n_elements.tolist(),
        "symbols": front.n_symbols.tolist(),
        "spacing": front.spacing.tolist(),
        "offsets": front.n_offsets.tolist(),
        "knee": None
        if at is None
        else {
            "capacity_bps": float(front.capacity[at]),
            "capacity_loss": float(front.capacity_loss[at]),
            "crb_m2": float(front.crb[at]),
            "position_rmse_m": float(np.sqrt(front.crb[at])),
            "elements": int(front.n_elements[at]),
            "symbols": int(front.n_symbols[at]),
            "spacing": int(front.spacing[at]),
            "offsets": int(front.n_offsets[at]),
        },
        "diminishing_returns": {
            "capacity_loss": list(LOSSES),
            "crb_m2": listed(crb_at_loss(front, LOSSES)),
            "db_per_next_percent": listed(accuracy_per_percent(front, LOSSES)),
        },
    }


def _map(winners: WinnerMap) -> dict[str, Any]:
    def plane(values: Float) -> list[list[float | None]]:
        return [listed(np.round(row, 4)) for row in values[:, :, 0]]

    return {
        "axes": ["n_antennas", "distance_m"],
        "capacity_loss": float(winners.capacity_loss[0]),
        "n_antennas": winners.n_antennas.tolist(),
        "distance_m": listed(winners.distance),
        "snr_db": listed(linear_to_db(winners.downlink_snr)),
        "winner": [
            [SPLITS[code] if code >= 0 else None for code in row]
            for row in winners.winner[:, :, 0].tolist()
        ],
        "frequency_over_time_db": plane(winners.frequency_over_time_db),
        "joint_gain_db": plane(winners.joint_gain_db),
        "comb_gain_db": plane(winners.comb_gain_db),
    }


def finite(value: float) -> float | None:
    """A number for JSON, which knows no infinity: that becomes null."""
    return float(value) if np.isfinite(value) else None


def listed(values: Float) -> list[float | None]:
    """Numbers for JSON."""
    numbers = np.array(values, dtype=object)
    numbers[~np.isfinite(values)] = None
    return numbers.tolist()
