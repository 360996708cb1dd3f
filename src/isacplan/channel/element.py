"""Power gain of one antenna element over direction."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float, Int

ElementPattern: TypeAlias = Callable[[Float, Float], Float]
"""Power gain of directions given by azimuth from broadside and elevation [rad], linear."""

TABLE_COLUMNS = ("azimuth_deg", "zenith_deg", "gain_dbi")


def isotropic_element(azimuth: ArrayLike, elevation: ArrayLike) -> Float:
    """Gain 1 in every direction.

    Parameters
    ----------
    azimuth, elevation : array_like, shape (...)
        Direction from broadside and from the plane through broadside [rad].

    Returns
    -------
    ndarray, shape (...)
    """
    return np.ones(np.broadcast_shapes(np.shape(azimuth), np.shape(elevation)))


def tr38901_element(azimuth: ArrayLike, elevation: ArrayLike) -> Float:
    """Element of TR 38.901 Table 7.3-1: 8 dBi, 65 degrees wide both ways, 30 dB front to back.

    ``A_V = -min(12 (theta - 90)^2 / 65^2, 30)``, ``A_H = -min(12 phi^2 / 65^2, 30)``,
    ``G = 8 dBi - min(-(A_V + A_H), 30)`` in degrees. Element-wise; the angles broadcast.

    Parameters
    ----------
    azimuth, elevation : array_like, shape (...)
        Direction from broadside and from the plane through broadside [rad].

    Returns
    -------
    ndarray, shape (...)
        Power gain over an isotropic element, linear.

    Examples
    --------
    >>> float(10 * np.log10(tr38901_element(np.radians(32.5), 0.0)).round(6))
    5.0
    """
    phi = np.degrees(_check.real("azimuth", azimuth))
    phi = (phi + 180.0) % 360.0 - 180.0
    theta = np.degrees(_check.real("elevation", elevation))
    vertical = np.minimum(12.0 * (theta / 65.0) ** 2, 30.0)
    horizontal = np.minimum(12.0 * (phi / 65.0) ** 2, 30.0)
    return 10.0 ** ((8.0 - np.minimum(vertical + horizontal, 30.0)) / 10.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class TabulatedElement:
    """Gains on a grid of directions, linear in decibels between its points.

    Parameters
    ----------
    azimuth : array_like, shape (n,)
        Increasing, over less than a turn; wraps around [rad].
    elevation : array_like, shape (m,)
        Increasing; the first and last hold beyond them [rad].
    gain_db : array_like, shape (n, m)
        Over an isotropic element [dB].

    Raises
    ------
    ValueError
        When an axis does not increase or the gains have another shape.
    """

    azimuth: Float
    elevation: Float
    gain_db: Float

    def __post_init__(self) -> None:
        for name in ("azimuth", "elevation", "gain_db"):
            object.__setattr__(self, name, _check.real(name, getattr(self, name)))
        for name in ("azimuth", "elevation"):
            if np.any(np.diff(getattr(self, name)) <= 0.0):
                raise ValueError(f"{name} must increase from point to point")
        if np.ptp(self.azimuth) >= 2.0 * np.pi:
            raise ValueError("azimuth must span less than a turn; leave out the repeated end")
        wanted = (self.azimuth.size, self.elevation.size)
        if self.gain_db.shape != wanted:
            raise ValueError(f"gain_db must have shape {wanted}, got {self.gain_db.shape}")

    @cached_property
    def _wrapped(self) -> tuple[Float, Float]:
        """Azimuths over a whole turn with the first repeated, and the gains there."""
        azimuth = np.append(self.azimuth, self.azimuth[0] + 2.0 * np.pi)
        return azimuth, np.concatenate([self.gain_db, self.gain_db[:1]])

    def __call__(self, azimuth: ArrayLike, elevation: ArrayLike) -> Float:
        """Power gains, linear, element-wise; the angles broadcast.

        Parameters
        ----------
        azimuth, elevation : array_like, shape (...)
            [rad].

        Returns
        -------
        ndarray, shape (...)
        """
        phi, theta = np.broadcast_arrays(
            _check.real("azimuth", azimuth), _check.real("elevation", elevation)
        )
        grid, gain = self._wrapped
        phi = grid[0] + (phi - grid[0]) % (2.0 * np.pi)
        i, s = _between(grid, phi)
        j, t = _between(self.elevation, theta)
        low = (1.0 - s) * gain[i, j] + s * gain[np.minimum(i + 1, grid.size - 1), j]
        k = np.minimum(j + 1, self.elevation.size - 1)
        high = (1.0 - s) * gain[i, k] + s * gain[np.minimum(i + 1, grid.size - 1), k]
        return 10.0 ** (((1.0 - t) * low + t * high) / 10.0)


def _between(grid: Float, value: Float) -> tuple[Int, Float]:
    """Index of the point below each value, and the share of the way to the next."""
    if grid.size == 1:
        return np.zeros(value.shape, dtype=np.intp), np.zeros(value.shape)
    i = np.clip(np.searchsorted(grid, value, side="right") - 1, 0, grid.size - 2)
    share = (value - grid[i]) / (grid[i + 1] - grid[i])
    return i, np.clip(share, 0.0, 1.0)


def element_table(text: str) -> TabulatedElement:
    """Element from a table with the columns ``azimuth_deg, zenith_deg, gain_dbi``.

    Parameters
    ----------
    text : str
        CSV, one row a direction of a rectangular grid, in any order; azimuth from broadside
        counter-clockwise, zenith 90 in the plane through broadside.

    Returns
    -------
    TabulatedElement

    Raises
    ------
    ValueError
        When a column is missing, a value is no number or out of range, or the grid has holes.
    """
    rows = list(csv.reader(line for line in text.splitlines() if line.strip()))
    if not rows or [name.strip() for name in rows[0]] != list(TABLE_COLUMNS):
        raise ValueError(f"an element pattern has the columns {', '.join(TABLE_COLUMNS)}")
    try:
        values = np.array([[float(cell) for cell in row] for row in rows[1:]]).reshape(-1, 3)
    except ValueError:
        raise ValueError("every row of an element pattern holds three numbers") from None
    _check.real("azimuth_deg", values[:, 0], at_least=-360.0, at_most=360.0)
    _check.real("zenith_deg", values[:, 1], at_least=0.0, at_most=180.0)
    _check.real("gain_dbi", values[:, 2], at_least=-200.0, at_most=60.0)
    azimuth, i = np.unique(values[:, 0], return_inverse=True)
    elevation, j = np.unique(90.0 - values[:, 1], return_inverse=True)
    gain = np.full((azimuth.size, elevation.size), np.nan)
    gain[i, j] = values[:, 2]
    if len(values) != gain.size or np.any(np.isnan(gain)):
        raise ValueError(
            f"an element pattern is a full grid: {azimuth.size} azimuths by {elevation.size} "
            f"zeniths need {gain.size} rows, each once; got {len(values)}"
        )
    return TabulatedElement(
        azimuth=np.radians(azimuth), elevation=np.radians(elevation), gain_db=gain
    )
