"""A finished simulation as plain data and as text for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isacplan import __version__
from isacplan.report.simulated_plan import plan_lines, plan_values
from isacplan.results import Answer, Record
from isacplan.scenario import FrameScenario, SplitScenario, scenario_to_dict
from isacplan.simulate import Check, Outcome, Simulation, SplitCurves, ValidityCurves, checks


@dataclass(frozen=True, kw_only=True, eq=False)
class SimulationReport(Answer):
    """A finished simulation; it holds nothing that depends on the machine's speed.

    Parameters
    ----------
    simulation : Simulation
    outcome : Outcome
    scenario : FrameScenario or SplitScenario
    curves : ValidityCurves or SplitCurves, optional
        What its picture shows.
    """

    simulation: Simulation
    outcome: Outcome
    scenario: FrameScenario | SplitScenario
    curves: ValidityCurves | SplitCurves | None = None

    def record(self, *, curves: bool = False) -> Record:
        """What there is to say; see `Answer.record`."""
        s, outcome, rows = self.simulation, self.outcome, checks(self.simulation, self.outcome)
        values = {
            "kind": s.kind,
            "name": self.scenario.name,
            "version": __version__,
            "command": self._command,
            "seed": s.seed,
            "depth": s.depth,
            **s.settings,
            "trials": outcome.trials,
            "stopped_by": outcome.stopped_by,
            "precision": outcome.precision,
            "confidence": 0.95,
            "plan": plan_values(s, rows),
            "verdicts": {relation: _counts(rows, relation) for relation in ("equal", "bound")},
            "quantities": [_row(row, outcome.trials) for row in rows],
            **(self.curves.values if curves and self.curves is not None else {}),
            "scenario": scenario_to_dict(self.scenario),
        }
        return Record(values=values)

    @property
    def _command(self) -> str:
        s, options = self.simulation, list[str]()
        if s.kind == "frame":
            options.append(f"--depth {s.depth}")
            options += [
                f"--{key.removesuffix('_s').replace('_', '-')} {s.settings[key]}"
                for key in ("sensing_duration_s", "sampling", "estimator")
                if key in s.settings
            ]
        options += [f"--precision {self.outcome.precision!r}", f"--seed {s.seed}"]
        if self.outcome.stopped_by != "precision":
            options.append(f"--max-trials {self.outcome.trials}")
        return " ".join(["isacplan simulate SCENARIO", *options])


def _row(row: Check, trials: int) -> dict[str, Any]:
    q = row.quantity
    return {
        "quantity": q.name,
        "unit": q.unit,
        "split": q.split,
        "user": q.user,
        "block": q.block,
        "formula": row.formula,
        "formulas": q.formulas,
        "estimate": row.estimate,
        "ci_low": row.low,
        "ci_high": row.high,
        "trials": trials,
        "relation": q.relation,
        "inside": row.inside,
        "verdict": row.verdict,
    }


def _counts(rows: Sequence[Check], relation: str) -> dict[str, dict[str, int]]:
    """By formula: quantities compared, intervals that hold it, intervals wholly above it."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        for name, value in row.quantity.formulas.items():
            if row.quantity.relation == relation and value is not None:
                count = counts.setdefault(name, {"compared": 0, "inside": 0, "above": 0})
                count["compared"] += 1
                count["inside"] += row.holds(name) is True
                count["above"] += row.low > value
    return counts


def simulation_text(report: SimulationReport) -> str:
    """Lines to print: a table for each quantity, and the verdicts counted.

    Parameters
    ----------
    report : SimulationReport

    Returns
    -------
    str
    """
    simulation, outcome = report.simulation, report.outcome
    rows = checks(simulation, outcome)
    lines = [report.scenario.name or simulation.kind, "", *plan_lines(simulation, rows)]
    lines += [f"{'depth':<28}{simulation.depth}"]
    lines += [f"{key:<28}{_shown(value)}" for key, value in simulation.settings.items()]
    lines += [
        f"{'seed':<28}{simulation.seed}",
        f"{'trials':<28}{outcome.trials} (stopped by {outcome.stopped_by.replace('_', ' ')})",
    ]
    for quantity in dict.fromkeys(row.quantity.name for row in rows):
        lines += ["", *_table([r for r in rows if r.quantity.name == quantity], outcome.precision)]
    lines += [""]
    if any(row.quantity.block is not None for row in rows):
        lines += ["Blocks of a user, and often users, share draws: their rows fall together.", ""]
    for bound, count in _counts(rows, "bound").items():
        below = count["compared"] - count["inside"] - count["above"]
        lines += [
            f"bound {bound}: reached in {count['inside']} of {count['compared']}, "
            f"above it in {count['above']}, below it in {below}",
        ]
    for model, count in _counts(rows, "equal").items():
        lines += [
            f"formula {model}: {count['inside']} of {count['compared']} "
            f"lie inside their 95 % intervals{_with_error(rows, model)}",
        ]
    return "\n".join(lines)


def _with_error(rows: Sequence[Check], model: str) -> str:
    """The errors that a formula states of itself, where intervals are widened by them."""
    stated = {
        row.quantity.accuracy
        for row in rows
        if row.quantity.relation == "equal" and row.quantity.formulas.get(model) is not None
    }
    most = max(stated, default=0.0)
    return f", widened by its own error of up to {100.0 * most:.2g} %" if most > 1e-6 else ""


def _table(rows: list[Check], precision: float) -> list[str]:
    first = rows[0].quantity
    unit = "" if first.unit == "1" else f" [{first.unit}]"
    names = list(first.formulas)
    widths = [max(13, len(name) + 2) for name in names]
    head = "".join(f"{name:>{width}}" for name, width in zip(names, widths, strict=True))
    lines = [
        f"{first.name}{unit}",
        f"user   block{head}{'simulated':>13}{'95 % interval':>27}   verdict on {names[0]}",
    ]
    for row in rows:
        q = row.quantity
        block = "" if q.block is None else str(q.block)
        values = zip(q.formulas.values(), widths, strict=True)
        formulas = "".join(f"{_number(value):>{width}}" for value, width in values)
        found = f"{_number(row.estimate):>13}{_number(row.low):>13} ..{_number(row.high):>11}"
        lines.append(
            f"{q.user:<5}{block:>7}{formulas}{found}   {_verdict(row)}{_width(row, precision)}"
        )
    return lines


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.5g}"


def _verdict(row: Check) -> str:
    found = row.verdict
    if row.formula is None:
        return found
    if found in ("inside", "reached"):
        if row.low <= row.formula <= row.high:
            return found
        # Only with the error that the formula states of itself.
        miss = 100.0 * (row.formula / row.estimate - 1.0)
        return f"within its own {100.0 * row.quantity.accuracy:.2g} %, formula {miss:+.3g} %"
    if row.estimate == 0.0 or row.formula == 0.0:
        return found.upper()
    if found == "outside":
        return f"OUTSIDE, formula {100.0 * (row.formula / row.estimate - 1.0):+.3g} %"
    words = {
        "above": "above the bound",
        "contrast": "assumes less",
        "below": "below the bound: biased",
    }
    return f"{words[found]}, simulated {100.0 * (row.estimate / row.formula - 1.0):+.3g} %"


def _width(row: Check, precision: float) -> str:
    """A note on intervals wider than wanted."""
    half = (row.high - row.low) / 2.0
    if half <= 1.0001 * precision * abs(row.estimate):
        return ""
    return f" (+-{100.0 * half / abs(row.estimate):.2g} %)" if row.estimate else " (wide)"


def _shown(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
