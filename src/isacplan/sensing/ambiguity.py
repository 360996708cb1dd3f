"""The ambiguity function of an array: how alike a wave from elsewhere looks."""

import numpy as np

from isacplan._typing import Float, Int
from isacplan.array import ArrayGeometry

AMBIGUOUS = 0.5
"""Height of the ambiguity function from which a peak counts as an ambiguity, not as a sidelobe."""

GRID_PER_WAVELENGTH = 16
ELEMENTS_TOGETHER = 2**20

FRONT = (-np.pi / 2.0, np.pi / 2.0)


class AmbiguityFunction:
    """Squared ambiguity function of an array about a direction, over the front half plane.

    Parameters
    ----------
    geometry : ArrayGeometry
    azimuth : float
        [rad].
    """

    def __init__(self, geometry: ArrayGeometry, azimuth: float) -> None:
        self.x, self.y = geometry.positions[:, 0], geometry.positions[:, 1]
        self.azimuth = azimuth
        extent = float(np.hypot(np.ptp(self.x), np.ptp(self.y)))
        n = 256 + int(np.ceil(GRID_PER_WAVELENGTH * np.pi * extent))
        low = azimuth - np.linspace(0.0, azimuth - FRONT[0], n)[::-1]
        high = azimuth + np.linspace(0.0, FRONT[1] - azimuth, n)
        self.grid = np.concatenate([low, high[1:]])
        self.centre = n - 1
        self.value = self(self.grid)

    def __call__(self, azimuth: Float) -> Float:
        """``|a(azimuth_0)^H a(azimuth)|^2``, shape (n,)."""
        angle = np.atleast_1d(azimuth)
        value = np.empty(angle.size)
        step = max(1, ELEMENTS_TOGETHER // self.x.size)
        c, s = np.cos(self.azimuth), np.sin(self.azimuth)
        for i in range(0, angle.size, step):
            part = slice(i, i + step)
            turns = np.outer(np.cos(angle[part]) - c, self.x) + np.outer(
                np.sin(angle[part]) - s, self.y
            )
            value[part] = np.abs(np.mean(np.exp(2j * np.pi * turns), axis=1)) ** 2
        return value

    def _refined(self, index: int, sign: float) -> float:
        """Azimuth of the extremum next to a grid point: minimum for sign 1, maximum for -1."""
        from scipy.optimize import OptimizeResult, minimize_scalar

        bounds = self.grid[max(index - 1, 0)], self.grid[min(index + 1, self.grid.size - 1)]

        def height(angle: float) -> float:
            return sign * float(self(np.asarray(angle))[0])

        found: OptimizeResult = minimize_scalar(  # pyright: ignore[reportAssignmentType]
            height, bounds=bounds, method="bounded", options={"xatol": 1e-12}
        )
        return float(found.x)

    def _minima(self) -> Int:
        v = self.value
        inner = 1 + np.flatnonzero((v[1:-1] <= v[:-2]) & (v[1:-1] < v[2:]))
        return inner[v[inner] < 1.0 - 1e-9]

    def main_lobe(self) -> tuple[float, float]:
        """First minima on both sides, or the edge of the half plane."""
        minima = self._minima()
        left, right = minima[minima < self.centre], minima[minima > self.centre]
        return (
            self._refined(int(left[-1]), 1.0) if left.size else FRONT[0],
            self._refined(int(right[0]), 1.0) if right.size else FRONT[1],
        )

    def others(
        self, window: tuple[float, float], lobe: tuple[float, float]
    ) -> tuple[Float, Float, list[tuple[float, float]]]:
        """Peaks in a window outside the main lobe: azimuths, heights, and their lobes."""
        v, g = self.value, self.grid
        peaks: Int = np.concatenate(
            [[0], 1 + np.flatnonzero((v[1:-1] > v[:-2]) & (v[1:-1] >= v[2:])), [g.size - 1]]
        )
        edges = np.concatenate([[FRONT[0]], g[self._minima()], [FRONT[1]]])
        at: list[float] = []
        lobes: list[tuple[float, float]] = []
        for index in peaks[v[peaks] >= 0.5 * AMBIGUOUS**2]:
            angle = self._refined(int(index), -1.0)
            if lobe[0] <= angle <= lobe[1]:
                continue
            later = int(np.searchsorted(edges, angle))
            around = float(edges[max(later - 1, 0)]), float(edges[min(later, edges.size - 1)])
            angle = float(np.clip(angle, *window))
            if around[1] <= window[0] or around[0] >= window[1]:
                continue
            if float(self(np.asarray(angle))[0]) >= AMBIGUOUS**2:
                at.append(angle)
                lobes.append(around)
        height = np.sqrt(self(np.array(at))) if at else np.zeros(0)
        return np.array(at), np.minimum(height, 1.0), lobes
