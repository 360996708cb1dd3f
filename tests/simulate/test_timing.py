import numpy as np
import pytest

from isacplan.comm import spectral_efficiency
from isacplan.frame import evaluate_frame
from isacplan.scenario import frame_problem, load_scenario
from isacplan.simulate.timing import frame_timing

PROBLEM = frame_problem(load_scenario("bai2024"))


def test_the_time_line_names_updates_and_ages():
    timing = frame_timing(PROBLEM, 2.8e-4, (3, 1, 2))
    assert timing.update.tolist() == [0, 0, 0, 1, 2, 2]
    assert timing.age.tolist() == [0, 1, 2, 0, 0, 1]
    assert timing.first_blocks.tolist() == [0, 3, 4]
    assert np.allclose(timing.averaging @ timing.age, [0.0, 1.0, 2.0])
    assert timing.sensing_symbols == pytest.approx(280.0)


def test_the_rate_is_that_of_the_frame():
    blocks = (8, 8, 8, 7)
    timing = frame_timing(PROBLEM, 2.95e-4, blocks)
    frame = evaluate_frame(PROBLEM, 2.95e-4, blocks)
    terms = PROBLEM.knowledge.terms(PROBLEM.crb(2.95e-4))
    efficiency = spectral_efficiency(terms, PROBLEM.temporal_correlation)[:, : timing.n_ages]
    total = np.sum(timing.rate(efficiency)) * PROBLEM.n_blocks * PROBLEM.block_duration
    assert total == pytest.approx(frame.rate, rel=1e-12)
