"""Path loss models of 3GPP TR 38.901, table 7.4.1-1: UMi, UMa, RMa and InH.

Every function returns a loss, the ratio of transmitted to received power. Shadow fading is not
included. What the table holds for one height only is refused at others, and so is every distance,
height and frequency outside its ranges.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.units import db_to_linear

SIGHTS = ("los", "nlos")
GNB_HEIGHTS = {"umi": 10.0, "uma": 25.0, "rma": 35.0, "inh": 3.0}
"""Heights of the base station [m]: the only one of UMi and UMa, the usual one of RMa and InH
(tables 7.2-1 to 7.2-3)."""

RANGES = {
    ("umi", "los"): (10.0, 5000.0),
    ("umi", "nlos"): (10.0, 5000.0),
    ("uma", "los"): (10.0, 5000.0),
    ("uma", "nlos"): (10.0, 5000.0),
    ("rma", "los"): (10.0, 10_000.0),
    ("rma", "nlos"): (10.0, 5000.0),
    ("inh", "los"): (1.0, 150.0),
    ("inh", "nlos"): (1.0, 150.0),
}
"""Distances of the table [m]: on the ground, or in space for InH."""

ROUNDED_SPEED_OF_LIGHT = 3.0e8
"""The value that note 1 of table 7.4.1-1 prescribes for its breakpoint distance [m/s]."""


def breakpoint_distance(
    *,
    carrier_frequency: ArrayLike,
    gnb_height: ArrayLike,
    ue_height: ArrayLike,
    environment_height: ArrayLike = 1.0,
) -> Float:
    """Distance where the ground reflection bends the line-of-sight loss, table 7.4.1-1, note 1.

    Parameters
    ----------
    carrier_frequency : array_like, shape (...)
        Carrier [Hz].
    gnb_height, ue_height : array_like, shape (...)
        Antenna heights above ground [m].
    environment_height : array_like, shape (...)
        Effective height of the environment [m]: 1 m in UMi, and in UMa for a UE below 13 m.

    Returns
    -------
    ndarray, shape (...)
        ``4 (h_BS - h_E) (h_UT - h_E) f / c`` [m].
    """
    f = _check.real("carrier_frequency", carrier_frequency, above=0.0)
    h_BS = _check.real("gnb_height", gnb_height, above=0.0)
    h_UT = _check.real("ue_height", ue_height, above=0.0)
    h_E = _check.real("environment_height", environment_height, at_least=0.0)
    return 4.0 * (h_BS - h_E) * (h_UT - h_E) * f / ROUNDED_SPEED_OF_LIGHT


def umi_street_canyon_loss(
    horizontal_distance: ArrayLike,
    *,
    carrier_frequency: ArrayLike,
    sight: str = "los",
    gnb_height: ArrayLike = GNB_HEIGHTS["umi"],
    ue_height: ArrayLike = 1.5,
) -> Float:
    """Urban micro cell in a street canyon, TR 38.901 table 7.4.1-1.

    Element-wise over the arguments, which broadcast.

    Parameters
    ----------
    horizontal_distance : array_like, shape (...)
        Distance on the ground [m], 10 m to 5 km.
    carrier_frequency : array_like, shape (...)
        Carrier [Hz], 0.5 to 100 GHz.
    sight : {"los", "nlos"}
        Whether the base station is in sight.
    gnb_height : array_like, shape (...)
        Height of the base station [m]; the model is made for 10 m only.
    ue_height : array_like, shape (...)
        Height of the terminal [m], 1.5 to 22.5 m.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If an argument is outside the range of the table.
    """
    d_2D = _distance("umi", sight, horizontal_distance)
    f, h_BS = _frequency(carrier_frequency, 100e9), _only_height("umi", gnb_height)
    h_UT = _check.real("ue_height", ue_height, at_least=1.5, at_most=22.5)
    los = _two_slopes(d_2D, f, h_BS, h_UT, start=32.4, slope=21.0, bend=9.5)
    if sight == "los":
        return db_to_linear(los)
    d_3D = np.hypot(d_2D, h_BS - h_UT)
    nlos = 35.3 * np.log10(d_3D) + 22.4 + 21.3 * np.log10(f / 1e9) - 0.3 * (h_UT - 1.5)
    return db_to_linear(np.maximum(los, nlos))


def uma_loss(
    horizontal_distance: ArrayLike,
    *,
    carrier_frequency: ArrayLike,
    sight: str = "los",
    gnb_height: ArrayLike = GNB_HEIGHTS["uma"],
    ue_height: ArrayLike = 1.5,
) -> Float:
    """Urban macro cell, TR 38.901 table 7.4.1-1, for terminals below 13 m.

    Element-wise over the arguments, which broadcast. Above 13 m the effective environment height
    is random (note 1) and so would be the loss.

    Parameters
    ----------
    horizontal_distance : array_like, shape (...)
        Distance on the ground [m], 10 m to 5 km.
    carrier_frequency : array_like, shape (...)
        Carrier [Hz], 0.5 to 100 GHz.
    sight : {"los", "nlos"}
        Whether the base station is in sight.
    gnb_height : array_like, shape (...)
        Height of the base station [m]; the model is made for 25 m only.
    ue_height : array_like, shape (...)
        Height of the terminal [m], 1.5 to 13 m.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If an argument is outside the range of the table.
    """
    d_2D = _distance("uma", sight, horizontal_distance)
    f, h_BS = _frequency(carrier_frequency, 100e9), _only_height("uma", gnb_height)
    h_UT = _check.real("ue_height", ue_height, at_least=1.5, at_most=13.0)
    los = _two_slopes(d_2D, f, h_BS, h_UT, start=28.0, slope=22.0, bend=9.0)
    if sight == "los":
        return db_to_linear(los)
    d_3D = np.hypot(d_2D, h_BS - h_UT)
    nlos = 13.54 + 39.08 * np.log10(d_3D) + 20.0 * np.log10(f / 1e9) - 0.6 * (h_UT - 1.5)
    return db_to_linear(np.maximum(los, nlos))


def rma_loss(
    horizontal_distance: ArrayLike,
    *,
    carrier_frequency: ArrayLike,
    sight: str = "los",
    gnb_height: ArrayLike = GNB_HEIGHTS["rma"],
    ue_height: ArrayLike = 1.5,
    building_height: ArrayLike = 5.0,
    street_width: ArrayLike = 20.0,
) -> Float:
    """Rural macro cell, TR 38.901 table 7.4.1-1.

    Element-wise over the arguments, which broadcast.

    Parameters
    ----------
    horizontal_distance : array_like, shape (...)
        Distance on the ground [m], from 10 m to 10 km in sight, to 5 km out of sight.
    carrier_frequency : array_like, shape (...)
        Carrier [Hz], 0.5 to 30 GHz (note 6).
    sight : {"los", "nlos"}
        Whether the base station is in sight.
    gnb_height : array_like, shape (...)
        Height of the base station [m], 10 to 150 m.
    ue_height : array_like, shape (...)
        Height of the terminal [m], 1 to 10 m.
    building_height, street_width : array_like, shape (...)
        Averages h and W [m], 5 to 50 m each.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If an argument is outside the range of the table.
    """
    d_2D, f = _distance("rma", sight, horizontal_distance), _frequency(carrier_frequency, 30e9)
    h_BS = _check.real("gnb_height", gnb_height, at_least=10.0, at_most=150.0)
    h_UT = _check.real("ue_height", ue_height, at_least=1.0, at_most=10.0)
    h = _check.real("building_height", building_height, at_least=5.0, at_most=50.0)
    W = _check.real("street_width", street_width, at_least=5.0, at_most=50.0)
    d_BP = 2.0 * np.pi * h_BS * h_UT * f / ROUNDED_SPEED_OF_LIGHT  # note 5
    d_3D = np.hypot(d_2D, h_BS - h_UT)
    beyond = d_2D > d_BP
    bend = 40.0 * np.log10(np.where(beyond, d_3D / d_BP, 1.0))
    los = _rural_slope(np.where(beyond, d_BP, d_3D), f, h) + bend
    if sight == "los":
        return db_to_linear(los)
    nlos = (
        161.04
        - 7.1 * np.log10(W)
        + 7.5 * np.log10(h)
        - (24.37 - 3.7 * (h / h_BS) ** 2) * np.log10(h_BS)
        + (43.42 - 3.1 * np.log10(h_BS)) * (np.log10(d_3D) - 3.0)
        + 20.0 * np.log10(f / 1e9)
        - (3.2 * np.log10(11.75 * h_UT) ** 2 - 4.97)
    )
    return db_to_linear(np.maximum(los, nlos))


def inh_office_loss(
    horizontal_distance: ArrayLike,
    *,
    carrier_frequency: ArrayLike,
    sight: str = "los",
    gnb_height: ArrayLike = GNB_HEIGHTS["inh"],
    ue_height: ArrayLike = 1.0,
) -> Float:
    """Indoor hotspot in an office, TR 38.901 table 7.4.1-1.

    Element-wise over the arguments, which broadcast.

    Parameters
    ----------
    horizontal_distance : array_like, shape (...)
        Distance on the ground [m]; 1 to 150 m in space.
    carrier_frequency : array_like, shape (...)
        Carrier [Hz], 0.5 to 100 GHz.
    sight : {"los", "nlos"}
        Whether the base station is in sight.
    gnb_height, ue_height : array_like, shape (...)
        Heights [m]; the scenario has 3 m and 1 m (table 7.2-2), the loss depends on the distance
        in space only.

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If an argument is outside the range of the table.
    """
    d_2D = _check.real("horizontal_distance", horizontal_distance, above=0.0)
    h_BS = _check.real("gnb_height", gnb_height, above=0.0, at_most=20.0)
    h_UT = _check.real("ue_height", ue_height, above=0.0, at_most=20.0)
    f = _frequency(carrier_frequency, 100e9)
    d_3D = _distance("inh", sight, np.hypot(d_2D, h_BS - h_UT), name="distance in space")
    log_d, log_f = np.log10(d_3D), np.log10(f / 1e9)
    los = 32.4 + 17.3 * log_d + 20.0 * log_f
    if sight == "los":
        return db_to_linear(los)
    return db_to_linear(np.maximum(los, 38.3 * log_d + 17.30 + 24.9 * log_f))


def _distance(
    place: str, sight: str, distance: ArrayLike, *, name: str = "horizontal_distance"
) -> Float:
    _check.choice("sight", sight, SIGHTS)
    shortest, longest = RANGES[place, sight]
    return _check.real(name, distance, at_least=shortest, at_most=longest)


def _frequency(carrier_frequency: ArrayLike, highest: float) -> Float:
    return _check.real("carrier_frequency", carrier_frequency, at_least=0.5e9, at_most=highest)


def _only_height(place: str, gnb_height: ArrayLike) -> Float:
    h_BS, made_for = _check.real("gnb_height", gnb_height), GNB_HEIGHTS[place]
    if np.any(h_BS != made_for):
        other = np.atleast_1d(h_BS)[np.atleast_1d(h_BS) != made_for][0]
        raise ValueError(
            f"gnb_height must be {made_for:g}, the height that {place} is made for, got "
            f"{other:g}; rma takes 10 to 150"
        )
    return h_BS


def _rural_slope(d: Float, f: Float, h: Float) -> Float:
    """PL_1 of RMa [dB]."""
    return (
        20.0 * np.log10(40.0 * np.pi * d * (f / 1e9) / 3.0)
        + np.minimum(0.03 * h**1.72, 10.0) * np.log10(d)
        - np.minimum(0.044 * h**1.72, 14.77)
        + 0.002 * np.log10(h) * d
    )


def _two_slopes(
    d_2D: Float, f: Float, h_BS: Float, h_UT: Float, *, start: float, slope: float, bend: float
) -> Float:
    """Line-of-sight loss [dB], `slope` per decade up to the breakpoint and 40 beyond it."""
    d_BP = breakpoint_distance(carrier_frequency=f, gnb_height=h_BS, ue_height=h_UT)
    log_d, log_f = np.log10(np.hypot(d_2D, h_BS - h_UT)), 20.0 * np.log10(f / 1e9)
    near = start + slope * log_d + log_f
    far = start + 40.0 * log_d + log_f - bend * np.log10(d_BP**2 + (h_BS - h_UT) ** 2)
    return np.where(d_2D <= d_BP, near, far)
