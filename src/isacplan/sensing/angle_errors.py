"""How the errors of sensed angles are distributed, as numbers or as rigorous bounds."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from isacplan._typing import Float
from isacplan.enclosure import Interval, Jet

Number = TypeVar("Number", Float, Jet)


@dataclass(frozen=True)
class AngleErrors(Generic[Number]):
    """Distribution of the angle errors of K users.

    Parameters
    ----------
    variance : ndarray or Jet, shape (..., K)
        Of the Gaussian error of a right decision [rad^2].
    outlier : ndarray or Jet, shape (..., K, O)
        Probabilities of O kinds of wrong decisions.
    """

    variance: Number
    outlier: Number


def stacked(columns: list[Interval]) -> Interval:
    """Intervals side by side along a new last axis."""
    return Interval(
        np.stack([c.lower for c in columns], axis=-1), np.stack([c.upper for c in columns], axis=-1)
    )


def joined(a: Jet, b: Jet) -> Jet:
    """Jets one after the other along the last axis."""
    parts = zip((a.value, a.first, a.second), (b.value, b.first, b.second), strict=True)
    return Jet(
        *(
            Interval(
                np.concatenate([p.lower, q.lower], axis=-1),
                np.concatenate([p.upper, q.upper], axis=-1),
            )
            for p, q in parts
        )
    )
