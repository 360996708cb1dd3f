"""Speed of the split side: the winner map, the closed forms, and what a loop would take."""

import math
from time import perf_counter

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from isacplan.split import (
    SplitProblem,
    angle_share,
    build_model,
    frequency_split_crb_loss,
    full_capacity,
    minimise_crb,
    pilot_share,
    position_terms,
    tangent,
    time_split_crb_loss,
    winner_map,
)

ANTENNAS = np.arange(2, 66)
SNR = 10 ** (np.linspace(0.0, 30.0, 61) / 10)
DISTANCE = 3606.8 * np.sqrt(10**1.5 / SNR)
LOSS = np.linspace(0.01, 0.5, 50)
N_B, TAU_T, ELEMENT = 111, 200, 180e3


def best_time(function, repeats=5):
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return min(times)


def whole_map():
    return winner_map(
        n_antennas=ANTENNAS,
        downlink_snr=SNR,
        uplink_snr=SNR,
        distance=DISTANCE,
        capacity_loss=LOSS,
        n_symbols=TAU_T,
        n_elements=N_B,
    )


def systems():
    N = ANTENNAS[:, None, None].astype(float)
    return N, SNR[None, :, None], DISTANCE[None, :, None]


def closed_forms():
    """Both theorems from the physical parameters on, over the same map."""
    N, snr, distance = systems()
    Lam, q = tangent(n_antennas=N, downlink_snr=snr, uplink_snr=snr)
    A, D = position_terms(n_antennas=N, localization_snr=snr, distance=distance)
    r = pilot_share(n_symbols=TAU_T, ceiling=Lam, pilot_cost=q)
    w = angle_share(angle_term=A, delay_term=D, bandwidth=N_B * ELEMENT)
    return (
        time_split_crb_loss(LOSS, pilot_share=r),
        frequency_split_crb_loss(LOSS, angle_share=w),
    )


def closed_forms_scalar(N, snr, distance, F):
    """The same point in plain Python, as a script would have it."""
    x = N * snr / (1 + snr)
    Lam, q = math.log(1 + x), x / ((1 + x) * snr)
    r = math.sqrt(q / (Lam * TAU_T))
    y = (1 - r) * F / (1 + math.sqrt(1 - F))
    A = distance**2 * 12 / (4 * math.pi**2 * snr * N * (N - 1) * (2 * N - 1))
    D = 3 * 299_792_458.0**2 / (16 * math.pi**2 * snr * N)
    w = A / (A + D / (N_B * ELEMENT) ** 2)
    return 1 / (y * (2 - y)), w + (1 - w) / F**2


def numerical_scalar(N, snr, distance, F):
    """The time split by scipy.optimize: best pilots inside a root search for tau_C."""

    def best(tau_C):
        def negative(tau_P):
            rate = math.log1p(N * snr * tau_P * snr / ((1 + tau_P * snr) * (1 + snr)))
            return -(tau_C - tau_P) * rate

        return -minimize_scalar(negative, bounds=(0.0, tau_C), method="bounded").fun

    wanted = (1 - F) * best(TAU_T)
    tau_C = brentq(lambda t: best(t) - wanted, 1e-3, TAU_T)
    _, frequency = closed_forms_scalar(N, snr, distance, F)
    return TAU_T / (TAU_T - tau_C), frequency


def grid_scalar(N, snr, distance, F):
    """The integer optimum in plain Python: every choice of the grid, capacities tabulated."""
    f = [0.0] * (TAU_T + 1)
    for tau_C in range(2, TAU_T + 1):
        f[tau_C] = max(
            (tau_C - p) * math.log2(1 + N * snr * p * snr / ((1 + p * snr) * (1 + snr)))
            for p in range(1, min(tau_C, 12))
        )
    A = distance**2 * 12 / (4 * math.pi**2 * snr * N * (N - 1) * (2 * N - 1))
    D = 3 * 299_792_458.0**2 / (16 * math.pi**2 * snr * N)
    floor = (1 - F) * N_B * f[TAU_T] * (1 - 1e-12)
    best = math.inf
    for n in range(1, N_B + 1):
        for tau in range(1, TAU_T + 1):
            if (N_B - n) * f[TAU_T] + n * f[TAU_T - tau] >= floor:
                best = min(best, (A + D / (n * ELEMENT) ** 2) / tau)
    return best * TAU_T / (A + D / (N_B * ELEMENT) ** 2)


def sample(count, seed=7):
    rng = np.random.default_rng(seed)
    i, j, k = (rng.integers(0, len(axis), count) for axis in (ANTENNAS, SNR, LOSS))
    return i, j, k


def loop(function, count):
    """Seconds a point over a sample of the map, and its values."""
    i, j, k = sample(count)
    points = [
        (int(ANTENNAS[a]), float(SNR[b]), float(DISTANCE[b]), float(LOSS[c]))
        for a, b, c in zip(i, j, k, strict=True)
    ]
    start = perf_counter()
    values = [function(*point) for point in points]
    return (perf_counter() - start) / count, np.array(values), (i, j, k)


def single_problem():
    snr = 10**1.5
    model = build_model(
        SplitProblem(
            n_antennas=8,
            carrier_frequency=2.6e9,
            bandwidth=20e6,
            n_symbols=TAU_T,
            downlink_snr=snr,
            uplink_snr=snr,
            localization_snr=snr,
            distance=3606.8,
            angle=0.0,
        )
    )
    return minimise_crb(model, capacity_floor=0.95 * full_capacity(model))


def boosted():
    """The whole grid of 1000 elements by 2000 symbols under constant power, and its optimum."""
    snr = 1.0
    model = build_model(
        SplitProblem(
            n_antennas=8,
            carrier_frequency=2.6e9,
            bandwidth=180e6,
            n_symbols=2000,
            downlink_snr=snr,
            uplink_snr=snr,
            localization_snr=snr,
            distance=3606.8,
            angle=0.0,
            snr_bookkeeping="constant_power",
        )
    )
    return minimise_crb(model, capacity_floor=0.95 * full_capacity(model))


def rows():
    """Name, value, unit and what it is compared with, all measured in this run."""
    whole_map()
    map_s = best_time(whole_map, 3)
    n_points = ANTENNAS.size * SNR.size * LOSS.size
    closed_s = best_time(closed_forms)
    script_s, script, at = loop(closed_forms_scalar, 20_000)
    numeric_s, numeric, _ = loop(numerical_scalar, 300)
    grid_s, grid, grid_at = loop(grid_scalar, 30)
    one_s = best_time(single_problem, 20)
    boosted_s = best_time(boosted, 1)
    time, frequency = closed_forms()
    script_error = np.max(np.abs(np.stack([time[at], frequency[at]], axis=1) / script - 1))
    i, j, k = sample(300)
    numeric_error = np.max(np.abs(time[i, j, k] / numeric[:, 0] - 1))
    grid_error = np.max(np.abs(whole_map().crb_loss["joint"][grid_at] / grid - 1))
    return [
        ("winner map, 64 x 61 x 50, joint on the grid", map_s, "s", "limit 5 s"),
        ("closed forms, both splits", n_points / closed_s / 1e6, "M points/s", "limit 1"),
        (
            "  over a plain Python loop",
            script_s * n_points / closed_s,
            "x",
            f"differs by {script_error:.0e}",
        ),
        (
            "  over scipy.optimize",
            numeric_s * n_points / closed_s,
            "x",
            f"differs by {numeric_error:.0e}: the bound",
        ),
        (
            "winner map over a plain grid loop",
            grid_s * n_points / map_s,
            "x",
            f"differs by {grid_error:.0e}",
        ),
        ("constant power, 1000 x 2000, built and solved exactly", boosted_s, "s", "limit 10 s"),
        ("one problem, built and solved exactly", one_s * 1e3, "ms", ""),
    ]
