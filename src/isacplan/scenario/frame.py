"""Scenario files with ``kind = "frame"``: what may stand in them."""

from typing import Annotated, Literal

import msgspec

from isacplan.scenario.fields import (
    Antennas,
    Coordinate,
    Count,
    Hertz,
    Place,
    RmseDeg,
    Seconds,
    Section,
    Share,
    SpreadDeg,
    Tilt,
    Turn,
    Wavelengths,
    WindowDeg,
)
from isacplan.scenario.radio_link import FrameLink
from isacplan.scenario.transmission import Transmission
from isacplan.scenario.users_listed import User, UsersRandom, check_budget
from isacplan.scenario.users_paths import MAX_USERS, UsersPaths

Position = Annotated[list[Coordinate], msgspec.Meta(min_length=3, max_length=3)]
Pilots = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
"""Orthogonal pilots in one symbol, by cyclic shifts or combs."""


class Frame(Section, frozen=True, kw_only=True):
    """Durations of the frame and its parts."""

    n_blocks: Count
    symbols_per_block: Count
    symbols_per_update: Count
    symbol_duration_s: Seconds
    pilots_per_symbol: Pilots = 12

    def __post_init__(self) -> None:
        if self.symbols_per_update > self.symbols_per_block:
            raise ValueError(
                f"symbols_per_update = {self.symbols_per_update} must be at most "
                f"symbols_per_block = {self.symbols_per_block}"
            )


class Array(Section, frozen=True, kw_only=True):
    """Antennas: linear, planar when a vertical count is above one, or at given positions."""

    n_tx: Antennas
    n_rx: Antennas
    n_tx_vertical: Antennas = 1
    n_rx_vertical: Antennas = 1
    spacing_wavelengths: Wavelengths = 0.5
    vertical_spacing_wavelengths: Wavelengths = 0.5
    tx_positions_wavelengths: list[Position] | None = None
    rx_positions_wavelengths: list[Position] | None = None
    phase_reference: Literal["first", "centre"] = "first"
    yaw_deg: Turn = 0.0
    downtilt_deg: Tilt = 0.0
    element: str = "isotropic"

    def __post_init__(self) -> None:
        for side in ("tx", "rx"):
            total, vertical = getattr(self, f"n_{side}"), getattr(self, f"n_{side}_vertical")
            positions = getattr(self, f"{side}_positions_wavelengths")
            if total % vertical:
                raise ValueError(
                    f"n_{side} = {total} must be a multiple of n_{side}_vertical = {vertical}"
                )
            if total * max(self.spacing_wavelengths, self.vertical_spacing_wavelengths) > 1024:
                raise ValueError(
                    f"n_{side} = {total} at this spacing is longer than 1024 wavelengths; fewer "
                    "antennas or a smaller spacing would do"
                )
            if positions is not None and len(positions) != total:
                raise ValueError(
                    f"{side}_positions_wavelengths must hold n_{side} = {total} positions, "
                    f"got {len(positions)}"
                )
            if positions is not None and vertical != 1:
                raise ValueError(f"n_{side}_vertical does not go with {side}_positions_wavelengths")
        if self.n_rx < 2:
            raise ValueError("n_rx = 1 cannot tell an angle; at least 2 are needed")


class Channel(Section, frozen=True, kw_only=True):
    """Angular density of the scatterers; with traced paths, what the station assumes of it."""

    angular_density: Literal["uniform", "gaussian", "laplacian"] = "uniform"
    half_width_deg: SpreadDeg | None = None
    std_deg: SpreadDeg | None = None

    def __post_init__(self) -> None:
        wanted = "half_width_deg" if self.angular_density == "uniform" else "std_deg"
        other = "std_deg" if wanted == "half_width_deg" else "half_width_deg"
        if getattr(self, wanted) is None:
            raise ValueError(f"{wanted} is missing; the {self.angular_density} density needs it")
        if getattr(self, other) is not None:
            raise ValueError(
                f"{other} does not go with the {self.angular_density} density, which has {wanted}"
            )


class Aging(Section, frozen=True, kw_only=True):
    """How channels age from block to block."""

    model: Literal["geometric", "jakes", "traced"] | None = None
    fading: Literal["paths", "gaussian"] | None = None
    rho: Share | None = None
    carrier_hz: Hertz | None = None
    first_lag: Literal[0, 1] = 1

    def __post_init__(self) -> None:
        if self.model == "jakes" and self.rho is not None:
            raise ValueError("rho does not go with the jakes model, which needs speed_mps per user")
        if self.model == "traced" and self.rho is not None:
            raise ValueError("rho does not go with the traced model, which ages by Doppler")


class Sensing(Section, frozen=True, kw_only=True):
    """What sensing must achieve and how its errors are modelled."""

    error_model: Literal["additive", "mismatched"] = "additive"
    validity: Literal["enforce", "as_printed"] = "enforce"
    matched_filter_gain: Literal["constant", "proportional"] = "constant"
    angle_rmse_limit_deg: RmseDeg | None = None
    whole_symbols: bool = False
    psd_tolerance: Annotated[float, msgspec.Meta(ge=1e-15, le=1e-3)] = 1e-12
    receiver_position_m: Place | None = None
    receiver_yaw_deg: Turn = 0.0
    receiver_downtilt_deg: Tilt = 0.0
    error_law: Literal["bound", "threshold"] | None = None
    search_window: Literal["beam", "sector"] | WindowDeg | None = None

    def __post_init__(self) -> None:
        if self.error_model == "additive" and self.error_law == "threshold":
            raise ValueError(
                "error_law = threshold needs error_model = mismatched: the additive model knows "
                "no angle that is wrong altogether"
            )
        if self.search_window is not None and self.law == "bound":
            raise ValueError(
                "search_window does not go with the law of the bound, which knows no search; "
                "error_model = mismatched with error_law = threshold would do"
            )

    @property
    def law(self) -> str:
        """The stated law of the angle error, or the error model's own."""
        return self.error_law or ("threshold" if self.error_model == "mismatched" else "bound")


class Objective(Section, frozen=True, kw_only=True):
    """Which rate is maximised."""

    sinr: Literal["exact", "lower_bound"] = "exact"


class FrameScenario(Section, frozen=True, kw_only=True, tag_field="kind", tag="frame"):
    """A frame to design."""

    name: str = ""
    frame: Frame
    array: Array
    channel: Channel
    aging: Aging
    sensing: Sensing = msgspec.field(default_factory=Sensing)
    transmission: Transmission = msgspec.field(default_factory=Transmission)
    objective: Objective = msgspec.field(default_factory=Objective)
    link: FrameLink | None = None
    users: Annotated[list[User], msgspec.Meta(min_length=1, max_length=MAX_USERS)] | None = None
    users_random: UsersRandom | None = None
    users_paths: UsersPaths | None = None

    @property
    def aging_model(self) -> str:
        """How channels age: as stated; of traced users without a stated `rho`, by Doppler."""
        if self.aging.model is not None:
            return self.aging.model
        by_doppler = self.users_paths is not None and self.aging.rho is None
        return "traced" if by_doppler else "geometric"

    def __post_init__(self) -> None:
        sources = [s for s in (self.users, self.users_random, self.users_paths) if s is not None]
        if len(sources) != 1:
            raise ValueError("exactly one of users, users_random and users_paths is needed")
        if self.sensing.error_model == "mismatched" and self.objective.sinr == "lower_bound":
            raise ValueError("objective.sinr = lower_bound needs sensing.error_model = additive")
        if self.objective.sinr == "lower_bound" and not self.transmission.has_closed_form:
            raise ValueError(
                "objective.sinr = lower_bound needs transmission.precoder = mrt and "
                "transmission.receiver = mean_gain"
            )
        pilots, symbols = self.transmission.pilots, self.frame.symbols_per_block
        if pilots >= symbols:
            raise ValueError(
                f"transmission.precoded_pilots = {pilots} fill a block of {symbols} symbols; "
                f"at most {symbols - 1}, or receiver = mean_gain, would do"
            )
        check_budget(self.users, self.link, self.aging.carrier_hz)
        if self.aging_model == "jakes":
            self._needs_speed()
        if self.aging.fading is not None and self.aging_model != "traced":
            raise ValueError(
                f"aging.fading does not go with the {self.aging_model} model, whose channels are "
                "Gaussian; the traced model has it"
            )
        own = bool(self.users) and all(user.rho for user in self.users or [])
        if self.aging_model == "geometric" and self.aging.rho is None and not own:
            raise ValueError("aging.rho is missing; the geometric model needs it")
        if self.users_paths is not None:
            self._fits_paths()
        else:
            self._stays_without_paths()

    def _needs_speed(self) -> None:
        if self.aging.carrier_hz is None and self.users_paths is None and self.link is None:
            raise ValueError("aging.carrier_hz is missing; the jakes model needs it")
        for i, user in enumerate(self.users or []):
            if user.speed_mps is None:
                raise ValueError(f"users[{i}].speed_mps is missing; the jakes model needs it")
        if self.users_random is not None and self.users_random.speed_mps is None:
            raise ValueError("users_random.speed_mps is missing; the jakes model needs it")

    def _fits_paths(self) -> None:
        if self.sensing.error_model != "mismatched":
            raise ValueError(
                "users_paths needs sensing.error_model = mismatched: a few discrete directions "
                "leave the additive model valid for no sensing error at all"
            )
        stated = self.users_paths is not None and self.users_paths.sensing_snr_db is not None
        if self.sensing.receiver_position_m is not None and stated:
            raise ValueError(
                "sensing.receiver_position_m needs users_paths.rcs_m2 or target: with "
                "sensing_snr_db the echo is stated already"
            )

    def _stays_without_paths(self) -> None:
        """What only directions in the world have a meaning for."""
        stated = {
            'aging.model = "traced"': self.aging.model == "traced",
            "array.yaw_deg": self.array.yaw_deg != 0.0,
            "array.downtilt_deg": self.array.downtilt_deg != 0.0,
            "array.element": self.array.element != "isotropic",
            "sensing.receiver_position_m": self.sensing.receiver_position_m is not None,
        }
        for name, there in stated.items():
            if there:
                raise ValueError(
                    f"{name} needs users_paths: angles and SNRs of other users already count from "
                    "broadside and hold every gain of an element"
                )
