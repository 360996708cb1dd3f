"""What lines of sight give away: both ends, the Doppler shift and the gain follow from geometry."""

from collections.abc import Callable, Sequence

import numpy as np

from isacplan._typing import Float
from isacplan.scenario.traced import TracedUser, unit_vector
from isacplan.units import SPEED_OF_LIGHT

OPPOSITE = np.radians(2.0)
"""Angle [rad] by which rounded directions of one line may differ."""

DOPPLER_SHARE = 0.05
"""Misfit of a Doppler shift, relative to the largest one that the speed allows."""

DOPPLER_LEAST = 0.1
"""Misfit [Hz] that rounding explains."""

FREE_SPACE_DB = 20.0
"""What antennas and weather change of the gain of a line of sight."""

Ends = tuple[Float, Float, Float, Float]
"""Azimuths and elevations of departure and of arrival, (n,) each [rad]."""


def _in_degrees(elevation: Float) -> Float:
    """Elevation whose zenith angle was stated in radians and taken for degrees [rad]."""
    return np.pi / 2 - np.degrees(np.pi / 2 - elevation)


Reading = Callable[[Float, Float, Float, Float], Ends]
READINGS: tuple[tuple[str, Reading], ...] = (
    (
        "arrival_azimuth_deg is in radians: multiply by 180/pi",
        lambda a, e, b, f: (a, e, np.degrees(b), f),
    ),
    (
        "arrival_zenith_deg is in radians: multiply by 180/pi",
        lambda a, e, b, f: (a, e, b, _in_degrees(f)),
    ),
    (
        "both arrival angles are in radians: multiply by 180/pi",
        lambda a, e, b, f: (a, e, np.degrees(b), _in_degrees(f)),
    ),
    (
        "arrival azimuths and elevations are in radians: multiply by 180/pi",
        lambda a, e, b, f: (a, e, np.degrees(b), np.degrees(f)),
    ),
    (
        "azimuths and elevations of both ends are in radians: multiply by 180/pi",
        lambda a, e, b, f: (np.degrees(a), np.degrees(e), np.degrees(b), np.degrees(f)),
    ),
    (
        "departure azimuths and elevations are in radians: multiply by 180/pi",
        lambda a, e, b, f: (np.degrees(a), np.degrees(e), b, f),
    ),
    (
        "arrival_zenith_deg holds elevations: write 90 - elevation",
        lambda a, e, b, f: (a, e, b, np.pi / 2 - f),
    ),
    (
        "arrival azimuths turn clockwise (mirrored): negate arrival_azimuth_deg",
        lambda a, e, b, f: (a, e, -b, f),
    ),
    (
        "arrival angles say where paths go, not where they come from: write azimuth + 180 and "
        "180 - zenith",
        lambda a, e, b, f: (a, e, b + np.pi, -f),
    ),
    (
        "arrival azimuths say where paths go, not where they come from: write azimuth + 180",
        lambda a, e, b, f: (a, e, b + np.pi, f),
    ),
    (
        "departure_azimuth_deg is in radians: multiply by 180/pi",
        lambda a, e, b, f: (np.degrees(a), e, b, f),
    ),
    (
        "departure and arrival azimuths are in radians: multiply by 180/pi",
        lambda a, e, b, f: (np.degrees(a), e, np.degrees(b), f),
    ),
    (
        "departure azimuths turn clockwise (mirrored): negate departure_azimuth_deg",
        lambda a, e, b, f: (-a, e, b, f),
    ),
    (
        "departure_zenith_deg holds elevations: write 90 - elevation",
        lambda a, e, b, f: (a, np.pi / 2 - e, b, f),
    ),
    (
        "departure_zenith_deg holds angles below the horizon: write 90 + angle",
        lambda a, e, b, f: (a, e - np.pi / 2, b, f),
    ),
)


def check_arrivals(users: Sequence[TracedUser]) -> str | None:
    """Compare both ends of lines of sight: they must be opposite directions.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    str or None
        A doubt, when azimuths of departure and arrival are counted from different directions, or
        when arrivals that nothing depends on, because Doppler shifts are stated, do not fit.

    Raises
    ------
    ValueError
        When they are not opposite; naming the wrong unit, sign or sense that explains it.
    """
    ends = _both_ends(users)
    if ends is None or _apart(*ends) <= OPPOSITE:
        return None
    found = [said for said, reading in READINGS if _apart(*reading(*ends)) <= OPPOSITE]
    most = f"{np.degrees(_apart(*ends)):.3g} degrees"
    said = f"on a line of sight arrival and departure are opposite, these are {most} off"
    if found:
        raise ValueError(f"{said}; they fit when {' or '.join(found)}")
    a, e, b, f = ends
    turn = np.angle(np.sum(np.exp(1j * (a + np.pi - b))))
    if a.size > 1 and _apart(a, e, b + turn, f) <= OPPOSITE:
        return (
            f"arrival azimuths are counted from a direction {np.degrees(turn):.4g} degrees from "
            "that of departure: velocities must be counted as arrivals are"
        )
    wrong = f"{said}: directions of arrival or departure are wrong"
    if all(user.doppler is not None for user in users):
        return wrong
    raise ValueError(wrong)


def known_at_both_ends(users: Sequence[TracedUser]) -> bool:
    """Whether a line of sight states its arrival.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    bool
    """
    return _both_ends(users) is not None


def _both_ends(users: Sequence[TracedUser]) -> Ends | None:
    rows: list[tuple[float, float, float, float]] = []
    for user in users:
        p, b, f = user.direct_path, user.arrival_azimuth, user.arrival_elevation
        if p is not None and b is not None and f is not None:
            rows.append((user.azimuth[p], user.elevation[p], b[p], f[p]))
    if not rows:
        return None
    a, e, b, f = np.array(rows).T
    return a, e, b, f


def _apart(a: Float, e: Float, b: Float, f: Float) -> float:
    """Largest angle between arrivals and the opposite of departures [rad]."""
    off = np.linalg.norm(unit_vector(a, e) + unit_vector(b, f), axis=-1)
    return float(np.max(2.0 * np.arcsin(np.minimum(off / 2.0, 1.0))))


FACTORS: dict[float, str] = {
    -1.0: "the sign is turned: negate doppler_hz, it is positive where a path shortens",
    1e-3: "doppler_hz is in kHz: multiply by 1000",
    2.0 * np.pi: "doppler_hz is in radians per second: divide by 2 pi",
    1.0 / 3.6: "velocities are in km/h: divide by 3.6",
    3.6: "doppler_hz belongs to velocities in km/h",
}


def check_sight_doppler(users: Sequence[TracedUser]) -> str | None:
    """Compare Doppler shifts of lines of sight with what velocity and geometry cause.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    str or None
        A doubt, when they do not fit and no sign or unit explains it.

    Raises
    ------
    ValueError
        When only another sign or unit fits.
    """
    rows = np.array([row for user in users if (row := _shift(user)) is not None])
    if not rows.size:
        return None
    stated, caused, most = rows.T

    def fits(factor: float) -> bool:
        limit = DOPPLER_LEAST * min(abs(factor), 1.0) + DOPPLER_SHARE * abs(factor) * most
        return bool(np.all(np.abs(stated - factor * caused) <= limit))

    if fits(1.0):
        return None
    i = int(np.argmax(np.abs(stated - caused)))
    said = (
        f"doppler_hz = {stated[i]:.4g} in line of sight, where velocity and directions cause "
        f"{caused[i]:.4g} Hz"
    )
    found = [meaning for factor, meaning in FACTORS.items() if fits(factor)]
    if found:
        raise ValueError(f"{said}: {' or '.join(found)}")
    return f"{said}: Doppler shifts, velocities and directions do not belong together"


def _shift(user: TracedUser) -> tuple[float, float, float] | None:
    """Doppler shift of a line of sight as stated, as caused, and the largest possible [Hz]."""
    p = user.direct_path
    if p is None or user.doppler is None or user.velocity is None or user.carrier is None:
        return None
    if user.position is not None and user.station is not None:
        way = user.station - user.position
        length = float(np.linalg.norm(way))
        if length == 0.0:
            return None
        towards = way / length
    elif user.arrival_azimuth is not None and user.arrival_elevation is not None:
        towards = unit_vector(user.arrival_azimuth[p], user.arrival_elevation[p])
    else:
        return None
    scale = user.carrier / SPEED_OF_LIGHT
    return float(user.doppler[p]), float(user.velocity @ towards) * scale, user.speed * scale


def doubted_gains(users: Sequence[TracedUser]) -> str | None:
    """Compare gains of lines of sight with free space, ``(c / (4 pi d f))^2``.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    str or None
        A doubt, when all are far off.
    """
    off: list[float] = []
    for user in users:
        p = user.direct_path
        if p is None or user.delay is None or user.carrier is None or not user.delay[p] > 0.0:
            continue
        free = (4.0 * np.pi * user.delay[p] * user.carrier) ** -2.0
        off.append(float(10.0 * np.log10(user.gain[p] / free)))
    if not off or min(abs(x) for x in off) <= FREE_SPACE_DB:
        return None
    return (
        f"gain_db: lines of sight are {float(np.median(off)):+.3g} dB from free space: decibels of "
        "an amplitude (20 log10 is a power's), powers for gains, or a wrong carrier_hz?"
    )
