"""The simulated fix against its law: outliers, links, bias, shares within an accuracy."""

import numpy as np
import pytest

from isacplan.scenario import Question, scenario_from_dict
from isacplan.simulate import Backend, checks, run, split_simulation
from isacplan.simulate.intervals import wilson_interval

SPLIT = {
    "n_antennas": 8,
    "carrier_hz": 3.5e9,
    "bandwidth_hz": 3.6e6,
    "element_bandwidth_hz": 360e3,
    "n_symbols": 20,
    "distance_m": 120.0,
    "snr_db": 5.0,
    "angle_deg": 25.0,
    "angle_bound": "unknown_phase",
    "delay_bound": "flat_spectrum",
    "localization_direction": "uplink",
}
AROUND = [{"x_m": 200.0, "y_m": 0.0}, {"x_m": 60.0, "y_m": 180.0, "facing_deg": -90.0}]


def simulation(*, requirement=None, anchors=None, link=None, question=None, **split):
    values = {"kind": "split", "split": SPLIT | split}
    parts = (("requirement", requirement), ("anchors", anchors), ("link", link))
    for name, part in parts:
        if part is not None:
            values[name] = part
    if link is not None:
        del values["split"]["snr_db"]
    return split_simulation(
        scenario_from_dict(values), question=question, splits=("time", "frequency"), seed=3
    )


def squares(simulation, trials):
    """Simulated squared errors of the place and their law's mean, of every split."""
    for state in simulation.experiment.states:
        (user,) = state.signals
        found, _ = user.squared_errors(np.random.SeedSequence(5), trials, Backend())
        name = f"{state.name}_split.position_mse"
        (row,) = (q for q in simulation.quantities if q.name == name)
        yield found, row.formulas


@pytest.mark.parametrize(
    "changes",
    [
        {"clock": "round_trip", "snr_db": 12.0},
        {"clock": "unknown", "anchors": AROUND},
        {"anchors": AROUND, "localization_direction": "downlink", "snr_db": 22.0},
        {
            "link": {
                "path_loss": "uma_los",
                "gnb_power_dbm": 0.0,
                "ue_power_dbm": -5.0,
            }
        },
    ],
    ids=["round trip", "differences", "downlinks in turn", "at a height"],
)
def test_the_fix_reaches_the_bound_of_its_links(changes):
    for found, formulas in squares(
        simulation(question=Question(capacity_loss=0.3), **changes), 800
    ):
        regular = formulas["scenario"]
        # Four standard errors of a mean of 800 squares of two coordinates, sqrt(2 / 800) each;
        # outliers add less than that here.
        assert formulas["with_outliers"] == pytest.approx(regular, rel=0.2)
        assert np.mean(found[2]) == pytest.approx(formulas["with_outliers"], rel=0.2)
        assert formulas["exact"] == pytest.approx(regular, rel=1e-3)


def test_a_bias_moves_the_place_and_nothing_else():
    link = {"path_loss": "umi_nlos", "gnb_power_dbm": 30.0, "ue_power_dbm": 25.0}
    biased = simulation(
        link={**link, "nlos_bias_m": 6.0}, requirement={"accuracy_m": 9.0, "confidence": 0.8}
    )
    for found, formulas in squares(biased, 800):
        assert formulas["with_outliers"] > 36.0
        # Four standard errors, as above.
        assert np.mean(found[2]) == pytest.approx(formulas["with_outliers"], rel=0.2)


def test_below_threshold_errors_are_those_of_the_law():
    weak = simulation(snr_db=-14.0, question=Question(capacity_loss=0.4), range_window_m=600.0)
    for found, formulas in squares(weak, 1500):
        assert formulas["with_outliers"] > 2.0 * formulas["scenario"]
        # Few outliers make most of the mean square: four standard errors of 1,500 draws.
        assert np.mean(found[2]) == pytest.approx(formulas["with_outliers"], rel=0.3)


def test_shares_within_the_accuracy_are_those_that_are_stated():
    checked = simulation(requirement={"accuracy_m": 4.0, "confidence": 0.9})
    rows = checks(checked, run(checked.experiment, precision=1e-3, max_trials=4096))
    shares = [row for row in rows if row.quantity.share]
    assert len(shares) == 2
    for row in shares:
        assert row.formula >= 0.9
        assert row.high - row.low < 0.025
        assert row.low - 0.01 < row.formula < row.high + 0.01


def test_wilson_interval_of_none_and_all():
    # A probability that rounds to one must lie inside what finds every trial within.
    assert all(wilson_interval(1.0, n)[1] == 1.0 for n in range(1, 6000, 7))
    assert all(wilson_interval(0.0, n)[0] == 0.0 for n in range(1, 6000, 7))
    low, high = wilson_interval(1.0, 400)
    assert high == 1.0
    assert low == pytest.approx(1.0 / (1.0 + 1.959964**2 / 400), rel=1e-6)
    assert wilson_interval(0.0, 400)[1] == pytest.approx(1.0 - low, rel=1e-12)
    low, high = wilson_interval(0.3, 10_000)
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(0.21 / 10_000), rel=1e-3)
