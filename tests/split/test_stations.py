import numpy as np
import pytest

from isacplan.split.fix import Fix
from isacplan.split.measurement import Waveform
from isacplan.split.stations import Anchor, Stations, polar

WAVE = Waveform(
    mean_square_bandwidth=np.array([1e14]),
    rms_frequency=np.array([1e7]),
    width=np.array([3e7]),
    energy=np.ones(1),
    repeat=np.array([1e-5]),
)
SNR = np.array([4.0, 0.5])
PLACES = polar(np.array([60.0, 140.0]), np.array([0.4, -0.7]))
AROUND = (
    Anchor(place=(120.0, 10.0), gain=np.array([0.7, 2.0])),
    Anchor(place=(40.0, -150.0), gain=np.array([0.3, 3.0]), facing=1.5),
)


def traces(stations):
    fix = Fix(
        place=PLACES,
        links=stations.links(SNR),
        clock_known=stations.clock == "synchronised",
        n_antennas=8,
        spacing=0.5,
        angle_bound="unknown_phase",
        range_window=300.0,
    )
    return np.trace(fix.covariance(WAVE, np.full((1, 2), 6.0))[0], axis1=-2, axis2=-1)


def test_one_station_without_a_clock_knows_a_direction_only():
    assert traces(Stations(clock="unknown")).tolist() == [np.inf, np.inf]
    assert np.all(np.isfinite(traces(Stations(clock="round_trip"))))
    assert Stations().alone
    assert not Stations(clock="round_trip").alone


@pytest.mark.parametrize("direction", ["uplink", "downlink", "paper"])
def test_differences_cost_against_a_known_clock_and_stations_help(direction):
    known = traces(Stations(anchors=AROUND, direction=direction))
    unknown = traces(Stations(anchors=AROUND, direction=direction, clock="unknown"))
    assert np.all(known < unknown)
    assert np.all(np.isfinite(unknown))
    if direction == "uplink":
        assert np.all(known < traces(Stations(direction=direction)))


def test_stations_hear_one_uplink_and_share_a_downlink():
    for direction, share in (("uplink", 1.0), ("downlink", 1.0 / 3.0)):
        links = Stations(anchors=AROUND, direction=direction).links(SNR)
        assert [link.clock for link in links] == [1 if direction == "downlink" else -1] * 3
        np.testing.assert_allclose(links[0].snr, share * SNR)
        np.testing.assert_allclose(links[2].snr, share * SNR * AROUND[1].gain)
        assert [link.facing for link in links] == [0.0, None, 1.5]


def test_a_round_trip_splits_its_energy():
    there, back = Stations(clock="round_trip", direction="uplink", return_gain=20.0).links(SNR)
    assert (there.clock, back.clock) == (-1, 1)
    np.testing.assert_allclose(there.snr, 0.5 * SNR)
    np.testing.assert_allclose(back.snr, 10.0 * SNR)
    # With both ways alike it costs nothing against a synchronised user.
    np.testing.assert_allclose(traces(Stations(clock="round_trip")), traces(Stations()), rtol=1e-9)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"clock": "sundial"}, "clock must be one of"),
        ({"direction": "sideways"}, "direction must be one of"),
        ({"return_gain": 0.0}, "return_gain"),
        ({"range_bias": -1.0}, "range_bias"),
        (
            {"anchors": (Anchor(place=(0.0, 0.0), gain=np.ones(2)),)},
            r"anchors\[0\] must stand elsewhere than where the serving station stands",
        ),
        (
            {"anchors": (AROUND[0], AROUND[1], AROUND[0])},
            r"anchors\[2\] must stand elsewhere than where anchors\[0\] does",
        ),
    ],
)
def test_bad_input(values, match):
    with pytest.raises(ValueError, match=match):
        Stations(**values)
