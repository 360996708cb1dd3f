"""Quasi-random numbers behind sampled efficiencies: drawn once, shared by every design."""

from dataclasses import dataclass

import numpy as np
from numpy.random import SeedSequence

from isacplan import _check
from isacplan._typing import Complex, Float, Int

LEVEL_DRAWS = 4
"""Realisations that share the angle error of a user, so that one filter serves them all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkDraws:
    """Independently scrambled nets of G x D realisations of K users with L antennas.

    Within a net the angle errors of each user take D / 4 levels of equal probability, moved
    together by a uniform offset: uniform, and balanced, like the net itself.

    Parameters
    ----------
    white : ndarray, shape (G, D, K, L)
        Circular normals; the first along L should drive the strongest direction.
    fluctuation : ndarray, shape (G, D, K)
        Circular normals for the receivers.
    level : ndarray of int, shape (G, D, K)
        Which of the levels holds for each realisation.
    uniform : ndarray, shape (G, levels, K)
        The levels, in (0, 1).
    """

    white: Complex
    fluctuation: Complex
    level: Int
    uniform: Float

    @property
    def n_scrambles(self) -> int:
        """Independent nets G."""
        return len(self.white)


def link_draws(
    n_users: int, n_antennas: int, *, n_scrambles: int, n_draws: int, seed: SeedSequence
) -> LinkDraws:
    """Scrambled Sobol nets for the realisations of a link.

    Parameters
    ----------
    n_users, n_antennas : int
    n_scrambles : int
        Independent scrambles G, from whose spread intervals follow; at least two.
    n_draws : int
        Realisations D in each, a power of two.
    seed : numpy.random.SeedSequence

    Returns
    -------
    LinkDraws
    """
    from scipy.special import ndtri

    K, L = n_users, n_antennas
    G = _check.integer("n_scrambles", n_scrambles, at_least=2)
    D = _check.integer("n_draws", n_draws, at_least=2)
    if D & (D - 1):
        raise ValueError(f"n_draws must be a power of two, got {D}")
    n_levels = max(D // LEVEL_DRAWS, 2)
    points = np.empty((G, D, 3 * K + 2 * K * L), np.float64)
    offset = np.empty((G, 1, K))
    for g, child in enumerate(seed.spawn(G)):
        scramble, moved = child.spawn(2)
        points[g] = _sobol(points.shape[2], D, scramble)
        offset[g] = np.random.default_rng(moved).uniform(size=(1, K))
    level = np.floor(points[:, :, :K] * n_levels).astype(int)
    # A net may hold the point zero: the middle of its cell is meant.
    normals = ndtri(points[:, :, K:] + 2.0**-33) * np.sqrt(0.5)
    receiver = np.reshape(normals[:, :, : 2 * K], (G, D, K, 2))
    white = np.reshape(normals[:, :, 2 * K :], (G, D, L, K, 2))
    return LinkDraws(
        white=np.ascontiguousarray(np.swapaxes(_joined(white), 2, 3)),
        fluctuation=_joined(receiver),
        level=level,
        uniform=(np.arange(n_levels)[:, None] + offset) / n_levels,
    )


def _joined(parts: Float) -> Complex:
    return np.ascontiguousarray(parts).view(complex)[..., 0]


def _sobol(n_dimensions: int, n: int, seed: SeedSequence) -> Float:
    from scipy.stats import qmc

    net = qmc.Sobol(n_dimensions, scramble=True, rng=np.random.default_rng(seed))
    return net.random_base2(n.bit_length() - 1)
