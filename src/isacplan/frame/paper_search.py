"""The published search: one scalar optimisation per pair of updates and sensing blocks."""

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan.frame.allocation import even_split
from isacplan.frame.objective import evaluate_frame
from isacplan.frame.problem import FrameProblem
from isacplan.frame.rate import frame_rate, last_within, partial_duration
from isacplan.frame.solution import FrameSolution

SCALAR_METHODS = ("bounded", "trust-constr")


@few_threads()
def two_dimensional_search(problem: FrameProblem, *, method: str = "trust-constr") -> FrameSolution:
    """Search over updates and sensing blocks as published, Bai2024 section III.

    For every pair the sensing duration is optimised within its block, allocation (27) is taken.
    The block's start is tried as well, which an interior-point method only approaches.
    It proves nothing: within a block the rate is only believed to be concave, and under Jakes
    aging (27) can lose.

    Parameters
    ----------
    problem : FrameProblem
    method : {"trust-constr", "bounded"}, optional
        SciPy's interior-point method, as in the paper, or bounded scalar minimisation.

    Returns
    -------
    FrameSolution

    Raises
    ------
    InfeasibleError
        When no sensing duration meets the requirements.
    """
    _check.choice("method", method, SCALAR_METHODS)
    solve = _interior_point if method == "trust-constr" else _bounded
    shortest, longest = problem.sensing_range()
    best, best_rate, evaluations = (0.0, (1,)), -np.inf, 0
    for n_sensing in range(problem.n_sensing_blocks(shortest), problem.n_blocks):
        start = max(n_sensing * problem.block_duration, shortest)
        stop = min(float(last_within(n_sensing, problem.block_duration)), longest)
        for n_updates in range(1, problem.n_blocks - n_sensing + 1):
            blocks = even_split(problem.n_blocks - n_sensing, n_updates)
            rate = _segment_rate(problem, n_sensing, blocks)
            duration, n = solve(rate, start, stop)
            evaluations += n
            for T in (duration, start):
                value = rate(T)
                if value > best_rate:
                    best, best_rate = (T, blocks), value
    found = evaluate_frame(problem, *best)
    return replace(found, method=f"paper ({method})", n_evaluations=evaluations)


def _segment_rate(
    problem: FrameProblem, n_sensing: int, blocks: tuple[int, ...]
) -> Callable[[float], float]:
    """Rate (24) as a function of the sensing duration within one block of sensing."""
    longest = max(blocks)
    counts = np.bincount(blocks, minlength=longest + 1)[1:]
    multiplicity = counts[::-1].cumsum()[::-1]

    def rate(duration: float) -> float:
        se = problem.efficiency.users(np.array([duration]))[0, :, :longest]
        phi = problem.weight @ se
        partial = partial_duration(duration, n_sensing, problem.block_duration)
        return float(frame_rate(problem, multiplicity @ phi, phi[0], len(blocks), partial))

    return rate


def _bounded(rate: Callable[[float], float], start: float, stop: float) -> tuple[float, int]:
    from scipy.optimize import minimize_scalar

    duration, loss = _on_unit_interval(rate, start, stop)
    found: Any = minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded")
    return duration(found.x), int(found.nfev)


def _interior_point(rate: Callable[[float], float], start: float, stop: float) -> tuple[float, int]:
    from scipy.optimize import Bounds, minimize

    duration, loss = _on_unit_interval(rate, start, stop)
    # The import may have loaded a library of linear algebra that nobody has limited yet.
    with few_threads(), warnings.catch_warnings():
        # A rate that is linear to rounding updates no curvature; SciPy says so each time.
        warnings.filterwarnings("ignore", message="delta_grad == 0.0", category=UserWarning)
        found: Any = minimize(
            lambda x: loss(x[0]),  # pyright: ignore[reportUnknownLambdaType]
            x0=[0.5],
            bounds=Bounds(0.0, 1.0, keep_feasible=True),  # pyright: ignore[reportArgumentType]
            method="trust-constr",
        )
    return duration(found.x[0]), int(found.nfev)


def _on_unit_interval(
    rate: Callable[[float], float], start: float, stop: float
) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Sensing duration and scaled negative rate over [0, 1], where tolerances mean something."""
    scale = abs(rate(start)) or 1.0

    def duration(x: float) -> float:
        return start + float(np.clip(x, 0.0, 1.0)) * (stop - start)

    def loss(x: float) -> float:
        return -rate(duration(x)) / scale

    return duration, loss
