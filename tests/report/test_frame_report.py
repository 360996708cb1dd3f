import numpy as np
import pytest

from isacplan.channel import jakes_aging
from isacplan.errors import InfeasibleError
from isacplan.frame import best_allocation, evaluate_frame, optimal_frame, summed_efficiency
from isacplan.report import frame_curves, frame_report, frame_text
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
    assert report.to_json()["upper_bound_bit_per_hz"] is None


def test_a_given_design_that_carries_nothing_is_said_to():
    """In the last block partial sensing and an update take more than the block."""
    with pytest.raises(InfeasibleError, match=r"nothing can be sent: .* its rate is -"):
        frame_report(load_scenario("bai2024"), design=(34.95 * 70e-6, 1))


def test_remarks_are_shown_in_degrees():
    report = frame_report(load_scenario("bai2024"), design=(100e-6, 7))
    text = frame_text(report)
    assert "outside its domain, valid up to 0.2" in text
    assert " deg rms (erratum A8)" in text
    assert " rad" not in text


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


def test_json_states_the_numbers_of_the_solution():
    """Each against the solution or against mathematics of its own, not against the report."""
    report = frame_report(load_scenario("bai2024"))
    values, problem, best = report.to_json(), report.problem, report.solution
    law = problem.closed_form.error_law
    variance = law.per_symbol / (best.sensing_duration / problem.symbol_duration)
    for k, user in enumerate(values["users"]):
        assert user["crb_rad2"] == pytest.approx(variance[k], rel=1e-12)
        assert user["rmse_deg"] == pytest.approx(np.degrees(np.sqrt(variance[k])), rel=1e-12)
        valid = np.degrees(np.sqrt(problem.knowledge.valid_crb[k]))
        assert user["valid_rmse_deg"] == pytest.approx(valid, rel=1e-9)
    rival = values["baselines"]["rba"]
    n_blocks = problem.n_blocks - problem.n_sensing_blocks(best.sensing_duration)
    partial = best.sensing_duration % problem.block_duration
    phi = summed_efficiency(problem, np.array([best.sensing_duration]))[0]
    rng = np.random.default_rng(0)
    rates = []
    for n_updates in rng.integers(1, n_blocks + 1, size=4_000):
        cuts = np.sort(rng.permutation(n_blocks - 1)[: n_updates - 1] + 1)
        sizes = np.diff([0, *cuts, n_blocks])
        carried = sum(phi[:size].sum() for size in sizes)
        charged = n_updates * problem.update_duration + partial
        rates.append(problem.block_duration * carried - charged * phi[0])
    assert rival["rate_std_bit_per_hz"] == pytest.approx(np.std(rates), rel=0.05)
    error = 4.0 * np.std(rates) / np.sqrt(len(rates))
    assert abs(rival["rate_bit_per_hz"] - np.mean(rates)) < error
