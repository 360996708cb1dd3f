"""Named accuracy requirements, and what a confidence level means for a variance."""

import math
import tomllib
from importlib import resources
from statistics import NormalDist

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


def sensing_categories() -> dict[str, dict[str, float]]:
    """Sensing service categories of 3GPP TS 22.137 that state a position accuracy.

    Returns
    -------
    dict of str to dict
        By name, "category-1" to "category-7": `confidence`, `horizontal_accuracy_m`,
        `vertical_accuracy_m`.

    Examples
    --------
    >>> sensing_categories()["category-3"]["horizontal_accuracy_m"]
    1.0
    """
    file = resources.files("isacplan") / "scenario" / "sensing_categories.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
