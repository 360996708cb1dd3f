"""The rate of a frame, Bai2024 (24), for one design or for every number of updates at once."""

from collections.abc import Sequence

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Float, Int
from isacplan.errors import Note
from isacplan.frame import rate
from isacplan.frame.allocation import (
    CHUNK_ELEMENTS,
    best_sum,
    even_split_sums,
    is_non_increasing,
)
from isacplan.frame.majorant import concave_majorant
from isacplan.frame.problem import FrameProblem
from isacplan.frame.rate import frame_rate
from isacplan.frame.solution import FrameSolution
from isacplan.sensing import ThresholdLaw


def summed_efficiency(problem: FrameProblem, sensing_duration: Float) -> Float:
    """Weighted sum over users of the spectral efficiency by age, Phi_n in Bai2024 (36).

    Parameters
    ----------
    problem : FrameProblem
    sensing_duration : ndarray, shape (B,)
        T_l [s].

    Returns
    -------
    ndarray, shape (B, N)
        [bit/s/Hz].
    """
    T = np.asarray(sensing_duration, dtype=float)
    per_row = problem.n_users * problem.n_blocks
    rows = max(1, CHUNK_ELEMENTS // per_row)
    phi = np.empty((len(T), problem.n_blocks))
    for start in range(0, len(T), rows):
        part = slice(start, start + rows)
        phi[part] = np.einsum("k,bkn->bn", problem.weight, problem.efficiency.users(T[part]))
    return phi


def rate_table(problem: FrameProblem, phi: Float, n_blocks: Int, partial_duration: Float) -> Float:
    """Rate (24) of the best allocation for every number of updates.

    Parameters
    ----------
    problem : FrameProblem
    phi : ndarray, shape (B, N)
        Summed spectral efficiency by age [bit/s/Hz].
    n_blocks : ndarray of int, shape (B,)
        Blocks left for communication, N_t.
    partial_duration : ndarray, shape (B,)
        ``mod(T_l, T_b)`` [s].

    Returns
    -------
    ndarray, shape (B, N)
        [bit/Hz per frame]; column M - 1 holds M updates, minus infinity where M exceeds N_t.
    """
    sums = even_split_sums(phi, n_blocks)
    for row in np.flatnonzero(~np.atleast_1d(is_non_increasing(phi))):
        n_t = int(n_blocks[row])
        majorant = concave_majorant(phi[row, :n_t])
        sums[row, :n_t] = [
            best_sum(phi[row], n_t, n_updates, majorant=majorant) for n_updates in range(1, n_t + 1)
        ]
    M = np.arange(1, phi.shape[1] + 1)
    return frame_rate(problem, sums, phi[:, :1], M, partial_duration[:, None])


def best_rates(
    problem: FrameProblem,
    phi: Float,
    n_blocks: Int,
    partial_duration: Float,
    *,
    updates: str = "any",
) -> tuple[Float, Int]:
    """Largest rate (24) over numbers of updates and allocations.

    Where older blocks may carry more, allocations are solved exactly in the order of their
    bounds, until the next bound cannot win.

    Parameters
    ----------
    problem : FrameProblem
    phi : ndarray, shape (B, N)
        Summed spectral efficiency by age [bit/s/Hz].
    n_blocks : ndarray of int, shape (B,)
        Blocks left for communication, N_t.
    partial_duration : ndarray, shape (B,)
        ``mod(T_l, T_b)`` [s].
    updates : {"any", "single", "every_block"}, optional
        Numbers of updates admitted: all, M = 1, or M = N_t.

    Returns
    -------
    rate : ndarray, shape (B,)
        [bit/Hz per frame].
    n_updates : ndarray of int, shape (B,)
    """
    if updates != "any":
        given = np.ones_like(n_blocks) if updates == "single" else n_blocks
        runs = np.cumsum(phi, axis=1)
        last = runs[np.arange(len(phi)), n_blocks - 1]
        sums = last if updates == "single" else n_blocks * phi[:, 0]
        return frame_rate(problem, sums, phi[:, 0], given, partial_duration), given
    M = np.arange(1, phi.shape[1] + 1)
    left = partial_duration[:, None]
    table = frame_rate(problem, even_split_sums(phi, n_blocks), phi[:, :1], M, left)
    for row in np.flatnonzero(~np.atleast_1d(is_non_increasing(phi))):
        n_t = int(n_blocks[row])
        table[row, :n_t] = -np.inf
        M_row = M[:n_t]
        majorant = concave_majorant(phi[row, :n_t])
        sums = M_row * majorant(n_t / M_row)
        bound = frame_rate(problem, sums, phi[row, 0], M_row, left[row])
        for m in np.argsort(-bound):
            if bound[m] <= np.max(table[row]):
                break
            best = best_sum(phi[row], n_t, int(m) + 1, majorant=majorant)
            table[row, m] = frame_rate(problem, best, phi[row, 0], m + 1, partial_duration[row])
    best = np.argmax(table, axis=1)
    return table[np.arange(len(table)), best], best + 1


@few_threads()
def evaluate_frame(
    problem: FrameProblem, sensing_duration: float, blocks_per_update: Sequence[int]
) -> FrameSolution:
    """Rate and accuracy of one given design, feasible or not in accuracy.

    Parameters
    ----------
    problem : FrameProblem
    sensing_duration : float
        T_l [s].
    blocks_per_update : sequence of int
        N_m; together with the sensing blocks they fill the frame (25c).

    Returns
    -------
    FrameSolution
        Without a bound; `warnings` names every requirement that the design misses.

    Raises
    ------
    ValueError
        When the blocks do not fill the frame, or the model does not exist at this duration.
    """
    T = float(_check.real("sensing_duration", sensing_duration, above=0.0))
    blocks = tuple(_check.integer("blocks_per_update", n, at_least=1) for n in blocks_per_update)
    n_sensing = problem.n_sensing_blocks(T)
    if not blocks or sum(blocks) + n_sensing != problem.n_blocks:
        raise ValueError(
            f"blocks_per_update must sum to {problem.n_blocks - n_sensing}, the blocks that "
            f"{T:g} s of sensing leave, got {sum(blocks)}"
        )
    crb = problem.crb(T)
    se = problem.efficiency.users(np.array([T]))[0]
    partial = float(rate.partial_duration(T, n_sensing, problem.block_duration))
    sums = np.sum(np.cumsum(se, axis=1)[:, np.array(blocks) - 1], axis=1)
    user_rate = frame_rate(problem, sums, se[:, 0], len(blocks), partial)
    return FrameSolution(
        method="given",
        rate=float(problem.weight @ user_rate),
        sensing_duration=T,
        blocks_per_update=blocks,
        user_rate=user_rate,
        crb=crb,
        valid=bool(np.all(problem.shortest_valid_duration <= T)),
        warnings=_warnings(problem, T, crb, partial),
    )


def _warnings(
    problem: FrameProblem, duration: float, crb: Float, partial: float
) -> tuple[Note, ...]:
    found: list[Note] = []
    if problem.update_duration + partial > problem.block_duration:
        found.append(
            Note("first block overcharged: update and partial sensing exceed it (erratum A5)")
        )
    for k in np.flatnonzero(crb > problem.crb_limit):
        angles = {"error": np.sqrt(crb[k]), "limit": np.sqrt(problem.crb_limit[k])}
        message = f"user {k}: angle error {{error}} rms misses the limit of {{limit}}"
        found.append(Note(message, angles))
    lost = isinstance(problem.error_law, ThresholdLaw)
    beyond = (
        "the tracking beam loses its user: wrong decisions are rare up to {limit} rms"
        if lost
        else "model used outside its domain, valid up to {limit} rms (erratum A8)"
    )
    for k in np.flatnonzero(problem.shortest_valid_duration > duration):
        angles = {"limit": np.sqrt(problem.valid_mean_square[k])}
        found.append(Note(f"user {k}: {beyond}", angles))
    return tuple(found)
