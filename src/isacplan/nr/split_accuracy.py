"""Position bounds and errors from the tones that legal reference signals send."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from isacplan._typing import Bool, Float, Int
from isacplan.errors import InfeasibleError
from isacplan.nr.signals import SUBCARRIERS, Signals, repeats, tone_variance
from isacplan.nr.split_problem import n_senders
from isacplan.nr.tables import table
from isacplan.split import ErrorLaw, PositionRequirement, SplitProblem
from isacplan.split.fix import Fix
from isacplan.split.measurement import Waveform
from isacplan.split.requirement import meets, of_laws
from isacplan.split.rounding import round_down, round_up
from isacplan.split.waveforms import position_fix
from isacplan.units import SPEED_OF_LIGHT

SLACK = 1e-12


def holds_all(problem: SplitProblem, kind: str, signals: Signals) -> Bool:
    """Which signals keep all senders apart, shape (S,).

    Stations by comb offsets and turns, no more of these than stations; users by comb offsets and
    cyclic shifts.
    """
    n = n_senders(problem, kind)
    if kind == "prs":
        return (signals.turns <= n) & (-(-n // signals.turns) <= signals.comb)
    shifts = table("srs")["shifts"]
    return n <= np.array([comb * int(shifts[str(comb)]) for comb in signals.comb])


def legal_fix(problem: SplitProblem, kind: str) -> Fix:
    """The problem's fix with each station's signal of its own, at full power, not in turn.

    Stations share symbols by comb offsets, or take turns by muting, which counts as fewer symbols.
    """
    fix, n = position_fix(problem), n_senders(problem, kind)
    if kind == "srs" or n == 1:
        return fix
    return replace(fix, links=tuple(replace(link, snr=n * link.snr) for link in fix.links))


@dataclass(frozen=True, kw_only=True, eq=False)
class SignalAccuracy:
    """What legal signals, one an entry, reach.

    Parameters
    ----------
    fix : Fix
    waveform : Waveform
        Of S signals.
    symbols : ndarray of int, shape (S,)
        Of a frame, in which a sender sends.
    """

    fix: Fix
    waveform: Waveform
    symbols: Int

    @cached_property
    def held(self) -> Float:
        """Symbols that each user measures, shape (S, K)."""
        shape = (len(self.symbols), len(self.fix.place))
        return np.broadcast_to(self.symbols[:, None], shape).astype(float)

    @cached_property
    def user_crb(self) -> Float:
        """Position bound of each user, shape (S, K) [m^2]."""
        return np.trace(self.fix.covariance(self.waveform, self.held), axis1=-2, axis2=-1)

    def law(self, at: int) -> ErrorLaw:
        """Distribution of every user's position error with one signal, of shape (K,)."""
        return self.fix.law(self.waveform[at : at + 1], self.held[at : at + 1])[0]

    def met(self, limit: Float | None, requirement: PositionRequirement | None) -> Bool:
        """Which signals keep every user's limit and requirement, shape (S,)."""
        kept = np.all(np.isfinite(self.user_crb), axis=-1)
        if limit is not None:
            kept &= np.all(self.user_crb <= limit * (1.0 + SLACK), axis=-1)
        if requirement is not None:
            left = np.flatnonzero(kept)
            part = self[left]
            enough = meets(part.fix, part.waveform, part.held, requirement=requirement)
            kept[left] = np.all(enough, axis=-1)
        return kept

    def __getitem__(self, at: np.ndarray) -> "SignalAccuracy":
        return replace(self, waveform=self.waveform[at], symbols=self.symbols[at])


def signal_accuracy(
    problem: SplitProblem, kind: str, signals: Signals, *, n_slots: int
) -> SignalAccuracy:
    """Bounds from the actual tones of legal signals.

    Parameters
    ----------
    problem : SplitProblem
        On legal elements and symbols.
    kind : {"prs", "srs"}
    signals : Signals
        S of them.
    n_slots : int
        Of the frame.

    Returns
    -------
    SignalAccuracy
    """
    variance = tone_variance(kind, signals)
    repeat = repeats(kind, signals)
    if kind == "srs":
        # Users on one comb offset are told apart by shifts of the response within a symbol's own.
        shared = -(-problem.n_users // signals.comb)
        repeat = np.where(shared > 1, np.maximum(repeat, signals.comb * shared), repeat)
    thinned = problem.snr_bookkeeping == "constant_density"
    part = signals.n_blocks / problem.n_elements / signals.comb
    return SignalAccuracy(
        fix=legal_fix(problem, kind),
        waveform=Waveform(
            mean_square_bandwidth=problem.hertz_by_spread * variance,
            rms_frequency=problem.subcarrier * np.sqrt(variance),
            width=SUBCARRIERS * signals.n_blocks * problem.subcarrier,
            energy=problem.comb_energy * (part if thinned else np.ones_like(part)),
            repeat=1.0 / (repeat * problem.subcarrier),
        ),
        symbols=signals.measured(n_slots),
    )


def unambiguous(problem: SplitProblem, accuracy: SignalAccuracy) -> Bool:
    """Whose tones do not repeat within the window of ranges, shape (S,)."""
    return accuracy.waveform.repeat * SPEED_OF_LIGHT >= problem.window


def out_of_reach(
    accuracy: SignalAccuracy, limit: Float | None, requirement: PositionRequirement | None
) -> InfeasibleError:
    """What the best legal signal reaches for the user that misses the goal most."""
    if not len(accuracy.symbols):
        return InfeasibleError(
            "no legal signal keeps all senders apart, is unambiguous in the window of ranges and "
            "leaves room for the channel updates",
            constraint="signals",
        )
    if limit is not None and not np.any(accuracy.met(limit, None)):
        excess = np.max(accuracy.user_crb / limit, axis=-1)
        at = int(np.argmin(excess))
        factor = round_up(float(np.sqrt(excess[at])))
        return InfeasibleError(
            f"no legal signal keeps every user's position error; errors {factor} times as large "
            "are in its reach",
            constraint="position_rmse",
            feasible_value=float(np.sqrt(np.max(accuracy.user_crb[at]))),
        )
    if requirement is None:
        return InfeasibleError("no legal signal localizes every user", constraint="signals")
    excess = of_laws(accuracy.fix, accuracy.waveform, accuracy.held, requirement.excess)
    law = accuracy.law(int(np.argmin(np.max(excess, axis=-1))))
    rms = float(np.sqrt(np.max(law.mean_square)))
    reached = [f"{round_up(rms)} m rms"] if np.any(np.isfinite(requirement.mean_square)) else []
    if np.isfinite(requirement.radius):
        within = float(np.min(law.probability_within(requirement.radius)))
        reached.append(f"a probability of {round_down(100.0 * within)} %")
    if requirement.outlier_probability < 1.0:
        outliers = float(np.max(law.outlier_probability))
        reached.append(f"an outlier probability of {round_up(outliers)}")
    return InfeasibleError(
        f"no legal signal keeps {requirement.words}; the nearest reaches {' and '.join(reached)} "
        "for the worst user",
        constraint="requirement",
        feasible_value=rms if np.isinf(requirement.radius) else None,
    )
