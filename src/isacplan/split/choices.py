"""What localization may be given, with what it yields."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Float, Int
from isacplan.split.boost import boosted_pilots
from isacplan.split.model import (
    SplitModel,
    comb_capacity,
    comb_symbols,
    grid_capacity,
    user_capacities,
    user_crb,
    user_symbols,
)
from isacplan.split.problem import SPLITS
from isacplan.split.solution import DataPart, SplitSolution
from isacplan.split.waveforms import tone_variance
from isacplan.units import SPEED_OF_LIGHT


@dataclass(frozen=True, kw_only=True, eq=False)
class Choices:
    """Sets of resource elements for localization, one an entry.

    Parameters
    ----------
    n_elements, n_symbols : ndarray of int, shape (S,)
        Elements from first to last, and symbols.
    spacing, n_offsets : ndarray of int, shape (S,)
        Every how-manieth sub-carrier of these, and how many offsets a comb visits.
    capacity : ndarray, shape (S,)
        [bit/s]
    user_crb : ndarray, shape (S, K)
        [m^2]
    user_symbols : ndarray of int, shape (S, K)
    """

    n_elements: Int
    n_symbols: Int
    spacing: Int
    n_offsets: Int
    capacity: Float
    user_crb: Float
    user_symbols: Int

    @property
    def size(self) -> int:
        """Number of choices S."""
        return len(self.capacity)

    @cached_property
    def crb(self) -> Float:
        """Largest position bound of any user, shape (S,) [m^2]."""
        return np.max(self.user_crb, axis=-1)

    def __getitem__(self, at: np.ndarray) -> "Choices":
        return replace(self, **{part.name: getattr(self, part.name)[at] for part in fields(self)})


def rectangles(model: SplitModel, n_elements: Int, n_symbols: Int) -> Choices:
    """Rectangles of n elements by tau symbols, given as two arrays of shape (S,)."""
    whole = np.ones_like(n_elements)
    return Choices(
        n_elements=n_elements,
        n_symbols=n_symbols,
        spacing=whole,
        n_offsets=whole,
        capacity=grid_capacity(model, n_elements, n_symbols),
        user_crb=user_crb(model, n_elements, n_symbols),
        user_symbols=user_symbols(model, n_elements, n_symbols),
    )


def all_combs(model: SplitModel) -> Choices:
    """Every comb whose tones do not repeat within the window of ranges."""
    family, held = model.combs, comb_symbols(model)
    with np.errstate(divide="ignore"):
        crb = model.comb_crb / held
    return Choices(
        n_elements=np.full(family.size, model.problem.n_elements),
        n_symbols=family.n_symbols,
        spacing=family.spacing,
        n_offsets=family.n_offsets,
        capacity=comb_capacity(model),
        user_crb=crb,
        user_symbols=held,
    )


def all_choices(model: SplitModel, split: str) -> Choices:
    """Everything that a split allows: one axis, for the joint split both, or the combs."""
    _check.choice("split", split, SPLITS)
    if split == "comb":
        return all_combs(model)
    n = np.arange(1, model.problem.n_elements + 1)
    tau = np.arange(1, model.problem.n_symbols + 1)
    if split == "time":
        return rectangles(model, np.full_like(tau, n[-1]), tau)
    if split == "frequency":
        return rectangles(model, n, np.full_like(n, tau[-1]))
    both = np.meshgrid(n, tau, indexing="ij")
    return rectangles(model, both[0].ravel(), both[1].ravel())


def full_capacity(model: SplitModel) -> float:
    """Largest sum capacity, whatever localization is given [bit/s].

    That is with nothing given, except under constant power: there localization's elements leave
    communication more power in its own, which at low SNR is worth more than the band.
    """
    most = float(grid_capacity(model, 0, 0))
    if model.beside_bits is None:
        return most
    n, tau = np.ogrid[: model.problem.n_elements + 1, : model.problem.n_symbols + 1]
    return float(max(most, np.max(grid_capacity(model, n, tau)), *comb_capacity(model)))


def full_crb(model: SplitModel) -> Float:
    """Position bound of each user with everything given to localization, shape (K,) [m^2]."""
    return user_crb(model, model.problem.n_elements, model.problem.n_symbols)


def solution(
    model: SplitModel, split: str, choice: Choices, *, n_evaluated: int, exhaustive: bool
) -> SplitSolution:
    """The only entry of `choice` as a solution."""
    problem = model.problem
    n, tau, K, D = (
        int(x[0]) for x in (choice.n_elements, choice.n_symbols, choice.spacing, choice.n_offsets)
    )
    if K > 1:
        own = np.flatnonzero(
            (model.combs.spacing == K)
            & (model.combs.n_offsets == D)
            & (model.combs.n_symbols == tau)
        )
        columns, lost = model.combs[own].columns
        columns, lost = columns[:, 0], lost[:, 0]
        repeat, boost = float(model.combs.repeat[own[0]]), K / (K - 1.0)
        spread = float(model.combs.tone_variance[own[0]])
    else:
        share = n / problem.n_elements
        columns, lost = np.array([1.0 - share, share]), np.array([0, tau])
        repeat, boost = 1.0, 1.0 / (1.0 - share) if share < 1.0 else 1.0
        spread = float(tone_variance(problem, n))
    data, pilots = data_parts(model, columns, lost, tau if n else 0, boost)
    used = np.flatnonzero(columns * lost > 0)
    most = used[np.argmax(lost[used])] if used.size else None
    beside = pilots[0] if columns[0] > 0.0 else (0, 0)
    return SplitSolution(
        split=split,
        n_elements=n,
        n_symbols=tau,
        spacing=K,
        n_offsets=D,
        localization_bandwidth=n * problem.element_bandwidth,
        mean_square_bandwidth=spread * problem.hertz_by_spread,
        unambiguous_range=SPEED_OF_LIGHT / (repeat * problem.subcarrier),
        capacity=float(choice.capacity[0]),
        user_capacities=user_capacities(problem, data),
        crb=float(choice.crb[0]),
        user_crb=choice.user_crb[0],
        user_symbols=choice.user_symbols[0],
        pilots_boosted=beside[0],
        pilots_beside=sum(beside),
        pilots_within=0 if most is None else sum(pilots[most]),
        data=data,
        n_evaluated=n_evaluated,
        exhaustive=exhaustive,
    )


def data_parts(
    model: SplitModel, columns: Float, lost: Int, n_symbols: int, boost: float
) -> tuple[tuple[DataPart, ...], list[tuple[int, int]]]:
    """What carries data, and the boosted and plain pilots of each kind of sub-carrier.

    Parameters
    ----------
    model : SplitModel
    columns : ndarray, shape (I,)
        Parts of the band's sub-carriers of which localization takes equally many symbols.
    lost : ndarray of int, shape (I,)
        These symbols.
    n_symbols : int
        tau, symbols in which localization takes anything.
    boost : float
        Power of communication in these under constant power.

    Returns
    -------
    parts : tuple of DataPart
        Those without data are left out.
    pilots : list of tuple of int
        Boosted and plain ones, I of them.
    """
    problem = model.problem
    boosts = problem.snr_bookkeeping == "constant_power"
    b = boost if boosts else 1.0
    width = problem.n_elements * problem.element_bandwidth / problem.n_symbols
    parts: list[DataPart] = []
    pilots: list[tuple[int, int]] = []
    for share, gone in zip(columns.tolist(), lost.tolist(), strict=True):
        s = n_symbols - gone if boosts else 0
        u = problem.n_symbols - gone - s
        if boosts:
            found = boosted_pilots(problem, np.array(s), np.array(u), np.array(b))
            p, q = int(found[0]), int(found[1])
        else:
            p, q = 0, int(model.pilots_by_symbols[u])
        pilots.append((p, q))
        energy = b * p + q
        for size, gain in ((s - p, b), (u - q - problem.learned_symbols, 1.0)):
            if share * size > 0 and energy > 0.0:
                parts.append(
                    DataPart(bandwidth=width * share * size, pilot_energy=energy, boost=gain)
                )
    return tuple(parts), pilots
