"""The users of a frame scenario as it states them, wherever they come from."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import numpy as np

from isacplan._typing import Complex, Float
from isacplan.channel.doppler import PathFading
from isacplan.scenario.frame import FrameScenario, UsersRandom
from isacplan.scenario.users_listed import SNRS
from isacplan.units import db_to_linear, linear_to_db


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
        Of the echo of one symbol, from one transmit to one receive element, by what it tells of
        the angle.
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
    elevation : float
        Of the users above the plane through broadside, as the station assumes it [rad].
    fading : tuple of PathFading, or None
        Traced paths with their Doppler shifts.
    source_digest : str or None
        Of the content of the paths file.
    carrier : float or None
        Frequency that was traced [Hz].
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
    elevation: float = 0.0
    fading: tuple[PathFading, ...] | None = None
    source_digest: str | None = None
    carrier: float | None = None


def stated_users(scenario: FrameScenario) -> Users:
    """Users that a scenario lists or draws.

    Parameters
    ----------
    scenario : FrameScenario

    Returns
    -------
    Users
    """
    if scenario.users_random is not None:
        return _drawn(scenario.users_random)
    return _listed(scenario)


def without_budget(scenario: FrameScenario) -> FrameScenario:
    """The same scenario with the SNRs that its link budget gives its users in the budget's place.

    Parameters
    ----------
    scenario : FrameScenario

    Returns
    -------
    FrameScenario

    Raises
    ------
    ValueError
        When a distance is outside the range of the path loss model.
    """
    users, link = scenario.users or [], scenario.link
    if link is None:
        return scenario
    d = np.array([user.distance_m for user in users], dtype=float)
    sigma = [link.cross_section if user.rcs_m2 is None else user.rcs_m2 for user in users]
    try:
        loss = link.loss(d, carrier=link.carrier_hz)
    except ValueError as error:
        raise ValueError(f"users: {error}") from None
    down, up = link.snrs(loss, bandwidth=link.bandwidth_hz, n_beams=len(users))
    echo = link.echo(
        loss,
        np.array(sigma),
        symbol_duration=scenario.frame.symbol_duration_s,
        n_beams=len(users),
    )
    found = zip(*(linear_to_db(snr).tolist() for snr in (down, up, echo)), strict=True)
    stated = [
        msgspec.structs.replace(
            user, **dict(zip(SNRS, snrs, strict=True)), distance_m=None, rcs_m2=None
        )
        for user, snrs in zip(users, found, strict=True)
    ]
    aging = msgspec.structs.replace(scenario.aging, carrier_hz=link.carrier_hz)
    return msgspec.structs.replace(scenario, users=stated, aging=aging, link=None)


def _listed(scenario: FrameScenario) -> Users:
    users = without_budget(scenario).users or []

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
        carrier=scenario.link.carrier_hz if scenario.link else None,
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
