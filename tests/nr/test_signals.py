import numpy as np
import pytest

from isacplan.array import uniform_linear
from isacplan.nr.signals import (
    Signals,
    comb_order,
    legal_signals,
    repeats,
    tone_variance,
    tones,
    visits,
)
from isacplan.nr.tables import table
from isacplan.sensing import linear_array_angle_crb, ofdm_array_information

PAIRS = {
    "prs": [(2, 2), (2, 4), (2, 6), (2, 12), (4, 4), (4, 12), (6, 6), (6, 12), (12, 12)],
    "srs": [(2, 1), (2, 2), (2, 4), (4, 2), (4, 4), (4, 8), (4, 12), (8, 4), (8, 8), (8, 12)],
}
EVERY = [(kind, *pair) for kind, pairs in PAIRS.items() for pair in pairs]


def one(comb, n_symbols, n_blocks):
    rest = {name: np.array([1]) for name in ("period", "repetition", "turns")}
    return Signals(
        comb=np.array([comb]),
        n_symbols=np.array([n_symbols]),
        n_blocks=np.array([n_blocks]),
        **rest,
    )


@pytest.mark.parametrize(("kind", "comb", "n"), EVERY)
def test_tones_of_a_resource(kind, comb, n):
    sent = tones(kind, comb, n, 24)
    assert len(sent) == n
    for row in sent:
        assert len(row) == 12 * 24 / comb
        assert np.all(np.diff(row) == comb)
        assert row[0] >= 0
        assert row[-1] < 12 * 24
    counts = visits(kind, comb, n)
    assert counts.sum() == n
    if kind == "prs":  # staggered evenly: every sub-carrier as often
        assert np.all(counts == n // comb)
    # Successive symbols are as far apart in the comb as can be.
    if n > 1:
        assert (comb_order(kind, comb, n)[1] - comb_order(kind, comb, n)[0]) == comb // 2


@pytest.mark.parametrize("own", [0, 1])
@pytest.mark.parametrize(("kind", "comb", "n"), EVERY)
def test_variance_is_that_of_the_tones_wherever_the_comb_starts(kind, comb, n, own):
    every = []
    for order in comb_order(kind, comb, n):
        every.append(np.arange(0, 12 * 24, comb) + (order + own) % comb)
    found = tone_variance(kind, one(comb, n, 24))[0]
    assert found == pytest.approx(np.var(np.concatenate(every)), rel=1e-12)


@pytest.mark.parametrize(("kind", "comb", "n"), EVERY)
def test_response_repeats_where_it_is_said_to(kind, comb, n):
    """Height of the response at whole fractions of the sub-carrier's delay, tone by tone."""
    every = np.concatenate(tones(kind, comb, n, 24))
    delays = np.arange(1, 481) / 480.0  # in periods of one sub-carrier
    height = np.abs(np.exp(2j * np.pi * np.outer(delays, every)).sum(axis=1)) / len(every)
    rate = repeats(kind, one(comb, n, 24))[0]
    beyond_lobe = delays > 2.0 / 288
    first = delays[beyond_lobe & (height > 0.501)][0]
    assert first == pytest.approx(1.0 / rate, abs=1.0 / 288)


@pytest.mark.parametrize(("kind", "comb", "n"), EVERY)
def test_bounds_are_those_of_the_tones(kind, comb, n):
    """Fisher information summed over antennas, tones and symbols, nothing in closed form."""
    N, f0, blocks, angle, snr = 4, 15e3, 24, 0.3, 2.0
    array = uniform_linear(N)
    J = np.zeros((5, 5))
    for row in tones(kind, comb, n, blocks):
        f = f0 * (row - 17.0)
        J += ofdm_array_information(array, angle, frequencies=f, times=[0.0], symbol_snr=snr)
    kept = np.linalg.inv(J[np.ix_([0, 1, 3], [0, 1, 3])])
    F2 = f0**2 * tone_variance(kind, one(comb, n, blocks))[0]
    assert kept[1, 1] == pytest.approx(1.0 / (8.0 * np.pi**2 * N * n * snr * F2), rel=1e-9)
    flat = linear_array_angle_crb(
        angle, n_antennas=N, snr=snr, n_symbols=float(n), spacing=0.5, phase="unknown_phase"
    )
    assert kept[0, 0] == pytest.approx(float(flat), rel=1e-9)


def test_pairs_that_the_standard_lacks_are_refused_with_those_it_has():
    with pytest.raises(ValueError, match="comb = 3: PRS has combs of 2, 4, 6 or 12"):
        comb_order("prs", 3, 12)
    with pytest.raises(ValueError, match="n_symbols = 2: PRS of comb 4 has 4 or 12"):
        comb_order("prs", 4, 2)
    with pytest.raises(ValueError, match="n_symbols = 1: SRS of comb 8 has 4, 8 or 12"):
        comb_order("srs", 8, 1)


def test_every_legal_signal_is_there_once():
    found = legal_signals("prs", n_slots=20, n_blocks=51, numerology=1)
    rows = list(
        zip(found.comb, found.n_symbols, found.n_blocks, found.period, found.repetition,
            found.turns, strict=True)
    )  # fmt: skip
    assert len(set(rows)) == len(rows)
    wanted = 0
    for _ in PAIRS["prs"]:
        for _ in range(24, 52, 4):
            for period in (10, 20):
                for R in (1, 2, 4, 6, 8, 16, 32):
                    for turns in range(1, R + 1):
                        wanted += period >= R and R % turns == 0
    assert len(rows) == wanted
    assert np.all(found.measured(20) * found.turns == found.sent(20))
    sounding = legal_signals("srs", n_slots=20, n_blocks=51, numerology=1)
    assert set(sounding.n_blocks) == {m for m in table("srs")["bandwidth"]["blocks"] if m <= 51}
    assert set(sounding.period) == {1, 2, 4, 5, 10, 20}
    assert sounding.size == 10 * len(set(sounding.n_blocks)) * 6
