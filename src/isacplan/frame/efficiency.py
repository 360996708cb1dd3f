"""Spectral efficiency as a function of the sensing duration: all that a frame design needs.

A precoder, a receiver or an error model enters the design only here. Whoever implements
`Efficiency` is solved, bounded and compared like the closed forms; what a bound on it may be called
is decided in `isacplan.frame.certificate`, never by the efficiency itself.
"""

from dataclasses import dataclass
from typing import Protocol

from isacplan import _check
from isacplan._typing import Float
from isacplan.enclosure import EPSILON, Interval


class Enclosure(Protocol):
    """Bounds on the weighted sum Phi_n over each of B intervals of sensing duration."""

    @property
    def phi(self) -> Float:
        """Upper bounds of Phi_n for every age, shape (B, N) [bit/s/Hz]."""
        ...

    @property
    def first(self) -> Interval:
        """Bounds of Phi_1, shape (B,) [bit/s/Hz]."""
        ...

    @property
    def slope(self) -> Interval:
        """Bounds of the derivative of Phi_n by the sensing duration, shape (B,), every age."""
        ...

    @property
    def bend(self) -> Interval:
        """Bounds of the second derivative of Phi_n, shape (B,), valid for every age."""
        ...


@dataclass(frozen=True)
class EfficiencyBounds:
    """Bounds that are computed at once: see `Enclosure`.

    Parameters
    ----------
    phi : ndarray, shape (B, N)
        Upper bounds of Phi_n [bit/s/Hz].
    first : Interval, shape (B,)
        Phi_1 [bit/s/Hz].
    slope, bend : Interval, shape (B,)
        First and second derivative by the sensing duration, for every age at once.
    """

    phi: Float
    first: Interval
    slope: Interval
    bend: Interval


class Efficiency(Protocol):
    """Spectral efficiency of every user at every age, by the sensing duration."""

    @property
    def n_users(self) -> int:
        """Number of users K."""
        ...

    @property
    def n_ages(self) -> int:
        """Number of ages N, one per block of the frame."""
        ...

    @property
    def accuracy(self) -> float:
        """Relative error of `users` beyond rounding; zero when it is exact."""
        ...

    @property
    def shortest_valid(self) -> Float:
        """Sensing duration from which the model holds for each user, shape (K,) [s]."""
        ...

    @property
    def shortest_defined(self) -> Float:
        """Sensing duration above which the expressions exist, shape (K,) [s]."""
        ...

    def users(self, sensing_duration: Float) -> Float:
        """Efficiencies, shape (B, K, N) [bit/s/Hz], for durations of shape (B,) [s]."""
        ...

    def enclose(self, start: Float, stop: Float, weight: Float) -> Enclosure:
        """Bounds over intervals ``[start, stop]``, shape (B,), for weights of shape (K,).

        They hold up to the relative error of `users` (its `accuracy` and rounding), which
        whoever computes rates from them adds.
        """
        ...


def relative_error(efficiency: Efficiency) -> float:
    """Relative error of a rate: rounding of sums over users and blocks, and the efficiency's own.

    Parameters
    ----------
    efficiency : Efficiency

    Returns
    -------
    float
        With room to spare.
    """
    rounding = EPSILON * (efficiency.n_users + efficiency.n_ages + 16)
    own = float(_check.real("accuracy", efficiency.accuracy, at_least=0.0))
    return 4.0 * (rounding + own)
