import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from isacplan.split import (
    angle_share,
    capacity_bound,
    frequency_split_capacity_loss,
    frequency_split_crb_loss,
    frequency_split_wins,
    pilot_share,
    position_terms,
    tangent,
    time_split_capacity_loss,
    time_split_crb_loss,
)

shares = st.floats(0.0, 0.99)
losses = st.floats(1e-9, 1.0 - 1e-9)

N, DELTA, EPS, TAU_T, B = 8, 31.6, 0.8, 200.0, 20e6
LAM, Q = tangent(n_antennas=N, downlink_snr=DELTA, uplink_snr=DELTA / EPS)
R = pilot_share(n_symbols=TAU_T, ceiling=LAM, pilot_cost=Q)


def bound_at(tau_C, bandwidth=B):
    arguments = {"n_symbols": TAU_T, "ceiling": LAM, "pilot_cost": Q}
    return capacity_bound(bandwidth=bandwidth, n_comm_symbols=tau_C, **arguments)[0]


@pytest.mark.parametrize("F", [1e-6, 0.05, 0.33, 0.9, 0.9999])
def test_theorem_1_by_substitution_into_the_capacity(F):
    tau_L = TAU_T / time_split_crb_loss(F, pilot_share=R)
    assert bound_at(TAU_T - tau_L) == pytest.approx((1 - F) * bound_at(TAU_T), rel=1e-9)


def test_theorem_1_as_the_specification_writes_it():
    F = 0.2
    C_wanted = (1 - F) * bound_at(TAU_T) * np.log(2)  # [nat/s]
    tau_C = (np.sqrt(Q) + np.sqrt(TAU_T * C_wanted / B)) ** 2 / LAM
    closed = time_split_crb_loss(F, pilot_share=R)
    assert closed == pytest.approx(TAU_T / (TAU_T - tau_C), rel=1e-12)


def test_theorem_1_as_printed_takes_the_root_of_a_negative_number():
    # Erratum B2: (19) is a quadratic in sqrt(tau_C); its solution subtracts what (20) adds.
    F = 0.2
    loss = F * bound_at(TAU_T) * np.log(2) / B
    root = np.sqrt(Q * LAM)
    last = LAM * TAU_T * (2 * root / np.sqrt(TAU_T) - LAM + loss)
    assert root**2 + last < 0
    tau_C = ((root + np.sqrt(root**2 - last)) / LAM) ** 2
    assert bound_at(tau_C) == pytest.approx((1 - F) * bound_at(TAU_T), rel=1e-12)


def terms(distance=3611.0, theta=0.3):
    return position_terms(
        n_antennas=N, localization_snr=DELTA, distance=distance, angle=theta, spacing=0.5
    )


@pytest.mark.parametrize("F", [1e-6, 0.05, 0.33, 0.9])
def test_theorem_2_by_substitution_into_bound_and_capacity(F):
    A, D = terms()
    w = angle_share(angle_term=A, delay_term=D, bandwidth=B)
    crb = (A + D / (F * B) ** 2) / (A + D / B**2)
    assert frequency_split_crb_loss(F, angle_share=w) == pytest.approx(crb, rel=1e-10)
    assert bound_at(TAU_T, bandwidth=B * (1 - F)) == pytest.approx((1 - F) * bound_at(TAU_T))


def test_theorem_2_as_the_specification_writes_it():
    F, theta, distance, vs = 0.07, 0.3, 90.0, 1.0
    lam, c = 299_792_458.0 / 2.6e9, 299_792_458.0
    t, d_A = distance / c, lam / 2
    X = t**2 * 3 * lam**2 / (d_A**2 * np.cos(theta) ** 2 * (N - 1) * (2 * N - 1))
    Y = 3 / (2 * (1 + vs))
    expected = (X + Y / (F * B) ** 2) / (X + Y / B**2)
    A, D = terms(distance=distance)
    w = angle_share(angle_term=A, delay_term=D, bandwidth=B)
    assert frequency_split_crb_loss(F, angle_share=w) == pytest.approx(expected, rel=1e-11)
    printed = (X + 4 * Y / (F * B) ** 2) / (X + 4 * Y / B**2)  # erratum B3
    assert abs(printed / expected - 1) > 0.2


@given(F=losses, r=shares)
def test_time_split_round_trip(F, r):
    L = time_split_crb_loss(F, pilot_share=r)
    assert time_split_capacity_loss(L, pilot_share=r) == pytest.approx(F, rel=1e-11 / (1 - r))


@given(F=losses, w=st.floats(0.0, 0.999))
def test_frequency_split_round_trip(F, w):
    L = frequency_split_crb_loss(F, angle_share=w)
    # L - w loses digits when L is near one: the error in F is that of L over 2 (1 - w).
    assert frequency_split_capacity_loss(L, angle_share=w) == pytest.approx(F, rel=1e-11 / (1 - w))


@given(F=losses, r=shares, w=st.floats(0.0, 1.0))
def test_losses_fall_as_more_is_given_away_and_stay_above_one(F, r, w):
    more = F + (1 - F) / 2
    for function, argument in (
        (time_split_crb_loss, {"pilot_share": r}),
        (frequency_split_crb_loss, {"angle_share": w}),
    ):
        here, there = function(F, **argument), function(more, **argument)
        assert 1.0 <= there <= here


@given(r=shares, w=st.floats(0.0, 1.0))
def test_limits_are_exact(r, w):
    assert time_split_crb_loss(0.0, pilot_share=r) == np.inf
    assert time_split_crb_loss(1.0, pilot_share=r) == 1.0
    assert time_split_capacity_loss(np.inf, pilot_share=r) == 0.0
    assert time_split_capacity_loss(1.0, pilot_share=r) == 1.0
    assert frequency_split_crb_loss(0.0, angle_share=w) == np.inf
    assert frequency_split_crb_loss(1.0, angle_share=w) == 1.0
    assert frequency_split_capacity_loss(np.inf, angle_share=w) == 0.0
    assert frequency_split_capacity_loss(1.0, angle_share=w) == 1.0


def test_time_split_without_pilots_exchanges_evenly():
    F = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(time_split_crb_loss(F, pilot_share=0.0), 1 / F, rtol=1e-12)


@given(F=losses, r=st.floats(1e-6, 0.9))
def test_time_split_never_beats_even_exchange(F, r):
    assert time_split_crb_loss(F, pilot_share=r) >= (1 - 1e-12) / F


def test_winner_matches_root_of_the_difference():
    r, w = 0.02, 0.8

    def difference(F):
        return float(
            frequency_split_crb_loss(F, angle_share=w) - time_split_crb_loss(F, pilot_share=r)
        )

    crossing = brentq(difference, 0.01, 0.97, xtol=1e-14)
    beside = crossing + np.array([-1e-9, 1e-9])
    assert frequency_split_wins(beside, pilot_share=r, angle_share=w).tolist() == [False, True]


def test_elementwise(assert_elementwise):
    F, share = np.array([0.0, 0.01, 0.5, 1.0]), np.array([[0.0], [0.3], [0.95]])
    L = np.array([1.0, 1.2, 30.0])[:, None, None]
    assert_elementwise(time_split_crb_loss, capacity_loss=F, pilot_share=share)
    assert_elementwise(frequency_split_crb_loss, capacity_loss=F, angle_share=share)
    assert_elementwise(time_split_capacity_loss, crb_loss=L, pilot_share=share)
    assert_elementwise(frequency_split_capacity_loss, crb_loss=L, angle_share=share)
    assert_elementwise(
        position_terms,
        n_antennas=np.array([2.0, 8.0]),
        localization_snr=share + 0.1,
        distance=100.0,
        angle=0.2,
    )


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: time_split_crb_loss(1.1, pilot_share=0.1), "capacity_loss .* got 1.1"),
        (lambda: time_split_crb_loss(0.1, pilot_share=1.0), "pilot_share must be below 1"),
        (lambda: time_split_capacity_loss(0.9, pilot_share=0.1), "crb_loss must be at least 1"),
        (lambda: frequency_split_crb_loss(0.1, angle_share=1.2), "angle_share"),
        (lambda: frequency_split_capacity_loss(np.nan, angle_share=0.2), "crb_loss"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        call()
