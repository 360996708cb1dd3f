"""Paths of Sionna RT: the arrays of its ``Paths``, from a file or the object itself.

Conventions there (version 2): ``a`` is the passband coefficient without the phase of the delay,
``theta`` counts from straight up, a transmit element at ``x`` adds the phase
``exp(+2j pi x . u / lambda)``. The channel vector of a transmit array is thus the conjugate of
ours, in which a user receives ``h^H w s`` and ``a(theta) = exp(-2j pi x . u / lambda)``.
"""

from pathlib import Path
from typing import Any

import numpy as np

from isacplan._typing import Bool, Complex, Float
from isacplan.channels_in.files import read_arrays
from isacplan.channels_in.imported import ImportedUsers, users_from_paths

ALIASES = {
    "inter": "interactions",
    "pos": "targets",
    "rx_positions": "targets",
    "vel": "velocities",
    "rx_velocities": "velocities",
    "tx_positions": "sources",
    "frequency": "carrier",
}
NEEDED = ("a", "tau", "phi_t", "theta_t", "valid")
OPTIONAL = (
    "phi_r",
    "theta_r",
    "doppler",
    "interactions",
    "targets",
    "velocities",
    "sources",
    "carrier",
)
SAME_GAIN = 1e-3
"""Relative difference of powers at which transmit elements count as different."""


def read_sionna(
    source: str | Path | object,
    *,
    transmitter: int | None = None,
    transmit_antenna: int | None = None,
    receive_antenna: int | None = None,
    carrier_frequency: float | None = None,
) -> ImportedUsers:
    """Users of Sionna RT's paths: every receiver is one.

    Parameters
    ----------
    source : str, Path or object
        An ``.npz`` file with the arrays ``a`` (rx, rx_ant, tx, tx_ant, path), ``tau``, ``phi_t``,
        ``theta_t``, ``valid`` and, where there, ``phi_r``, ``theta_r``, ``doppler``,
        ``interactions``, ``targets`` and ``velocities`` (rx, 3), ``sources`` (tx, 3), ``carrier``;
        or a ``Paths`` object.
    transmitter : int, optional
        Which one, from 0; needed when there are several.
    transmit_antenna : int, optional
        Whose gains to take; needed when the elements of the array differ.
    receive_antenna : int, optional
        Which one, from 0; needed when users have several.
    carrier_frequency : float, optional
        That was traced, where the source does not say it [Hz].

    Returns
    -------
    ImportedUsers

    Raises
    ------
    ValueError
        When an array is missing or has another shape, or a choice is needed.
    """
    arrays = _arrays(source)
    a = arrays["a"]
    if a.ndim != 5 or not np.iscomplexobj(a):
        raise ValueError(
            f"a must be complex with shape (rx, rx_ant, tx, tx_ant, path), got {a.dtype} {a.shape}"
        )
    t = _choice("transmitter", transmitter, a.shape[2])
    r = _choice("receive_antenna", receive_antenna, a.shape[1], hint=SEVERAL_ANTENNAS)

    first = _choice("transmit_antenna", transmit_antenna or 0, a.shape[3])

    def of_paths(name: str) -> Any:
        """Values (rx, path) of the chosen antennas, or None."""
        return _picked(name, arrays.get(name), a.shape, (r, t, first))

    valid = of_paths("valid").astype(bool) & (of_paths("tau") >= 0.0)
    m = _element(a[:, r, t], valid, transmit_antenna)
    coefficient: Complex = a[:, r, t, m]
    station = arrays.get("sources")
    carrier = arrays.get("carrier")
    frequency = carrier_frequency if carrier is None else float(np.ravel(carrier)[0])
    found = users_from_paths(
        gain=np.where(valid, np.abs(coefficient.astype(complex)) ** 2, np.nan),
        departure_azimuth=of_paths("phi_t"),
        departure_zenith=of_paths("theta_t"),
        arrival_azimuth=of_paths("phi_r"),
        arrival_zenith=of_paths("theta_r"),
        doppler=of_paths("doppler"),
        delay=of_paths("tau"),
        phase=np.angle(coefficient) if a.shape[3] == 1 else None,
        n_interactions=_interactions(arrays.get("interactions"), a.shape, (r, t, m)),
        position=arrays.get("targets"),
        velocity=arrays.get("velocities"),
        station=None if station is None else np.reshape(station, (-1, 3))[t],
        carrier_frequency=frequency,
    )
    return ImportedUsers(users=found.users, notes=(*_notes(a, t, frequency), *found.notes))


SEVERAL_ANTENNAS = (
    "a user is planned with one antenna; to plan every antenna as a user, import each and give "
    "them numbers of their own"
)


def _arrays(source: str | Path | object) -> dict[str, np.ndarray]:
    if isinstance(source, str | Path):
        path = Path(source)
        read = read_arrays(path)
        arrays = {ALIASES.get(name, name): values for name, values in read.items()}
        missing = [name for name in NEEDED if name not in arrays]
        if missing:
            raise ValueError(
                f"{path}: array {missing[0]} is missing; needed are {', '.join(NEEDED)}, "
                f"understood {', '.join(OPTIONAL)}"
            )
        return arrays
    missing = [name for name in NEEDED if not hasattr(source, name)]
    if missing:
        raise ValueError(f"{type(source).__name__} has no {missing[0]}: not paths of Sionna RT")
    arrays = {
        name: np.array(getattr(source, name))
        for name in (*NEEDED[1:], *OPTIONAL)
        if hasattr(source, name)
    }
    real, imaginary = getattr(source, "a")  # noqa: B009
    arrays["a"] = np.array(real) + 1j * np.array(imaginary)
    # Points are columns there.
    for name in {"sources", "targets"} & set(arrays):
        arrays[name] = arrays[name].T
    if not getattr(source, "synthetic_array", True):
        # Then every antenna is a point of its own: those of one device come one after another.
        for name, axes in (("targets", (0, 1)), ("sources", (2, 3))):
            if name in arrays:
                n, m = (arrays["a"].shape[axis] for axis in axes)
                arrays[name] = arrays[name].reshape(n, m, 3).mean(axis=1)
    return arrays


def _choice(name: str, chosen: int | None, count: int, hint: str = "") -> int:
    if chosen is None and count > 1:
        raise ValueError(
            f"{name}: there are {count}; choose one from 0 to {count - 1}"
            + (f" ({hint})" if hint else "")
        )
    index = chosen or 0
    if not 0 <= index < count:
        raise ValueError(f"{name} = {index}: must be from 0 to {count - 1}")
    return index


def _picked(
    name: str, values: np.ndarray | None, shape: tuple[int, ...], chosen: tuple[int, int, int]
) -> np.ndarray | None:
    """(rx, path) of an array with or without axes for the antennas."""
    if values is None:
        return None
    n_rx, _, n_tx, _, n_paths = shape
    r, t, m = chosen
    if values.shape == (n_rx, n_tx, n_paths):
        return values[:, t]
    if values.shape == shape:
        return values[:, r, t, m]
    raise ValueError(
        f"{name} must have shape {(n_rx, n_tx, n_paths)} or {shape} beside a, got {values.shape}"
    )


def _element(a: Complex, valid: Bool, chosen: int | None) -> int:
    """Transmit element whose gains stand for the array, from coefficients (rx, tx_ant, path)."""
    m = _choice("transmit_antenna", 0 if chosen is None else chosen, a.shape[1])
    power: Float = np.abs(a.astype(complex)) ** 2
    total = np.sum(np.where(valid[:, None], power, 0.0), axis=(0, 2))
    if chosen is None and np.any(np.abs(total - total[0]) > SAME_GAIN * total[0]):
        raise ValueError(
            f"transmit_antenna: the {a.shape[1]} elements send with different gains (polarization, "
            "patterns, or paths of their own): choose one"
        )
    return m


def _interactions(
    values: np.ndarray | None, shape: tuple[int, ...], chosen: tuple[int, int, int]
) -> np.ndarray | None:
    if values is None:
        return None
    each = [_picked("interactions", depth, shape, chosen) for depth in values]
    return np.sum([depth != 0 for depth in each], axis=0)


def _notes(a: Complex, transmitter: int, frequency: float | None) -> list[str]:
    notes: list[str] = []
    if frequency is None:
        notes.append("no carrier frequency there: the scenario states it as aging.carrier_hz")
    if a.shape[2] > 1:
        notes.append(f"transmitter {transmitter} of {a.shape[2]}")
    if a.shape[3] > 1:
        notes.append(
            f"gains of one of {a.shape[3]} transmit elements; phases left out, which differ between"
            " elements"
        )
    return notes
