"""A solved frame with everything to show, redraw and re-check it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from isacplan._typing import Float, Int
from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    SampledEfficiency,
    best_allocation,
    best_rates,
    best_sum,
    evaluate_frame,
    frequent_update,
    optimal_frame,
    random_allocation,
    rate_table,
    single_update,
    summed_efficiency,
)
from isacplan.frame.rate import frame_rate, partial_duration, whole_blocks
from isacplan.report.frame_rivals import (
    SampledComparison,
    rival_schemes,
    sampled_comparison,
    seen_from_silence,
)
from isacplan.scenario import FrameScenario, Scene, frame_scene
from isacplan.scenario.build import closed_problem
from isacplan.scenario.sampling import sampled_problems

BASIS = "interval bounds over every sensing duration, number of updates and allocation"


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameCurves:
    """Rates around a design.

    Parameters
    ----------
    sensing_duration : ndarray, shape (G,)
        [s].
    rate_chosen, rate_single, rate_every_block : ndarray, shape (G,)
        Rate with the design's number of updates, with one, and with one in every block; NaN where
        there are too few blocks [bit/Hz per frame].
    n_updates : ndarray of int, shape (N_t,)
        Numbers of updates.
    rate_by_updates : ndarray, shape (N_t,)
        Rate at the design's sensing duration [bit/Hz per frame].
    """

    sensing_duration: Float
    rate_chosen: Float
    rate_single: Float
    rate_every_block: Float
    n_updates: Int
    rate_by_updates: Float


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameReport:
    """A scenario, its best (or a given) frame, and what the rivals reach.

    Parameters
    ----------
    scene : Scene
    problem : FrameProblem
    solution : FrameSolution
    baselines : dict of str to FrameSolution
        ``ssu``, ``fsu`` and ``rba``.
    sensing_solution : FrameSolution
        The frame around which rates are drawn: the solution, unless that does not sense.
    seed : int
        Seed of the draws.
    sampled : SampledComparison or None
        Rivals on the same draws and intervals, where the efficiency is sampled.
    """

    scene: Scene
    problem: FrameProblem
    solution: FrameSolution
    baselines: dict[str, FrameSolution]
    sensing_solution: FrameSolution
    seed: int
    sampled: SampledComparison | None = None

    @cached_property
    def curves(self) -> FrameCurves:
        """Rates around the design, computed when they are asked for."""
        return frame_curves(self.problem, self.sensing_solution)

    @property
    def frame_duration(self) -> float:
        """Duration of the frame [s]."""
        return self.problem.n_blocks * self.problem.block_duration


def frame_report(
    stated: FrameScenario | Scene,
    *,
    relative_gap: float = 1e-6,
    seed: int = 0,
    design: tuple[float, int] | None = None,
) -> FrameReport:
    """Solve a scenario, or evaluate one design of it, and collect what there is to say.

    Parameters
    ----------
    stated : FrameScenario or Scene
        A scenario, or the scene already built from it.
    relative_gap : float, optional
        As for `optimal_frame`.
    seed : int, optional
        Seed of the draws, where beams and receivers have no closed form.
    design : tuple of float and int, optional
        Sensing duration [s] and number of updates to evaluate instead of optimising.

    Returns
    -------
    FrameReport

    Raises
    ------
    InfeasibleError
        When no design meets the requirements.
    ValueError
        When the given design does not fit the frame.
    """
    scene = stated if isinstance(stated, Scene) else frame_scene(stated)
    problems = _problems(scene, seed, design)
    problem = problems[0]
    if design is None:
        solution = optimal_frame(problem, relative_gap=relative_gap)
    else:
        solution = _given_design(problem, *design)
    updates = {"ssu": single_update(problem), "fsu": frequent_update(problem)}
    compared = None
    if not scene.scenario.transmission.has_closed_form:
        compared = sampled_comparison(scene, problems, solution, updates, seed=seed)
    random = random_allocation(problem, sensing_duration=solution.sensing_duration)
    chosen = solution
    if design is None and compared is not None:
        chosen, compared = _best_of(problem, solution, compared)
    return FrameReport(
        scene=scene,
        problem=problem,
        solution=chosen,
        baselines={**updates, "rba": random},
        sensing_solution=solution,
        seed=seed,
        sampled=compared,
    )


def _problems(
    scene: Scene, seed: int, design: tuple[float, int] | None
) -> tuple[FrameProblem, ...]:
    """The scenario's problem, and on the same draws those of other schemes, if it is sampled."""
    problem, transmission = closed_problem(scene), scene.scenario.transmission
    if transmission.has_closed_form:
        return (problem,)
    own = transmission.scheme
    others = rival_schemes(own, *scene.true_correlation.shape[:2])
    shortest = None if design is None else design[0]
    return sampled_problems(scene, problem, [own, *others], seed=seed, shortest=shortest)


def _best_of(
    problem: FrameProblem, plan: FrameSolution, compared: SampledComparison
) -> tuple[FrameSolution, SampledComparison]:
    """The plan, or the best frame that does not sense where no accuracy is required."""
    silent = {name: other.solution for name, other in compared.no_sensing.items()}
    name = max(silent, key=lambda key: silent[key].rate, default="")
    required = bool(np.any(np.isfinite(problem.crb_limit)))
    if required or not silent or silent[name].rate <= plan.rate:
        return plan, compared
    bound = max(s.upper_bound or 0.0 for s in (plan, *silent.values()))
    return replace(silent[name], upper_bound=bound), seen_from_silence(compared, name, plan)


def certificate_basis(problem: FrameProblem) -> str:
    """What the upper bound of a solution rests on, in words.

    Parameters
    ----------
    problem : FrameProblem

    Returns
    -------
    str
    """
    if isinstance(problem.efficiency, SampledEfficiency):
        return f"{BASIS}, for these draws, interpolated to {problem.efficiency.accuracy:.0e}"
    if problem.efficiency.accuracy == 0.0:
        return f"outward-rounded {BASIS}"
    return f"{BASIS}, on expectations good to {problem.efficiency.accuracy:.0e}"


def _given_design(problem: FrameProblem, sensing_duration: float, n_updates: int) -> FrameSolution:
    """Evaluate a sensing duration and a number of updates under the best allocation."""
    longest = problem.n_blocks * problem.block_duration
    if not 0.0 < sensing_duration < longest:
        raise ValueError(
            f"sensing duration = {sensing_duration:g} s: must be above 0 and below the frame's "
            f"{longest:g} s"
        )
    n_blocks = problem.n_blocks - problem.n_sensing_blocks(sensing_duration)
    if not 1 <= n_updates <= n_blocks:
        raise ValueError(
            f"updates = {n_updates}: must be from 1 to {n_blocks}, the blocks that sensing leaves"
        )
    pole = float(np.max(problem.efficiency.shortest_defined))
    if sensing_duration <= pole:
        raise ValueError(
            f"sensing duration = {sensing_duration:g} s: must be above {pole:g} s, where the "
            "additive model has its pole"
        )
    phi = summed_efficiency(problem, np.array([sensing_duration]))[0]
    return evaluate_frame(problem, sensing_duration, best_allocation(phi, n_blocks, n_updates))


def frame_curves(
    problem: FrameProblem, solution: FrameSolution, *, max_points: int = 480
) -> FrameCurves:
    """Rates over sensing duration and over the number of updates, around a solution.

    Parameters
    ----------
    problem : FrameProblem
    solution : FrameSolution
    max_points : int, optional
        Largest number of sensing durations.

    Returns
    -------
    FrameCurves
    """
    T_b, n = problem.block_duration, problem.n_blocks
    pole = float(np.max(problem.efficiency.shortest_defined))
    start = max(problem.symbol_duration, pole * (1.0 + 1e-6))
    inner = np.linspace(0.0, 1.0 - 1e-9, max(2, min(12, max_points // n)))
    blocks = np.unique(np.linspace(0, n - 1, min(n, max_points // 2)).astype(int))
    grid = (blocks[:, None] + inner).ravel() * T_b
    T = np.unique(np.concatenate([grid[grid >= start], [solution.sensing_duration]]))
    n_sensing = whole_blocks(T, T_b)
    n_left, partial = n - n_sensing, partial_duration(T, n_sensing, T_b)
    phi = summed_efficiency(problem, T)
    at = int(np.searchsorted(T, solution.sensing_duration))
    here = slice(at, at + 1)
    by_updates = rate_table(problem, phi[here], n_left[here], partial[here])[0, : n_left[at]]
    chosen = [
        best_sum(row, int(left), solution.n_updates) if left >= solution.n_updates else np.nan
        for row, left in zip(phi, n_left, strict=True)
    ]
    return FrameCurves(
        sensing_duration=T,
        rate_chosen=frame_rate(problem, chosen, phi[:, 0], solution.n_updates, partial),
        rate_single=best_rates(problem, phi, n_left, partial, updates="single")[0],
        rate_every_block=best_rates(problem, phi, n_left, partial, updates="every_block")[0],
        n_updates=np.arange(1, len(by_updates) + 1),
        rate_by_updates=by_updates,
    )
