import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.sensing import probability_within


def axes(major, minor, turn=0.0):
    """Covariance of an ellipse of these standard deviations."""
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return spin @ np.diag([major**2, minor**2]) @ spin.T


def by_angle(r, major, minor):
    """1 - P = mean of exp(-r^2 / (2 (a cos^2 + b sin^2))) over the whitened angle, 30 digits."""
    with mpmath.workdps(30):
        a, b = mpmath.mpf(major) ** 2, mpmath.mpf(minor) ** 2

        def outside(phi):
            return mpmath.exp(
                -(mpmath.mpf(r) ** 2) / (2 * (a * mpmath.cos(phi) ** 2 + b * mpmath.sin(phi) ** 2))
            )

        edge = mpmath.atan(min(r, major) / major)
        points = [0, mpmath.pi / 4, mpmath.pi / 2 - edge / 2, mpmath.pi / 2]
        return float(1 - mpmath.quad(outside, points) * 2 / mpmath.pi)


@pytest.mark.parametrize("major", [0.01, 0.3, 1.0, 3.0, 40.0])
@pytest.mark.parametrize("ratio", [1.0, 0.7, 0.1, 1e-3])
def test_probability_of_a_disc_is_the_integral_over_angles(major, ratio):
    found = probability_within(1.0, axes(major, ratio * major, 0.7))
    assert found == pytest.approx(by_angle(1.0, major, ratio * major), abs=1e-10)


def test_closed_forms():
    sigma = np.geomspace(0.01, 100.0, 30)
    circle = sigma[:, None, None] ** 2 * np.eye(2)
    np.testing.assert_allclose(
        probability_within(1.0, circle), -np.expm1(-0.5 / sigma**2), rtol=1e-11, atol=1e-12
    )
    line = sigma[:, None, None] ** 2 * np.diag([1.0, 0.0])
    expected = [float(mpmath.erf(1.0 / (s * mpmath.sqrt(2)))) for s in sigma]
    np.testing.assert_allclose(probability_within(1.0, line), expected, atol=1e-12)


def offset_disc(r, major, minor, bias):
    """By brute force: the density over the disc, in polar coordinates about its centre."""
    radii, w = np.polynomial.legendre.leggauss(300)
    radii, w = r * (radii + 1.0) / 2.0, r * w / 2.0
    phi = 2.0 * np.pi * np.arange(720) / 720
    x = radii[:, None] * np.cos(phi) - bias[0]
    y = radii[:, None] * np.sin(phi) - bias[1]
    density = np.exp(-(x**2) / (2 * major**2) - y**2 / (2 * minor**2))
    ring = np.mean(density, axis=1) * 2.0 * np.pi * radii / (2.0 * np.pi * major * minor)
    return float(np.sum(w * ring))


@pytest.mark.parametrize("bias", [(0.0, 0.5), (0.6, 0.6), (0.99, 0.0), (0.0, 1.0), (0.0, 1.5)])
@pytest.mark.parametrize(("major", "minor"), [(0.5, 0.5), (0.8, 0.2), (3.0, 0.1)])
def test_a_bias_moves_the_ellipse(bias, major, minor):
    found = probability_within(1.0, axes(major, minor), bias=bias)
    assert found == pytest.approx(offset_disc(1.0, major, minor, bias), abs=1e-8)


@pytest.mark.parametrize(("bias", "expected"), [(0.5, 1.0), (1.0, 0.5), (1.5, 0.0)])
def test_a_precise_error_is_where_its_bias_is(bias, expected):
    found = probability_within(1.0, 1e-18 * np.eye(2), bias=[bias, 0.0])
    assert found == pytest.approx(expected, abs=1e-7)
    assert probability_within(1.0, np.zeros((2, 2)), bias=[0.0, bias]) == pytest.approx(
        expected, abs=1e-7
    )


@given(
    major=st.floats(1e-3, 1e3),
    ratio=st.floats(0.0, 1.0),
    turn=st.floats(0.0, 6.28),
    bias=st.floats(0.0, 0.9),
)
def test_more_spread_never_helps_while_the_bias_is_inside(major, ratio, turn, bias):
    # The disc seen from a point inside shrinks as the spread grows.
    C = axes(major, ratio * major, turn)
    near = probability_within(1.0, C, bias=[bias, 0.0])
    assert probability_within(1.0, 1.3 * C, bias=[bias, 0.0]) <= near + 1e-9
    assert 0.0 <= near <= 1.0


def test_elementwise_and_unknown_positions():
    C = np.stack([axes(1.0, 0.2), axes(0.1, 0.1), np.diag([np.inf, np.inf])])
    stacked = probability_within([[0.5], [2.0]], C)
    single = [[probability_within(r, c) for c in C] for r in (0.5, 2.0)]
    np.testing.assert_allclose(stacked, single, rtol=1e-12)
    assert stacked[:, 2].tolist() == [0.0, 0.0]


def test_frequencies_of_draws():
    rng = np.random.default_rng(8)
    C = axes(0.7, 0.25, 1.1)
    draws = rng.multivariate_normal([0.2, -0.1], C, size=200_000)
    share = np.mean(np.hypot(draws[:, 0], draws[:, 1]) <= 0.6)
    found = probability_within(0.6, C, bias=[0.2, -0.1])
    assert share == pytest.approx(float(found), abs=4.0 * np.sqrt(0.25 / 200_000))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: probability_within(0.0, np.eye(2)), "radius must be"),
        (
            lambda: probability_within(1.0, np.ones(2)),
            r"covariance must have shape \(\.\.\., 2, 2\)",
        ),
        (lambda: probability_within(1.0, [[1.0, 2.0], [2.0, 1.0]]), "positive semidefinite"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        call()
