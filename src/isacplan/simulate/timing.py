"""When a frame senses, updates and sends, as the simulation of whole frames needs it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan._typing import Float, Int
from isacplan.frame import FrameProblem
from isacplan.frame.rate import frame_rate, partial_duration


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameTiming:
    """One design on its time line.

    Parameters
    ----------
    n_blocks, n_sensing_blocks : int
        N and ``floor(T_l / T_b)``.
    block_duration, update_duration, symbol_duration, sensing_duration : float
        T_b, T_m, T_s and T_l [s].
    blocks_per_update : tuple of int
        N_m.
    """

    n_blocks: int
    n_sensing_blocks: int
    block_duration: float
    update_duration: float
    symbol_duration: float
    sensing_duration: float
    blocks_per_update: tuple[int, ...]

    @property
    def sensing_symbols(self) -> float:
        """Symbols in the sensing time."""
        return self.sensing_duration / self.symbol_duration

    @property
    def n_updates(self) -> int:
        """Updates M."""
        return len(self.blocks_per_update)

    @property
    def n_ages(self) -> int:
        """Blocks of the longest update."""
        return max(self.blocks_per_update)

    @cached_property
    def update(self) -> Int:
        """Update that serves each of the T data blocks, counted from zero."""
        return np.repeat(np.arange(self.n_updates), self.blocks_per_update)

    @cached_property
    def age(self) -> Int:
        """Blocks since the first of its update for each data block, counted from zero."""
        return np.concatenate([np.arange(n) for n in self.blocks_per_update])

    @property
    def first_blocks(self) -> Int:
        """First data block of every update."""
        return np.flatnonzero(self.age == 0)

    @cached_property
    def averaging(self) -> Float:
        """Matrix that averages data blocks of one age, shape (n_ages, T)."""
        same = self.age == np.arange(self.n_ages)[:, None]
        return same / np.sum(same, axis=1, keepdims=True)

    def rate(self, efficiency: Float) -> Float:
        """Rate (24) per unit of time from efficiencies by age.

        Parameters
        ----------
        efficiency : ndarray, shape (..., n_ages)
            [bit/s/Hz]

        Returns
        -------
        ndarray, shape (...)
            [bit/s/Hz]
        """
        T_b = self.block_duration
        partial = partial_duration(self.sensing_duration, self.n_sensing_blocks, T_b)
        carried = np.sum(np.bincount(self.age) * efficiency, axis=-1)
        rate = frame_rate(self, carried, efficiency[..., 0], self.n_updates, partial)
        return rate / (self.n_blocks * T_b)


def frame_timing(
    problem: FrameProblem, sensing_duration: float, blocks_per_update: tuple[int, ...]
) -> FrameTiming:
    """The time line of a design.

    Parameters
    ----------
    problem : FrameProblem
    sensing_duration : float
        T_l [s].
    blocks_per_update : tuple of int
        N_m.

    Returns
    -------
    FrameTiming
    """
    return FrameTiming(
        n_blocks=problem.n_blocks,
        n_sensing_blocks=problem.n_sensing_blocks(sensing_duration),
        block_duration=problem.block_duration,
        update_duration=problem.update_duration,
        symbol_duration=problem.symbol_duration,
        sensing_duration=sensing_duration,
        blocks_per_update=blocks_per_update,
    )
