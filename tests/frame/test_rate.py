"""The rate (24), and how many blocks a sensing duration fills."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isacplan.array import uniform_linear
from isacplan.channel import jakes_aging, max_doppler, one_ring_correlation
from isacplan.comm import MismatchedKnowledge
from isacplan.frame import FrameProblem, best_allocation, evaluate_frame, summed_efficiency
from isacplan.frame.rate import frame_rate, last_within, partial_duration, whole_blocks
from isacplan.sensing import matched_beam_angle_crb


@given(
    symbols=st.integers(1, 5000),
    digits=st.integers(1, 10**6),
    exponent=st.integers(-9, -3),
    n=st.integers(1, 10_000),
)
def test_a_multiple_typed_in_decimals_holds_that_many_blocks(symbols, digits, exponent, n):
    from decimal import Decimal

    symbol = Decimal(digits).scaleb(exponent)
    block_duration = symbols * float(symbol)
    T = float(symbol * symbols * n)
    assert whole_blocks(T, block_duration) == n
    assert partial_duration(T, n, block_duration) <= 4e-15 * T
    assert whole_blocks(T * (1.0 - 1e-14), block_duration) == n - 1


@given(n=st.integers(0, 10_000), block_duration=st.floats(1e-9, 1.0))
def test_the_last_duration_within_a_block_is_within_it(n, block_duration):
    T = last_within(n, block_duration)
    assert whole_blocks(T, block_duration) == n
    assert (n + 1) * block_duration * (1.0 - 1e-14) < T


def test_rate_by_hand():
    """Two updates of 0.2 and half a block of sensing, over blocks that carry 3, 3, 1."""

    class Timing:
        block_duration, update_duration = 1.0, 0.2

    assert frame_rate(Timing(), 7.0, 3.0, 2, 0.5) == pytest.approx(7.0 - (0.4 + 0.5) * 3.0)


def _street():
    """Five cars, 14 symbols of 71.4 us a block: three blocks are 0.0029988 s."""
    geometry = uniform_linear(8, phase_reference="centre")
    theta = np.radians([-48.0, -21.0, 2.0, 27.0, 55.0])

    def one_ring(angle):
        return one_ring_correlation(geometry, angle, density="laplacian", spread=np.radians(5.0))

    def linear(*decibels):
        return 10.0 ** (np.array(decibels) / 10.0)

    block_duration = 14 * 71.4e-6
    speed = np.array([0.5, 3.0, 6.0, 13.9, 22.0])
    return FrameProblem.from_knowledge(
        n_blocks=20,
        block_duration=block_duration,
        update_duration=4 * 71.4e-6,
        symbol_duration=71.4e-6,
        knowledge=MismatchedKnowledge(
            true_correlation=one_ring(theta),
            assumed_correlation=one_ring,
            angle=theta,
            snr=linear(18.0, 20.0, 22.0, 20.0, 16.0),
            pilot_snr=linear(12.0, 14.0, 16.0, 14.0, 10.0),
        ),
        temporal_correlation=jakes_aging(max_doppler(speed, 3.5e9), block_duration, 20),
        crb_per_symbol=matched_beam_angle_crb(
            8, theta, sensing_snr=linear(-12.0, -12.0, -8.0, -12.0, -14.0), n_samples=1.0
        ),
        crb_limit=np.radians(12.0) ** 2,
    )


def test_three_blocks_typed_in_decimals():
    problem = _street()
    assert problem.n_sensing_blocks(0.0029988) == 3
    phi = summed_efficiency(problem, np.array([0.0029988]))[0]
    design = evaluate_frame(problem, 0.0029988, best_allocation(phi, 17, 8))
    assert design.rate == pytest.approx(0.050079, abs=5e-7)
    assert not any("A5" in warning for warning in design.warnings)
