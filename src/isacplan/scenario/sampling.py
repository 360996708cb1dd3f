"""From a scene to sampled problems: the same draws for every scheme."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import SeedSequence

from isacplan._threads import few_threads
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.comm.draws import link_draws
from isacplan.comm.precoder import precoder
from isacplan.comm.realisations import AdditiveDraws, MismatchedDraws
from isacplan.comm.sampled import SampledLink
from isacplan.comm.scheme import Scheme, sampled_scheme
from isacplan.frame import FrameProblem, sampled_efficiencies
from isacplan.frame.interval import rate_from
from isacplan.frame.sampled import TOLERANCE, beam_statistics_at
from isacplan.scenario.scene import Scene

N_SCRAMBLES = 8
FEWEST_DRAWS = 128
MOST_DRAWS = 2048

HALF_WIDTH = 0.005
"""Relative half-width of a rate's interval that the number of draws aims at."""


@few_threads()
def scene_link(scene: Scene, problem: FrameProblem, *, n_draws: int, seed: int) -> SampledLink:
    """The sampled link of a scene.

    Parameters
    ----------
    scene : Scene
    problem : FrameProblem
        Of the same scene, for its law of the angle error.
    n_draws : int
        Realisations in each of eight scrambles, a power of two.
    seed : int

    Returns
    -------
    SampledLink
    """
    K, L = scene.true_correlation.shape[:2]
    draws = link_draws(K, L, n_scrambles=N_SCRAMBLES, n_draws=n_draws, seed=SeedSequence(seed))
    knowledge, law = scene.knowledge, problem.error_law
    if isinstance(knowledge, MismatchedKnowledge):
        model = MismatchedDraws(knowledge=knowledge, angle_error=law, draws=draws)
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
    middle = float(np.sqrt(start * longest))
    n = n_draws or draws_needed(scene, problem, schemes[0], middle, seed=seed)
    found = sampled_efficiencies(
        scene_link(scene, problem, n_draws=n, seed=seed),
        schemes,
        temporal_correlation=scene.temporal_correlation,
        symbols_per_block=scene.scenario.frame.symbols_per_block,
        shortest=start,
        longest=longest,
    )
    return tuple(replace(problem, efficiency=efficiency) for efficiency in found)


@few_threads()
def draws_needed(
    scene: Scene, problem: FrameProblem, scheme: Scheme, duration: float, *, seed: int
) -> int:
    """Realisations a scramble from which a rate is known within half a per cent either way.

    Judged by the interval that few draws give at one sensing duration.
    """
    link = scene_link(scene, problem, n_draws=FEWEST_DRAWS, seed=seed)
    statistics = beam_statistics_at(link, [scheme], duration)[scheme.precoder]
    sampled = sampled_scheme(
        link,
        scheme,
        statistics,
        temporal_correlation=scene.temporal_correlation,
        symbols_per_block=scene.scenario.frame.symbols_per_block,
        tolerance=TOLERANCE,
    )
    # A frame's blocks are mostly young: ages as in a few updates.
    ages = np.exp(-np.arange(problem.n_blocks) / max(problem.n_blocks / 8.0, 1.0))
    rate = rate_from(sampled, statistics, problem.weight, ages)
    half_width = rate.interval.half_width / max(rate.whole, np.finfo(float).tiny)
    wanted = FEWEST_DRAWS * (half_width / HALF_WIDTH) ** 2
    return int(2 ** np.ceil(np.log2(np.clip(wanted, FEWEST_DRAWS, MOST_DRAWS))))
