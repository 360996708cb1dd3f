import numpy as np
import pytest

from isacplan.channel import jakes_aging
from isacplan.frame import best_allocation, evaluate_frame, optimal_frame, summed_efficiency
from isacplan.report import frame_curves, frame_json, frame_report, frame_text
from isacplan.scenario import load_scenario


@pytest.mark.parametrize("jakes", [False, True])
def test_curves_are_the_rates_of_designs(make_problem, jakes):
    aging = jakes_aging(np.array([0.1, 0.3, 0.4]), 1.0, 12) if jakes else None
    problem = make_problem(temporal_correlation=aging)
    best = optimal_frame(problem)
    curves = frame_curves(problem, best)
    for i in range(0, len(curves.sensing_duration), 7):
        T = float(curves.sensing_duration[i])
        n_blocks = problem.n_blocks - problem.n_sensing_blocks(T)
        phi = summed_efficiency(problem, np.array([T]))[0]
        wanted = {
            "rate_chosen": best.n_updates,
            "rate_single": 1,
            "rate_every_block": n_blocks,
        }
        for name, M in wanted.items():
            rate = getattr(curves, name)[i]
            if n_blocks < M:
                assert np.isnan(rate)
                continue
            blocks = best_allocation(phi, n_blocks, M)
            assert rate == pytest.approx(evaluate_frame(problem, T, blocks).rate, rel=1e-12)
    assert np.max(curves.rate_by_updates) == pytest.approx(best.rate, rel=1e-12)
    feasible = curves.sensing_duration >= problem.sensing_range()[0]
    assert np.nanmax(curves.rate_chosen[feasible]) <= best.upper_bound * (1 + 1e-12)


def test_curves_stay_small_for_long_frames(make_problem):
    problem = make_problem(n_blocks=900)
    curves = frame_curves(problem, optimal_frame(problem))
    assert len(curves.sensing_duration) <= 481


def test_report_of_a_given_design():
    report = frame_report(load_scenario("bai2024"), design=(350e-6, 7))
    assert report.solution.n_updates == 7
    assert report.solution.certificate is None
    assert "upper bound" not in frame_text(report)
    assert frame_json(report)["upper_bound_bit_per_hz"] is None


@pytest.mark.parametrize(
    ("design", "match"),
    [
        ((0.0, 3), "sensing duration = 0 s: must be above 0"),
        ((1.0, 3), "below the frame's 0.00245 s"),
        ((350e-6, 31), "updates = 31: must be from 1 to 30"),
    ],
)
def test_designs_that_do_not_fit(design, match):
    with pytest.raises(ValueError, match=match):
        frame_report(load_scenario("bai2024"), design=design)
