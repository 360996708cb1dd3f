"""A solved split with everything to show and redraw it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.scenario import SplitScenario, position_variance_limits, snrs_at, split_problem
from isacplan.split import (
    SPLITS,
    ParetoFront,
    SplitModel,
    SplitProblem,
    SplitSolution,
    WinnerMap,
    build_model,
    capacity_bound,
    full_capacity,
    full_crb,
    maximise_capacity,
    minimise_crb,
    pareto_front,
    tangent,
    winner_map,
)

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
            _check.real("CRB loss", self.crb_loss, at_least=1.0)
        if self.position_rmse is not None:
            _check.real("position RMSE", self.position_rmse, above=0.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitReport:
    """A scenario, the three splits at the chosen point, and everything around them.

    Parameters
    ----------
    scenario : SplitScenario
    model : SplitModel
    asked : str
        The chosen point in words.
    goal : {"crb", "capacity"}
        What was optimised at that point.
    solutions : dict of str to SplitSolution or None
        By split; None where the split cannot reach the point.
    fronts : dict of str to ParetoFront
        By split.
    capacity, capacity_bound : float
        With everything given to communication, in the whole band: exact, and the perfect square
        [bit/s].
    bound_pilots : float
        Real number of pilots of that bound.
    bound_valid : bool
        Whether the bound is inside its domain.
    map_loss : float
        Capacity loss at which the map of winners is drawn.
    """

    scenario: SplitScenario
    model: SplitModel
    asked: str
    goal: str
    solutions: dict[str, SplitSolution | None]
    fronts: dict[str, ParetoFront]
    capacity: float
    capacity_bound: float
    bound_pilots: float
    bound_valid: bool
    map_loss: float

    @cached_property
    def winners(self) -> WinnerMap | None:
        """Winners over antennas and distance for the first user alone; constant power has none."""
        return _winners(self.scenario, self.problem, self.map_loss)

    @property
    def problem(self) -> SplitProblem:
        """The problem that the scenario states."""
        return self.model.problem

    @property
    def winner(self) -> str:
        """The best split; the simpler one where the joint split only equals it."""
        value = {name: self._value(s) for name, s in self.solutions.items() if s is not None}
        best = max(value.values())
        return next(name for name in SPLITS if value.get(name, -1.0) >= best * (1.0 - TIE))

    def margin_db(self, split: str) -> float:
        """By how much the winner beats a split in the goal; infinite where it is out of reach."""
        solution = self.solutions[split]
        ahead = self._value(self.chosen)
        value = 0.0 if solution is None else self._value(solution)
        if solution is not None and value == ahead:
            return 0.0
        return 10.0 * float(np.log10(ahead / value)) if value > 0.0 else np.inf

    @property
    def chosen(self) -> SplitSolution:
        """The winner's solution."""
        return next(s for name, s in self.solutions.items() if name == self.winner and s)

    def _value(self, solution: SplitSolution) -> float:
        return solution.capacity if self.goal == "capacity" else 1.0 / solution.crb


def split_report(scenario: SplitScenario, *, question: Question | None = None) -> SplitReport:
    """Solve a scenario at one point of its trade-off and collect what there is to say.

    Parameters
    ----------
    scenario : SplitScenario
    question : Question, optional
        The point; default what the scenario requires, or a capacity loss of 5 %.

    Returns
    -------
    SplitReport

    Raises
    ------
    InfeasibleError
        When not even the joint split reaches the point; says what is in reach.
    """
    model = build_model(split_problem(scenario))
    asked, goal, solve = _point(scenario, model, question or Question())
    solutions: dict[str, SplitSolution | None] = {"joint": solve("joint")}
    for name in ("time", "frequency"):
        try:
            solutions[name] = solve(name)
        except InfeasibleError:
            solutions[name] = None
    exact, bound, bound_pilots, bound_valid = _whole_band(model)
    loss = _asked_loss(scenario, question)
    if goal == "capacity":
        simple = [s for name, s in solutions.items() if s and name != "joint"]
        most = max(s.capacity for s in simple or filter(None, solutions.values()))
        loss = 1.0 - most / full_capacity(model)
    return SplitReport(
        scenario=scenario,
        model=model,
        asked=asked,
        goal=goal,
        solutions={name: solutions[name] for name in SPLITS},
        fronts={name: pareto_front(model, split=name) for name in SPLITS},
        capacity=exact,
        capacity_bound=bound,
        bound_pilots=bound_pilots,
        bound_valid=bound_valid,
        map_loss=float(np.clip(loss, 0.0, 1.0)),
    )


def _asked_loss(scenario: SplitScenario, question: Question | None) -> float:
    if question is not None and question.capacity_loss is not None:
        return question.capacity_loss
    wanted = scenario.requirement
    if wanted is not None and wanted.capacity_loss is not None:
        return wanted.capacity_loss
    return DEFAULT_CAPACITY_LOSS


def _point(
    scenario: SplitScenario, model: SplitModel, question: Question
) -> tuple[str, str, Callable[[str], SplitSolution]]:
    """The chosen point in words, its goal, and how to solve a split for it."""
    stated = scenario.requirement
    unasked = question == Question()
    crb_loss = question.crb_loss
    if unasked and stated is not None:
        crb_loss = stated.crb_loss
    limit: Float | None = None
    words = ""
    if question.position_rmse is not None:
        limit = np.full(model.problem.n_users, question.position_rmse**2)
        words = f"position error of at most {question.position_rmse:g} m"
    elif crb_loss is not None:
        limit = crb_loss * full_crb(model)
        words = f"position bound of at most {crb_loss:g} times the best"
    elif unasked:
        limit = position_variance_limits(scenario)
        words = _limit_in_words(scenario, limit)
    if limit is not None:
        variance = limit
        return (
            words,
            "capacity",
            lambda name: maximise_capacity(model, position_variance_limit=variance, split=name),
        )
    loss = _asked_loss(scenario, question)
    floor = (1.0 - loss) * full_capacity(model)
    return (
        f"capacity loss of at most {100.0 * loss:g} %",
        "crb",
        lambda name: minimise_crb(model, capacity_floor=floor, split=name),
    )


def _limit_in_words(scenario: SplitScenario, limit: Float | None) -> str:
    wanted = scenario.requirement
    if limit is None:
        return ""
    if wanted is not None and wanted.category is not None:
        return (
            f"TS 22.137 {wanted.category}, read {wanted.reading}: position error of at most "
            f"{np.sqrt(limit[0]):.4g} m rms"
        )
    if wanted is not None:
        return f"position error of at most {np.sqrt(limit[0]):g} m"
    return "every user's own limit on the position error"


def _whole_band(model: SplitModel) -> tuple[float, float, float, bool]:
    problem = model.problem
    Lam, q = tangent(
        n_antennas=problem.n_antennas,
        downlink_snr=problem.downlink_snr,
        uplink_snr=problem.uplink_snr,
        power_share=problem.shares,
    )
    bound, tau_P, valid = capacity_bound(
        bandwidth=problem.bandwidth,
        n_comm_symbols=problem.n_symbols,
        n_symbols=problem.n_symbols,
        ceiling=np.sum(Lam),
        pilot_cost=np.sum(q),
        n_users=problem.n_users,
    )
    exact = problem.bandwidth * float(model.bits_by_symbols[-1]) / problem.n_symbols
    return exact, float(bound), float(tau_P), bool(valid)


def _winners(scenario: SplitScenario, problem: SplitProblem, loss: float) -> WinnerMap | None:
    if problem.snr_bookkeeping == "constant_power":
        return None
    centre = float(problem.distance[0])
    distance = centre * np.logspace(-1.0, 1.0, 61)
    if scenario.link is not None:
        low, high = (0.1, 1e9) if scenario.link.path_loss == "free_space" else (10.0, 5000.0)
        distance = np.unique(np.clip(distance, low, high))
    snrs = snrs_at(scenario, distance)
    return winner_map(
        n_antennas=np.arange(2, 66),
        downlink_snr=snrs.downlink,
        uplink_snr=snrs.uplink,
        localization_snr=snrs.localization,
        distance=distance,
        capacity_loss=[loss],
        n_symbols=problem.n_symbols,
        n_elements=problem.n_elements,
        element_bandwidth=problem.element_bandwidth,
        angle=float(problem.angle[0]),
        spacing=problem.spacing,
        waveform_coefficient=problem.waveform_coefficient,
        angle_bound=problem.angle_bound,
        delay_bound=problem.delay_bound,
        snr_bookkeeping=problem.snr_bookkeeping,
    )
