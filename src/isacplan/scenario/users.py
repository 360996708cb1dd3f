"""The users of a frame scenario as it states them, wherever they come from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.array import ArrayGeometry
from isacplan.channel.link import PathsLink, echo_snr, noise_power, paths_link, received_snr
from isacplan.scenario.frame import MAX_USERS, FrameScenario, UsersPaths, UsersRandom
from isacplan.scenario.paths import PathsTable, TracedUser, read_paths
from isacplan.units import SPEED_OF_LIGHT, db_to_linear, dbm_to_watt


@dataclass(frozen=True, kw_only=True, eq=False)
class Users:
    """K users, each SNR that of one symbol at one antenna; NaN where a number is not stated.

    Ratios are linear, angles in radians.

    Parameters
    ----------
    label : tuple of str
        What to call each user.
    angle : ndarray, shape (K,)
        Sensed angle from broadside [rad].
    element_snr : ndarray, shape (K,)
        Of data, the user's whole power sent from one transmit element, at the user.
    pilot_symbol_snr : ndarray, shape (K,)
        Of one pilot symbol at one station element.
    echo_snr : ndarray, shape (K,)
        Of the echo of one symbol, from one transmit to one receive element.
    power, weight : ndarray, shape (K,)
        Relative transmit power and weight in the objective.
    speed : ndarray, shape (K,)
        [m/s].
    rho : ndarray, shape (K,)
        Own geometric aging factor.
    angle_std_limit : ndarray, shape (K,)
        Largest root mean square angle error [rad].
    correlation : ndarray, shape (K, L, L), or None
        Traced spatial correlation, unit trace.
    source_digest : str or None
        Of the content of the paths file.
    """

    label: tuple[str, ...]
    angle: Float
    element_snr: Float
    pilot_symbol_snr: Float
    echo_snr: Float
    power: Float
    weight: Float
    speed: Float
    rho: Float
    angle_std_limit: Float
    correlation: Complex | None = None
    source_digest: str | None = None


def stated_users(scenario: FrameScenario, transmit: ArrayGeometry) -> Users:
    """Users of a scenario: listed, drawn or traced.

    Parameters
    ----------
    scenario : FrameScenario
    transmit : ArrayGeometry
        Transmit array, for traced correlations.

    Returns
    -------
    Users

    Raises
    ------
    ValueError
        When the paths file is not usable, or a selected user has no paths in it.
    """
    if scenario.users_paths is not None:
        return _traced(scenario, scenario.users_paths, transmit)
    if scenario.users_random is not None:
        return _drawn(scenario.users_random)
    return _listed(scenario)


def _listed(scenario: FrameScenario) -> Users:
    users = scenario.users or []

    def column(value: Callable[[int], float | None]) -> Float:
        found = (value(i) for i in range(len(users)))
        return np.array([np.nan if x is None else x for x in found], dtype=float)

    return Users(
        label=tuple(str(i) for i in range(len(users))),
        angle=np.radians(column(lambda i: users[i].angle_deg)),
        element_snr=db_to_linear(column(lambda i: users[i].snr_db)),
        pilot_symbol_snr=db_to_linear(column(lambda i: users[i].pilot_snr_db)),
        echo_snr=db_to_linear(column(lambda i: users[i].sensing_snr_db)),
        power=column(lambda i: users[i].power),
        weight=column(lambda i: users[i].weight),
        speed=column(lambda i: users[i].speed_mps),
        rho=column(lambda i: users[i].rho),
        angle_std_limit=np.radians(column(lambda i: users[i].angle_rmse_limit_deg)),
    )


def _drawn(wanted: UsersRandom) -> Users:
    streams = np.random.SeedSequence(wanted.seed).spawn(5)

    def draw(stream: int, bounds: list[float]) -> Float:
        return np.random.default_rng(streams[stream]).uniform(*bounds, size=wanted.count)

    unset = np.full(wanted.count, np.nan)
    return Users(
        label=tuple(str(i) for i in range(wanted.count)),
        angle=np.radians(draw(0, wanted.angle_deg)),
        element_snr=db_to_linear(draw(1, wanted.snr_db)),
        pilot_symbol_snr=db_to_linear(draw(2, wanted.pilot_snr_db)),
        echo_snr=db_to_linear(draw(3, wanted.sensing_snr_db)),
        power=np.ones(wanted.count),
        weight=np.ones(wanted.count),
        speed=unset if wanted.speed_mps is None else draw(4, wanted.speed_mps),
        rho=unset,
        angle_std_limit=unset,
    )


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


def _traced(scenario: FrameScenario, wanted: UsersPaths, transmit: ArrayGeometry) -> Users:
    table = read_paths(wanted.file)
    users = _selected(wanted, table)
    links = [_linked(wanted, user, transmit) for user in users]
    gain = np.array([one.gain for one in links])
    noise_at_user, noise_at_station = (
        noise_power(
            density=dbm_to_watt(wanted.noise_dbm_per_hz),
            bandwidth=wanted.bandwidth_hz,
            noise_figure=db_to_linear(figure_db),
        )
        for figure_db in (wanted.noise_figure_db, wanted.station_noise_figure_db)
    )
    power = dbm_to_watt(wanted.power_dbm) / len(users)
    pilot_power = dbm_to_watt(wanted.pilot_power_dbm)
    strongest = np.array([one.strongest_gain for one in links])
    unset = np.full(len(users), np.nan)
    return Users(
        label=tuple(str(user.user) for user in users),
        angle=np.array([one.angle for one in links]),
        element_snr=received_snr(power=power, gain=gain, noise=noise_at_user),
        pilot_symbol_snr=received_snr(power=pilot_power, gain=gain, noise=noise_at_station),
        echo_snr=_echo_snr(scenario, wanted, strongest, power, noise_at_station),
        power=np.ones(len(users)),
        weight=np.ones(len(users)),
        speed=np.array([user.speed for user in users]),
        rho=unset,
        angle_std_limit=unset,
        correlation=np.array([one.correlation for one in links]),
        source_digest=table.digest,
    )


def _linked(wanted: UsersPaths, user: TracedUser, transmit: ArrayGeometry) -> PathsLink:
    try:
        return paths_link(transmit, user.gain, user.azimuth, user.elevation)
    except ValueError as error:
        raise ValueError(
            f"users_paths.select: user {user.user} of {wanted.file}: {error}; leave the user out, "
            "or turn the array towards it"
        ) from None


def _echo_snr(
    scenario: FrameScenario, wanted: UsersPaths, gain: Float, power: Float, noise: Float
) -> Float:
    """Echo over the strongest paths, by the radar equation or as stated."""
    if wanted.rcs_m2 is None:
        return np.full(gain.shape, db_to_linear(wanted.sensing_snr_db or 0.0))
    return echo_snr(
        power=power,
        gain=gain,
        noise=noise,
        cross_section=wanted.rcs_m2,
        wavelength=SPEED_OF_LIGHT / float(scenario.aging.carrier_hz or np.nan),
        n_samples=wanted.bandwidth_hz * scenario.frame.symbol_duration_s,
    )
