import numpy as np
import pytest
from numpy.random import SFC64, SeedSequence

from isacplan.simulate.backend import Backend
from isacplan.simulate.streams import NormalSource, scenario_key, shifted, sobol_points, stream

SINGLE, DOUBLE = np.float32, np.float64


def words(seed: SeedSequence) -> bytes:
    return seed.generate_state(4, np.uint64).tobytes()


def test_a_stream_is_named_by_seed_scenario_quantity_and_block_alone():
    names = [
        (0, "a", "x", 0),
        (1, "a", "x", 0),
        (0, "b", "x", 0),
        (0, "a", "y", 0),
        (0, "a", "x", 1),
    ]
    assert len({words(stream(*name)) for name in names}) == len(names)
    assert words(stream(*names[0])) == words(stream(*names[0]))


def test_the_key_depends_on_values_and_shapes():
    keys = {
        scenario_key([1.0, 2.0]),
        scenario_key([[1.0, 2.0]]),
        scenario_key([1.0, 2.5]),
        scenario_key("1.0"),
        scenario_key(None),
    }
    assert len(keys) == 5


@pytest.mark.parametrize("dtype", [SINGLE, DOUBLE])
def test_box_muller_draws_unit_circular_normals(dtype):
    n = 2**20
    z = NormalSource(n, dtype).draw(SFC64(SeedSequence(3))).astype(float)
    power = np.sum(z**2, axis=0)
    error = 1.0 / np.sqrt(n)
    assert abs(power.mean() - 1.0) < 4.0 * error
    assert abs((power**2).mean() - 2.0) < 4.0 * np.sqrt(20.0) * error
    assert np.all(np.abs(z.mean(axis=1)) < 4.0 * np.sqrt(0.5) * error)
    assert abs((z[0] * z[1]).mean()) < 4.0 * 0.5 * error
    assert abs((z[0] ** 2 - z[1] ** 2).mean()) < 4.0 * error
    # The empirical distribution of |z|^2 against the exponential, Kolmogorov's bound at 1e-4.
    ordered = np.sort(power)
    gap = np.abs(1.0 - np.exp(-ordered) - (np.arange(n) + 0.5) / n)
    assert gap.max() < 2.23 / np.sqrt(n)


def test_single_precision_ends_where_it_says():
    n = 2**20
    draws = [NormalSource(n, SINGLE).draw(SFC64(SeedSequence(i))) for i in range(4)]
    assert max(float(np.max(np.sum(z**2, axis=0))) for z in draws) <= 17.4


@pytest.mark.parametrize("n_shifts", [1, 8])
def test_shifted_points_are_uniform_and_still_a_net(n_shifts):
    points = sobol_points(6, 7)
    u = shifted(points, SeedSequence(5), n_shifts)
    assert u.shape == (6, 128 * n_shifts)
    assert np.all((u > 0.0) & (u < 1.0))
    for copy in u.reshape(6, n_shifts, 128).transpose(1, 0, 2):
        for row in copy:
            assert np.array_equal(np.sort((row * 128).astype(int)), np.arange(128))
    first = np.array([shifted(points, SeedSequence(i))[:, 0] for i in range(4000)])
    assert np.all(np.abs(first.mean(axis=0) - 0.5) < 4.0 / np.sqrt(12.0 * 4000))
    assert np.all(np.abs((first**2).mean(axis=0) - 1.0 / 3.0) < 4.0 * 0.2982 / np.sqrt(4000))


def test_quasi_and_pseudo_normals_share_moments():
    backend = Backend(dtype="double")
    for sampling in ("pseudo", "quasi"):
        draws = [backend.normals(SeedSequence(i), (3, 512), sampling).copy() for i in range(200)]
        power = np.sum(np.array(draws) ** 2, axis=1)
        assert np.all(np.abs(power.mean(axis=(0, 2)) - 1.0) < 4.0 / np.sqrt(200 * 512))
        fourth = (power**2).mean(axis=(0, 2))
        assert np.all(np.abs(fourth - 2.0) < 4.0 * np.sqrt(20.0 / (200 * 512)))
