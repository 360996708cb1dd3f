"""What a station finds when it looks for a user: echoes and the peaks of their search."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import SeedSequence

from isacplan._typing import Array, Float
from isacplan.array import steering_vector
from isacplan.scenario import Scene
from isacplan.sensing.ambiguity import FRONT, AmbiguityFunction
from isacplan.sensing.estimators import ANGLE_ESTIMATORS
from isacplan.simulate.backend import Backend
from isacplan.simulate.chain import echo

SNAPSHOTS = 4
"""Parts of the sensing time that the angle estimator sees apart."""

POINTINGS = 65
"""Beam directions at which the main lobe is found; between them its edges are interpolated."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AngleSearch:
    """Echoes of one user and what an estimator makes of them.

    With the law of the bound the whole front half plane is searched under the matched beam. With
    the threshold law the search and its illumination are the scenario's: a sector or some degrees
    around the user; or tracking, in which the beam points where the look before found the user,
    and the search is that beam's main lobe.

    Parameters
    ----------
    scene : Scene
    user : int
    symbols : float
        Sensing duration in symbols.
    estimator : str
        Of `isacplan.sensing.estimators.ANGLE_ESTIMATORS`.
    backend : Backend
    """

    scene: Scene
    user: int
    symbols: float
    estimator: str
    backend: Backend

    @property
    def _angle(self) -> float:
        return float(self.scene.angle[self.user])

    @property
    def _snr(self) -> float:
        """Of the whole sensing time under the matched beam."""
        per_symbol = float(self.scene.sensing_snr[self.user])
        return per_symbol * self.symbols**self.scene.sensing_exponent

    def angles(self, seed: SeedSequence, n_looks: int) -> Array:
        """Estimates from independent looks.

        Parameters
        ----------
        seed : numpy.random.SeedSequence
        n_looks : int
            B.

        Returns
        -------
        array, shape (B,)
            Of the backend's library [rad].
        """
        sensing = self.scene.scenario.sensing
        if sensing.law == "bound":
            return self._found(seed, np.full(n_looks, self._snr), FRONT)
        window = self.scene.windows[self.user]
        if (sensing.search_window or "beam") != "beam":
            lit = np.full(n_looks, self._snr * window.illumination)
            return self._found(seed, lit, window.window)
        before, now = seed.spawn(2)
        first = self._found(before, np.full(n_looks, self._snr), window.window)
        pointing = self.backend.numpy(first).astype(float)
        gain = np.abs(
            steering_vector(self.scene.transmit, pointing)
            @ steering_vector(self.scene.transmit, self._angle).conj()
        )
        low, high = (np.interp(pointing, *edge) for edge in self._lobes)
        return self._found(now, self._snr * gain**2, (low, high))

    def _found(
        self, seed: SeedSequence, snr: Float, window: tuple[float | Float, float | Float]
    ) -> Array:
        xp, to = self.backend.xp, self.backend
        receive = self.scene.receive
        white = to.circular(seed, (snr.size, SNAPSHOTS * receive.n_elements + 1))
        response = to.double(steering_vector(receive, self._angle))
        snapshots = echo(xp, response, to.double(snr), xp.astype(white, xp.complex128))
        edges = tuple(to.double(edge + np.zeros(snr.size)) for edge in window)
        search = ANGLE_ESTIMATORS[self.estimator]
        return search(receive, snapshots, window=(edges[0], edges[1]), xp=xp)

    @cached_property
    def _lobes(self) -> tuple[tuple[Float, Float], tuple[Float, Float]]:
        """Edges of the main lobe by the direction of the beam, each as points to interpolate."""
        first, last = self.scene.windows[self.user].window
        pointing = np.linspace(first, last, POINTINGS)
        lobes = [AmbiguityFunction(self.scene.transmit, float(p)).main_lobe() for p in pointing]
        low, high = np.array(lobes).T
        return (pointing, low), (pointing, high)
