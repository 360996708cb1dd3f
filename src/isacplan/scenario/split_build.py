"""From a split scenario to the problem it states, in SI units."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import ArrayLike, Float
from isacplan.channel.tr38901 import GNB_HEIGHTS, RANGES
from isacplan.scenario.requirements import accuracy_requirements, accuracy_variance
from isacplan.scenario.split import Link, SplitScenario, SplitUser
from isacplan.scenario.split_stations import stations
from isacplan.split import SplitProblem
from isacplan.split.stations import polar
from isacplan.units import SPEED_OF_LIGHT, db_to_linear


@dataclass(frozen=True, kw_only=True, eq=False)
class Snrs:
    """SNRs of the full band at given distances.

    Parameters
    ----------
    downlink, uplink, localization : ndarray, shape (...)
        delta, mu, and that of the reference signal if one antenna sent it; `reference_share`
        says what of it gamma is.
    """

    downlink: Float
    uplink: Float
    localization: Float


def split_problem(scenario: SplitScenario) -> SplitProblem:
    """The split problem that a scenario states.

    Parameters
    ----------
    scenario : SplitScenario

    Returns
    -------
    SplitProblem

    Raises
    ------
    ValueError
        When a distance or height is outside the range of the path loss model.
    """
    s, users = scenario.split, scenario.users or [SplitUser()]
    distance = np.array([u.distance_m or s.distance_m for u in users], dtype=float)
    angle = [s.angle_deg if u.angle_deg is None else u.angle_deg for u in users]
    shares = [u.power_share for u in users if u.power_share is not None]
    if scenario.link is None:
        stated = [s.snr_db if u.snr_db is None else u.snr_db for u in users]
        snrs = _around(scenario, np.array(stated, dtype=float))
    else:
        snrs = snrs_at(scenario, distance)
    share = float(reference_share(s.localization_direction, s.n_antennas))
    gamma = share * snrs.localization
    place = polar(distance, np.radians(angle))
    return SplitProblem(
        n_antennas=s.n_antennas,
        carrier_frequency=s.carrier_hz,
        bandwidth=s.bandwidth_hz,
        element_bandwidth=s.element_bandwidth_hz,
        n_symbols=s.n_symbols,
        downlink_snr=snrs.downlink,
        uplink_snr=snrs.uplink,
        localization_snr=gamma,
        distance=distance,
        angle=np.radians(angle),
        power_share=np.array(shares) if shares else None,
        spacing=s.spacing_wavelengths,
        waveform_coefficient=s.waveform_coefficient,
        angle_bound=s.angle_bound,
        delay_bound=s.delay_bound,
        snr_bookkeeping=s.snr_bookkeeping,
        localization_block=s.localization_block,
        receiver=s.receiver,
        precoded_pilots=s.precoded_pilots,
        subcarriers_per_element=s.subcarriers_per_element,
        comb_spacings=s.comb_spacings,
        comb_energy=float(db_to_linear(s.comb_boost_db)),
        range_window=s.range_window_m,
        stations=stations(
            scenario,
            gains=_anchor_gains(scenario, place),
            return_gain=float((_returned(scenario, snrs) / gamma)[0]),
        ),
    )


def _anchor_gains(scenario: SplitScenario, place: Float) -> Float:
    """SNR of each user at each anchor over that at the serving station, shape (A, K)."""
    gains: list[Float] = []
    own = snrs_at(scenario, np.hypot(*place.T)).downlink
    for i, anchor in enumerate(scenario.anchors or []):
        away = np.hypot(*(place - np.array([anchor.x_m, anchor.y_m])).T)
        if np.any(away == 0.0):
            raise ValueError(
                f"anchors[{i}] must stand elsewhere than user {int(np.argmin(away))} does"
            )
        try:
            gains.append(snrs_at(scenario, away).downlink / own)
        except ValueError as error:
            raise ValueError(f"anchors[{i}]: {error}") from None
    return np.reshape(gains, (-1, len(place)))


def _returned(scenario: SplitScenario, snrs: Snrs) -> Float:
    """SNR of a reference signal in the opposite direction, as one antenna pair has it."""
    s = scenario.split
    if s.localization_direction == "uplink":
        return snrs.downlink * reference_share("downlink", s.n_antennas)
    return snrs.uplink


def reference_share(direction: str, n_antennas: ArrayLike) -> Float:
    """Part of the reference signal's energy that one pair of antennas conveys.

    Parameters
    ----------
    direction : {"paper", "downlink", "uplink"}
        * paper: the station's whole power reaches every one of N antennas' observations, which
          one user antenna cannot bring about.
        * downlink: N transmit antennas, told apart by the user, share the power: 1/N each.
        * uplink: each of N antennas receives all that the user sends.
    n_antennas : array_like, shape (...)
        N.

    Returns
    -------
    ndarray, shape (...)
    """
    N = np.asarray(n_antennas, dtype=float)
    return 1.0 / N if direction == "downlink" else np.ones_like(N)


def snrs_at(scenario: SplitScenario, distance: ArrayLike) -> Snrs:
    """SNRs that a user of the scenario has at other distances.

    With a link budget they follow from it; without one, the stated SNR at the stated distance
    (those of the first user) is moved by the free-space law.

    Parameters
    ----------
    scenario : SplitScenario
    distance : array_like, shape (...)
        [m]

    Returns
    -------
    Snrs
    """
    s, link = scenario.split, scenario.link
    d = np.asarray(distance, dtype=float)
    if link is None:
        user = (scenario.users or [SplitUser()])[0]
        snr_db = s.snr_db if user.snr_db is None else user.snr_db
        reference = user.distance_m or s.distance_m or np.nan
        return _around(
            scenario, (np.nan if snr_db is None else snr_db) + _free_space_db(reference, d)
        )
    down, up = link.snrs(link.loss(d, carrier=s.carrier_hz), bandwidth=s.bandwidth_hz)
    return _snrs(scenario, down, up)


def distance_range(link: Link, carrier: float) -> tuple[float, float]:
    """Shortest and longest distance on the ground of a link's path loss model [m]."""
    if link.path_loss == "free_space":
        # Where it amplifies it does not hold; a little room for rounding.
        return max(0.1, SPEED_OF_LIGHT / carrier / (4.0 * np.pi) * (1.0 + 1e-9)), 1e9
    place, sight = link.path_loss.split("_")
    shortest, longest = RANGES[place, sight]
    if place != "inh":
        return shortest, longest
    # Distances in space, with the same digits of room on the ground.
    rise = (link.gnb_height_m or GNB_HEIGHTS[place]) - link.ue_height_m
    ground = [np.sqrt(max(d**2 - rise**2, 0.01)) for d in (shortest * (1 + 1e-9), longest)]
    return float(ground[0]), float(ground[1] * (1.0 - 1e-9))


def position_variance_limits(scenario: SplitScenario) -> Float | None:
    """Limits on each user's squared position error that the scenario states [m^2].

    Parameters
    ----------
    scenario : SplitScenario

    Returns
    -------
    ndarray, shape (K,), or None
        Infinite for users without one; None when nobody has one.
    """
    users, wanted = scenario.users or [SplitUser()], scenario.requirement
    if wanted is not None and wanted.position_rmse_m is not None:
        return np.full(len(users), wanted.position_rmse_m**2)
    if wanted is not None and wanted.category is not None and wanted.reading != "probability":
        category = accuracy_requirements()[wanted.category]
        variance = accuracy_variance(
            category.horizontal_accuracy_m,
            confidence=category.confidence,
            reading=wanted.reading,
        )
        return np.full(len(users), variance)
    limits = [u.position_rmse_limit_m for u in users]
    if all(limit is None for limit in limits):
        return None
    return np.array([np.inf if limit is None else limit**2 for limit in limits])


def _around(scenario: SplitScenario, snr_db: Float) -> Snrs:
    s = scenario.split
    down = db_to_linear(snr_db)
    return _snrs(scenario, down, down * db_to_linear(s.ue_to_gnb_power_db or 0.0))


def _snrs(scenario: SplitScenario, down: Float, up: Float) -> Snrs:
    s = scenario.split
    sends = up if s.localization_direction == "uplink" else down
    own = db_to_linear(s.localization_to_gnb_power_db)
    return Snrs(downlink=down, uplink=up, localization=sends * own)


def _free_space_db(reference: float, distance: Float) -> Float:
    return 20.0 * np.log10(reference / distance)
