"""The frame design problem P1, Bai2024 (25)."""

from dataclasses import dataclass, field, replace

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.comm import Knowledge
from isacplan.comm.outliers import OutlierKnowledge
from isacplan.frame.closed_form import KnowledgeEfficiency, closed_form, per_shape
from isacplan.frame.efficiency import Efficiency
from isacplan.frame.error_law import AngleErrorLaw
from isacplan.frame.feasibility import sensing_range
from isacplan.frame.rate import whole_blocks

VALIDITY_POLICIES = ("as_printed", "enforce")


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameProblem:
    """How to share one frame between sensing, channel updates and data.

    Parameters
    ----------
    n_blocks : int
        Blocks in a frame, N.
    block_duration : float
        T_b [s].
    update_duration : float
        T_m, at most T_b [s].
    symbol_duration : float
        T_s [s].
    efficiency : Efficiency
        Spectral efficiency of K users by the sensing duration.
    error_law : AngleErrorLaw
        Mean square angle error of K users by the sensing duration.
    crb_limit : array_like, shape (K,) or ()
        Gamma_k, the largest mean square error allowed; infinite where there is no requirement
        [rad^2].
    weight : array_like, shape (K,) or (), optional
        Weights of the users in the objective.
    validity : {"enforce", "as_printed"}, optional
        Whether the knowledge model's domain joins the constraints.
    whole_symbols : bool, optional
        Whether only sensing durations of whole symbols count, as they can be sent.
    """

    n_blocks: int
    block_duration: float
    update_duration: float
    symbol_duration: float
    efficiency: Efficiency
    error_law: AngleErrorLaw
    crb_limit: Float
    weight: Float = field(default_factory=lambda: np.ones(1))
    validity: str = "enforce"
    whole_symbols: bool = False

    @classmethod
    def from_knowledge(
        cls,
        *,
        n_blocks: int,
        block_duration: float,
        update_duration: float,
        symbol_duration: float,
        knowledge: Knowledge,
        temporal_correlation: ArrayLike,
        crb_per_symbol: ArrayLike,
        crb_limit: ArrayLike,
        crb_exponent: int = 1,
        weight: ArrayLike = 1.0,
        validity: str = "enforce",
    ) -> "FrameProblem":
        """State a problem whose efficiency is the closed form of a knowledge model.

        Parameters
        ----------
        n_blocks, block_duration, update_duration, symbol_duration, crb_limit, weight, validity
            As above.
        knowledge : Knowledge
            What sensing and pilots tell the station, for K users.
        temporal_correlation : array_like, shape (K, N) or (N,)
            rho_{k,n} between an update and the n-th block after it.
        crb_per_symbol : array_like, shape (K,) or ()
            Angle variance bound after sensing for one symbol [rad^2].
        crb_exponent : {1, 2}, optional
            Power of the sensing duration with which the bound falls; see `CramerRaoLaw`.

        Returns
        -------
        FrameProblem
        """
        efficiency = closed_form(
            knowledge=knowledge,
            temporal_correlation=temporal_correlation,
            crb_per_symbol=crb_per_symbol,
            symbol_duration=symbol_duration,
            crb_exponent=crb_exponent,
            n_ages=_check.integer("n_blocks", n_blocks, at_least=1),
        )
        return cls(
            n_blocks=n_blocks,
            block_duration=block_duration,
            update_duration=update_duration,
            symbol_duration=symbol_duration,
            efficiency=efficiency,
            error_law=efficiency.error_law,
            crb_limit=np.asarray(crb_limit, dtype=float),
            weight=np.asarray(weight, dtype=float),
            validity=validity,
        )

    def __post_init__(self) -> None:
        n = _check.integer("n_blocks", self.n_blocks, at_least=1)
        T_b = float(_check.real("block_duration", self.block_duration, above=0.0))
        _check.real("update_duration", self.update_duration, at_least=0.0, at_most=T_b)
        _check.real("symbol_duration", self.symbol_duration, above=0.0, at_most=T_b)
        _check.choice("validity", self.validity, VALIDITY_POLICIES)
        in_block = T_b / self.symbol_duration
        if self.whole_symbols and abs(in_block - round(in_block)) > 1e-9 * in_block:
            raise ValueError(
                f"block_duration = {T_b:g} must be a multiple of symbol_duration = "
                f"{self.symbol_duration:g} where only whole symbols count"
            )
        _check.offers("efficiency", self.efficiency, Efficiency)
        _check.offers("error_law", self.error_law, AngleErrorLaw)
        if self.efficiency.n_ages != n:
            raise ValueError(
                f"efficiency must have an age for each of {n} blocks, got {self.efficiency.n_ages}"
            )
        K = self.efficiency.n_users
        if self.error_law.n_users != K:
            raise ValueError(f"error_law must be for {K} users, got {self.error_law.n_users}")
        if isinstance(self.efficiency, KnowledgeEfficiency):
            given = self.efficiency.error_law
            if self.error_law is not given:
                raise ValueError("error_law must be the law that the efficiency is computed with")
        limit = _check.real("crb_limit", self.crb_limit, above=0.0, infinite=True)
        weight = _check.real("weight", self.weight, at_least=0.0)
        for name, value in (("crb_limit", limit), ("weight", weight)):
            full = per_shape(name, value, (K,))
            full.flags.writeable = False
            object.__setattr__(self, name, full)
        if not np.any(self.weight > 0.0):
            raise ValueError("weight must be positive for at least one user")

    @property
    def n_users(self) -> int:
        """Number of users K."""
        return self.efficiency.n_users

    @property
    def closed_form(self) -> KnowledgeEfficiency:
        """The efficiency as a closed form of a knowledge model.

        Raises
        ------
        ValueError
            When it is something else, sampled for example.
        """
        if not isinstance(self.efficiency, KnowledgeEfficiency):
            raise ValueError(
                "efficiency must be the closed form of a knowledge model, got "
                f"{type(self.efficiency).__name__}"
            )
        return self.efficiency

    @property
    def knowledge(self) -> Knowledge | OutlierKnowledge:
        """The knowledge model behind a closed form."""
        return self.closed_form.knowledge

    @property
    def temporal_correlation(self) -> Float:
        """rho_{k,n} behind a closed form, shape (K, N)."""
        return self.closed_form.temporal_correlation

    def with_aging(self, temporal_correlation: ArrayLike) -> "FrameProblem":
        """The same problem, a closed form, under other temporal correlations.

        Parameters
        ----------
        temporal_correlation : array_like, shape (K, N) or (N,)

        Returns
        -------
        FrameProblem
        """
        shape = (self.n_users, self.n_blocks)
        rho = per_shape("temporal_correlation", temporal_correlation, shape)
        return replace(self, efficiency=replace(self.closed_form, temporal_correlation=rho))

    def crb(self, sensing_duration: ArrayLike) -> Float:
        """Mean square angle errors after sensing for T_l.

        Parameters
        ----------
        sensing_duration : array_like, shape (...)
            T_l [s].

        Returns
        -------
        ndarray, shape (..., K)
            [rad^2].
        """
        return self.error_law.mean_square(sensing_duration)

    @property
    def shortest_accurate_duration(self) -> Float:
        """Sensing duration that meets each user's requirement, shape (K,) [s]."""
        return self.error_law.duration_for(self.crb_limit)

    @property
    def shortest_valid_duration(self) -> Float:
        """Sensing duration from which the model holds for each user, (K,) [s]."""
        return self.efficiency.shortest_valid

    @property
    def valid_mean_square(self) -> Float:
        """Mean square angle errors up to which the model holds, shape (K,) [rad^2]."""
        return self.mean_square_at(self.efficiency.shortest_valid)

    def mean_square_at(self, duration: Float) -> Float:
        """Each user's mean square error after a duration of its own, which may be 0 or infinite."""
        inside = (duration > 0.0) & np.isfinite(duration)
        error = np.where(duration > 0.0, 0.0, np.inf)
        for k in np.flatnonzero(inside):
            error[k] = self.error_law.mean_square(float(duration[k]))[k]
        return error

    def n_sensing_blocks(self, sensing_duration: float) -> int:
        """Whole blocks that sensing takes; a rounded multiple of a block counts as that many."""
        return int(whole_blocks(sensing_duration, self.block_duration))

    def sensing_range(self) -> tuple[float, float]:
        """Shortest and (excluded) longest sensing duration of a feasible design [s].

        At least one symbol is sensed and at least one block is left.

        Raises
        ------
        InfeasibleError
            When a user's requirement, or the model's domain, needs the whole frame or more; says
            what would do.
        """
        return sensing_range(self)
