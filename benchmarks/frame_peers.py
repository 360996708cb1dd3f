"""Frame design, bai2024: general solvers on the same problem, up to 60 s each."""

from contextlib import suppress
from time import process_time

import numpy as np

from isacplan.frame import best_allocation, evaluate_frame, optimal_frame, summed_efficiency
from isacplan.scenario import frame_problem, load_scenario

LIMIT_S = 60.0
CLOSE = 1e-6


class RaceOverError(Exception):
    """The solver has reached our rate, or its time is over."""


class Race:
    """Rates that a black-box solver reaches, and when."""

    def __init__(self, problem):
        self.problem = problem
        self.shortest, self.longest = problem.sensing_range()
        self.target = optimal_frame(problem, relative_gap=1e-9).rate
        self.start = process_time()
        self.best, self.reached_s, self.calls = -np.inf, None, 0

    def loss(self, x):
        """Negative rate of sensing share x[0] and update share x[1], best allocation."""
        p = self.problem
        T = self.shortest + min(x[0], 1.0 - 1e-12) * (self.longest - self.shortest)
        n_blocks = p.n_blocks - p.n_sensing_blocks(T)
        M = min(1 + int(x[1] * n_blocks), n_blocks)
        phi = summed_efficiency(p, np.array([T]))[0]
        rate = evaluate_frame(p, T, best_allocation(phi, n_blocks, M)).rate
        self.calls += 1
        self.best = max(self.best, rate)
        if self.best >= self.target * (1.0 - CLOSE):
            self.reached_s = process_time() - self.start
            raise RaceOverError
        if process_time() - self.start > LIMIT_S:
            raise RaceOverError
        return -rate / self.target

    def row(self, name, ours):
        if self.reached_s is not None:
            return f"{name} over exact solve", self.reached_s / ours, "x", f"{self.calls} calls"
        return (
            f"{name}, time spent over exact solve",
            (process_time() - self.start) / ours,
            "x",
            f"stopped {1 - self.best / self.target:.1e} below our rate, {self.calls} calls",
        )


def rows():
    from scipy.optimize import differential_evolution, direct

    problem = frame_problem(load_scenario("bai2024"))
    start = process_time()
    optimal_frame(frame_problem(load_scenario("bai2024")))
    ours = process_time() - start
    square = [(0.0, 1.0), (0.0, 1.0 - 1e-12)]
    for name, solve in (
        ("SciPy differential_evolution", lambda f: differential_evolution(f, square, rng=0)),
        ("SciPy direct", lambda f: direct(f, square, maxiter=10**6, maxfun=10**6)),
    ):
        race = Race(problem)
        with suppress(RaceOverError):
            solve(race.loss)
        yield race.row(name, ours)
    yield scip_row(problem, ours)


def scip_row(problem, ours):
    """SCIP on the full model: x_n updates have at least n blocks, everything else explicit."""
    try:
        import pyscipopt
    except ImportError:
        return "SCIP", float("nan"), "", "not installed: requirements/peers.txt"
    model, T, x = scip_model(pyscipopt, problem)
    model.hideOutput()
    model.setParam("limits/time", LIMIT_S)
    start = process_time()
    model.optimize()
    spent = process_time() - start
    if model.getNSols() == 0:
        return "SCIP, time spent over exact solve", spent / ours, "x", "no design found"
    ends = [round(model.getVal(v)) for v in x] + [0]
    blocks = [n + 1 for n in range(len(x)) for _ in range(ends[n] - ends[n + 1])]
    shortest, _ = problem.sensing_range()
    rate = evaluate_frame(problem, max(model.getVal(T) * 1e-6, shortest), blocks).rate
    best = optimal_frame(problem).rate
    return (
        "SCIP, time spent over exact solve",
        spent / ours,
        "x",
        f"{model.getStatus()}; its design {rate / best - 1:+.1e} of ours, its own gap "
        f"{model.getGap():.1e}",
    )


def scip_model(pyscipopt, problem):
    """P1 with the SINR (22) written out; sensing time in microseconds."""
    p, k = problem, problem.knowledge
    shortest, longest = p.sensing_range()
    us, N, K = 1e6, p.n_blocks, p.n_users
    model = pyscipopt.Model()
    T = model.addVar(lb=shortest * us, ub=longest * us)
    whole = model.addVar(vtype="I", lb=0, ub=N - 1)
    rest = model.addVar(lb=0.0, ub=p.block_duration * us)
    model.addCons(whole * (p.block_duration * us) + rest == T)
    x = [model.addVar(vtype="I", lb=0, ub=N) for _ in range(N)]
    model.addCons(pyscipopt.quicksum(x) + whole == N)
    model.addCons(x[0] >= 1)
    for longer, shorter in zip(x[1:], x, strict=False):
        model.addCons(longer <= shorter)
    c = k._coefficients
    ages = p.temporal_correlation**2
    share = k.snr[:, None] * k.power / k.power[:, None]
    low, high = k.terms(p.crb(shortest)), k.terms(p.crb(longest))
    trace, q, crb = [], [], []
    for i in range(K):
        crb.append((p.closed_form.error_law.per_symbol[i] / (us * p.symbol_duration) ** -1) / T)
        q.append(crb[i] ** 2 * c["s"][i] / (1 - crb[i] * c["s"][i]))
        trace.append(c["trace_0"][i] - crb[i] * c["trace_1"][i] + q[i] * c["trace_2"][i])
    ratio = []
    for j in range(K):
        interference = pyscipopt.quicksum(
            share[j, i]
            * (c["cross_0"][j, i] - crb[i] * c["cross_1"][j, i] + q[i] * c["cross_2"][j, i])
            / trace[i]
            for i in range(K)
        )
        A = model.addVar(lb=0.0, ub=2.0 * max(low.signal[j], high.signal[j]))
        model.addCons(A * (1 + interference) == k.snr[j] * trace[j])
        ratio.append(A)
    phi = []
    for n in range(N):
        v = model.addVar(lb=0.0, ub=100.0)
        efficiency = pyscipopt.quicksum(
            p.weight[j] * pyscipopt.log(1 + ages[j, n] * ratio[j]) for j in range(K)
        )
        model.addCons(v * np.log(2.0) == efficiency)
        phi.append(v)
    rate = model.addVar(lb=-1e3, ub=1e6)
    overhead = x[0] * (p.update_duration * us) + rest
    data = pyscipopt.quicksum(x[n] * phi[n] for n in range(N)) * (p.block_duration * us)
    model.addCons(rate <= data - overhead * phi[0])
    model.setObjective(rate, "maximize")
    return model, T, x
