"""Legal 5G frames: how many are tried, how fast, and what legality costs by update period."""

from time import process_time

from isacplan.report.legal import legal_report
from isacplan.scenario import load_scenario


def rows():
    for name in ("munich", "street"):
        start = process_time()
        report = legal_report(load_scenario(name))
        took = process_time() - start
        found = report.frame
        yield f"{name}: legal settings tried", found.n_tried, "", "every one of the stated set"
        yield f"{name}: tried a second, optima included", found.n_tried / took, "1/s", ""
        yield f"{name}: in all", took, "s", "limit 5"
        yield f"{name}: price of legality", 100.0 * found.price, "%", ""
        for period, rate in found.by_period.items():
            price = 100.0 * (1.0 - rate / found.unconstrained.rate)
            yield f"{name}: price of updates every {period} slots", price, "%", ""
