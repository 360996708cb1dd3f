"""A solved split as plain values."""

from typing import Any

import numpy as np

from isacplan import __version__
from isacplan._typing import Float
from isacplan.report.split import SplitReport
from isacplan.report.split_position import position_values, solution_values
from isacplan.results import Record
from isacplan.scenario import scenario_to_dict
from isacplan.split import (
    SPLITS,
    ParetoFront,
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


def split_record(report: SplitReport, *, curves: bool = False) -> Record:
    """What a report says, by the keys of the table of quantities.

    Parameters
    ----------
    report : SplitReport
    curves : bool, optional
        With every point of the fronts, and the map of winners.

    Returns
    -------
    Record
    """
    problem, model = report.problem, report.model
    best = full_crb(model)
    values: dict[str, Any] = {
        "kind": "split",
        "name": report.scenario.name,
        "version": __version__,
        "command": report.command,
        "asked": report.plan.asked,
        **position_values(report),
        "capacity_bps": report.capacity,
        "capacity_bound_bps": report.capacity_bound,
        "capacity_bound_pilots": report.bound_pilots,
        "capacity_bound_valid": report.bound_valid,
        "grid_capacity_bps": full_capacity(model),
        "grid_elements": problem.n_elements,
        "grid_symbols": problem.n_symbols,
        "crb_m2": np.max(best),
        "position_rmse_m": np.sqrt(np.max(best)),
        "localization_direction": report.scenario.split.localization_direction,
        "splits": {name: _solution(report, name) for name in SPLITS},
        "winner": report.plan.winner,
        "margin_db": {name: report.plan.margin_db(name) for name in report.plan.solutions},
        "margin_of": "capacity" if report.plan.goal == "capacity" else "crb",
        "fronts": {name: _front(front, curves=curves) for name, front in report.fronts.items()},
        "scenario": scenario_to_dict(report.scenario),
    }
    if curves:
        values["winner_map"] = None if report.winners is None else _map(report.winners)
    return Record(values=values)


def _solution(report: SplitReport, split: str) -> dict[str, Any] | None:
    solution = report.plan.solutions.get(split)
    if solution is None:
        return None
    problem = report.problem
    worst, errors = solution_values(report, split)
    return {
        **solution.values,
        "capacity_loss": 1.0 - solution.capacity / full_capacity(report.model),
        "crb_loss": solution.crb / np.max(full_crb(report.model)),
        **worst,
        "users": {
            "distance_m": problem.distance,
            "angle_deg": np.degrees(problem.angle),
            "snr_db": linear_to_db(problem.downlink_snr),
            **solution.user_values,
            **errors,
        },
    }


def _front(front: ParetoFront, *, curves: bool) -> dict[str, Any]:
    points = {
        "capacity_bps": front.capacity,
        "crb_m2": front.crb,
        "position_rmse_m": np.sqrt(front.crb),
        "elements": front.n_elements,
        "symbols": front.n_symbols,
        "spacing": front.spacing,
        "offsets": front.n_offsets,
    }
    at = knee(front)
    bend = None
    if at is not None:
        bend = {key: values[at] for key, values in points.items()}
        bend["capacity_loss"] = front.capacity_loss[at]
    return {
        **(points if curves else {}),
        "knee": bend,
        "diminishing_returns": {
            "capacity_loss": np.array(LOSSES),
            "crb_m2": crb_at_loss(front, LOSSES),
            "db_per_next_percent": accuracy_per_percent(front, LOSSES),
        },
    }


def _map(winners: WinnerMap) -> dict[str, Any]:
    def plane(values: Float) -> Float:
        return np.round(values[:, :, 0], 4)

    return {
        "axes": ["n_antennas", "distance_m"],
        "capacity_loss": winners.capacity_loss[0],
        "n_antennas": winners.n_antennas,
        "distance_m": winners.distance,
        "snr_db": linear_to_db(winners.downlink_snr),
        "winner": [
            [SPLITS[code] if code >= 0 else None for code in row]
            for row in winners.winner[:, :, 0].tolist()
        ],
        "frequency_over_time_db": plane(winners.frequency_over_time_db),
        "joint_gain_db": plane(winners.joint_gain_db),
        "comb_gain_db": plane(winners.comb_gain_db),
    }
