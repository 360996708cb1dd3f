"""A solved frame as text for people."""

from itertools import groupby

import numpy as np

from isacplan.frame import gain
from isacplan.report.frame import FrameReport, certificate_basis

RIVALS = {
    "ssu": "one update (SSU)",
    "fsu": "update in every block (FSU)",
    "rba": "random allocation (RBA)",
}


def frame_text(report: FrameReport) -> str:
    """Lines to print.

    Parameters
    ----------
    report : FrameReport

    Returns
    -------
    str
    """
    return "\n".join(
        [
            *_headline(report),
            "",
            *_users(report),
            "",
            *_rivals(report),
            *(f"note: {warning}" for warning in report.solution.warnings),
        ]
    )


def _headline(report: FrameReport) -> list[str]:
    p, s = report.problem, report.solution
    blocks = s.sensing_duration / p.block_duration
    symbols = s.sensing_duration / p.symbol_duration
    runs = ", ".join(f"{len(list(run))} x {size}" for size, run in groupby(s.blocks_per_update))
    frame_ms = report.frame_duration * 1e3
    lines = [
        report.scene.scenario.name or "frame",
        "",
        f"sensing time        {s.sensing_duration * 1e6:.1f} us = {blocks:.3f} blocks = "
        f"{symbols:.1f} symbols of a {frame_ms:.3g} ms frame",
        f"channel updates     {s.n_updates}",
        f"blocks per update   {runs}",
        f"rate                {s.rate / report.frame_duration:.6g} bit/s/Hz "
        f"({s.rate:.6g} bit/Hz per frame)",
    ]
    if s.upper_bound is not None and s.certificate is not None and s.gap is not None:
        lines += [
            f"upper bound         {s.upper_bound / report.frame_duration:.6g} bit/s/Hz, gap "
            f"{s.gap:.1e} ({s.certificate}: {certificate_basis(p)})",
        ]
    return [*lines, f"model valid         {'yes' if s.valid else 'NO'}"]


def _users(report: FrameReport) -> list[str]:
    p, s = report.problem, report.solution
    lines = ["user   angle [deg]   rmse [deg]   limit [deg]   rate [bit/s/Hz]"]
    columns = (report.scene.angle, np.sqrt(s.crb), np.sqrt(p.crb_limit), s.user_rate)
    for label, angle, rmse, limit, rate in zip(report.scene.label, *columns, strict=True):
        allowed = f"{np.degrees(limit):11.4g}" if np.isfinite(limit) else f"{'none':>11}"
        lines.append(
            f"{label:<5}{np.degrees(angle):13.2f}{np.degrees(rmse):13.4g}   {allowed}"
            f"{rate / report.frame_duration:18.4f}"
        )
    return lines


def _rivals(report: FrameReport) -> list[str]:
    s = report.solution
    lines = ["instead                        rate [bit/s/Hz]   this frame carries"]
    for name, words in RIVALS.items():
        other = report.baselines[name]
        rate = other.rate / report.frame_duration
        spread = other.rate_std / report.frame_duration
        shown = f"{rate:.4f}" + (f" +- {spread:.4f}" if spread else "")
        more = gain(s, other)
        words_more = f"{100.0 * more:+.2f} %" if np.isfinite(more) else "more than nothing"
        lines.append(f"{words:<31}{shown:<18}{words_more}")
    return lines
