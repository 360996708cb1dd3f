import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import custom, steering_vector, uniform_linear, uniform_planar
from isacplan.channel import OneRing, one_ring_correlation, paths_correlation

DENSITIES = ["uniform", "gaussian", "laplacian"]


def _panels(lowest, highest, n_panels):
    x, w = np.polynomial.legendre.leggauss(40)
    edges = np.linspace(lowest, highest, n_panels + 1)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + x)).ravel(), (half * w).ravel()


def _quadrature(geometry, theta, density, spread):
    """Correlation by composite Gauss-Legendre over deviations on the real line."""
    if density == "uniform":
        x, w = _panels(-spread, spread, 60)
        p = np.full_like(x, 0.5 / spread)
    elif density == "gaussian":
        x, w = _panels(-9 * spread, 9 * spread, 400)
        p = np.exp(-((x / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
    else:
        scale = spread / np.sqrt(2)
        half, w = _panels(0, 40 * scale, 600)
        x, w = np.concatenate([-half, half]), np.concatenate([w, w])
        p = np.exp(-np.abs(x) / scale) / (2 * scale)
    a = steering_vector(geometry, theta + x)
    return (a.T * (w * p)) @ a.conj()


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("spread_deg", [0.1, 1.0, 10.0, 30.0])
@pytest.mark.parametrize("n_antennas", [8, pytest.param(256, marks=pytest.mark.slow)])
def test_against_quadrature(density, spread_deg, n_antennas):
    g = uniform_linear(n_antennas)
    theta, spread = np.radians(-37.0), np.radians(spread_deg)
    R = one_ring_correlation(g, theta, density=density, spread=spread)
    expected = _quadrature(g, theta, density, spread)
    assert np.max(np.abs(R - expected)) * n_antennas < 1e-10


@pytest.mark.parametrize("lag", [1, 100, 255])
def test_against_arbitrary_precision(lag):
    mpmath.mp.dps = 30
    theta, spread = mpmath.mpf("0.5"), mpmath.radians(30)
    exact = mpmath.quad(
        lambda x: mpmath.expj(-mpmath.pi * lag * mpmath.sin(theta + x)) / (2 * spread),
        mpmath.linspace(-spread, spread, 60),
    )
    R = one_ring_correlation(uniform_linear(256), 0.5, density="uniform", spread=np.radians(30.0))
    assert abs(256 * R[lag, 0] - complex(exact)) < 1e-12


@pytest.mark.parametrize("density", DENSITIES)
def test_any_geometry_and_elevation(density):
    rng = np.random.default_rng(3)
    g = custom(rng.normal(scale=1.5, size=(6, 3)))
    spread = 0.2
    x, w = _panels(-spread, spread, 60)
    R = one_ring_correlation(g, 0.4, density=density, spread=spread, elevation=-0.3)
    if density == "uniform":
        a = steering_vector(g, 0.4 + x, -0.3)
        expected = (a.T * (w / (2 * spread))) @ a.conj()
        np.testing.assert_allclose(R, expected, atol=1e-13)
    assert np.trace(R).real == pytest.approx(1.0, rel=1e-12)


@given(
    theta=st.floats(-1.5, 1.5),
    spread=st.floats(1e-4, 1.0),
    density=st.sampled_from(DENSITIES),
    spacing=st.floats(0.1, 2.0),
)
def test_is_a_correlation(theta, spread, density, spacing):
    R = one_ring_correlation(
        uniform_linear(12, spacing=spacing), theta, density=density, spread=spread
    )
    np.testing.assert_allclose(R, R.conj().T, atol=1e-14)
    assert np.trace(R).real == pytest.approx(1.0, abs=1e-12)
    assert np.linalg.eigvalsh(R)[0] > -1e-13


def test_a_vanishing_spread_leaves_one_direction():
    g = uniform_linear(8)
    a = steering_vector(g, 0.3)
    R = one_ring_correlation(g, 0.3, density="gaussian", spread=1e-9)
    np.testing.assert_allclose(R, np.outer(a, a.conj()), atol=1e-13)


def test_toeplitz_shortcut_equals_the_general_sum():
    g = uniform_linear(9)
    nudged = custom(g.positions + np.array([0.0, 0.0, 1.0]) * np.linspace(0, 1e-9, 9)[:, None])
    quick = one_ring_correlation(g, 0.7, density="laplacian", spread=0.1)
    general = one_ring_correlation(nudged, 0.7, density="laplacian", spread=0.1)
    np.testing.assert_allclose(quick, general, atol=1e-13)


def test_elementwise(assert_elementwise):
    g = uniform_planar(3, 2)
    theta = np.linspace(-1, 1, 4)[:, None]
    spread = np.array([0.05, 0.3])
    for density in DENSITIES:
        assert_elementwise(
            lambda x, s, d=density: one_ring_correlation(g, x, density=d, spread=s),
            theta,
            spread,
            rtol=1e-9,
        )


def test_paths_are_summed_by_power():
    g = uniform_linear(4)
    gains, az = np.array([1.0, 2.0j, 0.5]), np.array([0.1, -0.4, 0.9])
    R, beta = paths_correlation(g, gains, az)
    assert beta == pytest.approx(1 + 4 + 0.25)
    expected = sum(
        abs(x) ** 2 * np.outer(steering_vector(g, t), steering_vector(g, t).conj())
        for x, t in zip(gains, az, strict=True)
    )
    np.testing.assert_allclose(R * beta, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"density": "flat", "spread": 0.1}, "density must be one of gaussian"),
        ({"density": "uniform", "spread": 0.0}, "spread must be greater than 0"),
        ({"density": "uniform", "spread": 4.0}, "spread must be at most 3.14"),
        ({"density": "gaussian", "spread": np.nan}, "spread must be"),
    ],
)
def test_bad_input(arguments, match):
    with pytest.raises(ValueError, match=match):
        one_ring_correlation(uniform_linear(4), 0.0, **arguments)


@pytest.mark.parametrize("gains", [[], [0.0], [np.nan], [np.inf]])
def test_paths_without_power(gains):
    with pytest.raises(ValueError, match="gains must be finite with positive total power"):
        paths_correlation(uniform_linear(4), gains, np.zeros(len(gains)))


@pytest.mark.parametrize("density", ["uniform", "gaussian", "laplacian"])
@pytest.mark.parametrize("array", ["linear", "planar"])
@pytest.mark.parametrize("library", ["numpy", "array_api_strict"])
def test_one_ring_as_a_function_of_the_angle(density, array, library, monkeypatch):
    xp = pytest.importorskip(library)
    geometry = uniform_linear(6) if array == "linear" else uniform_planar(3, 2)
    ring = OneRing(geometry=geometry, density=density, spread=0.2, elevation=0.1)
    theta = np.array([[-1.2, 0.0, 0.3], [0.7, 1.5, 3.0]])
    expected = one_ring_correlation(geometry, theta, density=density, spread=0.2, elevation=0.1)
    # Small steps, so that the sum over a planar array is pieced together.
    monkeypatch.setattr("isacplan.channel.correlation.ELEMENTS_TOGETHER", 1)
    found = np.asarray(ring(xp.asarray(theta), xp=xp))
    assert found.shape == (2, 3, 6, 6)
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("density", DENSITIES)
def test_front_and_back_are_the_same_where_a_ring_says_so(density):
    angle, flat = np.array([-2.0, 0.4, 1.3]), uniform_planar(3, 2, phase_reference="centre")
    deep = custom([[0.0, 0.0, 0.0], [0.1, 0.5, 0.0], [0.3, 1.0, 0.2]])
    shifted = custom([[0.2, 0.0, 0.0], [0.2, 0.5, 0.0], [0.2, 1.0, 0.2]])
    for geometry, same in ((flat, True), (shifted, True), (deep, False)):
        ring = OneRing(geometry=geometry, density=density, spread=0.2, elevation=0.1)
        assert ring.front_is_back is same
        assert np.allclose(ring(np.pi - angle), ring(angle), rtol=1e-12, atol=1e-13) is same


def test_one_ring_refuses_what_it_cannot_be():
    with pytest.raises(ValueError, match="density must be one of"):
        OneRing(geometry=uniform_linear(4), density="square", spread=0.1)
    with pytest.raises(ValueError, match="spread must be greater than 0"):
        OneRing(geometry=uniform_linear(4), density="uniform", spread=0.0)
