"""The point of the trade-off that a scenario asks for, and the best design of every split there.

Whoever prints, draws or simulates a split takes its designs from `plan_split`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan.errors import InfeasibleError
from isacplan.scenario.split import SplitScenario
from isacplan.scenario.split_build import split_problem
from isacplan.scenario.split_requirement import Question, position_requirement, wanted
from isacplan.split import (
    SPLITS,
    ErrorLaw,
    NeededSymbols,
    PositionRequirement,
    SplitModel,
    SplitSolution,
    build_model,
    error_law,
    full_capacity,
    maximise_capacity,
    minimise_crb,
    needed_for,
    out_of_reach,
)
from isacplan.split.rounding import round_up

DEFAULT_CAPACITY_LOSS = 0.05
TIE = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitPlan:
    """The best design of every split at one point of the trade-off.

    Parameters
    ----------
    model : SplitModel
    asked : str
        The point in words.
    goal : {"crb", "capacity"}
        What was optimised at that point.
    asked_loss : float or None
        Capacity loss that was allowed, where the goal is "crb".
    requirement : PositionRequirement or None
        What the scenario requires of positions as a probability, whether or not it was asked for.
    solutions : dict of str to SplitSolution or None
        By split that is offered; None where it cannot reach the point.
    """

    model: SplitModel
    asked: str
    goal: str
    asked_loss: float | None
    requirement: PositionRequirement | None
    solutions: dict[str, SplitSolution | None]

    @property
    def designs(self) -> dict[str, SplitSolution]:
        """The splits that reach the point."""
        return {name: s for name, s in self.solutions.items() if s is not None}

    @property
    def winner(self) -> str:
        """The best split; the simpler one where the joint split or the comb only equals it."""
        value = {name: self._value(s) for name, s in self.designs.items()}
        best = max(value.values())
        return next(name for name in SPLITS if value.get(name, -1.0) >= best * (1.0 - TIE))

    @property
    def chosen(self) -> SplitSolution:
        """The winner's design."""
        return self.designs[self.winner]

    def law(self, split: str) -> ErrorLaw:
        """Distribution of the users' position errors under a split's design, of shape (K,)."""
        return error_law(self.model.fix, self.model.problem, self.designs[split])

    @property
    def capacity_loss(self) -> float:
        """Loss that was allowed; where accuracy was asked for, what the best simple split loses."""
        if self.asked_loss is not None:
            return self.asked_loss
        simple = [s.capacity for name, s in self.designs.items() if name in ("time", "frequency")]
        most = max(simple or [s.capacity for s in self.designs.values()])
        return float(np.clip(1.0 - most / full_capacity(self.model), 0.0, 1.0))

    def margin_db(self, split: str) -> float:
        """By how much the winner beats a split in the goal; infinite where it is out of reach."""
        solution = self.solutions[split]
        ahead = self._value(self.chosen)
        value = 0.0 if solution is None else self._value(solution)
        if solution is not None and value == ahead:
            return 0.0
        return 10.0 * float(np.log10(ahead / value)) if value > 0.0 else np.inf

    def _value(self, solution: SplitSolution) -> float:
        return solution.capacity if self.goal == "capacity" else 1.0 / solution.crb


def plan_split(scenario: SplitScenario, *, question: Question | None = None) -> SplitPlan:
    """Solve every split for the point that is asked for.

    Parameters
    ----------
    scenario : SplitScenario
    question : Question, optional
        The point; default what the scenario requires, or a capacity loss of 5 %.

    Returns
    -------
    SplitPlan

    Raises
    ------
    InfeasibleError
        When not even the joint split reaches the point; says what is in reach.
    """
    model = build_model(split_problem(scenario))
    asked, loss, needed, solve = _point(scenario, model, question or Question())
    solutions: dict[str, SplitSolution | None] = {}
    reasons: dict[str, InfeasibleError] = {}
    for name in model.problem.splits:
        solutions[name] = None
        if needed is not None and not needed.within_reach(model, name):
            continue
        try:
            solutions[name] = solve(name)
        except InfeasibleError as error:
            reasons[name] = error
    if not any(solutions.values()):
        raise _with_loss(_reason(reasons, model, needed), model)
    return SplitPlan(
        model=model,
        asked=asked,
        goal="capacity" if loss is None else "crb",
        asked_loss=loss,
        requirement=position_requirement(scenario),
        solutions=solutions,
    )


def _reason(
    reasons: dict[str, InfeasibleError], model: SplitModel, needed: NeededSymbols | None
) -> InfeasibleError:
    """What to say where every split is out of reach: of all their choices the nearest."""
    floors = [e for e in reasons.values() if e.constraint == "capacity_floor"]
    if floors:
        return max(floors, key=lambda e: e.feasible_value or 0.0)
    if needed is None:
        return reasons["joint"]
    return out_of_reach(model, needed.requirement, model.problem.splits)


def _with_loss(error: InfeasibleError, model: SplitModel) -> InfeasibleError:
    """The same, with what to ask for instead where too little loss of capacity was allowed."""
    if error.constraint != "capacity_floor" or error.feasible_value is None:
        return error
    loss = round_up(max(0.0, 1.0 - error.feasible_value / full_capacity(model)))
    return InfeasibleError(
        f"{error}, a capacity loss of {loss}",
        constraint=error.constraint,
        feasible_value=error.feasible_value,
    )


def _point(
    scenario: SplitScenario, model: SplitModel, question: Question
) -> tuple[str, float | None, NeededSymbols | None, Callable[[str], SplitSolution]]:
    """The point in words, the allowed capacity loss if any, what users need for the requirement,
    and how to solve a split for it.
    """
    goal = wanted(scenario, model, question)
    needed = None if goal.position is None else needed_for(model, goal.position)
    if goal.bound is not None or (goal.position is not None and goal.position.limits_errors):
        limit = np.inf if goal.bound is None else goal.bound
        return (
            goal.words,
            None,
            needed,
            lambda name: maximise_capacity(
                model, position_variance_limit=limit, needed=needed, split=name
            ),
        )
    stated = scenario.requirement
    loss = question.capacity_loss
    if loss is None:
        loss = None if stated is None else stated.capacity_loss
    loss = DEFAULT_CAPACITY_LOSS if loss is None else loss
    floor = (1.0 - loss) * full_capacity(model)
    asked = f"capacity loss of at most {100.0 * loss:g} %"
    return (
        " and ".join(filter(None, (asked, goal.words))),
        loss,
        needed,
        lambda name: minimise_crb(model, capacity_floor=floor, needed=needed, split=name),
    )
