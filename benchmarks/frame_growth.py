"""Frame design: growth with blocks, users and antennas; fresh process, one core, all included."""

import json

from benchmarks.timing import alone

CODE = """
import json, time
import numpy as np
from isacplan.array import steering_derivative, uniform_linear
from isacplan.channel import geometric_aging, one_ring_correlation
from isacplan.comm import AdditiveKnowledge
from isacplan.frame import FrameProblem, optimal_frame
from isacplan.sensing import matched_beam_angle_crb

N, K, L = {N}, {K}, {L}
theta = np.radians(np.linspace(-60.0, 60.0, K))
array = uniform_linear(L)
R = one_ring_correlation(array, theta, density="uniform", spread=np.radians(5.0))
v = steering_derivative(array, theta)
unit = matched_beam_angle_crb(L, theta, sensing_snr=1.0, n_samples=1.0)
start = time.perf_counter()
knowledge = AdditiveKnowledge(
    spatial_correlation=R, steering_derivative=v, snr=np.full(K, 10.0), pilot_snr=np.full(K, 10.0)
)
problem = FrameProblem.from_knowledge(
    n_blocks=N, block_duration=70e-6, update_duration=9e-6, symbol_duration=1e-6,
    knowledge=knowledge, temporal_correlation=geometric_aging(0.98, N),
    crb_per_symbol=unit / np.max(unit / knowledge.valid_crb) * 280.0, crb_limit=np.inf,
)
best = optimal_frame(problem)
print(json.dumps([time.perf_counter() - start, best.gap, best.n_updates, best.n_evaluations]))
"""

CASES = (
    *((N, 5, 8) for N in (35, 100, 300, 1000)),
    *((35, K, 64) for K in (5, 20, 100)),
    (35, 5, 256),
    (1000, 100, 64),
)


def rows():
    for N, K, L in CASES:
        output, memory = alone(CODE.format(N=N, K=K, L=L))
        seconds, gap, n_updates, n_evaluations = json.loads(output)
        yield (
            f"N = {N}, K = {K}, L = {L}",
            seconds,
            "s",
            f"{memory:.0f} MiB at the peak, M = {n_updates}, {n_evaluations} sensing times, "
            f"gap {gap:.0e}" + ("; aim: 5 s, 1024 MiB" if (N, K, L) == (1000, 100, 64) else ""),
        )
