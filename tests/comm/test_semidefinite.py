import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import one_ring_correlation
from isacplan.comm import largest_semidefinite_crb


def _exact_limit(n_antennas, half_width_deg):
    """``1 / (adot^H R^-1 adot)`` with 60 digits, broadside, uniform density."""
    with mpmath.workdps(60):
        D, L = mpmath.radians(half_width_deg), n_antennas
        r = [
            mpmath.quad(lambda x, d=d: mpmath.cos(mpmath.pi * d * mpmath.sin(D * x)), [0, 1]) / L
            for d in range(L)
        ]
        R = mpmath.matrix(L, L)
        for m in range(L):
            for n in range(L):
                R[m, n] = r[abs(m - n)]
        # -1j factors out of adot and leaves the quadratic form unchanged.
        a_dot = mpmath.matrix([mpmath.pi * m / mpmath.sqrt(L) for m in range(L)])
        return float(1 / (a_dot.T * mpmath.lu_solve(R, a_dot))[0])


def test_limit_of_one_degree_is_far_below_what_a_truncated_inverse_says():
    """The model specification quotes about 1e-4 rad^2 for 8 antennas and 1 degree.

    That is what remains when all eigenvalues below 1e-6 are dropped. The exact limit is
    2.35e-6; with eigenvalues above -1e-12 counted as non-negative it is 1.6e-5.
    """
    exact = _exact_limit(8, 1)
    assert exact == pytest.approx(2.3535e-6, rel=1e-4)
    g = uniform_linear(8)
    R = one_ring_correlation(g, 0.0, density="uniform", spread=np.radians(1.0))
    v = steering_derivative(g, 0.0)
    assert largest_semidefinite_crb(R, v) == pytest.approx(1.6151e-5, rel=1e-3)
    assert largest_semidefinite_crb(R, v, tolerance=1e-6) == pytest.approx(9.79e-5, rel=1e-2)


@pytest.mark.parametrize("half_width_deg", [10, 30])
def test_limit_is_exact_where_the_correlation_has_full_rank(half_width_deg):
    g = uniform_linear(4)
    R = one_ring_correlation(g, 0.0, density="uniform", spread=np.radians(half_width_deg))
    limit = largest_semidefinite_crb(R, steering_derivative(g, 0.0))
    assert limit == pytest.approx(_exact_limit(4, half_width_deg), rel=1e-5)


@pytest.mark.parametrize("tolerance", [1e-15, 1e-12, 1e-6])
def test_discrete_directions_admit_what_the_tolerance_does(tolerance):
    """The derivative leaves the range of R, and the tolerance alone bounds the error."""
    g = uniform_linear(8)
    a = np.exp(-1j * np.pi * np.arange(8) * 0.1) / np.sqrt(8)
    v = steering_derivative(g, 0.3)
    outside = np.vdot(v, v).real - abs(np.vdot(a, v)) ** 2
    limit = largest_semidefinite_crb(np.outer(a, a.conj()), v, tolerance=tolerance)
    # Eigenvalues of R that are zero come out as large as 1e-16.
    assert limit == pytest.approx(tolerance / outside, rel=1e-5 + 1e-15 / tolerance)


@given(
    seed=st.integers(0, 10_000),
    rank=st.integers(1, 6),
    tolerance=st.sampled_from([1e-15, 1e-14, 1e-12, 1e-3]),
)
def test_the_limit_is_never_below_the_exact_number(seed, rank, tolerance):
    """A covariance plus c v v^H: R - c v v^H is semidefinite by construction."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(6, rank)) + 1j * rng.normal(size=(6, rank))
    root *= 10.0 ** rng.uniform(-8.0, 0.0, rank)
    v = rng.normal(size=6) + 1j * rng.normal(size=6)
    c = 10.0 ** rng.uniform(-12.0, 2.0)
    R = root @ root.conj().T + c * np.outer(v, v.conj())
    scale = np.trace(R).real
    limit = largest_semidefinite_crb(R / scale, v, tolerance=tolerance)
    assert limit >= c / scale * (1.0 - 1e-9)


@pytest.mark.parametrize("n_antennas", [4, 8])
@pytest.mark.parametrize("scale", [1.0, 16.0])
def test_the_tolerance_is_kept_down_to_the_smallest_one(n_antennas, scale):
    """What the eigenvalues are rounded by is not given away on top of it."""
    rng, g = np.random.default_rng(n_antennas), uniform_linear(n_antennas)
    for half_width in np.radians([0.2, 1.0, 4.0]):
        theta = rng.uniform(-1.2, 1.2)
        R = scale * one_ring_correlation(g, theta, density="uniform", spread=half_width)
        v = steering_derivative(g, theta)
        c = largest_semidefinite_crb(R, v, tolerance=1e-15)
        with mpmath.workdps(40):
            column = mpmath.matrix(v.tolist())
            left = mpmath.matrix(R.tolist()) - mpmath.mpf(float(c)) * column * column.H
            lowest = min(mpmath.eighe(left, eigvals_only=True))
        assert lowest >= -1e-15 * scale
        # Of the smallest tolerance the rounding takes up to two fifths, and no more.
        assert lowest <= -0.5e-15 * scale


def test_the_limit_scales_with_the_correlation():
    g = uniform_linear(8)
    R = one_ring_correlation(g, 0.3, density="uniform", spread=0.02)
    v = steering_derivative(g, 0.3)
    once, more = largest_semidefinite_crb(R, v), largest_semidefinite_crb(16.0 * R, v)
    assert more == pytest.approx(16.0 * once, rel=1e-6)


def test_bad_tolerance():
    with pytest.raises(ValueError, match="tolerance must be at least 1e-15"):
        largest_semidefinite_crb(np.eye(2) / 2, np.ones(2), tolerance=0.0)
