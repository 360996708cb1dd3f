"""What others would do with the same frame, Bai2024 section IV, with the solvers' signature."""

from dataclasses import replace

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.frame.objective import evaluate_frame, summed_efficiency
from isacplan.frame.problem import FrameProblem, FrameSolution
from isacplan.frame.rate import frame_rate, partial_duration
from isacplan.frame.search import optimal_frame


def single_update(problem: FrameProblem, *, relative_gap: float = 1e-6) -> FrameSolution:
    """SSU: one channel update at the start of the frame, best sensing duration.

    Parameters
    ----------
    problem : FrameProblem
    relative_gap : float, optional
        As for `optimal_frame`.

    Returns
    -------
    FrameSolution
        Certified among designs with one update.
    """
    return optimal_frame(problem, relative_gap=relative_gap, updates="single")


def frequent_update(problem: FrameProblem, *, relative_gap: float = 1e-6) -> FrameSolution:
    """FSU: a channel update in every block, best sensing duration.

    Parameters
    ----------
    problem : FrameProblem
    relative_gap : float, optional
        As for `optimal_frame`.

    Returns
    -------
    FrameSolution
        Certified among designs with an update in every block.
    """
    return optimal_frame(problem, relative_gap=relative_gap, updates="every_block")


def random_allocation(
    problem: FrameProblem,
    *,
    rng: np.random.Generator,
    sensing_duration: float | None = None,
    n_draws: int = 10_000,
) -> FrameSolution:
    """RBA: a random number of updates and a random allocation, averaged over draws.

    The number of updates is uniform on ``1..N_t`` and, given it, every way to divide the blocks
    is equally likely.

    Parameters
    ----------
    problem : FrameProblem
    rng : numpy.random.Generator
        Source of the draws.
    sensing_duration : float, optional
        T_l [s]; default that of the optimal frame.
    n_draws : int, optional
        Number of draws, at least two.

    Returns
    -------
    FrameSolution
        `rate` is the mean over draws, `rate_std` their standard deviation.
    """
    n_draws = _check.integer("n_draws", n_draws, at_least=2)
    if sensing_duration is None:
        sensing_duration = optimal_frame(problem).sensing_duration
    n_sensing = problem.n_sensing_blocks(sensing_duration)
    n_blocks = problem.n_blocks - n_sensing
    phi = summed_efficiency(problem, np.array([sensing_duration]))[0]
    rates = np.empty(n_draws)
    partial = partial_duration(sensing_duration, n_sensing, problem.block_duration)
    for i, n_updates in enumerate(rng.integers(1, n_blocks + 1, size=n_draws)):
        ages = _random_ages(n_blocks, int(n_updates), rng)
        rates[i] = frame_rate(problem, np.sum(phi[ages]), phi[0], n_updates, partial)
    shown = evaluate_frame(problem, sensing_duration, (n_blocks,))
    return replace(
        shown,
        method="rba",
        rate=float(np.mean(rates)),
        rate_std=float(np.std(rates, ddof=1)),
        blocks_per_update=(),
        user_rate=np.full(problem.n_users, np.nan),
        n_evaluations=1,
    )


def _random_ages(n_blocks: int, n_updates: int, rng: np.random.Generator) -> np.ndarray:
    """Age of each block, zero right after an update, for a uniformly drawn composition."""
    starts = np.zeros(n_blocks, dtype=int)
    cuts = rng.permutation(n_blocks - 1)[: n_updates - 1] + 1
    starts[cuts] = cuts
    return np.arange(n_blocks) - np.maximum.accumulate(starts)


def gain(best: FrameSolution, other: FrameSolution) -> float:
    """How much more one frame carries than another, relative to the other.

    Parameters
    ----------
    best, other : FrameSolution

    Returns
    -------
    float
        Infinite where the other carries nothing beyond rounding.
    """
    if other.rate <= 1e-9 * abs(best.rate):
        return float(np.inf)
    return best.rate / other.rate - 1.0


def exhaustive_search(problem: FrameProblem, *, points_per_block: int = 50) -> FrameSolution:
    """Every allocation on a grid of sensing durations: for tests, and for small frames only.

    Parameters
    ----------
    problem : FrameProblem
        With at most 12 blocks.
    points_per_block : int, optional
        Grid points in each sensing block.

    Returns
    -------
    FrameSolution
        Best design on the grid; its rate is a lower bound of the optimum.
    """
    if problem.n_blocks > 12:
        raise ValueError(
            f"n_blocks must be at most 12 for exhaustive search, got {problem.n_blocks}"
        )
    shortest, longest = problem.sensing_range()
    first = problem.n_sensing_blocks(shortest)
    grid = problem.block_duration * np.arange(first, problem.n_blocks)[:, None]
    steps = problem.block_duration * np.linspace(0.0, 1.0, points_per_block, endpoint=False)
    durations: Float = np.concatenate([[shortest], (grid + steps).ravel()])
    best: FrameSolution | None = None
    for T in durations[(durations >= shortest) & (durations < longest)]:
        n_blocks = problem.n_blocks - problem.n_sensing_blocks(float(T))
        for cuts in range(2 ** (n_blocks - 1)):
            blocks = _composition(n_blocks, cuts)
            found = evaluate_frame(problem, float(T), blocks)
            if best is None or found.rate > best.rate:
                best = found
    if best is None:
        raise ValueError("points_per_block must be at least 1")
    return replace(best, method="exhaustive", n_evaluations=len(durations))


def _composition(n_blocks: int, cuts: int) -> tuple[int, ...]:
    """Composition of n_blocks whose parts end at the set bits of `cuts`."""
    ends = [i + 1 for i in range(n_blocks - 1) if cuts >> i & 1] + [n_blocks]
    return tuple(np.diff([0, *ends]).tolist())
