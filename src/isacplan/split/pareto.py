"""Everything a split can reach: the front, its knee, and how its returns diminish."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import ArrayLike, Float, Int
from isacplan.split.choices import all_choices, full_capacity, full_crb
from isacplan.split.model import SplitModel

ROUNDING = 1e-12
"""Relative distance within which two values count as one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ParetoFront:
    """Choices of which none is better than another in both capacity and accuracy.

    Parameters
    ----------
    split : {"time", "frequency", "joint", "comb"}
    full_capacity : float
        With nothing given to localization [bit/s].
    full_crb : float
        Worst user's bound with everything given to it [m^2].
    capacity : ndarray, shape (P,)
        Falling [bit/s].
    crb : ndarray, shape (P,)
        Worst user's bound, falling [m^2].
    n_elements, n_symbols : ndarray of int, shape (P,)
        What localization is given, from first to last.
    spacing, n_offsets : ndarray of int, shape (P,)
        Every how-manieth sub-carrier of it, and how many offsets a comb visits.
    """

    split: str
    full_capacity: float
    full_crb: float
    capacity: Float
    crb: Float
    n_elements: Int
    n_symbols: Int
    spacing: Int
    n_offsets: Int

    @property
    def capacity_loss(self) -> Float:
        """Part of the full capacity given away, rising."""
        return 1.0 - self.capacity / self.full_capacity

    @property
    def information(self) -> Float:
        """Part of the information in reach that localization gets, rising to one."""
        return self.full_crb / self.crb


@few_threads()
def pareto_front(model: SplitModel, *, split: str = "joint") -> ParetoFront:
    """Choices that are not beaten in both capacity and accuracy.

    Parameters
    ----------
    model : SplitModel
    split : {"time", "frequency", "joint", "comb"}

    Returns
    -------
    ParetoFront
    """
    every = all_choices(model, split)
    order = np.lexsort((every.crb, -every.capacity))
    crb = every.crb[order]
    before = np.minimum.accumulate(np.concatenate([[np.inf], crb[:-1]]))
    kept = every[order[crb < before * (1.0 - ROUNDING)]]
    # Of two with the same capacity up to rounding, the later has the smaller bound.
    last = np.ones(kept.size, dtype=bool)
    last[:-1] = kept.capacity[1:] < kept.capacity[:-1] * (1.0 - ROUNDING)
    kept = kept[last]
    return ParetoFront(
        split=split,
        full_capacity=full_capacity(model),
        full_crb=float(np.max(full_crb(model))),
        capacity=kept.capacity,
        crb=kept.crb,
        n_elements=kept.n_elements,
        n_symbols=kept.n_symbols,
        spacing=kept.spacing,
        n_offsets=kept.n_offsets,
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
        Index into the front; None where it never rises above even exchange, or is empty.
    """
    gain = front.information - front.capacity_loss
    if gain.size == 0:
        return None
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
