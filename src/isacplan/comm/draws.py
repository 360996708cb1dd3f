"""Quasi-random numbers behind sampled efficiencies: drawn once, shared by every design."""

from dataclasses import dataclass

import numpy as np
from numpy.random import SeedSequence

from isacplan import _check
from isacplan._typing import Complex, Float

TOGETHER = 4
MANY_TOGETHER = 16
"""Realisations that share the angle error of a user, so that one filter serves them all: few, and
many where so many antennas make filters dear."""

MANY_ANTENNAS = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkDraws:
    """Independently scrambled nets of G x D realisations of K users with L antennas.

    Parameters
    ----------
    white : ndarray, shape (G, D, K, L)
        Circular normals; the first along L should drive the strongest direction.
    fluctuation : ndarray, shape (G, D, K)
        Circular normals for the receivers.
    angle : ndarray, shape (G, D, K)
        Uniform numbers that decide how a sensed angle errs.
    component : ndarray, shape (G, D)
        Uniform numbers that choose among the components of a mixture.
    offset : ndarray, shape (G, K)
        Uniform numbers that move the angle errors of a net together.
    """

    white: Complex
    fluctuation: Complex
    angle: Float
    component: Float
    offset: Float

    @property
    def n_scrambles(self) -> int:
        """Independent nets G."""
        return len(self.white)

    @property
    def n_together(self) -> int:
        """Realisations that share a filter."""
        _, n_draws, _, n_antennas = self.white.shape
        return min(MANY_TOGETHER if n_antennas >= MANY_ANTENNAS else TOGETHER, n_draws)


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
    points = np.empty((G, D, 1 + 3 * K + 2 * K * L), np.float64)
    offset = np.empty((G, K))
    for g, child in enumerate(seed.spawn(G)):
        scramble, moved = child.spawn(2)
        points[g] = _sobol(points.shape[2], D, scramble)
        offset[g] = np.random.default_rng(moved).uniform(size=K)
    # A net may hold the point zero: the middle of its cell is meant.
    points += 2.0**-33
    normals = ndtri(points[:, :, 1 + K :]) * np.sqrt(0.5)
    receiver = np.reshape(normals[:, :, : 2 * K], (G, D, K, 2))
    white = np.reshape(normals[:, :, 2 * K :], (G, D, L, K, 2))
    return LinkDraws(
        white=np.ascontiguousarray(np.swapaxes(_joined(white), 2, 3)),
        fluctuation=_joined(receiver),
        angle=points[:, :, 1 : 1 + K],
        component=points[:, :, 0],
        offset=offset,
    )


def _joined(parts: Float) -> Complex:
    return np.ascontiguousarray(parts).view(complex)[..., 0]


def _sobol(n_dimensions: int, n: int, seed: SeedSequence) -> Float:
    from scipy.stats import qmc

    net = qmc.Sobol(n_dimensions, scramble=True, rng=np.random.default_rng(seed))
    return net.random_base2(n.bit_length() - 1)
