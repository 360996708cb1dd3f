import tomllib
from pathlib import Path

import numpy as np
import pytest

from isacplan.channel.pathloss import (
    breakpoint_distance,
    free_space_loss,
    uma_loss,
    umi_street_canyon_loss,
)
from isacplan.units import linear_to_db

PUBLISHED = tomllib.loads(
    (Path(__file__).parents[1] / "published" / "tr38901_pathloss.toml").read_text()
)
MODELS = {"uma": uma_loss, "umi": umi_street_canyon_loss}


@pytest.mark.parametrize("row", PUBLISHED["rows"], ids=str)
def test_losses_printed_by_others(row):
    loss = MODELS[row["model"]](
        row["distance_m"], carrier_frequency=PUBLISHED["carrier_hz"], sight=row["sight"]
    )
    assert linear_to_db(loss) == pytest.approx(row["loss_db"], abs=5e-5)


def test_free_space_loss_at_one_kilometre_and_one_gigahertz():
    # ITU-R P.525-4, equation (5): 32.4 + 20 log f_MHz + 20 log d_km, printed to 0.1 dB.
    loss = linear_to_db(free_space_loss(1000.0, carrier_frequency=1e9))
    assert loss == pytest.approx(32.4 + 60.0, abs=0.05)


@pytest.mark.parametrize("model", MODELS.values())
def test_line_of_sight_loss_is_continuous_at_the_breakpoint(model):
    heights = {"gnb_height": 20.0, "ue_height": 2.0}
    d_BP = breakpoint_distance(carrier_frequency=2.6e9, **heights)
    beside = d_BP * np.array([1 - 1e-9, 1 + 1e-9])
    near, far = linear_to_db(model(beside, carrier_frequency=2.6e9, **heights))
    assert near == pytest.approx(far, abs=1e-6)


@pytest.mark.parametrize("model", MODELS.values())
@pytest.mark.parametrize("sight", ["los", "nlos"])
def test_loss_grows_with_distance_and_frequency(model, sight):
    d, f = np.linspace(10.0, 5000.0, 300), np.linspace(0.5e9, 6e9, 20)[:, None]
    loss = model(d, carrier_frequency=f, sight=sight)
    assert np.all(np.diff(loss, axis=1) > 0.0)
    assert np.all(loss >= 0.9 * free_space_loss(d, carrier_frequency=f))


@pytest.mark.parametrize("model", MODELS.values())
def test_no_sight_never_loses_less(model):
    d = np.linspace(10.0, 5000.0, 300)
    los = model(d, carrier_frequency=3.5e9, sight="los")
    assert np.all(model(d, carrier_frequency=3.5e9, sight="nlos") >= los)


@pytest.mark.parametrize("model", MODELS.values())
def test_elementwise(model):
    d, f = np.array([10.0, 300.0, 4000.0]), np.array([[1e9], [5e9]])
    stacked = model(d, carrier_frequency=f)
    single = [[model(x, carrier_frequency=y) for x in d] for y in f[:, 0]]
    np.testing.assert_allclose(stacked, single, rtol=1e-12)


@pytest.mark.parametrize(
    ("model", "arguments", "match"),
    [
        (uma_loss, {"horizontal_distance": 5.0}, "horizontal_distance must be at least 10"),
        (uma_loss, {"horizontal_distance": 5001.0}, "at most 5000, got 5001"),
        (uma_loss, {"horizontal_distance": 50.0, "ue_height": 14.0}, "ue_height"),
        (umi_street_canyon_loss, {"horizontal_distance": 50.0, "sight": "maybe"}, "sight"),
        (umi_street_canyon_loss, {"horizontal_distance": 50.0, "ue_height": 1.0}, "ue_height"),
        (umi_street_canyon_loss, {"horizontal_distance": np.nan}, "got nan"),
    ],
)
def test_bad_input(model, arguments, match):
    with pytest.raises(ValueError, match=match):
        model(carrier_frequency=2.6e9, **arguments)


def test_free_space_rejects_the_near_field():
    with pytest.raises(ValueError, match="far field"):
        free_space_loss(1e-3, carrier_frequency=1e9)
