"""What Bai2024 does not show: Jakes aging at several speeds, and the best frame over a map."""

from dataclasses import replace

import numpy as np

from isacplan._typing import Float
from isacplan.channel import jakes_aging, max_doppler
from isacplan.errors import InfeasibleError
from isacplan.frame import FrameProblem, optimal_frame, rate_table, summed_efficiency
from isacplan.frame.allocation import even_split_sums
from isacplan.papers.bai2024.figures import FRAME_DURATION
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
    return replace(problem, temporal_correlation=aging)


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
        [bit/s/Hz]
    """
    n_sensing = problem.n_sensing_blocks(sensing_duration)
    n_left = np.array([problem.n_blocks - n_sensing])
    partial = np.array([sensing_duration - n_sensing * problem.block_duration])
    phi = summed_efficiency(problem, np.array([sensing_duration]))
    best = rate_table(problem, phi, n_left, partial)[0, : n_left[0]]
    M = np.arange(1, n_left[0] + 1)
    overhead = M * problem.update_duration + partial
    sums = even_split_sums(phi, n_left)[0, : n_left[0]]
    even = problem.block_duration * sums - overhead * phi[0, 0]
    return best / FRAME_DURATION, even / FRAME_DURATION


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
            problem = replace(at_speed, crb_per_symbol=base.crb_per_symbol * scale)
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


def even_split_loss(reading: Reading) -> float:
    """Largest relative loss of the even split over the speeds and numbers of updates drawn."""
    base = reading_problem(reading, 0.5)
    T, _ = base.sensing_range()
    pairs = [allocation_rates(with_jakes(base, speed), T) for speed in SPEEDS]
    return max(float(np.max(1.0 - even / best)) for best, even in pairs)
