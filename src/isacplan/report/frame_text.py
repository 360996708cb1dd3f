"""A solved frame as text for people."""

from itertools import groupby

import numpy as np

from isacplan.comm.receiver import receivers
from isacplan.frame import gain
from isacplan.report.angle_accuracy import accuracy_notes, angle_accuracy
from isacplan.report.frame import FrameReport, certificate_basis
from isacplan.report.frame_rivals import Rival, SampledComparison

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
            *(f"note: {note}" for note in report.solution.warnings + accuracy_notes(report)),
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
        *_scheme(report),
    ]
    if s.upper_bound is not None and s.certificate is not None and s.gap is not None:
        lines += [
            f"upper bound         {s.upper_bound / report.frame_duration:.6g} bit/s/Hz, gap "
            f"{s.gap:.1e} ({s.certificate}: {certificate_basis(p)})",
        ]
    return [*lines, f"model valid         {'yes' if s.valid else 'NO'}"]


def _scheme(report: FrameReport) -> list[str]:
    """How well the draws know the rate, and which beams and receivers they are of."""
    if report.sampled is None:
        return []
    sampled, seconds = report.sampled, report.frame_duration
    interval, scheme = sampled.rate.interval, sampled.scheme
    lines = [
        f"  95 % interval     {interval.low / seconds:.6g} to {interval.high / seconds:.6g} "
        f"bit/s/Hz from {sampled.n_draws} draws",
        f"beams, receivers    {scheme.words}",
    ]
    if receivers()[scheme.receiver].uses_pilots:
        lines[-1] += f" ({scheme.precoded_pilots} precoded pilot symbols a block, charged)"
    return lines


def _users(report: FrameReport) -> list[str]:
    p, s = report.problem, report.solution
    lines = ["user   angle [deg]   rmse [deg]   limit [deg]   rate [bit/s/Hz]"]
    accuracy = angle_accuracy(report)
    if accuracy is not None:
        lines[0] += "   bound [deg]   wrong [%]   threshold [us]"
    columns = (report.scene.angle, np.sqrt(s.crb), np.sqrt(p.crb_limit), s.user_rate)
    for label, angle, rmse, limit, rate in zip(report.scene.label, *columns, strict=True):
        allowed = f"{np.degrees(limit):11.4g}" if np.isfinite(limit) else f"{'none':>11}"
        # A frame that does not sense knows no angle.
        known = f"{np.degrees(rmse):13.4g}" if np.isfinite(rmse) else f"{'none':>13}"
        lines.append(
            f"{label:<5}{np.degrees(angle):13.2f}{known}   {allowed}"
            f"{rate / report.frame_duration:18.4f}"
        )
    if accuracy is not None:
        bound, wrong = np.degrees(accuracy.bound), 100.0 * accuracy.outlier_probability
        for i, (b, q, T) in enumerate(zip(bound, wrong, accuracy.threshold_duration, strict=True)):
            lines[i + 1] += f"{b:14.4g}{q:12.2g}{T * 1e6:17.4g}"
    return lines


def _rivals(report: FrameReport) -> list[str]:
    s = report.solution
    lines = ["instead                                   rate [bit/s/Hz]   this frame carries"]
    for name, words in RIVALS.items():
        other = report.baselines[name]
        rate = other.rate / report.frame_duration
        spread = other.rate_std / report.frame_duration
        shown = f"{rate:.4f}" + (f" +- {spread:.4f}" if spread else "")
        more = gain(s, other)
        words_more = f"{100.0 * more:+.2f} %" if np.isfinite(more) else "more than nothing"
        if report.sampled is not None and name in report.sampled.updates:
            words_more = _gain_words(report.sampled.updates[name])
        lines.append(f"{words:<42}{shown:<18}{words_more}")
    if report.sampled is None:
        return lines
    for other in (*report.sampled.schemes.values(), *report.sampled.no_sensing.values()):
        rate = f"{other.solution.rate / report.frame_duration:.4f}"
        lines.append(f"{other.words:<42}{rate:<18}{_gain_words(other)}")
    return [*lines, "", *_scope(report, report.sampled)]


def _gain_words(other: Rival) -> str:
    if other.gain is None:
        return "more than nothing"
    half = 100.0 * other.gain.half_width
    return f"{100.0 * other.gain.estimate:+.2f} % +- {half:.2f}"


def _scope(report: FrameReport, sampled: SampledComparison) -> list[str]:
    """Which plans the bound is about, and what an angle requirement costs."""
    shortest, _ = report.problem.sensing_range()
    lines = [
        f"The bound covers every frame that senses for {shortest * 1e6:.4g} us or longer, with any",
        "number of updates and any allocation, under these beams and receivers, on these draws.",
    ]
    if report.solution.sensing_duration == 0.0:
        lines[1] = lines[1].removesuffix(".") + ", and those that do not sense."
        lines.append("No accuracy is required, and sensing does not pay: this plan does not sense.")
    if sampled.accuracy_cost is not None:
        cost = 100.0 * sampled.accuracy_cost
        lines.append(
            "The required accuracy costs no rate: nothing that misses it was found to carry more."
            if cost == 0.0
            else f"The required accuracy costs {cost:.2f} % of the best rate found without it."
        )
    return lines
