"""Accuracy that must be met with a probability, as symbols that localization needs."""

from dataclasses import dataclass

import numpy as np

from isacplan import _check
from isacplan._typing import Bool, Float
from isacplan.split.fix import Fix
from isacplan.split.measurement import ErrorLaw, Waveform

ROWS = 2**14
"""Probabilities computed at once: 25 MB."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PositionRequirement:
    """What every user's position error must keep.

    Parameters
    ----------
    radius : float
        Largest error [m]; infinite when only outliers count.
    confidence : float
        Probability with which it must be kept, 0 to 1, both excluded.
    outlier_probability : float
        Largest probability of an outlier, 0 to 1.
    """

    radius: float = np.inf
    confidence: float = 0.95
    outlier_probability: float = 1.0

    def __post_init__(self) -> None:
        _check.real("radius", self.radius, above=0.0, infinite=True)
        _check.real("confidence", self.confidence, above=0.0)
        if self.confidence >= 1.0:
            raise ValueError(f"confidence must be below 1, got {self.confidence:g}")
        _check.real("outlier_probability", self.outlier_probability, above=0.0, at_most=1.0)

    @property
    def words(self) -> str:
        """What is asked, in words."""
        parts: list[str] = []
        if np.isfinite(self.radius):
            parts.append(
                f"a position error within {self.radius:g} m with a probability of "
                f"{100.0 * self.confidence:g} %"
            )
        if self.outlier_probability < 1.0:
            parts.append(f"an outlier probability of at most {self.outlier_probability:g}")
        return " and ".join(parts)

    def met(self, law: ErrorLaw) -> Bool:
        """Whether errors so distributed keep it, shape (...)."""
        few = law.outlier_probability <= self.outlier_probability
        if np.isinf(self.radius):
            return few
        return few & (law.probability_within(self.radius) >= self.confidence)


def needed_symbols(
    fix: Fix, waveform: Waveform, *, requirement: PositionRequirement, n_symbols: int
) -> Float:
    """Fewest symbols with which a requirement is met, for every waveform and user.

    More symbols never hurt: outliers become rarer, the ellipse shrinks, and a disc that contains
    the bias, seen from there, holds more of it. So bisection finds the least number exactly.

    Parameters
    ----------
    fix : Fix
    waveform : Waveform
        S of them.
    requirement : PositionRequirement
    n_symbols : int
        Largest number.

    Returns
    -------
    ndarray, shape (S, K)
        Whole numbers; infinite where n_symbols do not suffice.
    """
    shape = (len(waveform.width), len(fix.place))
    low, high = np.zeros(shape), np.full(shape, float(n_symbols))
    reached = meets(fix, waveform, high, requirement=requirement)
    while np.any(high - low > 1.0):
        middle = np.ceil((low + high) / 2.0)
        enough = meets(fix, waveform, middle, requirement=requirement)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        low = np.minimum(low, high - 1.0)
    return np.where(reached, high, np.inf)


def meets(
    fix: Fix, waveform: Waveform, symbols: Float, *, requirement: PositionRequirement
) -> Bool:
    """Whether a requirement is met with given symbols, so many at a time as memory allows.

    Parameters
    ----------
    fix : Fix
    waveform : Waveform
        S of them.
    symbols : ndarray, shape (S, K)
        That each user measures.
    requirement : PositionRequirement

    Returns
    -------
    ndarray of bool, shape (S, K)
    """
    met = np.zeros(symbols.shape, dtype=bool)
    step = max(1, ROWS // symbols.shape[-1])
    for start in range(0, len(met), step):
        part = slice(start, start + step)
        met[part] = requirement.met(fix.law(waveform[part], symbols[part]))
    return met
