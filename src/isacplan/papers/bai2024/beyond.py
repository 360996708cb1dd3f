"""What Bai2024 does not show: Jakes aging at several speeds, and the best frame over a map."""

from dataclasses import replace

import numpy as np

from isacplan._typing import Float
from isacplan.channel import jakes_aging, max_doppler
from isacplan.errors import InfeasibleError
from isacplan.frame import FrameProblem, optimal_frame, summed_efficiency
from isacplan.frame.allocation import best_sums, even_split_sums
from isacplan.frame.rate import frame_rate, partial_duration
from isacplan.papers.bai2024.figures import FRAME_DURATION
from isacplan.papers.bai2024.open_parameters import OpenParameters, gamma_deviations
from isacplan.papers.bai2024.outcome import PRINTED
from isacplan.papers.bai2024.reading import BLOCK_DURATION, N_BLOCKS, Reading, reading_problem
from isacplan.report.curves import FigureData, Line, Panel, heat, line

CARRIER = 5.9e9
"""Vehicular band; Bai2024 prints no carrier [Hz]."""
SPEEDS = (15.0, 30.0, 60.0, 120.0, 240.0)
MAP_SPEEDS = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0)
MAP_SENSING_SHIFTS_DB = (-50.0, -45.0, -40.0, -35.0, -30.0, -25.0, -20.0, -10.0, 0.0)


def with_jakes(problem: FrameProblem, speed: float) -> FrameProblem:
    """The problem with Jakes aging at one speed [m/s] for every user."""
    aging = jakes_aging(max_doppler(speed, CARRIER), BLOCK_DURATION, N_BLOCKS)
    return problem.with_aging(aging)


def with_sensing_loss(problem: FrameProblem, factor: float) -> FrameProblem:
    """The problem with every angle variance multiplied by a factor."""
    closed = problem.closed_form
    law = replace(closed.cramer_rao, per_symbol=closed.cramer_rao.per_symbol * factor)
    return replace(problem, error_law=law, efficiency=replace(closed, error_law=law))


def allocation_rates(problem: FrameProblem, sensing_duration: float) -> tuple[Float, Float]:
    """Rates under the best allocation and under the even split, for every number of updates.

    Parameters
    ----------
    problem : FrameProblem
    sensing_duration : float
        T_l [s].

    Returns
    -------
    best, even : ndarray, shape (N_t,)
        [bit/s/Hz]; the best by the recursion over all allocations, whatever the aging.
    """
    n_sensing = problem.n_sensing_blocks(sensing_duration)
    n_left = problem.n_blocks - n_sensing
    phi = summed_efficiency(problem, np.array([sensing_duration]))[0]
    partial = partial_duration(sensing_duration, n_sensing, problem.block_duration)
    best = best_sums(phi, n_left, n_left)[:, n_left]
    even = even_split_sums(phi[None], np.array([n_left]))[0, :n_left]
    M = np.arange(1, n_left + 1)
    rates = frame_rate(problem, np.stack([best, even]), phi[0], M, partial)
    return rates[0] / FRAME_DURATION, rates[1] / FRAME_DURATION


def even_split_losses(reading: Reading) -> dict[str, float]:
    """Largest relative loss of the even split over numbers of updates, by law of aging.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    dict of str to float
        ``geometric`` as the paper has it, ``jakes`` over the speeds that are drawn.
    """
    base = reading_problem(reading, 0.5)
    T, _ = base.sensing_range()

    def loss(problem: FrameProblem) -> float:
        best, even = allocation_rates(problem, T)
        return float(np.max(1.0 - even / best))

    return {
        "geometric": loss(base),
        "jakes": max(loss(with_jakes(base, speed)) for speed in SPEEDS),
    }


def figure_4_jakes(reading: Reading) -> FigureData:
    """Figure 4 under Jakes aging: where the even split (27) stops being optimal.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    FigureData
    """
    base = reading_problem(reading, 0.5)
    T, _ = base.sensing_range()
    rates: list[Line] = []
    losses: list[Line] = []
    for i, speed in enumerate(SPEEDS):
        best, even = allocation_rates(with_jakes(base, speed), T)
        M = np.arange(1, len(best) + 1)
        label = f"{speed:g} m/s"
        rates.append(line(label, M, best, colour=i))
        rates.append(line("", M, even, style="dotted", colour=i))
        losses.append(line(label, M, 100.0 * (1.0 - even / best), colour=i))
    return FigureData(
        name="bai2024-figure-4-jakes",
        title="Figure 4 of Bai2024 under Jakes aging: the even split can lose",
        caption="Shortest valid sensing duration of the preset, 5.9 GHz. Left: best allocation "
        "(solid) and even split (dotted). Right: what the even split (27) loses. Beyond the first "
        "zero of J0 older blocks carry more again, and Proposition 2 ends.",
        panels=(
            Panel(
                title="rate",
                x_label="number of updates M",
                y_label="sum rate [bit/s/Hz]",
                lines=tuple(rates),
            ),
            Panel(
                title="loss of the even split",
                x_label="number of updates M",
                y_label="loss [%]",
                lines=tuple(losses),
            ),
        ),
    )


def frame_map(reading: Reading) -> FigureData:
    """Best frame over speed and sensing SNR, mismatched model and Jakes aging.

    Parameters
    ----------
    reading : Reading

    Returns
    -------
    FigureData
    """
    base = reading_problem(reading, None, error_model="mismatched")
    shape = (len(MAP_SENSING_SHIFTS_DB), len(MAP_SPEEDS))
    rate, updates, blocks = (np.full(shape, np.nan) for _ in range(3))
    for j, speed in enumerate(MAP_SPEEDS):
        at_speed = with_jakes(base, speed)
        for i, shift in enumerate(MAP_SENSING_SHIFTS_DB):
            scale = 10.0 ** (-shift / 10.0)
            problem = with_sensing_loss(at_speed, scale)
            try:
                found = optimal_frame(problem, relative_gap=1e-4)
            except InfeasibleError:
                continue
            rate[i, j] = found.rate / FRAME_DURATION
            updates[i, j] = found.n_updates
            blocks[i, j] = found.sensing_duration / BLOCK_DURATION
    values = (
        ("sum rate", rate, "[bit/s/Hz]"),
        ("updates M", updates, "M"),
        ("sensing duration", blocks, "[blocks]"),
    )
    return FigureData(
        name="bai2024-map",
        title="The best frame over speed and sensing SNR (mismatched model, Jakes, 5.9 GHz)",
        caption="Sensing SNR relative to the preset, whose shortest valid time under the additive "
        "model is 4 blocks. No accuracy is required: sensing serves the beams only. Every cell "
        "is an exact optimum to a gap of 1e-4.",
        panels=tuple(
            Panel(
                title=title,
                x_label="speed [m/s]",
                y_label="sensing SNR against the preset [dB]",
                heat=heat(MAP_SPEEDS, MAP_SENSING_SHIFTS_DB, table, label),
                x_log=True,
            )
            for title, table, label in values
        ),
    )


def trade_off_figure(search: OpenParameters) -> FigureData:
    """How close a reading can come at Gamma = 0.05 and at 0.5 together.

    Parameters
    ----------
    search : OpenParameters

    Returns
    -------
    FigureData
    """
    points = np.array([gamma_deviations(found) for found in search.front])
    lines = [line("no reading is closer at both", points[:, 0], points[:, 1], style="steps")]
    for policy, label in (("enforce", "model valid"), ("as_printed", "outside its domain")):
        mine = np.array(
            [gamma_deviations(f) for f in search.by_branch if f.reading.validity == policy]
        )
        lines.append(line(f"closest of a branch, {label}", mine[:, 0], mine[:, 1], style="points"))
    return FigureData(
        name="bai2024-open-parameters",
        title="How close any reading of Bai2024 comes to its printed numbers",
        caption=f"{search.n_evaluated} readings tried, {search.n_feasible} feasible. "
        "Largest deviation from print: percentage points of gain; an update or a block of start "
        "counts as a point.",
        panels=(
            Panel(
                title="trade-off between the claims",
                x_label="deviation at Gamma = 0.05 (SSU, FSU, RBA)",
                y_label="deviation at Gamma = 0.5 (SSU, M = 7, start)",
                lines=tuple(lines),
            ),
        ),
    )


def ceilings_figure(ceilings: dict[str, list[float]]) -> FigureData:
    """Largest gain over each rival against the blocks left for communication.

    Parameters
    ----------
    ceilings : dict of str to list of float
        By rival, see `isacplan.papers.bai2024.common_sinr.gain_ceilings`.

    Returns
    -------
    FigureData
    """
    N = np.arange(1, len(ceilings["ssu"]) + 1)
    lines: list[Line] = []
    for i, rival in enumerate(("ssu", "fsu", "rba")):
        printed = np.full(N.size, 100.0 * PRINTED[f"{rival}_at_005"])
        lines.append(line(rival.upper(), N, 100.0 * np.array(ceilings[rival]), colour=i))
        lines.append(line("", N, printed, style="dotted", colour=i))
    sequential = 100.0 * np.array(ceilings["rba_sequential"])
    lines.append(line("RBA, drawn run by run", N, sequential, style="dashdot", colour=2))
    return FigureData(
        name="bai2024-ceilings",
        title="What the gains at Gamma = 0.05 can be at all",
        caption="Largest gain over each rival for any SINR that (22) allows and any part of a "
        "block lost to sensing; dotted: printed. +11.3 % over SSU needs ten blocks or more, "
        "+9.1 % over FSU three or fewer, +10.8 % over a uniform RBA is out of reach.",
        panels=(
            Panel(
                title="ceilings",
                x_label="blocks left for communication N_t",
                y_label="gain [%]",
                lines=tuple(lines),
            ),
        ),
    )
