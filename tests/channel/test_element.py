"""Element patterns against the numbers of TR 38.901 Table 7.3-1, and their interpolation."""

import numpy as np
import pytest

from isacplan.channel.element import (
    TabulatedElement,
    element_table,
    isotropic_element,
    tr38901_element,
)


@pytest.mark.parametrize(
    ("azimuth", "elevation", "gain_dbi"),
    [
        (0.0, 0.0, 8.0),
        (32.5, 0.0, 5.0),  # half of 65 degrees: 3 dB down
        (0.0, -32.5, 5.0),
        (32.5, 32.5, 2.0),
        (65.0, 0.0, -4.0),
        (180.0, 0.0, -22.0),
        (540.0, 0.0, -22.0),
        (-200.0, 0.0, -22.0),
        (0.0, 90.0, 8.0 - 12.0 * (90.0 / 65.0) ** 2),
        (150.0, 80.0, -22.0),  # never more than 30 dB down
    ],
)
def test_tr38901_element(azimuth, elevation, gain_dbi):
    gain = tr38901_element(np.radians(azimuth), np.radians(elevation))
    assert 10 * np.log10(gain) == pytest.approx(gain_dbi, abs=1e-12)


def test_the_element_loses_18_db():
    """Its directivity is 9.8 dBi, so 8 dBi leave 1.8 dB of loss and never more power than sent."""
    phi, theta = np.meshgrid(
        np.linspace(-np.pi, np.pi, 721)[:-1], np.radians(np.arange(-89.75, 90.0, 0.5))
    )
    mean = np.average(tr38901_element(phi, theta), weights=np.cos(theta))
    assert 8.0 - 10 * np.log10(mean) == pytest.approx(9.83, abs=0.02)


def test_elementwise(assert_elementwise):
    rng = np.random.default_rng(0)
    azimuth, elevation = rng.uniform(-4, 4, (3, 4)), rng.uniform(-1.5, 1.5, (3, 4))
    for pattern in (isotropic_element, tr38901_element, element_table(table())):
        assert_elementwise(pattern, azimuth, elevation)
    assert isotropic_element(azimuth, 0.0).shape == (3, 4)


def table(step=10, drop=0):
    rows = [
        f"{phi},{theta},{10 * np.log10(tr38901_element(np.radians(phi), np.radians(90.0 - theta)))}"
        for phi in range(-180, 180, step)
        for theta in range(0, 181, step)
    ]
    return "\n".join(["azimuth_deg,zenith_deg,gain_dbi", *rows[: len(rows) - drop]])


def test_table_meets_its_points_and_wraps():
    pattern = element_table(table())
    phi, theta = np.radians([-180.0, 170.0, 0.0, 530.0]), np.radians([0.0, 90.0, -90.0, 0.0])
    np.testing.assert_allclose(pattern(phi, theta), tr38901_element(phi, theta), rtol=1e-12)
    # Half way between two points: the mean of their decibels; also across the seam.
    for low, high in ((10.0, 20.0), (170.0, 180.0)):
        ends = 10 * np.log10(tr38901_element(np.radians([low, high]), 0.0))
        middle = 10 * np.log10(pattern(np.radians((low + high) / 2), 0.0))
        assert middle == pytest.approx(np.mean(ends), abs=1e-12)
    middle = 10 * np.log10(pattern(0.0, np.radians(15.0)))
    ends = 10 * np.log10(tr38901_element(0.0, np.radians([10.0, 20.0])))
    assert middle == pytest.approx(np.mean(ends), abs=1e-12)


def test_beyond_the_table_its_ends_hold():
    pattern = TabulatedElement(
        azimuth=np.array([0.0]), elevation=np.radians([-10.0, 10.0]), gain_db=np.array([[1.0, 3.0]])
    )
    np.testing.assert_allclose(
        10 * np.log10(pattern(2.0, np.radians([-50.0, 0.0, 50.0]))), [1.0, 2.0, 3.0]
    )
    flat = TabulatedElement(azimuth=[0.0, 1.0], elevation=[0.0], gain_db=[[1.0], [2.0]])
    assert 10 * np.log10(flat(0.5, 1.0)) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "has the columns azimuth_deg, zenith_deg, gain_dbi"),
        ("azimuth,zenith,gain\n0,90,8\n", "has the columns azimuth_deg"),
        ("azimuth_deg,zenith_deg,gain_dbi\n0,90\n", "three numbers"),
        ("azimuth_deg,zenith_deg,gain_dbi\n0,90,x\n", "three numbers"),
        ("azimuth_deg,zenith_deg,gain_dbi\n0,190,1\n", "zenith_deg must be at least 0 and at most"),
        ("azimuth_deg,zenith_deg,gain_dbi\n400,90,1\n", "azimuth_deg must be"),
        ("azimuth_deg,zenith_deg,gain_dbi\n-400,90,1\n", "azimuth_deg must be"),
        ("azimuth_deg,zenith_deg,gain_dbi\n0,90,100\n", "gain_dbi must be"),
        ("azimuth_deg,zenith_deg,gain_dbi\n0,90,1\n0,90,2\n", "need 1 rows, each once; got 2"),
        (table(drop=1), "36 azimuths by 19 zeniths need 684 rows, each once; got 683"),
    ],
)
def test_bad_tables(text, match):
    with pytest.raises(ValueError, match=match):
        element_table(text)


def test_bad_grids():
    with pytest.raises(ValueError, match="azimuth must increase"):
        TabulatedElement(azimuth=[1.0, 0.0], elevation=[0.0], gain_db=[[0.0], [0.0]])
    with pytest.raises(ValueError, match="less than a turn"):
        TabulatedElement(azimuth=[0.0, 2 * np.pi], elevation=[0.0], gain_db=[[0.0], [0.0]])
    with pytest.raises(ValueError, match=r"gain_db must have shape \(1, 1\)"):
        TabulatedElement(azimuth=[0.0], elevation=[0.0], gain_db=[0.0])
