"""The best frame that a 5G base station can be set to, and what legality costs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.errors import InfeasibleError
from isacplan.frame import FrameProblem, FrameSolution, optimal_frame, summed_efficiency
from isacplan.frame.rate import frame_rate
from isacplan.nr.split_settings import SYMBOLS_PER_SLOT, check_update_period, check_users
from isacplan.nr.tables import (
    nearest,
    prs_periods,
    symbol_duration,
    table,
    tdd_periods,
)


@dataclass(frozen=True, kw_only=True, order=True)
class FrameSettings:
    """What is set in a legal frame; durations in symbols and slots.

    Parameters
    ----------
    tdd_period : int
        Slots of the pattern of downlink and uplink; its last slot ends in uplink.
    srs_period : int
        Slots from one channel update to the next, a multiple of `tdd_period`.
    srs_symbols : int
        Symbols of a channel update, the uplink part of the pattern's last slot.
    guard_symbols : int
        Between downlink and uplink.
    prs_symbols : int
        Symbols of the sensing signal in a slot.
    prs_repetition : int
        Consecutive slots at the frame's start that hold it.
    """

    tdd_period: int
    srs_period: int
    srs_symbols: int
    guard_symbols: int
    prs_symbols: int
    prs_repetition: int

    @property
    def sensing_symbols(self) -> int:
        """Symbols of the sensing signal in a frame."""
        return self.prs_symbols * self.prs_repetition

    def blocks_per_update(self, n_slots: int) -> tuple[int, ...]:
        """Slots of data on each channel update, N_m."""
        n_left = n_slots - self.prs_repetition
        whole, rest = divmod(n_left, self.srs_period)
        return (self.srs_period,) * whole + ((rest,) if rest else ())

    def n_uplink(self, n_slots: int) -> int:
        """Slots from the last one that senses on that end in guard and uplink."""
        return (n_slots - self.prs_repetition) // self.tdd_period + 1


@dataclass(frozen=True, kw_only=True, eq=False)
class LegalFrame:
    """The best legal frame of a problem.

    Parameters
    ----------
    settings : FrameSettings
    rate : float
        Bai2024 (24) of the legal frame [bit/Hz per frame].
    problem : FrameProblem
        With the update that the settings have.
    unconstrained : FrameSolution
        The best frame with a legal number of symbols in an update, whose sensing time is real and
        whose updates stand anywhere.
    n_tried : int
        Legal settings evaluated.
    by_period : dict of int to float
        Best rate by `srs_period` [bit/Hz per frame].
    """

    settings: FrameSettings
    rate: float
    problem: FrameProblem
    unconstrained: FrameSolution
    n_tried: int
    by_period: dict[int, float] = field(default_factory=dict)

    @property
    def price(self) -> float:
        """Part of the unconstrained optimum's rate that legality costs."""
        return 1.0 - self.rate / self.unconstrained.rate

    @property
    def bound(self) -> float:
        """No legal settings of the stated set exceed this rate: all were evaluated."""
        return self.rate

    @property
    def blocks_per_update(self) -> tuple[int, ...]:
        """Slots of data on each channel update."""
        return self.settings.blocks_per_update(self.problem.n_blocks)

    @property
    def sensing_duration(self) -> float:
        """Time of the sensing signal [s]."""
        return self.settings.sensing_symbols * self.problem.symbol_duration

    @property
    def rmse(self) -> Float:
        """Root mean square angle errors that it leaves, shape (K,) [rad]."""
        return np.sqrt(self.problem.error_law.mean_square(self.sensing_duration))


def legal_frame(
    problem_for: Callable[[int], FrameProblem],
    *,
    numerology: int,
    guard_symbols: int = 1,
    release: int = 15,
    update_period: int | None = None,
    relative_gap: float = 1e-6,
) -> LegalFrame:
    """Best of all legal settings: every pattern, update period and sensing signal is evaluated.

    A block is a slot. The frame opens with the sensing signal, a positioning reference signal in
    one slot or repeated in consecutive ones; the channel update stands at the end of the last of
    them and from there on at a period of the sounding reference signal that divides the frame, in
    the uplink part of a pattern whose period divides that of the updates. Every uplink part costs
    its symbols and the guard before it at the efficiency of a fresh channel, as (24) charges an
    update, used or not. Longer gaps between repetitions only delay the data, so none are tried.

    So the rate is (24) of sensing through whole slots, with updates that are longer by the guard.
    The price is against the best frame with any of the legal numbers of symbols in an update, a
    real sensing time, and updates anywhere.

    Parameters
    ----------
    problem_for : callable
        The problem when a channel update takes so many symbols.
    numerology : int
        Numerology mu of the problem's symbols.
    guard_symbols : int, optional
        Between downlink and uplink, at least one.
    release : {15, 17}, optional
        Whose numbers of symbols an update may have: 1, 2 and 4 of release 15, which every terminal
        knows, or those of release 17 as well.
    update_period : int, optional
        Slots between channel updates; default any.
    relative_gap : float, optional
        Of the unconstrained optimum, see `optimal_frame`.

    Returns
    -------
    LegalFrame

    Raises
    ------
    ValueError
        When blocks are no slots, the frame's period is not legal, or there are too many users.
    InfeasibleError
        When no legal sensing meets the requirements; says what the longest reaches.
    """
    guard = _check.integer("guard_symbols", guard_symbols, at_least=1)
    if guard > SYMBOLS_PER_SLOT - 3:
        raise ValueError(f"guard_symbols = {guard}: at most 11 leave room for sensing and update")
    if release not in (15, 17):
        raise ValueError(f"release must be 15 or 17, got {release!r}")
    best: tuple[float, FrameSettings, FrameProblem] | None = None
    problems: list[FrameProblem] = []
    by_period: dict[int, float] = {}
    n_tried, reached = 0, np.inf
    for symbols in table("srs")["symbols"][f"r{release}"]:
        if symbols + guard + 2 > SYMBOLS_PER_SLOT:
            continue
        problem = problem_for(symbols)
        _check_slots(problem, numerology)
        problems.append(problem)
        settings = list(_settings(problem, numerology, symbols, guard))
        known = {one.srs_period for one in settings}
        check_update_period(update_period, known, problem.n_blocks)
        settings = [one for one in settings if update_period in (None, one.srs_period)]
        T = np.array([s.sensing_symbols for s in settings]) * problem.symbol_duration
        reached = min(reached, _worst_error(problem, float(np.max(T))))
        n_tried += len(settings)
        shortest, _ = problem.sensing_range()
        settings = [one for one, t in zip(settings, T, strict=True) if t >= shortest]
        if not settings:
            continue
        rates = _rates(problem, settings)
        for one, rate in zip(settings, rates.tolist(), strict=True):
            by_period[one.srs_period] = max(by_period.get(one.srs_period, -np.inf), rate)
        at = int(np.argmax(rates))
        if best is None or rates[at] > best[0]:
            best = float(rates[at]), settings[at], problem
    if best is None:
        raise InfeasibleError(
            "no legal sensing signal is long enough: the longest reaches an angle error of "
            "{reached} rms for the worst user; allow that, or raise the sensing SNR",
            constraint="angle accuracy",
            feasible_value=reached,
            angles={"reached": reached},
        )
    free = [optimal_frame(problem, relative_gap=relative_gap) for problem in problems]
    return LegalFrame(
        settings=best[1],
        rate=best[0],
        problem=best[2],
        unconstrained=max(free, key=lambda solution: solution.rate),
        n_tried=n_tried,
        by_period=dict(sorted(by_period.items())),
    )


def _worst_error(problem: FrameProblem, sensing_duration: float) -> float:
    """Largest root mean square angle error of any user [rad]."""
    return float(np.sqrt(np.max(problem.error_law.mean_square(sensing_duration))))


def _check_slots(problem: FrameProblem, numerology: int) -> None:
    symbols = problem.block_duration / problem.symbol_duration
    if round(symbols) != SYMBOLS_PER_SLOT:
        raise ValueError(
            f"symbols_per_block = {symbols:g}: a block must be a slot of {SYMBOLS_PER_SLOT} symbols"
        )
    if abs(problem.symbol_duration / symbol_duration(numerology) - 1.0) > 0.01:
        raise ValueError(f"symbol_duration_s must be that of numerology {numerology}")
    legal = prs_periods(numerology)
    if problem.n_blocks not in legal:
        raise ValueError(
            f"n_blocks = {problem.n_blocks}: a frame must be a period of the sensing signal; the "
            f"nearest is {nearest(problem.n_blocks, legal)} slots"
        )
    check_users(problem.n_users)


def _settings(
    problem: FrameProblem, numerology: int, srs_symbols: int, guard: int
) -> Iterator[FrameSettings]:
    n_slots, prs = problem.n_blocks, table("prs")
    signals = sorted({n for sizes in prs["symbols"].values() for n in sizes})
    for srs_period in table("srs")["periods_slots"]:
        for tdd_period in tdd_periods(numerology):
            if n_slots % srs_period or srs_period % tdd_period:
                continue
            for prs_symbols in signals:
                for repetition in prs["time"]["repetitions"]:
                    fits = prs_symbols + guard + srs_symbols <= SYMBOLS_PER_SLOT
                    # The pattern's last slot stands where sensing ends, so the signal's offset in
                    # its period is what is left of the pattern.
                    if fits and repetition + (-repetition % tdd_period) <= n_slots - 1:
                        yield FrameSettings(
                            tdd_period=tdd_period,
                            srs_period=srs_period,
                            srs_symbols=srs_symbols,
                            guard_symbols=guard,
                            prs_symbols=prs_symbols,
                            prs_repetition=repetition,
                        )


def _rates(problem: FrameProblem, settings: list[FrameSettings]) -> Float:
    """Rate (24) of each setting, the signals of one duration evaluated once."""
    T = np.array([one.sensing_symbols for one in settings]) * problem.symbol_duration
    durations, which = np.unique(T, return_inverse=True)
    phi = summed_efficiency(problem, durations)
    runs = np.concatenate([np.zeros((len(phi), 1)), np.cumsum(phi, axis=1)], axis=1)
    rates = np.empty(len(settings))
    for i, (one, row) in enumerate(zip(settings, which, strict=True)):
        blocks = one.blocks_per_update(problem.n_blocks)
        sums = (len(blocks) - 1) * runs[row, blocks[0]] + runs[row, blocks[-1]]
        symbols = one.n_uplink(problem.n_blocks) * (one.srs_symbols + one.guard_symbols)
        charged = symbols * problem.symbol_duration
        rates[i] = frame_rate(problem, sums, phi[row, 0], 0, charged)
    return rates
