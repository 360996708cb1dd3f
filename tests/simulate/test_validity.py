import msgspec
import numpy as np
import pytest

from isacplan.plot import plot_validity
from isacplan.scenario import load_scenario
from isacplan.simulate import validity_curves

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def curves():
    paper = load_scenario("bai2024")
    few = msgspec.structs.replace(paper, users=paper.users[1:3])
    return validity_curves(
        few, [-27.0, -12.0, 6.0], sensing_duration=2.8e-4, precision=0.5, max_trials=2**14
    )


def test_the_estimator_leaves_its_bound_and_takes_the_rate_with_it(curves):
    ratio = curves.angle_rmse / curves.angle_bound
    assert ratio[0] > 4.0
    # Four standard errors of a mean of 2^14 squares; rates have controls.
    assert ratio[1:] == pytest.approx([1.0, 1.0], abs=0.05)
    assert curves.mean_gain[0] < 0.8 * curves.mismatched[0]
    assert curves.mean_gain[1:] == pytest.approx(curves.mismatched[1:], rel=5e-3)
    assert np.all(curves.learned_gain > 1.5 * curves.mean_gain)


def test_the_additive_model_is_marked_where_it_does_not_hold(curves):
    assert np.isnan(curves.additive[:2]).all()
    # Inside the additive model's domain the two differ by less than a part in a thousand.
    assert curves.additive[2] == pytest.approx(curves.mismatched[2], rel=1e-3)
    assert np.isfinite(curves.additive_invalid[1])


def test_the_picture_shows_both_models_and_both_receivers(curves):
    figure = plot_validity(curves)
    labels = [text.get_text() for ax in figure.axes for text in ax.get_legend().get_texts()]
    for words in ("bound", "additive model", "mismatched model", "mean gain known", "learned"):
        assert any(words in label for label in labels)


def test_users_must_be_listed():
    with pytest.raises(ValueError, match="users must be listed"):
        validity_curves(load_scenario("munich"), [0.0], sensing_duration=1e-3)
