import mpmath
import numpy as np
import pytest

from isacplan.channel import geometric_aging, jakes_aging, max_doppler


def test_geometric_starts_at_its_first_lag():
    np.testing.assert_allclose(geometric_aging(0.98, 3), 0.98 ** np.arange(1, 4), rtol=1e-14)
    np.testing.assert_allclose(geometric_aging(0.98, 2, first_lag=0), [1.0, 0.98], rtol=1e-14)


def test_jakes_is_the_mean_phase_over_isotropic_directions():
    direction = 2 * np.pi * np.arange(4000) / 4000
    lag = np.arange(1, 6)
    phase = 2 * np.pi * 120.0 * 5e-4 * lag[:, None] * np.cos(direction)
    np.testing.assert_allclose(
        jakes_aging(120.0, 5e-4, 5), np.mean(np.cos(phase), axis=1), atol=1e-12
    )


def test_jakes_against_arbitrary_precision():
    assert jakes_aging(100.0, 1e-3, 4)[3] == pytest.approx(
        float(mpmath.besselj(0, 2 * mpmath.pi * 100 * mpmath.mpf("1e-3") * 4)), rel=1e-12
    )


def test_jakes_is_not_monotone_past_its_first_zero():
    assert np.any(np.diff(jakes_aging(200.0, 1e-3, 8) ** 2) > 0.1)


def test_doppler():
    assert max_doppler(30.0, 299_792_458.0) == pytest.approx(30.0)


def test_elementwise(assert_elementwise):
    assert_elementwise(lambda r: geometric_aging(r, 5), np.array([[0.5, 0.9], [0.99, 1.0]]))
    assert_elementwise(lambda f: jakes_aging(f, 1e-3, 5), np.array([[0.0, 9.0], [50.0, 700.0]]))
    assert_elementwise(max_doppler, np.array([1.0, 2.0]), np.array([1e9]))


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: geometric_aging(0.0, 3), "rho must be greater than 0"),
        (lambda: geometric_aging(1.1, 3), "rho must be greater than 0 and at most 1"),
        (lambda: geometric_aging(0.5, 0), "n_blocks"),
        (lambda: geometric_aging(0.5, 3, first_lag=-1), "first_lag"),
        (lambda: jakes_aging(-1.0, 1e-3, 3), "max_doppler must be at least 0"),
        (lambda: jakes_aging(1.0, 0.0, 3), "block_duration"),
        (lambda: max_doppler(np.nan, 1e9), "speed"),
    ],
)
def test_bad_input(call, match):
    with pytest.raises(ValueError, match=match):
        call()
