"""The simulated fix of several links against other ways to minimise the same squares."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from isacplan.simulate.nonlinear_fix import LinkGeometry


def geometry(*, clock_known=True, **changes):
    values = {
        "place": np.array([80.0, 30.0]),
        "stations": np.array([[0.0, 0.0], [150.0, 0.0], [40.0, 120.0], [60.0, -90.0]]),
        "facing": np.array([0.0, 0.0, -1.5, 0.0]),
        "height": np.array([0.0, 12.0, 0.0, 5.0]),
        "clock": np.array([1.0, 1.0, -1.0, 1.0]),
        "clock_known": clock_known,
        "sine_weight": np.array([1e3, 0.0, 4e3, 0.0]),
        "range_weight": np.array([4.0, 1.0, 0.25, 2.0]),
    }
    return LinkGeometry(**(values | changes))


def measured(g, x):
    """Sines and ranges at a state, from the geometry written out."""
    offset = x[:2] - g.stations
    slant = np.sqrt(offset[:, 0] ** 2 + offset[:, 1] ** 2 + g.height**2)
    along = offset[:, 1] * np.cos(g.facing) - offset[:, 0] * np.sin(g.facing)
    clock = 0.0 if g.clock_known else x[2]
    return along / slant, slant + g.clock * clock


def squares(g, x, sine_error, range_error):
    """Weighted residuals at a state."""
    sine, ranges = measured(g, x)
    true_sine, true_ranges = measured(g, np.array([*g.place, 0.0]))
    return np.concatenate(
        [
            np.sqrt(g.sine_weight) * (true_sine + sine_error - sine),
            np.sqrt(g.range_weight) * (true_ranges + range_error - ranges),
        ]
    )


@pytest.mark.parametrize("clock_known", [True, False])
@pytest.mark.parametrize("scale", [0.3, 8.0])
def test_the_fix_is_the_least_of_the_squares(clock_known, scale):
    g, rng, n = geometry(clock_known=clock_known), np.random.default_rng(4), 20
    sine_error = 0.02 * scale * rng.standard_normal((4, n))
    range_error = scale * rng.standard_normal((4, n)) / np.sqrt(g.range_weight)[:, None]
    found = g.fix(sine_error, range_error, np.zeros((1, 2, n)))
    for i in range(n):
        start = np.zeros(2 if clock_known else 3)
        start[:2] = g.place + 0.1
        best = least_squares(
            lambda x, i=i: squares(g, x, sine_error[:, i], range_error[:, i]),
            start,
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-14,
        )
        np.testing.assert_allclose(found[:, i], best.x[:2] - g.place, atol=1e-4)


def test_of_several_starts_the_best_end_counts():
    # Two ranges alone have a second place at the mirror of the line between the stations.
    g = geometry(
        stations=np.array([[0.0, 0.0], [160.0, 0.0]]),
        facing=np.zeros(2),
        height=np.zeros(2),
        clock=np.ones(2),
        sine_weight=np.array([1e-3, 0.0]),
        range_weight=np.ones(2),
    )
    none = np.zeros((2, 1))
    mirror = np.array([[0.0], [-61.0]])
    there = g.fix(none, none, mirror[None])
    assert there[1, 0] == pytest.approx(-60.0, abs=0.1)
    both = g.fix(none, none, np.stack([mirror, np.array([[1.0], [2.0]])]))
    np.testing.assert_allclose(both, 0.0, atol=1e-6)


def test_angle_and_range_of_one_station_are_its_own_fix():
    """A range and an angle of one station: what they say, whatever the height."""
    g = geometry(
        stations=np.zeros((1, 2)),
        facing=np.zeros(1),
        height=np.array([20.0]),
        clock=np.ones(1),
        sine_weight=np.array([2e4]),
        range_weight=np.array([3.0]),
    )
    sine_error, range_error = np.array([[0.01, -0.05]]), np.array([[5.0, -7.0]])
    found = g.fix(sine_error, range_error, np.zeros((1, 2, 2))) + g.place[:, None]
    slant = np.sqrt(80.0**2 + 30.0**2 + 20.0**2)
    y = (slant + range_error[0]) * (30.0 / slant + sine_error[0])
    x = np.sqrt((slant + range_error[0]) ** 2 - 20.0**2 - y**2)
    np.testing.assert_allclose(found, [x, y], rtol=1e-6)


def test_a_start_at_a_station_still_ends():
    g, none = geometry(), np.zeros((4, 1))
    at_station = (g.stations[0] - g.place)[:, None]
    found = g.fix(none, none, np.stack([at_station, np.ones((2, 1))]))
    np.testing.assert_allclose(found, 0.0, atol=1e-6)


@pytest.mark.parametrize("facing", [0.0, 0.6, 1.2])
def test_a_place_behind_the_array_is_not_taken(facing):
    """Angle and range of one station fit the mirror of the place as well."""
    g = geometry(
        stations=np.zeros((1, 2)),
        facing=np.array([facing]),
        height=np.zeros(1),
        clock=np.ones(1),
        sine_weight=np.array([2e4]),
        range_weight=np.array([3.0]),
    )
    look = np.array([np.cos(facing), np.sin(facing)])
    mirror = -2.0 * (g.place @ look) * look[:, None]
    none = np.zeros((1, 1))
    np.testing.assert_allclose(g.fix(none, none, mirror[None]), mirror, atol=1e-6)
    both = g.fix(none, none, np.stack([mirror, np.array([[1.0], [2.0]])]))
    np.testing.assert_allclose(both, 0.0, atol=1e-6)
