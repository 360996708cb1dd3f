"""Orientation of an array against directions worked out by hand."""

import numpy as np
import pytest

from isacplan.channel.orientation import orientation, seen_from


@pytest.mark.parametrize(
    ("yaw", "tilt", "world", "seen"),
    [
        (0.0, 0.0, (30.0, -10.0), (30.0, -10.0)),
        (20.0, 0.0, (30.0, -10.0), (10.0, -10.0)),
        (-170.0, 0.0, (170.0, 0.0), (-20.0, 0.0)),
        (0.0, 12.0, (0.0, -12.0), (0.0, 0.0)),  # broadside points down
        (0.0, 12.0, (0.0, 0.0), (0.0, 12.0)),
        (40.0, 12.0, (40.0, -12.0), (0.0, 0.0)),
        (0.0, 90.0, (0.0, 0.0), (0.0, 90.0)),
        (0.0, 0.0, (180.0, 0.0), (180.0, 0.0)),  # behind
    ],
)
def test_seen_from(yaw, tilt, world, seen):
    found = seen_from(orientation(np.radians(yaw), np.radians(tilt)), *np.radians(world))
    x = np.radians(seen)
    assert np.exp(1j * found[0]) == pytest.approx(np.exp(1j * x[0]), abs=1e-12) or seen[1] == 90.0
    assert found[1] == pytest.approx(x[1], abs=1e-12)


def test_rotation_keeps_angles_between_directions(assert_elementwise):
    rng = np.random.default_rng(1)
    R = orientation(0.7, -0.4)
    np.testing.assert_allclose(R.T @ R, np.eye(3), atol=1e-15)
    assert np.linalg.det(R) == pytest.approx(1.0)
    azimuth, elevation = rng.uniform(-3, 3, 5), rng.uniform(-1.5, 1.5, 5)
    for part in (0, 1):
        assert_elementwise(lambda a, e, part=part: seen_from(R, a, e)[part], azimuth, elevation)


def test_array_response_turns_with_the_array():
    """A turned array seen from its own axes is a custom array turned in the world's."""
    from isacplan.array import ArrayGeometry, steering_vector, uniform_planar

    array, R = uniform_planar(3, 2), orientation(0.5, 0.2)
    turned = ArrayGeometry(positions=array.positions @ R.T)
    world = np.array([0.3, -1.2, 2.0]), np.array([-0.2, 0.4, 0.1])
    np.testing.assert_allclose(
        steering_vector(array, *seen_from(R, *world)), steering_vector(turned, *world), atol=1e-13
    )
