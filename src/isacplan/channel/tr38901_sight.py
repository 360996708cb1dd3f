"""Line of sight and shadow fading of 3GPP TR 38.901, tables 7.4.2-1 and 7.4.1-1, outdoors."""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float

PLACES = ("umi", "uma")

SHADOWING_DB = {
    ("umi", "los"): 4.0,
    ("umi", "nlos"): 7.82,
    ("uma", "los"): 4.0,
    ("uma", "nlos"): 6.0,
}
"""Standard deviations of the log-normal shadow fading, table 7.4.1-1 [dB]."""


def line_of_sight_probability(
    place: str, horizontal_distance: ArrayLike, *, ue_height: ArrayLike = 1.5
) -> Float:
    """Probability that an outdoor user sees the base station, TR 38.901 table 7.4.2-1.

    Element-wise over the arguments, which broadcast.

    Parameters
    ----------
    place : {"umi", "uma"}
        Street canyon or macro cell.
    horizontal_distance : array_like, shape (...)
        Distance on the ground [m].
    ue_height : array_like, shape (...)
        Height of the user [m], at most 23; it matters in macro cells from 13 m on.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> line_of_sight_probability("umi", [10.0, 100.0]).round(4)
    array([1.   , 0.231])
    """
    _check.choice("place", place, PLACES)
    d = _check.real("horizontal_distance", horizontal_distance, at_least=0.0)
    h = _check.real("ue_height", ue_height, at_least=1.0, at_most=23.0)
    decay = 36.0 if place == "umi" else 63.0
    near = np.minimum(18.0 / np.maximum(d, 18.0), 1.0)
    seen = near + np.exp(-d / decay) * (1.0 - near)
    if place == "umi":
        return seen * np.ones_like(h)
    raised = np.where(h <= 13.0, 0.0, (np.maximum(h - 13.0, 0.0) / 10.0) ** 1.5)
    lift = 1.0 + raised * 1.25 * (d / 100.0) ** 3 * np.exp(-d / 150.0)
    return np.where(d <= 18.0, 1.0, seen * lift)
