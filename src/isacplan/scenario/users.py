"""The users of a frame scenario as it states them, wherever they come from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.array import ArrayGeometry
from isacplan.channel import paths_correlation
from isacplan.scenario.frame import MAX_USERS, FrameScenario, UsersPaths, UsersRandom
from isacplan.scenario.paths import PathsTable, TracedUser, read_paths
from isacplan.units import SPEED_OF_LIGHT, db_to_linear, dbm_to_watt


@dataclass(frozen=True, kw_only=True, eq=False)
class Users:
    """K users; ratios are linear, angles in radians, NaN where a number is not stated.

    Parameters
    ----------
    label : tuple of str
        What to call each user.
    angle : ndarray, shape (K,)
        Sensed angle from broadside [rad].
    snr, pilot_snr, sensing_snr : ndarray, shape (K,)
        ``p beta / sigma_c^2``, ``gamma_e beta`` and ``G L_r L_t |alpha|^2 / sigma_r^2`` a symbol.
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
    snr: Float
    pilot_snr: Float
    sensing_snr: Float
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
        snr=db_to_linear(column(lambda i: users[i].snr_db)),
        pilot_snr=db_to_linear(column(lambda i: users[i].pilot_snr_db)),
        sensing_snr=db_to_linear(column(lambda i: users[i].sensing_snr_db)),
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
        snr=db_to_linear(draw(1, wanted.snr_db)),
        pilot_snr=db_to_linear(draw(2, wanted.pilot_snr_db)),
        sensing_snr=db_to_linear(draw(3, wanted.sensing_snr_db)),
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
    correlation, mean_gain, strongest, angle = [], [], [], []
    for user in users:
        R, beta = paths_correlation(transmit, np.sqrt(user.gain), user.azimuth, user.elevation)
        correlation.append(R)
        mean_gain.append(beta)
        first = int(np.argmax(user.gain))
        strongest.append(user.gain[first])
        # A linear array sees the cone angle about its axis.
        angle.append(np.arcsin(np.sin(user.azimuth[first]) * np.cos(user.elevation[first])))
    beta, n_users = np.array(mean_gain), len(users)
    noise = dbm_to_watt(wanted.noise_dbm_per_hz) * wanted.bandwidth_hz
    user_noise = noise * db_to_linear(wanted.noise_figure_db)
    station_noise = noise * db_to_linear(wanted.station_noise_figure_db)
    power = dbm_to_watt(wanted.power_dbm) / n_users
    pilot = dbm_to_watt(wanted.pilot_power_dbm) * scenario.frame.symbols_per_update
    unset = np.full(n_users, np.nan)
    return Users(
        label=tuple(str(user.user) for user in users),
        angle=np.array(angle),
        snr=power * beta / user_noise,
        pilot_snr=pilot * beta / station_noise,
        sensing_snr=_echo_snr(scenario, wanted, np.array(strongest), power / station_noise),
        power=np.ones(n_users),
        weight=np.ones(n_users),
        speed=np.array([user.speed for user in users]),
        rho=unset,
        angle_std_limit=unset,
        correlation=np.array(correlation),
        source_digest=table.digest,
    )


def _echo_snr(
    scenario: FrameScenario, wanted: UsersPaths, one_way_gain: Float, power_over_noise: Float
) -> Float:
    """Echo SNR of one symbol by the radar equation over the strongest path.

    Two passes through the path with isotropic antennas, reflection by the radar cross section
    ``4 pi rcs / wavelength^2``, coherent gains of both arrays and of the ``B T_s`` samples in a
    symbol.
    """
    if wanted.sensing_snr_db is not None:
        return np.full(one_way_gain.shape, float(db_to_linear(wanted.sensing_snr_db)))
    wavelength = SPEED_OF_LIGHT / float(scenario.aging.carrier_hz or np.nan)
    reflection = 4.0 * np.pi * float(wanted.rcs_m2 or np.nan) / wavelength**2
    samples = wanted.bandwidth_hz * scenario.frame.symbol_duration_s
    array_gain = scenario.array.n_tx * scenario.array.n_rx
    return power_over_noise * one_way_gain**2 * reflection * samples * array_gain
