import mpmath
import numpy as np
import pytest

from isacplan.array import uniform_linear
from isacplan.channel import OneRing, paths_correlation
from isacplan.comm import MismatchedKnowledge, quadrature_moments

G = uniform_linear(8)
RING = OneRing(geometry=G, density="uniform", spread=np.radians(4.0))
THETA = np.array([-0.6, 0.1, 0.5])


def knowledge(**fields):
    values = {
        "true_correlation": RING(THETA),
        "assumed_correlation": RING,
        "angle": THETA,
        "snr": np.array([5.0, 50.0, 500.0]),
        "pilot_snr": np.array([1.0, 10.0, 100.0]),
    }
    return MismatchedKnowledge(**(values | fields))


@pytest.mark.parametrize("std_deg", [0.0, 0.01, 1.0, 5.0, 40.0])
@pytest.mark.parametrize("traced", [False, True])
def test_against_the_series_of_harmonics(std_deg, traced):
    true = {}
    if traced:
        rng = np.random.default_rng(0)
        paths = [(rng.normal(size=4), t + rng.normal(size=4) / 9) for t in THETA]
        true = {"true_correlation": np.array([paths_correlation(G, *p)[0] for p in paths])}
    k = knowledge(**true)
    crb = np.radians(std_deg) ** 2 * np.array([1.0, 0.5, 0.1])
    series, found = k.terms(crb), k.terms_of(quadrature_moments(k, crb))
    np.testing.assert_allclose(found.signal, series.signal, rtol=1e-9)
    np.testing.assert_allclose(found.interference, series.interference, rtol=1e-9)
    np.testing.assert_allclose(found.uncertainty, series.uncertainty, rtol=1e-8, atol=1e-8)


def test_moments_are_those_of_the_filter_when_the_angle_is_sure():
    k = knowledge()
    expected = np.array([k.filter_moments(k.angle[i : i + 1])[i, :, 0] for i in range(3)])
    np.testing.assert_allclose(quadrature_moments(k, np.zeros(3)), expected, rtol=1e-12)


def test_a_strong_pilot_costs_no_digits():
    k = knowledge(pilot_snr=np.full(3, 1e6))
    R, noise = k.true_correlation[0], 1e-6
    with mpmath.workdps(60):
        exact = mpmath.matrix(R.tolist())
        eye = mpmath.eye(8)
        W = exact * (exact + noise * eye) ** -1
        # The station believes the right angle, so the filter is that of R itself.
        power = W * (exact + noise * eye) * W.H
        norm = sum(power[i, i] for i in range(8)).real
        gain = sum((W * exact)[i, i] for i in range(8)).real
    found = quadrature_moments(k, np.zeros(3))[0]
    assert found[2] == pytest.approx(float(norm), rel=1e-13)
    assert found[0] == pytest.approx(float(gain), rel=1e-13)


def test_one_variance_serves_all_users():
    k = knowledge()
    np.testing.assert_array_equal(k.terms(1e-4).signal, k.terms(np.full(3, 1e-4)).signal)


def test_a_step_in_the_assumed_correlation_is_refused():
    def stepped(angle):
        return np.where(angle[:, None, None] > 0.1003, RING(np.array([0.4])), RING(THETA[1:2]))

    with pytest.raises(ValueError, match="must vary smoothly with the angle"):
        quadrature_moments(knowledge(assumed_correlation=stepped), np.full(3, 1e-3))


def test_bad_variances_are_refused():
    with pytest.raises(ValueError, match="crb must be at least 0"):
        quadrature_moments(knowledge(), np.array([1e-3, -1.0, 0.0]))
