"""Choices among which an optimum is, and why.

For the joint split one axis of the grid is searched instead of both. Two problems have no such
structure and all ``n_B tau_T`` choices are compared: under constant power, where communication
gains power from localization's symbols, and a weighted goal over a divided block.
"""

from collections.abc import Callable

import numpy as np

from isacplan._typing import Float, Int
from isacplan.split.choices import Choices, all_choices, rectangles
from isacplan.split.concave import concave_argmax
from isacplan.split.model import SplitModel

SLACK = 1e-12
"""Relative distance within which a constraint counts as met."""


def score(choices: Choices, weight: float) -> Float:
    """Logarithm of the weighted goal, minus infinity where either side has nothing."""
    with np.errstate(divide="ignore"):
        capacity = np.log(np.maximum(choices.capacity, 0.0))
        return (1.0 - weight) * capacity - weight * np.log(choices.crb)


def candidates(
    model: SplitModel, split: str, structured: Callable[[], tuple[Int, Int]] | None
) -> tuple[Choices, bool]:
    """Choices among which an optimum is, and whether those are all there are."""
    if split == "joint" and structured and model.problem.snr_bookkeeping != "constant_power":
        return rectangles(model, *structured()), False
    return all_choices(model, split), True


def least_symbols(model: SplitModel, limit: Float) -> tuple[Int, Int]:
    """For each n, the fewest symbols that meet the limits.

    The bound is ``s_k(n) / tau``, so ``tau = max_k ceil(s_k / limit_k)``; of a divided block every
    user needs its own, so the sum. With n fixed capacity never rises with tau (communication
    loses a symbol in n elements), hence no other tau is better.
    """
    n = np.arange(1, model.problem.n_elements + 1)
    needed = np.ceil(model.single_symbol_crb[1:] / limit * (1.0 - SLACK))
    needed = np.maximum(needed, 1.0)
    tau = np.max(needed, axis=-1) if model.dealt is None else np.sum(needed, axis=-1)
    fits = tau <= model.problem.n_symbols
    return n[fits], tau[fits].astype(np.int64)


def most_symbols(model: SplitModel, floor: float) -> tuple[Int, Int]:
    """For each n, the most symbols that leave the capacity.

    Capacity is ``b/tau_T ((n_B - n) f(tau_T) + n f(tau_T - tau))`` with f never falling: the least
    tau_C that leaves enough is a sorted search. With n fixed the worst bound never rises with
    tau, hence no other tau is better.
    """
    problem, f = model.problem, model.bits_by_symbols
    n = np.arange(1, problem.n_elements + 1)
    wanted = floor * problem.n_symbols / problem.element_bandwidth
    needed = (wanted - (problem.n_elements - n) * f[-1]) / n
    tau_C = np.asarray(np.searchsorted(f, needed - SLACK * wanted / n), dtype=np.int64)
    tau = problem.n_symbols - tau_C
    fits = tau >= 1
    return n[fits], tau[fits]


def best_elements(model: SplitModel, weight: float) -> tuple[Int, Int]:
    """For each tau, the best number of elements for a weighted goal over a shared block.

    With tau fixed capacity is linear in n, so its logarithm is concave. Each user's information
    is ``n^(2+k) / (A n^2 + D')`` with k = 0 or 1: the logarithm's second derivative is at most
    ``-2/n^2 + 2 A^2 n^2 / (A n^2 + D')^2 <= 0``; the least of concave functions is concave too.
    """
    tau = np.arange(1, model.problem.n_symbols + 1)
    n = concave_argmax(
        lambda n: score(rectangles(model, n, tau), weight),
        np.ones_like(tau),
        model.problem.n_elements,
    )
    return n, tau
