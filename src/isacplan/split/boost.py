"""The best pilots where some symbols have more power than others.

Under constant power communication has all its power in what localization leaves it of a symbol,
so data and pilots there are boosted.
"""

from collections.abc import Callable

import numpy as np

from isacplan._typing import Bool, Float, Int
from isacplan.split.problem import SplitProblem
from isacplan.split.training import NAT, beam_snr

CHUNK = 2**16
"""Cells times users that are searched at once: temporaries stay in the cache."""

ROUNDING = 1e-13
"""Relative distance at which a bound counts as reached."""


def boosted_pilots(
    problem: SplitProblem,
    n_boosted: Int,
    n_plain: Int,
    boost: Float,
    *,
    bracket: tuple[Int, Int] | None = None,
) -> tuple[Int, Int, Float, Int]:
    """Most bits of a resource element's column with boosted and plain symbols, exactly.

    The column has ``s`` symbols in which delta and mu are ``b >= 1`` times larger and ``u`` plain
    ones. With ``p`` boosted and ``q`` plain pilots, energy ``e = (b p + q) mu``, and ``R_b``, ``R``
    the sum rates with and without boost, the bits are

        ``V(p, q) = (s - p) R_b(e) + (u - q) R(e)``,  ``p <= s``, ``q <= u``, ``p + q >= K``.

    `K` users need K pilot symbols whatever their energy: each user is taken to have a sequence
    orthogonal to the others' with the power of the symbols it occupies.

    *Why the search is exact.* Each user's rate is ``log(1 + a nu)``, where a is concave in the
    boost with a(0) = 0, and nu is concave in e. Hence ``R <= R_b <= b R`` and, for the derivatives
    by energy, ``R' <= R_b' <= b R'``. Let ``G(p)`` be the maximum of V over *real* q.

    1. For fixed p, V is concave in q: ``V'' = (s-p) R_b'' + (u-q) R'' - 2 R' < 0``.
    2. For fixed energy, V rises with p, by ``b R - R_b`` each. So as long as the best q is above
       its least value ``max(K - p, 0)``, G rises with p (envelope theorem; where it is at its
       largest value u, more energy would help, and a larger p brings it).
    3. Let ``l(p) = V(p, max(K - p, 0))``. Along it the derivative of V by energy falls: its terms
       ``(s-p) R_b'(e) + (u-q) R'(e) - R(e)`` fall with e, and ``R' - R_b' <= 0``. So once the best
       q is the least one, it stays so, and from there ``G = l``. There l is concave: for p >= K
       as in 1, for p < K because ``-2 (b-1) (R_b' - R') <= 0`` completes its second derivative,
       and at p = K its slope falls by the derivative of -V by energy. Before, l rises.
    4. So l has one maximum, which bisection of its slope brackets between two whole p, and G rises
       up to the lower of them. No p above the upper is better, since G equals l there. Both are
       tried, and smaller p one by one, each with its best q by bisection, until G, bounded by
       tangents of the concave V, is at most what has been found: G is smaller still below.

    Without boost (b = 1) there is one kind of pilot.

    Parameters
    ----------
    problem : SplitProblem
    n_boosted, n_plain : ndarray of int, shape (...)
        s and u.
    boost : ndarray, shape (...)
        b, at least one.
    bracket : tuple of ndarray of int, shape (...), optional
        Least and largest p at which the slope of l may turn, where that is known.

    Returns
    -------
    boosted, plain : ndarray of int, shape (...)
        p and q; zero where nothing is sent.
    bits : ndarray, shape (...)
        [bit]; zero for ``s + u <= K``.
    turn : ndarray of int, shape (...)
        First p at which the slope of l is not positive.
    """
    K = problem.n_users
    shape = np.broadcast_shapes(np.shape(n_boosted), np.shape(n_plain), np.shape(boost))
    low, high = bracket or (np.array(0), np.array(np.iinfo(np.int64).max))
    s, u, low, high = (np.broadcast_to(x, shape).ravel() for x in (n_boosted, n_plain, low, high))
    b = np.broadcast_to(boost, shape).ravel()
    p, q, turn = (np.zeros(s.shape, np.int64) for _ in range(3))
    bits = np.zeros(s.shape)
    alike = b == 1.0
    boosted, plain = np.where(alike, s + u, s), np.where(alike, 0, u)
    sends = np.flatnonzero(s + u > K)
    step = max(1, CHUNK // K)
    for start in range(0, sends.size, step):
        at = sends[start : start + step]
        column = _Column(problem, boosted[at], plain[at], b[at])
        p[at], q[at], bits[at], turn[at] = _best(column, low[at], high[at])
    q = np.where(alike, np.maximum(p - s, 0), q)
    p = np.minimum(p, s)
    return p.reshape(shape), q.reshape(shape), bits.reshape(shape), turn.reshape(shape)


def boosted_grid(problem: SplitProblem) -> Float:
    """Bits per hertz beside every rectangle of localization but the widest, under constant power.

    With one more boosted symbol and one fewer plain one the slope of l grows by
    ``(R_b' - R') de/dp >= 0``, so it turns no earlier: known neighbours bracket what is between.

    Parameters
    ----------
    problem : SplitProblem

    Returns
    -------
    ndarray, shape (n_B, tau_T + 1)
        For n = 0 .. n_B - 1 elements (of none there is nothing to boost) and tau symbols [bit].
    """
    n_B, tau_T = problem.n_elements, problem.n_symbols
    n = np.arange(n_B)[:, None]
    boost = n_B / (n_B - n)
    bits = np.zeros((n_B, tau_T + 1))
    turn = np.zeros((n_B, tau_T + 1), dtype=np.int64)
    step = 2 ** int(np.ceil(np.log2(tau_T + 1)))
    done = np.zeros(tau_T + 1, dtype=bool)
    while step >= 1:
        tau = np.arange(0, tau_T + 1, step)
        tau = tau[~done[tau]]
        known = np.flatnonzero(done)
        bracket = None
        if known.size:
            at = np.searchsorted(known, tau)
            bracket = turn[:, known[at - 1]], turn[:, known[np.minimum(at, known.size - 1)]]
            bracket = bracket[0], np.where(at < known.size, bracket[1], tau_T)
        found = boosted_pilots(problem, tau, tau_T - tau, boost, bracket=bracket)
        bits[:, tau], turn[:, tau] = found[2], found[3]
        done[tau] = True
        step //= 2
    bits[0] = bits[0, 0]
    return bits


class _Column:
    """V of `boosted_pilots` for a vector of columns, each of which sends something."""

    def __init__(self, problem: SplitProblem, s: Int, u: Int, b: Float) -> None:
        self.problem, self.s, self.u, self.b = problem, s, u, b
        self.least = np.maximum(problem.n_users - u, 0)

    def __getitem__(self, at: Int | Bool) -> "_Column":
        return _Column(self.problem, self.s[at], self.u[at], self.b[at])

    def fewest_plain(self, p: Int) -> Int:
        return np.maximum(self.problem.n_users - p, 0)

    def value(self, p: Int, q: Int) -> Float:
        e = self.b * p + q
        boosted, plain = self._rates(e, self.b)[0], self._rates(e, 1.0)[0]
        return (self.s - p) * boosted + (self.u - q) * plain

    def slope_by_plain(self, p: Int, q: Int) -> Float:
        """Of V by q."""
        e = self.b * p + q
        (_, boosted), (plain, slope) = self._rates(e, self.b), self._rates(e, 1.0)
        return (self.s - p) * boosted + (self.u - q) * slope - plain

    def slope_of_least(self, p: Int) -> Float:
        """Of l by p, to the right."""
        q = self.fewest_plain(p)
        e = self.b * p + q
        (boosted, rise), (plain, slope) = self._rates(e, self.b), self._rates(e, 1.0)
        by_energy = (self.s - p) * rise + (self.u - q) * slope
        return np.where(q > 0, plain + (self.b - 1.0) * by_energy, self.b * by_energy) - boosted

    def _rates(self, energy: Float, boost: Float | float) -> tuple[Float, Float]:
        """Sum rate and its derivative by energy [nat]."""
        rate, slope = np.zeros(energy.shape), np.zeros(energy.shape)
        problem = self.problem
        for delta, mu, eta in zip(
            problem.data_snr, problem.uplink_snr, problem.shares, strict=True
        ):
            a = beam_snr(problem.n_antennas, boost * delta, eta)
            x = mu * energy
            rest = 1.0 + x
            rate += np.log1p(a * x / rest)
            slope += a * mu / (rest * (rest + a * x))
        return rate, slope


def _best(column: _Column, low: Int, high: Int) -> tuple[Int, Int, Float, Int]:
    low, high = np.maximum(column.least, low), np.maximum(np.minimum(column.s, high), column.least)
    top = _first(lambda at, p: column[at].slope_of_least(p) <= 0.0, np.minimum(low, high), high)
    p = np.array(top)
    q, nats, _ = _best_plain(column, top)
    open_ = np.flatnonzero(top > column.least)
    tried = top[open_]
    while open_.size:
        tried = tried - 1
        part = column[open_]
        found, value, ceiling = _best_plain(part, tried)
        better = value > nats[open_]
        at = open_[better]
        p[at], q[at], nats[at] = tried[better], found[better], value[better]
        further = (tried > part.least) & (ceiling > nats[open_] * (1.0 + ROUNDING))
        open_, tried = open_[further], tried[further]
    return p, q, NAT * nats, top


def _best_plain(column: _Column, p: Int) -> tuple[Int, Float, Float]:
    """For given boosted pilots the best plain ones, their V, and a bound on G."""
    low = column.fewest_plain(p)
    high = np.maximum(low, column.u)
    q = np.array(low)
    value = column.value(p, low)
    ceiling = np.array(value)
    rising = np.flatnonzero((low < high) & (column.slope_by_plain(p, low) > 0.0))
    if rising.size == 0:
        return q, value, ceiling
    part, fixed = column[rising], p[rising]
    after = _first(
        lambda at, q: part[at].slope_by_plain(fixed[at], q) <= 0.0, low[rising] + 1, high[rising]
    )
    ends = np.stack([after - 1, after])
    values = np.stack([part.value(fixed, end) for end in ends])
    slopes = np.stack([part.slope_by_plain(fixed, end) for end in ends])
    # Tangents at both ends meet above the maximum between them.
    with np.errstate(invalid="ignore", divide="ignore"):
        meet = (values[1] - values[0] - slopes[1]) / (slopes[0] - slopes[1])
    bound = values[0] + slopes[0] * np.clip(np.where(slopes[1] < 0.0, meet, 1.0), 0.0, 1.0)
    best = np.argmax(values, axis=0)
    q[rising] = after - 1 + best
    value[rising] = np.max(values, axis=0)
    ceiling[rising] = np.where(slopes[1] > 0.0, values[1], np.maximum(bound, value[rising]))
    return q, value, ceiling


def _first(holds: Callable[[Int, Int], Bool], low: Int, high: Int) -> Int:
    """First whole number from which a condition holds, by element; high where it never does."""
    lo, hi = np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)
    open_ = np.flatnonzero(lo < hi)
    while open_.size:
        middle = (lo[open_] + hi[open_]) // 2
        done = holds(open_, middle)
        hi[open_[done]] = middle[done]
        lo[open_[~done]] = middle[~done] + 1
        open_ = open_[lo[open_] < hi[open_]]
    return lo
