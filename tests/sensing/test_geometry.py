"""Which geometries determine a position, and how well, over many orders of every quantity."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.sensing import anchor_measurements, position_bound, position_covariance
from isacplan.sensing.position import STATE, UNITS
from isacplan.units import SPEED_OF_LIGHT

STILL = ("velocity_x", "velocity_y")
SYNCHRONISED = ("clock", *STILL)
NOBODY_KNOWS = STILL


def stacked(rows):
    return rows.reshape(-1, len(STATE))


def exact_trace(rows, known):
    """Trace of the position block of the inverse Fisher matrix, with 100 digits."""
    keep = [i for i, name in enumerate(STATE) if name not in known]
    with mpmath.workdps(100):
        R = mpmath.matrix([[mpmath.mpf(float(x)) for x in row] for row in (rows * UNITS)[:, keep]])
        C = (R.T * R) ** -1
        return float(C[0, 0] + C[1, 1])


def variances(rng, shape):
    """Of delays and angles: from picometres to kilometres, from nanoradians to radians."""
    return {
        "delay_variance": 10.0 ** rng.uniform(-41.0, -11.0, shape),
        "angle_variance": 10.0 ** rng.uniform(-18.0, 0.0, shape),
    }


@pytest.mark.parametrize("known", [SYNCHRONISED, NOBODY_KNOWS], ids=["clock", "no clock"])
@pytest.mark.parametrize("seed", range(40))
def test_elongated_ellipses_are_finite_and_right(seed, known):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1 if "clock" in known else 2, 6))
    place = rng.standard_normal(2) * 10.0 ** rng.uniform(0.0, 4.0)
    anchors = rng.standard_normal((n, 2)) * 10.0 ** rng.uniform(0.0, 4.0)
    rows = stacked(anchor_measurements(place, anchor=anchors, **variances(rng, n)))
    expected = exact_trace(rows, known)
    assert position_bound(rows, known=known) == pytest.approx(expected, rel=1e-6)


def test_an_ellipse_of_a_kilometre_by_a_nanometre():
    # Once infinite: the determinant of the information was compared with its squared trace.
    place = 1000.0 * np.array([np.cos(0.7), np.sin(0.7)])
    rows = anchor_measurements(
        place, angle_variance=1.0, delay_variance=(1e-9 / SPEED_OF_LIGHT) ** 2
    )
    assert position_bound(rows) == pytest.approx(1e6, rel=1e-12)


def singular_geometry(rng, kind):
    """Measurements that cannot determine the position, and what is known."""
    place = rng.standard_normal(2) * 10.0 ** rng.uniform(-1.0, 3.0)
    turn = rng.uniform(0.0, 2.0 * np.pi)
    along = np.array([np.cos(turn), np.sin(turn)])
    n = int(rng.integers(2, 6))
    away = 10.0 ** rng.uniform(0.0, 4.0, n)
    both_sides = away * rng.choice([-1.0, 1.0], n)
    delay, angle = (variances(rng, n)[f"{name}_variance"] for name in ("delay", "angle"))
    if kind in ("ranges along a line", "differences along a line"):
        line = place + both_sides[:, None] * along
        known = SYNCHRONISED if kind.startswith("ranges") else NOBODY_KNOWS
        return anchor_measurements(place, anchor=line, delay_variance=delay), known
    if kind == "bearings along a line":
        line = place + both_sides[:, None] * along
        return anchor_measurements(place, anchor=line, angle_variance=angle), SYNCHRONISED
    if kind == "one direction, no clock":
        line = place + away[:, None] * along
        return anchor_measurements(place, anchor=line, delay_variance=delay), NOBODY_KNOWS
    if kind == "anchors in one place":
        same = np.tile(place + away[0] * along, (n, 1))
        rows = anchor_measurements(place, anchor=same, angle_variance=angle, delay_variance=delay)
        return rows, NOBODY_KNOWS
    if kind == "one difference":
        two = place + 100.0 * rng.standard_normal((2, 2))
        return anchor_measurements(place, anchor=two, delay_variance=delay[:2]), NOBODY_KNOWS
    # Two Doppler shifts and one range: four unknowns, three equations.
    two = place + 100.0 * rng.standard_normal((2, 2))
    rows = anchor_measurements(
        place,
        anchor=two,
        velocity=10.0 * rng.standard_normal(2),
        wavelength=0.1,
        doppler_variance=10.0 ** rng.uniform(-6.0, 6.0, 2),
        delay_variance=[delay[0], np.inf],
    )
    return rows, ("clock",)


KINDS = (
    "ranges along a line",
    "differences along a line",
    "bearings along a line",
    "one direction, no clock",
    "anchors in one place",
    "one difference",
    "two Doppler shifts and a range",
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_determine_a_position_is_infinite(kind):
    for seed in range(400):
        rows, known = singular_geometry(np.random.default_rng([KINDS.index(kind), seed]), kind)
        covariance = position_covariance(stacked(rows), known=known)
        assert np.diagonal(covariance).tolist() == [np.inf, np.inf], seed


@given(far=st.floats(1.0, 1e5), gap=st.floats(-8.0, -1.0))
def test_nearly_one_direction_is_long_but_finite(far, gap):
    # Two ranges whose directions differ by delta: the ellipse is about sqrt(2)/delta long.
    delta = 10.0**gap
    anchors = far * np.array([[1.0, 0.0], [np.cos(delta), np.sin(delta)]])
    rows = stacked(anchor_measurements([0.0, 0.0], anchor=anchors, delay_variance=1e-18))
    expected = exact_trace(rows, SYNCHRONISED)
    assert position_bound(rows, known=SYNCHRONISED) == pytest.approx(expected, rel=1e-6)


@given(power=st.integers(-60, 60), turn=st.floats(0.0, 6.28))
def test_the_verdict_does_not_depend_on_units_of_the_noise(power, turn):
    anchors = np.array([[0.0, 0.0], [100.0, 0.0], [30.0, 110.0]])
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    scale = 2.0**power
    arguments = {"anchor": anchors @ spin.T, "delay_variance": np.array([1.0, 2.0, 3.0]) * scale}
    rows = stacked(anchor_measurements(spin @ [45.0, 40.0], **arguments))
    arguments["delay_variance"] = np.array([1.0, 2.0, 3.0])
    unit = stacked(anchor_measurements(spin @ [45.0, 40.0], **arguments))
    found = position_covariance(rows, known=STILL)
    np.testing.assert_allclose(found, scale * position_covariance(unit, known=STILL), rtol=1e-11)


def test_a_clock_known_to_others_is_worth_one_more_anchor():
    # Three anchors around: ranges and differences both determine the place, and unknown velocity
    # costs nothing where no Doppler shift ties it to the place.
    anchors = np.array([[0.0, 0.0], [100.0, 0.0], [30.0, 110.0]])
    rows = stacked(anchor_measurements([45.0, 40.0], anchor=anchors, delay_variance=1e-18))
    assert position_bound(rows, known=SYNCHRONISED) < position_bound(rows, known=STILL) < np.inf
    assert position_bound(rows, known=()) == pytest.approx(
        position_bound(rows, known=STILL), rel=1e-12
    )


@pytest.mark.parametrize("facing", [0.0, 0.4, -2.5])
@pytest.mark.parametrize("height", [0.0, 8.5, 33.5])
def test_rows_at_a_height_are_derivatives_of_slant_range_and_array_angle(facing, height):
    anchor, place = np.array([3.0, -7.0]), np.array([21.0, 12.0])
    axis = np.array([-np.sin(facing), np.cos(facing)])

    def measure(at):
        x = at - anchor
        r = np.hypot(np.hypot(*x), height)
        return np.array([np.arcsin(x @ axis / r), r / SPEED_OF_LIGHT])

    h = 1e-4
    steps = h * np.eye(2)
    numerical = np.stack([(measure(place + s) - measure(place - s)) / (2 * h) for s in steps], 1)
    rows = anchor_measurements(
        place,
        anchor=anchor,
        facing=facing,
        height=height,
        angle_variance=1.0,
        delay_variance=1.0,
    )
    np.testing.assert_allclose(rows[:2, :2], numerical, rtol=1e-6, atol=1e-16)
    assert rows[:, 2].tolist() == [0.0, 1.0, 0.0]


def test_on_the_ground_orientation_does_not_count():
    arguments = {"angle_variance": 1e-6, "delay_variance": 1e-17}
    free = position_covariance(anchor_measurements([30.0, 40.0], **arguments))
    facing = position_covariance(anchor_measurements([30.0, 40.0], facing=0.3, **arguments))
    np.testing.assert_allclose(facing, free, rtol=1e-12)


def test_doppler_at_a_height_is_the_derivative_of_its_projection():
    place, velocity = np.array([21.0, 12.0]), np.array([9.0, -4.0])

    def measure(at, v):
        return -(v @ at) / np.hypot(np.hypot(*at), 6.0) / 0.1

    rows = anchor_measurements(
        place, velocity=velocity, height=6.0, facing=0.0, wavelength=0.1, doppler_variance=1.0
    )
    h = 1e-5
    numerical = [
        (measure(place + s, velocity) - measure(place - s, velocity)) / (2 * h)
        for s in h * np.eye(2)
    ]
    numerical += [
        (measure(place, velocity + s) - measure(place, velocity - s)) / (2 * h)
        for s in h * np.eye(2)
    ]
    np.testing.assert_allclose(rows[2, [0, 1, 3, 4]], numerical, rtol=1e-6)
