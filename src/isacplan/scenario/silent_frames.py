"""Frames that do not sense, on the draws of a scene's sampled problem."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import SeedSequence

from isacplan.comm.realisations import MismatchedDraws
from isacplan.comm.sampled import SampledLink
from isacplan.comm.scheme import SampledScheme
from isacplan.comm.unsensed import AveragedPilots, RawPilots
from isacplan.frame import FrameProblem, FrameSolution, SampledRate, without_sensing
from isacplan.frame.interval import sampled_part
from isacplan.frame.sampled import beam_statistics_at
from isacplan.scenario.scene import Scene


@dataclass(frozen=True, kw_only=True, eq=False)
class SilentFrame:
    """A frame that does not sense, on the draws of one that does.

    Parameters
    ----------
    sampled : SampledScheme
        The same precoder and receiver on estimates that need no sensing.
    solution : FrameSolution
    rate : SampledRate
    """

    sampled: SampledScheme
    solution: FrameSolution
    rate: SampledRate


def silent_frames(scene: Scene, problem: FrameProblem, *, seed: int) -> dict[str, SilentFrame]:
    """Best frames from raw pilots and from averaged past pilots.

    Parameters
    ----------
    scene : Scene
    problem : FrameProblem
        Sampled, of the same scene.
    seed : int
        Of past pilots.

    Returns
    -------
    dict of str to SilentFrame
        "raw_pilots" and "averaged_pilots"; nothing under the additive model, which has none.
    """
    sampled = sampled_part(problem)
    link, n_past = sampled.link, scene.scenario.transmission.past_pilots
    if not isinstance(link.model, MismatchedDraws):
        return {}
    rng = np.random.default_rng(SeedSequence(seed, spawn_key=(1,)))
    models = {
        "raw_pilots": RawPilots(model=link.model),
        "averaged_pilots": AveragedPilots(model=link.model, n_past=n_past, rng=rng),
    }
    found: dict[str, SilentFrame] = {}
    for name, model in models.items():
        other = SampledLink(model=model, draws=link.draws, snr=link.snr, power=link.power)
        scheme = replace(sampled, link=other)
        beams = sampled.scheme.precoder
        statistics = beam_statistics_at(other, [sampled.scheme], problem.symbol_duration)[beams]
        solution, rate = without_sensing(problem, scheme, statistics)
        found[name] = SilentFrame(sampled=scheme, solution=solution, rate=rate)
    return found


def better_silent(
    problem: FrameProblem, plan: FrameSolution, silent: dict[str, FrameSolution]
) -> str | None:
    """Which frame that does not sense becomes the plan: the best one, if no accuracy is required.

    Parameters
    ----------
    problem : FrameProblem
    plan : FrameSolution
        The best frame that senses.
    silent : dict of str to FrameSolution

    Returns
    -------
    str or None
        None where sensing stays.
    """
    if not silent or np.any(np.isfinite(problem.crb_limit)):
        return None
    name = max(silent, key=lambda key: silent[key].rate)
    return name if silent[name].rate > plan.rate else None
