"""Sampled gains against closed forms: every number here has another derivation."""

import numpy as np
import pytest
from numpy.random import SeedSequence
from scipy.integrate import quad
from scipy.special import exp1
from scipy.stats import gamma

from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import OneRing
from isacplan.comm import AdditiveKnowledge, MismatchedKnowledge, spectral_efficiency
from isacplan.comm.draws import link_draws
from isacplan.comm.precoder import precoder
from isacplan.comm.realisations import AdditiveDraws, MismatchedDraws
from isacplan.comm.receiver import receiver
from isacplan.comm.sampled import SampledLink
from isacplan.comm.unsensed import AveragedPilots, RawPilots
from isacplan.frame import CramerRaoLaw

PERFECT = 1e12


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def fixed_law(*variance):
    return CramerRaoLaw(per_symbol=np.array(variance), symbol_duration=1.0)


def mismatched(rng, n_antennas=6, n_users=3, pilot_snr=20.0):
    ring = OneRing(geometry=uniform_linear(n_antennas), density="laplacian", spread=0.1)
    angle = np.linspace(-0.7, 0.6, n_users)
    return MismatchedKnowledge(
        true_correlation=ring(angle),
        assumed_correlation=ring,
        angle=angle,
        snr=rng.uniform(5.0, 50.0, n_users),
        pilot_snr=np.full(n_users, pilot_snr),
        power=rng.uniform(0.5, 2.0, n_users),
    )


def rayleigh(n_antennas, n_users, snr, pilot_snr=PERFECT):
    eye = np.eye(n_antennas, dtype=complex) / n_antennas
    return MismatchedKnowledge(
        true_correlation=np.tile(eye, (n_users, 1, 1)),
        assumed_correlation=lambda angle: np.tile(eye, (*np.shape(angle), 1, 1)),
        angle=np.zeros(n_users),
        snr=np.full(n_users, snr),
        pilot_snr=np.full(n_users, pilot_snr),
    )


def sampled(model, knowledge, draws):
    return SampledLink(model=model, draws=draws, snr=knowledge.snr, power=knowledge.power)


def estimate_and_error(link, name, receiver_name, rho, pilots=1, duration=1.0):
    """Efficiencies, and their standard errors by the jackknife over scrambles."""
    statistics = link.statistics(link.model.realise(duration), precoder(name))
    efficiency = receiver(receiver_name).efficiency
    whole = efficiency(link.gains(statistics), rho, pilots)
    G = link.draws.n_scrambles
    without = np.array(
        [efficiency(link.gains(statistics, without=g), rho, pilots) for g in range(G)]
    )
    spread = without - without.mean(axis=0)
    return whole, np.sqrt((G - 1) / G * np.sum(spread**2, axis=0))


def draws_for(knowledge, L, n_draws=512, n_scrambles=8, seed=3):
    return link_draws(
        len(knowledge.snr), L, n_scrambles=n_scrambles, n_draws=n_draws, seed=SeedSequence(seed)
    )


def test_draws_are_balanced_in_every_level():
    d = link_draws(2, 3, n_scrambles=4, n_draws=64, seed=SeedSequence(0))
    for g in range(4):
        for u in (*d.angle[g].T, d.component[g]):
            assert np.array_equal(np.bincount((u * 16).astype(int)), [4] * 16)
    for u in (d.angle, d.component, d.offset):
        assert np.all((u > 0.0) & (u < 1.0))
    np.testing.assert_allclose(np.mean(np.abs(d.white) ** 2), 1.0, rtol=0.02)
    np.testing.assert_allclose(np.mean(d.white**2), 0.0, atol=0.02)
    assert not np.array_equal(d.white[0], d.white[1])


def test_draws_want_a_power_of_two_and_two_scrambles():
    with pytest.raises(ValueError, match="n_draws must be a power of two, got 48"):
        link_draws(2, 3, n_scrambles=4, n_draws=48, seed=SeedSequence(0))
    with pytest.raises(ValueError, match="n_scrambles"):
        link_draws(2, 3, n_scrambles=1, n_draws=64, seed=SeedSequence(0))


def test_the_wrapped_law_is_continuous_where_it_takes_over_and_uniform_at_last():
    u = np.linspace(0.001, 0.999, 999)

    def errors(variance):
        return fixed_law(variance).right_errors([u], 1.0)[0]

    # The wrapped quantile is interpolated between 4096 angles.
    np.testing.assert_allclose(errors(0.25), errors(0.25 * (1 + 1e-12)), atol=2e-6)
    np.testing.assert_allclose(errors(1e3), 2.0 * np.pi * (u - 0.5), atol=1e-6)


def test_the_wrapped_law_has_the_moments_of_the_circle():
    u = (np.arange(20_000) + 0.5) / 20_000
    e = fixed_law(1.3).right_errors([u], 1.0)[0]
    for k in (1, 2, 3):
        np.testing.assert_allclose(np.mean(np.cos(k * e)), np.exp(-(k**2) * 1.3 / 2), atol=1e-6)


def test_mrt_with_mean_gain_agrees_with_the_mismatched_model(rng):
    know = mismatched(rng)
    draws = draws_for(know, 6, n_draws=1024)
    law = fixed_law(0.01, 0.03, 0.1)
    link = sampled(MismatchedDraws(knowledge=know, angle_error=law, draws=draws), know, draws)
    rho = np.array([[0.99, 0.6, -0.2]] * 3)
    se, error = estimate_and_error(link, "mrt", "mean_gain", rho)
    exact = spectral_efficiency(know.terms(np.array([0.01, 0.03, 0.1])), rho)
    assert np.all(np.abs(se - exact) < 4.0 * error + 1e-9)
    assert np.max(error / exact) < 0.02


def test_mrt_with_mean_gain_agrees_with_the_additive_model(rng):
    array = uniform_linear(6, phase_reference="centre")
    ring = OneRing(geometry=array, density="uniform", spread=0.15)
    angle = np.array([-0.5, 0.1, 0.7])
    know = AdditiveKnowledge(
        spatial_correlation=ring(angle),
        steering_derivative=steering_derivative(array, angle),
        snr=np.array([5.0, 10.0, 20.0]),
        pilot_snr=np.array([10.0, 30.0, 20.0]),
        power=np.array([1.0, 2.0, 0.5]),
    )
    c = 0.5 * know.valid_crb
    draws = draws_for(know, 6, n_draws=1024)
    model = AdditiveDraws(knowledge=know, angle_error=fixed_law(*c), draws=draws)
    link = sampled(model, know, draws)
    rho = np.array([[0.99, 0.6]] * 3)
    se, error = estimate_and_error(link, "mrt", "mean_gain", rho)
    exact = spectral_efficiency(know.terms(c), rho)
    assert np.all(np.abs(se - exact) < 4.0 * error)
    assert np.max(error / exact) < 0.02
    with pytest.raises(ValueError, match="where the additive model ends"):
        model.realise(0.4)


def test_one_antenna_and_perfect_knowledge_is_the_ergodic_capacity():
    S = 7.0
    know = rayleigh(1, 1, S)
    draws = draws_for(know, 1, n_draws=2048)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(0.01), draws=draws)
    link = sampled(model, know, draws)
    se, error = estimate_and_error(link, "mrt_unit", "learned_gain", np.ones((1, 1)), 10**9)
    exact = np.exp(1.0 / S) * exp1(1.0 / S) / np.log(2.0)
    assert abs(se[0, 0] - exact) < 4.0 * error[0, 0]
    assert error[0, 0] / exact < 0.002


def test_zero_forcing_over_independent_rayleigh_channels_is_a_gamma_law():
    L, K, S = 6, 4, 12.0
    know = rayleigh(L, K, S)
    draws = draws_for(know, L, n_draws=1024)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(*[0.01] * K), draws=draws)
    link = sampled(model, know, draws)
    se, error = estimate_and_error(link, "zf", "learned_gain", np.ones((K, 1)), 10**9)
    law = gamma(L - K + 1)
    exact = quad(lambda x: np.log2(1.0 + S / L * x) * law.pdf(x), 0.0, np.inf)[0]
    assert np.all(np.abs(se[:, 0] - exact) < 4.0 * error[:, 0])
    assert np.max(error) / exact < 0.01


def test_many_antennas_harden_the_channel():
    know = rayleigh(256, 4, 40.0, pilot_snr=1e5)
    draws = draws_for(know, 256, n_draws=32, n_scrambles=4)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(*[0.01] * 4), draws=draws)
    link = sampled(model, know, draws)
    rho = np.full((4, 1), 0.95)
    for name in ("mrt_unit", "rzf"):
        mean_gain, _ = estimate_and_error(link, name, "mean_gain", rho)
        learned, _ = estimate_and_error(link, name, "learned_gain", rho, 4)
        np.testing.assert_allclose(mean_gain, learned, rtol=0.03)


def test_interference_returns_as_channels_age_under_zero_forcing(rng):
    know = mismatched(rng, pilot_snr=200.0)
    draws = draws_for(know, 6)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(1e-4, 1e-4, 1e-4), draws=draws)
    link = sampled(model, know, draws)
    zf = link.gains(link.statistics(model.realise(1.0), precoder("zf")))
    mrt = link.gains(link.statistics(model.realise(1.0), precoder("mrt")))
    assert np.all(zf.aging < 0.0)
    # Maximum ratio beams do not look at the others: what arrives does not age.
    assert np.all(np.abs(mrt.aging) < 0.1 * mrt.interference)


def test_conditional_moments_are_those_of_drawn_channels(rng):
    """Own gain and interference against channels drawn outright."""
    know = mismatched(rng)
    draws = draws_for(know, 6, n_draws=1024)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(0.01, 0.01, 0.02), draws=draws)
    link = sampled(model, know, draws)
    found = model.realise(1.0)
    channel = np.sqrt(know.snr / know.power)[:, None] * found.estimate
    f = precoder("rzf").beams(channel, regularisation=3.0 / np.sum(know.power))
    rho = 0.8
    power = np.empty((3, 3))
    for k in range(3):
        left = know.true_correlation[k] - rho**2 * found.covariance[k]
        lam, U = np.linalg.eigh(left)
        w = rng.standard_normal((*f.shape[:2], 6, 2)).view(complex)[..., 0] * np.sqrt(0.5)
        h = rho * found.mean[:, :, k] + w @ (U * np.sqrt(np.maximum(lam, 0.0))).T
        arriving = np.abs(np.einsum("gdl,gdil->gdi", h.conj(), f)) ** 2
        power[k] = np.mean(arriving, axis=(0, 1)) * know.snr[k] * know.power / know.power[k]
    gains = link.gains(link.statistics(found, precoder("rzf")))
    _, _, interference = gains.moments(np.full((3, 1), rho))
    drawn = np.sum(power * (1.0 - np.eye(3)), axis=1)
    own = np.mean(np.abs(gains.amplitude) ** 2, axis=0) * rho**2 + np.mean(
        gains.through - rho**2 * gains.explained, axis=0
    )
    # 8192 draws of exponential-like powers: 1 % standard errors.
    np.testing.assert_allclose(interference[:, 0], drawn, rtol=0.06)
    np.testing.assert_allclose(own, np.diagonal(power), rtol=0.06)


def test_the_sampled_efficiency_is_smooth_in_the_sensing_duration(rng):
    know = mismatched(rng)
    draws = draws_for(know, 6, n_draws=128)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(0.02, 0.01, 0.05), draws=draws)
    link = sampled(model, know, draws)
    rho = np.full((3, 1), 0.9)
    T = 1.0 + np.arange(5) * 1e-3
    se = np.array([estimate_and_error(link, "rzf", "learned_gain", rho, duration=t)[0] for t in T])
    # Fourth differences of a smooth function at this step are rounding.
    assert np.max(np.abs(np.diff(se[..., 0], n=4, axis=0))) < 1e-9


def test_raw_pilots_are_estimates_without_a_filter(rng):
    know = mismatched(rng)
    draws = draws_for(know, 6)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(0.01, 0.01, 0.02), draws=draws)
    raw = RawPilots(model=model).realise()
    total = np.mean(np.sum(np.abs(raw.estimate) ** 2, axis=-1), axis=(0, 1))
    np.testing.assert_allclose(total, 1.0 + 6 / know.pilot_snr, rtol=0.02)
    # E[y m^H] is the covariance of m: m is the best linear estimate from y.
    y, m = raw.estimate[:, :, 0], raw.mean[:, :, 0]
    found = np.einsum("gdi,gdj->ij", y, m.conj()) / y[..., 0].size
    R = know.true_correlation[0]
    Q = R + np.eye(6) / know.pilot_snr[0]
    np.testing.assert_allclose(raw.covariance[0], R @ np.linalg.solve(Q, R), atol=1e-12)
    np.testing.assert_allclose(found, R, atol=0.02)


def test_long_averages_of_past_pilots_reach_the_best_filter(rng):
    know = mismatched(rng)
    draws = draws_for(know, 6, n_draws=64)
    model = MismatchedDraws(knowledge=know, angle_error=fixed_law(0.01, 0.01, 0.02), draws=draws)

    def mean_square_error(n_past):
        found = AveragedPilots(model=model, n_past=n_past, rng=np.random.default_rng(5)).realise()
        return np.mean(np.abs(found.estimate - found.mean) ** 2)

    errors = [mean_square_error(n) for n in (4, 64, 4096)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-4
