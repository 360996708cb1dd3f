"""Path loss: free space, and the urban models of 3GPP TR 38.901, table 7.4.1-1.

Every function returns a loss, the ratio of transmitted to received power (a linear number of at
least one; `isacplan.units.linear_to_db` gives decibels). Shadow fading is not included.
"""

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.units import SPEED_OF_LIGHT, db_to_linear

SIGHTS = ("los", "nlos")
SHORTEST, LONGEST = 10.0, 5000.0
"""Range of the horizontal distance in table 7.4.1-1 [m]."""

ROUNDED_SPEED_OF_LIGHT = 3.0e8
"""The value that note 1 of table 7.4.1-1 prescribes for its breakpoint distance [m/s]."""


def free_space_loss(distance: ArrayLike, *, carrier_frequency: ArrayLike) -> Float:
    """Friis' loss between isotropic antennas, ``(4 pi d / lambda)^2``.

    Element-wise over the arguments, which broadcast.

    Parameters
    ----------
    distance : array_like, shape (...)
        Distance [m], at least a wavelength over 4 pi (nearer, the far field has not begun).
    carrier_frequency : array_like, shape (...)
        Carrier [Hz].

    Returns
    -------
    ndarray, shape (...)

    Raises
    ------
    ValueError
        If a distance is so short that the formula would amplify.

    Examples
    --------
    >>> from isacplan.units import linear_to_db
    >>> float(linear_to_db(free_space_loss(1000.0, carrier_frequency=1e9)).round(2))
    92.45
    """
    d = _check.real("distance", distance, above=0.0)
    f = _check.real("carrier_frequency", carrier_frequency, above=0.0)
    loss = (4.0 * np.pi * d * f / SPEED_OF_LIGHT) ** 2
    if np.any(loss < 1.0):
        nearest = np.max(SPEED_OF_LIGHT / (4.0 * np.pi * f))
        raise ValueError(f"distance must be at least {nearest:.3g} m (far field), got {np.min(d)}")
    return loss


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
    gnb_height: ArrayLike = 10.0,
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
        Height of the base station [m]; the model is made for 10 m.
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
    _check.choice("sight", sight, SIGHTS)
    d_2D, f, h_BS, h_UT = _geometry(horizontal_distance, carrier_frequency, gnb_height, ue_height)
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
    gnb_height: ArrayLike = 25.0,
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
        Height of the base station [m]; the model is made for 25 m.
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
    _check.choice("sight", sight, SIGHTS)
    _check.real("ue_height", ue_height, at_least=1.5, at_most=13.0)
    d_2D, f, h_BS, h_UT = _geometry(horizontal_distance, carrier_frequency, gnb_height, ue_height)
    los = _two_slopes(d_2D, f, h_BS, h_UT, start=28.0, slope=22.0, bend=9.0)
    if sight == "los":
        return db_to_linear(los)
    d_3D = np.hypot(d_2D, h_BS - h_UT)
    nlos = 13.54 + 39.08 * np.log10(d_3D) + 20.0 * np.log10(f / 1e9) - 0.6 * (h_UT - 1.5)
    return db_to_linear(np.maximum(los, nlos))


def _geometry(
    horizontal_distance: ArrayLike,
    carrier_frequency: ArrayLike,
    gnb_height: ArrayLike,
    ue_height: ArrayLike,
) -> tuple[Float, Float, Float, Float]:
    d_2D = _check.real(
        "horizontal_distance", horizontal_distance, at_least=SHORTEST, at_most=LONGEST
    )
    f = _check.real("carrier_frequency", carrier_frequency, at_least=0.5e9, at_most=100e9)
    h_BS = _check.real("gnb_height", gnb_height, above=1.0)
    h_UT = _check.real("ue_height", ue_height, at_least=1.5, at_most=22.5)
    return d_2D, f, h_BS, h_UT


def _two_slopes(
    d_2D: Float, f: Float, h_BS: Float, h_UT: Float, *, start: float, slope: float, bend: float
) -> Float:
    """Line-of-sight loss [dB], `slope` per decade up to the breakpoint and 40 beyond it."""
    d_BP = breakpoint_distance(carrier_frequency=f, gnb_height=h_BS, ue_height=h_UT)
    log_d, log_f = np.log10(np.hypot(d_2D, h_BS - h_UT)), 20.0 * np.log10(f / 1e9)
    near = start + slope * log_d + log_f
    far = start + 40.0 * log_d + log_f - bend * np.log10(d_BP**2 + (h_BS - h_UT) ** 2)
    return np.where(d_2D <= d_BP, near, far)
