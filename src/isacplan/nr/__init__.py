"""Legal 5G NR configurations: what the standard lets a base station be set to."""

from isacplan.nr.information_elements import comb_and_shift, frame_elements, prs_blocks
from isacplan.nr.legal_frame import FrameSettings, LegalFrame, legal_frame
from isacplan.nr.tables import (
    dmrs_positions,
    numerology,
    prs_periods,
    resource_blocks,
    spacing_hz,
    srs_users,
    symbol_duration,
    table,
    tdd_periods,
)

__all__ = [
    "FrameSettings",
    "LegalFrame",
    "comb_and_shift",
    "dmrs_positions",
    "frame_elements",
    "legal_frame",
    "numerology",
    "prs_blocks",
    "prs_periods",
    "resource_blocks",
    "spacing_hz",
    "srs_users",
    "symbol_duration",
    "table",
    "tdd_periods",
]
