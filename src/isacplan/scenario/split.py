"""Scenario files with ``kind = "split"``: what may stand in them."""

from typing import Annotated, Literal

import msgspec

from isacplan.scenario.fields import AngleDeg, Decibels, Hertz, Metres, Section, Share, Wavelengths
from isacplan.scenario.radio_link import RadioLink
from isacplan.scenario.requirements import accuracy_requirements

MAX_USERS = 100
MAX_ANCHORS = 16
MIN_RMSE, MAX_RMSE = 1e-6, 1e7
"""Position errors that may be asked for [m]."""

Place = Annotated[float, msgspec.Meta(ge=-1e6, le=1e6)]
Probability = Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)]
Antennas = Annotated[int, msgspec.Meta(ge=2, le=1024)]
Symbols = Annotated[int, msgspec.Meta(ge=2, le=2000)]
Fraction = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Spacing = Annotated[int, msgspec.Meta(ge=2, le=4096)]
Accuracy = Annotated[float, msgspec.Meta(ge=MIN_RMSE, le=MAX_RMSE)]
Ratio = Annotated[float, msgspec.Meta(ge=1.0, le=1e12)]
Coefficient = Annotated[float, msgspec.Meta(gt=-1.0, le=1.0)]
MAX_ELEMENTS = 10_000
MAX_SIZE = 2_000_000


class Split(Section, frozen=True, kw_only=True):
    """The base station, its resources, and what all users have in common."""

    n_antennas: Antennas
    carrier_hz: Hertz
    bandwidth_hz: Hertz
    n_symbols: Symbols
    element_bandwidth_hz: Hertz = 180e3
    spacing_wavelengths: Wavelengths = 0.5
    snr_db: Decibels | None = None
    distance_m: Metres | None = None
    angle_deg: AngleDeg = 0.0
    ue_to_gnb_power_db: Decibels | None = None
    localization_to_gnb_power_db: Decibels = 0.0
    waveform_coefficient: Coefficient = 1.0
    angle_bound: Literal["known_phase", "unknown_phase"] = "known_phase"
    delay_bound: Literal["paper", "flat_spectrum", "tones"] = "paper"
    snr_bookkeeping: Literal["constant_snr", "constant_power", "constant_density"] = "constant_snr"
    localization_block: Literal["shared", "divided"] = "shared"
    localization_direction: Literal["paper", "downlink", "uplink"] = "paper"
    clock: Literal["synchronised", "round_trip", "unknown"] = "synchronised"
    receiver: Literal["mean_gain", "learned_gain"] = "mean_gain"
    precoded_pilots: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    subcarriers_per_element: Annotated[int, msgspec.Meta(ge=1, le=4096)] = 12
    comb_spacings: Annotated[list[Spacing], msgspec.Meta(max_length=16)] | None = None
    comb_boost_db: Annotated[float, msgspec.Meta(ge=0.0, le=30.0)] = 0.0
    range_window_m: Metres | None = None

    def __post_init__(self) -> None:
        if self.element_bandwidth_hz > self.bandwidth_hz:
            raise ValueError(
                f"element_bandwidth_hz = {self.element_bandwidth_hz:g} must be at most "
                f"bandwidth_hz = {self.bandwidth_hz:g}"
            )
        if self.bandwidth_hz / self.element_bandwidth_hz > MAX_ELEMENTS:
            raise ValueError(
                f"element_bandwidth_hz = {self.element_bandwidth_hz:g} must be at least "
                f"bandwidth_hz / {MAX_ELEMENTS}"
            )


class Link(RadioLink, frozen=True, kw_only=True):
    """Link budget from which the SNRs follow."""

    nlos_bias_m: Annotated[float, msgspec.Meta(ge=0.0, le=1e4)] | None = None

    def __post_init__(self) -> None:
        hidden = self.path_loss.endswith("_nlos")
        if hidden and self.nlos_bias_m is None:
            raise ValueError(
                f'path_loss = "{self.path_loss}" has no line of sight, whose delay localization '
                "takes for the distance: give nlos_bias_m, by how much the paths that are found "
                f'are longer, or take "{self.path_loss.removesuffix("_nlos")}_los"'
            )
        if not hidden and self.nlos_bias_m is not None:
            raise ValueError("nlos_bias_m goes with a path_loss without line of sight only")


class Anchor(Section, frozen=True, kw_only=True):
    """A further station that localizes, seen from the serving one, which looks along x."""

    x_m: Place
    y_m: Place
    facing_deg: Annotated[float, msgspec.Meta(ge=-360.0, le=360.0)] | None = None


class Requirement(Section, frozen=True, kw_only=True):
    """The point to choose; exactly one key decides, and outliers may be limited beside it."""

    capacity_loss: Fraction | None = None
    crb_loss: Ratio | None = None
    position_rmse_m: Accuracy | None = None
    accuracy_m: Accuracy | None = None
    category: str | None = None
    confidence: Probability | None = None
    reading: Literal["probability", "radial", "per_axis", "elongated"] = "probability"
    outlier_probability: Probability | None = None

    def __post_init__(self) -> None:
        deciding = ("capacity_loss", "crb_loss", "position_rmse_m", "accuracy_m", "category")
        if sum(getattr(self, key) is not None for key in deciding) != 1:
            raise ValueError(
                f"exactly one of {', '.join(deciding[:-1])} and {deciding[-1]} is needed"
            )
        if self.category is not None and self.category not in (known := accuracy_requirements()):
            raise ValueError(
                f"category = {self.category!r} must be one of {', '.join(sorted(known))}"
            )
        if self.confidence is not None and self.accuracy_m is None:
            raise ValueError("confidence goes with accuracy_m; a category has its own")


class SplitUser(Section, frozen=True, kw_only=True):
    """One user; what is left out is as in [split]."""

    distance_m: Metres | None = None
    angle_deg: AngleDeg | None = None
    snr_db: Decibels | None = None
    power_share: Share | None = None
    position_rmse_limit_m: Accuracy | None = None


class SplitScenario(Section, frozen=True, kw_only=True, tag_field="kind", tag="split"):
    """A split between localization and communication to choose."""

    name: str = ""
    split: Split
    link: Link | None = None
    requirement: Requirement | None = None
    users: Annotated[list[SplitUser], msgspec.Meta(min_length=1, max_length=MAX_USERS)] | None = (
        None
    )
    anchors: Annotated[list[Anchor], msgspec.Meta(min_length=1, max_length=MAX_ANCHORS)] | None = (
        None
    )

    def __post_init__(self) -> None:
        users = self.users or [SplitUser()]
        for i, user in enumerate(users):
            where = f"users[{i}]." if self.users else "split."
            self._has_distance_and_snr(user, where)
        if self.link is not None and self.split.ue_to_gnb_power_db is not None:
            raise ValueError(
                "split.ue_to_gnb_power_db does not go with link, which has both powers"
            )
        if (
            self.split.localization_direction == "uplink"
            and self.split.localization_to_gnb_power_db
        ):
            raise ValueError(
                "split.localization_to_gnb_power_db does not go with localization_direction = "
                '"uplink", where the users send with their own power'
            )
        shares = [user.power_share for user in users]
        if any(share is None for share in shares) and any(share is not None for share in shares):
            raise ValueError("power_share must be given for every user or for none")
        total = sum(share for share in shares if share is not None)
        if total > 1.0 + 1e-9:
            raise ValueError(f"power_share must sum to at most 1 over users, got {total:g}")
        if self.split.n_symbols <= len(users):
            raise ValueError(
                f"split.n_symbols = {self.split.n_symbols} must be above the number of users, "
                f"{len(users)}: each needs a pilot"
            )
        n_elements = self.split.bandwidth_hz / self.split.element_bandwidth_hz
        if n_elements * self.split.n_symbols * len(users) > MAX_SIZE:
            raise ValueError(
                f"{n_elements:.0f} elements x {self.split.n_symbols} symbols x {len(users)} users "
                f"are more than {MAX_SIZE}; widen split.element_bandwidth_hz or take fewer users"
            )
        if self.requirement is not None and any(u.position_rmse_limit_m for u in users):
            raise ValueError("requirement does not go with users that have position_rmse_limit_m")

    def _has_distance_and_snr(self, user: SplitUser, where: str) -> None:
        if user.distance_m is None and self.split.distance_m is None:
            raise ValueError(f"{where}distance_m is missing")
        stated = user.snr_db is not None or self.split.snr_db is not None
        if stated and self.link is not None:
            raise ValueError(f"{where}snr_db does not go with link, from which it follows")
        if not stated and self.link is None:
            raise ValueError(f"{where}snr_db is missing; give it or a link budget [link]")
