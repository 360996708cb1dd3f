"""Whether the probability that a split's design states is the one that its signals have."""

from time import perf_counter

import numpy as np

from isacplan.errors import InfeasibleError
from isacplan.scenario import scenario_from_dict
from isacplan.simulate import Backend, split_simulation
from isacplan.simulate.intervals import wilson_interval

SYSTEMS, TRIALS = 100, 600


def random_scenario(rng, *, anchors):
    """A scenario of one user that requires an accuracy with a probability.

    With `anchors`, of one to three further stations; then the user's clock may be unknown.
    """
    distance = float(rng.uniform(20.0, 400.0))
    uplink = bool(rng.integers(2))
    split = {
        "n_antennas": int(rng.integers(4, 9)),
        "carrier_hz": 3.5e9,
        "bandwidth_hz": 360e3 * float(rng.integers(4, 13)),
        "element_bandwidth_hz": 360e3,
        "n_symbols": int(rng.integers(14, 31)),
        "distance_m": distance,
        "angle_deg": float(rng.uniform(-60.0, 60.0)),
        "snr_db": float(rng.uniform(-12.0, 12.0)),
        "angle_bound": "unknown_phase",
        "delay_bound": "flat_spectrum",
        "snr_bookkeeping": str(rng.choice(["constant_snr", "constant_power", "constant_density"])),
        "localization_direction": "uplink" if uplink else "downlink",
        "clock": str(rng.choice(["synchronised", "round_trip", "unknown"][: 2 + anchors])),
        "range_window_m": distance * float(rng.uniform(1.0, 3.0)),
    }
    values = {
        "kind": "split",
        "split": split,
        "requirement": {
            "accuracy_m": float(10.0 ** rng.uniform(0.0, 1.3)),
            "confidence": float(rng.uniform(0.7, 0.95)),
        },
    }
    if anchors:
        turn = np.radians(split["angle_deg"])
        user = distance * np.array([np.cos(turn), np.sin(turn)])
        values["anchors"] = [
            {
                "x_m": float(user[0] + away * np.cos(phi)),
                "y_m": float(user[1] + away * np.sin(phi)),
                # Within 60 degrees of the user, or without an array.
                **({"facing_deg": float((np.degrees(phi) + swing) % 360.0)} if seen else {}),
            }
            for away, phi, swing, seen in zip(
                distance * rng.uniform(0.5, 1.5, 3),
                rng.uniform(0.0, 2.0 * np.pi, 3),
                rng.uniform(120.0, 240.0, 3),
                rng.integers(2, size=3),
                strict=True,
            )
        ][: int(rng.integers(1, 4))]
    return scenario_from_dict(values)


def one_design(seed, *, anchors=False, trials=TRIALS):
    """Stated probability and simulated share of one design."""
    for attempt in range(200):
        rng = np.random.default_rng([seed, attempt])
        name = str(rng.choice(["time", "frequency", "joint", "comb"]))
        try:
            scenario = random_scenario(rng, anchors=anchors)
            simulation = split_simulation(scenario, splits=(name,), seed=seed)
        except InfeasibleError:
            continue
        except ValueError as error:
            if "determine the position" in str(error):
                continue
            raise
        (user,) = simulation.experiment.states[0].signals
        found, _ = user.squared_errors(np.random.SeedSequence(seed), trials, Backend())
        (row,) = (q for q in simulation.quantities if q.share)
        return row.formulas["scenario"], float(np.mean(found[3]))
    raise RuntimeError("no feasible system in 200 draws")


def calibration(systems=SYSTEMS, *, anchors=False, trials=TRIALS):
    """Share of systems whose stated probability lies in its simulated interval, and misses."""
    inside, off = 0, []
    for seed in range(systems):
        stated, share = one_design(seed, anchors=anchors, trials=trials)
        low, high = wilson_interval(share, trials)
        inside += low <= stated <= high
        off.append(stated - share)
    return inside / systems, np.array(off)


def rows():
    """Name, value, unit and what it is compared with."""
    lines = []
    for anchors, name in ((False, "one station"), (True, "with one to three anchors")):
        start = perf_counter()
        inside, off = calibration(anchors=anchors)
        seconds = perf_counter() - start
        lines += [
            (
                f"stated probabilities in their 95 % interval, {name}",
                100.0 * inside,
                "%",
                f"{SYSTEMS} systems of {TRIALS} draws, {seconds:.0f} s",
            ),
            ("  stated at most five points more", 100.0 * np.mean(off < 0.05), "%", ""),
            ("  stated less simulated, mean", 100.0 * float(np.mean(off)), "% points", ""),
            ("  furthest off", 100.0 * float(np.max(np.abs(off))), "% points", ""),
        ]
    return lines
