"""Users as columns of a paths file, and their ranges."""

from collections.abc import Sequence

import numpy as np

from isacplan._typing import Float
from isacplan.scenario.path_columns import BY_NAME
from isacplan.scenario.traced import TracedUser


def path_values(user: TracedUser) -> dict[str, Float]:
    """Columns that differ between paths, in a paths file's units.

    Parameters
    ----------
    user : TracedUser

    Returns
    -------
    dict of str to ndarray, shape (P,)
        Only what is known.
    """
    degree = np.pi / 180.0
    arrival = user.arrival_elevation
    columns: dict[str, Float | None] = {
        "path": np.arange(float(user.n_paths)),
        "departure_azimuth_deg": user.azimuth / degree,
        "departure_zenith_deg": (np.pi / 2 - user.elevation) / degree,
        "arrival_azimuth_deg": _over(user.arrival_azimuth, degree),
        "arrival_zenith_deg": None if arrival is None else (np.pi / 2 - arrival) / degree,
        "delay_ns": _over(user.delay, 1e-9),
        "gain_db": 10.0 * np.log10(user.gain),
        "phase_deg": _over(user.phase, degree),
        "doppler_hz": user.doppler,
        "n_interactions": user.n_interactions,
    }
    return {name: values for name, values in columns.items() if values is not None}


def user_values(user: TracedUser) -> dict[str, float]:
    """Columns that all paths of a user share, in a paths file's units.

    Parameters
    ----------
    user : TracedUser

    Returns
    -------
    dict of str to float
        Only what is known.
    """
    same: dict[str, float] = {"user": float(user.user)}
    if user.carrier is not None:
        same["carrier_hz"] = user.carrier
    for names, vector in (
        (("x_m", "y_m", "z_m"), user.position),
        (("vx_mps", "vy_mps", "vz_mps"), user.velocity),
        (("station_x_m", "station_y_m", "station_z_m"), user.station),
    ):
        if vector is not None:
            same.update(zip(names, vector.tolist(), strict=True))
    return same


def check_ranges(users: Sequence[TracedUser]) -> None:
    """Refuse what a paths file may not hold.

    Parameters
    ----------
    users : sequence of TracedUser

    Raises
    ------
    ValueError
        Naming the column, the value in its unit, the user and the range.
    """
    for user in users:
        shared = {name: np.array([value]) for name, value in user_values(user).items()}
        for name, values in {**shared, **path_values(user)}.items():
            column = BY_NAME[name]
            slack = 1e-9 * max(abs(column.low), abs(column.high)) if "_deg" in name else 0.0
            wrong = ~((values >= column.low - slack) & (values <= column.high + slack))
            if np.any(wrong):
                hint = f"; {column.hint}" if column.hint else ""
                raise ValueError(
                    f"{name} = {values[wrong][0]:g} of user {user.user}: must be from "
                    f"{column.low:g} to {column.high:g} ({column.meaning}){hint}"
                )


def _over(values: Float | None, unit: float) -> Float | None:
    return None if values is None else values / unit
