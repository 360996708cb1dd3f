"""A solved frame as plain data."""

from typing import Any

import numpy as np

from isacplan import __version__
from isacplan.frame import SampledInterval, gain
from isacplan.report.angle_accuracy import angle_accuracy, notes
from isacplan.report.compared import comparison_values
from isacplan.report.frame import FrameReport, certificate_basis, covered_plans
from isacplan.report.frame_rivals import Rival, SampledComparison
from isacplan.results import Record
from isacplan.scenario import scenario_to_dict


def frame_record(report: FrameReport, *, curves: bool = False) -> Record:
    """What a report says, by the keys of the table of quantities.

    Parameters
    ----------
    report : FrameReport
    curves : bool, optional
        With the rates around the design.

    Returns
    -------
    Record
    """
    p, s = report.problem, report.solution
    values = {
        "kind": "frame",
        "name": report.scene.scenario.name,
        "version": __version__,
        "command": report.command,
        "seed": report.seed,
        **s.values,
        "spectral_efficiency_bps_hz": s.rate / report.frame_duration,
        "frame_duration_s": report.frame_duration,
        "block_duration_s": p.block_duration,
        "update_duration_s": p.update_duration,
        "sensing_blocks": p.n_sensing_blocks(s.sensing_duration),
        "certificate_basis": None if s.certificate is None else certificate_basis(p),
        "wanted_gap": report.wanted_gap,
        "covered_plans": None if s.certificate is None else covered_plans(report),
        "whole_symbol_cost": report.whole_symbol_cost,
        "warnings": list(notes(report)),
        "users": _users(report),
        "baselines": {
            name: {
                "rate_bit_per_hz": other.rate,
                "rate_std_bit_per_hz": other.rate_std,
                "gain": gain(s, other),
                "sensing_duration_s": other.sensing_duration,
                "n_updates": other.n_updates or None,
            }
            for name, other in report.baselines.items()
        },
        **({} if report.sampled is None else _sampled(report.sampled)),
        **_compared(report),
        **(_curves(report) if curves else {}),
        "scenario": scenario_to_dict(report.scene.scenario),
    }
    return Record(values=values)


def _curves(report: FrameReport) -> dict[str, Any]:
    c = report.curves
    return {
        "curves": {
            "sensing_duration_s": c.sensing_duration,
            "rate_chosen_bit_per_hz": c.rate_chosen,
            "rate_single_update_bit_per_hz": c.rate_single,
            "rate_every_block_bit_per_hz": c.rate_every_block,
            "n_updates": c.n_updates,
            "rate_by_updates_bit_per_hz": c.rate_by_updates,
        }
    }


def _compared(report: FrameReport) -> dict[str, Any]:
    if not report.compared:
        return {}
    return {"compare": {c.axis: comparison_values(c) for c in report.compared}}


def _sampled(sampled: SampledComparison) -> dict[str, Any]:
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
            group: {name: _rival(other) for name, other in rivals.items()}
            for group, rivals in groups.items()
        },
    }


def _rival(other: Rival) -> dict[str, Any]:
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


def _users(report: FrameReport) -> dict[str, Any]:
    p, s = report.problem, report.solution
    columns = {
        "label": list(report.scene.label),
        "angle_deg": np.degrees(report.scene.angle),
        "crb_rad2": s.crb,
        "rmse_deg": np.degrees(np.sqrt(s.crb)),
        "rmse_limit_deg": np.degrees(np.sqrt(p.crb_limit)),
        "valid_rmse_deg": np.degrees(np.sqrt(p.valid_mean_square)),
        "spectral_efficiency_bps_hz": s.user_rate / report.frame_duration,
        "shortest_accurate_duration_s": p.shortest_accurate_duration,
        "shortest_valid_duration_s": p.shortest_valid_duration,
    }
    accuracy = angle_accuracy(report)
    if accuracy is not None:
        columns["crb_rad2"] = accuracy.bound**2
        columns["outlier_probability"] = accuracy.outlier_probability
        columns["threshold_duration_s"] = accuracy.threshold_duration
    return columns
