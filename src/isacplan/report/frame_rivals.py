"""What other precoders and receivers, and a station that does not sense, give on the same draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isacplan._threads import few_threads
from isacplan.comm.precoder import precoders
from isacplan.comm.receiver import receivers
from isacplan.comm.scheme import Scheme
from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    SampledInterval,
    SampledRate,
    best_rates,
    optimal_frame,
    sampled_rate,
)
from isacplan.frame.interval import sampled_part
from isacplan.frame.rate import partial_duration
from isacplan.frame.sampled import beam_statistics_at
from isacplan.scenario import Scene
from isacplan.scenario.build import closed_problem
from isacplan.scenario.silent_frames import silent_frames

RELATIVE_GAP = 1e-4
SHORTER = 6
"""Sensing durations below the required one that are tried to price the requirement."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Rival:
    """Another frame on the same draws.

    Parameters
    ----------
    words : str
        What it is.
    solution : FrameSolution
    rate : SampledRate
    gain : SampledInterval
        What the plan carries more, relative to it; None where the rival carries nothing.
    """

    words: str
    solution: FrameSolution
    rate: SampledRate
    gain: SampledInterval | None


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledComparison:
    """A sampled plan among its rivals.

    Parameters
    ----------
    scheme : Scheme
    rate : SampledRate
        Of the plan.
    schemes : dict of str to Rival
        Best frames of other precoders and receivers, ``precoder/receiver``.
    no_sensing : dict of str to Rival
        Frames of stations that do not sense: ``raw_pilots`` and ``averaged_pilots``.
    updates : dict of str to Rival
        ``ssu``, ``fsu`` and the mean of ``rba`` with this scheme.
    accuracy_cost : float or None
        Part of the best rate found without the angle requirement that it costs; None without one.
    n_draws : int
        Realisations in all.
    """

    scheme: Scheme
    rate: SampledRate
    schemes: dict[str, Rival]
    no_sensing: dict[str, Rival]
    updates: dict[str, Rival]
    accuracy_cost: float | None
    n_draws: int


def rival_schemes(scheme: Scheme, n_users: int, n_antennas: int) -> list[Scheme]:
    """The other published precoders with a scheme's receiver, and the paper's receiver."""
    pilots = scheme.precoded_pilots
    fitting = [
        name
        for name, kind in precoders().items()
        if not (kind.separates and n_users > n_antennas) and name != "mrt_unit"
    ]
    found = [
        *(Scheme(precoder=p, receiver=scheme.receiver, precoded_pilots=pilots) for p in fitting),
        Scheme(precoder=scheme.precoder, receiver="mean_gain"),
        Scheme(),
    ]
    return [s for s in dict.fromkeys(found) if s != scheme]


def rival(plan: SampledRate, words: str, solution: FrameSolution, rate: SampledRate) -> Rival:
    """A rival with the gain over it."""
    carries = rate.whole > 0.0 and np.all(rate.without > 0.0)
    return Rival(
        words=words,
        solution=solution,
        rate=rate,
        gain=plan.gain_over(rate) if carries else None,
    )


@few_threads()
def sampled_comparison(
    scene: Scene,
    problems: Sequence[FrameProblem],
    plan: FrameSolution,
    updates: dict[str, FrameSolution],
    *,
    seed: int,
) -> SampledComparison:
    """Compare a sampled plan with its rivals on its own draws.

    Parameters
    ----------
    scene : Scene
    problems : sequence of FrameProblem
        On the same draws, the plan's own first.
    plan : FrameSolution
        With sensing.
    updates : dict of str to FrameSolution
        Rivals with the plan's scheme, by name.
    seed : int
        Of past pilots.

    Returns
    -------
    SampledComparison
    """
    own = problems[0]
    sampled = sampled_part(own)
    rate = sampled_rate(own, plan)
    wanted = rival_schemes(sampled.scheme, *scene.true_correlation.shape[:2])
    others: dict[str, Rival] = {}
    for problem in problems[1:]:
        scheme = sampled_part(problem).scheme
        if scheme not in wanted:
            continue
        best = optimal_frame(problem, relative_gap=RELATIVE_GAP)
        key = f"{scheme.precoder}/{scheme.receiver}"
        others[key] = rival(rate, _shown(scheme, sampled.scheme), best, sampled_rate(problem, best))
    silent = _no_sensing(scene, own, rate, seed)
    return SampledComparison(
        scheme=sampled.scheme,
        rate=rate,
        schemes=others,
        no_sensing=silent,
        updates={
            name: rival(rate, name, found, sampled_rate(own, found))
            for name, found in updates.items()
        },
        accuracy_cost=_accuracy_cost(scene, own, plan, silent),
        n_draws=sampled.link.draws.white.shape[0] * sampled.link.draws.white.shape[1],
    )


def seen_from_silence(
    compared: SampledComparison, name: str, plan: FrameSolution
) -> SampledComparison:
    """The same frames compared with one that does not sense.

    Parameters
    ----------
    compared : SampledComparison
        With the plan that senses.
    name : str
        Of the frame in `no_sensing` that becomes the plan.
    plan : FrameSolution
        The plan that senses, a rival from now on.

    Returns
    -------
    SampledComparison
    """
    chosen = compared.no_sensing[name].rate

    def again(rivals: dict[str, Rival]) -> dict[str, Rival]:
        return {
            key: rival(chosen, other.words, other.solution, other.rate)
            for key, other in rivals.items()
            if other.rate is not chosen
        }

    sensing = rival(chosen, "the best frame that senses", plan, compared.rate)
    return replace(
        compared,
        rate=chosen,
        schemes={"sensing": sensing, **again(compared.schemes)},
        no_sensing=again(compared.no_sensing),
        updates=again(compared.updates),
    )


def _shown(scheme: Scheme, own: Scheme) -> str:
    words = precoders()[scheme.precoder].words
    if scheme.receiver == own.receiver:
        return words
    return f"{scheme.precoder}, {receivers()[scheme.receiver].words}"


def _no_sensing(
    scene: Scene, problem: FrameProblem, plan: SampledRate, seed: int
) -> dict[str, Rival]:
    """Frames from raw and from averaged pilots; the additive model has none of its own."""
    words = {
        "raw_pilots": "no sensing, beams from raw pilots",
        "averaged_pilots": (
            f"no sensing, {scene.scenario.transmission.past_pilots} past pilots averaged"
        ),
    }
    found = silent_frames(scene, problem, seed=seed)
    return {name: rival(plan, words[name], f.solution, f.rate) for name, f in found.items()}


def _accuracy_cost(
    scene: Scene, problem: FrameProblem, plan: FrameSolution, silent: dict[str, Rival]
) -> float | None:
    """What the requirement costs: against shorter sensing, and against none."""
    if not np.any(np.isfinite(problem.crb_limit)):
        return None
    shortest, _ = problem.sensing_range()
    rates = [plan.rate, *(other.solution.rate for other in silent.values())]
    # The closed form's problem knows the model's own domain; a sampled one starts at the limits.
    free = replace(closed_problem(scene), crb_limit=np.full(problem.n_users, np.inf))
    earliest, _ = free.sensing_range()
    if shortest > earliest:
        shorter = np.geomspace(earliest, shortest, SHORTER, endpoint=False)
        rates += [_rate_at(problem, float(T)) for T in shorter]
    best = max(rates)
    return 1.0 - plan.rate / best if best > 0.0 else 0.0


def _rate_at(problem: FrameProblem, duration: float) -> float:
    """Best rate over updates and allocations after a duration, straight from the draws."""
    sampled = sampled_part(problem)
    link = sampled.link.focused(duration, duration)
    sampled = replace(sampled, link=link)
    statistics = beam_statistics_at(link, [sampled.scheme], duration)
    phi = problem.weight @ sampled.efficiency(statistics[sampled.scheme.precoder])
    n_sensing = problem.n_sensing_blocks(duration)
    partial = partial_duration(duration, n_sensing, problem.block_duration)
    n_left = np.array([problem.n_blocks - n_sensing])
    return float(best_rates(problem, phi[None], n_left, np.array([partial]))[0][0])
