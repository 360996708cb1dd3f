"""A solved frame as plain data."""

from typing import Any

import numpy as np

from isacplan import __version__
from isacplan._typing import Float
from isacplan.frame import SampledInterval, gain
from isacplan.report.angle_accuracy import accuracy_notes, angle_accuracy
from isacplan.report.compared import comparison_json
from isacplan.report.frame import FrameReport, certificate_basis, covered_plans
from isacplan.report.frame_rivals import Rival, SampledComparison
from isacplan.scenario import scenario_to_dict


def frame_json(report: FrameReport) -> dict[str, Any]:
    """Plain values for one JSON object; every key carries its unit.

    Parameters
    ----------
    report : FrameReport

    Returns
    -------
    dict
    """
    p, s, c = report.problem, report.solution, report.curves
    per_second = 1.0 / report.frame_duration
    return {
        "kind": "frame",
        "name": report.scene.scenario.name,
        "version": __version__,
        "seed": report.seed,
        "rate_bit_per_hz": s.rate,
        "spectral_efficiency_bps_hz": s.rate * per_second,
        "frame_duration_s": report.frame_duration,
        "block_duration_s": p.block_duration,
        "update_duration_s": p.update_duration,
        "sensing_duration_s": s.sensing_duration,
        "sensing_blocks": p.n_sensing_blocks(s.sensing_duration),
        "n_updates": s.n_updates,
        "blocks_per_update": list(s.blocks_per_update),
        "upper_bound_bit_per_hz": _finite(s.upper_bound),
        "gap": _finite(s.gap),
        "certificate": s.certificate,
        "certificate_basis": None if s.certificate is None else certificate_basis(p),
        "wanted_gap": report.wanted_gap,
        "covered_plans": None if s.certificate is None else covered_plans(report),
        "whole_symbol_cost": report.whole_symbol_cost,
        "n_evaluations": s.n_evaluations,
        "valid": s.valid,
        "warnings": list(s.warnings + accuracy_notes(report)),
        "users": _users_json(report),
        "baselines": {
            name: {
                "rate_bit_per_hz": other.rate,
                "rate_std_bit_per_hz": other.rate_std,
                "gain": _finite(gain(s, other)),
                "sensing_duration_s": other.sensing_duration,
                "n_updates": other.n_updates or None,
            }
            for name, other in report.baselines.items()
        },
        "curves": {
            "sensing_duration_s": _listed(c.sensing_duration),
            "rate_chosen_bit_per_hz": _listed(c.rate_chosen),
            "rate_single_update_bit_per_hz": _listed(c.rate_single),
            "rate_every_block_bit_per_hz": _listed(c.rate_every_block),
            "n_updates": c.n_updates.tolist(),
            "rate_by_updates_bit_per_hz": _listed(c.rate_by_updates),
        },
        **({} if report.sampled is None else _sampled_json(report.sampled)),
        **_compared_json(report),
        "scenario": scenario_to_dict(report.scene.scenario),
    }


def _compared_json(report: FrameReport) -> dict[str, Any]:
    if not report.compared:
        return {}
    return {"compare": {c.axis: comparison_json(c) for c in report.compared}}


def _sampled_json(sampled: SampledComparison) -> dict[str, Any]:
    """What only sampled plans have: the scheme, the interval, and rivals on the same draws."""
    groups = {
        "schemes": sampled.schemes,
        "no_sensing": sampled.no_sensing,
        "same_scheme": sampled.updates,
    }
    return {
        "precoder": sampled.scheme.precoder,
        "receiver": sampled.scheme.receiver,
        "precoded_pilots": sampled.scheme.precoded_pilots,
        "n_draws": sampled.n_draws,
        "rate_ci95_bit_per_hz": _ends(sampled.rate.interval),
        "accuracy_cost": sampled.accuracy_cost,
        "rivals": {
            group: {name: _rival_json(other) for name, other in rivals.items()}
            for group, rivals in groups.items()
        },
    }


def _rival_json(other: Rival) -> dict[str, Any]:
    return {
        "words": other.words,
        "rate_bit_per_hz": other.solution.rate,
        "rate_ci95_bit_per_hz": _ends(other.rate.interval),
        "gain": None if other.gain is None else other.gain.estimate,
        "gain_ci95": None if other.gain is None else _ends(other.gain),
        "sensing_duration_s": other.solution.sensing_duration,
        "n_updates": other.solution.n_updates,
    }


def _ends(interval: SampledInterval) -> list[float]:
    return [interval.low, interval.high]


def _users_json(report: FrameReport) -> list[dict[str, Any]]:
    p, s = report.problem, report.solution
    columns = {
        "label": list(report.scene.label),
        "angle_deg": _listed(np.degrees(report.scene.angle)),
        "crb_rad2": _listed(s.crb),
        "rmse_deg": _listed(np.degrees(np.sqrt(s.crb))),
        "rmse_limit_deg": _listed(np.degrees(np.sqrt(p.crb_limit))),
        "valid_rmse_deg": _listed(np.degrees(np.sqrt(p.valid_mean_square))),
        "spectral_efficiency_bps_hz": _listed(s.user_rate / report.frame_duration),
        "shortest_accurate_duration_s": _listed(p.shortest_accurate_duration),
        "shortest_valid_duration_s": _listed(p.shortest_valid_duration),
    }
    accuracy = angle_accuracy(report)
    if accuracy is not None:
        columns["crb_rad2"] = _listed(accuracy.bound**2)
        columns["outlier_probability"] = _listed(accuracy.outlier_probability)
        columns["threshold_duration_s"] = _listed(accuracy.threshold_duration)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _finite(value: float | None) -> float | None:
    """A number for JSON, which knows no infinity: that becomes null."""
    return None if value is None or not np.isfinite(value) else float(value)


def _listed(values: Float) -> list[float | None]:
    return [_finite(x) for x in values]
