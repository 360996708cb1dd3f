"""Interpolants: values, derivatives and enclosures against the functions themselves."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev

from isacplan.frame.interpolant import Interpolant, interpolated, lobatto_nodes


def functions(x):
    return np.array([np.exp(x) + 2.0, 1.0 / (1.0 + 25.0 * x**2), 2.0 + np.sin(9.0 * x)])


def slopes(x):
    bump = -50.0 * x / (1.0 + 25.0 * x**2) ** 2
    return np.array([np.exp(x), bump, 9.0 * np.cos(9.0 * x)])


@pytest.fixture(scope="module")
def fitted():
    return interpolated(functions, -1.0, 2.0, tolerance=1e-6)


def test_values_and_slopes_are_those_of_the_functions(fitted):
    found, error = fitted
    x = np.linspace(-1.0, 2.0, 401)
    exact, slope = (np.array([f(t) for t in x]) for f in (functions, slopes))
    np.testing.assert_allclose(found(x), exact, rtol=1e-9)
    np.testing.assert_allclose(found.derivative(x), slope, atol=1e-7)
    assert np.all(error <= 1e-6)


def test_the_stated_error_is_an_upper_bound(fitted):
    rough, error = interpolated(functions, -1.0, 2.0, tolerance=1e-2)
    assert rough.n_panels < fitted[0].n_panels
    x = np.linspace(-1.0, 2.0, 1001)
    exact = np.array([functions(t) for t in x])
    assert np.all(np.max(np.abs(rough(x) / exact - 1.0), axis=0) <= np.maximum(error, 1e-13))


def test_every_point_is_computed_once():
    seen = []

    def counted(x):
        seen.append(x)
        return functions(x)

    interpolated(counted, -1.0, 2.0, tolerance=1e-6)
    assert len(seen) == len(set(seen))


def test_a_polynomial_needs_one_panel_of_the_coarsest_degree():
    found, error = interpolated(lambda x: np.array([1.0 + x**4]), 0.0, 1.0, tolerance=1e-9)
    assert found.n_panels == 1
    assert found.coefficients.shape == (1, 17, 1)
    assert error[0] < 1e-14


def test_one_panel_is_the_series_of_another_library():
    rng = np.random.default_rng(4)
    c = rng.standard_normal((7, 2))
    one = Interpolant(knots=np.array([1.0, 4.0]), coefficients=c[None])
    x = np.linspace(1.0, 4.0, 50)
    t = (2.0 * x - 5.0) / 3.0
    np.testing.assert_allclose(one(x), chebyshev.chebval(t, c).T, atol=1e-13)
    twice = chebyshev.chebval(t, chebyshev.chebder(c, 2)).T * (2.0 / 3.0) ** 2
    np.testing.assert_allclose(one.derivative.derivative(x), twice, atol=1e-11)


@pytest.mark.parametrize("width", [1e-9, 1e-3, 0.3, 2.9])
def test_enclosures_hold_and_shrink_with_the_interval(fitted, width):
    found = fitted[0]
    start = np.linspace(-1.0, 2.0 - width, 57)
    for part in (found, found.derivative, found.derivative.derivative):
        bounds = part.enclose(start, start + width)
        for s in np.linspace(0.0, 1.0, 17):
            value = part(np.minimum(start + s * width, 2.0))
            assert np.all(value <= bounds.upper)
            assert np.all(value >= bounds.lower)
    tight = found.enclose(start, start + width)
    steepest = np.max(np.abs(slopes(np.linspace(-1.0, 2.0, 2001))), axis=1)
    # Twice the steepest slope, plus rounding.
    assert np.all(tight.upper - tight.lower <= 3.0 * steepest * width + 1e-9)


def test_knots_inside_an_interval_are_told(fitted):
    found = fitted[0]
    knot = found.knots[1]
    inside = found.bends_between(
        np.array([knot - 0.01, knot, -1.0]), np.array([knot + 0.01, knot + 0.01, knot])
    )
    assert inside.tolist() == [True, False, False]


def test_combinations_are_linear(fitted):
    matrix = np.array([[1.0], [2.0], [-0.5]])
    x = np.linspace(-0.9, 1.9, 7)
    np.testing.assert_allclose(fitted[0].combined(matrix)(x), fitted[0](x) @ matrix, atol=1e-12)


def test_nodes_ascend_from_end_to_end():
    nodes = lobatto_nodes(8)
    assert nodes[0] == -1.0
    assert nodes[-1] == 1.0
    assert np.all(np.diff(nodes) > 0.0)
