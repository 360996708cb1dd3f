import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import uniform_linear
from isacplan.sensing import (
    anchor_measurements,
    delay_crb,
    doppler_crb,
    equivalent_information,
    linear_array_angle_crb,
    mean_square_bandwidth,
    ofdm_array_information,
    position_bound,
    position_covariance,
    position_crb,
)
from isacplan.sensing.position import STATE
from isacplan.units import SPEED_OF_LIGHT

ANGLE, DELAY, DOPPLER, PHASE, AMPLITUDE = range(5)
N, M, K = 6, 24, 5
F_STEP, T_STEP, SNR = 180e3, 1e-4, 3.7


def joint(*, angle=0.4, frequencies=None, times=None, reference="first", snr=SNR):
    f = np.arange(M) * F_STEP if frequencies is None else frequencies
    t = np.arange(K) * T_STEP if times is None else times
    array = uniform_linear(N, phase_reference=reference)
    return ofdm_array_information(
        array, angle, frequencies=f, times=t, symbol_snr=snr, delay=3e-7, doppler=40.0
    )


def bound(information, wanted, unknown=()):
    order = [wanted, *unknown]
    return 1.0 / equivalent_information(information[np.ix_(order, order)], 1)[0, 0]


CENTRED = (np.arange(M) - (M - 1) / 2) * F_STEP


def test_angle_bound_with_known_phase_is_the_fisher_matrix():
    closed = linear_array_angle_crb(0.4, n_antennas=N, snr=SNR, n_symbols=K)
    assert closed == pytest.approx(bound(joint(), ANGLE), rel=1e-12)


def test_angle_bound_with_unknown_phase_is_the_fisher_matrix_with_every_nuisance():
    closed = linear_array_angle_crb(0.4, n_antennas=N, snr=SNR, n_symbols=K, phase="unknown_phase")
    nuisance = (PHASE, AMPLITUDE, DELAY, DOPPLER)
    assert closed == pytest.approx(bound(joint(), ANGLE, nuisance), rel=1e-11)


def test_unknown_phase_costs_about_four():
    arguments = {"n_antennas": 64, "snr": 1.0, "n_symbols": 10}
    ratio = linear_array_angle_crb(0.1, phase="unknown_phase", **arguments)
    ratio /= linear_array_angle_crb(0.1, **arguments)
    assert ratio == pytest.approx(2 * (2 * 64 - 1) / (64 + 1), rel=1e-12)
    assert 3.9 < ratio < 4.0


def test_flat_spectrum_delay_bound_is_the_fisher_matrix():
    F2 = F_STEP**2 * (M**2 - 1) / 12
    closed = delay_crb(n_antennas=N, snr=SNR, n_symbols=K, mean_square_bandwidth=F2)
    nuisance = (PHASE, AMPLITUDE, ANGLE, DOPPLER)
    assert closed == pytest.approx(bound(joint(), DELAY, nuisance), rel=1e-11)
    flat = mean_square_bandwidth(M * F_STEP, model="flat_spectrum")
    assert flat == pytest.approx(F2, rel=1.1 / M**2)  # sub-carriers are points, a band is not


def test_no_spectrum_confined_to_the_band_has_the_papers_bandwidth():
    # Two tones B apart have B^2/4: even they stay below (1 + varsigma) B^2/3 at varsigma = 1.
    B = 20e6
    assert mean_square_bandwidth(B) == pytest.approx(8 * B**2 / 12, rel=1e-12)
    two_tones = joint(frequencies=np.array([-B / 2, B / 2]))
    spread = 1.0 / (8 * np.pi**2 * SNR * N * K * bound(two_tones, DELAY, (PHASE,)))
    assert spread == pytest.approx(B**2 / 4, rel=1e-12)
    assert spread < mean_square_bandwidth(B)


def test_doppler_bound_is_the_fisher_matrix():
    closed = doppler_crb(n_antennas=N, snr=SNR, n_symbols=K, symbol_period=T_STEP)
    nuisance = (PHASE, AMPLITUDE, ANGLE, DELAY)
    assert closed == pytest.approx(bound(joint(), DOPPLER, nuisance), rel=1e-11)


@pytest.mark.parametrize(
    ("frequencies", "reference", "coupled"),
    [(None, "first", True), (CENTRED, "first", False), (None, "centre", False)],
)
def test_with_known_phase_coupling_vanishes_about_either_centroid(frequencies, reference, coupled):
    J = joint(frequencies=frequencies, reference=reference, times=np.arange(K) * T_STEP)
    correlation = J[ANGLE, DELAY] / np.sqrt(J[ANGLE, ANGLE] * J[DELAY, DELAY])
    assert (abs(correlation) > 0.5) == coupled
    alone, together = bound(J, ANGLE), bound(J, ANGLE, (DELAY,))
    assert (together > 1.5 * alone) == coupled
    assert coupled or together == pytest.approx(alone, rel=1e-12)


def test_with_unknown_phase_coupling_vanishes_for_one_spectrum_at_all_antennas():
    J = joint()
    alone, together = bound(J, ANGLE, (PHASE,)), bound(J, ANGLE, (PHASE, DELAY, DOPPLER))
    assert together == pytest.approx(alone, rel=1e-11)


def test_with_unknown_phase_antennas_on_different_sub_carriers_couple():
    weights = np.zeros((N, M, K))
    for n in range(N):
        weights[n, n * M // N : (n + 1) * M // N] = SNR / M
    J = joint(snr=weights)
    assert bound(J, ANGLE, (PHASE, DELAY)) > 1.5 * bound(J, ANGLE, (PHASE,))


def test_information_grows_with_bandwidth_only_when_power_does():
    # What fixes gamma when the localization band shrinks: with the symbol's energy held, the
    # angle keeps its bound; with the energy per sub-carrier held, it loses in proportion.
    arguments = {"angle": 0.4, "times": np.arange(K) * T_STEP}
    whole = bound(joint(**arguments), ANGLE, (PHASE,))
    third = np.arange(M // 3) * F_STEP
    same_energy = bound(joint(frequencies=third, **arguments), ANGLE, (PHASE,))
    same_density = bound(joint(frequencies=third, snr=SNR / 3, **arguments), ANGLE, (PHASE,))
    assert same_energy == pytest.approx(whole, rel=1e-11)
    assert same_density == pytest.approx(3 * whole, rel=1e-11)


def test_position_bound_of_one_anchor_is_gao_4():
    theta, r = 0.7, 250.0
    place = r * np.array([np.cos(theta), np.sin(theta)])
    var_theta, var_t = 1e-6, 1e-17
    rows = anchor_measurements(place, angle_variance=var_theta, delay_variance=var_t)
    closed = position_crb(distance=r, angle_variance=var_theta, delay_variance=var_t)
    assert position_bound(rows) == pytest.approx(closed, rel=1e-9)


def test_position_bound_follows_from_the_signal_itself():
    # From sub-carriers and antennas to metres, with every nuisance projected out at once.
    theta, r = 0.4, 180.0
    J = joint(angle=theta)
    order = [ANGLE, DELAY, DOPPLER, PHASE, AMPLITUDE]
    signal = equivalent_information(J[np.ix_(order, order)], 2)
    u, across = np.array([np.cos(theta), np.sin(theta)]), np.array([-np.sin(theta), np.cos(theta)])
    chain = np.stack([across / r, u / SPEED_OF_LIGHT])
    direct = np.trace(np.linalg.inv(chain.T @ signal @ chain))
    common = {"n_antennas": N, "snr": SNR, "n_symbols": K}
    F2 = F_STEP**2 * (M**2 - 1) / 12
    closed = position_crb(
        distance=r,
        angle_variance=linear_array_angle_crb(theta, phase="unknown_phase", **common),
        delay_variance=delay_crb(mean_square_bandwidth=F2, **common),
    )
    assert closed == pytest.approx(direct, rel=1e-9)


def stacked(rows):
    """Rows of all anchors under each other."""
    return rows.reshape(*rows.shape[:-3], -1, len(STATE))


def numerical_information(place, velocity, clock, anchors, variances):
    def measure(state):
        x = state[:2] - anchors
        r = np.linalg.norm(x, axis=1)
        angle = np.arctan2(x[:, 1], x[:, 0])
        delay = r / SPEED_OF_LIGHT + state[2]
        return np.concatenate([angle, delay, -(x @ state[3:]) / r / 0.1])

    state = np.array([*place, clock, *velocity])
    steps = np.array([1e-3, 1e-3, 1e-9, 1e-3, 1e-3])
    columns = [(measure(state + h) - measure(state - h)) / (2 * np.max(h)) for h in np.diag(steps)]
    D = np.stack(columns, axis=1)
    return D.T @ (D / variances[:, None])


def test_any_subset_of_measurements_composes():
    anchors = np.array([[0.0, 0.0], [120.0, 10.0], [40.0, 90.0]])
    place, velocity = np.array([55.0, 30.0]), np.array([12.0, -5.0])
    angle, delay, doppler = [1e-6, 2e-6, np.inf], [1e-17, np.inf, 3e-17], [4.0, 2.0, np.inf]
    rows = anchor_measurements(
        place,
        anchor=anchors,
        velocity=velocity,
        wavelength=0.1,
        angle_variance=angle,
        delay_variance=delay,
        doppler_variance=doppler,
    ).reshape(-1, len(STATE))
    J = rows.T @ rows
    variances = np.concatenate([angle, delay, doppler])
    expected = numerical_information(place, velocity, 0.0, anchors, variances)
    scale = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(
        J / np.outer(scale, scale), expected / np.outer(scale, scale), atol=1e-6
    )


def test_unknown_clock_turns_arrival_times_into_their_differences():
    anchors = np.array([[0.0, 0.0], [100.0, 0.0], [30.0, 110.0]])
    place, variance = np.array([45.0, 40.0]), 1e-18
    rows = stacked(anchor_measurements(place, anchor=anchors, delay_variance=variance))
    x = place - anchors
    u = x / np.linalg.norm(x, axis=1)[:, None] / SPEED_OF_LIGHT
    differences = u[1:] - u[0]
    covariance = variance * (np.eye(2) + 1.0)
    tdoa = differences.T @ np.linalg.solve(covariance, differences)
    covariance = position_covariance(rows, known=())
    np.testing.assert_allclose(covariance, np.linalg.inv(tdoa), rtol=1e-9)
    assert position_bound(rows, known=()) > position_bound(rows)


def test_too_few_measurements_bound_nothing():
    rows = anchor_measurements([30.0, 40.0], delay_variance=1e-17)
    assert position_bound(rows) == np.inf
    rows = anchor_measurements([30.0, 40.0], delay_variance=1e-17, angle_variance=1e-6)
    assert position_bound(rows, known=()) == np.inf  # one arrival time is clock or range
    assert position_bound(anchor_measurements([30.0, 40.0])) == np.inf


angles = st.floats(-1.5, 1.5)
positive = st.floats(0.01, 100.0)


@given(angle=angles, snr=positive, n=st.integers(2, 64))
def test_knowing_less_never_helps(angle, snr, n):
    arguments = {"n_antennas": n, "snr": snr, "n_symbols": 7}
    known = linear_array_angle_crb(angle, **arguments)
    assert linear_array_angle_crb(angle, phase="unknown_phase", **arguments) >= known
    assert linear_array_angle_crb(angle, **{**arguments, "snr": 2 * snr}) < known


@given(x=st.floats(1.0, 500.0), y=st.floats(-500.0, 500.0), z=positive)
def test_more_anchors_and_more_knowledge_never_hurt(x, y, z):
    one = anchor_measurements([x, y], delay_variance=z * 1e-17, angle_variance=1e-6)
    other = anchor_measurements([x, y], anchor=[-50.0, 20.0], delay_variance=1e-17)
    two = np.concatenate([one, other])
    assert position_bound(two) <= position_bound(one) * (1 + 1e-9)
    assert position_bound(two) <= position_bound(two, known=()) * (1 + 1e-9)


def test_elementwise():
    angle, n = np.array([0.0, 0.5, 1.2]), np.array([[2], [9]])
    arguments = {"snr": 2.0, "n_symbols": 11}
    stacked = linear_array_angle_crb(angle, n_antennas=n, **arguments)
    single = [[linear_array_angle_crb(a, n_antennas=k, **arguments) for a in angle] for k in (2, 9)]
    np.testing.assert_allclose(stacked, single, rtol=1e-12)
    places = np.array([[3.0, 4.0], [50.0, -2.0]])
    rows = anchor_measurements(places, angle_variance=[1e-6, 1e-5], delay_variance=1e-17)
    single = [
        position_covariance(anchor_measurements(p, angle_variance=v, delay_variance=1e-17))
        for p, v in zip(places, (1e-6, 1e-5), strict=True)
    ]
    np.testing.assert_allclose(position_covariance(rows), single, rtol=1e-12)


def test_limits():
    arguments = {"n_antennas": 8, "snr": 1.0}
    assert linear_array_angle_crb(0.0, n_symbols=0, **arguments) == np.inf
    assert linear_array_angle_crb(np.pi / 2, n_symbols=5, **arguments) == np.inf
    assert delay_crb(n_symbols=5, mean_square_bandwidth=0.0, **arguments) == np.inf
    assert doppler_crb(n_symbols=[0, 1], symbol_period=1.0, **arguments).tolist() == [np.inf] * 2


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: linear_array_angle_crb(0.0, n_antennas=1, snr=1, n_symbols=1), "n_antennas"),
        (lambda: linear_array_angle_crb(0.0, n_antennas=4, snr=0, n_symbols=1), "snr"),
        (
            lambda: linear_array_angle_crb(0.0, n_antennas=4, snr=1, n_symbols=1, phase="x"),
            "phase must be one of known_phase, unknown_phase",
        ),
        (lambda: mean_square_bandwidth(1.0, waveform_coefficient=-1.0), "waveform_coefficient"),
        (lambda: mean_square_bandwidth(1.0, model="mine"), "model must be one of"),
        (lambda: position_bound(np.eye(len(STATE)), known=("x",)), "known must be one of"),
        (lambda: anchor_measurements([0.0, 0.0]), "position must differ from anchor"),
        (lambda: anchor_measurements([3.0, 4.0], height=5.0), "facing must be given"),
        (
            lambda: anchor_measurements([0.0, 4.0], facing=0.0),
            "facing must not point the array's axis at the terminal",
        ),
        (lambda: joint(snr=np.ones((N, M))), "symbol_snr must be one number or have shape"),
        (lambda: joint(frequencies=np.ones((2, 2))), "must be vectors"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        call()
