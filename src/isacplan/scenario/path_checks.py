"""What a whole paths file gives away about wrong units, signs and mirrored angles."""

from collections.abc import Callable, Sequence

import numpy as np

from isacplan._typing import Float
from isacplan.scenario.traced import TracedUser, unit_vector
from isacplan.units import SPEED_OF_LIGHT

MISFIT_SHARE = 0.02
"""Largest misfit of a line of sight, relative to its length."""

MISFIT_LEAST = 1.0
"""Misfit [m] that rounded positions and a reference point elsewhere on an array explain."""

LINEAR_GAIN = 1e-2
"""Gains in decibels that all lie between zero and this are gains that are not in decibels."""

SHORTEST_DELAY_NS = 1e-3
"""A path of a third of a millimetre is a delay in other units."""


def check_units(*, zenith_deg: Float, gain_db: Float, delay_ns: Float | None) -> None:
    """Refuse columns that only other units explain.

    Parameters
    ----------
    zenith_deg, gain_db, delay_ns : ndarray, shape (n,)
        Columns of a paths file, in its units; delays may be missing.

    Raises
    ------
    ValueError
        Naming the column, the value and the conversion.
    """
    largest = float(np.max(zenith_deg))
    if 0.0 < largest <= np.pi:
        raise ValueError(
            f"departure_zenith_deg: no path leaves more than {largest:.4g} degrees from straight "
            "up: radians? multiply by 180/pi"
        )
    if np.all((gain_db >= 0.0) & (gain_db < LINEAR_GAIN)) and np.any(gain_db > 0.0):
        raise ValueError(
            f"gain_db: every gain is between 0 and {LINEAR_GAIN} dB: not in decibels? write "
            "10 log10 of a power gain"
        )
    if np.all(gain_db > 0.0):
        raise ValueError(
            f"gain_db: every path gains power, {np.min(gain_db):.4g} dB and more: losses without "
            "their sign, or as a linear gain? a path loss of 80 dB is a gain of -80 dB or 1e-8"
        )
    longest = 0.0 if delay_ns is None else float(np.max(delay_ns, initial=0.0, where=delay_ns > 0))
    if 0.0 < longest < SHORTEST_DELAY_NS:
        raise ValueError(
            f"delay_ns: no delay is longer than {longest:.4g} ns: seconds? multiply by 1e9"
        )


def check_doppler(users: Sequence[TracedUser]) -> None:
    """Refuse a line of sight whose Doppler shift the user's speed cannot cause.

    Parameters
    ----------
    users : sequence of TracedUser

    Raises
    ------
    ValueError
        Naming user, Doppler shift and what speed allows.
    """
    for user in users:
        direct = user.direct_path
        if direct is None or user.doppler is None or user.carrier is None:
            continue
        most = user.speed * user.carrier / SPEED_OF_LIGHT
        found = abs(float(user.doppler[direct]))
        if found > 1.02 * most + 0.1:
            hint = ": radians per second? divide by 2 pi" if found <= 2.1 * np.pi * most else ""
            raise ValueError(
                f"doppler_hz = {user.doppler[direct]:.4g} of user {user.user} in line of sight: "
                f"{user.speed:.4g} m/s at {user.carrier:.4g} Hz shift at most {most:.4g} Hz{hint}"
            )


def check_geometry(users: Sequence[TracedUser]) -> str | None:
    """Compare directions and delays of the lines of sight with the positions of the users.

    The azimuth may be counted from any direction, so the users are turned about the station until
    they fit best.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    str or None
        What does not fit, when no wrong unit or sign explains it.

    Raises
    ------
    ValueError
        When the angles fit only as elevations, mirrored or in radians.
    """
    sight = _lines_of_sight(users)
    if sight is None:
        return None
    position, station, direction, distance = sight
    limit = max(MISFIT_LEAST, MISFIT_SHARE * float(np.mean(distance)))
    stated = _misfit(position, station, distance, *direction)
    if stated <= limit:
        return None
    fitting = [
        explanation
        for explanation, reading in READINGS.items()
        if _misfit(position, station, distance, *reading(*direction)) <= limit
    ]
    if fitting:
        raise ValueError(
            f"the lines of sight miss the users by {stated:.3g} m; they meet them when "
            f"{' or '.join(fitting)}"
        )
    return (
        f"lines of sight miss the users' positions by {stated:.3g} m: angles, delays and positions "
        "do not belong together"
    )


def known_by_position(users: Sequence[TracedUser]) -> bool:
    """Whether lines of sight and positions of the users can be compared at all.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    bool
    """
    return _lines_of_sight(users) is not None


def _mirrored(azimuth: Float, elevation: Float) -> tuple[Float, Float]:
    return -azimuth, elevation


def _as_elevation(azimuth: Float, elevation: Float) -> tuple[Float, Float]:
    return azimuth, np.pi / 2 - elevation


def _depression(azimuth: Float, elevation: Float) -> tuple[Float, Float]:
    return azimuth, elevation - np.pi / 2


def _azimuth_in_radians(azimuth: Float, elevation: Float) -> tuple[Float, Float]:
    return np.degrees(azimuth), elevation


READINGS: dict[str, Callable[[Float, Float], tuple[Float, Float]]] = {
    "azimuths turn clockwise (mirrored): negate departure_azimuth_deg": _mirrored,
    "departure_zenith_deg holds elevations: write 90 - elevation": _as_elevation,
    "departure_zenith_deg holds angles below the horizon: write 90 + angle": _depression,
    "departure_azimuth_deg is in radians: multiply by 180/pi": _azimuth_in_radians,
}


def _lines_of_sight(
    users: Sequence[TracedUser],
) -> tuple[Float, Float | None, tuple[Float, Float], Float] | None:
    """Positions (n, 3), the station (3,) where known, directions and lengths (n,)."""
    position, azimuth, elevation, distance = [], [], [], []
    for user in users:
        direct = user.direct_path
        if direct is None or user.position is None or user.delay is None:
            continue
        position.append(user.position)
        azimuth.append(user.azimuth[direct])
        elevation.append(user.elevation[direct])
        distance.append(user.delay[direct] * SPEED_OF_LIGHT)
    station = next((user.station for user in users if user.station is not None), None)
    if len(position) < (2 if station is None else 1):
        return None
    directions = np.array(azimuth), np.array(elevation)
    return np.array(position), station, directions, np.array(distance)


def _misfit(
    position: Float, station: Float | None, distance: Float, azimuth: Float, elevation: Float
) -> float:
    """Root mean square distance [m] between users and ends of their lines of sight, best turned."""
    end = distance[:, None] * unit_vector(azimuth, elevation)
    away = position - (station if station is not None else 0.0)
    if station is None:
        away = away - np.mean(away, axis=0)
        end = end - np.mean(end, axis=0)
    wanted, given = away[:, 0] + 1j * away[:, 1], end[:, 0] + 1j * end[:, 1]
    turn = np.sum(wanted * given.conj())
    turned = given * (turn / abs(turn) if abs(turn) > 0.0 else 1.0)
    error = np.abs(wanted - turned) ** 2 + (away[:, 2] - end[:, 2]) ** 2
    return float(np.sqrt(np.mean(error)))
