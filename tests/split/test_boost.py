"""Boosted and plain pilots against every pair of counts, one by one."""

from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.split import SplitProblem, build_model, full_capacity, minimise_crb
from isacplan.split.boost import boosted_grid, boosted_pilots


def most_bits(problem, s, u, b):
    """Largest bits over every p and q, written for one column at a time."""
    delta, mu, eta = problem.downlink_snr, problem.uplink_snr, problem.power_share
    N, best, at = problem.n_antennas, 0.0, (0, 0)
    for p in range(s + 1):
        for q in range(u + 1):
            if p + q < len(delta):
                continue
            x = (b * p + q) * mu
            boosted, plain = (
                np.log1p(N * g * delta * eta / (1 + g * delta * eta.sum()) * x / (1 + x)).sum()
                for g in (b, 1.0)
            )
            value = ((s - p) * boosted + (u - q) * plain) / np.log(2)
            if value > best:
                best, at = value, (p, q)
    return best, at


@st.composite
def problems(draw):
    K = draw(st.integers(1, 5))
    decibels = st.floats(-35.0, 35.0)
    delta = 10 ** (np.array(draw(st.lists(decibels, min_size=K, max_size=K))) / 10)
    return SplitProblem(
        n_antennas=draw(st.integers(2, 300)),
        carrier_frequency=3e9,
        bandwidth=180e3 * draw(st.integers(1, 6)),
        n_symbols=draw(st.integers(K + 1, 12)),
        downlink_snr=delta,
        uplink_snr=delta * 10 ** (draw(st.floats(-20.0, 35.0)) / 10),
        localization_snr=1.0,
        distance=np.full(K, 100.0),
        angle=0.0,
        snr_bookkeeping="constant_power",
    )


@settings(max_examples=300)
@given(
    problem=problems(),
    s=st.integers(0, 12),
    u=st.integers(0, 12),
    b=st.one_of(st.just(1.0), st.floats(1.0, 1.1), st.floats(1.1, 200.0)),
)
def test_no_pair_of_pilots_is_better(problem, s, u, b):
    p, q, bits, _ = boosted_pilots(problem, np.array(s), np.array(u), np.array(b))
    expected, _ = most_bits(problem, s, u, b)
    assert bits == pytest.approx(expected, rel=1e-12)
    assert 0 <= p <= s
    assert 0 <= q <= u
    assert p + q >= problem.n_users or (bits, p, q) == (0.0, 0, 0)


@settings(max_examples=60)
@given(problem=problems())
def test_the_grid_is_its_columns(problem):
    n_B, tau_T = problem.n_elements, problem.n_symbols
    grid = boosted_grid(problem)
    assert grid.shape == (n_B, tau_T + 1)
    for n in range(n_B):
        for tau in range(tau_T + 1):
            s = tau if n else 0
            expected, _ = most_bits(problem, s, tau_T - s, n_B / (n_B - n))
            assert grid[n, tau] == pytest.approx(expected, rel=1e-12)


def test_pilots_of_either_kind_and_of_both_are_best_somewhere():
    problem = SplitProblem(
        n_antennas=8,
        carrier_frequency=3e9,
        bandwidth=20e6,
        n_symbols=40,
        downlink_snr=np.full(3, 0.2),
        uplink_snr=np.full(3, 0.2),
        localization_snr=1.0,
        distance=np.full(3, 100.0),
        angle=0.0,
        snr_bookkeeping="constant_power",
    )
    kinds = set()
    for s, u, b in ((30, 10, 2.0), (4, 20, 30.0), (1, 30, 3.0), (2, 9, 1.3)):
        p, q, bits, _ = (
            x.item() for x in boosted_pilots(problem, np.array(s), np.array(u), np.array(b))
        )
        assert most_bits(problem, s, u, b) == (pytest.approx(bits, rel=1e-12), (p, q))
        kinds.add((p > 0, q > 0))
    assert kinds >= {(True, False), (True, True)}


@pytest.mark.slow
@pytest.mark.parametrize("snr_db", [-30.0, 15.0])
def test_a_thousand_elements_by_two_thousand_symbols_take_seconds(snr_db):
    problem = SplitProblem(
        n_antennas=8,
        carrier_frequency=3e9,
        bandwidth=180e6,
        n_symbols=2000,
        downlink_snr=10 ** (snr_db / 10),
        uplink_snr=10 ** (snr_db / 10),
        localization_snr=1.0,
        distance=100.0,
        angle=0.0,
        snr_bookkeeping="constant_power",
    )
    start = process_time()
    model = build_model(problem)
    found = minimise_crb(model, capacity_floor=0.9 * full_capacity(model))
    assert process_time() - start < 10.0
    assert found.exhaustive
