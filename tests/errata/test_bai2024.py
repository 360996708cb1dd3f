"""Each erratum of Bai2024, proved by mathematics that shares no code with the package."""

from dataclasses import replace

import mpmath
import numpy as np
import pytest

from isacplan.array import steering_derivative, steering_vector, uniform_linear
from isacplan.channel import geometric_aging, one_ring_correlation
from isacplan.comm import (
    AdditiveKnowledge,
    MismatchedKnowledge,
    largest_semidefinite_crb,
    sinr,
)
from isacplan.errors import InfeasibleError
from isacplan.frame import evaluate_frame, optimal_frame
from isacplan.papers.bai2024.common_sinr import LARGEST_SINR, sinr_ceiling
from isacplan.papers.bai2024.reading import Reading, preset_reading, reading_problem
from isacplan.scenario import frame_problem, load_scenario
from isacplan.sensing import angle_crb

L = 8
SPREAD = np.radians(1.0)


def narrow(angle: float = 0.3, phase_reference: str = "first"):
    array = uniform_linear(L, phase_reference=phase_reference)
    R = one_ring_correlation(array, angle, density="uniform", spread=SPREAD)
    return R, steering_derivative(array, angle)


def bracket(theta: float, reference: str, *, printed: bool) -> float:
    array = uniform_linear(L, phase_reference=reference)
    a, da = steering_vector(array, theta), steering_derivative(array, theta)
    A, dA = np.outer(a, a), np.outer(da, a) + np.outer(a, da)
    W = np.outer(a.conj(), a)
    first = np.trace(dA @ W @ dA.conj().T).real
    weight = np.trace(A @ W @ A.conj().T).real
    inner = weight if printed else abs(np.trace(A @ W @ dA.conj().T)) ** 2 / weight
    return first - inner


def test_a1_numerator_of_the_angle_bound():
    corrected = [bracket(0.3, r, printed=False) for r in ("first", "centre")]
    printed = [bracket(0.3, r, printed=True) for r in ("first", "centre")]
    # The phase of the reflection is unknown, so no bound may depend on where phases refer to.
    assert corrected[0] == pytest.approx(corrected[1], rel=1e-12)
    assert corrected[0] == pytest.approx((np.pi * np.cos(0.3)) ** 2 * (L**2 - 1) / 12, rel=1e-12)
    assert printed[0] > 10 * printed[1]
    array = uniform_linear(L)
    bound = float(angle_crb(array, array, 0.3, sensing_snr=2.0, n_samples=50))
    assert bound == pytest.approx(1 / (2 * 2.0 * 50 * corrected[0]), rel=1e-12)


def test_a2_angle_error_is_real():
    c, harmonic = 0.01, 5
    e = np.random.default_rng(1).normal(scale=np.sqrt(c), size=(2, 200_000))
    real = np.exp(1j * harmonic * e[0])
    circular = np.exp(1j * harmonic * (e[0] + 1j * e[1]) / np.sqrt(2))
    damped = np.exp(-(harmonic**2) * c / 2)
    for draws, expected in ((real, damped), (circular, 1.0)):
        error = np.std(draws.real) / np.sqrt(draws.size)
        assert error < 2e-3
        assert abs(np.mean(draws.real) - expected) < 4 * error


def test_a3_mean_gain_stands_outside_once():
    R, v = narrow()
    gamma_e, beta, c = 30.0, 0.2, 1e-6
    R_hat = beta * R - c * beta * np.outer(v, v.conj())
    C = R_hat @ np.linalg.solve(R_hat + np.eye(L) / gamma_e, R_hat)
    knowledge = AdditiveKnowledge(
        spatial_correlation=R[None], steering_derivative=v[None], snr=[1.0], pilot_snr=[30.0 * 0.2]
    )
    signal = float(knowledge.terms(np.array([c])).signal[0])
    # Solving with the full matrix loses what R - c v v^H has below its rounding.
    assert beta * signal == pytest.approx(np.trace(C).real, rel=1e-9)


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.2])
def test_a4_self_term_caps_the_sinr_at_one(angle):
    R, v = narrow(angle)
    assert float(sinr_ceiling(R)) < LARGEST_SINR
    for power in (1.0, 1e4, 1e8):
        knowledge = AdditiveKnowledge(
            spatial_correlation=R[None], steering_derivative=v[None], snr=[power], pilot_snr=[power]
        )
        reached = float(sinr(knowledge.terms(np.zeros(1)), np.ones((1, 1)))[0, 0])
        assert reached < float(sinr_ceiling(R)) < LARGEST_SINR


def test_a5_first_block_may_be_charged_more_than_it_holds():
    problem = reading_problem(replace(Reading(), validity="as_printed", rmse_deg=0.1), None)
    # An update takes 9 of 70 symbols: 61 of partial sensing leave room for it, 62 do not.
    for symbols, overcharged in ((61, False), (62, True)):
        T = (5 + (symbols - 0.5) / 70) * problem.block_duration
        design = evaluate_frame(problem, T, (1,) * 30)
        assert any("A5" in warning for warning in design.warnings) is overcharged
        # (24) then takes more from the first block than the block carries.
        phi = float(np.sum(problem.efficiency.users(np.array([T]))[0, :, 0]))
        others = 29 * (problem.block_duration - problem.update_duration) * phi
        assert (design.rate < others) is overcharged


def test_a6_frame_lasts_half_of_what_is_stated():
    problem = frame_problem(load_scenario("bai2024"))
    # 35 blocks of 70 symbols of 1 us, whatever way the problem adds them up.
    longest = problem.sensing_range()[1]
    assert longest == pytest.approx(35 * 70 * 1e-6, rel=1e-12)
    assert longest < 0.5 * 5e-3


def test_a7_requirements_ten_times_apart_need_ten_times_the_sensing():
    reading = replace(Reading(), validity="as_printed", rmse_deg=0.1)
    loose = reading_problem(reading, 0.5).sensing_range()[0]
    with pytest.raises(InfeasibleError, match="angle accuracy"):
        reading_problem(reading, 0.05).sensing_range()
    proportional = replace(reading, crb_exponent=2)
    tight = reading_problem(proportional, 0.05).sensing_range()[0]
    assert tight / loose == pytest.approx(np.sqrt(10.0), rel=1e-9)


def exact_limit(tolerance: str) -> float:
    """1 / (adot^H (R + tolerance)^-1 adot) at broadside with 60 digits."""
    with mpmath.workdps(60):
        D, pi = mpmath.radians(1), mpmath.pi

        def entry(m: int, n: int) -> mpmath.mpf:
            if m == n:
                return mpmath.mpf(1) / L
            lag = pi * (m - n)
            return mpmath.quad(lambda x: mpmath.cos(lag * mpmath.sin(x)), [-D, D]) / (2 * D * L)

        R = mpmath.matrix([[entry(m, n) for n in range(L)] for m in range(L)])
        v = mpmath.matrix([pi * m / mpmath.sqrt(L) for m in range(L)])
        x = mpmath.lu_solve(R + mpmath.mpf(tolerance) * mpmath.eye(L), v)
        return float(1 / (v.T * x)[0])


def test_a8_validity_limit_is_far_below_what_rounding_suggests():
    R, v = narrow(0.0)
    exact, double, coarse = (exact_limit(t) for t in ("0", "1e-12", "1e-6"))
    assert exact == pytest.approx(2.35e-6, rel=5e-3)
    assert double == pytest.approx(1.6e-5, rel=3e-2)
    assert 5e-5 < coarse < 2e-4
    # Rounding of R itself moves eigenvalues by 1e-16, a part in 10^4 of the tolerance.
    assert float(largest_semidefinite_crb(R, v)) == pytest.approx(double, rel=1e-3)


def test_a8_sensing_hardly_moves_the_estimate_where_the_model_holds():
    reading = preset_reading()
    knowledge = reading_problem(reading, None).knowledge
    perfect = knowledge.terms(np.zeros(knowledge.n_users)).signal
    worst = knowledge.terms(knowledge.valid_crb).signal
    assert np.max(np.abs(worst / perfect - 1.0)) < 0.02
    best = optimal_frame(reading_problem(reading, 0.5))
    shortest = reading_problem(reading, 0.5).sensing_range()[0]
    assert best.sensing_duration == pytest.approx(shortest, rel=1e-9)


def test_a9_missing_square_is_subtracted_again():
    R, _ = narrow()
    gamma, rho, n = 10.0, 0.9, 40_000
    C = R @ np.linalg.solve(R + np.eye(L) / gamma, R)
    rng = np.random.default_rng(3)

    def draw(S):
        lam, U = np.linalg.eigh((S + S.conj().T) / 2)
        z = (rng.normal(size=(n, L)) + 1j * rng.normal(size=(n, L))) / np.sqrt(2)
        return (z * np.sqrt(np.maximum(lam, 0.0))) @ U.T

    known = draw(C)
    h = rho * known + draw(R - rho**2 * C)
    f = known / np.sqrt(np.trace(C).real)
    product = np.sum(h.conj() * f, axis=1)
    power = np.abs(product) ** 2
    self_term = np.trace(R @ C).real / np.trace(C).real
    error = np.std(power) / np.sqrt(n)
    assert error < 0.02 * self_term
    # (31) leaves out the square of the mean for i = k ...
    assert abs(np.mean(power) - self_term) > 10 * error
    assert abs(np.mean(power) - (self_term + rho**2 * np.trace(C).real)) < 4 * error
    # ... and (34) takes it away again, so (35) stands.
    spread = np.abs(product - np.mean(product)) ** 2
    assert abs(np.mean(spread) - self_term) < 4 * np.std(spread) / np.sqrt(n)


def test_a10_pilots_observe_the_true_channel():
    array = uniform_linear(L)
    theta = np.array([-0.4, 0.3])
    R = one_ring_correlation(array, theta, density="uniform", spread=SPREAD)
    common = {"snr": 10.0, "pilot_snr": 10.0}
    additive = AdditiveKnowledge(
        spatial_correlation=R, steering_derivative=steering_derivative(array, theta), **common
    )

    def assumed(angle):
        return one_ring_correlation(array, angle, density="uniform", spread=SPREAD)

    mismatched = MismatchedKnowledge(
        true_correlation=R, assumed_correlation=assumed, angle=theta, **common
    )
    aging = geometric_aging(0.98, 5)

    def both(c):
        return (sinr(m.terms(np.full(2, c)), aging) for m in (additive, mismatched))

    at_zero = both(0.0)
    # The mismatched expectations leave out harmonics below 1e-12.
    np.testing.assert_allclose(*at_zero, rtol=1e-9)
    with_error = [float(x[0, 0]) for x in both(3e-4)]
    assert abs(with_error[0] / with_error[1] - 1.0) > 0.01
