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


def check_terms(terms: Terms[Float]) -> None:
    """Check the signs and domains that the bounds on a frame rest on.

    Parameters
    ----------
    terms : Terms
        Arrays of shape (..., K).

    Raises
    ------
    ValueError
        Names the term, the user and the value.
    """
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
