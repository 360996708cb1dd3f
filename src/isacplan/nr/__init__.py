"""Legal 5G NR configurations: what the standard lets a base station be set to."""

from isacplan.nr.information_elements import comb_and_shift, frame_elements, prs_blocks
from isacplan.nr.legal_frame import FrameSettings, LegalFrame, legal_frame
from isacplan.nr.legal_split import LegalSplit, SplitGoal, legal_split
from isacplan.nr.signals import Signals, legal_signals, tone_variance, tones
from isacplan.nr.split_elements import split_elements
from isacplan.nr.split_settings import SplitSettings, Uplink
from isacplan.nr.tables import (
    carrier,
    dmrs_positions,
    numerology,
    numerology_of,
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
    "LegalSplit",
    "Signals",
    "SplitGoal",
    "SplitSettings",
    "Uplink",
    "carrier",
    "comb_and_shift",
    "dmrs_positions",
    "frame_elements",
    "legal_frame",
    "legal_signals",
    "legal_split",
    "numerology",
    "numerology_of",
    "prs_blocks",
    "prs_periods",
    "resource_blocks",
    "spacing_hz",
    "split_elements",
    "srs_users",
    "symbol_duration",
    "table",
    "tdd_periods",
    "tone_variance",
    "tones",
]
