import numpy as np
import pytest

from isacplan.channel import geometric_aging, jakes_aging, one_ring_correlation
from isacplan.channel.fading import (
    correlation_root,
    geometric_process_root,
    jakes_process_root,
)


def gram(root):
    return root @ np.swapaxes(root.conj(), -1, -2)


def test_the_autoregression_has_the_geometric_correlation():
    F = geometric_process_root(np.array([0.5, 0.98, 1.0]), 9)
    assert np.array_equal(F, np.tril(F))
    for rho, correlation in zip((0.5, 0.98, 1.0), gram(F), strict=True):
        expected = geometric_aging(rho, 9, first_lag=0)
        assert np.allclose(correlation[0], expected, rtol=1e-12)
        assert np.allclose(correlation[4, 4:], expected[:5], rtol=1e-12)


def test_the_autoregression_is_its_recursion():
    w = np.random.default_rng(0).normal(size=7)
    x = [w[0]]
    for innovation in w[1:]:
        x.append(0.9 * x[-1] + np.sqrt(1.0 - 0.81) * innovation)
    assert np.allclose(geometric_process_root(0.9, 7) @ w, x, rtol=1e-12)


@pytest.mark.parametrize("doppler", [0.0, 3.0, 200.0, 5000.0])
def test_the_doppler_process_has_the_jakes_correlation(doppler):
    F = jakes_process_root(np.array([doppler]), 2.5e-4, 60)
    expected = jakes_aging(doppler, 2.5e-4, 60, first_lag=0)
    assert np.allclose(gram(F)[0, 0], expected, atol=1e-10)
    assert np.allclose(gram(F)[0, 20, 20:], expected[:40], atol=1e-10)


def test_the_doppler_process_is_band_limited():
    F = jakes_process_root(np.array([100.0]), 2.5e-4, 80)
    assert F.shape[-1] <= 2 * 100.0 * 2.5e-4 * 80 + 16


def test_the_spatial_root_keeps_the_correlation():
    from isacplan.array import uniform_linear

    R = one_ring_correlation(
        uniform_linear(16), np.array([0.2, -0.7]), density="uniform", spread=np.radians(2.0)
    )
    root = correlation_root(R)
    assert root.shape[-1] < 12
    assert np.allclose(gram(root), R, atol=1e-11)
    energy = np.sum(np.abs(root) ** 2, axis=-2)
    assert np.all(np.diff(energy, axis=-1) <= 1e-12)
