"""A solved frame with everything to show, redraw and re-check it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from isacplan.frame import (
    FrameProblem,
    FrameSolution,
    SampledEfficiency,
    best_allocation,
    evaluate_frame,
    frequent_update,
    optimal_frame,
    random_allocation,
    single_update,
    summed_efficiency,
)
from isacplan.frame.feasibility import nothing_to_send
from isacplan.report.compared import Comparison, compared_schemes, comparison, fitting
from isacplan.report.frame_curves import FrameCurves, frame_curves
from isacplan.report.frame_rivals import (
    SampledComparison,
    rival_schemes,
    sampled_comparison,
    seen_from_silence,
)
from isacplan.report.numbers import plain
from isacplan.results import Answer, Record
from isacplan.scenario import FrameScenario, Scene, frame_scene
from isacplan.scenario.build import closed_problem
from isacplan.scenario.sampling import sampled_problems
from isacplan.scenario.silent_frames import better_silent

BASIS = "interval bounds over every sensing duration, number of updates and allocation"


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameReport(Answer):
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
    compared : tuple of Comparison
        The best frames of every precoder or receiver, where they were asked for.
    wanted_gap : float
        Relative gap that was asked for.
    design : tuple of float and int or None
        Sensing duration [s] and number of updates, where a design was given.
    """

    scene: Scene
    problem: FrameProblem
    solution: FrameSolution
    baselines: dict[str, FrameSolution]
    sensing_solution: FrameSolution
    seed: int
    sampled: SampledComparison | None = None
    compared: tuple[Comparison, ...] = ()
    wanted_gap: float = 1e-6
    design: tuple[float, int] | None = None

    def record(self, *, curves: bool = False) -> Record:
        """What there is to say; see `Answer.record`."""
        from isacplan.report.frame_record import frame_record

        return frame_record(self, curves=curves)

    @property
    def command(self) -> str:
        """What gives this report again."""
        options = [f"--compare {c.axis}" for c in self.compared]
        if self.design is None:
            options.append(f"--gap {self.wanted_gap!r}")
        else:
            options.append(f"--sensing-duration {self.design[0]!r} --updates {self.design[1]}")
        return f"isacplan frame SCENARIO --seed {self.seed} {' '.join(options)}"

    @cached_property
    def curves(self) -> FrameCurves:
        """Rates around the design, computed when they are asked for."""
        return frame_curves(self.problem, self.sensing_solution)

    @cached_property
    def whole_symbol_cost(self) -> float | None:
        """Part of the best rate with any sensing duration that whole symbols cost.

        None where any duration counts, or the design was given.
        """
        s = self.sensing_solution
        if not self.problem.whole_symbols or s.upper_bound is None:
            return None
        free = optimal_frame(replace(self.problem, whole_symbols=False))
        return max(0.0, 1.0 - s.rate / free.rate)

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
    compare: Sequence[str] = (),
    closed_form: FrameProblem | None = None,
    rivals: bool = True,
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
    compare : sequence of {"precoder", "receiver"}, optional
        Solve under every one of these as well, on the same draws.
    closed_form : FrameProblem, optional
        The scene's `closed_problem`, where that is at hand.
    rivals : bool, optional
        With what the published rivals reach, and frames that do not sense; most of the time goes
        there.

    Returns
    -------
    FrameReport

    Raises
    ------
    InfeasibleError
        When no design meets the requirements, or the given one carries nothing.
    ValueError
        When the given design does not fit the frame.
    """
    scene = stated if isinstance(stated, Scene) else frame_scene(stated)
    stated_form = closed_form or closed_problem(scene)
    problem, sampled = _problems(scene, stated_form, seed, design, compare, rivals=rivals)
    closed = scene.scenario.transmission.has_closed_form
    if design is None:
        solution = optimal_frame(problem, relative_gap=relative_gap)
    else:
        solution = _given_design(problem, *design)
    baselines = _baselines(problem, solution) if rivals else {}
    compared = None
    if rivals and not closed:
        compared = sampled_comparison(scene, sampled, solution, baselines, seed=seed)
    chosen = solution
    if design is None and compared is not None:
        chosen, compared = _best_of(problem, solution, compared)
    return FrameReport(
        scene=scene,
        problem=problem,
        solution=chosen,
        baselines=baselines,
        sensing_solution=solution,
        seed=seed,
        sampled=compared,
        wanted_gap=relative_gap,
        design=design,
        compared=tuple(comparison(scene, sampled, axis) for axis in compare),
    )


def _baselines(problem: FrameProblem, solution: FrameSolution) -> dict[str, FrameSolution]:
    return {
        "ssu": single_update(problem),
        "fsu": frequent_update(problem),
        "rba": random_allocation(problem, sensing_duration=solution.sensing_duration),
    }


def _problems(
    scene: Scene,
    problem: FrameProblem,
    seed: int,
    design: tuple[float, int] | None,
    compare: Sequence[str],
    *,
    rivals: bool,
) -> tuple[FrameProblem, tuple[FrameProblem, ...]]:
    """The scenario's problem, and on the same draws those of its own and of other schemes."""
    transmission = scene.scenario.transmission
    own, closed = transmission.scheme, transmission.has_closed_form
    others = [] if closed or not rivals else rival_schemes(own, *scene.true_correlation.shape[:2])
    for axis in compare:
        others += fitting(scene, compared_schemes(own, axis).values())
    if closed and not others:
        return problem, ()
    schemes = list(dict.fromkeys([own, *others]))
    shortest = None if design is None else design[0]
    sampled = sampled_problems(scene, problem, schemes, seed=seed, shortest=shortest)
    return problem if closed else sampled[0], sampled


def _best_of(
    problem: FrameProblem, plan: FrameSolution, compared: SampledComparison
) -> tuple[FrameSolution, SampledComparison]:
    """The plan, or the best frame that does not sense where no accuracy is required."""
    silent = {name: other.solution for name, other in compared.no_sensing.items()}
    name = better_silent(problem, plan, silent)
    if name is None:
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


def covered_plans(report: FrameReport) -> str:
    """Of which plans none is better than the bound says, in words.

    Parameters
    ----------
    report : FrameReport

    Returns
    -------
    str
    """
    shortest, _ = report.problem.sensing_range()
    sampled = isinstance(report.problem.efficiency, SampledEfficiency)
    silent = report.solution.sensing_duration == 0.0
    return (
        f"every frame that senses for {plain(shortest * 1e6)} us or longer"
        + (", in whole symbols" if report.problem.whole_symbols else "")
        + ", with any number of updates and any allocation, under these beams and receivers"
        + (", on these draws" if sampled else "")
        + (", and those that do not sense" if silent else "")
    )


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
    symbols = sensing_duration / problem.symbol_duration
    if problem.whole_symbols and abs(symbols - round(symbols)) > 1e-6 * symbols:
        nearest = max(round(symbols), 1) * problem.symbol_duration
        raise ValueError(
            f"sensing duration = {sensing_duration:g} s: must be of whole symbols; the nearest is "
            f"{nearest:g} s"
        )
    pole = float(np.max(problem.efficiency.shortest_defined))
    if sensing_duration <= pole:
        raise ValueError(
            f"sensing duration = {sensing_duration:g} s: must be above {pole:g} s, where the "
            "additive model has its pole"
        )
    phi = summed_efficiency(problem, np.array([sensing_duration]))[0]
    blocks = best_allocation(phi, n_blocks, n_updates)
    found = evaluate_frame(problem, sensing_duration, blocks)
    if found.rate <= 0.0:
        raise nothing_to_send(problem, (sensing_duration, blocks), phi, found.rate)
    return found
