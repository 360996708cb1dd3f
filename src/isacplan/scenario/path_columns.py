"""Columns of a paths file: one table of names, units, signs and ranges."""

import difflib
from dataclasses import dataclass

LARGEST_GAIN_DB = 30.0
"""A path that gains more than two strong antennas give is a loss without its sign."""


@dataclass(frozen=True, kw_only=True)
class PathColumn:
    """One column.

    Parameters
    ----------
    name : str
        With its unit, as in the header.
    meaning : str
        What it holds, with sign and reference.
    low, high : float
        Range, both ends allowed.
    required : bool
        Whether a file must have it.
    whole : bool
        Whether it counts something.
    hint : str
        What a value outside the range probably is.
    per_user : bool
        Whether all rows of a user must agree.
    """

    name: str
    meaning: str
    low: float
    high: float
    required: bool = False
    whole: bool = False
    hint: str = ""
    per_user: bool = False


def _position(axis: str, whose: str) -> PathColumn:
    name = f"{axis}_m" if whose == "user" else f"{whose}_{axis}_m"
    return PathColumn(
        name=name,
        meaning=f"position of the {whose} [m], z up",
        low=-1e9,
        high=1e9,
        per_user=True,
    )


def _velocity(axis: str) -> PathColumn:
    return PathColumn(
        name=f"v{axis}_mps",
        meaning="velocity of the user [m/s]",
        low=-1e4,
        high=1e4,
        per_user=True,
    )


def _azimuth(end: str, what: str) -> PathColumn:
    return PathColumn(
        name=f"{end}_azimuth_deg",
        meaning=f"{what} in the horizontal plane [deg], counter-clockwise from +x",
        low=-360.0,
        high=360.0,
        required=end == "departure",
        hint="one turn at most",
    )


def _zenith(end: str, what: str) -> PathColumn:
    return PathColumn(
        name=f"{end}_zenith_deg",
        meaning=f"{what} [deg]: 0 straight up, 90 horizontal, 180 straight down",
        low=0.0,
        high=180.0,
        required=end == "departure",
        hint="an elevation e from the horizon is the zenith angle 90 - e",
    )


COLUMNS: tuple[PathColumn, ...] = (
    PathColumn(
        name="user", meaning="number of the user", low=0, high=2**53, required=True, whole=True
    ),
    *(_position(axis, "user") for axis in "xyz"),
    *(_velocity(axis) for axis in "xyz"),
    PathColumn(name="path", meaning="number of the path", low=0, high=2**53, whole=True),
    _azimuth("departure", "direction in which the path leaves the station"),
    _zenith("departure", "direction in which the path leaves the station"),
    _azimuth("arrival", "direction from the user towards where the path comes from"),
    _zenith("arrival", "direction from the user towards where the path comes from"),
    PathColumn(
        name="delay_ns",
        meaning="delay [ns]",
        low=0.0,
        high=1e8,
        hint="seconds times 1e9; a negative delay marks a path that is none",
    ),
    PathColumn(
        name="gain_db",
        meaning="power gain between isotropic antennas [dB], negative where power is lost",
        low=-400.0,
        high=LARGEST_GAIN_DB,
        required=True,
        hint="a path loss of 80 dB is a gain of -80 dB",
    ),
    PathColumn(
        name="phase_deg",
        meaning="phase of the path without that of its delay [deg]; planning does not use it",
        low=-360.0,
        high=360.0,
        hint="degrees within one turn",
    ),
    PathColumn(
        name="doppler_hz",
        meaning="Doppler shift [Hz], positive where the path shortens",
        low=-1e7,
        high=1e7,
    ),
    PathColumn(
        name="n_interactions",
        meaning="reflections, diffractions and the like; 0: line of sight",
        low=0,
        high=1000,
        whole=True,
    ),
    *(_position(axis, "station") for axis in "xyz"),
    PathColumn(
        name="carrier_hz",
        meaning="frequency that was traced [Hz]",
        low=1e6,
        high=1e13,
        per_user=True,
    ),
)
BY_NAME = {column.name: column for column in COLUMNS}
REQUIRED = tuple(column.name for column in COLUMNS if column.required)

TOGETHER = (
    ("x_m", "y_m", "z_m"),
    ("vx_mps", "vy_mps"),
    ("arrival_azimuth_deg", "arrival_zenith_deg"),
    ("station_x_m", "station_y_m", "station_z_m"),
)


def check_header(names: list[str]) -> None:
    """Refuse a header that lacks a column, repeats one or has one that is not known.

    Parameters
    ----------
    names : list of str

    Raises
    ------
    ValueError
        Naming the column and what would be right.
    """
    for name in names:
        if name not in BY_NAME:
            raise ValueError(f"column {name} is not known{_advice(name)}")
        if names.count(name) > 1:
            raise ValueError(f"column {name} stands there twice")
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise ValueError(f"column {missing[0]} is missing: {BY_NAME[missing[0]].meaning}")
    for group in TOGETHER:
        absent = [name for name in group if name not in names]
        if absent and len(absent) < len(group):
            raise ValueError(f"column {absent[0]} is missing: {', '.join(group)} go together")


def _advice(name: str) -> str:
    if "elevation" in name:
        end = "arrival" if "arriv" in name or "aoa" in name else "departure"
        return f"; write {end}_zenith_deg = 90 - elevation"
    if name.endswith(("_rad", "_radian", "_radians")):
        stem = name.rsplit("_", 1)[0]
        return f"; angles are in degrees: {_nearest(stem + '_deg')}"
    if "loss" in name:
        return "; write gain_db = -loss"
    return f"; did you mean {_nearest(name)}?" if _nearest(name) else f"; known: {known_columns()}"


def _nearest(name: str) -> str:
    holding = [known for known in BY_NAME if name and name.lower() in known]
    close = holding or difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.5)
    return close[0] if close else ""


def known_columns() -> str:
    """Names of all columns, separated by commas."""
    return ", ".join(BY_NAME)
