"""The rival that does not sense: all of the frame for updates and data."""

import numpy as np

from isacplan._threads import few_threads
from isacplan.comm.sampled import BeamStatistics
from isacplan.comm.scheme import SampledScheme
from isacplan.frame.allocation import best_allocation
from isacplan.frame.interval import SampledRate, age_weights, rate_from
from isacplan.frame.objective import best_rates
from isacplan.frame.problem import FrameProblem
from isacplan.frame.solution import FrameSolution
from isacplan.frame.verdict import certificate_label


@few_threads()
def without_sensing(
    problem: FrameProblem, sampled: SampledScheme, statistics: BeamStatistics
) -> tuple[FrameSolution, SampledRate]:
    """Best updates and allocation of a frame that does not sense.

    Parameters
    ----------
    problem : FrameProblem
        Whose frame and weights count; its requirements on angles are not met.
    sampled : SampledScheme
        A scheme on a link whose estimates need no sensing, of `isacplan.comm.realisations`.
    statistics : BeamStatistics
        Of its precoder.

    Returns
    -------
    solution : FrameSolution
        With infinite angle errors; every allocation was solved, so its rate is its bound.
    rate : SampledRate
    """
    se = sampled.efficiency(statistics)
    phi = problem.weight @ se
    N = problem.n_blocks
    rate, n_updates = best_rates(problem, phi[None], np.array([N]), np.zeros(1))
    blocks = best_allocation(phi, N, int(n_updates[0]))
    ages = age_weights(problem, 0.0, blocks)
    carried = float(problem.weight @ se @ ages)
    solution = FrameSolution(
        method="no_sensing",
        rate=carried,
        sensing_duration=0.0,
        blocks_per_update=blocks,
        user_rate=se @ ages,
        crb=np.full(problem.n_users, np.inf),
        valid=True,
        # The same sum in another order.
        upper_bound=max(float(rate[0]), carried),
        certificate=certificate_label(sampled),
    )
    return solution, rate_from(sampled, statistics, problem.weight, ages)
