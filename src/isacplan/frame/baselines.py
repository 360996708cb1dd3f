"""What others would do with the same frame, Bai2024 section IV, with the solvers' signature."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.frame.objective import evaluate_frame, summed_efficiency
from isacplan.frame.problem import FrameProblem
from isacplan.frame.rate import frame_rate, partial_duration, whole_blocks
from isacplan.frame.search import optimal_frame
from isacplan.frame.solution import FrameSolution


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


@few_threads()
def random_allocation(
    problem: FrameProblem, *, sensing_duration: float | None = None
) -> FrameSolution:
    """RBA: a random number of updates and a random allocation, in exact expectation.

    The number of updates is uniform on ``1..N_t`` and, given it, every way to divide the blocks
    is equally likely.

    Parameters
    ----------
    problem : FrameProblem
    sensing_duration : float, optional
        T_l [s]; default that of the optimal frame.

    Returns
    -------
    FrameSolution
        `rate` and `user_rate` are means over all allocations, `rate_std` is their standard
        deviation.
    """
    if sensing_duration is None:
        sensing_duration = optimal_frame(problem).sensing_duration
    n_sensing = problem.n_sensing_blocks(sensing_duration)
    n_blocks = problem.n_blocks - n_sensing
    partial = partial_duration(sensing_duration, n_sensing, problem.block_duration)
    se = problem.efficiency.users(np.array([sensing_duration]))[0]
    counts, n_updates = expected_ages(n_blocks)
    user_rate = frame_rate(problem, se[:, :n_blocks] @ counts, se[:, 0], n_updates, partial)
    shown = evaluate_frame(problem, sensing_duration, (n_blocks,))
    return replace(
        shown,
        method="rba",
        rate=float(problem.weight @ user_rate),
        rate_std=_random_std(problem, problem.weight @ se[:, :n_blocks], n_blocks),
        blocks_per_update=(),
        user_rate=user_rate,
    )


def expected_ages(n_blocks: int) -> tuple[Float, float]:
    """Expected number of blocks at each age, and of updates, under a random allocation.

    Of the divisions of N_t blocks into M runs, a part ``C(N_t - a - 1, M - 2) / C(N_t - 1, M - 1)``
    has a given run of length a; M is uniform on ``1..N_t``.

    Parameters
    ----------
    n_blocks : int
        N_t.

    Returns
    -------
    counts : ndarray, shape (n_blocks,)
        By age, from the block right after an update on.
    n_updates : float

    Examples
    --------
    >>> counts, n_updates = expected_ages(2)
    >>> counts.tolist(), n_updates
    ([1.5, 0.5], 1.5)
    """
    n = _check.integer("n_blocks", n_blocks, at_least=1)
    runs = np.zeros(n)
    for length, chance in enumerate(_run_chances(n, 1), start=1):
        runs[length - 1] = np.sum(np.arange(1, n + 1) * chance) / n
    return np.cumsum(runs[::-1])[::-1], (n + 1) / 2.0


def _run_chances(n: int, k: int) -> Iterator[Float]:
    """Chance that k given runs of a division into M runs hold k, k + 1, ... blocks, M = 1..n.

    With t blocks in the k runs, one way of many: ``C(n - t - 1, M - k - 1) / C(n - 1, M - 1)``.
    Two runs are one way each of ``t - 1``, which the caller counts.
    """
    M = np.arange(1, n + 1)
    chance = np.ones(n)
    for i in range(k):
        chance = chance * np.maximum(M - 1 - i, 0) / max(n - 1 - i, 1)
    for t in range(k, n + 1):
        # k runs that are all there are hold every block.
        all_runs = 1.0 / max(n - 1, 1) ** (k - 1) if t == n else 0.0
        yield np.where(k == M, all_runs, chance)
        chance = chance * np.maximum(n - t - M + k, 0) / max(n - t - 1, 1)


def _random_std(problem: FrameProblem, phi: Float, n_blocks: int) -> float:
    """Standard deviation of (24) over random allocations, from pairs of runs."""
    n, M = n_blocks, np.arange(1, n_blocks + 1)
    S = np.cumsum(phi)
    # All runs together hold every block, so a line through the sums changes nothing but rounding.
    D = S - S[-1] * M / n
    first, square, both = (np.zeros(n) for _ in range(3))
    for length, chance in enumerate(_run_chances(n, 1), start=1):
        first += chance * D[length - 1]
        square += chance * D[length - 1] ** 2
    pairs = np.convolve(D, D)
    for total, chance in enumerate(_run_chances(n, 2), start=2):
        both += chance * pairs[total - 2]
    mean = M * first
    variance = M * square + M * (M - 1) * both - mean**2
    means = frame_rate(problem, mean + S[-1], phi[0], M, 0.0)
    spread = problem.block_duration**2 * np.mean(np.maximum(variance, 0.0))
    return float(np.sqrt(spread + np.var(means)))


def gain(best: FrameSolution, other: FrameSolution) -> float:
    """How much more one frame carries than another, relative to the other.

    Parameters
    ----------
    best, other : FrameSolution

    Returns
    -------
    float
        Zero where both carry the same; infinite where the other carries nothing beyond rounding.
    """
    if abs(best.rate - other.rate) <= 1e-12 * abs(best.rate):
        return 0.0
    if other.rate <= 1e-9 * abs(best.rate):
        return float(np.inf)
    return best.rate / other.rate - 1.0


@few_threads()
def exhaustive_search(problem: FrameProblem, *, points_per_block: int = 50) -> FrameSolution:
    """Every allocation on a grid of sensing durations: for tests, and for small frames only.

    Nothing is left out and no structure is used: each allocation's rate, one after the other.

    Parameters
    ----------
    problem : FrameProblem
        With at most 12 blocks.
    points_per_block : int, optional
        Grid points in each sensing block; the shortest duration is always among them.

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
    durations = durations[(durations >= shortest) & (durations < longest)]
    phi = summed_efficiency(problem, durations)
    n_sensing = whole_blocks(durations, problem.block_duration)
    best_rate, best = -np.inf, (float(shortest), (problem.n_blocks,))
    for n in np.unique(n_sensing):
        rows = np.flatnonzero(n_sensing == n)
        sums = np.cumsum(phi[rows], axis=1)
        partial = partial_duration(durations[rows], n, problem.block_duration)
        n_blocks = problem.n_blocks - int(n)
        for cuts in range(2 ** (n_blocks - 1)):
            blocks = _composition(n_blocks, cuts)
            carried = np.sum(sums[:, np.array(blocks) - 1], axis=1)
            rates = frame_rate(problem, carried, phi[rows, 0], len(blocks), partial)
            row = int(np.argmax(rates))
            if rates[row] > best_rate:
                best_rate, best = rates[row], (float(durations[rows[row]]), blocks)
    found = evaluate_frame(problem, *best)
    return replace(found, method="exhaustive", n_evaluations=len(durations))


def _composition(n_blocks: int, cuts: int) -> tuple[int, ...]:
    """Composition of n_blocks whose parts end at the set bits of `cuts`."""
    ends = [i + 1 for i in range(n_blocks - 1) if cuts >> i & 1] + [n_blocks]
    return tuple(np.diff([0, *ends]).tolist())
