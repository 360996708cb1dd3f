"""The rate of a frame, Bai2024 (24), and what it charges: their only home.

The certificate check spells both again, on purpose.
"""

from typing import Protocol

import numpy as np

from isacplan._typing import ArrayLike, Float, Int

BOUNDARY = 8.0 * float(np.finfo(float).eps)
"""Relative distance below a block's end that counts as the end: numbers of seconds typed in
decimals, and their products with numbers of symbols, are each off by half a unit in the last place.
"""


class BlockTiming(Protocol):
    """Anything with the two durations that (24) charges with."""

    @property
    def block_duration(self) -> float:
        """T_b [s]."""
        ...

    @property
    def update_duration(self) -> float:
        """T_m [s]."""
        ...


def whole_blocks(duration: ArrayLike, block_duration: float) -> Int:
    """Whole blocks in a duration, ``floor(T_l / T_b)``, where a rounded multiple is a multiple.

    Parameters
    ----------
    duration : array_like, shape (...)
        T_l [s].
    block_duration : float
        T_b [s].

    Returns
    -------
    ndarray of int, shape (...)

    Examples
    --------
    >>> int(whole_blocks(0.0029988, 14 * 71.4e-6))
    3
    """
    ratio = np.asarray(duration, dtype=float) / block_duration
    return np.floor(ratio * (1.0 + BOUNDARY)).astype(int)


def last_within(n_blocks: ArrayLike, block_duration: float) -> Float:
    """Longest duration that holds a number of whole blocks and not one more.

    Parameters
    ----------
    n_blocks : array_like of int, shape (...)
    block_duration : float
        T_b [s].

    Returns
    -------
    ndarray, shape (...)
        [s].
    """
    return (np.asarray(n_blocks) + 1) * block_duration * (1.0 - 2.0 * BOUNDARY)


def partial_duration(duration: ArrayLike, n_blocks: ArrayLike, block_duration: float) -> Float:
    """What a duration holds beyond its whole blocks, ``mod(T_l, T_b)``.

    Parameters
    ----------
    duration : array_like, shape (...)
        T_l [s].
    n_blocks : array_like of int, shape (...)
        Whole blocks in it.
    block_duration : float
        T_b [s].

    Returns
    -------
    ndarray, shape (...)
        [s], never negative.
    """
    whole = np.asarray(n_blocks) * block_duration
    return np.maximum(np.asarray(duration, dtype=float) - whole, 0.0)


def overhead(timing: BlockTiming, n_updates: ArrayLike, partial: ArrayLike) -> Float:
    """Time without data in the blocks left: ``M T_m + mod(T_l, T_b)``.

    Parameters
    ----------
    timing : BlockTiming
    n_updates : array_like of int, shape (...)
        M.
    partial : array_like, shape (...)
        ``mod(T_l, T_b)`` [s].

    Returns
    -------
    ndarray, shape (...)
        [s].
    """
    return np.asarray(n_updates) * timing.update_duration + np.asarray(partial)


def frame_rate(
    timing: BlockTiming,
    block_sum: ArrayLike,
    first: ArrayLike,
    n_updates: ArrayLike,
    partial: ArrayLike,
) -> Float:
    """Rate (24): what all blocks carry, less the overhead at the efficiency right after an update.

    Parameters
    ----------
    timing : BlockTiming
    block_sum : array_like, shape (...)
        Efficiencies summed over the blocks left for communication [bit/s/Hz].
    first : array_like, shape (...)
        Efficiency in the first block after an update [bit/s/Hz].
    n_updates : array_like of int, shape (...)
        M.
    partial : array_like, shape (...)
        ``mod(T_l, T_b)`` [s].

    Returns
    -------
    ndarray, shape (...)
        [bit/Hz per frame].
    """
    charge = overhead(timing, n_updates, partial) * np.asarray(first)
    return timing.block_duration * np.asarray(block_sum) - charge
