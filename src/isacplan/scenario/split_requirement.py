"""What a split scenario requires of positions as a probability, and how it constrains a design."""

import numpy as np

from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.scenario.requirements import accuracy_requirements
from isacplan.scenario.split import SplitScenario
from isacplan.split import PositionRequirement, SplitModel
from isacplan.split.rounding import round_up
from isacplan.split.waveforms import rectangle_waveform


def position_requirement(scenario: SplitScenario) -> PositionRequirement | None:
    """What a scenario requires of positions as a probability; None where it does not."""
    wanted = scenario.requirement
    if wanted is None:
        return None
    outliers = 1.0 if wanted.outlier_probability is None else wanted.outlier_probability
    if wanted.category is not None:
        asked = accuracy_requirements()[wanted.category]
        return PositionRequirement(
            radius=asked.horizontal_accuracy_m,
            confidence=asked.confidence,
            outlier_probability=outliers,
        )
    if wanted.accuracy_m is not None:
        return PositionRequirement(
            radius=wanted.accuracy_m,
            confidence=0.95 if wanted.confidence is None else wanted.confidence,
            outlier_probability=outliers,
        )
    if wanted.outlier_probability is None:
        return None
    return PositionRequirement(outlier_probability=outliers)


def constraint(scenario: SplitScenario, *, asked: bool) -> PositionRequirement | None:
    """What constrains the design: a question asked replaces the accuracy, not the outliers' limit.

    Parameters
    ----------
    scenario : SplitScenario
    asked : bool
        Whether another point of the trade-off is asked for.

    Returns
    -------
    PositionRequirement or None
    """
    wanted, stated = position_requirement(scenario), scenario.requirement
    if wanted is None or stated is None:
        return None
    if not asked and stated.reading == "probability":
        return wanted
    if wanted.outlier_probability == 1.0:
        return None
    return PositionRequirement(outlier_probability=wanted.outlier_probability)


def constraint_in_words(scenario: SplitScenario, required: PositionRequirement) -> str:
    """The requirement with the standard that it comes from."""
    stated = scenario.requirement
    if stated is None or stated.category is None or np.isinf(required.radius):
        return required.words
    asked = accuracy_requirements()[stated.category]
    return f"{asked.standard} {stated.category}, {required.words}"


def without_bias(limit: Float | None, model: SplitModel) -> Float | None:
    """What limits on squared errors leave to the bound beside the bias of paths [m^2]."""
    fix = model.fix
    if limit is None or not fix.range_bias:
        return limit
    n_B, tau_T = model.problem.n_elements, model.problem.n_symbols
    law = fix.law(rectangle_waveform(model.problem, [n_B]), np.full((1, len(limit)), float(tau_T)))
    square = np.sum(law.bias[0] ** 2, axis=-1)
    beyond = np.flatnonzero(square >= limit)
    if beyond.size:
        raise InfeasibleError(
            f"user {beyond[0]}: a position error of {np.sqrt(limit[beyond[0]]):.4g} m is out of "
            f"reach; the bias of paths without line of sight alone moves it by "
            f"{round_up(float(np.sqrt(square[beyond[0]])))} m",
            constraint="position_rmse",
            user=int(beyond[0]),
        )
    return limit - square
