"""Named accuracy requirements, and what a confidence level means for a variance."""

import math
import tomllib
from functools import cache
from importlib import resources
from statistics import NormalDist

import msgspec

from isacplan import _check

READINGS = ("radial", "per_axis", "elongated")


def accuracy_variance(
    accuracy: float, *, confidence: float = 0.95, reading: str = "radial"
) -> float:
    """Largest squared position error in the plane that keeps an accuracy at a confidence.

    Parameters
    ----------
    accuracy : float
        Error that may be exceeded with probability 1 - confidence [m].
    confidence : float
        Between 0 and 1.
    reading : {"radial", "per_axis", "elongated"}
        What must stay within the accuracy, for Gaussian errors.

        * radial: the distance error when both axes are equally uncertain (Rayleigh: 2.45 sigma
          at 95 %).
        * per_axis: each axis by itself (1.96 sigma at 95 %).
        * elongated: the distance error when one axis has all of it, the strictest: no error
          ellipse of that variance exceeds the accuracy more often at 95 %.

    Returns
    -------
    float
        Sum of the variances of both axes [m^2].

    Examples
    --------
    >>> [round(accuracy_variance(1.0, reading=r), 4) for r in READINGS]
    [0.3338, 0.5206, 0.2603]
    """
    x = float(_check.real("accuracy", accuracy, above=0.0))
    p = float(_check.real("confidence", confidence, above=0.0))
    if p >= 1.0:
        raise ValueError(f"confidence must be below 1, got {p:g}")
    _check.choice("reading", reading, READINGS)
    if reading == "radial":
        return 2.0 * x**2 / (-2.0 * math.log1p(-p))
    one_axis = (x / NormalDist().inv_cdf((1.0 + p) / 2.0)) ** 2
    return 2.0 * one_axis if reading == "per_axis" else one_axis


class AccuracyRequirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a standard asks of a position.

    Parameters
    ----------
    standard, table : str
        Where it is written.
    of : str
        Whose position.
    confidence : float
        Probability with which the error must be within the accuracy.
    horizontal_accuracy_m, vertical_accuracy_m : float
        [m]
    """

    standard: str
    table: str
    of: str
    confidence: float
    horizontal_accuracy_m: float
    vertical_accuracy_m: float


@cache
def accuracy_requirements() -> dict[str, AccuracyRequirement]:
    """Requirements of 3GPP on positions, by name.

    "level-1" to "level-7" are the positioning service levels of TS 22.261, of terminals;
    "category-1" to "category-7" (without 6) the sensing service categories of TS 22.137, of
    objects that are sensed.

    Returns
    -------
    dict of str to AccuracyRequirement

    Examples
    --------
    >>> accuracy_requirements()["level-3"].horizontal_accuracy_m
    1.0
    """
    file = resources.files("isacplan") / "scenario" / "accuracy_requirements.toml"
    text = file.read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, AccuracyRequirement])
