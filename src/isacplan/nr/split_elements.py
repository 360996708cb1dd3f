"""A legal split in the words of TS 37.355 (LPP) and TS 38.331 (RRC)."""

from collections.abc import Sequence
from typing import Any

from isacplan.nr.information_elements import (
    dmrs_elements,
    layer_elements,
    srs_elements,
    tdd_elements,
)
from isacplan.nr.legal_split import LegalSplit
from isacplan.nr.split_rate import dmrs_per_slot
from isacplan.nr.tables import spacing_hz, table


def split_elements(split: LegalSplit, labels: Sequence[str]) -> dict[str, Any]:
    """Information elements of a legal split.

    Parameters
    ----------
    split : LegalSplit
    labels : sequence of str
        What to call each user.

    Returns
    -------
    dict
        ``tdd-UL-DL-ConfigurationCommon``, ``SRS-Config`` by user; of a downlink signal the
        positioning frequency layer and the resource set of every station, of an uplink one
        ``SRS-PosResource-r16`` by user; ``DMRS-DownlinkConfig`` where gains are learned.
    """
    s, way = split.settings, split.settings.uplink
    n_pilots = dmrs_per_slot(split.problem, split.n_slots)
    localizes: dict[str, Any]
    if s.kind == "prs":
        localizes = {
            "NR-DL-PRS-PositioningFrequencyLayer-r16": layer_elements(
                split.numerology, comb=s.comb, n_blocks=s.n_blocks
            ),
            "NR-DL-PRS-ResourceSet-r16": {
                "serving" if i == 0 else f"anchors[{i - 1}]": _resource_set(split, i)
                for i in range(s.stations)
            },
        }
    else:
        localizes = {
            "SRS-PosResource-r16": {
                label: _sounding(split, user) for user, label in enumerate(labels)
            }
        }
    return {
        "tdd-UL-DL-ConfigurationCommon": tdd_elements(
            split.numerology,
            period=way.tdd_period,
            guard_symbols=way.guard_symbols,
            uplink_symbols=way.srs_symbols + (s.n_symbols if s.kind == "srs" else 0),
        ),
        "SRS-Config": {
            label: srs_elements(
                user,
                len(labels),
                period=way.srs_period,
                slot=way.srs_period - 1,
                n_symbols=way.srs_symbols,
                n_blocks=split.problem.n_elements,
            )
            for user, label in enumerate(labels)
        },
        **localizes,
        **({"DMRS-DownlinkConfig": dmrs_elements(n_pilots)} if n_pilots else {}),
    }


def station_place(split: LegalSplit, station: int) -> tuple[int, int]:
    """Turn and comb offset of a station; in every turn offsets are taken from zero on.

    Parameters
    ----------
    split : LegalSplit
    station : int
        The serving one is 0.

    Returns
    -------
    turn, offset : int
    """
    turns = split.settings.turns
    return station % turns, station // turns


def muting(split: LegalSplit, station: int) -> str:
    """Bits of muting option 2, one a repetition: 1 where the station sends."""
    s = split.settings
    turn, _ = station_place(split, station)
    return "".join("1" if r % s.turns == turn else "0" for r in range(s.repetition))


def _resource_set(split: LegalSplit, station: int) -> dict[str, Any]:
    s, spacing = split.settings, f"scs{spacing_hz(split.numerology) / 1e3:.0f}-r16"
    _, offset = station_place(split, station)
    repeated = {
        "dl-PRS-ResourceRepetitionFactor-r16": f"n{s.repetition}",
        "dl-PRS-ResourceTimeGap-r16": f"s{s.gap}",
    }
    option_2 = {
        "dl-PRS-MutingOption2-r16": {
            "nr-option2-muting-r16": {f"po{s.repetition}-r16": muting(split, station)}
        }
    }
    return {
        "nr-DL-PRS-ResourceSetID-r16": 0,
        "dl-PRS-Periodicity-and-ResourceSetSlotOffset-r16": {
            spacing: {f"n{s.period}-r16": s.slot_offset}
        },
        **(repeated if s.repetition > 1 else {}),
        "dl-PRS-NumSymbols-r16": f"n{s.n_symbols}",
        **(option_2 if s.turns > 1 else {}),
        "dl-PRS-ResourceList-r16": [
            {
                "nr-DL-PRS-ResourceID-r16": 0,
                "dl-PRS-SequenceID-r16": station,
                "dl-PRS-CombSizeN-AndReOffset-r16": {f"n{s.comb}-r16": offset},
                "dl-PRS-ResourceSlotOffset-r16": 0,
                "dl-PRS-ResourceSymbolOffset-r16": s.first_symbol,
            }
        ],
    }


def user_place(split: LegalSplit, user: int) -> tuple[int, int]:
    """Comb offset and cyclic shift of a user that sounds for positioning.

    Offsets are taken in turn; users on one have shifts as far apart as they go.
    """
    s = split.settings
    shifts = int(table("srs")["shifts"][str(s.comb)])
    apart = shifts // -(-s.stations // s.comb)
    return user % s.comb, user // s.comb * apart


def _sounding(split: LegalSplit, user: int) -> dict[str, Any]:
    s = split.settings
    offset, shift = user_place(split, user)
    blocks = table("srs")["bandwidth"]["blocks"]
    return {
        "srs-PosResourceId-r16": 0,
        "transmissionComb-r16": {
            f"n{s.comb}-r16": {
                f"combOffset-n{s.comb}-r16": offset,
                f"cyclicShift-n{s.comb}-r16": shift,
            }
        },
        "resourceMapping-r16": {
            # Counts from the slot's last symbol back.
            "startPosition-r16": 13 - s.first_symbol,
            "nrofSymbols-r16": f"n{s.n_symbols}",
        },
        "freqDomainShift-r16": 0,
        "freqHopping-r16": {"c-SRS-r16": blocks.index(s.n_blocks)},
        "groupOrSequenceHopping-r16": "neither",
        "resourceType-r16": {
            "periodic-r16": {
                "periodicityAndOffset-p-r16": {
                    f"sl{s.period}": None if s.period == 1 else s.slot_offset
                }
            }
        },
        "sequenceId-r16": 0,
    }
