import tomllib
from pathlib import Path

import numpy as np
import pytest

from isacplan.channel import (
    fraunhofer_distance,
    free_space_loss,
    inh_office_loss,
    rma_loss,
    uma_loss,
    umi_street_canyon_loss,
)
from isacplan.channel.tr38901 import GNB_HEIGHTS, RANGES, breakpoint_distance
from isacplan.units import SPEED_OF_LIGHT, linear_to_db

PUBLISHED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "tr38901_pathloss.toml").read_text()
)
MODELS = {
    "uma": uma_loss,
    "umi": umi_street_canyon_loss,
    "rma": rma_loss,
    "inh": inh_office_loss,
}


@pytest.mark.parametrize("row", PUBLISHED["rows"], ids=str)
def test_losses_printed_by_others(row):
    loss = MODELS[row["model"]](
        row["distance_m"],
        carrier_frequency=PUBLISHED["carrier_hz"],
        sight=row["sight"],
        gnb_height=GNB_HEIGHTS[row["model"]],
        ue_height=1.5,
    )
    assert linear_to_db(loss) == pytest.approx(row["loss_db"], abs=6e-5)


@pytest.mark.parametrize("row", PUBLISHED["elsewhere"], ids=str)
def test_losses_at_other_heights_and_carriers(row):
    surroundings = {
        key: row[f"{key}_m"] for key in ("building_height", "street_width") if f"{key}_m" in row
    }
    loss = MODELS[row["model"]](
        row["distance_m"],
        carrier_frequency=row["carrier_hz"],
        sight=row["sight"],
        gnb_height=row["gnb_height_m"],
        ue_height=row["ue_height_m"],
        **surroundings,
    )
    assert linear_to_db(loss) == pytest.approx(row["loss_db"], abs=1e-6)


def test_free_space_loss_at_one_kilometre_and_one_gigahertz():
    # ITU-R P.525-4, equation (5): 32.4 + 20 log f_MHz + 20 log d_km, printed to 0.1 dB.
    loss = linear_to_db(free_space_loss(1000.0, carrier_frequency=1e9))
    assert loss == pytest.approx(32.4 + 60.0, abs=0.05)


@pytest.mark.parametrize("place", ["umi", "uma", "rma"])
def test_line_of_sight_loss_is_continuous_at_the_breakpoint(place):
    h_BS, h_UT, f = GNB_HEIGHTS[place], 2.0, 2.6e9
    if place == "rma":
        d_BP = 2.0 * np.pi * h_BS * h_UT * f / 3e8
    else:
        d_BP = breakpoint_distance(carrier_frequency=f, gnb_height=h_BS, ue_height=h_UT)
    beside = d_BP * np.array([1 - 1e-9, 1 + 1e-9])
    near, far = linear_to_db(MODELS[place](beside, carrier_frequency=f, ue_height=h_UT))
    # RMa counts on from the breakpoint with the distance in space, which is a little longer.
    assert 0.0 <= far - near + 1e-6 <= (0.02 if place == "rma" else 2e-6)


@pytest.mark.parametrize(("place", "sight"), RANGES)
def test_loss_grows_with_distance_and_frequency(place, sight):
    shortest, longest = RANGES[place, sight]
    d = np.geomspace(max(shortest, 2.0), 0.99 * longest, 300)
    f = np.linspace(0.5e9, 6e9, 20)[:, None]
    loss = MODELS[place](d, carrier_frequency=f, sight=sight)
    assert np.all(np.diff(loss, axis=1) > 0.0)
    assert np.all(np.diff(loss, axis=0) > 0.0)


@pytest.mark.parametrize("place", MODELS)
def test_no_sight_never_loses_less(place):
    d = np.linspace(10.0, RANGES[place, "nlos"][1] - 1.0, 300)
    los = MODELS[place](d, carrier_frequency=3.5e9, sight="los")
    assert np.all(MODELS[place](d, carrier_frequency=3.5e9, sight="nlos") >= los)


@pytest.mark.parametrize("place", MODELS)
def test_elementwise(place):
    d, f = np.array([10.0, 30.0, 140.0]), np.array([[1e9], [5e9]])
    stacked = MODELS[place](d, carrier_frequency=f)
    single = [[MODELS[place](x, carrier_frequency=y) for x in d] for y in f[:, 0]]
    np.testing.assert_allclose(stacked, single, rtol=1e-12)


FAR = "horizontal_distance must be at least 10 and at most"


@pytest.mark.parametrize(
    ("model", "arguments", "match"),
    [
        (uma_loss, {"horizontal_distance": 5.0}, FAR),
        (uma_loss, {"horizontal_distance": 5001.0}, "at most 5000, got 5001"),
        (uma_loss, {"horizontal_distance": 50.0, "ue_height": 14.0}, "ue_height"),
        (uma_loss, {"horizontal_distance": 50.0, "gnb_height": 35.0}, "gnb_height must be 25"),
        (umi_street_canyon_loss, {"horizontal_distance": 50.0, "sight": "maybe"}, "sight"),
        (umi_street_canyon_loss, {"horizontal_distance": 50.0, "ue_height": 1.0}, "ue_height"),
        (
            umi_street_canyon_loss,
            {"horizontal_distance": 50.0, "gnb_height": [10.0, 12.0]},
            "gnb_height must be 10, the height that umi is made for, got 12; rma takes",
        ),
        (umi_street_canyon_loss, {"horizontal_distance": np.nan}, "got nan"),
        (
            umi_street_canyon_loss,
            {"horizontal_distance": 50.0, "carrier_frequency": 4e8},
            "carrier",
        ),
        (rma_loss, {"horizontal_distance": 9.0}, FAR),
        (rma_loss, {"horizontal_distance": 10_001.0}, "at most 10000"),
        (rma_loss, {"horizontal_distance": 5001.0, "sight": "nlos"}, "at most 5000"),
        (rma_loss, {"horizontal_distance": 50.0, "gnb_height": 9.0}, "gnb_height"),
        (rma_loss, {"horizontal_distance": 50.0, "gnb_height": 151.0}, "gnb_height"),
        (rma_loss, {"horizontal_distance": 50.0, "ue_height": 10.5}, "ue_height"),
        (rma_loss, {"horizontal_distance": 50.0, "building_height": 4.0}, "building_height"),
        (rma_loss, {"horizontal_distance": 50.0, "street_width": 51.0}, "street_width"),
        (rma_loss, {"horizontal_distance": 50.0, "carrier_frequency": 31e9}, "carrier_frequency"),
        (inh_office_loss, {"horizontal_distance": 151.0}, "distance in space must be"),
        (inh_office_loss, {"horizontal_distance": 0.1, "gnb_height": 1.5}, "distance in space"),
        (inh_office_loss, {"horizontal_distance": 5.0, "ue_height": 0.0}, "ue_height"),
    ],
)
def test_bad_input(model, arguments, match):
    with pytest.raises(ValueError, match=match):
        model(**{"carrier_frequency": 2.6e9, **arguments})


def test_free_space_rejects_the_near_field():
    with pytest.raises(ValueError, match="far field"):
        free_space_loss(1e-3, carrier_frequency=1e9)


def test_at_the_fraunhofer_distance_an_edge_is_a_sixteenth_of_a_wavelength_further():
    f, D = 3.5e9, 2.0
    d = fraunhofer_distance(D, carrier_frequency=f)
    further = np.hypot(d, D / 2.0) - d
    assert further == pytest.approx(SPEED_OF_LIGHT / f / 16.0, rel=1e-3)
