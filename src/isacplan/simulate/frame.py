"""Frame scenarios as simulations: which experiment, which quantities, which formulas."""

from typing import NamedTuple

import msgspec
import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.frame import FrameProblem
from isacplan.scenario import (
    FrameScenario,
    Scene,
    frame_problem,
    frame_scene,
    scenario_to_dict,
)
from isacplan.simulate.additive import AdditiveExperiment
from isacplan.simulate.backend import Backend
from isacplan.simulate.design import Design, frame_design
from isacplan.simulate.end_to_end import EndToEndExperiment
from isacplan.simulate.frame_quantities import (
    angle_bound,
    by_user_and_block,
    end_to_end_quantities,
    sampled_quantities,
)
from isacplan.simulate.mismatched import MismatchedExperiment
from isacplan.simulate.quantity import Quantity, Simulation
from isacplan.simulate.streams import scenario_key
from isacplan.simulate.timing import frame_timing

DEPTHS = ("additive", "end-to-end", "mismatched")


@few_threads()
def frame_simulation(
    scenario: FrameScenario,
    *,
    depth: str | None = None,
    seed: int = 0,
    sensing_duration: float | None = None,
    sampling: str = "quasi",
    backend: Backend | None = None,
    estimator: str = "maximum_likelihood",
) -> Simulation:
    """The simulation that checks a frame scenario.

    Parameters
    ----------
    scenario : FrameScenario
    depth : {"additive", "mismatched", "end-to-end"}, optional
        The additive model's own statistics, the mismatched receiver under Gaussian angle errors,
        or the whole chain; default the scenario's own error model, and the whole chain of traced
        paths and where precoder or receiver are not the paper's, which the first two depths assume.
    seed : int, optional
    sensing_duration : float, optional
        T_l [s]; default that of the best frame. Zero simulates the best frame that does not sense.
    sampling : {"quasi", "pseudo"}, optional
        For the first two depths; the whole chain always draws independent frames.
    backend : Backend, optional
        Default NumPy in single precision.
    estimator : str, optional
        Angle estimator of the whole chain.

    Returns
    -------
    Simulation

    Raises
    ------
    InfeasibleError
        When no sensing duration is given and the scenario has no feasible frame.
    """
    transmission = scenario.transmission
    exact = msgspec.structs.replace(
        scenario, objective=msgspec.structs.replace(scenario.objective, sinr="exact")
    )
    scene = frame_scene(exact)
    chosen = _depth(scene, depth)
    problem = frame_problem(scene, shortest=sensing_duration or None)
    design = frame_design(problem, scene, chosen, sensing_duration)
    used = backend or Backend()
    settings: dict[str, object] = {
        "sensing_duration_s": design.sensing_duration,
        "blocks_per_update": list(design.blocks_per_update),
        **used.settings,
    }
    if design.estimates != "sensed":
        settings["estimates"] = design.estimates
    own = ("estimator", estimator) if chosen == "end-to-end" else ("sampling", sampling)
    settings[own[0]] = own[1]
    if not transmission.has_closed_form:
        settings |= msgspec.to_builtins(transmission)
    stated = scenario_to_dict(msgspec.structs.replace(scenario, name=""))
    key = scenario_key(msgspec.json.encode([stated, chosen, settings]), scene.source_digest)
    planned: tuple[str, ...] = ()
    if chosen == "end-to-end":
        experiment = EndToEndExperiment(
            scene=scene,
            timing=frame_timing(problem, design.sensing_duration, design.blocks_per_update),
            seed=seed,
            key=key,
            estimator=estimator,
            scheme=transmission.scheme,
            estimates=design.estimates,
            backend=used,
        )
        quantities = _whole_frames(experiment, problem, design)
        planned = (f"sum_rate_{transmission.receiver}", f"rate_{transmission.receiver}")
        planned += ("angle_mse",) if scenario.sensing.law == "threshold" else ()
    else:
        bound = angle_bound(problem, design.sensing_duration)
        shared = _Shared(bound, scene.temporal_correlation, seed, key, sampling, used)
        experiment = _model_experiment(chosen, scene, shared, design.sensing_duration)
        table = experiment.formula.reshape(scene.n_users, -1)
        quantities = by_user_and_block("sinr", "1", scene.label, {chosen: table})
    return Simulation(
        experiment=experiment,
        quantities=quantities,
        kind="frame",
        depth=chosen,
        seed=seed,
        settings=settings,
        notes=_notes(problem, scene, design, chosen),
        planned=planned,
    )


def _whole_frames(
    experiment: EndToEndExperiment, problem: FrameProblem, design: Design
) -> tuple[Quantity, ...]:
    scenario, duration = experiment.scene.scenario, design.sensing_duration
    if design.sampled is not None:
        return sampled_quantities(experiment, problem, design.sampled)
    return end_to_end_quantities(experiment, problem, duration, scenario.sensing.error_model)


def _notes(problem: FrameProblem, scene: Scene, design: Design, depth: str) -> tuple[str, ...]:
    """What is known beforehand against the plan's numbers."""
    drawn = depth == "end-to-end" and scene.fading is not None
    if drawn and scene.paths is None:
        return (
            "the frames have the traced paths, and the plan took Gaussian channels of the same "
            "correlation and aging (aging.fading): rates of single users differ by a third",
            *_threshold_notes(problem, scene, design),
        )
    return _threshold_notes(problem, scene, design)


def _threshold_notes(problem: FrameProblem, scene: Scene, design: Design) -> tuple[str, ...]:
    short = problem.shortest_valid_duration > design.sensing_duration * (1.0 + 1e-9)
    if design.estimates != "sensed" or not np.any(short):
        return ()
    users = ", ".join(np.array(scene.label)[short])
    least = f"{float(np.max(problem.shortest_valid_duration)):.4g} s"
    if scene.scenario.sensing.law == "threshold":
        return (
            f"user {users}: sensed for less than {least}, below the threshold, where the law of "
            "the angle error is good to a quarter and a tracking beam loses its user",
        )
    return (f"user {users}: sensed for less than {least}, outside the domain of the model",)


def _depth(scene: Scene, stated: str | None) -> str:
    """What to draw: as stated, or as the scenario models its channels."""
    scenario = scene.scenario
    papers = scenario.transmission.has_closed_form
    by_model = scenario.sensing.error_model if papers else "end-to-end"
    if not papers and stated not in (None, "end-to-end"):
        t = scenario.transmission
        raise ValueError(
            f"depth = {stated}: checks closed forms, which precoder = {t.precoder} with receiver = "
            f"{t.receiver} has none of: end-to-end, or precoder = mrt with receiver = mean_gain, "
            "would do"
        )
    if scene.paths is None:
        return _check.choice("depth", stated or by_model, DEPTHS)
    if stated not in (None, "end-to-end"):
        raise ValueError(
            f"depth = {stated}: draws Gaussian channels, and these are of traced paths: use "
            'end-to-end, or plan with aging.fading = "gaussian"'
        )
    return "end-to-end"


class _Shared(NamedTuple):
    crb: Float
    temporal_correlation: Float
    seed: int
    key: str
    sampling: str
    backend: Backend


def _model_experiment(
    depth: str, scene: Scene, shared: _Shared, duration: float
) -> AdditiveExperiment | MismatchedExperiment:
    if depth == "additive":
        return AdditiveExperiment(knowledge=scene.additive, **shared._asdict())
    with_threshold = scene.scenario.sensing.law == "threshold"
    return MismatchedExperiment(
        knowledge=scene.mismatched,
        **shared._asdict(),
        outliers=scene.outlier_knowledge if with_threshold else None,
        sensing_duration=duration,
    )
