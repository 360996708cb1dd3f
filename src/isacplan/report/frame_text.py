"""A solved frame as text for people."""

from itertools import groupby
from textwrap import wrap

import numpy as np

from isacplan.comm.receiver import receivers
from isacplan.frame import gain
from isacplan.report.angle_accuracy import angle_accuracy, notes
from isacplan.report.compared import comparison_text
from isacplan.report.frame import FrameReport, certificate_basis, covered_plans
from isacplan.report.frame_rivals import Rival
from isacplan.report.numbers import counted, plain
from isacplan.scenario.users import without_budget
from isacplan.scenario.users_listed import SNRS

RAREST = 1e-4
"""Percentage of wrong decisions below which nobody asks for the number."""

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
            *_compared(report),
            *(f"note: {note}" for note in notes(report)),
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
        lines.append(
            f"upper bound         {s.upper_bound / report.frame_duration:.6g} bit/s/Hz, gap "
            f"{s.gap:.1e} ({s.certificate}: {certificate_basis(p)})"
        )
        if s.gap > report.wanted_gap:
            lines.append(
                f"  gap wanted        {report.wanted_gap:.1e}, not reached: {_why(report)}"
            )
    return [*lines, f"model valid         {'yes' if s.valid else 'NO'}", *_budget(report)]


def _budget(report: FrameReport) -> list[str]:
    """SNRs that a link budget gives the users, each of one symbol at one antenna."""
    if report.scene.scenario.link is None:
        return []
    users = without_budget(report.scene.scenario).users or []
    ranges = {
        name: [getattr(user, key) for user in users]
        for name, key in zip(("data", "pilot", "echo"), SNRS, strict=True)
    }
    words = ", ".join(f"{k} {min(v):.1f} to {max(v):.1f} dB" for k, v in ranges.items())
    return [f"link budget         {words} (one symbol at one antenna)"]


def _why(report: FrameReport) -> str:
    """What keeps the gap above the wanted one."""
    accuracy = report.problem.efficiency.accuracy
    if 8.0 * accuracy > report.wanted_gap:
        return (
            f"rates are interpolated, or expected, to {accuracy:.0e}, which a gap needs eight times"
        )
    return "the search ended at its largest effort"


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
        pilots = counted(scheme.precoded_pilots, "precoded pilot symbol")
        lines[-1] += f" ({pilots} a block, charged)"
    return lines


def _users(report: FrameReport) -> list[str]:
    p, s = report.problem, report.solution
    lines = ["user   angle [deg]   rmse [deg]   limit [deg]   rate [bit/s/Hz]"]
    accuracy = angle_accuracy(report)
    if accuracy is not None:
        lines[0] += "   bound [deg]   wrong [%]   threshold [us]"
    columns = (report.scene.angle, np.sqrt(s.crb), np.sqrt(p.crb_limit), s.user_rate)
    for label, angle, rmse, limit, rate in zip(report.scene.label, *columns, strict=True):
        allowed = f"{plain(np.degrees(limit)) if np.isfinite(limit) else 'none':>11}"
        # A frame that does not sense knows no angle.
        known = f"{plain(np.degrees(rmse)) if np.isfinite(rmse) else 'none':>13}"
        lines.append(
            f"{label:<5}{np.degrees(angle):13.2f}{known}   {allowed}"
            f"{rate / report.frame_duration:18.4f}"
        )
    if accuracy is not None:
        bound, wrong = np.degrees(accuracy.bound), 100.0 * accuracy.outlier_probability
        for i, (b, q, T) in enumerate(zip(bound, wrong, accuracy.threshold_duration, strict=True)):
            lines[i + 1] += f"{plain(b):>14}{_rare(q):>12}{plain(T * 1e6):>17}"
    return lines


def _rare(percent: float) -> str:
    return plain(percent, 2) if percent >= RAREST or percent == 0.0 else f"< {RAREST:g}"


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
    if report.sampled is not None:
        sampled = report.sampled
        for other in (*sampled.schemes.values(), *sampled.no_sensing.values()):
            rate = f"{other.solution.rate / report.frame_duration:.4f}"
            lines.append(f"{other.words:<42}{rate:<18}{_gain_words(other)}")
    return [*lines, *_scope(report)]


def _compared(report: FrameReport) -> list[str]:
    lines: list[str] = []
    for compared in report.compared:
        lines += ["", *comparison_text(compared, report.frame_duration)]
    return lines


def _gain_words(other: Rival) -> str:
    if other.gain is None:
        return "more than nothing"
    half = 100.0 * other.gain.half_width
    return f"{100.0 * other.gain.estimate:+.2f} % +- {half:.2f}"


def _scope(report: FrameReport) -> list[str]:
    """Which plans the bound is about, and what an angle requirement costs."""
    if report.solution.upper_bound is None:
        return []
    lines = ["", *wrap(f"The bound covers {covered_plans(report)}.", 90)]
    if report.solution.sensing_duration == 0.0:
        lines.append("No accuracy is required, and sensing does not pay: this plan does not sense.")
    if report.whole_symbol_cost is not None:
        lines.append(
            f"Whole symbols of sensing cost {100.0 * report.whole_symbol_cost:.2g} % of the best "
            "rate with any sensing time."
        )
    cost = None if report.sampled is None else report.sampled.accuracy_cost
    if cost is not None:
        lines.append(
            "The required accuracy costs no rate: nothing that misses it was found to carry more."
            if cost == 0.0
            else f"The required accuracy costs {100.0 * cost:.2f} % of the best rate found "
            "without it."
        )
    return lines
