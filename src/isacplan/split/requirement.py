"""Accuracy that must be met, outliers included, as symbols that localization needs."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Bool, Float, Int
from isacplan.split.fix import Fix
from isacplan.split.measurement import ErrorLaw, Waveform

ROWS = 2**14
"""Error laws computed at once: 25 MB."""

SLACK = 1e-12
"""Relative distance within which a limit on errors counts as met."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PositionRequirement:
    """What every user's position error must keep.

    Parameters
    ----------
    radius : float
        Largest error [m]; infinite when it is not limited.
    confidence : float
        Probability with which it must be kept, 0 to 1, both excluded.
    outlier_probability : float
        Largest probability of an outlier, 0 to 1.
    mean_square : array_like, shape () or (K,)
        Largest mean squared error, outliers included [m^2]; infinite where it is not limited.
    """

    radius: float = np.inf
    confidence: float = 0.95
    outlier_probability: float = 1.0
    mean_square: ArrayLike = np.inf

    def __post_init__(self) -> None:
        _check.real("radius", self.radius, above=0.0, infinite=True)
        _check.real("confidence", self.confidence, above=0.0)
        if self.confidence >= 1.0:
            raise ValueError(f"confidence must be below 1, got {self.confidence:g}")
        _check.real("outlier_probability", self.outlier_probability, above=0.0, at_most=1.0)
        limit = _check.real("mean_square", self.mean_square, above=0.0, infinite=True)
        object.__setattr__(self, "mean_square", limit)

    @property
    def limits_errors(self) -> bool:
        """Whether anything but the probability of outliers is limited."""
        return bool(np.isfinite(self.radius) or np.any(np.isfinite(self.mean_square)))

    @property
    def words(self) -> str:
        """What is asked, in words."""
        return self.words_for(None)

    def words_for(self, users: Int | None) -> str:
        """What is asked of some users, in words; None for all."""
        parts: list[str] = []
        limit = np.sqrt(np.atleast_1d(self.mean_square))
        if np.isfinite(self.radius):
            parts.append(
                f"a position error within {self.radius:g} m with a probability of "
                f"{percent(self.confidence)} %"
            )
        if np.any(np.isfinite(limit)):
            whose = f"a position error of at most {limit[0]:.4g} m"
            if limit.size > 1:
                whose = "every user's own limit on its position error"
            if limit.size > 1 and users is not None:
                each = ", ".join(f"{x:.4g} m" for x in limit[users])
                whose = f"a position error of at most {each}"
            parts.append(f"{whose} rms, outliers included")
        if self.outlier_probability < 1.0:
            parts.append(f"an outlier probability of at most {self.outlier_probability:g}")
        return " and ".join(parts)

    def met(self, law: ErrorLaw) -> Bool:
        """Whether errors so distributed keep it, shape (..., K)."""
        kept = law.outlier_probability <= self.outlier_probability
        kept = kept & (law.mean_square <= np.asarray(self.mean_square) * (1.0 + SLACK))
        if np.isinf(self.radius):
            return kept
        return kept & (law.probability_within(self.radius) >= self.confidence)

    def excess(self, law: ErrorLaw) -> Float:
        """Largest ratio of what is risked to what is allowed, shape (..., K).

        Of probabilities of an outlier and of an error beyond the radius, and of mean squares.
        """
        limit = np.asarray(self.mean_square)
        with np.errstate(invalid="ignore"):
            squares = np.where(np.isinf(limit), 0.0, law.mean_square / limit)
        ratio = np.maximum(law.outlier_probability / self.outlier_probability, squares)
        if np.isinf(self.radius):
            return ratio
        beyond = 1.0 - law.probability_within(self.radius)
        return np.maximum(ratio, beyond / (1.0 - self.confidence))


def percent(probability: float) -> str:
    """A probability in percent with all of its digits.

    Examples
    --------
    >>> percent(0.95), percent(0.9999999)
    ('95', '99.99999')
    """
    text = f"{Decimal(repr(float(probability))) * 100:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


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
    """Whether a requirement is met with given symbols.

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
    return of_laws(fix, waveform, symbols, requirement.met).astype(bool)


def of_laws(
    fix: Fix, waveform: Waveform, symbols: Float, value: Callable[[ErrorLaw], Float | Bool]
) -> Float:
    """What a function makes of every error law, so many at a time as memory allows, (S, K)."""
    found = np.zeros(symbols.shape)
    step = max(1, ROWS // symbols.shape[-1])
    for start in range(0, len(found), step):
        part = slice(start, start + step)
        found[part] = value(fix.law(waveform[part], symbols[part]))
    return found
