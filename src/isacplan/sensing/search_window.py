"""What a peak search over azimuths can mistake for the direction of the target.

Everything follows from the receive array's ambiguity function, whatever the array: the main lobe
between its first minima, further peaks nearly as high (grating lobes), and the number of
independent cells in the rest of the window. Positions projected on the direction of arrival count,
so azimuth takes the place of ``sin(azimuth)``, in which a linear array's cells lie evenly.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan import _check
from isacplan._typing import Complex, Float
from isacplan.array import ArrayGeometry
from isacplan.sensing.ambiguity import ELEMENTS_TOGETHER, FRONT, AmbiguityFunction

SEARCHES = ("beam", "sector")

POINTING_SLOPE = 0.6
POINTING_FLOOR = 11.0

FULL_HEIGHT = 1.0 - 1e-6
"""Height from which the noise at an ambiguity repeats that at the target."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SearchWindow:
    """A window of azimuths around a target, as one receive array sees it.

    Parameters
    ----------
    azimuth : float
        Of the target [rad].
    window : tuple of float
        First and last azimuth searched [rad].
    main_lobe : tuple of float
        First minima of the ambiguity function around the target [rad].
    ambiguity : ndarray, shape (P,)
        Azimuths in the window, outside the main lobe, of peaks of the ambiguity function at least
        half as high as the main one [rad].
    height : ndarray, shape (P,)
        Their heights, at most one.
    searched : tuple of tuple of float
        Parts of the window that lie outside the main lobe and the lobes of the ambiguities.
    spread : tuple of float
        Variances of the element positions across broadside and along it, and their covariance
        [squared wavelengths].
    illumination : float
        Transmit gain towards the target over that of the matched beam.
    tracked : bool, optional
        Whether the beam points where the look before found the target.
    """

    azimuth: float
    window: tuple[float, float]
    main_lobe: tuple[float, float]
    ambiguity: Float
    height: Float
    searched: tuple[tuple[float, float], ...]
    spread: tuple[float, float, float]
    illumination: float
    tracked: bool = False

    def cell_density(self, azimuth: Float) -> Float:
        """Independent cells in a radian, ``sqrt(4 pi Var)`` of the projected positions."""
        yy, xx, xy = self.spread
        c, s = np.cos(azimuth), np.sin(azimuth)
        return np.sqrt(4.0 * np.pi * np.maximum(yy * c**2 - 2.0 * xy * c * s + xx * s**2, 0.0))

    @property
    def curvature(self) -> float:
        """Cramér-Rao bound times SNR: ``1 / (2 pi density^2)`` at the target [rad^2]."""
        density = float(self.cell_density(np.asarray(self.azimuth)))
        return np.inf if density == 0.0 else 1.0 / (2.0 * np.pi * density**2)

    @property
    def half_width(self) -> float:
        """Half of the window [rad]."""
        return 0.5 * (self.window[1] - self.window[0])

    @cached_property
    def cells(self) -> float:
        """Independent cells outside the lobes; noise at ambiguities of full height repeats."""
        copies = 1 + int(np.count_nonzero(self.height >= FULL_HEIGHT))
        return sum(self._cells_in(part) for part in self.searched) / copies

    @cached_property
    def fill(self) -> float:
        """Window over main lobe, in cells: at most one when the window lies within the lobe."""
        return self._cells_in(self.window) / self._cells_in(self.main_lobe)

    @property
    def within_lobe(self) -> bool:
        """Whether the search cannot leave the main lobe by more than a sliver."""
        return self.height.size == 0 and self.fill <= 1.05

    def _cells_in(self, part: tuple[float, float]) -> float:
        angle, weight = gauss_legendre(part, 64)
        return float(weight @ self.cell_density(angle))

    @property
    def pointing_loss(self) -> tuple[float, float]:
        """What `peak_error.pointed_snr` takes for a tracking beam as wide as the window.

        Fitted to simulated looks under beams pointed by looks before them.
        """
        if not self.tracked:
            return 0.0, 0.0
        return POINTING_SLOPE / self.fill**2, POINTING_FLOOR * max(self.fill, 1.0)

    @cached_property
    def edge_share(self) -> float:
        """Share of searches in noise alone that end on an edge of a window within the lobe.

        Fitted to simulated searches in windows of a tenth of the main lobe to all of it.
        """
        r = min(self.fill, 1.0)
        return 1.0 / (1.0 + 1.5 * r + 1.1 * r**2)

    def spread_nodes(self, n_harmonics: int) -> tuple[Float, Float]:
        """Azimuths and probabilities that stand for where noise alone puts the peak.

        Evenly over the cells outside the lobes; for a window within the main lobe evenly over
        the window, and with `edge_share` on its edges.

        Parameters
        ----------
        n_harmonics : int
            Expectations of functions with so many harmonics are exact to rounding.

        Returns
        -------
        azimuth, probability : ndarray, shape (n,)
        """
        parts = (self.window,) if self.within_lobe else self.searched
        nodes: list[Float] = []
        weights: list[Float] = []
        for part in parts:
            n = 32 + int(np.ceil(0.5 * n_harmonics * (part[1] - part[0])))
            angle, weight = gauss_legendre(part, n)
            nodes.append(angle)
            weights.append(weight * self.cell_density(angle))
        angle, weight = np.concatenate(nodes), np.concatenate(weights)
        weight = weight / np.sum(weight)
        if not self.within_lobe:
            return angle, weight
        on_edges = np.full(2, 0.5 * self.edge_share)
        return (
            np.concatenate([angle, self.window]),
            np.concatenate([weight * (1.0 - self.edge_share), on_edges]),
        )

    def characteristic(self, n_harmonics: int) -> Complex:
        """``E exp(j k azimuth)`` for k = 0 .. n - 1 of each kind of wrong decision.

        Parameters
        ----------
        n_harmonics : int
            n.

        Returns
        -------
        ndarray, shape (1 + P, n)
            Noise alone, then each ambiguity.
        """
        k = np.arange(n_harmonics)
        angle, weight = self.spread_nodes(n_harmonics)
        noise = np.zeros(n_harmonics, complex)
        step = max(1, ELEMENTS_TOGETHER // max(n_harmonics, 1))
        for i in range(0, angle.size, step):
            noise += weight[i : i + step] @ np.exp(1j * np.outer(angle[i : i + step], k))
        return np.concatenate([noise[None], np.exp(1j * np.outer(self.ambiguity, k))])

    @cached_property
    def mean_square(self) -> Float:
        """Mean square error of each kind of wrong decision, shape (1 + P,) [rad^2]."""
        angle, weight = self.spread_nodes(32)
        noise = weight @ (angle - self.azimuth) ** 2
        return np.concatenate([[noise], (self.ambiguity - self.azimuth) ** 2])


def gauss_legendre(part: tuple[float, float], n: int) -> tuple[Float, Float]:
    """Nodes and weights of a Gauss-Legendre rule on an interval."""
    x, w = np.polynomial.legendre.leggauss(n)
    half = 0.5 * (part[1] - part[0])
    return 0.5 * (part[0] + part[1]) + half * x, half * w


def search_window(
    transmit: ArrayGeometry, receive: ArrayGeometry, azimuth: float, *, search: str | float
) -> SearchWindow:
    """Window of a peak search, and how its illumination compares with the matched beam.

    Parameters
    ----------
    transmit, receive : ArrayGeometry
    azimuth : float
        Of the target, in the front half plane [rad].
    search : {"beam", "sector"} or float
        "beam": tracking. The matched beam points where the look before found the target, and the
        search is its main lobe.
        "sector": acquisition. All of the front half plane is searched and lit. A number: so many
        radians around the target are searched and lit. What is lit gets the mean gain over its
        sines of the beam that sends the most there, which a sweep of beams that share the sensing
        time reaches as well: ``2 / width`` for half a wavelength, one for the sector.

    Returns
    -------
    SearchWindow
    """
    theta = float(_check.real("azimuth", azimuth, at_least=FRONT[0], at_most=FRONT[1]))
    if isinstance(search, str):
        _check.choice("search", search, SEARCHES)
        window = AmbiguityFunction(transmit, theta).main_lobe() if search == "beam" else FRONT
    else:
        half = 0.5 * float(_check.real("search", search, above=0.0))
        window = max(theta - half, FRONT[0]), min(theta + half, FRONT[1])
    ambiguity = AmbiguityFunction(receive, theta)
    lobe = ambiguity.main_lobe()
    at, height, lobes = ambiguity.others(window, lobe)
    x, y = receive.positions[:, 0], receive.positions[:, 1]
    covariance = np.cov(np.stack([y, x]), bias=True)
    return SearchWindow(
        azimuth=theta,
        window=window,
        main_lobe=lobe,
        ambiguity=at,
        height=height,
        searched=_without(window, [lobe, *lobes]),
        spread=(covariance[0, 0], covariance[1, 1], covariance[0, 1]),
        illumination=1.0 if search == "beam" else _mean_gain(transmit, window),
        tracked=search == "beam",
    )


def _mean_gain(transmit: ArrayGeometry, window: tuple[float, float]) -> float:
    """Largest mean of ``|a^T w|^2`` over the sines in a window, for a beam of unit norm."""
    extent = float(np.linalg.norm(np.ptp(transmit.positions, axis=0)))
    sines, weight = gauss_legendre(
        (float(np.sin(window[0])), float(np.sin(window[1]))), 32 + int(np.ceil(7.0 * extent))
    )
    L = transmit.n_elements
    x, y = transmit.positions[:, 0], transmit.positions[:, 1]
    cosines = np.sqrt(1.0 - sines**2)
    a = np.exp(-2j * np.pi * (np.outer(cosines, x) + np.outer(sines, y))) / np.sqrt(L)
    mean = (a.T * (weight / np.sum(weight))) @ a.conj()
    return float(min(np.linalg.eigvalsh(mean)[-1], 1.0))


def _without(
    window: tuple[float, float], lobes: list[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """Parts of a window outside some intervals."""
    parts: list[tuple[float, float]] = []
    start = window[0]
    for low, high in sorted(lobes):
        if low > start:
            parts.append((start, min(low, window[1])))
        start = max(start, high)
    if start < window[1]:
        parts.append((start, window[1]))
    return tuple((low, high) for low, high in parts if high > low)
