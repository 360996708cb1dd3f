"""Everything a split can reach: the front, its knee, and how its returns diminish."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float, Int
from isacplan.split.candidates import all_choices, worst_crb
from isacplan.split.model import SplitModel, grid_capacity
from isacplan.split.search import full_capacity


@dataclass(frozen=True, kw_only=True, eq=False)
class ParetoFront:
    """Choices of which none is better than another in both capacity and accuracy.

    Parameters
    ----------
    split : {"time", "frequency", "joint"}
    full_capacity : float
        With nothing given to localization [bit/s].
    full_crb : float
        Worst user's bound with everything given to it [m^2].
    capacity : ndarray, shape (P,)
        Falling [bit/s].
    crb : ndarray, shape (P,)
        Worst user's bound, falling [m^2].
    n_elements, n_symbols : ndarray of int, shape (P,)
        What localization is given.
    """

    split: str
    full_capacity: float
    full_crb: float
    capacity: Float
    crb: Float
    n_elements: Int
    n_symbols: Int

    @property
    def capacity_loss(self) -> Float:
        """Part of the full capacity given away, rising."""
        return 1.0 - self.capacity / self.full_capacity

    @property
    def information(self) -> Float:
        """Part of the information in reach that localization gets, rising to one."""
        return self.full_crb / self.crb


def pareto_front(model: SplitModel, *, split: str = "joint") -> ParetoFront:
    """Choices that are not beaten in both capacity and accuracy.

    Parameters
    ----------
    model : SplitModel
    split : {"time", "frequency", "joint"}

    Returns
    -------
    ParetoFront
    """
    n, tau = all_choices(model, split)
    capacity, crb = grid_capacity(model, n, tau), worst_crb(model, n, tau)
    order = np.lexsort((crb, -capacity))
    before = np.minimum.accumulate(np.concatenate([[np.inf], crb[order][:-1]]))
    kept = order[crb[order] < before]
    problem = model.problem
    whole = np.array(problem.n_elements), np.array(problem.n_symbols)
    return ParetoFront(
        split=split,
        full_capacity=full_capacity(model),
        full_crb=float(worst_crb(model, *whole)),
        capacity=capacity[kept],
        crb=crb[kept],
        n_elements=n[kept],
        n_symbols=tau[kept],
    )


def crb_at_loss(front: ParetoFront, capacity_loss: ArrayLike) -> Float:
    """Smallest bound within a capacity loss.

    Parameters
    ----------
    front : ParetoFront
    capacity_loss : array_like, shape (...)
        0 to 1.

    Returns
    -------
    ndarray, shape (...)
        [m^2]; infinite where the loss does not pay for one resource element.
    """
    F = _check.real("capacity_loss", capacity_loss, at_least=0.0, at_most=1.0)
    count = np.asarray(np.searchsorted(front.capacity_loss, F + 1e-12, side="right"))
    return np.concatenate([[np.inf], front.crb])[count]


def knee(front: ParetoFront) -> int | None:
    """Where a front rises highest above even exchange.

    Even exchange is a percent of the information in reach for each percent of capacity. Before
    the knee a percent of capacity buys more than a percent of information, beyond it less. The
    time split has none: it spends pilots first, so its information stays below even exchange.

    Parameters
    ----------
    front : ParetoFront

    Returns
    -------
    int or None
        Index into the front; None where it never rises above even exchange.
    """
    gain = front.information - front.capacity_loss
    best = int(np.argmax(gain))
    return best if gain[best] > 1e-9 else None


def accuracy_per_percent(front: ParetoFront, capacity_loss: ArrayLike) -> Float:
    """Decibels of position bound that the next percent of capacity buys.

    Parameters
    ----------
    front : ParetoFront
    capacity_loss : array_like, shape (...)
        Loss already accepted, 0 to 0.99.

    Returns
    -------
    ndarray, shape (...)
        ``10 log10(CRB(F) / CRB(F + 0.01))`` [dB]; infinite where it buys the first fix, NaN where
        there is none yet.
    """
    F = _check.real("capacity_loss", capacity_loss, at_least=0.0, at_most=0.99)
    with np.errstate(invalid="ignore", divide="ignore"):
        return 10.0 * np.log10(crb_at_loss(front, F) / crb_at_loss(front, F + 0.01))
