"""What sensing services ask for, and what of it a legal configuration is known to keep."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from isacplan._typing import Float
from isacplan.nr.legal_frame import LegalFrame
from isacplan.nr.legal_split import LegalSplit
from isacplan.nr.signals import SUBCARRIERS
from isacplan.nr.tables import spacing_hz, symbol_duration, table
from isacplan.sensing import probability_within
from isacplan.units import SPEED_OF_LIGHT

MET, PARTLY, MISSED, UNCHECKED = "met", "met in part", "missed", "unchecked"
FARTHEST = 1e9
"""Error beyond which no confidence is looked for [m]."""

ASKED = {
    "horizontal_accuracy_m": ("horizontal position", "m"),
    "vertical_accuracy_m": ("vertical position", "m"),
    "horizontal_velocity_m_per_s": ("horizontal velocity", "m/s"),
    "vertical_velocity_m_per_s": ("vertical velocity", "m/s"),
    "range_resolution_m": ("range resolution", "m"),
    "velocity_resolution_m_per_s": ("velocity resolution", "m/s"),
    "latency_s": ("latency", "s"),
    "refresh_s": ("refresh", "s"),
    "missed_detection": ("missed detection", "1"),
    "false_alarm": ("false alarm", "1"),
}
"""Quantities in the order of the table, with their units."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One requirement of a service beside what a configuration reaches.

    Parameters
    ----------
    quantity, unit : str
    asked : tuple of float
        The strictest value, and the loosest where the standard leaves a choice.
    reached : float or None
        Where the model has the quantity.
    verdict : {"met", "met in part", "missed", "unchecked"}
        Met in part: the loosest value only.
    note : str
        How it was read, or why it is unchecked.
    """

    quantity: str
    unit: str
    asked: tuple[float, ...]
    reached: float | None
    verdict: str
    note: str


def services() -> dict[str, dict[str, list[float]]]:
    """Requirements of the sensing service categories of TS 22.137, by name.

    Examples
    --------
    >>> sorted(services())[-1], services()["category-7"]["refresh_s"]
    ('category-7', [0.1])
    """
    return {name: rows for name, rows in table("services").items() if name != "source"}


def _checked(category: str, reached: dict[str, tuple[float | None, str]]) -> list[Check]:
    """Compare what a category asks for with what is reached; every value must not exceed it."""
    rows: list[Check] = []
    for key, (quantity, unit) in ASKED.items():
        asked = services()[category].get(key)
        if asked is None:
            continue
        value, note = reached[key]
        if value is None:
            verdict = UNCHECKED
        elif value <= asked[0]:
            verdict = MET
        else:
            verdict = PARTLY if value <= asked[-1] else MISSED
        rows.append(
            Check(
                quantity=quantity,
                unit=unit,
                asked=tuple(asked),
                reached=value,
                verdict=verdict,
                note=note,
            )
        )
    return rows


def check_split(split: LegalSplit, category: str) -> list[Check]:
    """What a legal split keeps of a sensing service's requirements.

    Parameters
    ----------
    split : LegalSplit
    category : str
        Of `services`.

    Returns
    -------
    list of Check
    """
    confidence = services()[category]["confidence"][0]
    span = _times(split)
    span = float(np.max(span) - np.min(span)) + symbol_duration(split.numerology)
    width = float(split.accuracy.waveform.width[0])
    wavelength = split.problem.wavelength
    frame = split.n_slots / 2**split.numerology * 1e-3
    at = f"{100.0 * confidence:g} %, worst user"
    velocity, how = _velocity(split, confidence)
    return _checked(
        category,
        {
            "horizontal_accuracy_m": (_radius(split, confidence), f"of a terminal, {at}"),
            "vertical_accuracy_m": (None, "places are on the ground"),
            "horizontal_velocity_m_per_s": (velocity, f"{how}, bound, {at}"),
            "vertical_velocity_m_per_s": (None, "places are on the ground"),
            "range_resolution_m": (SPEED_OF_LIGHT / width, "c / B, one way"),
            "velocity_resolution_m_per_s": (wavelength / span, "wavelength over time on air"),
            "latency_s": (frame, "one frame; what computes and reports is not in the model"),
            "refresh_s": (frame, "one frame"),
            **_undetected(),
        },
    )


def check_frame(
    frame: LegalFrame, category: str, *, numerology: int, n_blocks: int, carrier: float | None
) -> list[Check]:
    """What a legal frame, which senses angles by echoes, keeps of a sensing service's requirements.

    Parameters
    ----------
    frame : LegalFrame
    category : str
        Of `services`.
    numerology, n_blocks : int
        mu, and resource blocks of the sensing signal.
    carrier : float or None
        [Hz]; None where the scenario states none.

    Returns
    -------
    list of Check
    """
    p, s = frame.problem, frame.settings
    width = SUBCARRIERS * n_blocks * spacing_hz(numerology)
    last = (s.prs_repetition - 1) * p.block_duration + s.prs_symbols * p.symbol_duration
    duration = p.n_blocks * p.block_duration
    resolution = None if carrier is None else SPEED_OF_LIGHT / carrier / 2.0 / last
    echo = "wavelength over twice the time on air" if carrier else "the scenario states no carrier"
    return _checked(
        category,
        {
            "horizontal_accuracy_m": (None, "the model senses angles, not distances"),
            "vertical_accuracy_m": (None, "the model senses angles, not heights"),
            "horizontal_velocity_m_per_s": (None, "the model senses angles, not velocities"),
            "vertical_velocity_m_per_s": (None, "the model senses angles, not velocities"),
            "range_resolution_m": (SPEED_OF_LIGHT / width / 2.0, "c / 2B of an echo"),
            "velocity_resolution_m_per_s": (resolution, echo),
            "latency_s": (duration, "one frame; what computes and reports is not in the model"),
            "refresh_s": (duration, "the frame's period"),
            **_undetected(),
        },
    )


def _undetected() -> dict[str, tuple[float | None, str]]:
    why = "the model knows that somebody is there"
    return {"missed_detection": (None, why), "false_alarm": (None, why)}


def _times(split: LegalSplit) -> Float:
    """When a sender's symbols start in a frame, mean duration each [s]."""
    s = split.settings
    own = [slot for i, slot in enumerate(s.slots(split.n_slots)) if i % s.repetition % s.turns == 0]
    symbols = np.array(own)[:, None] * 14 + s.first_symbol + np.arange(s.n_symbols)
    return symbols.ravel() * symbol_duration(split.numerology)


def _radius(split: LegalSplit, confidence: float) -> float:
    """Within which every user's error stays with a confidence [m]; infinite where none does."""
    law = split.law
    low, high = 0.0, 1.0
    while np.any(law.probability_within(high) < confidence):
        low, high = high, 2.0 * high
        if high > FARTHEST:
            return np.inf
    while high - low > 1e-6 * high:
        middle = 0.5 * (low + high)
        enough = bool(np.all(law.probability_within(middle) >= confidence))
        low, high = (low, middle) if enough else (middle, high)
    return high


def _velocity(split: LegalSplit, confidence: float) -> tuple[float, str]:
    """Velocity that every user's error stays within with a confidence [m/s], and which part of it.

    From the Doppler bound of each link, its phase unknown, at symbols of equal energy; links in
    different directions make a velocity, one link its radial part. That offsets move with time
    couples delay and Doppler by a part in 24 of the band at most, which is left out.
    """
    accuracy, fix = split.accuracy, split.accuracy.fix
    wavelength, n = split.problem.wavelength, split.problem.n_antennas
    times = _times(split)
    snr = n * len(times) * float(accuracy.waveform.energy[0]) * fix.snr  # of all symbols, (K, L)
    with np.errstate(divide="ignore"):
        variance = 1.0 / (8.0 * np.pi**2 * snr * np.var(times))
    worst = 0.0
    for k in range(split.problem.n_users):
        away = fix.place[k] - np.array([link.place for link in fix.links])
        slope = away / fix.slant_range[k][:, None] / wavelength  # Doppler by velocity
        information = slope.T @ (slope / variance[k][:, None])
        worst = max(worst, _within(information, confidence, alone=len(slope) == 1))
    return worst, "radial part" if len(fix.links) == 1 else "Doppler of all links"


def _within(information: Float, confidence: float, *, alone: bool) -> float:
    if alone:
        strongest = float(np.trace(information))
        two_sided = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
        return two_sided / np.sqrt(strongest) if strongest > 0.0 else np.inf
    values = np.linalg.eigvalsh(information)
    if values[0] <= 1e-12 * values[1]:
        return np.inf
    covariance = np.linalg.inv(information)
    scale = float(np.sqrt(np.trace(covariance)))
    low, high = 0.0, 10.0 * scale
    for _ in range(60):
        middle = 0.5 * (low + high)
        enough = float(probability_within(middle, covariance)) >= confidence
        low, high = (low, middle) if enough else (middle, high)
    return high
