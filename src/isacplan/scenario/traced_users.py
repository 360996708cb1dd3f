"""Users from a paths file, through the station's arrays and link budget."""

import hashlib
from pathlib import Path

import numpy as np

from isacplan._typing import Float
from isacplan.array import ArrayGeometry, steering_vector
from isacplan.channel.doppler import PathFading
from isacplan.channel.element import (
    ElementPattern,
    element_table,
    isotropic_element,
    tr38901_element,
)
from isacplan.channel.link import (
    PathsLink,
    noise_power,
    paths_link,
    received_snr,
)
from isacplan.channel.orientation import orientation, seen_from
from isacplan.scenario.echo import EchoBudget, Sight
from isacplan.scenario.frame import MAX_USERS, FrameScenario, UsersPaths
from isacplan.scenario.load import read_bytes
from isacplan.scenario.paths import PathsTable, read_paths
from isacplan.scenario.traced import TracedUser, with_doppler
from isacplan.scenario.users import Users
from isacplan.units import db_to_linear, dbm_to_watt

MAX_PATTERN_BYTES = 16_000_000
PATTERNS: dict[str, ElementPattern] = {
    "isotropic": isotropic_element,
    "tr38901": tr38901_element,
}


def traced_users(
    scenario: FrameScenario, wanted: UsersPaths, transmit: ArrayGeometry, receive: ArrayGeometry
) -> Users:
    """Users whose paths stand in a file.

    Parameters
    ----------
    scenario : FrameScenario
    wanted : UsersPaths
        Its ``users_paths``.
    transmit, receive : ArrayGeometry
        Arrays, looking where ``array`` says.

    Returns
    -------
    Users

    Raises
    ------
    ValueError
        When the file is not usable, a selected user has no paths in it, stands behind the array,
        or lacks what aging or sensing needs.
    """
    table = read_paths(wanted.file)
    users = _selected(wanted, table)
    carrier = _carrier(scenario, users)
    users = [with_doppler(user, carrier_frequency=carrier) for user in users]
    pattern = _pattern(scenario.array.element)
    turned = orientation(
        np.radians(scenario.array.yaw_deg), np.radians(scenario.array.downtilt_deg)
    )
    sights = [_sight(wanted, user, transmit, turned, pattern) for user in users]
    gain = np.array([one.link.gain for one in sights])
    user_noise = _noise(wanted, wanted.noise_figure_db)
    station_noise = _noise(wanted, wanted.station_noise_figure_db)
    power = dbm_to_watt(wanted.power_dbm) / len(users)
    budget = EchoBudget(
        scenario=scenario,
        wanted=wanted,
        carrier=carrier,
        power=float(power),
        noise=station_noise,
        pattern=pattern,
        receive=receive,
    )
    unset = np.full(len(users), np.nan)
    return Users(
        label=tuple(str(user.user) for user in users),
        angle=np.array([one.angle for one in sights]),
        element_snr=received_snr(power=power, gain=gain, noise=user_noise),
        pilot_symbol_snr=received_snr(
            power=dbm_to_watt(wanted.pilot_power_dbm), gain=gain, noise=station_noise
        ),
        echo_snr=np.array([budget.snr(one) for one in sights]),
        power=np.ones(len(users)),
        weight=np.ones(len(users)),
        speed=np.array([user.speed for user in users]),
        rho=unset,
        angle_std_limit=unset,
        correlation=np.array([one.link.correlation for one in sights]),
        elevation=_common_elevation(sights),
        fading=_fading(scenario, sights, transmit),
        source_digest=_digest(table, scenario.array.element),
        carrier=carrier,
    )


def _noise(wanted: UsersPaths, figure_db: float) -> float:
    power = noise_power(
        density=dbm_to_watt(wanted.noise_dbm_per_hz),
        bandwidth=wanted.bandwidth_hz,
        noise_figure=db_to_linear(figure_db),
    )
    return float(power)


def _selected(wanted: UsersPaths, table: PathsTable) -> list[TracedUser]:
    if isinstance(wanted.select, list):
        absent = [number for number in wanted.select if number not in table]
        if absent:
            raise ValueError(
                f"users_paths.select: user {absent[0]} has no paths in {wanted.file}, which holds "
                f"users {np.min(table.numbers)} to {np.max(table.numbers)}"
            )
        return [table.user(number) for number in wanted.select]
    numbers = table.numbers if wanted.select == "all" else table.in_sight
    if not numbers.size:
        raise ValueError(
            f"users_paths.select = line_of_sight: no such user in {wanted.file}; use all"
        )
    if numbers.size > MAX_USERS:
        raise ValueError(
            f"users_paths.select = {wanted.select}: {numbers.size} users in {wanted.file}; at most "
            f"{MAX_USERS} can be planned for: name them, as in select = [{numbers[0]}]"
        )
    return [table.user(int(number)) for number in numbers]


def _carrier(scenario: FrameScenario, users: list[TracedUser]) -> float:
    """Carrier frequency, which file and scenario must agree on [Hz]."""
    stated = scenario.aging.carrier_hz
    traced = sorted({user.carrier for user in users if user.carrier is not None})
    for carrier in traced:
        if abs(carrier - (stated or traced[0])) > 1e-3 * carrier:
            raise ValueError(
                f"aging.carrier_hz = {stated or traced[0]:g}: the paths were traced at "
                f"{carrier:g} Hz"
            )
    if stated is None and not traced:
        raise ValueError("aging.carrier_hz is missing; the paths file does not state it")
    return float(traced[0] if stated is None else stated)


def _pattern(element: str) -> ElementPattern:
    if element in PATTERNS:
        return PATTERNS[element]
    try:
        return element_table(_pattern_file(element).decode("utf-8-sig"))
    except ValueError as error:
        raise ValueError(f"array.element: {element}: {error}") from None


def _pattern_file(element: str) -> bytes:
    wanted = "a CSV table of an element pattern"
    return read_bytes(Path(element), name=element, wanted=wanted, at_most=MAX_PATTERN_BYTES)


def _digest(table: PathsTable, element: str) -> str:
    """Of all that files say: paths, and the element pattern where it stands in one."""
    if element in PATTERNS:
        return table.digest
    return hashlib.sha256(table.digest.encode() + _pattern_file(element)).hexdigest()


def _sight(
    wanted: UsersPaths,
    user: TracedUser,
    transmit: ArrayGeometry,
    turned: Float,
    pattern: ElementPattern,
) -> Sight:
    azimuth, elevation = seen_from(turned, user.azimuth, user.elevation)
    try:
        link: PathsLink = paths_link(
            transmit, user.gain, azimuth, elevation, element_pattern=pattern
        )
    except ValueError as error:
        raise ValueError(
            f"users_paths.select: user {user.user} of {wanted.file}: {error}; leave the user out, "
            f"or turn the array towards it with array.yaw_deg{_pattern_helps(transmit, pattern)}"
        ) from None
    weight = user.gain * pattern(azimuth, elevation)
    first = int(np.argmax(weight))
    linear = not np.any(transmit.positions[:, [0, 2]])
    return Sight(
        user=user,
        link=link,
        weight=weight / np.sum(weight),
        azimuth=azimuth,
        elevation=elevation,
        # A linear array sees the cone angle about its axis, any other the azimuth.
        angle=link.angle if linear else float(azimuth[first]),
        tilt=0.0 if linear else float(elevation[first]),
        cone=linear,
    )


def _pattern_helps(transmit: ArrayGeometry, pattern: ElementPattern) -> str:
    """Advice to give an array in one plane elements that look one way, where they do not yet."""
    if pattern is not isotropic_element or np.ptp(transmit.positions[:, 0]) > 0.0:
        return ""
    return ', or give it real elements with array.element = "tr38901"'


def _common_elevation(sights: list[Sight]) -> float:
    """Mean elevation of the strongest paths, which the station takes for everybody's [rad]."""
    return float(np.mean([one.tilt for one in sights]))


def _fading(
    scenario: FrameScenario, sights: list[Sight], transmit: ArrayGeometry
) -> tuple[PathFading, ...] | None:
    if scenario.aging_model != "traced":
        return None
    found: list[PathFading] = []
    for one in sights:
        if one.user.doppler is None:
            raise ValueError(
                f"aging.model: user {one.user.user} has no Doppler shifts, and {_lacking(one.user)}"
            )
        found.append(
            PathFading(
                gain=one.weight,
                doppler=one.user.doppler,
                steering=steering_vector(transmit, one.azimuth, one.elevation),
            )
        )
    return tuple(found)


def _lacking(user: TracedUser) -> str:
    """Why no Doppler shifts follow, and what would help."""
    if user.velocity is not None:
        return (
            "its velocity causes known ones only with directions of arrival: add "
            "arrival_azimuth_deg and arrival_zenith_deg to the paths file, or state "
            'aging.model = "jakes", which needs the speed alone'
        )
    return (
        "none follow from velocity and directions of arrival: import with velocities, or state "
        "aging.rho"
    )
