"""Cross sections against the printed table, bistatic geometry against finite differences."""

import numpy as np
import pytest

from isacplan.sensing.targets import (
    bistatic_angle,
    bistatic_azimuth_slope,
    bistatic_cross_section,
    target,
    target_names,
)

PRINTED = {  # 3GPP TR 38.901 v19, Tables 7.9.2.1-1, -2, -4 and -6
    "small_uav": (-12.81, 3.74),
    "human": (-1.37, 3.94),
    "large_uav": (-5.85, 2.50),
    "vehicle": (11.25, 3.41),
    "agv": (-4.25, 2.51),
}


def test_targets_are_the_printed_ones():
    assert target_names() == sorted(PRINTED)
    for name, (mean, std) in PRINTED.items():
        assert (target(name).mean_dbsm, target(name).std_db) == (mean, std)
    with pytest.raises(ValueError, match="name must be one of agv, human"):
        target("duck")


def test_mean_and_quantiles_are_of_one_distribution():
    for name in target_names():
        one = target(name)
        p = (np.arange(20000) + 0.5) / 20000
        drawn = np.array([one.quantile(x) for x in p])
        assert np.mean(drawn) == pytest.approx(one.mean, rel=2e-3)
        assert np.std(10 * np.log10(drawn)) == pytest.approx(one.std_db, rel=1e-3)
    for wrong in (0.0, 1.0):
        with pytest.raises(ValueError, match="probability must be"):
            target("human").quantile(wrong)


def test_bistatic_cross_section(assert_elementwise):
    """3 sin(beta / 2) dB less: 0, 1.5 and 3 dB at 0, 60 and 180 degrees."""
    beta = np.radians([0.0, 60.0, 180.0])
    loss = 10 * np.log10(5.0 / bistatic_cross_section(5.0, beta))
    np.testing.assert_allclose(loss, [0.0, 1.5, 3.0], atol=1e-12)
    assert_elementwise(bistatic_cross_section, np.array([1.0, 2.0, 3.0]), beta)
    with pytest.raises(ValueError, match="bistatic_angle must be"):
        bistatic_cross_section(1.0, 4.0)


def test_bistatic_angle():
    assert bistatic_angle([0, 0, 0], [2, 0, 0], [1, 1, 0]) == pytest.approx(np.pi / 2)
    assert bistatic_angle([0, 0, 5], [0, 0, 5], [1, 1, 0]) == pytest.approx(0.0, abs=1e-12)
    assert bistatic_angle([0, 0, 0], [2, 0, 0], [1, 0, 0]) == pytest.approx(np.pi)
    assert bistatic_angle(np.zeros((3, 1, 3)), np.ones(3), np.full((4, 3), 2.0)).shape == (3, 4)


def believed_azimuth(transmitter, receiver, place, shift):
    """Azimuth at the transmitter of the point at a shifted received azimuth and the same delay."""
    from scipy.optimize import brentq

    def length(p):
        return np.linalg.norm(p - transmitter) + np.linalg.norm(p - receiver)

    way = place - receiver
    azimuth = np.arctan2(way[1], way[0]) + shift
    direction = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
    foot = np.array([receiver[0], receiver[1], place[2]])
    r = brentq(
        lambda r: length(foot + r * direction) - length(place), 1.0, 1e4, xtol=1e-11, rtol=1e-14
    )
    seen = foot + r * direction - transmitter
    return np.arctan2(seen[1], seen[0])


@pytest.mark.parametrize("height", [0.0, 25.0])
def test_slope_is_that_of_the_curve_of_constant_delay(height):
    transmitter, receiver = np.array([0.0, 0.0, height]), np.array([200.0, 0.0, 10.0 + height])
    for place in ([60.0, 90.0, 1.5], [150.0, -80.0, 1.5], [-40.0, 120.0, 1.5]):
        p, e = np.array(place), 1e-5
        ends = [believed_azimuth(transmitter, receiver, p, s * e) for s in (1, -1)]
        slope = bistatic_azimuth_slope(transmitter, receiver, p)
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * e), rel=1e-5)


def test_slope_in_a_plane_is_the_ratio_of_distances():
    place = np.array([60.0, 90.0, 0.0])
    slope = bistatic_azimuth_slope(np.zeros(3), [200.0, 0, 0], place)
    assert abs(slope) == pytest.approx(np.hypot(140, 90) / np.hypot(60, 90), rel=1e-12)
    assert bistatic_azimuth_slope(np.zeros(3), np.zeros(3), place) == pytest.approx(1.0)
