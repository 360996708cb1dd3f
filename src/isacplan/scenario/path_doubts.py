"""What paths make doubtful: units and signs that are possible, but hardly meant."""

from collections.abc import Sequence

import numpy as np

from isacplan._typing import Float
from isacplan.scenario.path_checks import check_doppler, check_geometry, known_by_position
from isacplan.scenario.path_sight import (
    check_arrivals,
    check_sight_doppler,
    doubted_gains,
    known_at_both_ends,
)
from isacplan.scenario.traced import TracedUser

SEVERAL = 4
"""Paths from which it is odd that all share what wrong units would cause."""

UPWARD = np.radians(5.0)
"""Elevation [rad] that not every path of a station leaves above."""

STEEP = np.radians(45.0)
"""Elevation [rad] that not every path arrives above."""


def check_users(users: Sequence[TracedUser]) -> tuple[str | None, tuple[str, ...]]:
    """Refuse what lines of sight contradict, and tell what else is doubtful.

    Parameters
    ----------
    users : sequence of TracedUser

    Returns
    -------
    misfit : str or None
        That positions do not fit the lines of sight.
    doubts : tuple of str
        What is possible, but hardly meant.

    Raises
    ------
    ValueError
        Naming the unit, sign or sense that is wrong.
    """
    check_doppler(users)
    misfit = check_geometry(users)
    turned = check_arrivals(users)
    sensed = [turned, check_sight_doppler(users) if misfit is None else None]
    # Angles that lines of sight confirm look odd, but are right.
    placed = misfit is None and (known_by_position(users) or known_at_both_ends(users))
    looks = [] if placed else _looks(users)
    found = [*sensed, doubted_gains(users), *looks]
    return misfit, tuple(doubt for doubt in found if doubt)


def _looks(users: Sequence[TracedUser]) -> list[str]:
    """Doubts from the angles alone."""
    found: list[str] = []
    arriving = [(u.arrival_azimuth, u.arrival_elevation) for u in users]
    ends = (
        ("departure", [u.azimuth for u in users], [u.elevation for u in users], UPWARD),
        (
            "arrival",
            [a for a, _ in arriving if a is not None],
            [e for _, e in arriving if e is not None],
            STEEP,
        ),
    )
    for end, azimuths, elevations, least in ends:
        if azimuths and _like_radians(np.degrees(np.concatenate(azimuths))):
            found.append(
                f"{end}_azimuth_deg: every path lies within {np.pi:.3g} degrees of +x, or within "
                "6.28 degrees of one side: radians? multiply by 180/pi"
            )
        if elevations and _all_above(np.concatenate(elevations), least):
            found.append(
                f"{end}_zenith_deg: every path lies more than {np.degrees(least):.0f} degrees above"
                " the horizon: elevations or angles below the horizon? zenith angles count from "
                "straight up: 90 - elevation, 90 + depression"
            )
    return found


def _like_radians(azimuth_deg: Float) -> bool:
    if np.unique(azimuth_deg).size < SEVERAL:
        return False
    within = np.max(np.abs(azimuth_deg)) <= np.pi
    return bool(within or (np.min(azimuth_deg) >= 0.0 and np.max(azimuth_deg) <= 2.0 * np.pi))


def _all_above(elevation: Float, least: float) -> bool:
    return elevation.size > 1 and bool(np.min(elevation) > least)
