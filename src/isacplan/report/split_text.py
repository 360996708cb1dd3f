"""A solved split as text for people."""

import numpy as np

from isacplan.report.split import SplitReport
from isacplan.report.split_position import position_lines, threshold_notes
from isacplan.report.split_record import LOSSES
from isacplan.split import (
    accuracy_per_percent,
    angle_share,
    comb_split_crb_loss,
    frequency_split_crb_loss,
    full_capacity,
    full_crb,
    knee,
    pilot_share,
    tangent,
    time_split_crb_loss,
)
from isacplan.split.localization import position_terms
from isacplan.split.model import grid_capacity
from isacplan.units import linear_to_db

MBPS = 1e-6
ENERGIES = {
    "paper": "the station's at every antenna, as the paper has it; no radio can do that",
    "downlink": "the station's full power beside that of the data, shared by its antennas, which "
    "the user tells apart",
    "uplink": "the user's, at every antenna of the station; symbols that it shares with downlink "
    "data need a full-duplex station",
}


def split_text(report: SplitReport) -> str:
    """Lines to print.

    Parameters
    ----------
    report : SplitReport

    Returns
    -------
    str
    """
    parts = [_headline(report), _table(report), _verdict(report), position_lines(report)]
    parts.append(_closed_forms(report))
    if report.problem.n_users > 1:
        parts.append(_users(report))
    parts.append(_returns(report))
    return "\n\n".join("\n".join(part) for part in parts if part)


def _headline(report: SplitReport) -> list[str]:
    problem = report.problem
    best = np.sqrt(np.max(full_crb(report.model)))
    domain = "valid" if report.bound_valid else "not valid here: the exact value counts"
    most = full_capacity(report.model)
    lines = [
        report.scenario.name or "Split",
        f"bounds: angle {problem.angle_bound}, delay {problem.delay_bound}; "
        f"bookkeeping: {problem.snr_bookkeeping}; receiver: {problem.receiver}",
        f"energy of the reference signal: {ENERGIES[report.scenario.split.localization_direction]}",
        f"everything to communication: {report.capacity * MBPS:.2f} Mbit/s in "
        f"{problem.bandwidth / 1e6:g} MHz, best whole number of pilots",
        f"    closed form: {report.capacity_bound * MBPS:.2f} Mbit/s with "
        f"{report.bound_pilots:.2f} pilots ({domain})",
        f"    on the grid of {problem.n_elements} x {problem.n_symbols} elements: "
        f"{float(grid_capacity(report.model, 0, 0)) * MBPS:.2f} Mbit/s",
        f"everything to localization: {best:.4g} m, that is {2 * linear_to_db(best):.2f} dB(m^2)"
        + (", worst user" if problem.n_users > 1 else ""),
    ]
    if most > float(grid_capacity(report.model, 0, 0)) * (1.0 + 1e-9):
        lines.insert(
            -1,
            f"    with elements given away: {most * MBPS:.4g} Mbit/s, since the power of the rest "
            "rises; losses count from there",
        )
    return lines


def _table(report: SplitReport) -> list[str]:
    capacity, crb = full_capacity(report.model), np.max(full_crb(report.model))
    lines = [
        f"chosen: {report.plan.asked}",
        *threshold_notes(report),
        f"{'split':<11}{'bandwidth':>14}{'symbols':>9}{'capacity':>14}{'loss':>8}"
        f"{'bound':>12}{'bound':>11}{'CRB loss':>10}",
        f"{'':<11}{'[MHz]':>14}{'':>9}{'[Mbit/s]':>14}{'[%]':>8}{'[m rms]':>12}{'[dB m^2]':>11}",
    ]
    for name, s in report.plan.solutions.items():
        if s is None:
            lines.append(f"{name:<11}{'out of reach':>14}")
            continue
        lines.append(
            f"{name:<11}{s.localization_bandwidth / 1e6:>14.2f}{s.n_symbols:>9}"
            f"{s.capacity * MBPS:>14.2f}{100 * (1 - s.capacity / capacity):>8.2f}"
            f"{np.sqrt(s.crb):>12.4g}{linear_to_db(s.crb):>11.2f}{s.crb / crb:>10.3f}"
        )
    comb = report.plan.solutions.get("comb")
    if comb is not None:
        lines.append(
            f"comb: every {_ordinal(comb.spacing)} sub-carrier, "
            f"{comb.n_offsets} offset{'s' * (comb.n_offsets > 1)} in turn, "
            f"{comb.n_taken:.4g} elements in all; ranges repeat after "
            f"{comb.unambiguous_range:.4g} m"
        )
    return lines


def _ordinal(n: int) -> str:
    return {2: "second", 3: "third"}.get(n, f"{n}th")


def _verdict(report: SplitReport) -> list[str]:
    winner, goal = report.plan.winner, report.plan.goal
    behind = []
    for name in report.plan.solutions:
        if name == winner:
            continue
        gap = report.plan.margin_db(name)
        if report.plan.solutions[name] is None:
            behind.append(f"{name} is out of reach")
        elif gap < 1e-9:
            behind.append(f"{name} equals it")
        elif goal == "capacity":
            behind.append(f"{name} carries {100 * (1 - 10 ** (-gap / 10)):.2f} % less")
        else:
            behind.append(f"{name} is {gap:.2f} dB worse")
    lines = [f"winner: {winner}; " + ", ".join(behind)]
    for name, front in report.fronts.items():
        at = knee(front)
        if at is None:
            lines.append(
                f"knee of {name}: none; no percent of capacity buys more than a percent of "
                "the information"
            )
        else:
            lines.append(
                f"knee of {name}: {100 * front.capacity_loss[at]:.2f} % of capacity for "
                f"{np.sqrt(front.crb[at]):.4g} m"
            )
    return lines


def _closed_forms(report: SplitReport) -> list[str]:
    problem = report.problem
    alone = problem.n_users == 1 and problem.stations.alone
    if not alone or problem.snr_bookkeeping != "constant_snr":
        return []
    if problem.receiver != "mean_gain":
        return []
    Lam, q = tangent(
        n_antennas=problem.n_antennas,
        downlink_snr=problem.data_snr[0],
        uplink_snr=problem.uplink_snr[0],
    )
    r = pilot_share(n_symbols=problem.n_symbols, ceiling=Lam, pilot_cost=q)
    A, D = position_terms(
        n_antennas=problem.n_antennas,
        localization_snr=problem.localization_snr[0],
        distance=problem.distance[0],
        angle=problem.angle[0],
        height=problem.stations.height,
        spacing=problem.spacing,
        waveform_coefficient=problem.waveform_coefficient,
        angle_bound=problem.angle_bound,
        delay_bound=problem.delay_bound,
    )
    w = angle_share(angle_term=A, delay_term=D, bandwidth=problem.bandwidth)
    combs = report.model.combs  # only those that are offered; the closed form is of one that stays
    spacings = sorted({int(K) for K in combs.spacing[combs.n_offsets == 1]})
    loss = 1.0 - report.plan.chosen.capacity / full_capacity(report.model)
    if r >= 1.0:
        return []
    F = min(max(loss, 0.0), 1.0)
    return [
        f"closed forms at the winner's loss of {100 * F:.2f} %: CRB loss "
        f"{time_split_crb_loss(F, pilot_share=r):.3f} by time (pilot share {r:.4f}), "
        f"{frequency_split_crb_loss(F, angle_share=w):.3f} by frequency (angle share {w:.4f})"
        + "".join(
            f", {comb_split_crb_loss(F, spacing=K, pilot_share=r, angle_share=w, n_tones=M):.3f} "
            f"by a comb of spacing {K}"
            for K, M in ((K, problem.n_subcarriers // K) for K in spacings[-1:])
        )
    ]


def _users(report: SplitReport) -> list[str]:
    problem, s = report.problem, report.plan.chosen
    block = problem.localization_block
    lines = [
        f"users under the {report.plan.winner} split, localization block {block}",
        f"{'user':>4}{'distance [m]':>14}{'SNR [dB]':>10}{'capacity [Mbit/s]':>19}"
        f"{'bound [m rms]':>15}{'symbols':>9}",
    ]
    for k in range(problem.n_users):
        lines.append(
            f"{k:>4}{problem.distance[k]:>14.5g}{linear_to_db(problem.downlink_snr[k]):>10.2f}"
            f"{s.user_capacities[k] * MBPS:>19.3f}{np.sqrt(s.user_crb[k]):>15.4g}"
            f"{s.user_symbols[k]:>9}"
        )
    return lines


def _returns(report: SplitReport) -> list[str]:
    lines = [
        "dB of position bound that the next percent of capacity buys",
        f"{'already lost':<14}" + "".join(f"{100 * F:>8g} %" for F in LOSSES),
    ]
    for name, front in report.fronts.items():
        gains = accuracy_per_percent(front, LOSSES)
        cells = ("first" if x == np.inf else "-" if np.isnan(x) else f"{x:.3f}" for x in gains)
        lines.append(f"{name:<14}" + "".join(f"{cell:>10}" for cell in cells))
    return lines
