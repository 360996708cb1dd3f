"""Cross sections against the printed table, bistatic geometry against finite differences."""

import numpy as np
import pytest

from isacplan.sensing.targets import (
    bistatic_angle,
    bistatic_cross_section,
    constant_delay_direction,
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


@pytest.mark.parametrize("height", [0.0, 25.0])
def test_direction_keeps_the_delay(height):
    """To second order: a step of a millimetre changes the way by less than a micrometre."""
    transmitter, receiver = np.array([0.0, 0.0, height]), np.array([200.0, 0.0, 10.0 + height])
    places = np.array([[60.0, 90.0, 1.5], [150.0, -80.0, 1.5], [-40.0, 120.0, 1.5]])
    along = constant_delay_direction(transmitter, receiver, places)
    np.testing.assert_allclose(np.linalg.norm(along, axis=-1), 1.0)
    np.testing.assert_array_equal(along[:, 2], 0.0)

    def way(p):
        return sum(np.linalg.norm(p - end, axis=-1) for end in (transmitter, receiver))

    np.testing.assert_allclose(way(places + 1e-3 * along), way(places), atol=1e-7)
    assert np.all(np.abs(way(places + 1e-3 * along[:, [1, 0, 2]]) - way(places)) > 1e-5)


def test_direction_of_one_station_is_across():
    along = constant_delay_direction(np.zeros(3), np.zeros(3), [3.0, 4.0, 1.0])
    np.testing.assert_allclose(np.abs(along), [0.8, 0.6, 0.0], atol=1e-15)
    assert np.all(np.isnan(constant_delay_direction([-1.0, 0, 0], [1.0, 0, 0], [0.0, 0, 0])))
