"""Right and wrong decisions on angles at fixed shares of the draws, so that only weights move.

Which draws end in a wrong decision is settled once; a sensing duration enters through their weights
alone, which are smooth in it. The shares are a mixture of those at a few reference durations
(Hesterberg, "Weighted average importance sampling and defensive mixture distributions", 1995): no
weight exceeds the inverse of the part that the mixture gives to the nearest reference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Float, Int
from isacplan.comm.angle_error import AngleErrorDraws
from isacplan.comm.draws import LinkDraws

SPREAD = 2.0
"""Mean square weight up to which one reference serves other durations."""

RAREST = 0.02
"""Share of each mixture component that tries what is rarer, over all users and decisions."""

DURATIONS_TRIED = 65


@dataclass(frozen=True, kw_only=True, eq=False)
class DecisionShares:
    """A mixture of shares of decisions at reference durations.

    Parameters
    ----------
    share : ndarray, shape (C, K, O)
        Of right decisions (first) and of each kind of wrong one, by component and user.
    part : ndarray, shape (C,)
        Of the draws that take each component; sums to one.
    """

    share: Float
    part: Float

    def __post_init__(self) -> None:
        share, part = np.asarray(self.share, float), np.asarray(self.part, float)
        if share.ndim != 3 or part.shape != share.shape[:1]:
            raise ValueError(
                f"share and part must have shapes (C, K, O) and (C,), got {share.shape} and "
                f"{part.shape}"
            )
        if not (np.allclose(np.sum(share, axis=-1), 1.0) and np.isclose(np.sum(part), 1.0)):
            raise ValueError("share must sum to one over decisions, and part over components")


def decision_shares(
    law: AngleErrorDraws,
    shortest: float,
    longest: float,
    *,
    matters: Callable[[Float], Float] | None = None,
) -> DecisionShares:
    """Shares that serve every duration of a range.

    Parameters
    ----------
    law : AngleErrorDraws
    shortest, longest : float
        Range of sensing durations [s].
    matters : callable, optional
        How much durations of shape (B,) matter, shape (B,), positive: the references about them
        take parts of the draws in proportion. All alike by default.

    Returns
    -------
    DecisionShares
    """
    T = np.geomspace(shortest, longest, DURATIONS_TRIED)
    wanted = law.decision_probability(T)
    tried = _with_rare_ones(wanted)
    mean_square = _mean_square_weights(wanted, tried)
    importance = np.ones(len(T)) if matters is None else matters(T)
    chosen: list[int] = []
    served = np.zeros(len(T), dtype=bool)
    while not np.all(served):
        # The duration that matters most of those left is served by its own shares.
        at = int(np.argmax(np.where(served, -np.inf, importance)))
        served |= mean_square[:, at] <= SPREAD
        served[at] = True
        chosen.append(at)
    part = importance[chosen] / np.sum(importance[chosen])
    return DecisionShares(share=tried[chosen], part=part)


def _with_rare_ones(probability: Float) -> Float:
    """Shares of decisions that leave something for those that are rarer than worth a draw."""
    there = np.any(probability > 0.0, axis=0)
    floor = np.where(there, RAREST / there.size, 0.0)
    raised = np.maximum(probability, floor)
    return raised / np.sum(raised, axis=-1, keepdims=True)


def _mean_square_weights(wanted: Float, tried: Float) -> Float:
    """``E W^2`` of draws with shares (B, K, O) for probabilities (A, K, O), shape (A, B)."""
    there = np.where(tried > 0.0, tried, 1.0)
    by_user = np.einsum("ako,bko->abk", wanted**2, 1.0 / there)
    return np.exp(np.sum(np.log(by_user), axis=-1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """Draws of one user and one kind of decision that share an angle error.

    Parameters
    ----------
    draws : ndarray of int, shape (n, s)
        Positions among the G x D draws; the last one repeats where there are fewer.
    probability : ndarray, shape (n,)
        Of an error below theirs, given the decision.
    """

    draws: Int
    probability: Float


@dataclass(frozen=True, kw_only=True, eq=False)
class Decisions:
    """Decisions of every draw and user.

    Parameters
    ----------
    law : AngleErrorDraws
    draws : LinkDraws
    shares : DecisionShares
    """

    law: AngleErrorDraws
    draws: LinkDraws
    shares: DecisionShares

    @cached_property
    def _drawn(self) -> tuple[Int, Float]:
        """Decision and its probability within the kind, both (G, D, K)."""
        ends = np.cumsum(self.shares.share, axis=-1)
        # What rounding leaves at the end belongs to the last decision that there is.
        ends /= ends[..., -1:]
        upper = np.cumsum(self.shares.part)[:-1]
        component = np.searchsorted(upper, self.draws.component, side="right")
        mine = ends[component]
        u = self.draws.angle[..., None]
        kind = np.sum(u >= mine[..., :-1], axis=-1)
        edges = np.concatenate([np.zeros((*mine.shape[:-1], 1)), mine], axis=-1)
        start = np.take_along_axis(edges, kind[..., None], axis=-1)[..., 0]
        stop = np.take_along_axis(edges, kind[..., None] + 1, axis=-1)[..., 0]
        return kind, (self.draws.angle - start) / (stop - start)

    @cached_property
    def looks(self) -> tuple[tuple[Looks, ...], ...]:
        """Draws that share an error, for every user and kind of decision."""
        K, kinds = self.shares.share.shape[1:]
        return tuple(tuple(self._shared(k, o) for o in range(kinds)) for k in range(K))

    def _shared(self, k: int, o: int) -> Looks:
        """Neighbours in probability share cells as wide as their number, offset together."""
        kind, within = self._drawn
        G, D, _ = kind.shape
        together = self.draws.n_together
        members: list[Int] = []
        chance: list[Float] = []
        for g in range(G):
            mine = np.flatnonzero(kind[g, :, k] == o)
            if not mine.size:
                continue
            mine = mine[np.argsort(within[g, mine, k], kind="stable")]
            first = np.arange(0, mine.size, together)
            last = np.minimum(first + together, mine.size)
            rows = np.minimum(first[:, None] + np.arange(together), last[:, None] - 1)
            members.append(g * D + mine[rows])
            offset = self.draws.offset[g, k]
            chance.append((first + offset * (last - first)) / mine.size)
        if not members:
            return Looks(draws=np.zeros((0, together), int), probability=np.zeros(0))
        return Looks(draws=np.concatenate(members), probability=np.concatenate(chance))

    @cached_property
    def _log_density(self) -> Float:
        """Of the decisions of all users under the mixture, shape (G, D)."""
        share, part = self.shares.share, self.shares.part
        by_component = np.stack([self._log_probability(s) for s in share])
        return np.log(np.einsum("c,cgd->gd", part, np.exp(by_component)))

    def _log_probability(self, probability: Float) -> Float:
        """Of the decisions of all users for probabilities (K, O), shape (G, D)."""
        kind = self._drawn[0]
        with np.errstate(divide="ignore"):
            logs = np.log(probability)
        return np.sum(logs[np.arange(kind.shape[2]), kind], axis=-1)

    def weight(self, sensing_duration: float) -> Float:
        """How much each draw counts after sensing for T_l, one on average, shape (G, D)."""
        probability = self.law.decision_probability(np.array([sensing_duration]))[0]
        return np.exp(self._log_probability(probability) - self._log_density)

    def right_errors(self, sensing_duration: float) -> Sequence[Float]:
        """Errors of right decisions by user, one for each of its looks [rad]."""
        chances = [kinds[0].probability for kinds in self.looks]
        return self.law.right_errors(chances, sensing_duration)

    def wrong_errors(self, user: int, kind: int) -> Float:
        """Errors of a kind of wrong decision, one for each look, at any duration [rad]."""
        _check.integer("kind", kind, at_least=1)
        return self.law.wrong_errors(user, kind, self.looks[user][kind].probability)
