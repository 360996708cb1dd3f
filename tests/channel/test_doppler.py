"""Traced aging and fading against draws, special cases and a ray tracer's own Doppler."""

import numpy as np
import pytest
from scipy.special import j0

from isacplan.array import steering_vector, uniform_linear
from isacplan.channel.doppler import PathFading, path_doppler, traced_aging, traced_correlation


def test_many_paths_all_around_age_by_jakes():
    nu = 80.0 * np.cos(2 * np.pi * (np.arange(400) + 0.3) / 400)
    lag = 1e-3 * np.arange(12)
    np.testing.assert_allclose(
        traced_correlation(np.ones(400), nu, lag), j0(2 * np.pi * 80.0 * lag), atol=1e-12
    )


def test_two_equal_paths_beat():
    """``|cos(pi dnu dt)|``: gone after half a beat, back after a whole one."""
    found = traced_aging([2.0, 2.0], [10.0, 60.0], 1e-3, 20)
    np.testing.assert_allclose(
        found, np.abs(np.cos(np.pi * 50.0 * 1e-3 * np.arange(1, 21))), atol=1e-12
    )
    assert found[9] == pytest.approx(0.0, abs=1e-12)
    assert found[19] == pytest.approx(1.0)


def test_paths_in_step_do_not_age_at_all():
    """One path, one Doppler shift for all, or none: never more than 1, for thousands of users."""
    rng = np.random.default_rng(7)
    for _ in range(3000):
        n = int(rng.integers(1, 9))
        gain = 10.0 ** rng.uniform(-15.0, -5.0, n)
        for g, nu in (
            (gain[:1], rng.uniform(-500.0, 500.0, 1)),
            (gain, np.full(n, rng.uniform(-500.0, 500.0))),
            (gain, np.zeros(n)),
        ):
            rho = traced_aging(g, nu, 14 * 17.857e-6, 20, first_lag=0)
            assert np.max(rho) <= 1.0
            assert np.min(rho) > 1.0 - 1e-12


def test_first_lag_and_shapes(assert_elementwise):
    g, nu = np.array([1.0, 0.2]), np.array([3.0, -40.0])
    late, early = (traced_aging(g, nu, 1e-3, 5, first_lag=f) for f in (1, 0))
    assert early[0] == 1.0
    np.testing.assert_array_equal(traced_aging(g, nu, 1e-3, 1), late[:1])
    np.testing.assert_array_equal(early[1:], late[:-1])
    assert_elementwise(lambda t: traced_correlation(g, nu, t), np.linspace(0, 1, 6).reshape(2, 3))
    with pytest.raises(ValueError, match="some power"):
        traced_correlation([0.0], [1.0], 0.0)
    with pytest.raises(ValueError, match=r"shape \(P,\)"):
        traced_correlation([1.0, 2.0], [1.0], 0.0)


def test_doppler_of_velocity():
    """Towards the source the path shortens; across nothing happens; a climb counts."""
    wave = 299_792_458.0 / 3e9
    assert path_doppler([2.0, 0, 0], 0.0, 0.0, 3e9) == pytest.approx(2.0 / wave)
    assert path_doppler([2.0, 0, 0], np.pi / 2, 0.0, 3e9) == pytest.approx(0.0, abs=1e-12)
    assert path_doppler([0, 0, 2.0], 0.3, -np.pi / 6, 3e9) == pytest.approx(-1.0 / wave)
    with pytest.raises(ValueError, match=r"velocity must have shape \(3,\)"):
        path_doppler([1.0, 2.0], 0.0, 0.0, 3e9)


def fading():
    rng = np.random.default_rng(5)
    gain = rng.exponential(size=4)
    return PathFading(
        gain=gain / gain.sum(),
        doppler=rng.uniform(-50, 50, 4),
        steering=steering_vector(uniform_linear(5), rng.uniform(-1, 1, 4)),
    )


def test_moments_of_the_draws():
    """Means over every phase, by a grid that integrates these products exactly."""
    one, lag, noise = fading(), 7e-3, 0.3
    rng = np.random.default_rng(0)
    W = rng.normal(size=(5, 5)) + 1j * rng.normal(size=(5, 5))
    grid = 2 * np.pi * np.arange(5) / 5
    phases = np.stack(np.meshgrid(*[grid] * 4), axis=-1).reshape(-1, 4)
    h = np.einsum("bp,tpl->tbl", np.exp(1j * phases), one.moving(np.array([0.0, lag])))
    np.testing.assert_allclose(h[0].T @ h[0].conj() / len(phases), one.correlation, atol=1e-13)
    x = np.einsum("bl,lm,bm->b", h[1].conj(), W, h[0])
    from_noise = noise * np.mean([np.linalg.norm(W.conj().T @ v) ** 2 for v in h[1]])
    mean, square = one.beam_moments(W, lag, noise)
    assert mean == pytest.approx(np.mean(x), abs=1e-12)
    assert square == pytest.approx(np.mean(np.abs(x) ** 2) + from_noise, rel=1e-12)
    moved = np.mean(np.sum(h[1].conj() * h[0], axis=-1))
    rho = traced_correlation(one.gain, one.doppler, lag)
    assert moved == pytest.approx(rho.conj(), abs=1e-12)


def test_bad_fading():
    good = {"gain": np.ones(1), "doppler": np.zeros(1), "steering": np.ones((1, 2), complex)}
    PathFading(**good)
    with pytest.raises(ValueError, match="gain must add up to 1, got 2"):
        PathFading(**{**good, "gain": 2 * np.ones(1)})
    with pytest.raises(ValueError, match="must describe the same paths"):
        PathFading(**{**good, "doppler": np.zeros(2)})
    with pytest.raises(ValueError, match="must describe the same paths"):
        PathFading(**{**good, "steering": np.ones((2, 2), complex)})
