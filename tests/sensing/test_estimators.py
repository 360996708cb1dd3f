import numpy as np
import pytest

from isacplan.array import steering_vector, uniform_linear, uniform_planar
from isacplan.sensing import angle_crb
from isacplan.sensing.estimators import (
    ANGLE_ESTIMATORS,
    esprit_angle,
    maximum_likelihood_angle,
    music_angle,
)

ULA = uniform_linear(8)
ARRAYS = {
    "linear": ULA,
    "centred": uniform_linear(8, phase_reference="centre"),
    "planar": uniform_planar(4, 2, phase_reference="centre"),
}


def echoes(geometry, theta, snr, *, n, snapshots=4, seed=0):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(2, n, snapshots, geometry.n_elements)) * np.sqrt(0.5)
    phase = np.exp(2j * np.pi * rng.uniform(size=(n, 1, 1)))
    amplitude = np.sqrt(snr / snapshots) * phase
    return amplitude * steering_vector(geometry, theta) + noise[0] + 1j * noise[1]


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("theta", [-1.3, -0.31, 0.0, 0.8])
def test_without_noise_the_angle_is_exact(array, theta):
    geometry = ARRAYS[array]
    clean = steering_vector(geometry, theta) * np.ones((3, 2, 1))
    assert np.allclose(maximum_likelihood_angle(geometry, clean), theta, atol=1e-9)
    assert np.allclose(music_angle(geometry, clean), theta, atol=1e-7)
    if array != "planar":
        assert np.allclose(esprit_angle(geometry, clean), theta, atol=1e-9)


@pytest.mark.parametrize("theta", [-0.9, 0.0, 0.4])
def test_maximum_likelihood_reaches_its_bound_at_high_snr(theta):
    error = maximum_likelihood_angle(ULA, echoes(ULA, theta, 300.0, n=20000)) - theta
    bound = angle_crb(ULA, ULA, theta, sensing_snr=300.0, n_samples=1.0)
    four_errors = 4.0 * np.sqrt(2.0 / 20000)
    assert np.mean(error**2) / bound == pytest.approx(1.0, abs=four_errors + 0.01)
    assert abs(np.mean(error)) < 4.0 * np.sqrt(bound / 20000)


def test_the_others_are_close_to_the_bound_and_never_better():
    theta, snr = 0.3, 1000.0
    r = echoes(ULA, theta, snr, n=20000)
    bound = angle_crb(ULA, ULA, theta, sensing_snr=snr, n_samples=1.0)
    ratio = {
        name: np.mean((estimator(ULA, r) - theta) ** 2) / bound
        for name, estimator in ANGLE_ESTIMATORS.items()
    }
    assert 0.96 < ratio["maximum_likelihood"] < ratio["music"] * 1.01 < 1.1
    assert 1.2 < ratio["esprit"] < 2.5


def test_below_the_threshold_the_error_leaves_the_bound():
    theta, snr = 0.3, 4.0
    error = maximum_likelihood_angle(ULA, echoes(ULA, theta, snr, n=4000)) - theta
    assert np.mean(error**2) > 5.0 * angle_crb(ULA, ULA, theta, sensing_snr=snr, n_samples=1.0)


def test_the_peak_is_the_highest_of_a_fine_grid():
    r = echoes(ULA, 0.2, 3.0, n=300, seed=4)
    found = maximum_likelihood_angle(ULA, r)
    summed = r.sum(axis=1)
    grid = np.linspace(-np.pi / 2, np.pi / 2, 20001)
    best = np.max(np.abs(summed @ steering_vector(ULA, grid).conj().T), axis=1)
    height = np.abs(np.sum(summed * steering_vector(ULA, found).conj(), axis=1))
    assert np.mean(height >= best * (1.0 - 1e-6)) > 0.98
    # Lobes that differ by less than the coarse grid can tell may be confused.
    assert np.all(height >= best * 0.99)


def test_estimates_are_elementwise():
    r = echoes(ULA, -0.5, 30.0, n=6)
    for estimator in ANGLE_ESTIMATORS.values():
        alone = [estimator(ULA, x) for x in r]
        assert np.allclose(estimator(ULA, r), alone, rtol=1e-9)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"snapshots must have shape \(\.\.\., S, 8\)"):
        music_angle(ULA, np.ones((3, 5)))
    with pytest.raises(ValueError, match="uniform linear array"):
        esprit_angle(ARRAYS["planar"], np.ones((2, 8)))
