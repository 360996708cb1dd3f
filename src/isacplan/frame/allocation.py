"""How many blocks follow each channel update, given the summed spectral efficiency by age."""

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.frame.majorant import Majorant, concave_majorant

CHUNK_ELEMENTS = 2_000_000
"""Largest array of a (max,+) product, in numbers."""


def even_split(n_blocks: int, n_updates: int) -> tuple[int, ...]:
    """Blocks per update when they differ by one at most, Bai2024 (27).

    Parameters
    ----------
    n_blocks, n_updates : int
        Blocks N_t to divide and number of updates M, at most N_t.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> even_split(8, 3)
    (3, 3, 2)
    """
    _check.integer("n_updates", n_updates, at_least=1)
    _check.integer("n_blocks", n_blocks, at_least=n_updates)
    q, r = divmod(n_blocks, n_updates)
    return (q + 1,) * r + (q,) * (n_updates - r)


def is_non_increasing(phi: Float) -> np.bool_ | np.ndarray:
    """Whether older blocks never carry more, which makes the even split optimal.

    The cumulative sum is then concave, so moving a block from a longer run of blocks to a shorter
    one never loses.

    Parameters
    ----------
    phi : ndarray, shape (..., N)
        Summed spectral efficiency by age.

    Returns
    -------
    ndarray of bool, shape (...)
    """
    return np.all(np.diff(phi, axis=-1) <= 0.0, axis=-1)


def even_split_sums(phi: Float, n_blocks: np.ndarray) -> Float:
    """Sums of `phi` under the even split for every number of updates.

    Parameters
    ----------
    phi : ndarray, shape (B, N)
        Summed spectral efficiency by age.
    n_blocks : ndarray of int, shape (B,)
        Blocks to divide, N_t.

    Returns
    -------
    ndarray, shape (B, N)
        Column M - 1 holds M updates; minus infinity where M exceeds N_t.
    """
    n_rows, n = phi.shape
    cumulative = np.zeros((n_rows, n + 1))
    np.cumsum(phi, axis=1, out=cumulative[:, 1:])
    M = np.arange(1, n + 1)
    q, r = np.divmod(n_blocks[:, None], M)
    rows = np.arange(n_rows)[:, None]
    short = cumulative[rows, q]
    sums = M * short + r * (phi[rows, np.minimum(q, n - 1)])
    return np.where(n_blocks[:, None] >= M, sums, -np.inf)


def best_sums(phi: Float, n_blocks: int, max_updates: int) -> Float:
    """Largest sums of `phi` over all allocations, for every number of updates.

    The (max,+) recursion ``V_M(t) = max_j V_{M-1}(t - j) + S(j)`` with S the cumulative sum: exact
    for any `phi`.

    Parameters
    ----------
    phi : ndarray, shape (N,)
        Summed spectral efficiency by age.
    n_blocks : int
        Blocks to divide, N_t, at most N.
    max_updates : int
        Largest number of updates wanted.

    Returns
    -------
    ndarray, shape (max_updates, n_blocks + 1)
        Row M - 1, column t: M updates over t blocks; minus infinity where M exceeds t.
    """
    S = np.concatenate([[-np.inf], np.cumsum(phi[:n_blocks])])
    V = np.full((max_updates, n_blocks + 1), -np.inf)
    V[0] = S
    lag = np.subtract.outer(np.arange(n_blocks + 1), np.arange(n_blocks + 1))
    step = np.where(lag > 0, S[np.maximum(lag, 0)], -np.inf)
    for m in range(1, max_updates):
        V[m] = np.max(V[m - 1][None, :] + step, axis=1)
    return V


def best_sum(
    phi: Float, n_blocks: int, n_updates: int, *, majorant: Majorant | None = None
) -> float:
    """Largest sum of `phi` over all allocations to a given number of updates.

    Parameters
    ----------
    phi : ndarray, shape (N,)
        Summed spectral efficiency by age.
    n_blocks, n_updates : int
        Blocks N_t to divide and number of updates M, at most N_t.
    majorant : Majorant, optional
        Of the first N_t of `phi`, where it is known already.

    Returns
    -------
    float
    """
    if is_non_increasing(phi[:n_blocks]):
        return float(even_split_sums(phi[None, :n_blocks], np.array([n_blocks]))[0, n_updates - 1])
    blocks = best_allocation(phi, n_blocks, n_updates, majorant=majorant)
    return float(np.sum(np.cumsum(phi[:n_blocks])[np.array(blocks) - 1]))


def _max_plus(x: Float, y: Float) -> Float:
    """``max_j x_j + y_{t-j}`` for every t, a few rows at a time."""
    n = len(x)
    padded = np.concatenate([y[::-1], np.full(n - 1, -np.inf)])
    # Row t holds y_{t-j} at column j.
    windows = np.lib.stride_tricks.sliding_window_view(padded, n)[::-1]
    rows = max(1, CHUNK_ELEMENTS // n)
    parts = [np.max(windows[i : i + rows] + x, axis=1) for i in range(0, n, rows)]
    return np.concatenate(parts)


def best_allocation(
    phi: Float, n_blocks: int, n_updates: int, *, majorant: Majorant | None = None
) -> tuple[int, ...]:
    """Blocks per update that maximise the sum of `phi`, Bai2024 P2 solved exactly.

    The even split where older blocks never carry more; else the lengths that attain the concave
    majorant (see `isacplan.frame.majorant`); and where these do not fit, the (max,+) recursion.

    Parameters
    ----------
    phi : ndarray, shape (N,)
        Summed spectral efficiency by age.
    n_blocks, n_updates : int
        Blocks N_t to divide and number of updates M, at most N_t.
    majorant : Majorant, optional
        Of the first N_t of `phi`, where it is known already.

    Returns
    -------
    tuple of int
        In falling order.
    """
    if is_non_increasing(phi[:n_blocks]):
        return even_split(n_blocks, n_updates)
    known = concave_majorant(phi[:n_blocks]) if majorant is None else majorant
    found = known.split(n_blocks, n_updates)
    return _recursion(phi[:n_blocks], n_updates) if found is None else found


def _recursion(phi: Float, n_updates: int) -> tuple[int, ...]:
    """The optimum by doubling the recursion of `best_sums`.

    ``V_{2a}(t) = max_j V_a(j) + V_a(t - j)``; the way back splits every power in two.
    """
    powers = [np.concatenate([[-np.inf], np.cumsum(phi)])]
    while 2 ** len(powers) <= n_updates:
        powers.append(_max_plus(powers[-1], powers[-1]))
    bits = [i for i in range(len(powers)) if n_updates >> i & 1]
    totals = [powers[bits[0]]]
    for i in bits[1:]:
        totals.append(_max_plus(totals[-1], powers[i]))
    parts: list[tuple[int, int]] = []
    left = len(phi)
    for at in range(len(bits) - 1, 0, -1):
        rest = _split(totals[at - 1], powers[bits[at]], left)
        parts.append((bits[at], left - rest))
        left = rest
    parts.append((bits[0], left))
    blocks: list[int] = []
    while parts:
        i, length = parts.pop()
        if i == 0:
            blocks.append(length)
            continue
        half = _split(powers[i - 1], powers[i - 1], length)
        parts += [(i - 1, half), (i - 1, length - half)]
    return tuple(sorted(blocks, reverse=True))


def _split(x: Float, y: Float, total: int) -> int:
    """The j at which ``x_j + y_{total - j}`` is largest."""
    return int(np.argmax(x[: total + 1] + y[total::-1]))
