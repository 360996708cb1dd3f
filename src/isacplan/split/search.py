"""The best choice of resource elements for localization, exactly, on the integer grid.

Each function takes few candidates of which one is provably optimal (`isacplan.split.candidates`
says why), evaluates those and takes the best. Constraints count as met within a relative 1e-12,
ties go to the better value of the other goal.
"""

from dataclasses import replace

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import ArrayLike, Bool, Float
from isacplan.errors import InfeasibleError
from isacplan.split.candidates import (
    SLACK,
    best_elements,
    candidates,
    least_symbols,
    most_symbols,
    score,
)
from isacplan.split.choices import Choices, all_choices, rectangles, solution
from isacplan.split.localization import minimax_symbols
from isacplan.split.model import SplitModel, deal_combs
from isacplan.split.needs import NeededSymbols, with_own_crb
from isacplan.split.problem import SPLITS, limits_per_user
from isacplan.split.reach import out_of_reach
from isacplan.split.rounding import round_down, round_up
from isacplan.split.solution import SplitSolution


@few_threads()
def maximise_capacity(
    model: SplitModel,
    *,
    position_variance_limit: ArrayLike = np.inf,
    needed: NeededSymbols | None = None,
    split: str = "joint",
) -> SplitSolution:
    """Most capacity with every user's squared position error within its limit.

    Parameters
    ----------
    model : SplitModel
    position_variance_limit : array_like, shape () or (K,)
        [m^2]; infinity for a user who need not be localized better than at all.
    needed : NeededSymbols, optional
        Symbols that each user must measure.
    split : {"time", "frequency", "joint", "comb"}

    Returns
    -------
    SplitSolution

    Raises
    ------
    InfeasibleError
        If some user's limit is out of reach with all elements; names it and what is in reach.
    """
    limit = limits_per_user(model.problem, position_variance_limit)
    if split != "comb":  # which may have more energy than all elements, or fewer choices
        _check_reach(model, limit)
    wanted = model
    if needed is not None:
        # Limits and needs are both numbers of symbols: a bound after one symbol, over its limit.
        wanted, limit = needed.raise_to(model, limit), np.ones(model.problem.n_users)
    if model.dealt is not None:
        dealt = _dealt_by_need(wanted, limit)
        wanted = dealt
        model = replace(model, dealt=dealt.dealt, comb_dealt=dealt.comb_dealt)
    found, exhaustive = candidates(wanted, split, lambda: least_symbols(wanted, limit))
    met = np.all(found.user_crb <= limit * (1.0 + SLACK), axis=-1)
    if needed is not None:
        if not np.any(met) and not np.any(needed.met(found, split)):
            raise out_of_reach(model, needed.requirement, (split,))
        found = with_own_crb(model, found, split)
    _check_any(met, found, split, limits_per_user(model.problem, position_variance_limit))
    return _best(model, split, found, met=met, goal="capacity", exhaustive=exhaustive)


@few_threads()
def minimise_crb(
    model: SplitModel,
    *,
    capacity_floor: float,
    needed: NeededSymbols | None = None,
    split: str = "joint",
) -> SplitSolution:
    """Smallest worst position bound of any user that leaves a sum capacity.

    Parameters
    ----------
    model : SplitModel
    capacity_floor : float
        [bit/s]
    needed : NeededSymbols, optional
        Symbols that each user must measure.
    split : {"time", "frequency", "joint", "comb"}

    Returns
    -------
    SplitSolution

    Raises
    ------
    InfeasibleError
        If no choice that localizes every user leaves that capacity; says how much is in reach.
    """
    floor = float(_check.real("capacity_floor", capacity_floor, at_least=0.0))
    if needed is not None:
        model = needed.dealt_first(model)

    def keeps(choices: Choices) -> Bool:
        localized = np.isfinite(choices.crb)
        return localized if needed is None else localized & needed.met(choices, split)

    found, exhaustive = candidates(model, split, lambda: most_symbols(model, floor))
    met = (found.capacity >= floor * (1.0 - SLACK)) & keeps(found)
    if not np.any(met):
        every = all_choices(model, split)
        most = float(np.max(every.capacity[keeps(every)], initial=-np.inf))
        raise _too_high(model, split, floor, most, needed)
    return _best(model, split, found, met=met, goal="crb", exhaustive=exhaustive)


def _too_high(
    model: SplitModel, split: str, floor: float, most: float, needed: NeededSymbols | None
) -> InfeasibleError:
    """Why a split does not leave a capacity, most being what it does [bit/s]."""
    if most < 0.0 and needed is not None:
        return out_of_reach(model, needed.requirement, (split,))
    if most < 0.0:
        return InfeasibleError(
            f"the {split} split cannot localize: no comb is unambiguous in the window of ranges",
            constraint="range_window",
        )
    task = "localize" if needed is None else f"keep {needed.requirement.words}"
    return InfeasibleError(
        f"the {split} split cannot {task} and leave {floor / 1e6:.6g} Mbit/s: at most "
        f"{round_down(most / 1e6, 6)} Mbit/s are in reach",
        constraint="capacity_floor",
        feasible_value=most,
    )


@few_threads()
def balance(model: SplitModel, *, accuracy_weight: float, split: str = "joint") -> SplitSolution:
    """Largest weighted geometric mean of accuracy and capacity, ``C^(1-v) / CRB^v``.

    A sum of shares would not do: capacity is convex in tau (a maximum of lines), so it never
    prefers anything between all and nothing in the time split.

    Parameters
    ----------
    model : SplitModel
    accuracy_weight : float
        v, between 0 and 1, both excluded.
    split : {"time", "frequency", "joint", "comb"}

    Returns
    -------
    SplitSolution

    Raises
    ------
    InfeasibleError
        If every choice that localizes all users leaves no capacity.
    """
    v = float(_check.real("accuracy_weight", accuracy_weight, above=0.0))
    if v >= 1.0:
        raise ValueError(f"accuracy_weight must be below 1, got {v:g}")
    divided = model.dealt is not None
    found, exhaustive = candidates(
        model, split, None if divided else lambda: best_elements(model, v)
    )
    met = np.isfinite(score(found, v))
    if not np.any(met):
        raise InfeasibleError(
            f"the {split} split cannot localize and communicate at once: too few symbols or bands",
            constraint="accuracy_weight",
        )
    return _best(model, split, found, met=met, goal="balance", weight=v, exhaustive=exhaustive)


def evaluate(model: SplitModel, *, n_elements: int, n_symbols: int, split: str) -> SplitSolution:
    """One given choice as a solution.

    Parameters
    ----------
    model : SplitModel
    n_elements, n_symbols : int
        n and tau, 0 to n_B and 0 to tau_T.
    split : {"time", "frequency", "joint", "comb"}
        Under which heading it goes.

    Returns
    -------
    SplitSolution
    """
    _check.choice("split", split, SPLITS)
    n = _check.integer("n_elements", n_elements, at_least=0)
    tau = _check.integer("n_symbols", n_symbols, at_least=0)
    if n > model.problem.n_elements or tau > model.problem.n_symbols:
        raise ValueError(
            f"n_elements and n_symbols must be at most {model.problem.n_elements} and "
            f"{model.problem.n_symbols}, got {n} and {tau}"
        )
    choice = rectangles(model, np.array([n]), np.array([tau]))
    return solution(model, split, choice, n_evaluated=1, exhaustive=False)


def _dealt_by_need(model: SplitModel, limit: Float) -> SplitModel:
    """The model with the symbols of a divided block dealt by what each user still needs."""
    with np.errstate(invalid="ignore"):  # no element and no limit: inf / inf
        need = model.single_symbol_crb / limit
    return replace(
        model,
        dealt=minimax_symbols(need, model.problem.n_symbols),
        comb_dealt=deal_combs(model.problem, model.combs, model.comb_crb / limit),
    )


def _check_reach(model: SplitModel, limit: Float) -> None:
    problem = model.problem
    scale = model.single_symbol_crb[-1]
    if model.dealt is None:
        held = np.full(problem.n_users, problem.n_symbols)
    else:
        held = minimax_symbols(scale / limit, problem.n_symbols)[-1]
    excess = scale / held / limit
    beyond = np.flatnonzero(excess > 1.0 + SLACK)
    if beyond.size == 0:
        return
    reach = np.sqrt(scale / held)
    wanted = ", ".join(f"{x:.4g} m" for x in np.sqrt(limit[beyond]))
    best = ", ".join(f"{round_up(float(x))} m" for x in reach[beyond])
    counts = ", ".join(str(count) for count in held[beyond])
    several = beyond.size > 1
    who = f"users {', '.join(map(str, beyond))}" if several else f"user {beyond[0]}"
    divided = "" if model.dealt is None else f" in {counts} of the symbols" + several * " each"
    error = "position errors" if several else "a position error"
    worst = int(np.argmax(excess))
    raise InfeasibleError(
        f"{who}: {error} of {wanted} {'are' if several else 'is'} out of reach; all resources "
        f"together reach {best}{divided}",
        constraint="position_rmse",
        user=worst,
        feasible_value=float(reach[worst]),
    )


def _check_any(met: Bool, choices: Choices, split: str, limit: Float) -> None:
    """That some choice of a split meets the limits; the comb may not where all elements do."""
    if np.any(met):
        return
    wanted = np.isfinite(limit)
    excess = choices.user_crb[:, wanted] / limit[wanted]
    nearest = np.min(np.max(excess, axis=-1), initial=np.inf)
    hint = "; no comb is unambiguous in the window of ranges"
    if np.isfinite(nearest):
        hint = f"; errors {round_up(float(np.sqrt(nearest)))} times as large are in its reach"
    raise InfeasibleError(
        f"the {split} split cannot keep every user's position error{hint}",
        constraint="position_rmse",
    )


def _best(
    model: SplitModel,
    split: str,
    choices: Choices,
    *,
    met: Bool,
    goal: str,
    exhaustive: bool,
    weight: float = 0.0,
) -> SplitSolution:
    left = choices[met]
    with np.errstate(divide="ignore"):
        capacity, accuracy = np.log(left.capacity), -np.log(left.crb)
    if goal == "capacity":
        first, second = capacity, accuracy
    elif goal == "crb":
        first, second = accuracy, capacity
    else:
        first, second = score(left, weight), capacity
    tied = np.flatnonzero(first >= np.max(first) - SLACK)
    chosen = tied[np.argmax(second[tied])]
    return solution(
        model, split, left[np.array([chosen])], n_evaluated=choices.size, exhaustive=exhaustive
    )
