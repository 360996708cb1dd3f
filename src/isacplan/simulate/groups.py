"""Blocks gathered into groups, the independent values behind an interval."""

import numpy as np

from isacplan._typing import Float
from isacplan.simulate.intervals import ELEMENTS_TOGETHER

FIRST_BLOCKS = 16
"""Blocks before the first look, whose intervals `widening` makes honest."""

MIN_BLOCKS = 128
"""Blocks from which Student's intervals need no widening."""

SKEWNESS = 4.0
"""Means over quasi-random blocks are skewed, and each control variate is fitted: with 16 groups
Student's interval covers 94 % on average and 92 % at worst, instead of 95 %."""


def widening(n_groups: int) -> float:
    """Factor by which an interval over few groups is wider than Student's.

    Parameters
    ----------
    n_groups : int

    Returns
    -------
    float

    Examples
    --------
    >>> round(widening(16), 3), widening(128), widening(512)
    (1.219, 1.0, 1.0)
    """
    return 1.0 + SKEWNESS * max(0.0, 1.0 / n_groups - 1.0 / MIN_BLOCKS)


MAX_GROUPS = 512
"""Most groups in a jackknife; longer runs merge neighbouring blocks."""

GROUP_ELEMENTS = 2**21
"""Statistics in all groups together, which makes fewer groups of many statistics."""


def most_groups(n_statistics: int) -> int:
    """Most groups of so many statistics, a power of two.

    Parameters
    ----------
    n_statistics : int

    Returns
    -------
    int
    """
    affordable = 2 ** int(np.log2(max(GROUP_ELEMENTS / n_statistics, 1.0)))
    return max(MIN_BLOCKS, min(MAX_GROUPS, affordable))


def look_memory(n_statistics: int) -> int:
    """Groups, their copies, and what a look computes at once.

    Parameters
    ----------
    n_statistics : int

    Returns
    -------
    int
        [byte]
    """
    elements = most_groups(n_statistics) * n_statistics
    return 8 * (5 * elements + 6 * min(elements, ELEMENTS_TOGETHER))


class Groups:
    """Means over groups of neighbouring blocks; groups double when there are too many.

    Parameters
    ----------
    most : int
        Groups, a power of two.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._blocks_per_group = 1
        self._means: list[Float] = []
        self._open: list[Float] = []
        self.n_blocks = 0

    def add(self, value: Float) -> None:
        """Take the next block in order."""
        self.n_blocks += 1
        self._open.append(value)
        if len(self._open) == self._blocks_per_group:
            self._means.append(np.mean(self._open, axis=0))
            self._open = []
        if len(self._means) == 2 * self._most:
            self._means = list(_paired(np.array(self._means)))
            self._blocks_per_group *= 2

    def means(self) -> tuple[Float, int]:
        """Group means and the blocks in them; blocks of an unfinished group are left out."""
        means, per_group = np.array(self._means), self._blocks_per_group
        while len(means) > self._most:
            means, per_group = _paired(means), 2 * per_group
        return means, len(means) * per_group


def _paired(means: Float) -> Float:
    whole = means[: len(means) // 2 * 2]
    return whole.reshape(-1, 2, whole.shape[1]).mean(axis=1)
