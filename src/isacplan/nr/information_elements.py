"""Legal settings in the words of TS 38.331 (RRC) and TS 37.355 (LPP)."""

from collections.abc import Sequence
from typing import Any

from isacplan.nr.legal_frame import LegalFrame
from isacplan.nr.tables import dmrs_positions, spacing_hz, srs_users, table, tdd_periods

IGNORED_PERIOD = "ms5"
"""Mandatory beside dl-UL-TransmissionPeriodicity-v1530, which a UE reads instead."""


def frame_elements(
    frame: LegalFrame,
    labels: Sequence[str],
    *,
    numerology: int,
    n_blocks: int,
    n_pilots: int = 1,
) -> dict[str, Any]:
    """Information elements of a legal frame.

    Parameters
    ----------
    frame : LegalFrame
    labels : sequence of str
        What to call each user.
    numerology : int
    n_blocks : int
        Resource blocks of the carrier, N_RB; at least 24.
    n_pilots : int, optional
        Precoded pilots a slot.

    Returns
    -------
    dict
        ``tdd-UL-DL-ConfigurationCommon``, ``SRS-Config`` by user, the positioning frequency layer
        with its resource set, and ``DMRS-DownlinkConfig``.

    Raises
    ------
    ValueError
        When the carrier is too narrow for the sensing signal.
    """
    s = frame.settings
    offset = -s.prs_repetition % s.tdd_period
    return {
        "tdd-UL-DL-ConfigurationCommon": tdd_elements(
            numerology,
            period=s.tdd_period,
            guard_symbols=s.guard_symbols,
            uplink_symbols=s.srs_symbols,
        ),
        "SRS-Config": {
            label: srs_elements(
                user,
                len(labels),
                period=s.srs_period,
                slot=(offset + s.prs_repetition - 1) % s.srs_period,
                n_symbols=s.srs_symbols,
                n_blocks=n_blocks,
            )
            for user, label in enumerate(labels)
        },
        "NR-DL-PRS-PositioningFrequencyLayer-r16": layer_elements(
            numerology, comb=2, n_blocks=prs_blocks(n_blocks)
        ),
        "NR-DL-PRS-ResourceSet-r16": _resource_set(frame, numerology, offset),
        "DMRS-DownlinkConfig": dmrs_elements(n_pilots),
    }


def dmrs_elements(n_pilots: int) -> dict[str, Any]:
    """DMRS-DownlinkConfig with so many single-symbol positions a slot, and these."""
    return {
        **({} if n_pilots == 3 else {"dmrs-AdditionalPosition": f"pos{n_pilots - 1}"}),
        "positions": list(dmrs_positions(n_pilots)),
    }


def tdd_elements(
    numerology: int, *, period: int, guard_symbols: int, uplink_symbols: int
) -> dict[str, Any]:
    """tdd-UL-DL-ConfigurationCommon of a pattern whose last slot ends in guard and uplink."""
    name = tdd_periods(numerology)[period]
    late = name in table("carrier")["tdd"]["periods_v1530_ms"]
    return {
        "referenceSubcarrierSpacing": f"kHz{spacing_hz(numerology) / 1e3:.0f}",
        "pattern1": {
            "dl-UL-TransmissionPeriodicity": IGNORED_PERIOD if late else name,
            **({"dl-UL-TransmissionPeriodicity-v1530": name} if late else {}),
            "nrofDownlinkSlots": period - 1,
            "nrofDownlinkSymbols": 14 - guard_symbols - uplink_symbols,
            "nrofUplinkSlots": 0,
            "nrofUplinkSymbols": uplink_symbols,
        },
    }


def comb_and_shift(user: int, n_users: int) -> tuple[int, int, int]:
    """Comb, its offset and the cyclic shift that keep a user's pilots apart from the others'.

    The smallest comb that holds all users, offsets taken in turn, shifts as far apart as they go.

    Parameters
    ----------
    user, n_users : int

    Returns
    -------
    comb, offset, shift : int

    Examples
    --------
    >>> [comb_and_shift(user, 5) for user in range(5)]
    [(2, 0, 0), (2, 1, 0), (2, 0, 2), (2, 1, 2), (2, 0, 4)]
    """
    comb = next((c for c in (2, 4, 8) if n_users <= srs_users(c)), None)
    if comb is None:
        raise ValueError(f"n_users = {n_users}: sounding keeps at most {srs_users(8)} apart")
    shifts = int(table("srs")["shifts"][str(comb)])
    apart = shifts // -(-n_users // comb)
    return comb, user % comb, (user // comb) * apart


def widest_srs(n_blocks: int) -> int:
    """Row c-SRS of the widest sounding in so many resource blocks."""
    return max(i for i, m in enumerate(table("srs")["bandwidth"]["blocks"]) if m <= n_blocks)


def srs_elements(
    user: int, n_users: int, *, period: int, slot: int, n_symbols: int, n_blocks: int
) -> dict[str, Any]:
    """SRS-Resource of one user among all that sound in the same symbols, the last of a slot.

    Parameters
    ----------
    user, n_users : int
    period, slot : int
        Slots from one update to the next, and of the first.
    n_symbols, n_blocks : int
        Of the update, and of the carrier.
    """
    comb, comb_offset, shift = comb_and_shift(user, n_users)
    tail = "-r17" if comb == 8 else ""
    start = {"nrofSymbols": f"n{n_symbols}", "repetitionFactor": f"n{n_symbols}"}
    if n_symbols in table("srs")["symbols"]["r15"]:
        mapping = {"resourceMapping": {"startPosition": n_symbols - 1, **start}}
    else:
        late = {f"{name}-r17": value for name, value in start.items()}
        mapping = {"resourceMapping-r17": {"startPosition-r17": n_symbols - 1, **late}}
    return {
        "srs-ResourceId": 0,
        "nrofSRS-Ports": "port1",
        f"transmissionComb{'-n8-r17' if comb == 8 else ''}": {
            f"n{comb}{tail}": {
                f"combOffset-n{comb}{tail}": comb_offset,
                f"cyclicShift-n{comb}{tail}": shift,
            }
        },
        **mapping,
        "freqDomainPosition": 0,
        "freqDomainShift": 0,
        "freqHopping": {"c-SRS": widest_srs(n_blocks), "b-SRS": 0, "b-hop": 0},
        "groupOrSequenceHopping": "neither",
        "resourceType": {
            "periodic": {"periodicityAndOffset-p": {f"sl{period}": None if period == 1 else slot}}
        },
        "sequenceId": 0,
    }


def prs_blocks(n_blocks: int) -> int:
    """Widest positioning reference signal in a carrier of N_RB resource blocks."""
    band = table("prs")["bandwidth"]
    if n_blocks < band["smallest"]:
        raise ValueError(
            f"a carrier of {n_blocks} resource blocks cannot hold a positioning reference signal, "
            f"which needs {band['smallest']}; a wider one would do"
        )
    widest = min(n_blocks, band["largest"])
    return widest - (widest - band["smallest"]) % band["step"]


def layer_elements(numerology: int, *, comb: int, n_blocks: int) -> dict[str, Any]:
    """NR-DL-PRS-PositioningFrequencyLayer-r16 of a signal of so many resource blocks."""
    band = table("prs")["bandwidth"]
    return {
        "dl-PRS-SubcarrierSpacing-r16": f"kHz{spacing_hz(numerology) / 1e3:.0f}",
        # Counts from 1: 24 resource blocks, then steps of 4.
        "dl-PRS-ResourceBandwidth-r16": 1 + (n_blocks - band["smallest"]) // band["step"],
        "dl-PRS-StartPRB-r16": 0,
        "dl-PRS-CombSizeN-r16": f"n{comb}",
        "dl-PRS-CyclicPrefix-r16": "normal",
    }


def _resource_set(frame: LegalFrame, numerology: int, offset: int) -> dict[str, Any]:
    s, spacing = frame.settings, f"scs{spacing_hz(numerology) / 1e3:.0f}-r16"
    period = f"n{frame.problem.n_blocks}-r16"
    repeated = {
        "dl-PRS-ResourceRepetitionFactor-r16": f"n{s.prs_repetition}",
        "dl-PRS-ResourceTimeGap-r16": "s1",
    }
    return {
        "nr-DL-PRS-ResourceSetID-r16": 0,
        "dl-PRS-Periodicity-and-ResourceSetSlotOffset-r16": {spacing: {period: offset}},
        **(repeated if s.prs_repetition > 1 else {}),
        "dl-PRS-NumSymbols-r16": f"n{s.prs_symbols}",
        "dl-PRS-ResourceList-r16": [
            {
                "nr-DL-PRS-ResourceID-r16": 0,
                "dl-PRS-SequenceID-r16": 0,
                "dl-PRS-CombSizeN-AndReOffset-r16": {"n2-r16": 0},
                "dl-PRS-ResourceSlotOffset-r16": 0,
                "dl-PRS-ResourceSymbolOffset-r16": 0,
            }
        ],
    }
