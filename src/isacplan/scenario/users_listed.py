"""The sections ``users`` and ``users_random``: users that a scenario lists or draws."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from isacplan.scenario.fields import (
    AngleDeg,
    Decibels,
    Metres,
    Ratio,
    RmseDeg,
    Section,
    Seed,
    Share,
    Speed,
    Weight,
)
from isacplan.scenario.radio_link import FrameLink
from isacplan.scenario.users_paths import MAX_USERS

Range = Annotated[list[float], msgspec.Meta(min_length=2, max_length=2)]
SNRS = ("snr_db", "pilot_snr_db", "sensing_snr_db")


class User(Section, frozen=True, kw_only=True):
    """One user."""

    angle_deg: AngleDeg
    snr_db: Decibels | None = None
    pilot_snr_db: Decibels | None = None
    sensing_snr_db: Decibels | None = None
    distance_m: Metres | None = None
    rcs_m2: Ratio | None = None
    speed_mps: Speed | None = None
    rho: Share | None = None
    angle_rmse_limit_deg: RmseDeg | None = None
    weight: Weight = 1.0
    power: Ratio = 1.0


class UsersRandom(Section, frozen=True, kw_only=True):
    """Users drawn uniformly from ranges."""

    count: Annotated[int, msgspec.Meta(ge=1, le=MAX_USERS)]
    seed: Seed
    angle_deg: Range = msgspec.field(default_factory=lambda: [-60.0, 60.0])
    snr_db: Range
    pilot_snr_db: Range
    sensing_snr_db: Range
    speed_mps: Range | None = None

    def __post_init__(self) -> None:
        limits = {
            "angle_deg": (-89.9, 89.9),
            "snr_db": (-200.0, 200.0),
            "pilot_snr_db": (-200.0, 200.0),
            "sensing_snr_db": (-200.0, 200.0),
            "speed_mps": (0.0, 1e4),
        }
        for name, (lowest, highest) in limits.items():
            bounds = getattr(self, name)
            if bounds is not None and not lowest <= bounds[0] <= bounds[1] <= highest:
                raise ValueError(
                    f"{name} = {bounds} must be [low, high] with {lowest:g} <= low <= high <= "
                    f"{highest:g}"
                )


def check_budget(
    users: Sequence[User] | None, link: FrameLink | None, carrier_hz: float | None
) -> None:
    """Whether every listed user states its SNRs, or a distance for the link budget.

    Parameters
    ----------
    users : sequence of User, or None
    link : FrameLink or None
    carrier_hz : float or None
        Carrier that aging states.

    Raises
    ------
    ValueError
        Naming user and key.
    """
    for i, user in enumerate(users or []):
        wanted = SNRS if link is None else ("distance_m",)
        for key in wanted:
            if getattr(user, key) is None:
                other = "" if link else "; state it, or distance_m and a link budget [link]"
                raise ValueError(f"users[{i}].{key} is missing{other}")
        unwanted = ("distance_m", "rcs_m2") if link is None else SNRS
        for key in unwanted:
            if getattr(user, key) is not None:
                why = "needs [link]" if link is None else "does not go with [link], which gives it"
                raise ValueError(f"users[{i}].{key} {why}")
    if link is None:
        return
    if users is None:
        raise ValueError("link needs [[users]] with distance_m")
    if carrier_hz is not None and carrier_hz != link.carrier_hz:
        raise ValueError(
            f"aging.carrier_hz = {carrier_hz:g} must be link.carrier_hz = {link.carrier_hz:g}, or "
            "be left out"
        )
