"""Unit conversions and physical constants; dB and degrees live above this line only."""

import numpy as np

from isacplan._typing import ArrayLike, Float

SPEED_OF_LIGHT = 299_792_458.0
"""Speed of light in vacuum [m/s]."""


def db_to_linear(ratio_db: ArrayLike) -> Float:
    """Power ratio from decibels.

    >>> float(db_to_linear(20.0))
    100.0
    """
    return np.asarray(10.0 ** (np.asarray(ratio_db, dtype=float) / 10.0))


def linear_to_db(ratio: ArrayLike) -> Float:
    """Decibels from a power ratio; zero gives minus infinity.

    >>> float(linear_to_db(100.0))
    20.0
    """
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(np.asarray(ratio, dtype=float)))


def dbm_to_watt(power_dbm: ArrayLike) -> Float:
    """Power [W] from dBm.

    >>> float(dbm_to_watt(30.0))
    1.0
    """
    return db_to_linear(power_dbm) * 1e-3


def watt_to_dbm(power: ArrayLike) -> Float:
    """DBm from a power [W].

    >>> float(watt_to_dbm(1.0))
    30.0
    """
    return linear_to_db(np.asarray(power, dtype=float) / 1e-3)
