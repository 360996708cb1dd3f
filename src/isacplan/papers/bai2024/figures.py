"""Figures 3, 4 and 5 of Bai2024, under any reading of what section IV leaves open."""

from collections.abc import Callable, Mapping

import numpy as np

from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    frequent_update,
    optimal_frame,
    rate_table,
    single_update,
    summed_efficiency,
)
from isacplan.frame.rate import frame_rate, partial_duration, whole_blocks
from isacplan.papers.bai2024.outcome import random_ages
from isacplan.papers.bai2024.reading import BLOCK_DURATION, N_BLOCKS, Reading, reading_problem
from isacplan.report.curves import FigureData, Line, Panel, line

GAMMAS = (0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
FRAME_DURATION = N_BLOCKS * BLOCK_DURATION
UPDATES_DRAWN = (7, 1, 20)
Solver = Callable[[FrameProblem], FrameSolution]


def solved_rate(solver: Solver, problem: FrameProblem) -> float:
    """Spectral efficiency that a solver reaches, NaN where nothing is feasible [bit/s/Hz]."""
    try:
        return solver(problem).rate / FRAME_DURATION
    except InfeasibleError:
        return float("nan")


def random_rate(problem: FrameProblem, *, rule: str = "uniform") -> float:
    """Expected rate of random block allocation at the optimum's sensing duration [bit/s/Hz].

    Parameters
    ----------
    problem : FrameProblem
    rule : {"uniform", "sequential"}, optional
        See `isacplan.papers.bai2024.outcome.random_ages`.

    Returns
    -------
    float
    """
    try:
        T = optimal_frame(problem).sensing_duration
    except InfeasibleError:
        return float("nan")
    n_sensing = problem.n_sensing_blocks(T)
    counts, updates = random_ages(problem.n_blocks - n_sensing, rule)
    phi = summed_efficiency(problem, np.array([T]))[0]
    partial = partial_duration(T, n_sensing, problem.block_duration)
    rate = frame_rate(problem, counts @ phi[: len(counts)], phi[0], updates, partial)
    return float(rate) / FRAME_DURATION


def rates_by_updates(
    problem: FrameProblem, *, points_per_block: int = 8
) -> tuple[Float, Float, Float]:
    """Rates on a grid of sensing durations for every number of updates.

    Parameters
    ----------
    problem : FrameProblem
    points_per_block : int, optional

    Returns
    -------
    blocks : ndarray, shape (B,)
        Sensing durations from the shortest feasible one [blocks].
    rates : ndarray, shape (B, N)
        [bit/s/Hz]; minus infinity where there are too few blocks.
    sinr_positive : ndarray of bool, shape (B,)
        Whether the model yields positive efficiencies there.
    """
    shortest, _ = problem.sensing_range()
    first = shortest / problem.block_duration
    grid = np.arange(int(first) * points_per_block, problem.n_blocks * points_per_block)
    blocks = np.unique(np.concatenate([[first], grid / points_per_block]))
    blocks = blocks[blocks >= first]
    T = blocks * problem.block_duration
    n_sensing = whole_blocks(T, problem.block_duration)
    n_left = problem.n_blocks - n_sensing
    phi = summed_efficiency(problem, T)
    partial = partial_duration(T, n_sensing, problem.block_duration)
    table = rate_table(problem, phi, n_left, partial) / FRAME_DURATION
    return blocks, table, np.all(phi > 0.0, axis=1)


def figure_3(readings: Mapping[str, Reading]) -> FigureData:
    """Rate against the sensing requirement for the optimum and the three rivals.

    Parameters
    ----------
    readings : mapping of str to Reading
        One panel each.

    Returns
    -------
    FigureData
    """
    panels: list[Panel] = []
    for title, reading in readings.items():
        problems = [reading_problem(reading, gamma) for gamma in GAMMAS]
        lines = (
            _solved("optimal", optimal_frame, problems, "solid"),
            _solved("SSU", single_update, problems, "dotted"),
            _solved("FSU", frequent_update, problems, "dashed"),
            line("RBA", GAMMAS, [random_rate(p) for p in problems], style="dashdot"),
        )
        panels.append(_panel(title, "Gamma (the paper's unit)", lines))
    return FigureData(
        name="bai2024-figure-3",
        title="Figure 3 of Bai2024: rate against the sensing requirement",
        caption="Sum rate of five users under the optimal frame, one update (SSU), an update in "
        "every block (FSU) and random allocation (RBA, exact mean). Gaps: no frame is feasible. "
        "Markers: simulated where the model is valid, with intervals.",
        panels=tuple(panels),
    )


def _solved(label: str, solver: Solver, problems: list[FrameProblem], style: str) -> Line:
    return line(label, GAMMAS, [solved_rate(solver, p) for p in problems], style=style)


def _panel(title: str, x_label: str, lines: tuple[Line, ...]) -> Panel:
    return Panel(title=title, x_label=x_label, y_label="sum rate [bit/s/Hz]", lines=lines)


def figure_4(readings: Mapping[str, Reading]) -> FigureData:
    """Rate against the number of updates for three requirements, best sensing duration each.

    Parameters
    ----------
    readings : mapping of str to Reading
        One panel each.

    Returns
    -------
    FigureData
    """
    panels: list[Panel] = []
    for title, reading in readings.items():
        lines: list[Line] = []
        for gamma, style in ((0.05, "dotted"), (0.1, "dashed"), (0.5, "solid")):
            try:
                _, table, _ = rates_by_updates(reading_problem(reading, gamma))
            except InfeasibleError:
                continue
            lines.append(
                line(
                    f"Gamma = {gamma:g}",
                    np.arange(1, N_BLOCKS + 1),
                    np.max(table, axis=0),
                    style=style,
                )
            )
        panels.append(_panel(title, "number of updates M", tuple(lines)))
    return FigureData(
        name="bai2024-figure-4",
        title="Figure 4 of Bai2024: rate against the number of channel updates",
        caption="For every M the best feasible sensing duration. Requirements that no frame meets "
        "have no curve. Markers: simulated, with intervals.",
        panels=tuple(panels),
    )


def figure_5(readings: Mapping[str, Reading], *, mismatched: bool = True) -> FigureData:
    """Rate against sensing duration at Gamma = 0.5 for M = 7, 1 and 20.

    Parameters
    ----------
    readings : mapping of str to Reading
        One panel each.
    mismatched : bool, optional
        Whether to draw what a receiver with a wrong angle gets besides the paper's model.

    Returns
    -------
    FigureData
    """
    panels: list[Panel] = []
    for title, reading in readings.items():
        lines = _over_sensing(reading, "additive", "solid", "")
        if mismatched:
            lines += _over_sensing(reading, "mismatched", "dashed", ", mismatched")
        panels.append(_panel(title, "sensing duration [blocks]", tuple(lines)))
    return FigureData(
        name="bai2024-figure-5",
        title="Figure 5 of Bai2024: rate against sensing duration, Gamma = 0.5",
        caption="Solid: the paper's additive model from the shortest feasible duration on. Dashed: "
        "the mismatched model, which holds for every sensing error, on the same axis. Markers: "
        "simulated with either model's statistics, with intervals.",
        panels=tuple(panels),
    )


def _over_sensing(reading: Reading, error_model: str, style: str, suffix: str) -> list[Line]:
    gamma = 0.5 if error_model == "additive" else None
    problem = reading_problem(reading, gamma, error_model=error_model)
    blocks, table, positive = rates_by_updates(problem)
    keep = blocks >= min(0.25, blocks[0])
    return [
        line(
            f"M = {M}{suffix}",
            blocks[keep],
            np.where(positive, table[:, M - 1], np.nan)[keep],
            style=style,
            colour=i,
        )
        for i, M in enumerate(UPDATES_DRAWN)
    ]
