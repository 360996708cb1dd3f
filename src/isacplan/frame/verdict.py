"""What an upper bound may be called, and what a second look at it says.

A label of proof is granted here, by the type of the model behind an efficiency and the check that
is registered for that type, never by the model.
"""

from collections.abc import Callable
from dataclasses import dataclass

from isacplan import _check
from isacplan.comm.scheme import SampledScheme
from isacplan.frame.closed_form import KnowledgeEfficiency
from isacplan.frame.efficiency import Efficiency
from isacplan.frame.problem import FrameProblem
from isacplan.frame.solution import FrameSolution

LABELS = ("proved", "numerical", "sampled")


@dataclass(frozen=True, kw_only=True)
class CertificateCheck:
    """What an independent look at a solution found.

    Parameters
    ----------
    feasible : bool
        The design fills the frame, meets every limit and lies in the model's domain.
    rate_error : float
        Relative difference between the stated rate and the rate of the check.
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


@dataclass(frozen=True, kw_only=True)
class BoundCheck:
    """How bounds on one type of efficiency are verified, and what that makes them.

    Parameters
    ----------
    label : {"proved", "numerical", "sampled"}
        What a bound may be called: it follows from enclosures, it rests on numbers of a stated
        accuracy, or on draws.
    verify : callable
        Maps problem, solution, relative tolerance and the largest number of intervals to look at,
        to a `CertificateCheck`.
    """

    label: str
    verify: Callable[[FrameProblem, FrameSolution, float, int], CertificateCheck]

    def __post_init__(self) -> None:
        _check.choice("label", self.label, LABELS)


_checks: dict[type, BoundCheck] = {}


def register_check(kind: type, check: BoundCheck) -> None:
    """Say how bounds on a type of efficiency, or of knowledge model, are verified.

    Parameters
    ----------
    kind : type
        Exactly this type: a subclass may enclose differently, and needs its own.
    check : BoundCheck

    Raises
    ------
    ValueError
        When the type has a check already.
    """
    if kind in _checks:
        raise ValueError(f"kind must be a type without a check, got {kind.__name__}")
    _checks[kind] = check


def registered_check(efficiency: Efficiency | SampledScheme) -> BoundCheck | None:
    """The check of an efficiency's type, or None.

    Parameters
    ----------
    efficiency : Efficiency or SampledScheme
        For a closed form the type of its knowledge model counts.

    Returns
    -------
    BoundCheck or None
    """
    e = efficiency
    return _checks.get(type(e.knowledge) if isinstance(e, KnowledgeEfficiency) else type(e))


def certificate_label(efficiency: Efficiency | SampledScheme) -> str:
    """What an upper bound on rates may be called: no efficiency grants itself a proof.

    Parameters
    ----------
    efficiency : Efficiency or SampledScheme
        That the rates are computed from; a scheme alone where nothing is sensed.

    Returns
    -------
    str
        ``"numerical"`` unless a check that says otherwise is registered for the type.
    """
    check = registered_check(efficiency)
    return "numerical" if check is None else check.label
