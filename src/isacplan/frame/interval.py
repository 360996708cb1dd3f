"""How well the draws of a sampled efficiency know a rate, and the gain of one frame over another.

Scrambles are independent, so leaving one out at a time (the jackknife, Efron and Stein 1981) gives
intervals for any smooth function of what they average to. Two frames share their draws: the
interval of a gain is far narrower than those of the two rates.
"""

from dataclasses import dataclass

import numpy as np

from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.comm.sampled import BeamStatistics
from isacplan.comm.scheme import SampledScheme
from isacplan.frame.baselines import expected_ages
from isacplan.frame.problem import FrameProblem
from isacplan.frame.rate import overhead, partial_duration
from isacplan.frame.sampled import SampledEfficiency, beam_statistics_at
from isacplan.frame.solution import FrameSolution

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class SampledInterval:
    """An estimate and its confidence interval.

    Parameters
    ----------
    estimate, low, high : float
    """

    estimate: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half of the interval's width."""
        return 0.5 * (self.high - self.low)


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledRate:
    """The rate (24) of one design from all draws, and from all but each scramble.

    Parameters
    ----------
    whole : float
        [bit/Hz per frame].
    without : ndarray, shape (G,)
        [bit/Hz per frame].
    """

    whole: float
    without: Float

    @property
    def interval(self) -> SampledInterval:
        """95 % interval of the rate [bit/Hz per frame]."""
        return _jackknife(self.whole, self.without)

    def gain_over(self, other: "SampledRate") -> SampledInterval:
        """95 % interval of ``rate / other - 1``, for a rate from the same draws.

        Raises
        ------
        ValueError
            When the other rate is not positive.
        """
        if other.whole <= 0.0 or np.any(other.without <= 0.0):
            raise ValueError("other must have a positive rate")
        return _jackknife(self.whole / other.whole - 1.0, self.without / other.without - 1.0)

    def minus(self, other: "SampledRate") -> SampledInterval:
        """95 % interval of the difference to a rate from the same draws [bit/Hz per frame]."""
        return _jackknife(self.whole - other.whole, self.without - other.without)


def _jackknife(whole: float, without: Float) -> SampledInterval:
    from scipy.special import stdtrit

    G = len(without)
    error = np.sqrt((G - 1) / G * np.sum((without - np.mean(without)) ** 2))
    half = float(stdtrit(G - 1, 0.5 + CONFIDENCE / 2.0) * error)
    return SampledInterval(estimate=whole, low=whole - half, high=whole + half)


def age_weights(problem: FrameProblem, sensing_duration: float, blocks: tuple[int, ...]) -> Float:
    """What each age counts in the rate (24), shape (N,) [s].

    Parameters
    ----------
    problem : FrameProblem
    sensing_duration : float
        T_l [s].
    blocks : tuple of int
        N_m; none for the mean over random allocations.
    """
    n_sensing = problem.n_sensing_blocks(sensing_duration)
    served = np.zeros(problem.n_blocks)
    if blocks:
        lengths, n_updates = np.array(blocks), float(len(blocks))
        served += np.count_nonzero(np.arange(problem.n_blocks)[:, None] < lengths, axis=1)
    else:
        counts, n_updates = expected_ages(problem.n_blocks - n_sensing)
        served[: len(counts)] = counts
    weights = problem.block_duration * served
    partial = partial_duration(sensing_duration, n_sensing, problem.block_duration)
    weights[0] -= overhead(problem, n_updates, partial)
    return weights


@few_threads()
def sampled_rate(problem: FrameProblem, solution: FrameSolution) -> SampledRate:
    """The rate of a design straight from the draws, no interpolation between.

    Parameters
    ----------
    problem : FrameProblem
        With a `SampledEfficiency`.
    solution : FrameSolution

    Returns
    -------
    SampledRate

    Raises
    ------
    ValueError
        When the efficiency is not sampled.
    """
    sampled = sampled_part(problem)
    T = solution.sensing_duration
    statistics = beam_statistics_at(sampled.link, [sampled.scheme], T)[sampled.scheme.precoder]
    ages = age_weights(problem, T, solution.blocks_per_update)
    return rate_from(sampled, statistics, problem.weight, ages)


def rate_from(
    sampled: SampledScheme, statistics: BeamStatistics, weight: Float, ages: Float
) -> SampledRate:
    """Weighted sum of efficiencies over users and ages, and without each scramble.

    Parameters
    ----------
    sampled : SampledScheme
    statistics : BeamStatistics
    weight : ndarray, shape (K,)
    ages : ndarray, shape (N,)
        See `age_weights`.

    Returns
    -------
    SampledRate
    """
    G = sampled.link.draws.n_scrambles
    rates = [
        float(weight @ sampled.efficiency(statistics, without=g) @ ages) for g in (None, *range(G))
    ]
    return SampledRate(whole=rates[0], without=np.array(rates[1:]))


def sampled_part(problem: FrameProblem) -> SampledScheme:
    """The sampled scheme behind a problem.

    Raises
    ------
    ValueError
        When its efficiency is not sampled.
    """
    if not isinstance(problem.efficiency, SampledEfficiency):
        raise ValueError(f"efficiency must be sampled, got {type(problem.efficiency).__name__}")
    return problem.efficiency.sampled
