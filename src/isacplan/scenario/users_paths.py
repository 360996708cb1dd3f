"""The section ``users_paths``: users whose traced paths stand in a file."""

from typing import Annotated, Literal

import msgspec

from isacplan.scenario.fields import Decibels, Hertz, Ratio, Section
from isacplan.sensing.targets import target_names

MAX_USERS = 1000
UserNumbers = Annotated[
    list[Annotated[int, msgspec.Meta(ge=0)]], msgspec.Meta(max_length=MAX_USERS)
]
Fraction = Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)]


class UsersPaths(Section, frozen=True, kw_only=True):
    """Users whose traced paths stand in a CSV file, and the link budget that serves them."""

    file: str
    select: UserNumbers | Literal["all", "line_of_sight"]
    power_dbm: Decibels
    pilot_power_dbm: Decibels
    bandwidth_hz: Hertz
    noise_dbm_per_hz: Decibels = -174.0
    noise_figure_db: Decibels = 7.0
    station_noise_figure_db: Decibels = 5.0
    rcs_m2: Ratio | None = None
    target: str | None = None
    target_quantile: Fraction | None = None
    sensing_snr_db: Decibels | None = None

    def __post_init__(self) -> None:
        if sum(x is not None for x in (self.rcs_m2, self.target, self.sensing_snr_db)) != 1:
            raise ValueError("exactly one of rcs_m2, target and sensing_snr_db is needed")
        if self.target is not None and self.target not in target_names():
            raise ValueError(f"target = {self.target!r}: must be {' or '.join(target_names())}")
        if self.target_quantile is not None and self.target is None:
            raise ValueError("target_quantile needs target: it is a quantile of its cross section")
        if isinstance(self.select, list) and len(set(self.select)) < max(len(self.select), 1):
            raise ValueError(
                f"select = {self.select} must name at least one user and each user once"
            )
