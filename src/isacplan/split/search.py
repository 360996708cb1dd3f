"""The best choice of resource elements for localization, exactly, on the integer grid.

Each function takes few candidates of which one is provably optimal (`isacplan.split.candidates`
says why), evaluates those and takes the best. Constraints count as met within a relative 1e-12,
ties go to the better value of the other goal.
"""

from dataclasses import replace

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Bool, Float, Int
from isacplan.errors import InfeasibleError
from isacplan.split.candidates import (
    SLACK,
    all_choices,
    best_elements,
    candidates,
    least_symbols,
    most_symbols,
    score,
    worst_crb,
)
from isacplan.split.localization import minimax_symbols
from isacplan.split.model import (
    SplitModel,
    data_parts,
    grid_capacity,
    pilots,
    user_capacities,
    user_crb,
    user_symbols,
)
from isacplan.split.problem import SPLITS, SplitSolution, limits_per_user


def maximise_capacity(
    model: SplitModel, *, position_variance_limit: ArrayLike, split: str = "joint"
) -> SplitSolution:
    """Most capacity with every user's squared position error within its limit.

    Parameters
    ----------
    model : SplitModel
    position_variance_limit : array_like, shape () or (K,)
        [m^2]; infinity for a user who need not be localized better than at all.
    split : {"time", "frequency", "joint"}

    Returns
    -------
    SplitSolution

    Raises
    ------
    InfeasibleError
        If some user's limit is out of reach with all elements; names it and what is in reach.
    """
    limit = limits_per_user(model.problem, position_variance_limit)
    _check_reach(model, limit)
    if model.dealt is not None:
        model = replace(model, dealt=_dealt_by_need(model, limit))
    n, tau, exhaustive = candidates(model, split, lambda: least_symbols(model, limit))
    met = np.all(user_crb(model, n, tau) <= limit * (1.0 + SLACK), axis=-1)
    return _best(model, split, n, tau, met=met, goal="capacity", exhaustive=exhaustive)


def minimise_crb(
    model: SplitModel, *, capacity_floor: float, split: str = "joint"
) -> SplitSolution:
    """Smallest worst position bound of any user that leaves a sum capacity.

    Parameters
    ----------
    model : SplitModel
    capacity_floor : float
        [bit/s]
    split : {"time", "frequency", "joint"}

    Returns
    -------
    SplitSolution

    Raises
    ------
    InfeasibleError
        If no choice that localizes every user leaves that capacity; says how much is in reach.
    """
    floor = float(_check.real("capacity_floor", capacity_floor, at_least=0.0))
    n, tau, exhaustive = candidates(model, split, lambda: most_symbols(model, floor))
    capacities = grid_capacity(model, n, tau)
    met = (capacities >= floor * (1.0 - SLACK)) & np.isfinite(worst_crb(model, n, tau))
    if not np.any(met):
        every_n, every_tau = all_choices(model, split)
        localizes = np.isfinite(worst_crb(model, every_n, every_tau))
        most = np.max(grid_capacity(model, every_n, every_tau)[localizes])
        raise InfeasibleError(
            f"the {split} split cannot localize and leave {floor / 1e6:.6g} Mbit/s: at most "
            f"{most / 1e6:.6g} Mbit/s are in reach",
            constraint="capacity_floor",
            feasible_value=float(most),
        )
    return _best(model, split, n, tau, met=met, goal="crb", exhaustive=exhaustive)


def balance(model: SplitModel, *, accuracy_weight: float, split: str = "joint") -> SplitSolution:
    """Largest weighted geometric mean of accuracy and capacity, ``C^(1-v) / CRB^v``.

    A sum of shares would not do: capacity is convex in tau (a maximum of lines), so it never
    prefers anything between all and nothing in the time split.

    Parameters
    ----------
    model : SplitModel
    accuracy_weight : float
        v, between 0 and 1, both excluded.
    split : {"time", "frequency", "joint"}

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
    n, tau, exhaustive = candidates(
        model, split, None if divided else lambda: best_elements(model, v)
    )
    met = np.isfinite(score(model, n, tau, v))
    if not np.any(met):
        raise InfeasibleError(
            f"the {split} split cannot localize and communicate at once: too few symbols or bands",
            constraint="accuracy_weight",
        )
    return _best(model, split, n, tau, met=met, goal="balance", weight=v, exhaustive=exhaustive)


def evaluate(model: SplitModel, *, n_elements: int, n_symbols: int, split: str) -> SplitSolution:
    """One given choice as a solution.

    Parameters
    ----------
    model : SplitModel
    n_elements, n_symbols : int
        n and tau, 0 to n_B and 0 to tau_T.
    split : {"time", "frequency", "joint"}
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
    return _solution(model, split, n, tau, n_evaluated=1, exhaustive=False)


def full_capacity(model: SplitModel) -> float:
    """Sum capacity with nothing given to localization [bit/s]."""
    return float(grid_capacity(model, 0, 0))


def full_crb(model: SplitModel) -> Float:
    """Position bound of each user with everything given to localization, shape (K,) [m^2]."""
    return user_crb(model, model.problem.n_elements, model.problem.n_symbols)


def _dealt_by_need(model: SplitModel, limit: Float) -> Int:
    with np.errstate(invalid="ignore"):  # no element and no limit: inf / inf
        need = model.single_symbol_crb / limit
    return minimax_symbols(need, model.problem.n_symbols)


def _check_reach(model: SplitModel, limit: Float) -> None:
    problem = model.problem
    scale = model.single_symbol_crb[-1]
    if model.dealt is None:
        held = np.full(problem.n_users, problem.n_symbols)
    else:
        held = minimax_symbols(scale / limit, problem.n_symbols)[-1]
    excess = scale / held / limit
    user = int(np.argmax(excess))
    if excess[user] <= 1.0 + SLACK:
        return
    wanted, best = float(np.sqrt(limit[user])), float(np.sqrt(scale[user] / held[user]))
    divided = f", of which the user gets {held[user]} symbols" if model.dealt is not None else ""
    raise InfeasibleError(
        f"user {user}: a position error of {wanted:.4g} m is out of reach; all resources "
        f"together{divided} reach {best:.4g} m",
        constraint="position_rmse",
        user=user,
        feasible_value=best,
    )


def _best(
    model: SplitModel,
    split: str,
    n: Int,
    tau: Int,
    *,
    met: Bool,
    goal: str,
    exhaustive: bool,
    weight: float = 0.0,
) -> SplitSolution:
    n_candidates = n.size
    n, tau = n[met], tau[met]
    with np.errstate(divide="ignore"):
        capacity, accuracy = np.log(grid_capacity(model, n, tau)), -np.log(worst_crb(model, n, tau))
    if goal == "capacity":
        first, second = capacity, accuracy
    elif goal == "crb":
        first, second = accuracy, capacity
    else:
        first, second = score(model, n, tau, weight), capacity
    tied = first >= np.max(first) - SLACK
    chosen = int(np.flatnonzero(tied)[np.argmax(second[tied])])
    return _solution(
        model,
        split,
        int(n[chosen]),
        int(tau[chosen]),
        n_evaluated=n_candidates,
        exhaustive=exhaustive,
    )


def _solution(
    model: SplitModel, split: str, n: int, tau: int, *, n_evaluated: int, exhaustive: bool
) -> SplitSolution:
    crb = user_crb(model, n, tau)
    beside, within = pilots(model, n, tau)
    data = data_parts(model, n, tau)
    return SplitSolution(
        split=split,
        n_elements=n,
        n_symbols=tau,
        localization_bandwidth=n * model.problem.element_bandwidth,
        capacity=float(grid_capacity(model, n, tau)),
        user_capacities=user_capacities(model.problem, data),
        crb=float(np.max(crb)),
        user_crb=crb,
        user_symbols=user_symbols(model, n, tau),
        pilots_beside=beside,
        pilots_within=within,
        data=data,
        n_evaluated=n_evaluated,
        exhaustive=exhaustive,
    )
