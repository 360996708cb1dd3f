"""What a split scenario requires of positions, and how it constrains a design."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.scenario.requirements import accuracy_requirements
from isacplan.scenario.split import MAX_RMSE, MIN_RMSE, SplitScenario
from isacplan.scenario.split_build import position_variance_limits
from isacplan.split import PositionRequirement, SplitModel, evaluate, full_crb
from isacplan.split.waveforms import error_law

OVER_BOUND = 2.0
"""How far above its allowed bound a mean squared error may be, outliers included, where a ratio of
bounds is asked for: an estimator that errs by more is below its threshold."""


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
class Wanted:
    """What constrains the positions of a design.

    Parameters
    ----------
    position : PositionRequirement or None
        Of the errors.
    bound : ndarray, shape (K,), or None
        Largest bounds [m^2].
    words : str
    """

    position: PositionRequirement | None
    bound: Float | None = None
    words: str = ""


def position_requirement(scenario: SplitScenario) -> PositionRequirement | None:
    """What a scenario requires of positions; None where it does not."""
    stated = scenario.requirement
    outliers = _outliers(scenario)
    if stated is not None and stated.category is not None:
        asked = accuracy_requirements()[stated.category]
        return PositionRequirement(
            radius=asked.horizontal_accuracy_m,
            confidence=asked.confidence,
            outlier_probability=outliers,
        )
    if stated is not None and stated.accuracy_m is not None:
        return PositionRequirement(
            radius=stated.accuracy_m,
            confidence=0.95 if stated.confidence is None else stated.confidence,
            outlier_probability=outliers,
        )
    limits = position_variance_limits(scenario)
    if limits is not None:
        return PositionRequirement(mean_square=_one(limits), outlier_probability=outliers)
    return PositionRequirement(outlier_probability=outliers) if outliers < 1.0 else None


def wanted(scenario: SplitScenario, model: SplitModel, question: Question) -> Wanted:
    """What constrains the design: a question asked replaces the accuracy, not the outliers' limit.

    Parameters
    ----------
    scenario : SplitScenario
    model : SplitModel
        Of its problem.
    question : Question
        The point of the trade-off; empty for the scenario's own.

    Returns
    -------
    Wanted
    """
    stated, outliers = scenario.requirement, _outliers(scenario)
    own = stated if question == Question() else None
    if question.position_rmse is not None:
        limit = question.position_rmse**2
        return _required(PositionRequirement(mean_square=limit, outlier_probability=outliers))
    loss = question.crb_loss if own is None else own.crb_loss
    if loss is not None:
        return _within_loss(model, loss, outliers)
    if question != Question() or (own is not None and own.capacity_loss is not None):
        return _required(PositionRequirement(outlier_probability=outliers))
    return _of_errors(scenario, outliers)


def _of_errors(scenario: SplitScenario, outliers: float) -> Wanted:
    """What a scenario that asks for accuracy wants of errors, with the standard that says so."""
    stated, required = scenario.requirement, position_requirement(scenario)
    if required is None or stated is None or stated.category is None:
        return _required(required)
    name = f"{accuracy_requirements()[stated.category].standard} {stated.category}, "
    limits = position_variance_limits(scenario)
    if limits is None:
        return _required(required, name)
    square = PositionRequirement(mean_square=_one(limits), outlier_probability=outliers)
    return _required(square, f"{name}read {stated.reading}: ")


def _required(position: PositionRequirement | None, source: str = "") -> Wanted:
    if position is None or not (position.limits_errors or position.outlier_probability < 1.0):
        return Wanted(position=None)
    return Wanted(position=position, words=source + position.words)


def _within_loss(model: SplitModel, loss: float, outliers: float) -> Wanted:
    """A ratio of bounds, which means something where errors are near them."""
    problem, best = model.problem, full_crb(model)
    everything = evaluate(
        model, n_elements=problem.n_elements, n_symbols=problem.n_symbols, split="joint"
    )
    square = error_law(model.fix, problem, everything).mean_square
    position = PositionRequirement(
        mean_square=loss * np.maximum(OVER_BOUND * best, square), outlier_probability=outliers
    )
    words = f"position bound of at most {loss:g} times the best"
    if outliers < 1.0:
        words += f" and an outlier probability of at most {outliers:g}"
    return Wanted(position=position, bound=loss * best, words=words)


def _outliers(scenario: SplitScenario) -> float:
    """Largest probability of an outlier that a scenario allows."""
    stated = scenario.requirement
    limit = None if stated is None else stated.outlier_probability
    return 1.0 if limit is None else limit


def _one(limits: Float) -> Float | float:
    """One number for limits that are all the same."""
    return float(limits[0]) if np.all(limits == limits[0]) else limits
