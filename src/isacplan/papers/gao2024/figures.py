"""Figures 2 and 3 of Gao2024, and what they look like under other assumptions."""

from collections.abc import Iterable, Sequence

import numpy as np

from isacplan._typing import Float
from isacplan.papers.gao2024.setting import (
    SNRS_DB,
    closed_form,
    distance_at,
    losses,
    model_at,
    problem_at,
)
from isacplan.report.curves import FigureData, Line, Panel, heat, line
from isacplan.split import (
    SPLITS,
    SplitModel,
    frequency_split_crb_loss,
    pareto_front,
    time_split_crb_loss,
    winner_map,
)
from isacplan.units import linear_to_db

LETTERS = {8: "a", 32: "b"}
MAP_ANTENNAS = (4, 6, 8, 12, 16, 24, 32, 48, 64)
MAP_SNRS_DB = tuple(range(0, 42, 2))
MAP_LOSSES = (0.02, 0.05, 0.2)
MAX_MARKERS = 14
LARGEST_LOSS_DB = 40.0
SPLIT_STYLES = {"time": "dotted", "frequency": "solid", "joint": "dashed"}


def figure_2(n_antennas: int, *, markers: Sequence[Line] = ()) -> FigureData:
    """Capacity against position bound, closed forms with the integer grid on them.

    Parameters
    ----------
    n_antennas : {8, 32}
    markers : sequence of Line, optional
        From simulation.

    Returns
    -------
    FigureData
    """
    return FigureData(
        name=f"gao2024-figure-2{LETTERS[n_antennas]}",
        title=f"Figure 2({LETTERS[n_antennas]}) of Gao2024: {n_antennas} antennas",
        caption="Position bound against capacity. Lines: corrected Theorems 1 and 2. Rings: "
        "whole resource elements and whole pilots. Crosses: simulated signals with a flat spectrum "
        "and 95 % intervals; their delay error is eight times the printed bound. What is printed "
        "as TDD and FDD is the time and the frequency split (B7).",
        panels=(
            Panel(
                title="capacity and accuracy",
                x_label="capacity [Mbit/s]",
                y_label="position bound [dB m$^2$]",
                lines=(*_curves(n_antennas, as_losses=False), *markers),
            ),
        ),
    )


def figure_3(n_antennas: int, *, markers: Sequence[Line] = ()) -> FigureData:
    """CRB loss against capacity loss.

    Parameters
    ----------
    n_antennas : {8, 32}
    markers : sequence of Line, optional
        From simulation.

    Returns
    -------
    FigureData
    """
    return FigureData(
        name=f"gao2024-figure-3{LETTERS[n_antennas]}",
        title=f"Figure 3({LETTERS[n_antennas]}) of Gao2024: {n_antennas} antennas",
        caption="CRB loss against capacity loss: dotted time split, solid frequency split, "
        "rings whole resource elements, crosses simulated signals with a flat spectrum against the "
        "printed bound of the whole band.",
        panels=(
            Panel(
                title="what capacity buys",
                x_label="capacity loss [%]",
                y_label="CRB loss [dB]",
                lines=(*_curves(n_antennas, as_losses=True), *markers),
            ),
        ),
    )


def _curves(n_antennas: int, *, as_losses: bool) -> Iterable[Line]:
    """Theorems 1 and 2, and whole elements scaled to the whole band that the theorems use."""
    F = losses()
    for i, snr_db in enumerate(SNRS_DB):
        form, model = closed_form(n_antennas, snr_db), model_at(n_antennas, snr_db)
        p = model.problem
        band = p.bandwidth / (p.n_elements * p.element_bandwidth)
        x = 100.0 * F if as_losses else form.full_capacity * (1.0 - F) / 1e6
        theorems = {
            "time": time_split_crb_loss(F, pilot_share=form.pilot_share),
            "frequency": frequency_split_crb_loss(F, angle_share=form.angle_share),
        }
        for split, loss in theorems.items():
            y = _db(loss if as_losses else form.full_crb * loss)
            label = f"{snr_db:g} dB, {split}"
            yield line(label, x, y, style=SPLIT_STYLES[split], colour=i)
        for split in theorems:
            front = pareto_front(model, split=split)
            n = len(front.crb)
            kept = np.unique(np.linspace(0, n - 1, min(n, MAX_MARKERS)).astype(int))
            x = 100.0 * front.capacity_loss if as_losses else front.capacity * band / 1e6
            y = _db(front.crb / (front.full_crb if as_losses else 1.0))
            yield line("", x[kept], y[kept], style="points", colour=i)


def figure_2_beyond(n_antennas: int) -> FigureData:
    """Figure 2 with whole resources, with constant power, with unknown phase.

    Parameters
    ----------
    n_antennas : {8, 32}

    Returns
    -------
    FigureData
    """
    variants = (
        ("whole resources", "constant_snr", "known_phase"),
        ("constant power", "constant_power", "known_phase"),
        ("even power density", "constant_density", "known_phase"),
        ("unknown phase", "constant_snr", "unknown_phase"),
    )
    panels: list[Panel] = []
    for title, bookkeeping, bound in variants:
        lines: list[Line] = []
        for i, snr_db in enumerate((10.0, 20.0, 30.0)):
            model = model_at(n_antennas, snr_db, snr_bookkeeping=bookkeeping, angle_bound=bound)
            lines.extend(_fronts(model, snr_db, i))
        panels.append(
            Panel(
                title=title,
                x_label="capacity [Mbit/s]",
                y_label="position bound [dB m$^2$]",
                lines=tuple(lines),
            )
        )
    return FigureData(
        name=f"gao2024-figure-2{LETTERS[n_antennas]}-beyond",
        title=f"Figure 2({LETTERS[n_antennas]}) of Gao2024 under other assumptions",
        caption="Exact fronts on the grid of resource elements: dotted time split, solid frequency "
        "split, dashed joint split. Constant power: noise follows the bandwidth, communication "
        "keeps its power. Even power density: an element is an element wherever it lies, and the "
        "frequency split's lead goes. Unknown phase: the angle bound is about four times larger.",
        panels=tuple(panels),
    )


def winners_figure(*, snr_bookkeeping: str = "constant_snr") -> FigureData:
    """Which split wins, over antennas and SNR, at three capacity losses.

    Parameters
    ----------
    snr_bookkeeping : {"constant_snr", "constant_density"}, optional

    Returns
    -------
    FigureData
    """
    base = problem_at(8, 15.0)
    snr = np.array([float(problem_at(8, s).downlink_snr[0]) for s in MAP_SNRS_DB])
    found = winner_map(
        n_antennas=MAP_ANTENNAS,
        downlink_snr=snr,
        uplink_snr=snr,
        distance=[distance_at(s) for s in MAP_SNRS_DB],
        capacity_loss=MAP_LOSSES,
        n_symbols=base.n_symbols,
        n_elements=base.n_elements,
        snr_bookkeeping=snr_bookkeeping,
    )
    frequency_leads = found.frequency_over_time_db > 0.0
    known = np.isfinite(found.crb_loss["frequency"]) & np.isfinite(found.crb_loss["time"])
    two = np.where(known, frequency_leads.astype(float), np.nan)
    return FigureData(
        name=f"gao2024-winners-{snr_bookkeeping.replace('_', '-')}",
        title=f"Which split wins ({snr_bookkeeping.replace('_', ' ')})",
        caption="Exact on the grid of resource elements. Above: time against frequency. Below: "
        "what the joint split, which contains both, gains over the better of them.",
        panels=(
            *(_map(two[:, :, k], loss, "winner", SPLITS[:2]) for k, loss in enumerate(MAP_LOSSES)),
            *(
                _map(found.joint_gain_db[:, :, k], loss, "gain of the joint split [dB]", None)
                for k, loss in enumerate(MAP_LOSSES)
            ),
        ),
    )


def _map(values: Float, loss: float, label: str, names: tuple[str, ...] | None) -> Panel:
    return Panel(
        title=f"{100 * loss:g} % of capacity given away",
        x_label="SNR [dB]",
        y_label="antennas",
        heat=heat(MAP_SNRS_DB, MAP_ANTENNAS, values, label, names),
        y_log=True,
    )


def _db(values: Float) -> Float:
    with np.errstate(divide="ignore"):
        return linear_to_db(values)


def _fronts(model: SplitModel, snr_db: float, colour: int) -> Iterable[Line]:
    for split in model.problem.splits:
        front = pareto_front(model, split=split)
        bound = _db(front.crb)
        near = bound <= _db(np.array(front.full_crb)) + LARGEST_LOSS_DB
        yield line(
            f"{snr_db:g} dB, {split}" if colour == 0 or split == "frequency" else "",
            front.capacity[near] / 1e6,
            bound[near],
            style=SPLIT_STYLES[split],
            colour=colour,
        )
