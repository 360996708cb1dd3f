"""The best split that a 5G base station can be set to."""

from dataclasses import dataclass, field, fields

import numpy as np

from isacplan import _check
from isacplan._threads import few_threads
from isacplan._typing import Bool, Float
from isacplan.errors import InfeasibleError
from isacplan.nr.signals import SUBCARRIERS, Signals, legal_signals
from isacplan.nr.split_accuracy import (
    SLACK,
    SignalAccuracy,
    holds_all,
    out_of_reach,
    signal_accuracy,
    unambiguous,
)
from isacplan.nr.split_problem import legal_problem, n_senders, signal_kind
from isacplan.nr.split_rate import bare_rate, split_rates
from isacplan.nr.split_settings import (
    SYMBOLS_PER_SLOT,
    SplitSettings,
    Uplink,
    check_update_period,
    fits,
    place,
    uplinks,
)
from isacplan.split import ErrorLaw, PositionRequirement, SplitProblem
from isacplan.split.rounding import round_down, round_up
from isacplan.units import SPEED_OF_LIGHT


@dataclass(frozen=True, kw_only=True, eq=False)
class SplitGoal:
    """What a legal split is chosen for.

    Parameters
    ----------
    position_variance_limit : ndarray, shape (K,), optional
        Of every user's squared position error [m^2].
    requirement : PositionRequirement, optional
        What every user's position error must keep.
    capacity_loss : float, optional
        Part of the carrier's capacity that may be given away for the smallest worst position
        bound; default: the most capacity.
    """

    position_variance_limit: Float | None = None
    requirement: PositionRequirement | None = None
    capacity_loss: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class LegalSplit:
    """The best legal split of a problem.

    Parameters
    ----------
    settings : SplitSettings
    problem : SplitProblem
        On the carrier's resource blocks and the frame's slots.
    numerology, n_slots : int
        mu, and slots of the frame.
    capacity, full_capacity : float
        Sum over users, and with the best sounding and nothing given to localization [bit/s].
    user_capacities : ndarray, shape (K,)
        [bit/s]
    accuracy : SignalAccuracy
        Of the chosen signal, one entry.
    n_tried : int
        Settings evaluated.
    by_period : dict of int to float
        By period of the channel updates the best capacity [bit/s], or, where a capacity loss is
        allowed, the smallest worst position bound [m^2].
    """

    settings: SplitSettings
    problem: SplitProblem
    numerology: int
    n_slots: int
    capacity: float
    full_capacity: float
    user_capacities: Float
    accuracy: SignalAccuracy
    n_tried: int
    by_period: dict[int, float] = field(default_factory=dict)

    @property
    def user_crb(self) -> Float:
        """Position bound of each user, shape (K,) [m^2]."""
        return self.accuracy.user_crb[0]

    @property
    def crb(self) -> float:
        """The largest of them [m^2]."""
        return float(np.max(self.user_crb))

    @property
    def law(self) -> ErrorLaw:
        """Distribution of every user's position error, of shape (K,)."""
        return self.accuracy.law(0)

    @property
    def n_taken(self) -> float:
        """Resource elements, of a block and a symbol, that data gives up for the signal."""
        s = self.settings
        sent = s.n_symbols * len(s.slots(self.n_slots))
        if s.kind == "srs":  # a symbol of uplink carries no data on any sub-carrier
            return float(sent * self.problem.n_elements)
        return sent * s.n_blocks * s.stations / s.turns / s.comb

    @property
    def unambiguous_range(self) -> float:
        """Range after which one-way delays repeat, all symbols taken together [m]."""
        return float(self.accuracy.waveform.repeat[0]) * SPEED_OF_LIGHT

    @property
    def range_of_a_symbol(self) -> float:
        """The same of one symbol alone [m]."""
        return SPEED_OF_LIGHT / (self.settings.comb * self.problem.subcarrier)

    @property
    def boost(self) -> float:
        """Energy of a tone over that with a symbol's energy spread over the whole carrier."""
        s, n_tones = self.settings, self.problem.n_subcarriers
        return (
            float(self.accuracy.waveform.energy[0]) * n_tones / (SUBCARRIERS * s.n_blocks / s.comb)
        )


@few_threads()
def legal_split(
    problem: SplitProblem,
    goal: SplitGoal,
    *,
    numerology: int,
    n_blocks: int,
    guard_symbols: int = 1,
    release: int = 15,
    update_period: int | None = None,
) -> LegalSplit:
    """Best of all legal splits: every signal beside every way of sounding is evaluated.

    A frame is the longest legal period of the signal within the coherence interval. Every slot is
    downlink but for the end of a pattern's last slot, a guard and the uplink part, which cost
    their symbols used or not. Users' channels are learned from the sounding of the whole frame, of
    as many symbols at least as there are users, like the pilots of `isacplan.split`.

    Stations that send share a symbol by comb offsets, and take turns where muting divides the
    repetitions; what any of them sends, no data stands in. Data stands in a symbol's other
    sub-carriers. Where users send, a symbol is uplink, and carries no data at all.

    Parameters
    ----------
    problem : SplitProblem
        As stated; its elements and symbols need not be legal.
    goal : SplitGoal
    numerology, n_blocks : int
        mu and N_RB of the carrier.
    guard_symbols : int, optional
        Between downlink and uplink.
    release : {15, 17}, optional
        Whose numbers of symbols an update may have.
    update_period : int, optional
        Slots between channel updates; default any.

    Returns
    -------
    LegalSplit

    Raises
    ------
    ValueError
        When the problem has no counterpart in NR; names the nearest legal value.
    InfeasibleError
        When no legal split meets the goal; says what the best one reaches.
    """
    guard = _check.integer("guard_symbols", guard_symbols, at_least=1)
    legal = legal_problem(problem, numerology=numerology, n_blocks=n_blocks)
    kind, n_slots = signal_kind(legal), legal.n_symbols // SYMBOLS_PER_SLOT
    ways = _ways(legal, numerology, n_slots, guard, release, update_period)
    signals = legal_signals(kind, n_slots=n_slots, n_blocks=n_blocks, numerology=numerology)
    signals = signals[holds_all(legal, kind, signals)]
    accuracy = signal_accuracy(legal, kind, signals, n_slots=n_slots)
    clear = unambiguous(legal, accuracy)
    signals, accuracy = signals[clear], accuracy[clear]
    capacity = np.full((len(ways), signals.size), -np.inf)
    for row, way in zip(capacity, ways, strict=True):
        stands = np.flatnonzero(fits(kind, signals, way))
        found = split_rates(legal, kind, signals[stands], way, n_slots=n_slots)
        row[stands] = np.sum(found, axis=-1)
    bare = max(bare_rate(legal, way, n_slots=n_slots) for way in ways)
    full = max(bare, float(np.max(capacity, initial=0.0)))
    met = np.any(np.isfinite(capacity), axis=0)
    met[met] = accuracy[met].met(goal.position_variance_limit, goal.requirement)
    if not np.any(met):
        reachable = accuracy[np.any(np.isfinite(capacity), axis=0)]
        raise out_of_reach(reachable, goal.position_variance_limit, goal.requirement)
    value, second = _values(goal, full, capacity, accuracy, met)
    w, s = _first(value, second)
    chosen = signals[np.array([s])]
    return LegalSplit(
        settings=_settings(legal, kind, chosen, ways[w]),
        problem=legal,
        numerology=numerology,
        n_slots=n_slots,
        capacity=float(capacity[w, s]),
        full_capacity=full,
        user_capacities=split_rates(legal, kind, chosen, ways[w], n_slots=n_slots)[0],
        accuracy=accuracy[np.array([s])],
        n_tried=int(np.sum(np.isfinite(capacity))),
        by_period=_by_period(goal, ways, value),
    )


def _ways(
    problem: SplitProblem,
    numerology: int,
    n_slots: int,
    guard: int,
    release: int,
    update_period: int | None,
) -> list[Uplink]:
    """Ways of sounding with a pilot symbol for every user."""
    every = list(uplinks(n_slots, numerology=numerology, guard_symbols=guard, release=release))
    check_update_period(update_period, (way.srs_period for way in every), n_slots)
    held = [way for way in every if update_period in (None, way.srs_period)]
    ways = [way for way in held if way.n_pilots(n_slots) >= problem.n_users]
    if not ways:
        most = max(way.n_pilots(n_slots) for way in held)
        raise InfeasibleError(
            f"sounding of a frame has at most {most} symbols, one for each of as many users; take "
            "fewer users, a longer interval, or release 17",
            constraint="pilots",
            feasible_value=float(most),
        )
    return ways


def _values(
    goal: SplitGoal, full: float, capacity: Float, accuracy: SignalAccuracy, met: Bool
) -> tuple[Float, Float]:
    """What is maximised, and what decides between equals, shape (ways, S)."""
    precision = np.full(len(met), -np.inf)
    precision[met] = -np.max(accuracy[met].user_crb, axis=-1)
    if goal.capacity_loss is None:
        return np.where(met, capacity, -np.inf), np.broadcast_to(precision, capacity.shape)
    floor = (1.0 - goal.capacity_loss) * full
    enough = capacity >= floor * (1.0 - SLACK)
    if not np.any(enough & met):
        most = float(np.max(np.where(met, capacity, -np.inf)))
        raise InfeasibleError(
            f"no legal signal leaves {floor / 1e6:.6g} Mbit/s: at most "
            f"{round_down(most / 1e6, 6)} Mbit/s are in reach, a capacity loss of "
            f"{round_up(max(0.0, 1.0 - most / full))}",
            constraint="capacity_floor",
            feasible_value=most,
        )
    return np.where(enough & met, precision, -np.inf), capacity


def _first(value: Float, second: Float) -> tuple[int, int]:
    best = float(np.max(value))
    tied = value >= best - SLACK * abs(best)
    w, s = np.unravel_index(np.argmax(np.where(tied, second, -np.inf)), value.shape)
    return int(w), int(s)


def _by_period(goal: SplitGoal, ways: list[Uplink], value: Float) -> dict[int, float]:
    sign = 1.0 if goal.capacity_loss is None else -1.0
    found: dict[int, float] = {}
    for way, best in zip(ways, np.max(value, axis=1).tolist(), strict=True):
        if np.isfinite(best):
            found[way.srs_period] = max(found.get(way.srs_period, -np.inf), best)
    return {period: sign * best for period, best in sorted(found.items())}


def _settings(problem: SplitProblem, kind: str, chosen: Signals, way: Uplink) -> SplitSettings:
    one = {part.name: int(getattr(chosen, part.name)[0]) for part in fields(chosen)}
    if kind == "srs":  # in the last slot of its period, where its pattern ends
        where = 1, one["period"] - 1
    else:
        taken = one["n_symbols"] + way.srs_symbols + way.guard_symbols
        blocked = taken > SYMBOLS_PER_SLOT
        where = place(one["period"], one["repetition"], way.tdd_period, blocked) or (1, 0)
    return SplitSettings(
        kind=kind,
        **one,
        gap=where[0],
        slot_offset=where[1],
        stations=n_senders(problem, kind),
        uplink=way,
    )
