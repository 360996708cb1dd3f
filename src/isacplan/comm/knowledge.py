"""What the station knows of the channel, as three numbers per user.

A knowledge model turns the variances of the sensed angles into signal, uncertainty and
interference at each user, all relative to the user's noise. The SINR in block n after an update is

    SINR_{k,n} = rho_{k,n}^2 signal_k / (1 + interference_k + rho_{k,n}^2 uncertainty_k).

What the bounds on a frame rest on is the contract of these numbers, up to `CONTRACT_SLACK`:

============  ================================  ==============================================
term          sign                              domain
============  ================================  ==============================================
signal        non-negative                      finite
interference  non-negative                      finite
uncertainty   either, as self-interference      above ``-(1 + interference)``: what disturbs a
              may be known in part              user stays positive at every age
============  ================================  ==============================================
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from isacplan._typing import Float
from isacplan.enclosure import Jet

Number = TypeVar("Number", Float, Jet)

CONTRACT_SLACK = 1e-9
"""How far below zero, in units of the noise, rounding may carry a term that is not negative."""


@dataclass(frozen=True)
class Terms(Generic[Number]):
    """The parts of the SINR right after an update, relative to the noise.

    Parameters
    ----------
    signal : ndarray or Jet, shape (..., K)
        Power through the mean effective channel; never negative.
    uncertainty : ndarray or Jet, shape (..., K)
        Power of the fluctuation of the beamforming gain that ages with the channel; of either
        sign, but above ``-(1 + interference)``.
    interference : ndarray or Jet, shape (..., K)
        Power that does not age: all users' beams through the rest of the channel; never negative.
    """

    signal: Number
    uncertainty: Number
    interference: Number


NAMES = ("signal", "uncertainty", "interference")


def check_terms(terms: Terms[Float], shape: tuple[int, ...] | None = None) -> None:
    """Check the shapes, signs and domains that the bounds on a frame rest on.

    Parameters
    ----------
    terms : Terms
        Arrays of shape (..., K).
    shape : tuple of int, optional
        Theirs; default that of the signal.

    Raises
    ------
    ValueError
        Names the term, the user and the value.
    """
    _check_kind(terms, shape, lambda term: np.asarray(term).shape)
    if _keeps_contract(terms):
        return
    least = {
        "signal": (terms.signal, np.zeros(())),
        "interference": (terms.interference, np.zeros(())),
        "uncertainty": (terms.uncertainty, -1.0 - np.asarray(terms.interference)),
    }
    for name, (value, bound) in least.items():
        broken = ~(np.asarray(value) >= bound - CONTRACT_SLACK) | ~np.isfinite(value)
        if name == "uncertainty":
            broken |= np.asarray(value) <= bound
        if np.any(broken):
            where = tuple(int(i) for i in np.argwhere(broken)[0])
            wanted = "above -(1 + interference)" if name == "uncertainty" else "at least 0"
            raise ValueError(
                f"{name} of a knowledge model must be finite and {wanted} for every user, got "
                f"{np.asarray(value)[where]:g} for user {where[-1]}"
            )


def check_enclosed(terms: Terms[Jet], shape: tuple[int, ...]) -> None:
    """Check that enclosed terms are bounds, the lower ones below the upper ones.

    Parameters
    ----------
    terms : Terms
        Jets of shape (B, K).
    shape : tuple of int
        Theirs.

    Raises
    ------
    ValueError
        Names the term.
    """

    def shape_of(term: object) -> tuple[int, ...]:
        if not isinstance(term, Jet):
            raise ValueError(f"terms must be enclosed by a Jet each, got {type(term).__name__}")
        return np.shape(term.value.lower)

    _check_kind(terms, shape, shape_of)
    for name in NAMES:
        value = getattr(terms, name).value
        if np.any(value.lower > value.upper):
            raise ValueError(f"{name} must be enclosed by a lower bound below the upper one")


def _check_kind(
    terms: object,
    shape: tuple[int, ...] | None,
    shape_of: Callable[[object], tuple[int, ...]],
) -> None:
    if not isinstance(terms, Terms):
        raise ValueError(f"a knowledge model must give Terms, got {type(terms).__name__}")
    shapes = {name: shape_of(getattr(terms, name)) for name in NAMES}
    wanted = shapes["signal"] if shape is None else shape
    for name, found in shapes.items():
        if found != wanted:
            raise ValueError(f"{name} of a knowledge model must have shape {wanted}, got {found}")


def _keeps_contract(terms: Terms[Float]) -> bool:
    """The same in a few reductions; what is not a number fails every comparison."""
    signal, uncertainty, interference = (
        np.asarray(term) for term in (terms.signal, terms.uncertainty, terms.interference)
    )
    return bool(
        signal.min() >= -CONTRACT_SLACK
        and interference.min() >= -CONTRACT_SLACK
        and (interference + uncertainty).min() > -1.0
        and np.isfinite(signal.max() + interference.max() + uncertainty.max())
    )


class Knowledge(Protocol):
    """What every knowledge model offers; the frame design needs nothing else."""

    @property
    def n_users(self) -> int:
        """Number of users K."""
        ...

    @property
    def accuracy(self) -> float:
        """Relative error of the terms beyond rounding; zero when they are exact."""
        ...

    @property
    def valid_crb(self) -> Float:
        """Largest angle variance for which the model holds, shape (K,) [rad^2]."""
        ...

    @property
    def defined_crb(self) -> Float:
        """Angle variance at which the model's expressions cease to exist, shape (K,) [rad^2]."""
        ...

    def terms(self, crb: Float) -> Terms[Float]:
        """SINR parts for angle variances of shape (..., K) [rad^2], as the contract says."""
        ...

    def enclose(self, crb: Jet) -> Terms[Jet]:
        """Enclosures of the SINR parts over intervals of angle variance, shape (B, K).

        Values and derivatives of `terms`, up to `accuracy`. A bound that is not a number, or
        infinite, says nothing and costs effort only.
        """
        ...
