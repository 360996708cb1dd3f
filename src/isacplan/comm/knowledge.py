"""What the station knows of the channel, as three numbers per user.

A knowledge model turns the variances of the sensed angles into signal, uncertainty and
interference at each user, all relative to the user's noise. The SINR in block n after an update is

    SINR_{k,n} = rho_{k,n}^2 signal_k / (1 + interference_k + rho_{k,n}^2 uncertainty_k).
"""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from isacplan._typing import Float
from isacplan.enclosure import Jet

Number = TypeVar("Number", Float, Jet)


@dataclass(frozen=True)
class Terms(Generic[Number]):
    """The parts of the SINR right after an update, relative to the noise.

    Parameters
    ----------
    signal : ndarray or Jet, shape (..., K)
        Power through the mean effective channel.
    uncertainty : ndarray or Jet, shape (..., K)
        Power of the fluctuation of the beamforming gain that ages with the channel.
    interference : ndarray or Jet, shape (..., K)
        Power that does not age: all users' beams through the rest of the channel.
    """

    signal: Number
    uncertainty: Number
    interference: Number


class Knowledge(Protocol):
    """What every knowledge model offers; the frame design needs nothing else."""

    @property
    def n_users(self) -> int:
        """Number of users K."""
        ...

    @property
    def certificate(self) -> str:
        """``"proved"`` when `enclose` is rigorous, else ``"numerical"``."""
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
        """SINR parts for angle variances of shape (..., K) [rad^2]."""
        ...

    def enclose(self, crb: Jet) -> Terms[Jet]:
        """Enclosures of the SINR parts over intervals of angle variance, shape (B, K)."""
        ...
