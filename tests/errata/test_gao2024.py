"""Each erratum of Gao2024, by substitution into the paper's own definitions."""

from dataclasses import replace

import numpy as np
import pytest

from isacplan.papers.gao2024.setting import closed_form, model_at, preset
from isacplan.scenario import split_problem
from isacplan.split import (
    build_model,
    capacity,
    capacity_bound,
    frequency_split_crb_loss,
    full_capacity,
    full_crb,
    tangent,
    time_split_crb_loss,
)
from isacplan.units import SPEED_OF_LIGHT

N, TAU, B, DELTA = 8, 200.0, 20e6, 10**1.5
LOSS = 0.3


def shorthands(epsilon: float = 1.0):
    alpha = 1.0 + (N + 1) * DELTA
    return np.log(alpha / (1.0 + DELTA)), N * epsilon / alpha


def bound(tau_C, Lam, q):
    """(18) over B, in nat/s/Hz."""
    return (tau_C * Lam - 2.0 * np.sqrt(tau_C * q * Lam) + q) / TAU


def test_b1_capacity_is_in_bits():
    bits = full_capacity(model_at(8, 15.0)) * B / (111 * 180e3)
    assert bits / 1e6 == pytest.approx(61.6, abs=0.05)
    assert bits * np.log(2.0) / 1e6 == pytest.approx(42.7, abs=0.05)


@pytest.mark.parametrize("epsilon", [1.0, 0.4])
def test_b2_symbols_for_a_wanted_capacity(epsilon):
    Lam, q = shorthands(epsilon)
    full = bound(TAU, Lam, q)
    loss = LOSS * full
    root = np.sqrt(q) + np.sqrt(TAU * (full - loss))
    ours = root**2 / Lam
    assert bound(ours, Lam, q) == pytest.approx(full - loss, rel=1e-12)
    u = np.sqrt(q * Lam)
    # (20) as printed, its stray square taken out of the root as the line before demands.
    inner = u + Lam * TAU * (2.0 * np.sqrt(q * Lam / TAU) - Lam + loss)
    printed = (u + np.sqrt(inner)) ** 2 / Lam**2 if inner >= 0.0 else np.nan
    assert bound(printed, Lam, q) != pytest.approx(full - loss, rel=0.01)
    share = np.sqrt(q / (Lam * TAU))
    assert TAU / (TAU - ours) == pytest.approx(
        float(time_split_crb_loss(LOSS, pilot_share=share)), rel=1e-12
    )


def crb_by_definition(B_L: float, tau_L: float, distance: float) -> float:
    """(4) to (6) at broadside, half a wavelength apart, varsigma = 1."""
    t = distance / SPEED_OF_LIGHT
    angle = 3.0 / (np.pi**2 * DELTA * N * (N - 1) * (2 * N - 1) * tau_L)
    delay = 3.0 / (8.0 * np.pi**2 * B_L**2 * 2.0 * DELTA * N * tau_L)
    return SPEED_OF_LIGHT**2 * (t**2 * angle + delay)


def crb_loss_by_theorem(numerator: float, B_L: float, distance: float) -> float:
    t = distance / SPEED_OF_LIGHT
    X = 3.0 * t**2 * 4.0 / ((N - 1) * (2 * N - 1))
    return (X + numerator / (2 * B_L**2 * 2)) / (X + numerator / (2 * B**2 * 2))


def test_b3_delay_term_is_four_times_too_large():
    distance, B_L = 3606.8, 0.05 * B
    truth = crb_by_definition(B_L, TAU, distance) / crb_by_definition(B, TAU, distance)
    corrected = crb_loss_by_theorem(3.0, B_L, distance)
    printed = crb_loss_by_theorem(12.0, B_L, distance)
    assert corrected == pytest.approx(truth, rel=1e-12)
    assert printed - 1.0 == pytest.approx(4.0 * (truth - 1.0), rel=0.02)
    # The text quotes -1 dB at 59 Mbit/s: that is the corrected form, not the printed one.
    best = 10.0 * np.log10(crb_by_definition(B, TAU, distance))
    assert best + 10.0 * np.log10(truth) == pytest.approx(-1.0, abs=0.1)
    assert best + 10.0 * np.log10(printed) == pytest.approx(-0.6, abs=0.1)
    share = closed_form(8, 15.0).angle_share
    assert float(frequency_split_crb_loss(0.05, angle_share=share)) == pytest.approx(
        truth, rel=2e-3
    )


def test_b4_epsilon_once_in_the_bandwidth_of_a_capacity_loss():
    for epsilon in (1.0, 0.4):
        Lam, q = tangent(n_antennas=N, downlink_snr=DELTA, uplink_snr=DELTA / epsilon)
        np.testing.assert_allclose((Lam, q), shorthands(epsilon), rtol=1e-12)

        def capacity_of(bandwidth, Lam=Lam, q=q):
            return capacity_bound(
                bandwidth=bandwidth, n_comm_symbols=TAU, n_symbols=TAU, ceiling=Lam, pilot_cost=q
            )[0] * np.log(2.0)

        # What the band B_L carried is what is lost, in nat/s/Hz of the whole band.
        loss = float(capacity_of(1.0) - capacity_of(1.0 - LOSS))
        corrected = loss * TAU / (TAU * Lam - 2.0 * np.sqrt(TAU * q * Lam) + q)
        twice = loss * TAU / (TAU * Lam - 2.0 * np.sqrt(TAU * q * Lam * epsilon) + q)
        missing = loss * TAU / (TAU * Lam - 2.0 * np.sqrt(TAU * q * Lam) + q / epsilon)
        assert corrected == pytest.approx(LOSS, rel=1e-12)
        same = epsilon == 1.0
        assert bool(twice == pytest.approx(LOSS, rel=1e-12)) is same
        assert bool(missing == pytest.approx(LOSS, rel=1e-12)) is same


def test_b5_tangent_is_a_lower_bound():
    Lam, q = shorthands()
    pilots = np.arange(1.0, 100.0)
    exact = capacity(
        bandwidth=1.0, n_comm_symbols=TAU, n_pilots=pilots, n_symbols=TAU, n_antennas=N,
        downlink_snr=DELTA, uplink_snr=DELTA,
    ) * np.log(2.0)  # fmt: skip
    tangent = (TAU - pilots) * (Lam - q / pilots) / TAU
    assert np.all(tangent <= exact)
    assert np.max(1.0 - tangent / exact) > 1e-4


def test_b6_less_than_one_pilot_at_high_snr():
    form, model = closed_form(8, 30.0), model_at(8, 30.0)
    assert form.n_pilots == pytest.approx(0.28, abs=0.005)
    exact = full_capacity(model) * B / (111 * 180e3)
    assert form.full_capacity / exact - 1.0 == pytest.approx(0.003, abs=0.0005)


def test_b7_elements_are_blocks_of_twelve_sub_carriers():
    problem = split_problem(preset())
    # 180 kHz a "sub-carrier" is no spacing of NR or LTE; a block of twelve is, and 20 MHz hold 111.
    assert problem.element_bandwidth / 12 in [15e3 * 2**mu for mu in range(5)]
    assert problem.n_elements == int(20e6 / problem.element_bandwidth) == 111


def test_b8_localization_snr_is_free():
    model = model_at(8, 15.0)
    problem = replace(model.problem, localization_snr=2.0 * model.problem.localization_snr)
    doubled = build_model(problem)
    assert full_capacity(doubled) == full_capacity(model)
    np.testing.assert_allclose(full_crb(doubled), full_crb(model) / 2.0, rtol=1e-12)
