"""Frame design, bai2024: the exact solve against the published search, factorisations included."""

import numpy as np

from benchmarks.timing import median_time
from isacplan.frame import optimal_frame, rate_table, summed_efficiency, two_dimensional_search
from isacplan.scenario import frame_problem, frame_scene, load_scenario
from isacplan.scenario.build import closed_problem


def rows():
    scenario = load_scenario("bai2024")
    solve = median_time(lambda: optimal_frame(frame_problem(scenario)))
    warm_problem = frame_problem(scenario)
    warm = median_time(lambda: optimal_frame(warm_problem))
    best = optimal_frame(warm_problem)
    one = median_time(lambda: one_table(warm_problem, best.sensing_duration), repeats=99)
    yield "exact solve from a scenario", solve * 1e3, "ms", f"gap {best.gap:.0e}, proved"
    yield "exact solve, factorisations done", warm * 1e3, "ms", ""
    yield "rate table at one sensing time", one * 1e6, "us", ""
    yield "exact solve in rate tables", warm / one, "tables", "aim: under 50"
    for method, aim in (("trust-constr", 1000), ("bounded", 100)):
        found = two_dimensional_search(warm_problem, method=method)
        theirs = median_time(
            lambda m=method: two_dimensional_search(warm_problem, method=m),
            repeats=3 if method == "bounded" else 1,
        )
        yield (
            f"published search ({method}) over exact solve",
            theirs / solve,
            "x",
            f"aim: {aim}; its rate is {found.rate / best.rate - 1:+.1e} of ours",
        )
    tight = median_time(lambda: optimal_frame(warm_problem, relative_gap=1e-9))
    yield "gap 1e-9 over gap 1e-6", tight / warm, "x", ""
    for name in ("street", "munich"):
        problem = closed_problem(frame_scene(load_scenario(name)))
        first = median_time(
            lambda n=name: optimal_frame(closed_problem(frame_scene(load_scenario(n)))), repeats=3
        )
        again = median_time(lambda p=problem: optimal_frame(p))
        yield f"{name} (mismatched), first solve", first * 1e3, "ms", "expectations included"
        yield f"{name} (mismatched), solved again", again * 1e3, "ms", ""
        found = optimal_frame(problem)
        table = median_time(lambda p=problem, T=found.sensing_duration: one_table(p, T), repeats=99)
        where = "at" if at_the_edge(problem, found) else "beyond"
        yield (
            f"{name}, exact solve in rate tables",
            again / table,
            "tables",
            f"{found.n_evaluations} sensing times; optimum {where} the shortest one allowed",
        )


def at_the_edge(problem, found):
    return found.sensing_duration <= 1.001 * problem.sensing_range()[0]


def one_table(problem, sensing_duration):
    n_sensing = np.array([problem.n_sensing_blocks(sensing_duration)])
    T = np.array([sensing_duration])
    phi = summed_efficiency(problem, T)
    return rate_table(
        problem, phi, problem.n_blocks - n_sensing, T - n_sensing * problem.block_duration
    )
