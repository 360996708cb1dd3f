"""Where the antennas are: uniform linear, uniform planar and custom arrays."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float

PHASE_REFERENCES = ("first", "centre")


@dataclass(frozen=True, kw_only=True, eq=False)
class ArrayGeometry:
    """Element positions of an antenna array.

    The array looks along +x (broadside), its first axis runs along +y, z points up. The origin is
    the point to which phases refer.

    Parameters
    ----------
    positions : array_like, shape (L, 3)
        Element positions relative to the phase reference [wavelengths].
    """

    positions: Float

    def __post_init__(self) -> None:
        positions = np.array(_check.real("positions", self.positions))
        if positions.ndim != 2 or positions.shape[1] != 3 or len(positions) == 0:
            raise ValueError(f"positions must have shape (L, 3), got {positions.shape}")
        positions.flags.writeable = False
        object.__setattr__(self, "positions", positions)

    @property
    def n_elements(self) -> int:
        """Number of antennas."""
        return len(self.positions)


def _referred(positions: Float, phase_reference: str) -> ArrayGeometry:
    _check.choice("phase_reference", phase_reference, PHASE_REFERENCES)
    origin = positions[0] if phase_reference == "first" else positions.mean(axis=0)
    return ArrayGeometry(positions=positions - origin)


def uniform_linear(
    n_elements: int, *, spacing: float = 0.5, phase_reference: str = "first"
) -> ArrayGeometry:
    """Uniform linear array along y.

    Parameters
    ----------
    n_elements : int
        Number of antennas.
    spacing : float
        Element spacing [wavelengths].
    phase_reference : {"first", "centre"}
        Point to which phases refer: the first element (Bai2024 (7)) or the centroid.

    Returns
    -------
    ArrayGeometry

    Examples
    --------
    >>> uniform_linear(3).positions[:, 1]
    array([0. , 0.5, 1. ])
    """
    n = _check.integer("n_elements", n_elements, at_least=1)
    d = float(_check.real("spacing", spacing, above=0.0))
    positions = np.zeros((n, 3))
    positions[:, 1] = d * np.arange(n)
    return _referred(positions, phase_reference)


def uniform_planar(
    n_horizontal: int,
    n_vertical: int,
    *,
    horizontal_spacing: float = 0.5,
    vertical_spacing: float = 0.5,
    phase_reference: str = "first",
) -> ArrayGeometry:
    """Uniform planar array in the y-z plane; elements are numbered along y first.

    Parameters
    ----------
    n_horizontal, n_vertical : int
        Number of antennas along y and along z.
    horizontal_spacing, vertical_spacing : float
        Element spacings [wavelengths].
    phase_reference : {"first", "centre"}
        Point to which phases refer.

    Returns
    -------
    ArrayGeometry
    """
    n_y = _check.integer("n_horizontal", n_horizontal, at_least=1)
    n_z = _check.integer("n_vertical", n_vertical, at_least=1)
    d_y = float(_check.real("horizontal_spacing", horizontal_spacing, above=0.0))
    d_z = float(_check.real("vertical_spacing", vertical_spacing, above=0.0))
    z, y = np.meshgrid(d_z * np.arange(n_z), d_y * np.arange(n_y), indexing="ij")
    positions = np.stack([np.zeros(y.size), y.ravel(), z.ravel()], axis=1)
    return _referred(positions, phase_reference)


def custom(positions: ArrayLike, *, phase_reference: str = "first") -> ArrayGeometry:
    """Array with any element positions.

    Parameters
    ----------
    positions : array_like, shape (L, 3)
        Element positions [wavelengths], broadside along +x.
    phase_reference : {"first", "centre"}
        Point to which phases refer.

    Returns
    -------
    ArrayGeometry
    """
    checked = ArrayGeometry(positions=np.asarray(positions))
    return _referred(checked.positions, phase_reference)
