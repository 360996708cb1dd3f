"""Legal 5G configurations: how many are tried, how fast, what they cost, combs against blocks."""

from collections.abc import Iterator
from time import process_time

import numpy as np

from isacplan.nr.signals import Signals, tone_variance
from isacplan.report.legal import legal_report
from isacplan.report.legal_split import legal_split_report
from isacplan.scenario import FrameScenario, load_scenario
from isacplan.units import SPEED_OF_LIGHT

PRESETS = ("munich", "street", "indoor", "rural", "gao2024", "gao2024-32")
LIMIT_S = 5.0

Row = tuple[str, float, str, str]


def rows() -> Iterator[Row]:
    for name in PRESETS:
        yield from _preset(name)
    yield from _combs_against_blocks()


def _preset(name: str) -> Iterator[Row]:
    scenario = load_scenario(name)
    start = process_time()
    if isinstance(scenario, FrameScenario):
        report = legal_report(scenario)
        found, price = report.frame, report.frame.price
        prices = {
            period: 1.0 - rate / found.unconstrained.rate
            for period, rate in found.by_period.items()
        }
        of = "rate"
    else:
        report = legal_split_report(scenario)
        found, price, of = report.split, report.price, report.priced
        prices = {period: report.price_of(value) for period, value in found.by_period.items()}
    took = process_time() - start
    yield f"{name}: legal settings tried", found.n_tried, "", "every one of the stated set"
    yield f"{name}: tried a second, optima included", found.n_tried / took, "1/s", ""
    yield f"{name}: in all", took, "s", f"limit {LIMIT_S:g}"
    yield f"{name}: price of legality", 100.0 * price, "%", f"of {of}"
    for period, cost in prices.items():
        yield f"{name}: price of updates every {period} slots", 100.0 * cost, "%", f"of {of}"


def _combs_against_blocks() -> Iterator[Row]:
    """At equal elements and energy: a comb over 106 blocks, and as many tones side by side."""
    one = dict.fromkeys(("period", "repetition", "turns"), np.array([1]))
    for comb in (2, 4, 6, 12):
        signal = Signals(
            comb=np.array([comb]), n_symbols=np.array([12]), n_blocks=np.array([106]), **one
        )
        adjacent = 12 * 106 // comb
        spread = np.sqrt(tone_variance("prs", signal)[0])
        ratio = spread / np.sqrt((adjacent**2 - 1) / 12.0)
        yield f"ranging by comb {comb} over a block of as many elements", ratio, "times", "rms"
        yield f"comb {comb}: ambiguous within a symbol after", SPEED_OF_LIGHT / comb / 15e3, "m", ""
