"""The closed form: efficiency from a knowledge model, a law of the angle error, and aging."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.comm import Knowledge, check_terms, spectral_efficiency
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.frame.efficiency import Enclosure
from isacplan.frame.error_law import ClosedFormLaw, CramerRaoLaw
from isacplan.frame.knowledge_bounds import KnowledgeEnclosure

LN2 = float(np.log(2.0))


@dataclass(frozen=True, kw_only=True, eq=False)
class KnowledgeEfficiency:
    """The closed form: a knowledge model, a law of the angle error, and channel aging.

    Parameters
    ----------
    knowledge : Knowledge or OutlierKnowledge
        What sensing and pilots tell the station, for K users.
    error_law : ClosedFormLaw
        Angle errors by the sensing duration, of the kind that the knowledge model takes.
    temporal_correlation : array_like, shape (K, N)
        rho_{k,n} between an update and the n-th block after it.
    """

    knowledge: Knowledge | OutlierKnowledge
    error_law: ClosedFormLaw
    temporal_correlation: Float

    def __post_init__(self) -> None:
        _check.offers("knowledge", self.knowledge, Knowledge)
        _check.offers("error_law", self.error_law, ClosedFormLaw)
        rho = np.array(
            _check.real(
                "temporal_correlation", self.temporal_correlation, at_least=-1.0, at_most=1.0
            )
        )
        if rho.ndim != 2 or len(rho) != self.knowledge.n_users:
            raise ValueError(
                f"temporal_correlation must have shape ({self.knowledge.n_users}, N), "
                f"got {rho.shape}"
            )
        if self.error_law.n_users != self.knowledge.n_users:
            raise ValueError(
                f"crb_per_symbol must hold {self.knowledge.n_users} numbers, one per user, "
                f"got {self.error_law.n_users}"
            )
        own = getattr(self.knowledge, "law", None)
        if isinstance(self.error_law, CramerRaoLaw) != (own is None):
            raise ValueError(
                "error_law must be of the kind that the knowledge model takes: a threshold law "
                "goes with OutlierKnowledge of the same law, the bound with the others"
            )
        if own is not None and own is not self.error_law:
            raise ValueError("error_law must be the law of the knowledge model")
        rho.flags.writeable = False
        object.__setattr__(self, "temporal_correlation", rho)

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return self.knowledge.n_users

    @property
    def n_ages(self) -> int:
        """Number of ages N."""
        return self.temporal_correlation.shape[1]

    @property
    def cramer_rao(self) -> CramerRaoLaw:
        """The error law as a power of the sensing duration.

        Raises
        ------
        ValueError
            When it is another.
        """
        if not isinstance(self.error_law, CramerRaoLaw):
            raise ValueError(f"error_law must be the bound, got {type(self.error_law).__name__}")
        return self.error_law

    @property
    def accuracy(self) -> float:
        """Relative error of the knowledge model's terms beyond rounding."""
        return self.knowledge.accuracy

    @property
    def shortest_valid(self) -> Float:
        """Sensing duration from which the knowledge model holds, shape (K,) [s]."""
        return self._edges[0]

    @property
    def shortest_defined(self) -> Float:
        """Sensing duration above which the model's expressions exist, shape (K,) [s]."""
        return self._edges[1]

    @cached_property
    def _edges(self) -> tuple[Float, Float]:
        edges: list[Float] = []
        for name in ("valid_crb", "defined_crb"):
            limit = _check.real(name, getattr(self.knowledge, name), at_least=0.0, infinite=True)
            if limit.shape not in ((), (self.n_users,)):
                raise ValueError(f"{name} must have shape ({self.n_users},), got {limit.shape}")
            edge = np.array(np.broadcast_to(self.error_law.duration_for(limit), (self.n_users,)))
            edge.flags.writeable = False
            edges.append(edge)
        if np.any(edges[0] < edges[1]):
            raise ValueError(
                "valid_crb must not exceed defined_crb, beyond which nothing is defined"
            )
        return edges[0], edges[1]

    def users(self, sensing_duration: Float) -> Float:
        """Spectral efficiency (23) of every user at every age.

        Parameters
        ----------
        sensing_duration : ndarray, shape (B,)
            T_l [s].

        Returns
        -------
        ndarray, shape (B, K, N)
            [bit/s/Hz].

        Raises
        ------
        ValueError
            When the knowledge model breaks the contract of its terms.
        """
        terms = self.knowledge.terms(self.error_law.distribution(sensing_duration))
        check_terms(terms, (*np.shape(sensing_duration), self.n_users))
        return spectral_efficiency(terms, self.temporal_correlation)

    def enclose(self, start: Float, stop: Float, weight: Float) -> Enclosure:
        """Bounds of the weighted efficiency over intervals of sensing duration.

        Parameters
        ----------
        start, stop : ndarray, shape (B,)
            Ends of the intervals [s].
        weight : ndarray, shape (K,)
            Weights of the users.

        Returns
        -------
        Enclosure
            Each part is computed when it is asked for.
        """
        terms = self.knowledge, self.error_law
        return KnowledgeEnclosure(*terms, self.kept, start, stop, weight)

    @cached_property
    def kept(self) -> Float:
        """``rho^2`` by user and age, shape (K, N)."""
        return self.temporal_correlation**2


def closed_form(
    *,
    knowledge: Knowledge,
    temporal_correlation: ArrayLike,
    crb_per_symbol: ArrayLike,
    symbol_duration: float,
    crb_exponent: int,
    n_ages: int,
) -> KnowledgeEfficiency:
    """Build the closed form from numbers that broadcast over users.

    Parameters
    ----------
    knowledge : Knowledge
        For K users.
    temporal_correlation : array_like, shape (K, N) or (N,)
        rho_{k,n}.
    crb_per_symbol : array_like, shape (K,) or ()
        Angle variance bound after sensing for one symbol [rad^2].
    symbol_duration : float
        T_s [s].
    crb_exponent : {1, 2}
        See `CramerRaoLaw`.
    n_ages : int
        N.

    Returns
    -------
    KnowledgeEfficiency
    """
    _check.offers("knowledge", knowledge, Knowledge)
    K = knowledge.n_users
    rho = per_shape("temporal_correlation", temporal_correlation, (K, n_ages))
    per_symbol = per_shape("crb_per_symbol", crb_per_symbol, (K,))
    law = CramerRaoLaw(
        per_symbol=per_symbol, symbol_duration=symbol_duration, exponent=crb_exponent
    )
    return KnowledgeEfficiency(knowledge=knowledge, error_law=law, temporal_correlation=rho)


def per_shape(name: str, value: ArrayLike, shape: tuple[int, ...]) -> Float:
    """A copy of `value` broadcast to a shape, or a ValueError that names it."""
    array = np.asarray(value, dtype=float)
    try:
        return np.array(np.broadcast_to(array, shape))
    except ValueError:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}") from None
