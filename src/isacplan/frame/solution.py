"""What a frame solver returns."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from isacplan._typing import Float
from isacplan._version import __version__
from isacplan.errors import Note
from isacplan.results import Answer, Record


@dataclass(frozen=True, kw_only=True, eq=False)
class FrameSolution(Answer):
    """A frame and what it achieves.

    Parameters
    ----------
    method : str
        Name of the solver.
    rate : float
        Objective (24) [bit/Hz per frame]; the mean over allocations for random baselines.
    sensing_duration : float
        T_l [s].
    blocks_per_update : tuple of int
        N_m, one number per update; empty for random baselines.
    user_rate : ndarray, shape (K,)
        Each user's unweighted share of (24) [bit/Hz per frame].
    crb : ndarray, shape (K,)
        Angle variance bounds [rad^2].
    valid : bool
        Whether the knowledge model holds at this sensing duration.
    warnings : tuple of Note
        What to know before believing the number (erratum A5 among others): strings with angles in
        radians, which `Note.in_degrees` has in degrees.
    upper_bound : float or None
        No feasible design exceeds this rate [bit/Hz per frame]; None for heuristics.
    certificate : str or None
        ``"proved"``, ``"numerical"`` or ``"sampled"``; None for heuristics.
    n_evaluations : int
        Sensing durations at which the rate was evaluated.
    rate_std : float
        Standard deviation over random allocations, else zero [bit/Hz per frame].
    """

    method: str
    rate: float
    sensing_duration: float
    blocks_per_update: tuple[int, ...]
    user_rate: Float
    crb: Float
    valid: bool
    warnings: tuple[Note, ...] = ()
    upper_bound: float | None = None
    certificate: str | None = None
    n_evaluations: int = 1
    rate_std: float = 0.0

    @property
    def n_updates(self) -> int:
        """Number of channel updates M."""
        return len(self.blocks_per_update)

    @property
    def gap(self) -> float | None:
        """How much better a design could at most be, relative to the rate."""
        if self.upper_bound is None:
            return None
        if self.rate == 0.0:
            return float(np.inf) if self.upper_bound > 0.0 else 0.0
        return max(self.upper_bound - self.rate, 0.0) / abs(self.rate)

    def record(self, *, curves: bool = False) -> Record:
        """What the solver found; see `Answer.record`."""
        del curves
        return Record(
            values={
                "kind": "frame",
                "version": __version__,
                **self.values,
                "rate_std_bit_per_hz": self.rate_std,
                "method": self.method,
                "warnings": list(self.warnings),
                "users": {"rate_bit_per_hz": self.user_rate, "crb_rad2": self.crb},
            }
        )

    @property
    def values(self) -> dict[str, Any]:
        """Of the whole frame, by the keys of the table of quantities."""
        return {
            "rate_bit_per_hz": self.rate,
            "sensing_duration_s": self.sensing_duration,
            "n_updates": self.n_updates,
            "blocks_per_update": list(self.blocks_per_update),
            "upper_bound_bit_per_hz": self.upper_bound,
            "gap": self.gap,
            "certificate": self.certificate,
            "n_evaluations": self.n_evaluations,
            "valid": self.valid,
        }
