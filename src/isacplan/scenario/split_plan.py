"""The point of the trade-off that a scenario asks for, and the best design of every split there.

Whoever prints, draws or simulates a split takes its designs from `plan_split`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.scenario.requirements import accuracy_requirements
from isacplan.scenario.split import MAX_RMSE, MIN_RMSE, SplitScenario
from isacplan.scenario.split_build import position_variance_limits, split_problem
from isacplan.scenario.split_requirement import (
    constraint,
    constraint_in_words,
    position_requirement,
    without_bias,
)
from isacplan.split import (
    SPLITS,
    ErrorLaw,
    PositionRequirement,
    SplitModel,
    SplitSolution,
    build_model,
    error_law,
    full_capacity,
    full_crb,
    maximise_capacity,
    minimise_crb,
    needed_for,
)
from isacplan.split.rounding import round_up

DEFAULT_CAPACITY_LOSS = 0.05
TIE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which point of the trade-off is asked for; at most one is given.

    Parameters
    ----------
    capacity_loss : float or None
        Part of the capacity that may be given away, 0 to 1.
    crb_loss : float or None
        Allowed ratio of every user's bound to the one in reach, at least 1.
    position_rmse : float or None
        Allowed position error of every user [m].
    """

    capacity_loss: float | None = None
    crb_loss: float | None = None
    position_rmse: float | None = None

    def __post_init__(self) -> None:
        given = [
            x for x in (self.capacity_loss, self.crb_loss, self.position_rmse) if x is not None
        ]
        if len(given) > 1:
            raise ValueError("only one of capacity loss, CRB loss and position error can be given")
        if self.capacity_loss is not None:
            _check.real("capacity loss", self.capacity_loss, at_least=0.0, at_most=1.0)
        if self.crb_loss is not None:
            _check.real("CRB loss", self.crb_loss, at_least=1.0, at_most=1e12)
        if self.position_rmse is not None:
            _check.real(
                "position RMSE [m]", self.position_rmse, at_least=MIN_RMSE, at_most=MAX_RMSE
            )


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
    asked, loss, solve = _point(scenario, model, question or Question())
    solutions: dict[str, SplitSolution | None] = {}
    reasons: dict[str, InfeasibleError] = {}
    for name in model.problem.splits:
        try:
            solutions[name] = solve(name)
        except InfeasibleError as error:
            solutions[name], reasons[name] = None, error
    if len(reasons) == len(solutions):
        raise _with_loss(reasons["joint"], model)
    return SplitPlan(
        model=model,
        asked=asked,
        goal="capacity" if loss is None else "crb",
        asked_loss=loss,
        requirement=position_requirement(scenario),
        solutions=solutions,
    )


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
) -> tuple[str, float | None, Callable[[str], SplitSolution]]:
    """The point in words, the allowed capacity loss if any, and how to solve a split for it."""
    limit, words = _limits(scenario, model, question)
    required = constraint(scenario, asked=question != Question())
    needed = None if required is None else needed_for(model, required)
    if required is not None:
        words = " and ".join(filter(None, (words, constraint_in_words(scenario, required))))
    if limit is not None or (required is not None and np.isfinite(required.radius)):
        variance = np.inf if limit is None else limit
        return (
            words,
            None,
            lambda name: maximise_capacity(
                model, position_variance_limit=variance, needed=needed, split=name
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
        " and ".join(filter(None, (asked, words))),
        loss,
        lambda name: minimise_crb(model, capacity_floor=floor, needed=needed, split=name),
    )


def _limits(
    scenario: SplitScenario, model: SplitModel, question: Question
) -> tuple[Float | None, str]:
    """Limits on the squared position errors [m^2], where accuracy is asked for, and in words."""
    stated = scenario.requirement
    unasked = question == Question()
    crb_loss = question.crb_loss
    if unasked and stated is not None:
        crb_loss = stated.crb_loss
    if question.position_rmse is not None:
        limit = np.full(model.problem.n_users, question.position_rmse**2)
        words = f"position error of at most {question.position_rmse:g} m"
        return without_bias(limit, model), words
    if crb_loss is not None:
        words = f"position bound of at most {crb_loss:g} times the best"
        return crb_loss * full_crb(model), words
    if not unasked:
        return None, ""
    limit = position_variance_limits(scenario)
    return without_bias(limit, model), _limit_in_words(scenario, limit)


def _limit_in_words(scenario: SplitScenario, limit: Float | None) -> str:
    wanted = scenario.requirement
    if limit is None:
        return ""
    if wanted is not None and wanted.category is not None:
        standard = accuracy_requirements()[wanted.category].standard
        return (
            f"{standard} {wanted.category}, read {wanted.reading}: position error of at most "
            f"{np.sqrt(limit[0]):.4g} m rms"
        )
    if wanted is not None:
        return f"position error of at most {np.sqrt(limit[0]):g} m"
    return "every user's own limit on the position error"
