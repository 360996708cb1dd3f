"""Field types of scenario files: the ranges that a value may take."""

from typing import Annotated

import msgspec

Ratio = Annotated[float, msgspec.Meta(ge=1e-9, le=1e9)]
Wavelengths = Annotated[float, msgspec.Meta(ge=1e-3, le=100.0)]
Coordinate = Annotated[float, msgspec.Meta(ge=-200.0, le=200.0)]
Share = Annotated[float, msgspec.Meta(gt=0.0, le=1.0)]
Decibels = Annotated[float, msgspec.Meta(ge=-200.0, le=200.0)]
AngleDeg = Annotated[float, msgspec.Meta(ge=-89.9, le=89.9)]
Turn = Annotated[float, msgspec.Meta(ge=-360.0, le=360.0)]
Tilt = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
Place = Annotated[list[float], msgspec.Meta(min_length=3, max_length=3)]
RmseDeg = Annotated[float, msgspec.Meta(gt=0.0, le=90.0)]
WindowDeg = Annotated[float, msgspec.Meta(gt=0.0, le=180.0)]
SpreadDeg = Annotated[float, msgspec.Meta(gt=0.0, le=180.0)]
Speed = Annotated[float, msgspec.Meta(ge=0.0, le=1e4)]
Weight = Annotated[float, msgspec.Meta(ge=0.0, le=1e6)]
Count = Annotated[int, msgspec.Meta(ge=1, le=10_000)]
Antennas = Annotated[int, msgspec.Meta(ge=1, le=1024)]
Seconds = Annotated[float, msgspec.Meta(ge=1e-12, le=3600.0)]
Metres = Annotated[float, msgspec.Meta(gt=0.0, le=1e7)]
Hertz = Annotated[float, msgspec.Meta(ge=1e-3, le=1e13)]
ELEMENTS = ("isotropic", "tr38901")
"""Element patterns by name; anything else is the file of a table."""
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a scenario file; unknown keys are errors."""
