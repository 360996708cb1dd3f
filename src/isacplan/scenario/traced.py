"""Users as traced radio paths reach them."""

from dataclasses import dataclass, replace

import numpy as np

from isacplan import _check
from isacplan._typing import Float
from isacplan.channel.doppler import path_doppler

PER_PATH = (
    "azimuth",
    "elevation",
    "doppler",
    "delay",
    "phase",
    "arrival_azimuth",
    "arrival_elevation",
    "n_interactions",
)
PER_USER = ("position", "velocity", "station")


@dataclass(frozen=True, kw_only=True, eq=False)
class TracedUser:
    """One user's paths, P of them; what a file does not say is None.

    Parameters
    ----------
    user : int
        Number in the file.
    gain : ndarray, shape (P,)
        Power gains of the paths between isotropic antennas, linear.
    azimuth, elevation : ndarray, shape (P,)
        Departure directions, counter-clockwise from the +x axis and up from the horizontal plane
        [rad].
    arrival_azimuth, arrival_elevation : ndarray, shape (P,), optional
        Directions from the user towards where each path comes from [rad].
    doppler : ndarray, shape (P,), optional
        Doppler shifts, positive where a path shortens [Hz].
    delay : ndarray, shape (P,), optional
        [s].
    phase : ndarray, shape (P,), optional
        Phase of each path without that of its delay [rad].
    n_interactions : ndarray, shape (P,), optional
        Reflections and the like on the way; 0 is the line of sight.
    position, station : ndarray, shape (3,), optional
        Where user and station are [m].
    velocity : ndarray, shape (3,), optional
        Of the user [m/s].
    carrier : float, optional
        Frequency that was traced [Hz].

    Raises
    ------
    ValueError
        When a field has another shape or is not finite.
    """

    user: int
    gain: Float
    azimuth: Float
    elevation: Float
    arrival_azimuth: Float | None = None
    arrival_elevation: Float | None = None
    doppler: Float | None = None
    delay: Float | None = None
    phase: Float | None = None
    n_interactions: Float | None = None
    position: Float | None = None
    velocity: Float | None = None
    station: Float | None = None
    carrier: float | None = None

    def __post_init__(self) -> None:
        gain = _check.real(f"gain of user {self.user}", self.gain, above=0.0)
        if gain.ndim != 1 or gain.size == 0:
            raise ValueError(f"gain of user {self.user} must have shape (P,), got {gain.shape}")
        object.__setattr__(self, "gain", gain)
        for names, shape in ((PER_PATH, gain.shape), (PER_USER, (3,))):
            for name in names:
                value = getattr(self, name)
                if value is None:
                    continue
                checked = _check.real(f"{name} of user {self.user}", value)
                if checked.shape != shape:
                    raise ValueError(
                        f"{name} of user {self.user} must have shape {shape}, got {checked.shape}"
                    )
                object.__setattr__(self, name, checked)

    @property
    def n_paths(self) -> int:
        """Number of paths P."""
        return self.gain.size

    @property
    def speed(self) -> float:
        """Magnitude of the velocity [m/s]; NaN where it is not stated."""
        return float("nan") if self.velocity is None else float(np.linalg.norm(self.velocity))

    @property
    def line_of_sight(self) -> bool:
        """Whether a path is known to reach the user without interaction."""
        return self.n_interactions is not None and bool(np.any(self.n_interactions == 0))

    @property
    def direct_path(self) -> int | None:
        """The strongest path without interaction, where there is one."""
        if self.n_interactions is None or not self.line_of_sight:
            return None
        return int(np.argmax(np.where(self.n_interactions == 0, self.gain, 0.0)))

    @property
    def arrival(self) -> tuple[Float, Float] | None:
        """Directions of arrival [rad]: as stated, or opposite to departure if all is in sight."""
        if self.arrival_azimuth is not None and self.arrival_elevation is not None:
            return self.arrival_azimuth, self.arrival_elevation
        if self.n_interactions is not None and np.all(self.n_interactions == 0):
            return self.azimuth + np.pi, -self.elevation
        return None


def with_doppler(user: TracedUser, *, carrier_frequency: float | None = None) -> TracedUser:
    """The user with the Doppler shifts that its velocity causes, when they are not stated.

    Parameters
    ----------
    user : TracedUser
    carrier_frequency : float, optional
        Where the user does not state it [Hz].

    Returns
    -------
    TracedUser
        Itself, when shifts are stated or cannot follow: without velocity, carrier or directions of
        arrival.
    """
    carrier = carrier_frequency if user.carrier is None else user.carrier
    arrival = user.arrival
    if user.doppler is not None or user.velocity is None or arrival is None or carrier is None:
        return user
    return replace(user, doppler=path_doppler(user.velocity, *arrival, carrier))


def unit_vector(azimuth: Float, elevation: Float) -> Float:
    """Directions as unit vectors.

    Parameters
    ----------
    azimuth, elevation : ndarray, shape (...)
        [rad].

    Returns
    -------
    ndarray, shape (..., 3)
    """
    horizontal = np.cos(elevation)
    return np.stack(
        [horizontal * np.cos(azimuth), horizontal * np.sin(azimuth), np.sin(elevation)], axis=-1
    )
