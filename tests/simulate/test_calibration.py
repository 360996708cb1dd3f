"""Whether the probability that a design states is the one that its simulation finds.

Fewer systems than `benchmarks/calibration.py` draws.
"""

import numpy as np
import pytest
from benchmarks.calibration import calibration


@pytest.mark.slow
def test_stated_probabilities_lie_in_their_simulated_intervals():
    inside, off = calibration(25, trials=400)
    # A 95 % interval misses one of twenty; the law is an approximation near its threshold.
    assert inside >= 0.85
    assert abs(np.mean(off)) < 0.015
    assert np.max(np.abs(off)) < 0.09


@pytest.mark.slow
def test_with_anchors_stated_probabilities_are_not_more_than_is_found():
    _, off = calibration(16, anchors=True, trials=400)
    # Misses of links of little weight count as more than they do: what is stated is less. Near
    # the threshold of a link of much weight it is up to six points more.
    assert -0.04 < np.mean(off) < 0.01
    assert np.max(off) < 0.09
