"""Frame scenarios as simulations: which experiment, which quantities, which formulas."""

from typing import NamedTuple

import msgspec
import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Float
from isacplan.comm import AdditiveKnowledge, Terms, spectral_efficiency
from isacplan.errors import InfeasibleError
from isacplan.frame import (
    FrameProblem,
    best_allocation,
    optimal_frame,
    rate_table,
)
from isacplan.frame.rate import partial_duration
from isacplan.scenario import (
    FrameScenario,
    Scene,
    frame_problem,
    frame_scene,
    scenario_to_dict,
)
from isacplan.simulate.additive import AdditiveExperiment
from isacplan.simulate.backend import Backend
from isacplan.simulate.end_to_end import EndToEndExperiment
from isacplan.simulate.frame_quantities import (
    angle_bound,
    by_user_and_block,
    end_to_end_quantities,
    mismatched_terms,
)
from isacplan.simulate.mismatched import MismatchedExperiment
from isacplan.simulate.quantity import Simulation
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
        T_l [s]; default that of the best frame.
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
    model = scenario.sensing.error_model
    transmission = scenario.transmission
    exact = msgspec.structs.replace(
        scenario, objective=msgspec.structs.replace(scenario.objective, sinr="exact")
    )
    scene = frame_scene(exact)
    chosen = _depth(scene, depth)
    problem = frame_problem(scene, shortest=sensing_duration)
    duration, blocks = _design(problem, scene, chosen, sensing_duration)
    used = backend or Backend()
    settings: dict[str, object] = {
        "sensing_duration_s": duration,
        "blocks_per_update": list(blocks),
        **used.settings,
    }
    own = ("estimator", estimator) if chosen == "end-to-end" else ("sampling", sampling)
    settings[own[0]] = own[1]
    if not transmission.has_closed_form and chosen == "end-to-end":
        settings |= msgspec.to_builtins(transmission)
    stated = scenario_to_dict(msgspec.structs.replace(scenario, name=""))
    key = scenario_key(msgspec.json.encode([stated, chosen, settings]), scene.source_digest)
    labels = scene.label
    if chosen == "end-to-end":
        experiment = EndToEndExperiment(
            scene=scene,
            timing=frame_timing(problem, duration, blocks),
            seed=seed,
            key=key,
            estimator=estimator,
            scheme=transmission.scheme,
            backend=used,
        )
        quantities = end_to_end_quantities(experiment, problem, duration, model)
    else:
        bound = angle_bound(problem, duration)
        shared = _Shared(bound, scene.temporal_correlation, seed, key, sampling, used)
        experiment = _model_experiment(chosen, scene, shared, duration)
        table = experiment.formula.reshape(len(labels), -1)
        quantities = by_user_and_block("sinr", "1", labels, {chosen: table})
    return Simulation(
        experiment=experiment,
        quantities=quantities,
        kind="frame",
        depth=chosen,
        seed=seed,
        settings=settings,
    )


def _depth(scene: Scene, stated: str | None) -> str:
    """What to draw: as stated, or as the scenario models its channels."""
    scenario = scene.scenario
    papers = scenario.transmission.has_closed_form
    by_model = scenario.sensing.error_model if papers else "end-to-end"
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


def _design(
    problem: FrameProblem, scene: Scene, depth: str, duration: float | None
) -> tuple[float, tuple[int, ...]]:
    """Sensing duration and allocation: the best frame's, or the best for a given duration."""
    if duration is None:
        try:
            best = optimal_frame(problem)
        except InfeasibleError as error:
            error.args = (
                f"{error.args[0]}; --sensing-duration simulates a frame that is not a best one",
            )
            raise
        return best.sensing_duration, best.blocks_per_update
    longest = problem.n_blocks * problem.block_duration
    T = float(_check.real("sensing duration", duration, above=0.0))
    if longest <= T:
        raise ValueError(f"sensing duration must be below the frame's {longest:g} s, got {T:g}")
    n_sensing = problem.n_sensing_blocks(T)
    n_left = problem.n_blocks - n_sensing
    if scene.scenario.transmission.has_closed_form:
        terms = _terms_for_design(problem, scene, depth, T)
        se = spectral_efficiency(terms, problem.temporal_correlation)
    else:
        se = problem.efficiency.users(np.array([T]))[0]
    phi = np.einsum("k,kn->n", problem.weight, se)[None]
    partial = np.array([partial_duration(T, n_sensing, problem.block_duration)])
    table = rate_table(problem, phi, np.array([n_left]), partial)[0, :n_left]
    return T, best_allocation(phi[0], n_left, int(np.argmax(table)) + 1)


def _terms_for_design(
    problem: FrameProblem, scene: Scene, depth: str, duration: float
) -> Terms[Float]:
    """SINR parts by the scenario's own model; by the mismatched one where that does not exist."""
    know = problem.knowledge
    if not isinstance(know, AdditiveKnowledge):
        return mismatched_terms(problem, scene, duration)
    crb = problem.crb(duration)
    exists = crb < know.defined_crb
    if depth == "additive" or np.all(exists):
        if not np.all(exists):
            least = float(np.max(problem.efficiency.shortest_defined))
            raise InfeasibleError(
                f"a sensing duration of {duration:.4g} s leaves user {int(np.argmin(exists))} an "
                "angle error for which the additive model has no value: above "
                f"{least:.4g} s would do, or --depth mismatched",
                constraint="sensing_duration",
                user=int(np.argmin(exists)),
                feasible_value=least,
            )
        return know.terms(crb)
    return mismatched_terms(problem, scene, duration)
