"""Echoes of traced users, at the station itself or at another one."""

from dataclasses import dataclass

import numpy as np

from isacplan._typing import Complex, Float
from isacplan.array import ArrayGeometry, steering_derivative, steering_vector
from isacplan.channel.element import ElementPattern
from isacplan.channel.link import PathsLink, echo_snr, received_snr
from isacplan.channel.orientation import orientation
from isacplan.scenario.frame import FrameScenario, UsersPaths
from isacplan.scenario.traced import TracedUser
from isacplan.sensing.targets import (
    bistatic_angle,
    bistatic_cross_section,
    constant_delay_direction,
    target,
)
from isacplan.units import SPEED_OF_LIGHT, db_to_linear


@dataclass(frozen=True, kw_only=True, eq=False)
class Sight:
    """A user as the array sees it.

    Parameters
    ----------
    user : TracedUser
    link : PathsLink
    weight : ndarray, shape (P,)
        Shares of the paths in the power, with the element pattern.
    azimuth, elevation : ndarray, shape (P,)
        Departure directions in the axes of the array [rad].
    angle : float
        That is sensed: of a linear array the cone angle of the strongest path, else its azimuth
        [rad].
    tilt : float
        Elevation beside which that angle stands [rad].
    cone : bool
        Whether it is a cone angle.
    """

    user: TracedUser
    link: PathsLink
    weight: Float
    azimuth: Float
    elevation: Float
    angle: float
    tilt: float
    cone: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class EchoBudget:
    """What the echo of one symbol of a user tells of its angle.

    The models take an echo at the sensed angle in the plane through broadside. An echo that tells
    more or less than that, because it arrives at another elevation or at another station, enters
    with the SNR that would tell as much.

    Parameters
    ----------
    scenario : FrameScenario
    wanted : UsersPaths
    carrier : float
        [Hz].
    power, noise : float
        Transmit power of a user and noise of a station [W].
    pattern : callable
        Of the elements of either station.
    receive : ArrayGeometry
    """

    scenario: FrameScenario
    wanted: UsersPaths
    carrier: float
    power: float
    noise: float
    pattern: ElementPattern
    receive: ArrayGeometry

    @property
    def cross_section(self) -> float:
        """Radar cross section of the users [m^2]."""
        wanted = self.wanted
        if wanted.target is None:
            return float(wanted.rcs_m2 or np.nan)
        kind = target(wanted.target)
        at = wanted.target_quantile
        return kind.mean if at is None else kind.quantile(at)

    @property
    def _samples(self) -> float:
        return self.wanted.bandwidth_hz * self.scenario.frame.symbol_duration_s

    @property
    def _wavelength(self) -> float:
        return SPEED_OF_LIGHT / self.carrier

    def snr(self, sight: Sight) -> float:
        """Of one symbol, from one transmit to one receive element.

        Parameters
        ----------
        sight : Sight

        Returns
        -------
        float

        Raises
        ------
        ValueError
            When the echo says nothing of the angle, or a position that is needed is not known.
        """
        if self.scenario.sensing.receiver_position_m is not None:
            return self._bistatic(sight, np.array(self.scenario.sensing.receiver_position_m))
        tilted = _azimuth_information(self.receive, sight.angle, sight.tilt)
        level = _azimuth_information(self.receive, sight.angle, 0.0)
        share = tilted / level if level > 0.0 else 1.0
        if self.wanted.sensing_snr_db is not None:
            return share * float(db_to_linear(self.wanted.sensing_snr_db))
        echo = echo_snr(
            power=self.power,
            gain=sight.link.strongest_gain,
            noise=self.noise,
            cross_section=self.cross_section,
            wavelength=self._wavelength,
            n_samples=self._samples,
        )
        return share * float(echo)

    def _bistatic(self, sight: Sight, receiver: Float) -> float:
        """Echo in line of sight of a station elsewhere, with delay and height of the user known.

        An error of the angle at the receive station moves the believed user along a curve of
        constant delay, and with it the angle at the transmit station.
        """
        user, sensing = sight.user, self.scenario.sensing
        if user.position is None or user.station is None or user.direct_path is None:
            raise ValueError(
                f"sensing.receiver_position_m: user {user.user} must be in line of sight, and the "
                "paths file must say so and where user and station are (n_interactions, x_m, ..., "
                "station_x_m, ...)"
            )
        turned = orientation(
            np.radians(sensing.receiver_yaw_deg), np.radians(sensing.receiver_downtilt_deg)
        )
        way = (user.position - receiver) @ turned
        azimuth, elevation = np.arctan2(way[1], way[0]), np.arctan2(way[2], np.hypot(*way[:2]))
        if way[0] <= 0.0:
            raise ValueError(
                f"sensing.receiver_position_m: user {user.user} stands behind the receive array, "
                f"{np.degrees(azimuth):.4g} deg from its broadside: turn it with receiver_yaw_deg"
            )
        beta = bistatic_angle(user.station, receiver, user.position)
        sigma = bistatic_cross_section(self.cross_section, beta)
        spread = (self._wavelength / (4.0 * np.pi * np.linalg.norm(way))) ** 2
        reflector = 4.0 * np.pi * sigma / self._wavelength**2
        back = reflector * spread * self.pattern(azimuth, elevation) * self._samples
        echo = received_snr(
            power=self.power, gain=sight.link.strongest_gain * back, noise=self.noise
        )
        step = constant_delay_direction(user.station, receiver, user.position)
        there = _step_information(self.receive, way, step @ turned)
        here = _azimuth_information(self.receive, sight.angle, 0.0)
        moved = self._sensed_angle(user.position - user.station, step, sight)
        if not (there > 0.0 and here > 0.0 and moved != 0.0):
            raise ValueError(
                f"sensing.receiver_position_m: the echo of user {user.user} says nothing there of "
                "its angle at the station: move the receive station off the line through both"
            )
        return float(echo) * there / here / moved**2

    def _sensed_angle(self, way: Float, step: Float, sight: Sight) -> float:
        """Change of the sensed angle at the transmit station with a step of the user [rad/m]."""
        array = self.scenario.array
        turned = orientation(np.radians(array.yaw_deg), np.radians(array.downtilt_deg))
        u, du = _turn(way @ turned, step @ turned)
        if sight.cone:
            return float(du[1] / np.sqrt(1.0 - u[1] ** 2))
        return float((u[0] * du[1] - u[1] * du[0]) / np.sum(u[:2] ** 2))


def _turn(way: Float, step: Float) -> tuple[Float, Float]:
    """Direction of a way, and its change with a step of the end [1/m]."""
    distance = np.linalg.norm(way)
    u = way / distance
    return u, (step - (step @ u) * u) / distance


def _step_information(geometry: ArrayGeometry, way: Float, step: Float) -> float:
    """What an array tells of a step of the source across its direction [1/m^2]."""
    u, du = _turn(way, step)
    b = np.exp(-2j * np.pi * geometry.positions @ u) / np.sqrt(geometry.n_elements)
    slope = -2j * np.pi * (geometry.positions @ du) * b
    return _unknown_phase(b, slope)


def _azimuth_information(geometry: ArrayGeometry, azimuth: float, elevation: float) -> float:
    """What an array tells of an azimuth [1/rad^2]."""
    b = steering_vector(geometry, azimuth, elevation)
    return _unknown_phase(b, steering_derivative(geometry, azimuth, elevation))


def _unknown_phase(response: Complex, slope: Complex) -> float:
    """``|b'|^2 - |b^H b'|^2``: information of a unit SNR when the phase is not known."""
    found = np.vdot(slope, slope).real - abs(np.vdot(response, slope)) ** 2
    # Below rounding there is none.
    return float(found) if found > 1e-12 * np.vdot(slope, slope).real else 0.0
