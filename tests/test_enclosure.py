import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.enclosure import Interval, Jet

numbers = st.floats(-1e3, 1e3)
widths = st.floats(0.0, 10.0)


def _interval(low, width):
    return Interval(np.array([low]), np.array([low + width]))


def _holds(interval, exact):
    return mpmath.mpf(interval.lower[0]) <= exact <= mpmath.mpf(interval.upper[0])


@given(numbers, widths, numbers, widths, st.floats(0, 1), st.floats(0, 1))
def test_operations_enclose_every_point_exactly(a, wa, b, wb, s, t):
    x, y = _interval(a, wa), _interval(b, wb)
    px = mpmath.mpf(min(a + s * wa, float(x.upper[0])))
    py = mpmath.mpf(min(b + t * wb, float(y.upper[0])))
    with mpmath.workdps(50):
        assert _holds(x + y, px + py)
        assert _holds(x - y, px - py)
        assert _holds(x * y, px * py)
        assert _holds(x.square(), px**2)
        assert _holds(-x, -px)
        assert _holds(x.scaled(0.1), px * mpmath.mpf(0.1))
        assert _holds(x.shifted(0.1), px + mpmath.mpf(0.1))
        if x.lower[0] > 0:
            assert _holds(x.reciprocal(), 1 / px)


@given(st.lists(numbers, min_size=1, max_size=200))
def test_sums_enclose_the_exact_sum(values):
    x = np.array(values)
    total = Interval(x, x).sum(axis=0)
    with mpmath.workdps(60):
        exact = mpmath.fsum(mpmath.mpf(v) for v in values)
        assert mpmath.mpf(float(total.lower)) <= exact <= mpmath.mpf(float(total.upper))


def test_reciprocal_of_an_interval_that_reaches_zero_is_unbounded():
    assert np.isinf(_interval(0.0, 1.0).reciprocal().upper[0])


def _variable(low, high):
    one, zero = np.ones_like(low), np.zeros_like(low)
    return Jet(Interval(low, high), Interval(one, one), Interval(zero, zero))


@pytest.mark.parametrize(
    ("on_jets", "f", "df", "ddf"),
    [
        (
            lambda x: x * x + x.scaled(3.0),
            lambda x: x * x + 3 * x,
            lambda x: 2 * x + 3,
            lambda x: 2 + 0 * x,
        ),
        (lambda x: x.square(), lambda x: x**2, lambda x: 2 * x, lambda x: 2 + 0 * x),
        (
            lambda x: x.reciprocal(),
            lambda x: 1 / x,
            lambda x: -1 / x**2,
            lambda x: 2 / x**3,
        ),
        (lambda x: x.log(), np.log, lambda x: 1 / x, lambda x: -1 / x**2),
        (
            lambda x: (x.square().shifted(1.0)).log() - x,
            lambda x: np.log(1 + x**2) - x,
            lambda x: 2 * x / (1 + x**2) - 1,
            lambda x: (2 - 2 * x**2) / (1 + x**2) ** 2,
        ),
    ],
)
def test_jets_enclose_derivatives(on_jets, f, df, ddf):
    low = np.linspace(0.2, 3.0, 8)
    high = low + np.geomspace(1e-6, 1.0, 8)
    jet = on_jets(_variable(low, high))
    for s in np.linspace(0, 1, 11):
        x = low + s * (high - low)
        for part, exact in ((jet.value, f(x)), (jet.first, df(x)), (jet.second, ddf(x))):
            slack = 1e-13 * (1 + np.abs(exact))
            assert np.all(part.lower <= exact + slack)
            assert np.all(exact <= part.upper + slack)


def test_chain_rule():
    low, high = np.array([0.5]), np.array([0.6])
    inner = _variable(low, high).square()
    v = inner.value
    outer = Jet(
        Interval(np.exp(v.lower), np.exp(v.upper)),
        Interval(np.exp(v.lower), np.exp(v.upper)),
        Interval(np.exp(v.lower), np.exp(v.upper)),
    )
    jet = inner.composed(outer)
    x = 0.55
    assert jet.first.lower[0] <= 2 * x * np.exp(x**2) <= jet.first.upper[0]
    assert jet.second.lower[0] <= (2 + 4 * x**2) * np.exp(x**2) <= jet.second.upper[0]
