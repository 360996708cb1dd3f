"""Re-verifies a sampled frame with draws of its own, and without the interpolant."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import SeedSequence

from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.comm.draws import link_draws
from isacplan.comm.sampled import BeamStatistics
from isacplan.comm.scheme import SampledScheme
from isacplan.frame.interval import SampledRate, age_weights, rate_from, sampled_part, sampled_rate
from isacplan.frame.problem import FrameProblem
from isacplan.frame.sampled import beam_statistics_at
from isacplan.frame.solution import FrameSolution
from isacplan.frame.verdict import CertificateCheck
from isacplan.frame.verify import counted_blocks, largest_rate

ENTROPY = 0x5EC0ED
"""Apart from what plans are drawn with."""

DURATIONS = 12
"""Sensing durations looked at: so many evenly spaced ones, and so many first ones of a block."""

MARGIN = 1.6
"""From 95 % to 99 % and more of a Student distribution with seven degrees of freedom."""


@few_threads()
def check_redrawn(
    problem: FrameProblem, solution: FrameSolution, *, relative_tolerance: float
) -> CertificateCheck:
    """Verify a sampled frame with independent draws.

    The design's rate must agree within the two intervals together. And no design, every number of
    updates and every allocation solved anew at sensing durations without interpolation, may exceed
    this design's rate on the new draws by more than the stated gap and the interval of that
    difference.

    Parameters
    ----------
    problem : FrameProblem
        With a sampled efficiency.
    solution : FrameSolution
        With an upper bound.
    relative_tolerance : float
        Slack on the upper bound.

    Returns
    -------
    CertificateCheck
    """
    first = sampled_rate(problem, solution)
    look = _Redrawn(problem, _drawn_anew(sampled_part(problem)))
    T, blocks = solution.sensing_duration, solution.blocks_per_update
    again = look.rate(look.statistics(T), T, blocks)
    spread = MARGIN * float(np.hypot(first.interval.half_width, again.interval.half_width))
    size = max(abs(again.whole), float(np.finfo(float).tiny))
    bound = float(solution.upper_bound or 0.0)
    allowed = bound - solution.rate + relative_tolerance * abs(bound)
    durations = look.durations()
    draws = look.sampled.link.draws
    return CertificateCheck(
        feasible=look.feasible(T, blocks),
        rate_error=abs(again.whole - solution.rate) / size,
        bound_holds=all(look.none_better(t, again, allowed) for t in durations),
        n_boxes=len(durations),
        basis=f"drawn anew, {draws.n_scrambles} scrambles of {draws.white.shape[1]} channels",
        rate_tolerance=spread / size + problem.efficiency.accuracy,
    )


def _drawn_anew(sampled: SampledScheme) -> SampledScheme:
    K, L = sampled.link.model.true_correlation.shape[:2]
    old = sampled.link.draws
    draws = link_draws(
        K,
        L,
        n_scrambles=old.n_scrambles,
        n_draws=old.white.shape[1],
        seed=SeedSequence(ENTROPY),
    )
    return replace(sampled, link=sampled.link.redrawn(draws))


@dataclass(frozen=True)
class _Redrawn:
    problem: FrameProblem
    sampled: SampledScheme

    def statistics(self, duration: float) -> BeamStatistics:
        scheme = self.sampled.scheme
        return beam_statistics_at(self.sampled.link, [scheme], duration)[scheme.precoder]

    def rate(
        self, statistics: BeamStatistics, duration: float, blocks: tuple[int, ...]
    ) -> SampledRate:
        ages = age_weights(self.problem, duration, blocks)
        return rate_from(self.sampled, statistics, self.problem.weight, ages)

    def durations(self) -> Float:
        p = self.problem
        shortest, longest = p.sensing_range()
        edges = p.block_duration * np.arange(counted_blocks(p, shortest) + 1, p.n_blocks)
        some = np.linspace(0, len(edges) - 1, min(len(edges), DURATIONS)).astype(int)
        even = np.linspace(shortest, longest, DURATIONS, endpoint=False)
        found = np.concatenate([even, edges[some]])
        if p.whole_symbols:
            found = np.maximum(np.rint(found / p.symbol_duration), 1.0) * p.symbol_duration
            found = found[(found >= shortest * (1.0 - 1e-12)) & (found < longest)]
        return np.unique(found)

    def feasible(self, duration: float, blocks: tuple[int, ...]) -> bool:
        p = self.problem
        fills = counted_blocks(p, duration) + sum(blocks) == p.n_blocks and min(blocks) >= 1
        accurate = np.all(p.error_law.mean_square(duration) <= p.crb_limit * (1.0 + 1e-12))
        return bool(fills and accurate and duration >= p.symbol_duration * (1.0 - 1e-12))

    def none_better(self, duration: float, mine: SampledRate, allowed: float) -> bool:
        """Whether no design with this sensing duration beats a rate by more than is allowed."""
        p, n_sensing = self.problem, counted_blocks(self.problem, float(duration))
        partial = max(float(duration) - n_sensing * p.block_duration, 0.0)
        statistics = self.statistics(float(duration))
        G = self.sampled.link.draws.n_scrambles

        def best(without: int | None) -> float:
            phi = p.weight @ self.sampled.efficiency(statistics, without=without)
            return largest_rate(p, phi, float(phi[0]), n_sensing, partial)

        whole = best(None)
        if whole - mine.whole <= allowed:
            return True
        theirs = SampledRate(whole=whole, without=np.array([best(g) for g in range(G)]))
        return theirs.minus(mine).estimate - MARGIN * theirs.minus(mine).half_width <= allowed
