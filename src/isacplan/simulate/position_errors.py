"""Position errors of one user from the reference signals on all of its links."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.random import SeedSequence

from isacplan._typing import Float
from isacplan.simulate.backend import Backend
from isacplan.simulate.localization import ReferenceSignal


@dataclass(frozen=True, kw_only=True, eq=False)
class UserSignals:
    """What one user's position is estimated from.

    Parameters
    ----------
    links : tuple of ReferenceSignal
        The serving station's first.
    gain : ndarray, shape (L, 2, 2)
        Error of the place by error of each link's angle and delay: the fused estimate, linear
        about the true place.
    shift : ndarray, shape (2,)
        Error of the place that paths longer than the straight line make [m].
    polar : bool
        Whether the place is that of one angle and one delay, taken as they are and not to first
        order.
    radius : float
        Within which errors are counted [m].
    """

    links: tuple[ReferenceSignal, ...]
    gain: Float
    shift: Float
    polar: bool
    radius: float

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
        square = self.links[0].squared_distance(*found[0]) if self.polar else self._squared(found)
        within = (square <= self.radius**2).astype(float)
        return (
            np.array([*found[0] ** 2, square, within]),
            np.array([*expanded[0] ** 2, self._squared(expanded)]),
        )

    def _squared(self, errors: Float) -> Float:
        place = np.einsum("lpm,lmn->pn", self.gain, errors) + self.shift[:, None]
        return np.sum(place**2, axis=0)
