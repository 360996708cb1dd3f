"""Rates around a design, over sensing time and over the number of updates."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float, Int
from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    best_rates,
    best_sum,
    rate_table,
    summed_efficiency,
)
from isacplan.frame.rate import frame_rate, partial_duration, whole_blocks


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameCurves:
    """Rates around a design.

    Parameters
    ----------
    sensing_duration : ndarray, shape (G,)
        [s].
    rate_chosen, rate_single, rate_every_block : ndarray, shape (G,)
        Rate with the design's number of updates, with one, and with one in every block; NaN where
        there are too few blocks [bit/Hz per frame].
    n_updates : ndarray of int, shape (N_t,)
        Numbers of updates.
    rate_by_updates : ndarray, shape (N_t,)
        Rate at the design's sensing duration [bit/Hz per frame].
    """

    sensing_duration: Float
    rate_chosen: Float
    rate_single: Float
    rate_every_block: Float
    n_updates: Int
    rate_by_updates: Float


def frame_curves(
    problem: FrameProblem, solution: FrameSolution, *, max_points: int = 480
) -> FrameCurves:
    """Rates over sensing duration and over the number of updates, around a solution.

    Parameters
    ----------
    problem : FrameProblem
    solution : FrameSolution
    max_points : int, optional
        Largest number of sensing durations.

    Returns
    -------
    FrameCurves
    """
    T_b, n = problem.block_duration, problem.n_blocks
    pole = float(np.max(problem.efficiency.shortest_defined))
    start = max(problem.symbol_duration, pole * (1.0 + 1e-6))
    inner = np.linspace(0.0, 1.0 - 1e-9, max(2, min(12, max_points // n)))
    blocks = np.unique(np.linspace(0, n - 1, min(n, max_points // 2)).astype(int))
    grid = (blocks[:, None] + inner).ravel() * T_b
    T = np.unique(np.concatenate([grid[grid >= start], [solution.sensing_duration]]))
    n_sensing = whole_blocks(T, T_b)
    n_left, partial = n - n_sensing, partial_duration(T, n_sensing, T_b)
    phi = summed_efficiency(problem, T)
    at = int(np.searchsorted(T, solution.sensing_duration))
    here = slice(at, at + 1)
    by_updates = rate_table(problem, phi[here], n_left[here], partial[here])[0, : n_left[at]]
    chosen = [
        best_sum(row, int(left), solution.n_updates) if left >= solution.n_updates else np.nan
        for row, left in zip(phi, n_left, strict=True)
    ]
    return FrameCurves(
        sensing_duration=T,
        rate_chosen=frame_rate(problem, chosen, phi[:, 0], solution.n_updates, partial),
        rate_single=best_rates(problem, phi, n_left, partial, updates="single")[0],
        rate_every_block=best_rates(problem, phi, n_left, partial, updates="every_block")[0],
        n_updates=np.arange(1, len(by_updates) + 1),
        rate_by_updates=by_updates,
    )
