"""Which frame a simulation simulates: the one that a plan prints."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.comm import AdditiveKnowledge, Terms, spectral_efficiency
from isacplan.comm.scheme import SampledScheme
from isacplan.errors import InfeasibleError
from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    best_allocation,
    optimal_frame,
    rate_table,
)
from isacplan.frame.feasibility import nothing_to_send
from isacplan.frame.interval import sampled_part
from isacplan.frame.rate import partial_duration
from isacplan.scenario import Scene
from isacplan.scenario.silent_frames import better_silent, silent_frames
from isacplan.simulate.frame_quantities import mismatched_terms


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """A frame to simulate.

    Parameters
    ----------
    sensing_duration : float
        T_l; zero of a frame that does not sense [s].
    blocks_per_update : tuple of int
        N_m.
    estimates : str
        Of `isacplan.simulate.estimates.ESTIMATES`.
    sampled : SampledScheme or None
        What its efficiency was sampled with; None of a closed form.
    """

    sensing_duration: float
    blocks_per_update: tuple[int, ...]
    estimates: str = "sensed"
    sampled: SampledScheme | None = None


def frame_design(problem: FrameProblem, scene: Scene, depth: str, duration: float | None) -> Design:
    """The plan's frame, or the best one for a given sensing duration.

    Parameters
    ----------
    problem : FrameProblem
    scene : Scene
    depth : str
    duration : float or None
        T_l; zero for the best frame that does not sense [s].

    Returns
    -------
    Design

    Raises
    ------
    InfeasibleError
        When no sensing duration is given and no frame is feasible, or the given one leaves nothing
        to send.
    ValueError
        When the duration leaves no block, or the scenario knows no frame that does not sense.
    """
    closed = scene.scenario.transmission.has_closed_form
    sampled = None if closed else sampled_part(problem)
    if duration == 0.0:
        return _silent(problem, scene, None)
    if duration is not None:
        T, blocks = _given(problem, scene, depth, duration)
        return Design(sensing_duration=T, blocks_per_update=blocks, sampled=sampled)
    try:
        best = optimal_frame(problem)
    except InfeasibleError as error:
        error.args = (
            f"{error.args[0]}; --sensing-duration simulates a frame that is not a best one",
        )
        raise
    if not closed and not np.any(np.isfinite(problem.crb_limit)):
        return _silent(problem, scene, best)
    return _sensed(best, sampled)


def _sensed(best: FrameSolution, sampled: SampledScheme | None) -> Design:
    return Design(
        sensing_duration=best.sensing_duration,
        blocks_per_update=best.blocks_per_update,
        sampled=sampled,
    )


def _silent(problem: FrameProblem, scene: Scene, best: FrameSolution | None) -> Design:
    """The best frame that does not sense; the one that senses where that is given and better."""
    # The seed of the plan's past pilots, as of its other draws.
    sampled = not scene.scenario.transmission.has_closed_form
    found = silent_frames(scene, problem, seed=0) if sampled else {}
    solutions = {name: frame.solution for name, frame in found.items()}
    if best is None:
        if not found:
            raise ValueError(
                "sensing duration = 0: frames that do not sense need a precoder and receiver other "
                "than mrt with mean_gain, and sensing.error_model = mismatched"
            )
        name = max(solutions, key=lambda key: solutions[key].rate)
    else:
        name = better_silent(problem, best, solutions)
        if name is None:
            return _sensed(best, sampled_part(problem))
    chosen = found[name]
    return Design(
        sensing_duration=0.0,
        blocks_per_update=chosen.solution.blocks_per_update,
        estimates=name,
        sampled=chosen.sampled,
    )


def _given(
    problem: FrameProblem, scene: Scene, depth: str, duration: float
) -> tuple[float, tuple[int, ...]]:
    """A sensing duration with the best allocation."""
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
    blocks = best_allocation(phi[0], n_left, int(np.argmax(table)) + 1)
    if np.max(table) <= 0.0:
        raise nothing_to_send(problem, (T, blocks), phi[0], float(np.max(table)))
    return T, blocks


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
