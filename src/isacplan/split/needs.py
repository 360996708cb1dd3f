"""Symbols that users need, as a constraint on choices of resource elements."""

from dataclasses import dataclass, replace

import numpy as np

from isacplan._typing import Bool, Float, Int
from isacplan.errors import InfeasibleError
from isacplan.split.choices import Choices
from isacplan.split.measurement import Waveform
from isacplan.split.model import SplitModel
from isacplan.split.requirement import PositionRequirement, meets, needed_symbols
from isacplan.split.rounding import round_down, round_up
from isacplan.split.waveforms import comb_waveform, rectangle_waveform


@dataclass(frozen=True, kw_only=True, eq=False)
class NeededSymbols:
    """Fewest symbols with which a requirement is met, by what localization is given.

    Parameters
    ----------
    rectangles : ndarray, shape (n_B + 1, K)
        With n = 0 .. n_B elements side by side; infinite where no number suffices.
    combs : ndarray, shape (S, K)
        With each comb of the model: those that it has where they suffice, of a divided block the
        fewest.
    """

    rectangles: Float
    combs: Float

    def raise_to(self, model: SplitModel, limit: Float) -> SplitModel:
        """The model whose bounds after one symbol are the symbols needed for limits and these."""
        with np.errstate(invalid="ignore"):  # no element and no limit: inf / inf
            rectangles = np.fmax(model.single_symbol_crb / limit, self.rectangles)
            combs = np.fmax(model.comb_crb / limit, self.combs)
        return replace(model, single_symbol_crb=rectangles, comb_crb=combs)

    def met(self, choices: Choices, split: str) -> Bool:
        """Whether every user measures enough, shape (S,)."""
        needed = self.combs if split == "comb" else self.rectangles[choices.n_elements]
        return np.all(choices.user_symbols >= needed, axis=-1)


def needed_for(model: SplitModel, requirement: PositionRequirement) -> NeededSymbols:
    """Symbols that the users of a model need for a requirement.

    Raises
    ------
    InfeasibleError
        If some user does not reach it with all elements; says what is in reach.
    """
    problem, tau_T = model.problem, model.problem.n_symbols
    sides = rectangle_waveform(problem, np.arange(1, problem.n_elements + 1))
    found = needed_symbols(model.fix, sides, requirement=requirement, n_symbols=tau_T)
    combs = _needed_of_combs(model, requirement)
    least = np.min(np.concatenate([found, combs]), axis=0)
    beyond = np.flatnonzero(np.isinf(least))
    if beyond.size:
        raise _out_of_reach(model, requirement, sides, beyond)
    nothing = np.full((1, problem.n_users), np.inf)
    return NeededSymbols(rectangles=np.concatenate([nothing, found]), combs=combs)


def _needed_of_combs(model: SplitModel, requirement: PositionRequirement) -> Float:
    """A comb has its symbols; only where users share them out does it matter how many they need."""
    family, waveform = model.combs, comb_waveform(model.problem, model.combs)
    if model.comb_dealt is not None:
        tau_T = model.problem.n_symbols
        return needed_symbols(model.fix, waveform, requirement=requirement, n_symbols=tau_T)
    held = np.broadcast_to(family.n_symbols[:, None], model.comb_crb.shape).astype(float)
    met = meets(model.fix, waveform, held, requirement=requirement)
    return np.where(met, held, np.inf)


def _out_of_reach(
    model: SplitModel, requirement: PositionRequirement, sides: Waveform, beyond: Int
) -> InfeasibleError:
    """What all symbols together reach for the first of the users that miss the requirement."""
    user = int(beyond[0])
    held = np.full((len(sides.width), model.problem.n_users), float(model.problem.n_symbols))
    law = model.fix.law(sides, held)
    best = [
        f"an outlier probability of {round_up(float(np.min(law.outlier_probability[:, user])))}"
    ]
    if np.isfinite(requirement.radius):
        within = float(np.max(law.probability_within(requirement.radius)[:, user]))
        best.insert(0, f"a probability of {round_down(100.0 * within)} %")
    who = f"user{'s' * (beyond.size > 1)} {', '.join(map(str, beyond))}"
    return InfeasibleError(
        f"{who}: {requirement.words} is out of reach; all symbols together reach "
        f"{' and '.join(best)}" + (f" for user {user}" if beyond.size > 1 else ""),
        constraint="requirement",
        user=user,
    )


def with_own_crb(model: SplitModel, choices: Choices, split: str) -> Choices:
    """The same choices with the model's position bounds."""
    scale = model.comb_crb if split == "comb" else model.single_symbol_crb[choices.n_elements]
    with np.errstate(divide="ignore"):
        return replace(choices, user_crb=scale / choices.user_symbols)
