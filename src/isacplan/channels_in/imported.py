"""What an import gives: users with their paths, and an account of what was kept and dropped."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Float
from isacplan.errors import InputWarning
from isacplan.scenario.path_checks import MISFIT_LEAST, check_units
from isacplan.scenario.path_doubts import check_users
from isacplan.scenario.path_ranges import check_ranges
from isacplan.scenario.traced import TracedUser, unit_vector, with_doppler
from isacplan.units import SPEED_OF_LIGHT

MAX_PATHS = 10_000_000
"""Paths that one import takes."""

DROPPED = "paths dropped: not valid, or padding"


@dataclass(frozen=True, kw_only=True, eq=False)
class ImportedUsers:
    """Users of an import.

    Parameters
    ----------
    users : tuple of TracedUser
        In the order of the source.
    notes : tuple of str
        What was dropped and what was assumed, one line each.
    """

    users: tuple[TracedUser, ...]
    notes: tuple[str, ...] = ()

    @property
    def n_paths(self) -> int:
        """Paths of all users."""
        return sum(user.n_paths for user in self.users)


def users_from_paths(
    *,
    gain: ArrayLike,
    departure_azimuth: ArrayLike,
    departure_zenith: ArrayLike,
    arrival_azimuth: ArrayLike | None = None,
    arrival_zenith: ArrayLike | None = None,
    doppler: ArrayLike | None = None,
    delay: ArrayLike | None = None,
    phase: ArrayLike | None = None,
    n_interactions: ArrayLike | None = None,
    position: ArrayLike | None = None,
    velocity: ArrayLike | None = None,
    station: ArrayLike | None = None,
    carrier_frequency: float | None = None,
    numbers: Sequence[int] | None = None,
) -> ImportedUsers:
    """Users from arrays of paths, U users with at most P paths each.

    A path without gain, or with NaN for its gain or direction, is none and is dropped; so is a
    user without paths. Doppler shifts that are not given follow from velocity, arrival directions
    and carrier.

    Parameters
    ----------
    gain : array_like, shape (U, P)
        Power gains between isotropic antennas, linear: ``|a|^2`` of a path's coefficient.
    departure_azimuth, departure_zenith : array_like, shape (U, P)
        Directions in which paths leave the station: counter-clockwise from +x, and from straight
        up [rad].
    arrival_azimuth, arrival_zenith : array_like, shape (U, P), optional
        Directions from the user towards where paths come from [rad].
    doppler : array_like, shape (U, P), optional
        Positive where a path shortens [Hz].
    delay : array_like, shape (U, P), optional
        [s].
    phase : array_like, shape (U, P), optional
        Without that of the delay [rad].
    n_interactions : array_like, shape (U, P), optional
        0 is the line of sight.
    position, velocity : array_like, shape (U, 3), optional
        Of the users [m], [m/s].
    station : array_like, shape (3,), optional
        Position of the station [m].
    carrier_frequency : float, optional
        That was traced [Hz].
    numbers : sequence of int, optional
        What to call the users; default 0 to U - 1.

    Returns
    -------
    ImportedUsers

    Raises
    ------
    ValueError
        When shapes do not fit, no path is left, values are out of range, or units look wrong.
    """
    g = _matrix("gain", gain)
    given = {
        "azimuth": departure_azimuth,
        "zenith": departure_zenith,
        "arrival_azimuth": arrival_azimuth,
        "arrival_zenith": arrival_zenith,
        "doppler": doppler,
        "delay": delay,
        "phase": phase,
        "n_interactions": n_interactions,
    }
    tables = {
        name: _matrix(name, values, like=g) for name, values in given.items() if values is not None
    }
    kept = np.isfinite(g) & (g > 0.0) & np.isfinite(tables["azimuth"] + tables["zenith"])
    _check_angles(tables, kept)
    if not np.any(kept):
        raise ValueError("no path is left: every gain is zero, negative or not a number")
    for zenith, elevation in (("zenith", "elevation"), ("arrival_zenith", "arrival_elevation")):
        if zenith in tables:
            tables[elevation] = np.pi / 2 - tables.pop(zenith)
    if "phase" in tables:
        tables["phase"] = (tables["phase"] + np.pi) % (2.0 * np.pi) - np.pi
    names = range(len(g)) if numbers is None else numbers
    if len(names) != len(g) or len(set(names)) != len(names):
        raise ValueError(f"numbers must name each of the {len(g)} users once, got {list(names)}")
    users = [
        TracedUser(
            user=int(name),
            gain=g[i, kept[i]],
            **_complete({key: values[i, kept[i]] for key, values in tables.items()}, int(name)),
            position=_row("position", position, i, len(g)),
            velocity=_row("velocity", velocity, i, len(g)),
            station=None if station is None else np.asarray(station, dtype=float),
            carrier=None if carrier_frequency is None else float(carrier_frequency),
        )
        for i, name in enumerate(names)
        if np.any(kept[i])
    ]
    return _checked(users, _dropped(kept))


def velocities(velocity: ArrayLike | None, n: int) -> Float | None:
    """One velocity for each of n users, from one for all or from one each.

    Parameters
    ----------
    velocity : array_like, shape (3,) or (n, 3), optional
        [m/s].
    n : int

    Returns
    -------
    ndarray, shape (n, 3), or None
        None where none is given.

    Raises
    ------
    ValueError
        When it has another shape or is not finite.
    """
    if velocity is None:
        return None
    v = _check.real("velocity", velocity)
    if v.shape not in {(3,), (n, 3)}:
        raise ValueError(f"velocity must have shape (3,) or ({n}, 3) [m/s], got {v.shape}")
    return np.broadcast_to(v, (n, 3))


def _checked(users: list[TracedUser], dropped: str) -> ImportedUsers:
    """Users with what follows from their paths, refused where units cannot be as stated."""
    check_ranges(users)
    users, placed = _with_station(users)
    g = np.concatenate([user.gain for user in users])
    theta = np.concatenate([user.elevation for user in users])
    delays = [user.delay for user in users if user.delay is not None]
    check_units(
        zenith_deg=90.0 - np.degrees(theta),
        gain_db=10.0 * np.log10(g),
        delay_ns=1e9 * np.concatenate(delays) if delays else None,
    )
    misfit, doubts = check_users(users)
    for doubt in doubts:
        warnings.warn(doubt, InputWarning, stacklevel=3)
    users, shifted = _with_doppler(users)
    notes = (dropped, shifted, placed, misfit)
    return ImportedUsers(users=tuple(users), notes=tuple(note for note in notes if note))


def _matrix(name: str, values: ArrayLike, like: Float | None = None) -> Float:
    try:
        table = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an array of real numbers") from None
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"{name} must have shape (U, P), got {table.shape}")
    if table.size > MAX_PATHS:
        raise ValueError(f"{name} has {table.size} paths; at most {MAX_PATHS} are taken at a time")
    if like is not None and table.shape != like.shape:
        raise ValueError(f"{name} must have shape {like.shape} as gain, got {table.shape}")
    return table


def _row(name: str, values: ArrayLike | None, i: int, n: int) -> Float | None:
    if values is None:
        return None
    table = _check.real(name, values)
    if table.shape != (n, 3):
        raise ValueError(f"{name} must have shape ({n}, 3), got {table.shape}")
    return table[i]


def _complete(columns: dict[str, Float], user: int) -> dict[str, Float]:
    """Columns without those that say nothing of this user."""
    for name, values in columns.items():
        if np.any(np.isnan(values)) and not np.all(np.isnan(values)):
            raise ValueError(f"{name} of user {user} is NaN for some of its paths, not for all")
    return {name: values for name, values in columns.items() if not np.any(np.isnan(values))}


def _check_angles(tables: dict[str, Float], kept: np.ndarray) -> None:
    for name, low, high in (
        ("zenith", 0.0, np.pi),
        ("arrival_zenith", 0.0, np.pi),
        ("azimuth", -2.0 * np.pi, 2.0 * np.pi),
        ("arrival_azimuth", -2.0 * np.pi, 2.0 * np.pi),
    ):
        values = tables.get(name, np.zeros(kept.shape))[kept]
        wrong = (values < low - 1e-6) | (values > high + 1e-6)
        if np.any(wrong):
            worst = values[wrong][0]
            hint = "degrees? " if abs(worst) > 2.0 * np.pi else "an elevation? "
            raise ValueError(
                f"{name} = {worst:.6g}: must be from {low:g} to {high:g} rad; {hint}"
                "angles are in radians, zenith angles from straight up"
            )


def _with_doppler(users: list[TracedUser]) -> tuple[list[TracedUser], str]:
    """Users with the Doppler shifts that their velocities cause, and a note of that."""
    moved = [with_doppler(user) for user in users]
    made = sum(new is not old for new, old in zip(moved, users, strict=True))
    note = f"Doppler shifts of {made} users follow from velocity and directions of arrival"
    return moved, note if made else ""


def _with_station(users: list[TracedUser]) -> tuple[list[TracedUser], str]:
    """Users that know their station, where every line of sight leads back to one place."""
    places: list[Float] = []
    for user in users:
        direct, position, delay = user.direct_path, user.position, user.delay
        if user.station is None and direct is not None:
            if position is None or delay is None:
                return users, ""
            u = unit_vector(user.azimuth[direct], user.elevation[direct])
            places.append(position - SPEED_OF_LIGHT * delay[direct] * u)
    if not places:
        return users, ""
    middle = np.mean(places, axis=0)
    if np.max(np.linalg.norm(places - middle, axis=-1)) > MISFIT_LEAST:
        return users, ""
    x, y, z = middle
    note = f"station at ({x:.2f}, {y:.2f}, {z:.2f}) m, where all lines of sight meet"
    return [replace(user, station=middle) for user in users], note


def _dropped(kept: np.ndarray) -> str:
    paths, users = int(kept.size - kept.sum()), int(np.sum(~np.any(kept, axis=1)))
    if not paths:
        return ""
    alone = f"; {users} users without any path left out" if users else ""
    return f"{paths} of {kept.size} {DROPPED}{alone}"
