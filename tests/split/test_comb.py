"""Combs against their tones, one by one, and against whole systems enumerated without the code."""

import cmath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isacplan.errors import InfeasibleError
from isacplan.split import (
    best_pilots,
    build_model,
    comb_offsets,
    comb_split_crb_loss,
    full_capacity,
    full_crb,
    maximise_capacity,
    minimise_crb,
    pilot_share,
    tangent,
)
from isacplan.split.boost import boosted_pilots
from isacplan.split.choices import all_choices
from isacplan.split.comb import combs
from isacplan.split.localization import angle_share, position_terms

C = 299_792_458.0


@pytest.mark.parametrize(
    ("spacing", "order"),
    [(2, (0, 1)), (4, (0, 2, 1, 3)), (6, (0, 3, 1, 4, 2, 5)), (8, tuple(range(8)))],
)
def test_offsets_are_those_of_the_standard_else_rising(spacing, order):
    assert comb_offsets(spacing, spacing) == order
    assert comb_offsets(12, 12) == (0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11)


@given(spacing=st.integers(1, 40), data=st.data())
def test_offsets_visit_evenly_spread_sub_carriers(spacing, data):
    D = data.draw(st.sampled_from([d for d in range(1, spacing + 1) if spacing % d == 0]))
    offsets = comb_offsets(spacing, D)
    assert sorted(offsets) == [i * spacing // D for i in range(D)]
    with pytest.raises(ValueError, match="n_offsets must divide spacing"):
        comb_offsets(spacing, spacing + 1)


def tones(K, D, n_subcarriers, tau):
    """Every sub-carrier of every symbol that a comb sends."""
    offsets = comb_offsets(K, D)
    return [np.arange(offsets[i % D], n_subcarriers, K) for i in range(tau)]


@settings(max_examples=60)
@given(
    blocks=st.integers(1, 5),
    K=st.sampled_from([2, 3, 4, 6, 12]),
    tau_T=st.integers(1, 30),
    moving=st.booleans(),
)
def test_spread_visits_and_repetition_are_those_of_the_tones(blocks, K, tau_T, moving):
    n = 12 * blocks
    family = combs((K,), n, tau_T, moving=moving)
    assert family.size == tau_T * (sum(K % d == 0 for d in range(1, K + 1)) if moving else 1)
    columns, lost = family.columns
    for i in range(family.size):
        sent = tones(K, int(family.n_offsets[i]), n, int(family.n_symbols[i]))
        f = np.concatenate(sent)
        assert family.tone_variance[i] == pytest.approx(np.var(f), rel=1e-12, abs=1e-9)
        visits = np.bincount(f, minlength=n)
        expected = {t: np.mean(visits == t) for t in set(visits.tolist())}
        found: dict[int, float] = {}
        for share, t in zip(columns[:, i].tolist(), lost[:, i].tolist(), strict=True):
            if share > 0.0:
                found[t] = found.get(t, 0.0) + share
        assert found == pytest.approx(expected, rel=1e-12)
        # Delays that differ by 1 / (repeat f_0) give the tones more or less the same phase.
        assert family.repeat[i] == pytest.approx(first_repeat(K, [int(s[0]) for s in sent]))


def response(K, offsets, j):
    """Of tones K apart that start at given sub-carriers, j / (K f_0) late."""
    return abs(sum(cmath.exp(2j * cmath.pi * o * j / K) for o in offsets)) / len(offsets)


def first_repeat(K, offsets):
    return K / next(j for j in range(1, K + 1) if response(K, offsets, j) > 0.5 + 1e-9)


def test_no_comb_is_offered_whose_response_nearly_repeats_within_the_window():
    # Every spacing, offset cycle and number of symbols; the response from all of their tones, at
    # delays all over the window and not only where repeats are expected.
    f0, M = 30e3, 28
    for K in (2, 3, 4, 6, 8, 12):
        family = combs((K,), K * M, 30, moving=True)
        for window in (1500.0, 4500.0, 9000.0):
            clear = family[family.unambiguous_range(f0) >= window]
            for D, tau in zip(clear.n_offsets.tolist(), clear.n_symbols.tolist(), strict=True):
                f = f0 * np.concatenate(tones(K, D, K * M, tau))
                lobe = C / (K * M * f0)
                late = np.arange(2 * lobe, window - 2 * lobe, lobe / 2) / C
                visited, times = np.unique(f, return_counts=True)
                height = np.abs(np.exp(2j * np.pi * np.outer(late, visited)) @ times) / len(f)
                assert np.max(height, initial=0.0) < 0.52


def test_an_incomplete_cycle_nearly_repeats(make_problem):
    # Offsets 0, 6, 3, 9, 1 of 12: four of five symbols agree after a third of the period.
    assert response(12, [0, 6, 3, 9, 1], 4) == pytest.approx(0.72, abs=0.002)
    family = combs((12,), 336, 40, moving=True)
    own = (family.n_offsets == 12) & (family.n_symbols == 5)
    assert family[own].unambiguous_range(30e3) == pytest.approx(3331.0, abs=0.1)
    whole = (family.n_offsets == 12) & (family.n_symbols % 12 == 0)
    whole &= family.n_symbols > 0
    assert family[whole].unambiguous_range(30e3) == pytest.approx(C / 30e3)


def enumerated(problem, K, D, tau):
    """Capacity, and every user's bound, of one comb, sub-carrier by sub-carrier."""
    p, n = problem, problem.n_subcarriers
    sent = tones(K, D, n, tau)
    visits = np.bincount(np.concatenate(sent), minlength=n)
    bits = 0.0
    for t in visits:
        if p.snr_bookkeeping == "constant_power":
            column = np.array(tau - t), np.array(p.n_symbols - tau), np.array(K / (K - 1))
            bits += float(boosted_pilots(p, *column)[2])
        else:
            bits += float(
                best_pilots(
                    p.n_symbols - t,
                    n_antennas=p.n_antennas,
                    downlink_snr=p.downlink_snr,
                    uplink_snr=p.uplink_snr,
                    power_share=p.power_share,
                )[1]
            )
    f = np.concatenate(sent) * p.subcarrier
    energy = p.localization_snr * tau * p.comb_energy
    if p.snr_bookkeeping == "constant_density":
        energy = energy / K
    spread = np.var(f) * (8.0 if p.delay_bound == "paper" else 1.0)
    N = p.n_antennas
    moment = (N - 1) * (2 * N - 1) / 6 if p.angle_bound == "known_phase" else (N**2 - 1) / 12
    angle = 1 / (8 * np.pi**2 * 0.25 * np.cos(p.angle) ** 2 * energy * N * moment)
    with np.errstate(divide="ignore"):
        delay = 1 / (8 * np.pi**2 * energy * N * spread)
    return bits * p.subcarrier / p.n_symbols, p.distance**2 * angle + C**2 * delay


@pytest.mark.slow
@settings(max_examples=40)
@given(
    data=st.data(),
    bookkeeping=st.sampled_from(["constant_snr", "constant_power", "constant_density"]),
    delay_bound=st.sampled_from(["paper", "flat_spectrum", "tones"]),
    angle_bound=st.sampled_from(["known_phase", "unknown_phase"]),
    loss=st.floats(0.02, 0.9),
)
def test_the_best_comb_is_the_best_of_all(
    data, bookkeeping, delay_bound, angle_bound, loss, make_problem
):
    K_users = data.draw(st.integers(1, 2))
    snr = 10 ** (np.array(data.draw(st.lists(st.floats(-10.0, 30.0), min_size=2, max_size=2))) / 10)
    problem = make_problem(
        snr=snr[:K_users],
        distance=np.array([900.0, 2500.0])[:K_users],
        angle=0.3,
        n_symbols=data.draw(st.integers(K_users + 1, 9)),
        bandwidth=180e3 * data.draw(st.integers(1, 3)),
        snr_bookkeeping=bookkeeping,
        delay_bound=delay_bound,
        angle_bound=angle_bound,
        comb_spacings=(2, 4, 12),
        comb_energy=data.draw(st.sampled_from([1.0, 3.0])),
        range_window=data.draw(st.sampled_from([None, 4000.0, 15e3])),
    )
    model = build_model(problem)
    everything = []
    for K in (2, 4, 12):
        for D in (d for d in range(1, K + 1) if K % d == 0):
            for tau in range(1, problem.n_symbols + 1):
                offsets = [comb_offsets(K, D)[i % D] for i in range(tau)]
                if problem.window <= C / (first_repeat(K, offsets) * 15e3):
                    everything.append((*enumerated(problem, K, D, tau), K, D, tau))
    every = all_choices(model, "comb")
    assert every.size == len(everything)
    floor = (1.0 - loss) * full_capacity(model)
    values = [np.max(crb) for C_, crb, *_ in everything if floor * (1 - 1e-12) <= C_]
    if not np.isfinite(min(values, default=np.inf)):
        with pytest.raises(InfeasibleError):
            minimise_crb(model, capacity_floor=floor, split="comb")
        return
    found = minimise_crb(model, capacity_floor=floor, split="comb")
    assert found.crb == pytest.approx(min(values), rel=1e-9)
    capacity, crb = enumerated(problem, found.spacing, found.n_offsets, found.n_symbols)
    assert found.capacity == pytest.approx(capacity, rel=1e-9)
    assert found.user_crb == pytest.approx(crb, rel=1e-9)
    assert found.user_capacities.sum() == pytest.approx(capacity, rel=1e-9)
    limit = found.user_crb * 1.001
    most = maximise_capacity(model, position_variance_limit=limit, split="comb")
    assert most.capacity == pytest.approx(
        max(C_ for C_, crb, *_ in everything if np.all(crb <= limit)), rel=1e-9
    )


def test_a_comb_over_the_band_against_as_many_tones_side_by_side(make_problem):
    # A positioning signal of comb 12 over 106 blocks and 12 symbols, 106 elements a symbol; or
    # 106 adjacent sub-carriers. The SNR makes the former 0.77 m.
    system = {
        "bandwidth": 106 * 180e3,
        "n_symbols": 140,
        "delay_bound": "tones",
        "snr": 1.0,
        "distance": 1e-3,
        "angle_bound": "unknown_phase",
    }
    wide = build_model(make_problem(**system, comb_spacings=(12,)))
    combed = all_choices(wide, "comb")
    own = (combed.n_offsets == 12) & (combed.n_symbols == 12)
    narrow = build_model(
        make_problem(
            **(system | {"bandwidth": 106 * 15e3}),
            element_bandwidth=15e3,
            subcarriers_per_element=1,
            comb_spacings=(),
        )
    )
    band = full_crb(narrow)[0] * 140 / 12
    ratio = np.sqrt(band / combed.crb[own][0])
    # A millimetre away the angle still has 1e-10 of the bound.
    assert ratio == pytest.approx(np.sqrt((1272**2 - 1) / (106**2 - 1)), rel=1e-9)
    assert ratio == pytest.approx(12.0, abs=0.001)
    assert 0.77 * ratio == pytest.approx(9.22, abs=0.03)


def test_without_staggering_ranges_repeat_twelve_times_sooner(make_problem):
    model = build_model(make_problem(comb_spacings=(12,), range_window=1.0))
    floor = 0.9 * full_capacity(model)
    found = minimise_crb(model, capacity_floor=floor, split="comb")
    family = model.combs
    clear = family.unambiguous_range(15e3)
    still, moving = family.n_offsets == 1, (family.n_offsets == 12) & (family.n_symbols >= 12)
    assert clear[still] == pytest.approx(C / 180e3)
    assert clear[moving] == pytest.approx(C / 15e3)
    assert found.unambiguous_range in clear
    far = build_model(make_problem(comb_spacings=(12,), range_window=C / 180e3 * 1.001))
    assert not np.any(far.combs.n_offsets == 1)


def test_no_comb_is_clear_beyond_the_reach_of_its_sub_carriers(make_problem):
    model = build_model(make_problem(range_window=2.1e4))
    with pytest.raises(InfeasibleError, match="no comb is unambiguous in the window of ranges"):
        minimise_crb(model, capacity_floor=0.0, split="comb")
    with pytest.raises(InfeasibleError, match="no comb is unambiguous in the window of ranges"):
        maximise_capacity(model, position_variance_limit=1e6, split="comb")


@pytest.mark.parametrize("F", [0.01, 0.05, 0.08])
def test_the_closed_form_is_the_optimum_over_real_symbols(make_problem, F):
    # Many symbols, so that whole ones hardly matter.
    problem = make_problem(n_symbols=2000, comb_spacings=(12,), snr=3.0, range_window=1.0)
    model = build_model(problem)
    Lam, q = tangent(n_antennas=8, downlink_snr=3.0, uplink_snr=3.0)
    A, D = position_terms(n_antennas=8, localization_snr=3.0, distance=3611.0)
    w = angle_share(angle_term=A, delay_term=D, bandwidth=111 * 180e3)
    r = pilot_share(n_symbols=2000, ceiling=Lam, pilot_cost=q)
    closed = comb_split_crb_loss(F, spacing=12, n_tones=111, pilot_share=r, angle_share=w)
    every = all_choices(model, "comb")
    paid = (every.n_offsets == 1) & (every.capacity >= (1 - F) * full_capacity(model))
    assert np.min(every.crb[paid]) / full_crb(model)[0] == pytest.approx(closed, rel=0.02)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"comb_spacings": (8,)}, "comb_spacings must divide the band's 1332 sub-carriers, got 8"),
        ({"comb_spacings": (1,)}, "comb_spacings must be an integer of at least 2, got 1"),
        ({"comb_spacings": (5000,)}, "comb_spacings must fit the band of 1332 sub-carriers"),
        ({"comb_energy": 0.5}, "comb_energy must be at least 1"),
        ({"range_window": 0.0}, "range_window must be greater than 0"),
        ({"subcarriers_per_element": 0}, "subcarriers_per_element must be an integer"),
    ],
)
def test_combs_that_do_not_fit_are_refused(make_problem, changes, match):
    with pytest.raises(ValueError, match=match):
        make_problem(**changes)
