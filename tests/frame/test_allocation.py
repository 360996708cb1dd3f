import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.channel import jakes_aging
from isacplan.frame.allocation import (
    _recursion,
    best_allocation,
    best_sum,
    best_sums,
    concave_majorant,
    even_split,
    even_split_sums,
    is_non_increasing,
)


def _compositions(total, parts):
    if parts == 1:
        yield (total,)
        return
    for first in range(1, total - parts + 2):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)


def _value(phi, blocks):
    return sum(phi[:n].sum() for n in blocks)


phis = st.lists(st.floats(0, 10), min_size=1, max_size=9).map(np.array)


@given(phis, st.data())
def test_recursion_equals_enumeration(phi, data):
    n = data.draw(st.integers(1, len(phi)))
    m = data.draw(st.integers(1, n))
    best = max(_value(phi, blocks) for blocks in _compositions(n, m))
    assert best_sums(phi, n, m)[m - 1, n] == pytest.approx(best, rel=1e-12)
    assert best_sum(phi, n, m) == pytest.approx(best, rel=1e-12)
    assert m * concave_majorant(phi[:n])(n / m) >= best * (1 - 1e-12)
    blocks = best_allocation(phi, n, m)
    assert len(blocks) == m
    assert sum(blocks) == n
    assert min(blocks) >= 1
    assert _value(phi, blocks) == pytest.approx(best, rel=1e-12)


@given(phis)
def test_even_split_is_optimal_when_older_blocks_carry_less(phi):
    phi = np.sort(phi)[::-1]
    assert is_non_increasing(phi)
    n = len(phi)
    sums = even_split_sums(phi[None], np.array([n]))[0]
    for m in range(1, n + 1):
        best = max(_value(phi, blocks) for blocks in _compositions(n, m))
        assert sums[m - 1] == pytest.approx(best, rel=1e-12, abs=1e-12)
        assert _value(phi, even_split(n, m)) == pytest.approx(best, rel=1e-12, abs=1e-12)


def test_even_split_loses_when_old_blocks_recover():
    """Proposition 2 needs a falling efficiency; Jakes aging does not give one."""
    phi = np.array([1.0, 0.0, 0.0, 3.0, 3.0])
    assert best_allocation(phi, 6 - 1, 2) == (4, 1)
    assert _value(phi, (4, 1)) > _value(phi, even_split(5, 2))


def test_more_updates_than_blocks_are_excluded():
    sums = even_split_sums(np.ones((1, 5)), np.array([3]))[0]
    assert np.all(np.isneginf(sums[3:]))
    assert np.all(np.isfinite(sums[:3]))


@pytest.mark.parametrize(("n_blocks", "n_updates"), [(3, 4), (0, 1), (3, 0)])
def test_bad_input(n_blocks, n_updates):
    with pytest.raises(ValueError, match="must be an integer of at least"):
        even_split(n_blocks, n_updates)


@given(
    n=st.integers(2, 60),
    seed=st.integers(0, 10_000),
    doppler=st.floats(0.02, 0.6),
    jakes=st.booleans(),
)
def test_corners_of_the_majorant_and_the_recursion_agree(n, seed, doppler, jakes):
    """Both ways to an allocation reach the (max,+) optimum for every number of updates."""
    rng = np.random.default_rng(seed)
    phi = rng.uniform(0.0, 3.0, n)
    if jakes:
        kept = jakes_aging(np.array([doppler, 0.7 * doppler]), 1.0, n) ** 2
        phi = np.sum(np.log2(1.0 + rng.uniform(0.5, 50.0, 2)[:, None] * kept), axis=0)
    best = best_sums(phi, n, n)[:, n]
    majorant = concave_majorant(phi)
    for m in range(1, n + 1):
        recursive = _recursion(phi, m)
        assert (len(recursive), sum(recursive)) == (m, n)
        assert _value(phi, recursive) == pytest.approx(best[m - 1], rel=1e-12)
        found = majorant.split(n, m)
        if found is not None:
            assert (len(found), sum(found), min(found) >= 1) == (m, n, True)
            assert _value(phi, found) == pytest.approx(best[m - 1], rel=1e-12)
        assert best_sum(phi, n, m) == pytest.approx(best[m - 1], rel=1e-12)


def test_the_majorant_does_not_always_tell():
    """Five runs over six blocks: the corners 1 and 3 do not fit, so the recursion decides."""
    phi = np.array([0.0, 0.0, 5.0, 2.0, 0.0, 1.0])
    assert concave_majorant(phi).split(6, 5) is None
    assert best_allocation(phi, 6, 5) == (2, 1, 1, 1, 1)
    assert best_sum(phi, 6, 5) == 0.0


def test_ten_thousand_blocks_under_jakes_aging():
    """Most numbers of updates need no recursion, which would take minutes here."""
    n = 10_000
    kept = jakes_aging(np.array([40.0, 130.0]), 70e-6, n) ** 2
    phi = np.sum(np.log2(1.0 + np.array([[5.0], [20.0]]) * kept), axis=0)
    majorant = concave_majorant(phi)
    found = [majorant.split(n, m) for m in (2, 50, 123, 999, 2_345)]
    assert all(blocks is not None and sum(blocks) == n for blocks in found)
