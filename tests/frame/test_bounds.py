"""The bounds behind the certificate, on a model whose efficiency can be given any shape."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.channel import jakes_aging
from isacplan.comm import Terms
from isacplan.enclosure import Interval, Jet
from isacplan.frame import FrameProblem, best_rates, optimal_frame, summed_efficiency
from isacplan.frame.bounds import segment_upper_bound
from isacplan.frame.search import _segment_bounds

LN2 = np.log(2.0)


class Shaped:
    """One user whose spectral efficiency is a parabola of the sensing duration in blocks."""

    n_users, accuracy = 1, 0.0
    valid_crb = defined_crb = np.array([np.inf])

    def __init__(self, level, slope, bend):
        self.level, self.slope, self.bend = level, slope, bend

    def _parabola(self, t):
        return self.level + self.slope * t + 0.5 * self.bend * t**2

    def terms(self, crb):
        signal = 2.0 ** self._parabola(1.0 / np.asarray(crb)) - 1.0
        return Terms(signal, np.zeros_like(signal), np.zeros_like(signal))

    def enclose(self, crb):
        # The variance is one over the duration in blocks; the duration comes back as its inverse.
        t = crb.reciprocal()
        low, high = t.value.lower, t.value.upper
        ends = np.stack([self._parabola(low), self._parabola(high)])
        top = np.max(ends, axis=0)
        if self.bend < 0:
            peak = np.clip(-self.slope / self.bend, low, high)
            top = np.maximum(top, self._parabola(peak))
        bottom = np.min(ends, axis=0)
        if self.bend > 0:
            bottom = np.minimum(bottom, self._parabola(np.clip(-self.slope / self.bend, low, high)))
        slopes = np.sort(np.stack([self.slope + self.bend * low, self.slope + self.bend * high]), 0)
        se = Jet(
            Interval.rounded(bottom, top),
            Interval.rounded(slopes[0], slopes[1]),
            Interval(np.full_like(low, self.bend), np.full_like(low, self.bend)),
        )
        se = t.composed(se)
        power = Interval.rounded(2.0**se.value.lower, 2.0**se.value.upper)
        outer = Jet(power, power.scaled(LN2), power.scaled(LN2**2))
        signal = se.composed(outer).shifted(-1.0)
        nothing = Interval(np.zeros_like(low), np.zeros_like(low))
        return Terms(signal, Jet(nothing, nothing, nothing), Jet(nothing, nothing, nothing))


def _problem(shape, *, n_blocks=3, update=0.2, aging=None):
    return FrameProblem.from_knowledge(
        n_blocks=n_blocks,
        block_duration=1.0,
        update_duration=update,
        symbol_duration=1e-3,
        knowledge=Shaped(*shape),
        temporal_correlation=np.ones(n_blocks) if aging is None else aging,
        crb_per_symbol=1e3,
        crb_limit=np.inf,
    )


def _rates(problem, T, n_sensing):
    n = np.full(len(T), problem.n_blocks - n_sensing)
    return best_rates(problem, summed_efficiency(problem, T), n, T - n_sensing)[0]


shapes = st.tuples(st.floats(2.6, 5.0), st.floats(-0.4, 3.0), st.floats(-0.3, 0.3))


@given(
    shape=shapes,
    n_sensing=st.integers(0, 2),
    update=st.sampled_from([0.0, 0.2, 0.9, 1.0]),
    start=st.floats(0.0, 0.9),
    width=st.floats(1e-3, 0.5),
)
def test_no_design_in_an_interval_exceeds_its_bound(shape, n_sensing, update, start, width):
    problem = _problem(shape, update=update)
    a = n_sensing + max(start, 0.01)
    b = min(a + width, n_sensing + 1.0)
    ends = np.array([a, b])
    at = _rates(problem, ends, n_sensing)
    nodes = (ends[:1], ends[1:], np.array([n_sensing]))
    bound = segment_upper_bound(problem, nodes, (at[:1], at[1:]))[0]
    inside = _rates(problem, np.linspace(a, b, 201), n_sensing)
    assert np.max(inside) <= bound + 1e-12


# Each shape makes one term of the bound decide: without it the bound falls below the rate.
@pytest.mark.parametrize(
    ("shape", "update", "n_sensing"),
    [
        ((-1.71, 1.0, 0.0), 0.0, 2),  # falling weight of Phi_1 against a rising Phi: 2 Phi'
        ((1.5, 0.7, -0.3), 0.0, 0),  # a top inside the interval: curvature
        ((37.25, -27.0, 10.0), 1.0, 2),  # update fills the block: negative weight, convex Phi
        ((3.0, -0.9, 0.0), 1.0, 2),  # the same, falling efficiency: the rate rises
    ],
)
def test_every_term_of_the_bound_is_needed(shape, update, n_sensing):
    problem = _problem(shape, update=update)
    for a in np.linspace(n_sensing + 0.05, n_sensing + 0.9, 18):
        for width in (0.02, 0.1):
            b = min(a + width, n_sensing + 1.0)
            ends = np.array([a, b])
            at = _rates(problem, ends, n_sensing)
            nodes = (ends[:1], ends[1:], np.array([n_sensing]))
            bound = segment_upper_bound(problem, nodes, (at[:1], at[1:]))[0]
            inside = np.max(_rates(problem, np.linspace(a, b, 101), n_sensing))
            assert inside <= bound + 1e-13


@given(shape=shapes, start=st.floats(0.02, 2.5), width=st.floats(1e-3, 2.0))
def test_largest_efficiency_dominates(shape, start, width):
    problem = _problem(shape)
    stop = min(start + width, 2.999)
    bounds = problem.efficiency.enclose(np.array([start]), np.array([stop]), problem.weight)
    phi, first = bounds.phi, bounds.first
    T = np.linspace(start, stop, 101)
    seen = summed_efficiency(problem, T)
    assert np.all(seen <= phi[0] + 1e-13)
    assert np.all(first.lower[0] <= seen[:, 0] + 1e-13)


def test_negative_weight_takes_the_lower_efficiency():
    """One update that fills its block: partial sensing subtracts what Phi_1 carries."""
    problem = _problem((1.0, 0.0, 0.0), n_blocks=1, update=1.0)
    bound = _segment_bounds(problem, np.array([1.0]), 0.1, np.array([0]), 0.9, "any")
    assert bound[0] >= -0.9 * 0.1 - 1e-12


def test_an_optimum_that_is_approached_from_the_left():
    """Near a zero of J0 the first block carries nothing, so sensing may fill its block."""
    aging = jakes_aging(np.array([0.3827]), 1.0, 6)
    problem = _problem((0.5, 0.05, 0.0), n_blocks=6, update=0.1, aging=aging)
    best = optimal_frame(problem)
    n_sensing = problem.n_sensing_blocks(best.sensing_duration)
    assert sum(best.blocks_per_update) == problem.n_blocks - n_sensing
    assert best.sensing_duration == pytest.approx(n_sensing + 1.0, rel=1e-6)
    assert best.sensing_duration < n_sensing + 1.0
    assert any("approached, not attained" in warning for warning in best.warnings)
    grid = np.linspace(0.01, 5.999, 20_000)
    for b in range(6):
        T = grid[(grid >= b) & (grid < b + 1)]
        assert np.max(_rates(problem, T, b)) <= best.upper_bound + 1e-12


def test_effort_that_ends_states_its_gap(monkeypatch):
    monkeypatch.setattr("isacplan.frame.search.MAX_EVALUATIONS", 8)
    problem = _problem((1.0, 1.5, -1.0), n_blocks=3)
    best = optimal_frame(problem, relative_gap=1e-12)
    assert best.gap > 1e-9
    T = np.linspace(0.01, 0.999, 5000)
    assert np.max(_rates(problem, T, 0)) <= best.upper_bound
