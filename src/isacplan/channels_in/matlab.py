"""Rays of MATLAB's ``raytrace``, written as JSON with the fields that DeepMIMO's converter reads.

Conventions there: angles ``[azimuth; elevation]`` in degrees, the elevation from the horizontal
plane; arrival points from the receiver towards where the ray comes from; path losses are positive.
"""

from pathlib import Path
from typing import Any

import numpy as np

from isacplan._typing import ArrayLike, Float
from isacplan.channels_in.files import read_json
from isacplan.channels_in.imported import DROPPED, ImportedUsers, users_from_paths, velocities

ONE_LINK = ("transmitter", "receiver", "rays")
MANY_LINKS = ("transmitters", "receivers", "links")


def read_matlab(
    file: str | Path, *, transmitter: int | None = None, velocity: ArrayLike | None = None
) -> ImportedUsers:
    """Users of a MATLAB ray export: every receiver is one, numbered as there.

    Parameters
    ----------
    file : str or Path
        JSON with ``scene.frequency_hz`` and either ``transmitter``, ``receiver``, ``rays`` or
        ``transmitters``, ``receivers``, ``links``, each link with its ``rays``. A ray has
        ``path_loss_db``, ``phase_shift_deg`` or ``phase_shift_rad``, ``propagation_delay_s``,
        ``angle_of_departure_deg``, ``angle_of_arrival_deg`` and ``num_interactions``.
    transmitter : int, optional
        Its ``index``; needed when there are several.
    velocity : array_like, shape (3,) or (U, 3), optional
        Of the users [m/s].

    Returns
    -------
    ImportedUsers

    Raises
    ------
    ValueError
        Naming the field that is missing or wrong.
    """
    path = Path(file)
    content = read_json(path)
    try:
        return _users(content, transmitter, velocity)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _users(content: Any, transmitter: int | None, velocity: ArrayLike | None) -> ImportedUsers:
    station, receivers = _links(content, transmitter)
    scene = _field(content, "scene", dict)
    frequency = _number(_field(scene, "frequency_hz", object), "frequency_hz")
    most = max((len(rays) for _, _, rays in receivers), default=0)
    if not most:
        raise ValueError("no rays in it")
    table = np.full((8, len(receivers), most), np.nan)
    for i, (_, _, rays) in enumerate(receivers):
        for p, ray in enumerate(rays):
            table[:, i, p] = _ray(ray, f"rays[{p}] of receiver {receivers[i][0]}")
    loss, azimuth, elevation, a_azimuth, a_elevation, delay, phase, n = table
    users = users_from_paths(
        gain=10.0 ** (-loss / 10.0),
        departure_azimuth=np.radians(azimuth),
        departure_zenith=np.radians(90.0 - elevation),
        arrival_azimuth=np.radians(a_azimuth),
        arrival_zenith=np.radians(90.0 - a_elevation),
        delay=delay,
        phase=np.radians(phase),
        n_interactions=n,
        position=np.array([position for _, position, _ in receivers]),
        velocity=velocities(velocity, len(receivers)),
        station=station,
        carrier_frequency=frequency,
        numbers=[number for number, _, _ in receivers],
    )
    assumed = () if velocity is not None else ("no velocities there: aging by Doppler needs them",)
    kept = tuple(note for note in users.notes if DROPPED not in note)
    notes = (*_dropped(receivers, users), *kept, *assumed)
    return ImportedUsers(users=users.users, notes=notes)


def _dropped(receivers: "list[Receiver]", kept: ImportedUsers) -> list[str]:
    """Rays and receivers that are left out; the padding of the table above is neither."""
    n_rays = sum(len(rays) for _, _, rays in receivers)
    lost, alone = n_rays - kept.n_paths, len(receivers) - len(kept.users)
    notes = [f"{lost} of {n_rays} rays dropped: no power left"] if lost else []
    return notes + ([f"{alone} receivers without any ray left out"] if alone else [])


Receiver = tuple[int, Float, list[Any]]
"""Number, position [m] and rays."""


def _links(content: Any, transmitter: int | None) -> tuple[Float, list[Receiver]]:
    """Position of the station, and the receivers that it reaches."""
    if not isinstance(content, dict) or not (
        all(key in content for key in ONE_LINK) or all(key in content for key in MANY_LINKS)
    ):
        raise ValueError(
            f"not a ray export: needs {', '.join(ONE_LINK)} or {', '.join(MANY_LINKS)}"
        )
    if "links" not in content:
        station = _vector(_field(content, "transmitter", dict), "antenna_position_m", 3)
        receiver = _field(content, "receiver", dict)
        rays = _field(content, "rays", list)
        return station, [(0, _vector(receiver, "antenna_position_m", 3), rays)]
    stations = {_index(t): t for t in _field(content, "transmitters", list)}
    if transmitter is None and len(stations) > 1:
        known = ", ".join(map(str, stations))
        raise ValueError(f"transmitter: there are {len(stations)}; choose from {known}")
    chosen = next(iter(stations)) if transmitter is None else transmitter
    if chosen not in stations:
        raise ValueError(f"transmitter = {chosen} is none of {', '.join(map(str, stations))}")
    places = {
        _index(r): _vector(r, "antenna_position_m", 3) for r in _field(content, "receivers", list)
    }
    found: list[Receiver] = []
    for link in _field(content, "links", list):
        if _index(link, "tx_index") != chosen:
            continue
        number = _index(link, "rx_index")
        if number not in places:
            raise ValueError(f"links: receiver {number} is not among the receivers")
        found.append((number, places[number], _field(link, "rays", list)))
    return _vector(stations[chosen], "antenna_position_m", 3), found


def _ray(ray: Any, name: str) -> list[float]:
    """Numbers of a ray: loss, departure, arrival, delay, phase [deg], interactions."""
    try:
        azimuth, elevation = _vector(ray, "angle_of_departure_deg", 2)
        a_azimuth, a_elevation = _vector(ray, "angle_of_arrival_deg", 2)
        for key, value in (("departure", elevation), ("arrival", a_elevation)):
            if abs(value) > 90.0:
                raise ValueError(
                    f"angle_of_{key}_deg = {value:g}: an elevation is from -90 to 90 degrees from "
                    "the horizontal plane; a zenith angle?"
                )
        loss = _number(_field(ray, "path_loss_db", object), "path_loss_db")
        if loss < 0.0:
            raise ValueError(f"path_loss_db = {loss:g}: a loss is positive")
        count = _number(_field(ray, "num_interactions", object), "num_interactions")
        delay = _number(_field(ray, "propagation_delay_s", object), "propagation_delay_s")
        return [loss, azimuth, elevation, a_azimuth, a_elevation, delay, _phase(ray), count]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _phase(ray: Any) -> float:
    if isinstance(ray, dict) and ray.get("phase_shift_deg") is not None:
        return _number(ray["phase_shift_deg"], "phase_shift_deg")
    return float(np.degrees(_number(_field(ray, "phase_shift_rad", object), "phase_shift_rad")))


def _field(table: Any, key: str, kind: type) -> Any:
    if not isinstance(table, dict) or key not in table:
        raise ValueError(f"{key} is missing")
    if not isinstance(table[key], kind):
        raise ValueError(f"{key} must be a {kind.__name__}, got {type(table[key]).__name__}")
    return table[key]


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError(f"{name} = {value!r}: must be a finite number")
    return float(value)


def _index(table: Any, key: str = "index") -> int:
    value = _number(_field(table, key, object), key)
    if not value.is_integer() or value < 0:
        raise ValueError(f"{key} = {value:g}: must be a whole number")
    return int(value)


def _vector(table: Any, key: str, n: int) -> Float:
    values = _field(table, key, list)
    if len(values) != n:
        raise ValueError(f"{key} must hold {n} numbers, got {len(values)}")
    return np.array([_number(value, key) for value in values])
