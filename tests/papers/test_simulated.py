import numpy as np
import pytest

from isacplan.frame import evaluate_frame
from isacplan.papers.bai2024.figures import rates_by_updates
from isacplan.papers.bai2024.reading import (
    BLOCK_DURATION,
    Reading,
    preset_reading,
    reading_problem,
)
from isacplan.papers.bai2024.simulated import (
    end_to_end,
    figure_4_markers,
    figure_5_end_to_end,
    reading_scenario,
    simulated_rates,
)
from isacplan.papers.gao2024.facts import facts, numbers
from isacplan.papers.gao2024.simulated import agreement, markers, simulated_point
from isacplan.report.curves import figure_from_dict, figure_to_dict
from isacplan.scenario import frame_problem


@pytest.mark.parametrize("error_model", ["additive", "mismatched"])
@pytest.mark.parametrize("exponent", [1, 2])
def test_scenario_states_the_reading(error_model, exponent):
    reading = Reading(crb_exponent=exponent, rmse_deg=0.1, first_lag=0, phase_reference="centre")
    mine = reading_problem(reading, None, error_model=error_model)
    stated = frame_problem(reading_scenario(reading, error_model=error_model))
    np.testing.assert_allclose(
        stated.closed_form.error_law.per_symbol, mine.closed_form.error_law.per_symbol, rtol=1e-12
    )
    design = (5.5 * BLOCK_DURATION, (3,) * 10)
    assert evaluate_frame(stated, *design).rate == pytest.approx(
        evaluate_frame(mine, *design).rate, rel=1e-12
    )


@pytest.mark.parametrize(("error_model", "blocks"), [("additive", 9.0), ("mismatched", 0.5)])
def test_markers_lie_on_the_curves(error_model, blocks):
    reading = preset_reading()
    found = simulated_rates(reading, blocks, error_model=error_model, precision=0.02)
    problem = reading_problem(reading, None, error_model=error_model)
    grid, table, _ = rates_by_updates(problem)
    row = int(np.argmin(np.abs(grid - blocks)))
    assert grid[row] == blocks
    formula = table[row, : len(found.estimate)]
    assert np.all((found.low <= formula) & (formula <= found.high))
    assert np.all(found.high - found.low < 0.05 * found.estimate)


def test_figure_4_markers_are_drawn_where_updates_fit():
    (drawn,) = figure_4_markers(preset_reading())
    assert drawn.x[0] == 1.0
    low, y, high = (np.array(v) for v in (drawn.low, drawn.y, drawn.high))
    assert np.all((low < y) & (y < high))


@pytest.mark.slow
def test_whole_frames_have_a_best_sensing_duration():
    found = [end_to_end(preset_reading(), blocks) for blocks in (0.03, 0.1, 4.0)]
    for name in ("rate_mean_gain", "rate_learned_gain"):
        short, best, long = (f[name] for f in found)
        assert best[1] > short[2]
        assert best[1] > long[2]
    # Where the estimator reaches its bound the mismatched model is what frames do.
    blocks, table, _ = rates_by_updates(
        reading_problem(preset_reading(), None, error_model="mismatched")
    )
    formula = float(np.max(table[int(np.argmin(np.abs(blocks - 4.0)))]))
    assert found[2]["rate_mean_gain"][0] == pytest.approx(formula, rel=0.01)
    figure = figure_5_end_to_end(preset_reading(), found)
    assert figure_from_dict(figure_to_dict(figure)) == figure


@pytest.mark.slow
def test_simulated_signals_against_the_printed_bounds():
    points = [simulated_point(8, 15.0, 0.05)]
    found = agreement(points)
    assert found["angle_over_printed"] == pytest.approx(1.0, abs=0.01)
    assert found["delay_over_exact"] == pytest.approx(1.0, abs=0.01)
    assert found["delay_over_printed"] == pytest.approx(8.0, abs=0.05)
    assert found["capacity_distance"] < 0.03
    assert facts(numbers(), found)["gao2024-6-simulation"].verdict == "direction only"
    for losses in (False, True):
        assert len(markers(points, 8, losses=losses)) == 2
        assert markers(points, 32, losses=losses) == []
