"""Tables of the standard, kept as data with their clauses."""

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np

from isacplan import _check

TIME_TOLERANCE = 5e-3
"""Relative: a symbol with its share of the longer prefixes is 0.1 per cent longer than without."""


@lru_cache
def table(name: str) -> dict[str, Any]:
    """One of the files ``carrier``, ``srs``, ``prs`` and ``dmrs``, as it stands.

    Examples
    --------
    >>> table("prs")["offsets"]["4"]
    [0, 2, 1, 3]
    """
    file = resources.files("isacplan.nr") / "tables" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def spacing_hz(numerology: int) -> float:
    """Sub-carrier spacing of a numerology mu [Hz].

    Examples
    --------
    >>> spacing_hz(2)
    60000.0
    """
    return 15e3 * 2**numerology


def symbol_duration(numerology: int) -> float:
    """Mean duration of a symbol with normal cyclic prefix, a fourteenth of a slot [s]."""
    return 1e-3 / (14 * 2**numerology)


def numerology(duration: float) -> int:
    """Numerology mu whose symbols last that long.

    Parameters
    ----------
    duration : float
        Duration of a symbol [s], with or without its share of the longer prefixes.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When no numerology has it; names the nearest.

    Examples
    --------
    >>> numerology(17.857e-6)
    2
    """
    T = float(_check.real("duration", duration, above=0.0))
    known = table("carrier")["numerology"]["spacings_khz"]
    off = [abs(T / symbol_duration(mu) - 1.0) for mu in range(len(known))]
    mu = int(np.argmin(off))
    if off[mu] <= TIME_TOLERANCE:
        return mu
    raise ValueError(
        f"symbol_duration_s = {T:g}: no numerology of NR has it; the nearest is "
        f"{symbol_duration(mu):.5g} s, {known[mu]} kHz"
    )


def resource_blocks(bandwidth: float, numerology: int) -> int:
    """Resource blocks of a carrier, N_RB.

    Parameters
    ----------
    bandwidth : float
        Channel bandwidth [Hz].
    numerology : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When NR has no such carrier at this spacing; names the nearest bandwidth.

    Examples
    --------
    >>> resource_blocks(20e6, 0)
    106
    """
    B = float(_check.real("bandwidth", bandwidth, above=0.0))
    blocks = _carriers(numerology)
    nearest = min(blocks, key=lambda legal: (abs(legal - B), legal))
    if abs(nearest - B) > 1.0:
        raise ValueError(
            f"bandwidth = {B / 1e6:g} MHz: NR has no such carrier at {_khz(numerology)} kHz; the "
            f"nearest is {nearest / 1e6:g} MHz with {blocks[nearest]} resource blocks"
        )
    return blocks[nearest]


def carrier(bandwidth: float, numerology: int) -> tuple[float, int]:
    """Carrier that a band stands for: the channel, or what its resource blocks occupy.

    Parameters
    ----------
    bandwidth : float
        Of the channel, or of all its resource blocks [Hz].
    numerology : int

    Returns
    -------
    channel : float
        Channel bandwidth [Hz].
    n_blocks : int
        N_RB.

    Raises
    ------
    ValueError
        When it is neither at this spacing; names the nearest of both.

    Examples
    --------
    >>> carrier(98.28e6, 1)
    (100000000.0, 273)
    """
    B = float(_check.real("bandwidth", bandwidth, above=0.0))
    blocks = _carriers(numerology)
    width = 12.0 * spacing_hz(numerology)
    for channel, n in blocks.items():
        if min(abs(channel - B), abs(n * width - B)) <= 1.0:
            return channel, n
    channel = min(blocks, key=lambda legal: min(abs(legal - B), abs(blocks[legal] * width - B)))
    raise ValueError(
        f"bandwidth = {B / 1e6:g} MHz: NR has no such carrier at {_khz(numerology)} kHz; the "
        f"nearest is {channel / 1e6:g} MHz, whose {blocks[channel]} resource blocks occupy "
        f"{blocks[channel] * width / 1e6:g} MHz"
    )


def _khz(numerology: int) -> str:
    return f"{spacing_hz(numerology) / 1e3:.0f}"


def _carriers(numerology: int) -> dict[float, int]:
    """Resource blocks by channel bandwidth [Hz], of both frequency ranges."""
    blocks: dict[float, int] = {}
    for part in ("fr1", "fr2"):
        rows = table("carrier")["resource_blocks"][part].get(_khz(numerology), {})
        blocks |= {1e6 * float(mhz): n for mhz, n in rows.items()}
    if not blocks:
        raise ValueError(f"no carrier of NR has a spacing of {_khz(numerology)} kHz for data")
    return blocks


def numerology_of(spacing: float) -> int:
    """Numerology mu with a sub-carrier spacing.

    Parameters
    ----------
    spacing : float
        [Hz]

    Returns
    -------
    int

    Raises
    ------
    ValueError
        When no numerology has it; names the nearest.

    Examples
    --------
    >>> numerology_of(30e3)
    1
    """
    f = float(_check.real("spacing", spacing, above=0.0))
    known = range(len(table("carrier")["numerology"]["spacings_khz"]))
    mu = min(known, key=lambda m: abs(np.log(spacing_hz(m) / f)))
    if abs(spacing_hz(mu) / f - 1.0) > 1e-9:
        raise ValueError(
            f"sub-carriers of {f / 1e3:g} kHz: no numerology of NR has them; the nearest is "
            f"{_khz(mu)} kHz, resource blocks of {12 * spacing_hz(mu) / 1e3:g} kHz"
        )
    return mu


def nearest(value: int, legal: Iterable[int]) -> int:
    """The legal number nearest to a value, the smaller of two.

    Examples
    --------
    >>> nearest(35, [32, 40])
    32
    """
    return min(legal, key=lambda n: (abs(n - value), n))


def tdd_periods(numerology: int) -> dict[int, str]:
    """Periods of a single pattern of downlink and uplink, by slots, with their names.

    Parameters
    ----------
    numerology : int

    Returns
    -------
    dict of int to str
        Rising.

    Examples
    --------
    >>> tdd_periods(0)
    {1: 'ms1', 2: 'ms2', 4: 'ms4', 5: 'ms5', 10: 'ms10'}
    """
    tdd = table("carrier")["tdd"]
    found: dict[int, str] = {}
    for name, ms in {**tdd["periods_ms"], **tdd["periods_v1530_ms"]}.items():
        slots = ms * 2**numerology
        if slots == int(slots) and (tdd["repeats_ms"] / ms).is_integer():
            found[int(slots)] = name
    return dict(sorted(found.items()))


def prs_periods(numerology: int) -> list[int]:
    """Legal periods of a positioning reference signal [slots]."""
    return [2**numerology * period for period in table("prs")["time"]["periods"]]


def srs_users(comb: int) -> int:
    """Users whose pilots a symbol of the sounding reference signal keeps apart.

    Examples
    --------
    >>> [srs_users(comb) for comb in (2, 4, 8)]
    [16, 48, 48]
    """
    return comb * int(table("srs")["shifts"][str(comb)])


def dmrs_positions(
    n_pilots: int, *, last_symbol: int = 14, first_position: int = 2
) -> tuple[int, ...]:
    """Symbols of a slot that hold precoded pilots, mapping type A, one symbol each.

    Parameters
    ----------
    n_pilots : int
        1 to 4.
    last_symbol : int, optional
        Symbols from the start of the slot to the end of the allocation, l_d.
    first_position : {2, 3}, optional
        l0.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        When the table has no such row.

    Examples
    --------
    >>> dmrs_positions(3)
    (2, 7, 11)
    """
    n = _check.integer("n_pilots", n_pilots, at_least=1)
    if n > 4 or (n == 4 and first_position == 3):
        raise ValueError(
            f"n_pilots = {n_pilots}: single-symbol DM-RS has 1 to 4 positions a slot, and 4 only "
            "with l0 = 2"
        )
    for row in table("dmrs")["positions"]:
        if row["duration"][0] <= last_symbol <= row["duration"][1]:
            later = row["additional"][n - 1]
            if len(later) == n - 1:
                return (first_position, *later)
    raise ValueError(
        f"n_pilots = {n_pilots}: an allocation that ends after {last_symbol} symbols holds fewer"
    )
