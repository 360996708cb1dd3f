"""From a scene to sampled problems: the same draws for every scheme."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import SeedSequence

from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.comm.decisions import decision_shares
from isacplan.comm.draws import link_draws
from isacplan.comm.precoder import precoder
from isacplan.comm.realisations import AdditiveDraws, Importance, MismatchedDraws
from isacplan.comm.sampled import SampledLink
from isacplan.comm.scheme import Scheme, sampled_scheme
from isacplan.frame import FrameProblem, best_allocation, best_rates, sampled_efficiencies
from isacplan.frame.interval import age_weights, rate_from
from isacplan.frame.rate import partial_duration, whole_blocks
from isacplan.frame.sampled import TOLERANCE, beam_statistics_at
from isacplan.scenario.scene import Scene

N_SCRAMBLES = 8
FEWEST_DRAWS = 128
MOST_DRAWS = 2048

HALF_WIDTH = 0.005
"""Relative half-width of a rate's interval that the number of draws aims at."""

NEGLIGIBLE, LEAST = 0.15, 0.05
"""Part of the best rate that a duration misses when it matters least, and how little that is."""

COARSE_DURATIONS = 12
FINE_DURATIONS = 400
"""Sensing durations at which few draws look for the best frame, and between those."""


@few_threads()
def scene_link(
    scene: Scene,
    problem: FrameProblem,
    *,
    n_draws: int,
    seed: int,
    durations: tuple[float, float],
) -> SampledLink:
    """The sampled link of a scene.

    Parameters
    ----------
    scene : Scene
    problem : FrameProblem
        Of the same scene, for its law of the angle error.
    n_draws : int
        Realisations in each of eight scrambles, a power of two.
    seed : int
    durations : tuple of float
        Shortest and longest sensing duration that will be asked for [s].

    Returns
    -------
    SampledLink
    """
    K, L = scene.true_correlation.shape[:2]
    draws = link_draws(K, L, n_scrambles=N_SCRAMBLES, n_draws=n_draws, seed=SeedSequence(seed))
    knowledge, law = scene.knowledge, problem.error_law
    if isinstance(knowledge, MismatchedKnowledge):
        shares = decision_shares(law, *durations)
        model = MismatchedDraws(knowledge=knowledge, angle_error=law, draws=draws, shares=shares)
    elif isinstance(knowledge, AdditiveKnowledge):
        model = AdditiveDraws(knowledge=knowledge, angle_error=law, draws=draws)
    else:
        raise ValueError(f"knowledge must be a known model, got {type(knowledge).__name__}")
    return SampledLink(model=model, draws=draws, snr=scene.snr, power=scene.power)


def check_schemes(scene: Scene, schemes: Sequence[Scheme]) -> None:
    """Refuse schemes that do not fit a scene's channels, arrays, users and blocks.

    Raises
    ------
    ValueError
    """
    from isacplan.comm.receiver import receiver

    if scene.paths is not None:
        raise ValueError(
            "transmission: what has no closed form is planned on Gaussian draws, and these "
            'channels are of traced paths: aging.fading = "gaussian" takes Gaussians of the same '
            "correlation, or precoder = mrt with receiver = mean_gain has a closed form"
        )

    K, L = scene.true_correlation.shape[:2]
    for scheme in schemes:
        precoder(scheme.precoder).check(K, L)
        receiver(scheme.receiver).share(
            scheme.precoded_pilots, scene.scenario.frame.symbols_per_block
        )


def sampled_problems(
    scene: Scene,
    problem: FrameProblem,
    schemes: Sequence[Scheme],
    *,
    seed: int = 0,
    n_draws: int | None = None,
    shortest: float | None = None,
) -> tuple[FrameProblem, ...]:
    """One problem for each scheme, all on the same draws.

    Parameters
    ----------
    scene : Scene
    problem : FrameProblem
        Of the same scene: durations, requirements and the law of the angle error count.
    schemes : sequence of Scheme
    seed : int, optional
    n_draws : int, optional
        Realisations in each of eight scrambles; default so many that the rate of the first scheme
        is known within half a per cent either way.
    shortest : float, optional
        Shortest sensing duration wanted; default the shortest feasible one [s].

    Returns
    -------
    tuple of FrameProblem

    Raises
    ------
    InfeasibleError
        When no sensing duration meets the requirements.
    ValueError
        When a scheme does not fit the scene.
    """
    check_schemes(scene, schemes)
    feasible, longest = problem.sensing_range()
    start = feasible if shortest is None else min(shortest, feasible)
    durations = (start, longest)
    link, matters, n = few_draws(scene, problem, schemes[0], durations, seed=seed)
    if (n_draws or n) != FEWEST_DRAWS:
        link = scene_link(scene, problem, n_draws=n_draws or n, seed=seed, durations=durations)
        link = link.focused(*durations, matters)
    found = sampled_efficiencies(
        link,
        schemes,
        temporal_correlation=scene.temporal_correlation,
        symbols_per_block=scene.scenario.frame.symbols_per_block,
        shortest=start,
        longest=longest,
    )
    valid = problem.shortest_valid_duration
    return tuple(replace(problem, efficiency=replace(e, valid_from=valid)) for e in found)


@few_threads()
def few_draws(
    scene: Scene,
    problem: FrameProblem,
    scheme: Scheme,
    durations: tuple[float, float],
    *,
    seed: int,
) -> tuple[SampledLink, Importance, int]:
    """Few draws, which durations they find to matter, and how many draws know the rate.

    Parameters
    ----------
    scene : Scene
    problem : FrameProblem
    scheme : Scheme
    durations : tuple of float
        Shortest and longest sensing duration [s].
    seed : int

    Returns
    -------
    link : SampledLink
        With decisions that suit that frame.
    matters : callable
        Of durations about the best frame, 1; less for those whose frames carry less.
    n_draws : int
        Realisations a scramble from which its rate is known within half a per cent either way.
    """
    link = scene_link(scene, problem, n_draws=FEWEST_DRAWS, seed=seed, durations=durations)
    at = np.geomspace(*durations, COARSE_DURATIONS)
    # Each duration has decisions of its own here, which need no weights.
    statistics = [
        beam_statistics_at(link.focused(T, T), [scheme], T)[scheme.precoder] for T in map(float, at)
    ]
    sampled = sampled_scheme(
        link,
        scheme,
        statistics[len(at) // 2],
        temporal_correlation=scene.temporal_correlation,
        symbols_per_block=scene.scenario.frame.symbols_per_block,
        tolerance=TOLERANCE,
    )
    phi = np.array([problem.weight @ sampled.efficiency(s) for s in statistics])
    fine, rates, blocks = _about_the_best(problem, at, phi)
    duration = float(fine[np.argmax(rates)])
    shortfall = 1.0 - rates / max(float(np.max(rates)), np.finfo(float).tiny)

    def matters(T: Float) -> Float:
        missing = np.interp(np.log(T), np.log(fine), shortfall)
        return np.maximum(1.0 - missing / NEGLIGIBLE, LEAST)

    link = link.focused(*durations, matters)
    there = beam_statistics_at(link, [scheme], duration)[scheme.precoder]
    rate = rate_from(
        replace(sampled, link=link), there, problem.weight, age_weights(problem, duration, blocks)
    )
    half_width = rate.interval.half_width / max(rate.whole, np.finfo(float).tiny)
    wanted = FEWEST_DRAWS * (half_width / HALF_WIDTH) ** 2
    return link, matters, int(2 ** np.ceil(np.log2(np.clip(wanted, FEWEST_DRAWS, MOST_DRAWS))))


def _about_the_best(
    problem: FrameProblem, durations: Float, phi: Float
) -> tuple[Float, Float, tuple[int, ...]]:
    """Best rates at many durations, between sums (B, N) at few, and the best allocation."""
    fine = np.geomspace(durations[0], durations[-1] * (1.0 - 1e-9), FINE_DURATIONS)
    between = [np.interp(np.log(fine), np.log(durations), column) for column in phi.T]
    columns = np.stack(between, axis=1)
    n_sensing = whole_blocks(fine, problem.block_duration)
    partial = partial_duration(fine, n_sensing, problem.block_duration)
    n_left = problem.n_blocks - n_sensing
    rates, n_updates = best_rates(problem, columns, n_left, partial)
    i = int(np.argmax(rates))
    return fine, rates, best_allocation(columns[i], int(n_left[i]), int(n_updates[i]))
