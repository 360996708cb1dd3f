"""Symbols that users need, as a constraint on choices of resource elements."""

from dataclasses import dataclass, replace

import numpy as np

from isacplan._typing import Bool, Float
from isacplan.split.choices import Choices
from isacplan.split.localization import minimax_symbols
from isacplan.split.model import SplitModel, deal_combs
from isacplan.split.requirement import PositionRequirement, meets, needed_symbols
from isacplan.split.waveforms import comb_waveform, rectangle_waveform


@dataclass(frozen=True, kw_only=True, eq=False)
class NeededSymbols:
    """Fewest symbols with which a requirement is met, by what localization is given.

    Parameters
    ----------
    requirement : PositionRequirement
    rectangles : ndarray, shape (n_B + 1, K)
        With n = 0 .. n_B elements side by side; infinite where no number suffices.
    combs : ndarray, shape (S, K)
        With each comb of the model: those that it has where they suffice, of a divided block the
        fewest.
    """

    requirement: PositionRequirement
    rectangles: Float
    combs: Float

    def raise_to(self, model: SplitModel, limit: Float) -> SplitModel:
        """The model whose bounds after one symbol are the symbols needed for limits and these."""
        with np.errstate(invalid="ignore"):  # no element and no limit: inf / inf
            rectangles = np.fmax(model.single_symbol_crb / limit, self.rectangles)
            combs = np.fmax(model.comb_crb / limit, self.combs)
        return replace(model, single_symbol_crb=rectangles, comb_crb=combs)

    def dealt_first(self, model: SplitModel) -> SplitModel:
        """The model whose divided block gives users what they need before the rest is dealt."""
        if model.dealt is None:
            return model
        problem, tau_T = model.problem, model.problem.n_symbols
        scale, crb = model.single_symbol_crb, model.comb_crb
        return replace(
            model,
            dealt=minimax_symbols(scale, tau_T, least=self.rectangles),
            comb_dealt=deal_combs(problem, model.combs, crb, least=self.combs),
        )

    def within_reach(self, model: SplitModel, split: str) -> bool:
        """Whether any choice of a split suffices, were there no other limits."""
        needed, most = self.combs, model.combs.n_symbols.astype(float)
        if split != "comb":
            needed = self.rectangles[-1:] if split == "time" else self.rectangles
            most = np.full(len(needed), float(model.problem.n_symbols))
        symbols = np.max(needed, axis=-1) if model.dealt is None else np.sum(needed, axis=-1)
        return bool(np.any(symbols <= most))

    def met(self, choices: Choices, split: str) -> Bool:
        """Whether every user measures enough, shape (S,)."""
        needed = self.combs if split == "comb" else self.rectangles[choices.n_elements]
        return np.all(choices.user_symbols >= needed, axis=-1)


def needed_for(model: SplitModel, requirement: PositionRequirement) -> NeededSymbols:
    """Symbols that the users of a model need for a requirement."""
    problem, tau_T = model.problem, model.problem.n_symbols
    sides = rectangle_waveform(problem, np.arange(1, problem.n_elements + 1))
    found = needed_symbols(model.fix, sides, requirement=requirement, n_symbols=tau_T)
    nothing = np.full((1, problem.n_users), np.inf)
    return NeededSymbols(
        requirement=requirement,
        rectangles=np.concatenate([nothing, found]),
        combs=_needed_of_combs(model, requirement),
    )


def _needed_of_combs(model: SplitModel, requirement: PositionRequirement) -> Float:
    """A comb has its symbols; only where users share them out does it matter how many they need."""
    family, waveform = model.combs, comb_waveform(model.problem, model.combs)
    if model.comb_dealt is not None:
        tau_T = model.problem.n_symbols
        return needed_symbols(model.fix, waveform, requirement=requirement, n_symbols=tau_T)
    held = np.broadcast_to(family.n_symbols[:, None], model.comb_crb.shape).astype(float)
    met = meets(model.fix, waveform, held, requirement=requirement)
    return np.where(met, held, np.inf)


def with_own_crb(model: SplitModel, choices: Choices, split: str) -> Choices:
    """The same choices with the model's position bounds."""
    scale = model.comb_crb if split == "comb" else model.single_symbol_crb[choices.n_elements]
    with np.errstate(divide="ignore"):
        return replace(choices, user_crb=scale / choices.user_symbols)
