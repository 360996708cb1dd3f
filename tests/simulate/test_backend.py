"""One kernel, several array libraries: the same injected draws give the same numbers."""

import importlib
from dataclasses import replace

import numpy as np
import pytest
from numpy.random import SeedSequence

from isacplan.scenario import load_scenario
from isacplan.simulate import Backend, frame_simulation
from isacplan.simulate.kernels import filter_moments, norm_moments

LIBRARIES = ("array_api_strict", "torch", "jax")


def namespace(name):
    module = pytest.importorskip(name)
    if name == "torch":
        return importlib.import_module("array_api_compat.torch")
    if name == "jax":
        module.config.update("jax_enable_x64", True)
        return importlib.import_module("jax.numpy")
    return module


def draws(rng, *shape):
    return rng.normal(size=shape) * np.sqrt(0.5)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_norm_kernel_agrees(library):
    xp, rng = namespace(library), np.random.default_rng(0)
    parts, weights = draws(rng, 2, 5, 300), rng.uniform(size=(4, 5))
    expected = norm_moments(np, parts, weights)
    found = norm_moments(xp, xp.asarray(parts), xp.asarray(weights))
    for a, b in zip(expected, found, strict=True):
        assert np.allclose(a, np.asarray(b), rtol=1e-12)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_filter_kernel_agrees(library):
    xp, rng = namespace(library), np.random.default_rng(1)
    filters = draws(rng, 3, 6, 6) + 1j * draws(rng, 3, 6, 6)
    y, m = (draws(rng, 6, 50) + 1j * draws(rng, 6, 50) for _ in range(2))
    expected = filter_moments(np, filters, y, m)
    found = filter_moments(xp, *(xp.asarray(x) for x in (filters, y, m)))
    for a, b in zip(expected, found, strict=True):
        assert np.allclose(a, np.asarray(b), rtol=1e-12)


def test_the_kernels_say_what_they_say():
    rng = np.random.default_rng(2)
    parts, weights = draws(rng, 2, 3, 40), np.array([[3.0, 2.0, 0.5]])
    h = np.sqrt(weights[0])[:, None] * (parts[0] + 1j * parts[1])
    norm, square, gram = norm_moments(np, parts, weights)
    power = np.sum(np.abs(h) ** 2, axis=0)
    assert norm[0] == pytest.approx(power.sum(), rel=1e-12)
    assert square[0] == pytest.approx((power**2).sum(), rel=1e-12)
    outer = gram[:3, :3] + gram[3:, 3:] + 1j * (gram[3:, :3] - gram[:3, 3:])
    scale = np.sqrt(weights[0])
    assert np.allclose(outer * np.outer(scale, scale), h @ h.conj().T, rtol=1e-12)
    filters = draws(rng, 4, 3, 3) + 1j * draws(rng, 4, 3, 3)
    m = draws(rng, 3, 40) + 1j * draws(rng, 3, 40)
    gain, square, outer = filter_moments(np, filters, h, m)
    estimate = filters @ h
    inner = np.sum(estimate.conj() * m, axis=1)
    assert gain == pytest.approx(inner.real.sum(), rel=1e-12)
    assert square == pytest.approx((np.abs(inner) ** 2).sum(), rel=1e-12)
    assert np.allclose(outer, sum(x @ x.conj().T for x in estimate), rtol=1e-12)


@pytest.mark.parametrize("depth", ["additive", "mismatched"])
@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_library_runs_the_whole_block(library, depth):
    pytest.importorskip(library)
    backend = Backend(name=library, dtype="double")
    base = frame_simulation(
        load_scenario("bai2024"), depth=depth, backend=Backend(dtype="double")
    ).experiment
    other = replace(base, backend=backend)
    # Quasi-random points are the same for every library.
    assert np.allclose(other.block(0), base.block(0), rtol=1e-10)
    drawn = replace(base, sampling="pseudo", backend=backend)
    assert drawn.block(3).tobytes() == drawn.block(3).tobytes()
    assert np.allclose(drawn.block(3)[:5], base.block(0)[:5], rtol=0.5)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_library_normals_are_unit_circular(library):
    pytest.importorskip(library)
    backend = Backend(name=library)
    z = backend.numpy(backend.normals(SeedSequence(1), (4, 2**16), "pseudo"))
    power = np.sum(z**2, axis=0)
    assert power.mean() == pytest.approx(1.0, abs=4.0 / 2**9)
    assert (power**2).mean() == pytest.approx(2.0, abs=4.0 * np.sqrt(20.0) / 2**9)


@pytest.mark.parametrize("depth", ["additive", "mismatched"])
def test_single_precision_is_good_to_a_part_in_a_hundred_thousand(depth):
    found = {}
    for dtype in ("single", "double"):
        e = frame_simulation(
            load_scenario("bai2024"), depth=depth, backend=Backend(dtype=dtype)
        ).experiment
        e = replace(e, key="same draws")
        blocks = np.array([e.block(i) for i in range(20)])
        found[dtype] = e.estimate(blocks.mean(axis=0))
    assert np.max(np.abs(found["single"] / found["double"] - 1.0)) < 1e-5


def test_wrong_backends_are_refused():
    with pytest.raises(ValueError, match="backend must be one of"):
        Backend(name="fortran")
    with pytest.raises(ValueError, match="device must be cpu"):
        Backend(device="cuda")
    if importlib.util.find_spec("cupy") is None:
        with pytest.raises(ValueError, match="not installed: pip install"):
            Backend(name="cupy")
