"""A precoder with a receiver: efficiencies by user and age from one set of draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.comm.precoder import precoder
from isacplan.comm.receiver import receiver
from isacplan.comm.sampled import BeamStatistics, SampledLink

COARSEST_AGES = 8
FINEST_AGES = 64


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """How beams are formed and how they are received.

    Parameters
    ----------
    precoder, receiver : str
        Names of `isacplan.comm.precoder.precoders` and `isacplan.comm.receiver.receivers`.
    precoded_pilots : int, optional
        Symbols a block from which users learn their gains, where the receiver does.
    """

    precoder: str = "mrt"
    receiver: str = "mean_gain"
    precoded_pilots: int = 1

    def __post_init__(self) -> None:
        precoder(self.precoder)
        receiver(self.receiver)
        _check.integer("precoded_pilots", self.precoded_pilots, at_least=1)

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{precoder(self.precoder).words}; {receiver(self.receiver).words}"


@dataclass(frozen=True, kw_only=True, eq=False)
class AgeRule:
    """Efficiencies at all ages from those at few correlations.

    Parameters
    ----------
    temporal_correlation : ndarray, shape (K, J)
        Where efficiencies are computed.
    spread : ndarray, shape (K, N, J)
        From there to every age; interpolation in ``|rho|``.
    error : float
        Relative error at twice as many correlations.
    """

    temporal_correlation: Float
    spread: Float
    error: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledScheme:
    """A scheme on a sampled link.

    Parameters
    ----------
    link : SampledLink
    scheme : Scheme
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}.
    ages : AgeRule
        How to reach all of them.
    share : float
        Part of a block that precoded pilots leave.
    """

    link: SampledLink
    scheme: Scheme
    temporal_correlation: Float
    ages: AgeRule
    share: float

    def efficiency(self, statistics: BeamStatistics, *, without: int | None = None) -> Float:
        """Spectral efficiency by user and age, precoded pilots charged, (K, N) [bit/s/Hz].

        Parameters
        ----------
        statistics : BeamStatistics
            Of this scheme's precoder.
        without : int, optional
            A scramble to leave out.
        """
        gains = self.link.gains(statistics, without=without)
        pilots = self.scheme.precoded_pilots
        at = self.ages.temporal_correlation
        few = receiver(self.scheme.receiver).efficiency(gains, at, pilots)
        return self.share * np.einsum("knj,kj->kn", self.ages.spread, few)


def sampled_scheme(
    link: SampledLink,
    scheme: Scheme,
    statistics: BeamStatistics,
    *,
    temporal_correlation: Float,
    symbols_per_block: float,
    tolerance: float,
) -> SampledScheme:
    """A scheme with the ages at which it must be computed.

    Parameters
    ----------
    link : SampledLink
    scheme : Scheme
    statistics : BeamStatistics
        Of its precoder, anywhere: they show how many ages are enough.
    temporal_correlation : ndarray, shape (K, N)
        rho_{k,n}.
    symbols_per_block : float
    tolerance : float
        Wanted relative error of interpolation between ages.

    Returns
    -------
    SampledScheme
    """
    kind = receiver(scheme.receiver)
    share = kind.share(scheme.precoded_pilots, symbols_per_block)
    rho = np.abs(temporal_correlation)
    ages = _every_age(rho)
    if kind.averages:
        gains = link.gains(statistics)
        ages = _few_ages(
            rho, lambda at: kind.efficiency(gains, at, scheme.precoded_pilots), tolerance
        )
    return SampledScheme(
        link=link,
        scheme=scheme,
        temporal_correlation=temporal_correlation,
        ages=ages,
        share=share,
    )


def _every_age(rho: Float) -> AgeRule:
    K, N = rho.shape
    return AgeRule(temporal_correlation=rho, spread=np.broadcast_to(np.eye(N), (K, N, N)))


def _few_ages(rho: Float, efficiency: Callable[[Float], Float], tolerance: float) -> AgeRule:
    """Correlations that doubling changes by less than the tolerance, or every age."""
    degree = COARSEST_AGES
    while degree + 1 < rho.shape[1] and degree <= FINEST_AGES:
        few, twice = _nodes(rho, degree), _nodes(rho, 2 * degree)
        exact = efficiency(twice)
        guess = np.einsum("knj,kj->kn", _matrix(rho, twice, degree), efficiency(few))
        error = float(np.max(np.abs(guess - exact) / np.maximum(exact, np.finfo(float).tiny)))
        if error <= tolerance:
            spread = _matrix(rho, rho, degree)
            return AgeRule(temporal_correlation=few, spread=spread, error=error)
        degree *= 2
    return _every_age(rho)


def _nodes(rho: Float, degree: int) -> Float:
    """Chebyshev points of every user's range of correlations, shape (K, degree + 1)."""
    low, high = np.min(rho, axis=1)[:, None], np.max(rho, axis=1)[:, None]
    unit = -np.cos(np.pi * np.arange(degree + 1) / degree)
    return 0.5 * (low + high) + 0.5 * (high - low) * unit


def _matrix(rho: Float, points: Float, degree: int) -> Float:
    """Barycentric interpolation from the nodes of a degree to points (K, P), shape (K, P, J)."""
    nodes = _nodes(rho, degree)
    weight = np.where(np.arange(degree + 1) % 2 == 0, 1.0, -1.0)
    weight[[0, -1]] *= 0.5
    distance = points[:, :, None] - nodes[:, None, :]
    hit = distance == 0.0
    share = weight / np.where(hit, 1.0, distance)
    spread = share / np.sum(share, axis=-1, keepdims=True)
    # On a node, or where all nodes are one, that value itself.
    first = hit & (np.cumsum(hit, axis=-1) == 1)
    return np.where(np.any(hit, axis=-1, keepdims=True), first.astype(float), spread)
