from itertools import pairwise

import numpy as np
import pytest

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


def carriers():
    rows = table("carrier")["resource_blocks"]
    for part in ("fr1", "fr2"):
        for khz, sizes in rows[part].items():
            for mhz, n in sizes.items():
                yield part, int(khz), int(mhz), n


@pytest.mark.parametrize(("part", "khz", "mhz", "n"), list(carriers()))
def test_resource_blocks_fit_the_channel(part, khz, mhz, n):
    # Guard bands on either side, less half a spacing; the least utilisation is that of 5 MHz.
    left = 1e3 * mhz - 12 * khz * n - khz
    assert left > 0
    least = 0.79 if part == "fr1" else 0.92
    assert least <= 12 * khz * n / (1e3 * mhz) < 1.0


@pytest.mark.parametrize("part", ["fr1", "fr2"])
def test_wider_spacings_hold_fewer_blocks(part):
    rows = table("carrier")["resource_blocks"][part]
    spacings = sorted(rows, key=int)
    for narrow, wide in pairwise(spacings):
        for mhz in set(rows[narrow]) & set(rows[wide]):
            assert 2 * rows[wide][mhz] <= rows[narrow][mhz]
    for sizes in rows.values():
        assert np.all(np.diff(list(sizes.values())) > 0)
        assert np.all(np.diff([int(mhz) for mhz in sizes]) > 0)


def test_carriers_are_found_or_the_nearest_is_named():
    assert resource_blocks(20e6, 0) == 106
    assert resource_blocks(100e6, 1) == 273
    assert resource_blocks(100e6, 3) == 66
    with pytest.raises(ValueError, match="nearest is 20 MHz with 106"):
        resource_blocks(19.98e6, 0)
    with pytest.raises(ValueError, match="no carrier of NR has a spacing of 240"):
        resource_blocks(100e6, 4)


@pytest.mark.parametrize("mu", range(5))
def test_symbols_fill_a_slot(mu):
    """14 symbols, two of them in a millisecond with the longer prefix, fill 2^-mu ms."""
    short = (2048 + 144) / (30.72e6 * 2**mu)
    longer = 2 * 16 / 30.72e6
    assert 14 * 2**mu * short + longer == pytest.approx(1e-3, rel=1e-12)
    assert numerology(short) == numerology(symbol_duration(mu)) == mu
    assert symbol_duration(mu) == pytest.approx(1e-3 / 2**mu / 14, rel=1e-12)


def test_other_durations_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"nearest is 4\.4643e-06 s, 240 kHz"):
        numerology(1e-6)
    with pytest.raises(ValueError, match=r"nearest is 1\.7857e-05 s, 60 kHz"):
        numerology(20e-6)


@pytest.mark.parametrize("mu", range(5))
def test_patterns_are_whole_slots_that_divide_twenty_milliseconds(mu):
    periods = tdd_periods(mu)
    assert list(periods) == sorted(periods)
    assert all((20 * 2**mu) % slots == 0 for slots in periods)
    assert all(float(name[2:].replace("p", ".")) * 2**mu == n for n, name in periods.items())
    assert "ms3" not in periods.values()
    # 0.625 ms needs 120 kHz, 1.25 ms 60 kHz, 2.5 ms 30 kHz: each is five slots there.
    assert [name in periods.values() for name in ("ms0p625", "ms1p25", "ms2p5")] == [
        mu >= 3,
        mu >= 2,
        mu >= 1,
    ]


def test_sounding():
    srs = table("srs")
    assert all(2560 % period == 0 for period in srs["periods_slots"])
    assert set(srs["symbols"]["r15"]) < set(srs["symbols"]["r17"])
    assert [srs_users(comb) for comb in (2, 4, 8)] == [16, 48, 48]
    blocks = np.array(srs["bandwidth"]["blocks"])
    assert blocks.shape == (64,)
    assert np.all(blocks % 4 == 0)
    assert np.all(np.diff(blocks) >= 0)
    assert (blocks[0], blocks[-1]) == (4, 272)
    # The shifts of all users of a comb offset share a sequence of 12 / comb elements a block.
    assert all((12 * 4) % (int(comb) * n) == 0 for comb, n in srs["shifts"].items())


def test_positioning_signal():
    prs = table("prs")
    for comb, offsets in prs["offsets"].items():
        if comb != "source":
            assert sorted(offsets) == list(range(int(comb)))
    for comb, symbols in prs["symbols"].items():
        assert all(n % int(comb) == 0 and n <= 12 for n in symbols)
    pairs = {(n, int(comb)) for comb, symbols in prs["symbols"].items() for n in symbols}
    assert len(pairs) == 9
    band = prs["bandwidth"]
    assert (band["largest"] - band["smallest"]) % band["step"] == 0
    # dl-PRS-ResourceBandwidth counts from 1 to 63.
    assert (band["largest"] - band["smallest"]) // band["step"] + 1 == 63
    assert prs_periods(0)[0] == 4
    assert all(period % 2**3 == 0 for period in prs_periods(3))
    assert max(prs["time"]["repetitions"]) == max(prs["time"]["gaps_slots"]) == 32


def test_precoded_pilots():
    for row in table("dmrs")["positions"]:
        shortest, longest = row["duration"]
        for n, later in enumerate(row["additional"]):
            assert len(later) <= n
            # Apart by more than a symbol, and inside the allocation.
            assert np.all(np.diff([2, *later]) > 1)
            assert all(position < shortest for position in later)
        assert shortest <= longest <= 14
    assert [dmrs_positions(n) for n in (1, 2, 3, 4)] == [
        (2,),
        (2, 11),
        (2, 7, 11),
        (2, 5, 8, 11),
    ]
    for n, l0 in ((5, 2), (4, 3)):
        with pytest.raises(ValueError, match="1 to 4 positions"):
            dmrs_positions(n, first_position=l0)
    with pytest.raises(ValueError, match="holds fewer"):
        dmrs_positions(2, last_symbol=6)


def test_elements_of_precoded_pilots_follow_the_mapping():
    """Clause 7.4.1.1.2: k = 4n + 2k' + D and k = 6n + k' + D with k' in {0, 1}."""
    type_1 = {4 * n + 2 * k + d for n in range(3) for k in (0, 1) for d in (0,)}
    type_2 = {6 * n + k + d for n in range(2) for k in (0, 1) for d in (0,)}
    assert {len([k for k in t if k < 12]) for t in (type_1,)} == {
        table("dmrs")["elements"]["type_1"]
    }
    assert {len([k for k in t if k < 12]) for t in (type_2,)} == {
        table("dmrs")["elements"]["type_2"]
    }


def test_spacing_doubles():
    assert [spacing_hz(mu) / 1e3 for mu in range(5)] == table("carrier")["numerology"][
        "spacings_khz"
    ]
