import numpy as np
import pytest

from isacplan.plot import plot_split_errors
from isacplan.scenario import load_scenario
from isacplan.simulate import split_curves
from isacplan.split import SPLITS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def curves():
    done = []
    found = split_curves(
        load_scenario("gao2024"),
        [-24.0, 0.0, 9.0],
        [0.0001, 0.05, 0.3],
        progress=lambda n, of: done.append((n, of)),
    )
    assert done == [(i + 1, 6) for i in range(6)]
    return found


def test_errors_meet_the_bound_of_the_signal_above_the_threshold(curves):
    time, frequency, joint, comb = curves.over_snr.rmse / curves.over_snr.exact
    assert time[0] > 5.0
    # Errors have controls; 2 % is chance and what is above the bound at these SNRs.
    assert time[1:] == pytest.approx([1.0, 1.0], abs=0.02)
    assert np.all(np.isnan(comb)), "the paper has none"
    for ratio in (frequency, joint):
        assert ratio == pytest.approx([1.0, 1.0, 1.0], abs=0.02)
    assert np.all(curves.over_snr.low[:3] <= curves.over_snr.rmse[:3])
    assert np.all(curves.over_snr.rmse[:3] <= curves.over_snr.high[:3])


def test_bounds_fall_with_snr_as_they_must(curves):
    ratio = curves.over_snr.exact / curves.over_snr.exact[:, 1:2]
    expected = 10.0 ** (-np.array([-24.0, 0.0, 9.0]) / 20.0)
    assert np.allclose(ratio[:3], expected, rtol=1e-9)


def test_errors_fall_with_capacity_given_up(curves):
    rmse = curves.over_loss.rmse
    assert np.isnan(rmse[:, 0]).tolist() == [True, True, False, True], "one element is enough"
    assert np.all(rmse[:3, 2] < rmse[:3, 1])
    # The same design with other draws.
    assert rmse[:3, 1] == pytest.approx(curves.over_snr.rmse[:3, 1], rel=0.05)


def test_the_picture_names_bounds_and_simulation(curves):
    figure = plot_split_errors(curves)
    for ax in figure.axes:
        labels = [text.get_text() for text in ax.get_legend().get_texts()]
        for words in ("bound of the signal", "scenario's formulas", "simulated"):
            assert sum(words in label for label in labels) == len(SPLITS[:3])
