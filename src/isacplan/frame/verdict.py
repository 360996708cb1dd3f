"""What an upper bound may be called, and what a second look at it says."""

from dataclasses import dataclass

from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge
from isacplan.frame.efficiency import KnowledgeEfficiency
from isacplan.frame.problem import FrameProblem
from isacplan.frame.sampled import SampledEfficiency

LABELS: dict[type, str] = {
    AdditiveKnowledge: "proved",
    MismatchedKnowledge: "numerical",
    SampledEfficiency: "sampled",
}
"""What an upper bound may be called, by the type whose enclosures are checked."""


def certificate_label(problem: FrameProblem) -> str:
    """What an upper bound of a problem may be called: no efficiency grants itself a proof.

    Parameters
    ----------
    problem : FrameProblem

    Returns
    -------
    str
        ``"numerical"`` unless the type of the model is registered with more.
    """
    e = problem.efficiency
    kind = type(e.knowledge) if isinstance(e, KnowledgeEfficiency) else type(e)
    return LABELS.get(kind, "numerical")


@dataclass(frozen=True, kw_only=True)
class CertificateCheck:
    """What an independent look at a solution found.

    Parameters
    ----------
    feasible : bool
        The design fills the frame, meets every limit and lies in the model's domain.
    rate_error : float
        Relative difference between the stated rate and the rate from dense matrices.
    bound_holds : bool
        No design exceeds the stated upper bound by more than the tolerance.
    n_boxes : int
        Intervals (or samples) of sensing duration looked at.
    basis : str
        What the verdict on the bound rests on.
    rate_tolerance : float
        Relative difference of rates that counts as none.
    """

    feasible: bool
    rate_error: float
    bound_holds: bool
    n_boxes: int
    basis: str
    rate_tolerance: float = 1e-9

    @property
    def passed(self) -> bool:
        """Whether the solution stands."""
        return self.feasible and self.rate_error < self.rate_tolerance and self.bound_holds
