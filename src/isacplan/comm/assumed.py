"""The correlation that a station assumes around an angle, brought to unit trace."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.channel.conventions import UNIT_TRACE_TOLERANCE


@dataclass(frozen=True, eq=False)
class AssumedCorrelation:
    """A function of the angle whose values are scaled to unit trace.

    The station knows the mean gain, so what it assumes of the channel is the shape alone.

    Parameters
    ----------
    given : callable
        Maps angles of shape (...) [rad] to correlations (..., L, L) of positive trace. An
        attribute ``front_is_back`` that is true says that an angle has the same correlation as
        its mirror image behind the array.
    n_antennas : int
        L.
    """

    given: Callable[[Float], Complex]
    n_antennas: int

    @classmethod
    def of(cls, given: Callable[[Float], Complex], n_antennas: int) -> "AssumedCorrelation":
        """The same function with values of unit trace.

        Raises
        ------
        ValueError
            When it is not a function.
        """
        if isinstance(given, AssumedCorrelation):
            return given
        if not callable(given):  # pyright: ignore[reportUnnecessaryComparison]
            raise ValueError(
                "assumed_correlation must be a function of the angle, such as OneRing, got "
                f"{type(given).__name__}"
            )
        return cls(given, n_antennas)

    @property
    def front_is_back(self) -> bool:
        """Whether values are needed in front of the array only."""
        return bool(getattr(self.given, "front_is_back", False))

    def __call__(self, angle: Float) -> Complex:
        """Unit-trace correlations, shape (..., L, L), for angles of shape (...) [rad].

        Raises
        ------
        ValueError
            When a value has another shape, or no positive trace.
        """
        R = np.asarray(self.given(angle))
        wanted = (*np.shape(angle), self.n_antennas, self.n_antennas)
        if R.shape != wanted:
            raise ValueError(
                f"assumed_correlation must map angles of shape {np.shape(angle)} to shape "
                f"{wanted}, got {R.shape}"
            )
        trace = np.real(np.trace(R, axis1=-2, axis2=-1))
        if not np.all((trace > 0.0) & np.isfinite(trace)):
            raise ValueError(
                f"assumed_correlation must have a positive trace, got {np.min(trace):g}"
            )
        if np.all(np.abs(trace - 1.0) <= UNIT_TRACE_TOLERANCE):
            return R
        return R / trace[..., None, None]
