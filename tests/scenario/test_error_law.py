from dataclasses import replace

import msgspec
import numpy as np
import pytest

from isacplan.errors import InfeasibleError
from isacplan.frame import check_certificate, evaluate_frame, optimal_frame
from isacplan.report import frame_report, frame_text
from isacplan.scenario import frame_problem, frame_scene, load_scenario, scenario_from_dict
from isacplan.scenario.build import closed_problem
from isacplan.scenario.sampling import sampled_problems
from isacplan.sensing import ThresholdLaw


def scenario(*, sensing=None, array=None, sensing_snr_db=-12.0, n_blocks=12):
    return scenario_from_dict(
        {
            "kind": "frame",
            "frame": {
                "n_blocks": n_blocks,
                "symbols_per_block": 14,
                "symbols_per_update": 2,
                "symbol_duration_s": 20e-6,
            },
            "array": {"n_tx": 8, "n_rx": 8, "phase_reference": "centre"} | (array or {}),
            "channel": {"angular_density": "laplacian", "std_deg": 5.0},
            "aging": {"model": "geometric", "rho": 0.98},
            "sensing": {"error_model": "mismatched"} | (sensing or {}),
            "users": [
                {
                    "angle_deg": angle,
                    "snr_db": 5.0,
                    "pilot_snr_db": 0.0,
                    "sensing_snr_db": sensing_snr_db,
                }
                for angle in (-30.0, 20.0)
            ],
        }
    )


def test_the_law_follows_the_error_model_unless_stated():
    assert scenario().sensing.law == "threshold"
    assert scenario(sensing={"error_law": "bound"}).sensing.law == "bound"
    assert load_scenario("bai2024").sensing.law == "bound"
    assert isinstance(frame_problem(scenario()).error_law, ThresholdLaw)


@pytest.mark.parametrize(
    ("sensing", "message"),
    [
        ({"error_model": "additive", "error_law": "threshold"}, "needs error_model = mismatched"),
        ({"error_law": "bound", "search_window": "sector"}, "search_window does not go with"),
        ({"search_window": "everywhere"}, "search_window"),
        ({"search_window": 0.0}, "search_window"),
    ],
)
def test_bad_combinations_are_named(sensing, message):
    with pytest.raises(ValueError, match=message):
        scenario(sensing=sensing)


@pytest.mark.parametrize("search", ["beam", "sector", 40])
def test_the_checker_verifies_the_best_frame(search):
    problem = frame_problem(scenario(sensing={"search_window": search}))
    best = optimal_frame(problem)
    check = check_certificate(problem, best)
    assert check.passed
    assert check.rate_error < 1e-10
    assert best.certificate == "numerical"


def test_a_wide_window_needs_more_sensing_and_carries_less():
    by_window = [
        optimal_frame(
            frame_problem(scenario(sensing={"search_window": search, "angle_rmse_limit_deg": 4.0}))
        )
        for search in ("beam", 60, "sector")
    ]
    durations = [best.sensing_duration for best in by_window]
    assert durations == sorted(durations)
    rates = [best.rate for best in by_window]
    assert rates == sorted(rates, reverse=True)


def test_the_requirement_is_on_what_the_estimator_reaches():
    problem = frame_problem(scenario(sensing={"angle_rmse_limit_deg": 4.0}))
    best = optimal_frame(problem)
    reached = problem.error_law.mean_square(best.sensing_duration)
    assert np.all(np.degrees(np.sqrt(reached)) <= 4.0 * (1.0 + 1e-9))
    bound = problem.error_law.bound(best.sensing_duration)
    assert np.degrees(np.sqrt(np.max(bound))) < 3.8


def test_sparse_arrays_are_planned_in_the_beam_and_refused_in_the_sector():
    sparse = {"spacing_wavelengths": 2.0}
    limited = {"angle_rmse_limit_deg": 2.0}
    best = optimal_frame(frame_problem(scenario(sensing=limited, array=sparse)))
    assert np.all(np.degrees(np.sqrt(best.crb)) <= 2.0 * (1.0 + 1e-9))
    wide = frame_problem(scenario(sensing=limited | {"search_window": "sector"}, array=sparse))
    with pytest.raises(InfeasibleError, match="ambiguities of the array") as caught:
        optimal_frame(wide)
    assert np.degrees(caught.value.feasible_value) > 20.0
    assert "inf" not in str(caught.value)


# A wider window is lit with less: at -48 dB twice the spread that was found is not enough.
@pytest.mark.parametrize("snr_db", [-30.0, -48.0])
def test_a_window_narrower_than_the_bound_is_refused_with_what_would_do(snr_db):
    narrow = {"search_window": 0.5}
    with pytest.raises(ValueError, match="narrower than the bound's own spread") as caught:
        frame_problem(scenario(sensing=narrow, sensing_snr_db=snr_db))
    wider = float(str(caught.value).split("frame; ")[1].split(" degrees")[0])
    frame_problem(scenario(sensing={"search_window": wider}, sensing_snr_db=snr_db))


def test_a_requirement_below_the_threshold_of_the_whole_frame_says_what_would_do():
    with pytest.raises(InfeasibleError, match="more sensing SNR") as caught:
        optimal_frame(
            frame_problem(scenario(sensing={"angle_rmse_limit_deg": 1.0}, sensing_snr_db=-25.0))
        )
    allowed = np.degrees(caught.value.feasible_value) * 1.01
    optimal_frame(
        frame_problem(
            scenario(sensing={"angle_rmse_limit_deg": float(allowed)}, sensing_snr_db=-25.0)
        )
    )


def test_the_report_says_accuracy_outliers_and_threshold():
    weak = {"angle_rmse_limit_deg": 8.0, "validity": "as_printed"}
    report = frame_report(scenario(sensing=weak, sensing_snr_db=-20.0))
    text, values = frame_text(report), report.to_json()
    assert "bound [deg]   wrong [%]   threshold [us]" in text
    law, T = report.problem.error_law, report.solution.sensing_duration
    for k, user in enumerate(values["users"]):
        assert user["outlier_probability"] == pytest.approx(law.outlier_probability(T)[k])
        assert user["crb_rad2"] == pytest.approx(law.bound(T)[k])
        assert np.radians(user["rmse_deg"]) ** 2 == pytest.approx(law.mean_square(T)[k])
        at = user["threshold_duration_s"]
        assert law.mean_square(at)[k] == pytest.approx(2.0 * law.bound(at)[k], rel=1e-9)
    assert any("below the threshold" in note for note in values["warnings"])
    assert any("the tracking beam loses its user" in note for note in values["warnings"])
    assert values["valid"] is False


def test_a_tracking_beam_is_planned_only_where_it_keeps_its_user():
    def planned(**sensing):
        return frame_problem(scenario(sensing=sensing, sensing_snr_db=-20.0))

    enforced, free = planned(), planned(validity="as_printed")
    shortest, _ = enforced.sensing_range()
    wrong = enforced.error_law.outlier_probability(shortest)
    assert np.max(wrong) == pytest.approx(0.01, rel=1e-6)
    assert free.sensing_range()[0] == free.symbol_duration
    # Acquisition looks anew every time: there is nobody to lose.
    assert planned(search_window="sector").sensing_range()[0] == enforced.symbol_duration
    best = optimal_frame(enforced)
    assert best.sensing_duration >= shortest
    assert check_certificate(enforced, best).passed
    assert not check_certificate(enforced, optimal_frame(free)).passed


def test_a_user_that_no_beam_keeps_is_named_with_what_would_do():
    with pytest.raises(InfeasibleError, match="keeps its user") as caught:
        optimal_frame(frame_problem(scenario(sensing_snr_db=-40.0)))
    more = float(str(caught.value).split("the frame has ")[1].split("; ")[1].split(" dB")[0])
    optimal_frame(frame_problem(scenario(sensing_snr_db=-40.0 + more)))


@pytest.mark.parametrize("search", ["beam", 20.0, "sector"])
def test_a_requirement_that_a_guess_meets_is_refused_with_what_would_do(search):
    sensing = {"search_window": search, "angle_rmse_limit_deg": 80.0}
    with pytest.raises(ValueError, match="requires nothing") as caught:
        frame_problem(scenario(sensing=sensing))
    below = float(str(caught.value).split("limit below ")[1].split(" degrees")[0])
    frame_problem(scenario(sensing=sensing | {"angle_rmse_limit_deg": below}))
    frame_problem(scenario(sensing={"search_window": search}))


def test_a_sampled_design_below_the_threshold_is_not_called_valid():
    stated = scenario(sensing_snr_db=-20.0)
    transmission = msgspec.structs.replace(
        stated.transmission, precoder="rzf", receiver="learned_gain"
    )
    scene = frame_scene(msgspec.structs.replace(stated, transmission=transmission))
    shortest = closed_problem(scene).shortest_valid_duration
    T_l = float(np.max(shortest))
    problem = sampled_problems(
        scene, closed_problem(scene), [transmission.scheme], n_draws=16, shortest=0.9 * T_l
    )[0]
    assert problem.shortest_valid_duration == pytest.approx(shortest, rel=1e-12)
    for duration, valid in ((0.99 * T_l, False), (T_l, True)):
        assert evaluate_frame(problem, duration, (6, 5)).valid is valid


def test_accuracy_far_below_the_beam_is_called_what_it_is():
    report = frame_report(scenario(sensing_snr_db=40.0))
    assert "clutter, multipath and calibration" in frame_text(report)


def test_illumination_is_spread_over_what_is_searched():
    scenes = {s: frame_scene(scenario(sensing={"search_window": s})) for s in ("beam", "sector")}
    ratio = scenes["sector"].threshold_law.snr_per_symbol / scenes["beam"].sensing_snr
    assert ratio == pytest.approx(1.0 / 8.0)
    assert scenes["beam"].threshold_law.snr_per_symbol == pytest.approx(scenes["beam"].sensing_snr)


def test_laws_and_models_of_different_kinds_do_not_mix():
    efficiency = frame_problem(scenario()).efficiency
    other = frame_scene(scenario()).threshold_law
    with pytest.raises(ValueError, match="law of the knowledge model"):
        replace(efficiency, error_law=other)
    with pytest.raises(ValueError, match="of the kind that the knowledge model takes"):
        replace(efficiency, knowledge=efficiency.knowledge.knowledge)
    with pytest.raises(ValueError, match="must be the bound"):
        _ = efficiency.cramer_rao
    assert msgspec.json.encode(scenario())
