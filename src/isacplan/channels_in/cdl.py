"""Clustered delay line models of 3GPP TR 38.901, clause 7.7.1, as paths of users."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from isacplan import _check
from isacplan._typing import ArrayLike, Bool, Float
from isacplan.channels_in.imported import ImportedUsers, users_from_paths, velocities

MODELS = ("A", "B", "C", "D", "E")

OFFSETS = np.array([0.0447, 0.1413, 0.2492, 0.3715, 0.5129, 0.6797, 0.8844, 1.1481, 1.5195, 2.1551])
"""Ray offsets for a spread of one, each with both signs (Table 7.5-3)."""

CLUSTER_SPREADS = {
    "A": (5.0, 11.0, 3.0, 3.0),
    "B": (10.0, 22.0, 3.0, 7.0),
    "C": (2.0, 15.0, 3.0, 7.0),
    "D": (5.0, 8.0, 3.0, 3.0),
    "E": (5.0, 11.0, 3.0, 7.0),
}
"""c_ASD, c_ASA, c_ZSD, c_ZSA of each model [deg]."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DelayLine:
    """Rays of a model before scaling, n of them.

    Parameters
    ----------
    power : ndarray, shape (n,)
        Adds up to one.
    delay : ndarray, shape (n,)
        Relative to the delay spread.
    departure_azimuth, arrival_azimuth, departure_zenith, arrival_zenith : ndarray, shape (n,)
        [rad].
    specular : ndarray of bool, shape (n,)
        The ray in line of sight.
    """

    power: Float
    delay: Float
    departure_azimuth: Float
    arrival_azimuth: Float
    departure_zenith: Float
    arrival_zenith: Float
    specular: Bool


@cache
def _table(model: str) -> Float:
    """Rows of a model: los, delay, power [dB], azimuths and zeniths of departure and arrival."""
    text = (resources.files("isacplan") / "channels_in" / "cdl.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if line.startswith(f"{model},")]
    return np.array([[float(cell) for cell in row[1:]] for row in rows])


def delay_line(model: str, *, seed: int = 0) -> DelayLine:
    """Rays of a clustered delay line model: 20 a cluster, one for a line of sight.

    Offsets of departure and arrival are coupled at random within a cluster (clause 7.7.1, step 2).

    Parameters
    ----------
    model : {"A", "B", "C", "D", "E"}
    seed : int, optional
        Of the coupling.

    Returns
    -------
    DelayLine
    """
    _check.choice("model", model, MODELS)
    random = np.random.default_rng(_check.integer("seed", seed, at_least=0))
    offsets = np.concatenate([OFFSETS, -OFFSETS])
    columns: list[Float] = []
    for los, delay, power_db, *angles in _table(model):
        rays = 1 if los else offsets.size
        share = 10.0 ** (power_db / 10.0) / rays
        spread = [0.0 * offsets[:1] if los else random.permutation(offsets) for _ in angles]
        turned = [
            np.radians(angle + width * offset)
            for angle, width, offset in zip(angles, CLUSTER_SPREADS[model], spread, strict=True)
        ]
        same = np.repeat([[share], [delay], [los]], rays, axis=1)
        columns.append(np.concatenate([same, turned]))
    power, delay, los, *angles = np.concatenate(columns, axis=1)
    return DelayLine(
        power=power / np.sum(power),
        delay=delay,
        departure_azimuth=angles[0],
        arrival_azimuth=angles[1],
        departure_zenith=angles[2],
        arrival_zenith=angles[3],
        specular=los == 1.0,
    )


def angular_spread(angle: ArrayLike, power: ArrayLike) -> tuple[float, float]:
    """Mean and spread of directions on the circle, TR 38.901 Annex A.

    ``sqrt(-2 ln |sum_n P_n exp(1j phi_n)| / sum_n P_n)``.

    Parameters
    ----------
    angle : array_like, shape (n,)
        [rad].
    power : array_like, shape (n,)

    Returns
    -------
    mean, spread : float
        [rad].
    """
    P = _check.real("power", power, at_least=0.0)
    resultant = np.sum(P * np.exp(1j * _check.real("angle", angle))) / np.sum(P)
    return float(np.angle(resultant)), float(np.sqrt(-2.0 * np.log(min(abs(resultant), 1.0))))


def _scaled(angle: Float, power: Float, spread: float | None, centre: float | None) -> Float:
    """Angles about another mean with another spread, TR 38.901 (7.7-5)."""
    mean, own = angular_spread(angle, power)
    about = (angle - mean + np.pi) % (2.0 * np.pi) - np.pi
    factor = 1.0 if spread is None else spread / own
    return about * factor + (mean if centre is None else centre)


def _over_the_pole(azimuth: Float, zenith: Float) -> tuple[Float, Float]:
    """The same directions with zeniths from 0 to pi and azimuths from -pi to pi [rad].

    A zenith beyond a pole comes down on the other side: 360 deg - zenith, azimuth + 180 deg.
    """
    turn = zenith % (2.0 * np.pi)
    beyond = turn > np.pi
    around = azimuth + np.where(beyond, np.pi, 0.0)
    return (around + np.pi) % (2.0 * np.pi) - np.pi, np.where(beyond, 2.0 * np.pi - turn, turn)


def _arrivals(lines: list[DelayLine], azimuth: Float, zenith: Float) -> tuple[Float, Float]:
    """Directions of arrival, turned where there is a line of sight so that it has one direction.

    Azimuths and zeniths of shape (U, n) [rad]; those given are of departure.
    """
    turned = [(line.arrival_azimuth, line.arrival_zenith) for line in lines]
    for i, line in enumerate(lines):
        if np.any(line.specular):
            p = int(np.argmax(line.specular))
            a, z = turned[i]
            turned[i] = a + azimuth[i, p] + np.pi - a[p], z + np.pi - zenith[i, p] - z[p]
    return _over_the_pole(*np.swapaxes(turned, 0, 1))


def cdl_users(
    model: str,
    *,
    azimuth: Sequence[float],
    gain: ArrayLike = 1.0,
    zenith: float | None = None,
    delay_spread: float | None = None,
    departure_spread: float | None = None,
    velocity: ArrayLike | None = None,
    carrier_frequency: float | None = None,
    seed: int = 0,
) -> ImportedUsers:
    """Users whose channels follow a clustered delay line model, one at each azimuth.

    Parameters
    ----------
    model : {"A", "B", "C", "D", "E"}
    azimuth : sequence of float, length U
        Mean azimuths of departure [rad].
    gain : array_like, shape () or (U,), optional
        Mean power gains, linear.
    zenith : float, optional
        Mean zenith of departure; default the model's [rad].
    delay_spread : float, optional
        Root mean square [s]; without it there are no delays.
    departure_spread : float, optional
        Spread of the departure azimuths; default the model's [rad].
    velocity : array_like, shape (3,) or (U, 3), optional
        Of the users [m/s]; Doppler shifts follow with the directions of arrival.
    carrier_frequency : float, optional
        [Hz].
    seed : int, optional
        Of the coupling of rays; users have different ones.

    Returns
    -------
    ImportedUsers
        Arrivals at a user in line of sight are turned with its departures, so that this path
        comes from where the station is.

    Raises
    ------
    ValueError
        When a number is out of range.
    """
    _check.choice("model", model, MODELS)
    n = len(azimuth)
    g = np.broadcast_to(_check.real("gain", gain, above=0.0), (n,))
    if departure_spread is not None:
        _check.real("departure_spread", departure_spread, above=0.0)
    lines = [delay_line(model, seed=seed + i) for i in range(n)]

    def rows(name: str) -> Float:
        return np.array([getattr(line, name) for line in lines])

    power = rows("power")
    departure = np.array(
        [
            _scaled(line.departure_azimuth, line.power, departure_spread, float(centre))
            for line, centre in zip(lines, azimuth, strict=True)
        ]
    )
    tilted = np.array([_scaled(line.departure_zenith, line.power, None, zenith) for line in lines])
    departure, tilted = _over_the_pole(departure, tilted)
    arriving = _arrivals(lines, departure, tilted)
    stretched = None
    if delay_spread is not None:
        stretched = rows("delay") * _check.real("delay_spread", delay_spread, above=0.0)
    found = users_from_paths(
        gain=g[:, None] * power,
        departure_azimuth=departure,
        departure_zenith=tilted,
        arrival_azimuth=arriving[0],
        arrival_zenith=arriving[1],
        delay=stretched,
        n_interactions=np.where(rows("specular"), 0.0, 1.0),
        velocity=velocities(velocity, n),
        carrier_frequency=carrier_frequency,
    )
    note = f"CDL-{model} of 3GPP TR 38.901, {power.shape[1]} rays a user"
    return ImportedUsers(users=found.users, notes=(note, *found.notes))
