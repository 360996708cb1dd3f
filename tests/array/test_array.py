import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import (
    ArrayGeometry,
    custom,
    steering_derivative,
    steering_vector,
    uniform_linear,
    uniform_planar,
)

angles = st.floats(-1.5, 1.5)


@pytest.fixture(params=["linear", "planar", "custom"])
def geometry(request):
    if request.param == "linear":
        return uniform_linear(7, spacing=0.7)
    if request.param == "planar":
        return uniform_planar(3, 2, vertical_spacing=0.8)
    return custom(np.random.default_rng(1).normal(size=(5, 3)))


def test_half_wavelength_linear_array_is_the_papers():
    theta = 0.4
    expected = np.exp(-1j * np.pi * np.arange(8) * np.sin(theta)) / np.sqrt(8)
    np.testing.assert_allclose(steering_vector(uniform_linear(8), theta), expected, rtol=1e-12)


@given(az=angles, el=angles)
def test_steering_vectors_have_unit_norm(az, el):
    a = steering_vector(uniform_planar(4, 3), az, el)
    assert np.linalg.norm(a) == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("by", ["azimuth", "elevation"])
def test_derivative_equals_finite_difference(geometry, by):
    step = 1e-6
    shift = {"azimuth": (step, 0.0), "elevation": (0.0, step)}[by]
    plus = steering_vector(geometry, 0.3 + shift[0], 0.2 + shift[1])
    minus = steering_vector(geometry, 0.3 - shift[0], 0.2 - shift[1])
    exact = steering_derivative(geometry, 0.3, 0.2, with_respect_to=by)
    np.testing.assert_allclose(exact, (plus - minus) / (2 * step), atol=1e-7)


@given(az=angles)
def test_centre_reference_makes_the_derivative_orthogonal(az):
    g = uniform_linear(6, phase_reference="centre")
    assert abs(np.vdot(steering_vector(g, az), steering_derivative(g, az))) < 1e-13


def test_phase_reference_only_turns_the_phase():
    first, centre = uniform_linear(5), uniform_linear(5, phase_reference="centre")
    a, b = steering_vector(first, 0.5), steering_vector(centre, 0.5)
    ratio = a / b
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)
    assert abs(ratio[0]) == pytest.approx(1.0, rel=1e-12)


def test_planar_array_factorises():
    az, el = 0.3, -0.4
    a = steering_vector(uniform_planar(3, 2), az, el).reshape(2, 3)
    y = np.exp(-1j * np.pi * np.arange(3) * np.sin(az) * np.cos(el))
    z = np.exp(-1j * np.pi * np.arange(2) * np.sin(el))
    np.testing.assert_allclose(a, np.outer(z, y) / np.sqrt(6), rtol=1e-12)


def test_elementwise(geometry, assert_elementwise):
    az = np.linspace(-1.0, 1.0, 6).reshape(2, 3)
    el = np.linspace(-0.5, 0.5, 3)
    assert_elementwise(lambda x, y: steering_vector(geometry, x, y), az, el)
    assert_elementwise(lambda x, y: steering_derivative(geometry, x, y), az, el)


def test_inputs_stay_unchanged():
    positions = np.random.default_rng(0).normal(size=(4, 3))
    before = positions.copy()
    g = custom(positions, phase_reference="centre")
    np.testing.assert_array_equal(positions, before)
    assert not g.positions.flags.writeable


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: uniform_linear(0), "n_elements must be an integer of at least 1"),
        (lambda: uniform_linear(2.5), "n_elements must be an integer"),
        (lambda: uniform_linear(True), "n_elements must be an integer"),
        (lambda: uniform_linear(4, spacing=0.0), "spacing must be greater than 0"),
        (lambda: uniform_linear(4, phase_reference="last"), "phase_reference must be one of"),
        (lambda: uniform_planar(2, 0), "n_vertical"),
        (lambda: custom(np.zeros((3, 2))), r"positions must have shape \(L, 3\)"),
        (lambda: ArrayGeometry(positions=np.full((2, 3), np.nan)), "positions must be finite"),
        (lambda: steering_vector(uniform_linear(2), np.inf), "azimuth must be finite"),
        (
            lambda: steering_derivative(uniform_linear(2), 0.0, with_respect_to="roll"),
            "with_respect_to must be one of",
        ),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        call()
