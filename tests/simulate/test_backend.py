"""One kernel, several array libraries: the same injected draws give the same numbers."""

import importlib
from dataclasses import replace
from functools import cached_property

import numpy as np
import pytest
from numpy.random import SeedSequence

from isacplan.scenario import SplitScenario, load_scenario
from isacplan.simulate import Backend, frame_simulation, split_simulation
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


class Injected(Backend):
    """A library that is handed NumPy's draws, so that it must find NumPy's numbers."""

    @cached_property
    def xp(self):
        return namespace(self.name)

    def __post_init__(self):
        pass

    def _moved(self, values, *, single):
        return self.xp.asarray(np.array(values))

    def indices(self, values):
        return self.xp.asarray(np.array(values))

    def normals(self, seed, shape, sampling):
        drawn = Backend(dtype="double").normals(seed, shape, sampling)
        return self.xp.asarray(drawn.copy())

    def numpy(self, values):
        return np.asarray(values)


def experiment(name, **options):
    scenario = load_scenario(name)
    if isinstance(scenario, SplitScenario):
        return split_simulation(scenario, backend=Backend(dtype="double")).experiment
    return frame_simulation(
        scenario, sensing_duration=2.8e-4, backend=Backend(dtype="double"), **options
    ).experiment


CASES = {
    "additive": ("bai2024", {"depth": "additive"}),
    "mismatched": ("bai2024", {"depth": "mismatched"}),
    "end-to-end": ("bai2024", {"depth": "end-to-end"}),
    "end-to-end, MUSIC": ("bai2024", {"depth": "end-to-end", "estimator": "music"}),
    "end-to-end, ESPRIT": ("bai2024", {"depth": "end-to-end", "estimator": "esprit"}),
    "Jakes, traced": ("munich", {"depth": "end-to-end"}),
    "split": ("gao2024", {}),
}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[pytest.mark.slow] if case.startswith(("end", "Jakes")) else [])
        for case in CASES
    ],
)
@pytest.mark.parametrize("library", LIBRARIES)
def test_with_the_same_draws_every_library_finds_the_same_block(library, case):
    namespace(library)
    name, options = CASES[case]
    base = experiment(name, **options)
    expected = base.block(0)
    found = replace(base, backend=Injected(name=library, dtype="double")).block(0)
    scale = np.max(np.abs(expected))
    # Newton steps of the estimators end within rounding of each other, not on the same bits.
    assert np.allclose(found, expected, rtol=1e-8, atol=1e-12 * scale)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_library_draws_for_itself_and_repeats_itself(library, case):
    pytest.importorskip(library)
    name, options = CASES[case]
    base = experiment(name, **options)
    own = replace(base, backend=Backend(name=library))
    first = own.block(3)
    assert own.block(3).tobytes() == first.tobytes()
    assert own.block(4).tobytes() != first.tobytes()
    means = np.mean([own.block(i) for i in range(6)], axis=0)
    expected = np.mean([base.block(i) for i in range(6)], axis=0)
    large = np.abs(expected) > 0.1 * np.max(np.abs(expected))
    # Other draws: six blocks know their largest means to a fifth or so.
    assert np.allclose(means[large], expected[large], rtol=0.5)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_quasi_random_points_are_the_same_for_every_library(library):
    pytest.importorskip(library)
    base = experiment("bai2024", depth="additive")
    other = replace(base, backend=Backend(name=library, dtype="double"))
    assert np.allclose(other.block(0), base.block(0), rtol=1e-10)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_library_normals_are_unit_circular(library):
    pytest.importorskip(library)
    backend = Backend(name=library)
    z = backend.numpy(backend.normals(SeedSequence(1), (4, 2**16), "pseudo"))
    power = np.sum(z**2, axis=0)
    assert power.mean() == pytest.approx(1.0, abs=4.0 / 2**9)
    assert (power**2).mean() == pytest.approx(2.0, abs=4.0 * np.sqrt(20.0) / 2**9)


class SameDraws(Backend):
    """Single or double precision from the draws of single precision."""

    def normals(self, seed, shape, sampling):
        drawn = Backend(dtype="single").normals(seed, shape, sampling)
        return drawn.astype(self.real_dtype)


@pytest.mark.parametrize("case", CASES)
def test_single_precision_is_good_to_a_part_in_a_hundred_thousand(case):
    name, options = CASES[case]
    base, found = experiment(name, **options), {}
    for dtype in ("single", "double"):
        e = replace(base, backend=SameDraws(dtype=dtype))
        found[dtype] = e.estimate(np.mean([e.block(i) for i in range(4)], axis=0))
    error = np.abs(found["single"] / found["double"] - 1.0)
    # Angle errors of street-level SNR are squares of differences near 1e-3 rad.
    assert np.max(error) < 1e-5, np.max(error)


class Wide(Backend):
    """Blocks as an accelerator has them, on the processor."""

    @property
    def block_scale(self):
        return 4


@pytest.mark.parametrize("case", ["additive", "mismatched", "end-to-end", "split"])
def test_larger_blocks_hold_more_trials_of_the_same(case):
    name, options = CASES[case]
    base = experiment(name, **options)
    wide = replace(base, backend=Wide(dtype="double"))
    assert wide.trials_per_block == 4 * base.trials_per_block
    assert wide.memory > base.memory
    means = [np.mean([e.block(i) for i in range(8)], axis=0) for e in (wide, base)]
    large = np.abs(means[1]) > 0.1 * np.max(np.abs(means[1]))
    # Other draws: eight blocks know their largest means to a tenth or so.
    assert np.allclose(means[0][large], means[1][large], rtol=0.3)


def test_wrong_backends_are_refused():
    with pytest.raises(ValueError, match="backend must be one of"):
        Backend(name="fortran")
    with pytest.raises(ValueError, match="device must be cpu"):
        Backend(device="cuda")
    if importlib.util.find_spec("cupy") is None:
        with pytest.raises(ValueError, match="not installed: pip install"):
            Backend(name="cupy")
