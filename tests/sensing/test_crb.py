import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import custom, steering_vector, uniform_linear, uniform_planar
from isacplan.sensing import (
    angle_crb,
    equivalent_information,
    gaussian_mean_information,
    matched_beam_angle_crb,
)


def _numerical_crb(transmit, receive, theta, beam, sensing_snr, n_samples):
    """Bound from finite differences of the echo by angle and complex amplitude."""

    def echo(parameters):
        angle, re, im = parameters
        b, a = steering_vector(receive, angle), steering_vector(transmit, angle)
        return (re + 1j * im) * b * (a @ beam)

    amplitude = np.sqrt(sensing_snr)
    at = np.array([theta, amplitude * 0.6, amplitude * 0.8])
    steps = np.array([1e-5, amplitude * 1e-5, amplitude * 1e-5])
    jacobian = np.stack(
        [(echo(at + step) - echo(at - step)) / (2 * np.sum(step)) for step in np.diag(steps)],
        axis=1,
    )
    J = n_samples * gaussian_mean_information(jacobian, noise_variance=1.0)
    return 1.0 / equivalent_information(J, 1)[0, 0]


@given(
    theta=st.floats(-1.2, 1.2),
    beam_angle=st.floats(-1.2, 1.2),
    n_tx=st.integers(1, 9),
    n_rx=st.integers(2, 9),
)
def test_any_beam_against_numerical_information(theta, beam_angle, n_tx, n_rx):
    transmit, receive = uniform_linear(n_tx, spacing=0.6), uniform_linear(n_rx)
    beam = steering_vector(transmit, beam_angle).conj()
    if abs(steering_vector(transmit, theta) @ beam) < 0.05:
        return
    bound = angle_crb(transmit, receive, theta, sensing_snr=2.0, n_samples=30.0, beam=beam)
    expected = _numerical_crb(transmit, receive, theta, beam, 2.0, 30.0)
    assert bound == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("reference", ["first", "centre"])
def test_matched_beam_closed_form(reference):
    theta = np.radians([-60.0, 0.0, 35.0])
    transmit = uniform_linear(5, phase_reference=reference)
    receive = uniform_linear(8, phase_reference=reference)
    general = angle_crb(transmit, receive, theta, sensing_snr=0.3, n_samples=280.0)
    closed = matched_beam_angle_crb(8, theta, sensing_snr=0.3, n_samples=280.0)
    np.testing.assert_allclose(general, closed, rtol=1e-12)


def test_as_printed_the_papers_bracket_vanishes():
    """Erratum A1: with tr(A W A^H) in the numerator the second term is the signal power itself."""
    b, a = steering_vector(uniform_linear(8), 0.3), steering_vector(uniform_linear(8), 0.3)
    A, w = np.outer(b, a), a.conj()
    W = np.outer(w, w.conj())
    power = np.trace(A @ W @ A.conj().T)
    assert abs(power) ** 2 / power == pytest.approx(power)


@given(st.floats(0.01, 100.0), st.floats(1.0, 1e4), st.floats(1.1, 5.0))
def test_falls_with_snr_and_duration(snr, samples, factor):
    g = uniform_planar(4, 2)
    base = angle_crb(g, g, 0.2, sensing_snr=snr, n_samples=samples)
    assert angle_crb(g, g, 0.2, sensing_snr=factor * snr, n_samples=samples) == pytest.approx(
        base / factor
    )
    assert angle_crb(g, g, 0.2, sensing_snr=snr, n_samples=factor * samples) < base


def test_an_array_without_aperture_tells_nothing():
    column = custom([[0, 0, 0], [0, 0, 0.5]])
    assert np.isinf(angle_crb(column, column, 0.3, sensing_snr=1.0, n_samples=10.0))


def test_elementwise(assert_elementwise):
    g = uniform_linear(6)
    theta = np.linspace(-1, 1, 4)[:, None]
    snr, samples = np.array([0.1, 10.0]), np.array([100.0])
    assert_elementwise(
        lambda t, s, n: angle_crb(g, g, t, sensing_snr=s, n_samples=n), theta, snr, samples
    )
    assert_elementwise(
        lambda t, s, n: matched_beam_angle_crb(6, t, sensing_snr=s, n_samples=n),
        theta,
        snr,
        samples,
    )


@given(st.integers(0, 100))
def test_nuisance_never_helps(seed):
    rng = np.random.default_rng(seed)
    D = rng.normal(size=(9, 5)) + 1j * rng.normal(size=(9, 5))
    J = gaussian_mean_information(D, noise_variance=0.5)
    few, more = equivalent_information(J[:4, :4], 2), equivalent_information(J, 2)
    assert np.linalg.eigvalsh(few - more)[0] > -1e-9
    np.testing.assert_allclose(np.linalg.inv(more), np.linalg.inv(J)[:2, :2], rtol=1e-8, atol=1e-12)


def test_information_without_nuisance_is_itself():
    J = np.diag([2.0, 3.0])
    np.testing.assert_array_equal(equivalent_information(J, 2), J)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: matched_beam_angle_crb(1, 0.0, sensing_snr=1.0, n_samples=1.0),
            "n_receive must be an integer of at least 2",
        ),
        (
            lambda: matched_beam_angle_crb(4, 0.0, sensing_snr=0.0, n_samples=1.0),
            "sensing_snr must be greater than 0",
        ),
        (
            lambda: angle_crb(
                uniform_linear(2), uniform_linear(2), 0.0, sensing_snr=1.0, n_samples=-1.0
            ),
            "n_samples must be greater than 0",
        ),
        (lambda: equivalent_information(np.eye(2), 3), "n_wanted must be at most 2"),
        (
            lambda: gaussian_mean_information(np.ones((2, 1)), noise_variance=0.0),
            "noise_variance",
        ),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        call()
