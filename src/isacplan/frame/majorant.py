"""The least concave function above the sums over runs of blocks, and what attains it.

With runs of equal length where that is best, M runs of N_t blocks in all sum to at most M times the
majorant at ``N_t / M``. Only two lengths a < b, neighbouring corners of the majorant, cost nothing
against that bound; any other length j costs ``c(j)``, its distance below the line through them.
Taking j in place of a changes the number of blocks by ``j - a``, and what is missing to N_t must be
a multiple of ``b - a``. So the cheapest lengths to be mixed in are a shortest path over residues
modulo ``b - a`` (the group relaxation of an integer programme, Gomory 1969): when it leaves no
negative number of runs, it is the optimum.
"""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Float, Int


@dataclass(frozen=True, eq=False)
class Majorant:
    """Least concave function above the sums over runs of 1 to N blocks.

    Parameters
    ----------
    sums : ndarray, shape (N,)
        Sum over a run of 1, 2, ... N blocks.
    length : ndarray of int, shape (V,)
        Run lengths at the corners, rising.
    """

    sums: Float
    length: Int

    def __call__(self, run: Float) -> Float:
        """Value for run lengths from 1 to N, element by element."""
        return np.interp(run, self.length, self.sums[self.length - 1])

    def split(self, n_blocks: int, n_updates: int) -> tuple[int, ...] | None:
        """Run lengths of the largest sum, or None where the group relaxation does not tell.

        Parameters
        ----------
        n_blocks, n_updates : int
            Blocks N_t to divide, at most N, and number of runs M.

        Returns
        -------
        tuple of int or None
            In falling order.
        """
        corner = int(np.searchsorted(self.length * n_updates, n_blocks, side="right"))
        if corner == len(self.length):
            return (int(self.length[-1]),) * n_updates
        a, b = int(self.length[corner - 1]), int(self.length[corner])
        missing, modulus = n_blocks - n_updates * a, b - a
        mixed = self._cheapest(a, b, missing % modulus, n_blocks)
        whole, rest = divmod(missing - sum(j - a for j in mixed), modulus)
        if rest or whole < 0 or whole + len(mixed) > n_updates:
            return None
        plain = n_updates - whole - len(mixed)
        return tuple(sorted([*mixed, *[b] * whole, *[a] * plain], reverse=True))

    def _cheapest(self, a: int, b: int, residue: int, longest: int) -> list[int]:
        """Lengths to mix in for a residue, at the least cost: Dijkstra's shortest path."""
        modulus = b - a
        if residue == 0:
            return []
        j = np.arange(1, min(longest, len(self.sums)) + 1)
        slope = (self.sums[b - 1] - self.sums[a - 1]) / modulus
        cost = np.maximum(self.sums[a - 1] + slope * (j - a) - self.sums[j - 1], 0.0)
        shift = (j - a) % modulus
        # Of equal residues the cheapest length; 0 is that of the corners themselves.
        order = np.lexsort((cost, shift))
        shifts, first = np.unique(shift[order], return_index=True)
        lengths, costs = j[order][first], cost[order][first]
        distance, done = np.full(modulus, np.inf), np.zeros(modulus, dtype=bool)
        via = np.zeros(modulus, dtype=int)
        distance[0] = 0.0
        while True:
            here = int(np.argmin(np.where(done, np.inf, distance)))
            if here == residue or not np.isfinite(distance[here]) or done[here]:
                break
            done[here] = True
            there = (here + shifts) % modulus
            found = distance[here] + costs
            better = found < distance[there]
            distance[there[better]], via[there[better]] = found[better], lengths[better]
        mixed: list[int] = []
        while residue:
            mixed.append(int(via[residue]))
            residue = (residue - (mixed[-1] - a)) % modulus
        return mixed


def concave_majorant(phi: Float) -> Majorant:
    """Least concave function above the sums of `phi` over runs of 1 to N blocks.

    M runs of N_t blocks in all sum to at most M times its value at ``N_t / M`` (Jensen); when
    older blocks never carry more, the even split attains that.

    Parameters
    ----------
    phi : ndarray, shape (N,)
        Summed spectral efficiency by age.

    Returns
    -------
    Majorant
    """
    sums = np.cumsum(phi)
    S = sums.tolist()
    hull: list[int] = []
    for j in range(len(S)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (S[b] - S[a]) * (j - b) > (S[j] - S[b]) * (b - a):
                break
            hull.pop()
        hull.append(j)
    return Majorant(sums, np.array(hull) + 1)
