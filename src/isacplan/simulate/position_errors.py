"""Position errors of one user from the reference signals on all of its links."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.random import SeedSequence

from isacplan._typing import Float
from isacplan.simulate.backend import Backend
from isacplan.simulate.localization import ReferenceSignal
from isacplan.simulate.nonlinear_fix import LinkGeometry
from isacplan.units import SPEED_OF_LIGHT


@dataclass(frozen=True, kw_only=True, eq=False)
class UserSignals:
    """What one user's position is estimated from.

    Parameters
    ----------
    links : tuple of ReferenceSignal
        The serving station's first.
    gain : ndarray, shape (L, 2, 2)
        Error of the place by error of each link's angle and delay, to first order: what the
        expansions take.
    bias : float
        By how much every path is longer than the straight line [m].
    geometry : LinkGeometry or None
        Of the links; None where the place is that of one angle and one delay in the plane.
    radius : float
        Within which errors are counted [m].
    """

    links: tuple[ReferenceSignal, ...]
    gain: Float
    bias: float
    geometry: LinkGeometry | None
    radius: float

    @cached_property
    def shift(self) -> Float:
        """Error of the place that the bias makes, to first order, shape (2,) [m]."""
        return np.sum(self.gain[..., 1], axis=0) * self.bias / SPEED_OF_LIGHT

    @cached_property
    def bounds(self) -> Float:
        """Exact bounds on angle [rad^2] and delay [s^2] of the first link, and on the place [m^2].

        The last with the square of the shift.
        """
        each = np.array([signal.bounds[:2] for signal in self.links])
        square = np.sum(self.gain**2 * each[:, None]) + np.sum(self.shift**2)
        return np.array([*each[0], square])

    def at_snr(self, scale: float) -> "UserSignals":
        """The same with every SNR scaled, which leaves the weights of the links as they are."""
        links = tuple(replace(signal, snr=scale * signal.snr) for signal in self.links)
        return replace(self, links=links)

    def squared_errors(
        self, seed: SeedSequence, n_trials: int, backend: Backend
    ) -> tuple[Float, Float]:
        """Squared errors and whether they are within the radius, and expansions of the former.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        n_trials : int
        backend : Backend

        Returns
        -------
        found : ndarray, shape (4, n_trials)
            Of the first link's angle [rad^2] and delay [s^2], and of the place [m^2]; one where
            that is within the radius.
        expanded : ndarray, shape (3, n_trials)
        """
        seeds = [seed] if len(self.links) == 1 else seed.spawn(len(self.links))
        drawn = [
            signal.errors(s, n_trials, backend) for signal, s in zip(self.links, seeds, strict=True)
        ]
        found, expanded = (np.array([pair[i] for pair in drawn]) for i in range(2))
        square = self._squared_distance(found)
        within = (square <= self.radius**2).astype(float)
        return (
            np.array([*found[0] ** 2, square, within]),
            np.array([*expanded[0] ** 2, np.sum(self._linear(expanded) ** 2, axis=0)]),
        )

    def _squared_distance(self, errors: Float) -> Float:
        """From the true place to the one that n trials give, from errors (L, 2, n) [m^2]."""
        first = self.links[0]
        if self.geometry is None:
            return first.squared_distance(*errors[0])
        angles = np.array([[signal.angle] for signal in self.links])
        ranges = SPEED_OF_LIGHT * errors[:, 1] + self.bias
        # From the truth, as if all were linear, and where the first link alone has it.
        alone = first.angle + errors[0, 0], first.distance + ranges[0]
        there = alone[1] * np.array([np.cos(alone[0]), np.sin(alone[0])])
        own = first.distance * np.array([[np.cos(first.angle)], [np.sin(first.angle)]])
        linear = self._linear(errors)
        starts = np.stack([np.zeros_like(linear), linear, there - own])
        sines = np.sin(angles + errors[:, 0]) - np.sin(angles)
        return np.sum(self.geometry.fix(sines, ranges, starts) ** 2, axis=0)

    def _linear(self, errors: Float) -> Float:
        """Errors of the place to first order, shape (2, n) [m]."""
        return np.einsum("lpm,lmn->pn", self.gain, errors) + self.shift[:, None]
