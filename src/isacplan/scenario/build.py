"""From a frame scenario to the problem it states, in SI units."""

import numpy as np

from isacplan.frame import FrameProblem
from isacplan.scenario.array_checks import check_ambiguities
from isacplan.scenario.frame import FrameScenario
from isacplan.scenario.sampling import sampled_problems
from isacplan.scenario.scene import Scene, frame_scene
from isacplan.sensing import angle_crb


def frame_problem(stated: FrameScenario | Scene, *, seed: int = 0) -> FrameProblem:
    """The frame design problem that a scenario states.

    Parameters
    ----------
    stated : FrameScenario or Scene
        A scenario, or the scene already built from it.
    seed : int, optional
        Of the draws, where the scheme has no closed form.

    Returns
    -------
    FrameProblem
        With a sampled efficiency unless beams and receivers are the paper's.

    Raises
    ------
    InfeasibleError
        When the efficiency is sampled and no sensing duration meets the requirements.
    ValueError
        When the arrays cannot tell an angle, the scheme does not fit the scene, or the paths file
        is not usable.
    """
    scene = stated if isinstance(stated, Scene) else frame_scene(stated)
    problem = closed_problem(scene)
    transmission = scene.scenario.transmission
    if transmission.has_closed_form:
        return problem
    return sampled_problems(scene, problem, [transmission.scheme], seed=seed)[0]


def closed_problem(scene: Scene) -> FrameProblem:
    """The problem of a scene with the closed form of its knowledge model as the efficiency.

    Whatever its scenario says of precoder and receiver, these are the paper's.

    Parameters
    ----------
    scene : Scene

    Returns
    -------
    FrameProblem

    Raises
    ------
    ValueError
        When the arrays cannot tell an angle, or not from another one.
    """
    frame, sensing = scene.scenario.frame, scene.scenario.sensing
    crb_per_symbol = angle_crb(
        scene.transmit, scene.receive, scene.angle, sensing_snr=scene.sensing_snr, n_samples=1.0
    )
    if not np.all(np.isfinite(crb_per_symbol)):
        raise ValueError("array: the receive array must extend across broadside to tell an angle")
    check_ambiguities(scene)
    return FrameProblem.from_knowledge(
        n_blocks=frame.n_blocks,
        block_duration=scene.block_duration,
        update_duration=frame.symbols_per_update * frame.symbol_duration_s,
        symbol_duration=frame.symbol_duration_s,
        knowledge=scene.knowledge,
        temporal_correlation=scene.temporal_correlation,
        crb_per_symbol=crb_per_symbol,
        crb_limit=scene.crb_limit,
        crb_exponent=scene.sensing_exponent,
        weight=scene.weight,
        validity=sensing.validity,
    )
