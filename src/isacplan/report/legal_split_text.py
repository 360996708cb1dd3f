"""A legal split as text, beside the splits that no standard binds."""

import numpy as np

from isacplan.nr.split_rate import dmrs_per_slot
from isacplan.nr.tables import dmrs_positions, spacing_hz
from isacplan.report.legal_split import LegalSplitReport
from isacplan.report.services import check_lines
from isacplan.report.split_position import percent
from isacplan.split import full_capacity
from isacplan.units import linear_to_db

MBPS = 1e-6
SIGNALS = {"prs": "downlink positioning (PRS)", "srs": "sounding for positioning (SRS)"}


def legal_split_text(report: LegalSplitReport) -> str:
    """Lines to print.

    Parameters
    ----------
    report : LegalSplitReport

    Returns
    -------
    str
    """
    parts = [_settings(report), _table(report), _verdict(report), _periods(report)]
    if report.service is not None:
        parts.append(["", *check_lines(report.service, report.checks)])
    if report.simulation is not None:
        parts.append(["", *report.simulation.lines])
    return "\n".join([report.scenario.name or "split", ""] + ["\n".join(part) for part in parts])


def _settings(report: LegalSplitReport) -> list[str]:
    f, s, way = report.split, report.split.settings, report.split.settings.uplink
    khz, n = spacing_hz(f.numerology) / 1e3, f.problem.n_elements
    stated = report.plan.model.problem
    ms = f.n_slots / 2**f.numerology
    rest = 14 - way.guard_symbols - way.srs_symbols - (s.n_symbols if s.kind == "srs" else 0)
    up = 14 - way.guard_symbols - rest
    pilots = dmrs_per_slot(f.problem, f.n_slots)
    lines = [
        f"carrier             {report.channel / 1e6:g} MHz at {khz:g} kHz, {n} resource blocks"
        + ("" if n == stated.n_elements else f" of the {stated.n_elements} stated"),
        f"frame               {f.n_slots} slots, {ms:g} ms"
        + (
            ""
            if f.problem.n_symbols == stated.n_symbols
            else f": the longest legal period in {stated.n_symbols} symbols"
        ),
        f"localization        {SIGNALS[s.kind]}, comb {s.comb}, {s.n_symbols} symbol"
        f"{'s' * (s.n_symbols > 1)} of {s.n_blocks} resource blocks",
        f"    in time         every {s.period} slots, "
        + (
            "once"
            if s.repetition == 1
            else f"{s.repetition} times, {s.gap} slot{'s' * (s.gap > 1)} apart"
        ),
        *_senders(report),
        f"    tones           {linear_to_db(f.boost):.1f} dB above an even carrier each "
        f"({f.problem.snr_bookkeeping}); ranges repeat after {f.unambiguous_range:.4g} m, of one "
        f"symbol after {f.range_of_a_symbol:.4g} m",
        f"    cost            {f.n_taken:.6g} of {n * f.problem.n_symbols} elements (a block and a "
        "symbol)",
        f"updates (SRS)       every {way.srs_period} slots, {way.srs_symbols} symbol"
        f"{'s' * (way.srs_symbols > 1)}, {f.n_slots // way.srs_period} a frame",
        f"pattern (TDD)       {way.tdd_period} slots, the last with symbols {rest} downlink, "
        f"{way.guard_symbols} guard, {up} uplink",
    ]
    if pilots:
        lines.append(f"DM-RS               symbols {', '.join(map(str, dmrs_positions(pilots)))}")
    return [*lines, ""]


def _senders(report: LegalSplitReport) -> list[str]:
    s = report.split.settings
    if s.stations == 1:
        return []
    if s.kind == "srs":
        return [f"    users           {s.stations} at once, on comb offsets and cyclic shifts"]
    turns = f", muted in {s.turns} turns" if s.turns > 1 else ""
    return [
        f"    stations        {s.stations} on {s.offsets} comb offsets{turns}, all paid for here"
    ]


def _table(report: LegalSplitReport) -> list[str]:
    f, most = report.split, full_capacity(report.plan.model)
    lines = [
        f"chosen: {report.plan.asked}",
        f"{'split':<14}{'bandwidth':>12}{'symbols':>9}{'capacity':>12}{'loss':>8}{'position':>11}"
        f"{'ambiguity':>12}",
        f"{'':<14}{'[MHz]':>12}{'':>9}{'[Mbit/s]':>12}{'[%]':>8}{'[m]':>11}{'[m]':>12}",
    ]
    for name, design in report.plan.designs.items():
        lines.append(
            f"{name:<14}{design.localization_bandwidth / 1e6:>12.2f}{design.n_symbols:>9}"
            f"{design.capacity * MBPS:>12.2f}{100 * (1 - design.capacity / most):>8.2f}"
            f"{np.sqrt(design.crb):>11.4g}{design.unambiguous_range:>12.4g}"
        )
    s = f.settings
    lines.append(
        f"{'legal':<14}{float(f.accuracy.waveform.width[0]) / 1e6:>12.2f}"
        f"{s.n_symbols * len(s.slots(f.n_slots)):>9}{f.capacity * MBPS:>12.2f}"
        f"{100 * (1 - f.capacity / most):>8.2f}{np.sqrt(f.crb):>11.4g}"
        f"{f.unambiguous_range:>12.4g}"
    )
    wanted = report.plan.requirement
    if wanted is not None and np.isfinite(wanted.radius):
        within = float(np.min(f.law.probability_within(wanted.radius)))
        lines.append(f"legal: within {wanted.radius:g} m with {percent(within)}, worst user")
    return [*lines, ""]


def _verdict(report: LegalSplitReport) -> list[str]:
    f, best = report.split, report.plan.chosen
    if report.priced == "capacity":
        value = f"{f.capacity * MBPS:.6g} Mbit/s"
        unbound = f"{best.capacity * MBPS:.6g} Mbit/s"
        word = "more"
    else:
        value, unbound = f"{np.sqrt(f.crb):.5g} m", f"{np.sqrt(best.crb):.5g} m"
        word = "less"
    lines = [
        f"legal               {value}; no other of the {f.n_tried} legal settings has {word}",
        f"unconstrained       {unbound}, {report.plan.winner} split (exact)",
        f"legal, all to data  {f.full_capacity * MBPS:.6g} Mbit/s, of "
        f"{full_capacity(report.plan.model) * MBPS:.6g} unconstrained",
        f"price of legality   {100.0 * report.price:.2f} % of {report.priced}",
    ]
    if report.price < 0.0:
        lines.append(
            "    the legal split is better: a comb over part of the band, which no other split is"
        )
    return [*lines, ""]


def _periods(report: LegalSplitReport) -> list[str]:
    capacity = report.priced == "capacity"
    head = "best capacity [Mbit/s]" if capacity else "best position [m]"
    lines = [f"{'update period [slots]':>21}{head:>25}   price"]
    for period, value in report.split.by_period.items():
        shown = f"{value * MBPS:25.4f}" if capacity else f"{np.sqrt(value):25.4g}"
        lines.append(f"{period:>21}{shown}{100.0 * report.price_of(value):7.2f} %")
    return lines
