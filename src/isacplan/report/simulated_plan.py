"""Whether a simulation confirms the plan: its rate and the accuracies that it states."""

from collections.abc import Sequence
from typing import Any

from isacplan.simulate import Check, Simulation


def plan_values(simulation: Simulation, rows: Sequence[Check]) -> dict[str, Any] | None:
    """What a simulation says of the plan by the keys of the table; None where it plans nothing.

    Parameters
    ----------
    simulation : Simulation
    rows : sequence of Check

    Returns
    -------
    dict or None
        ``confirmed``, the quantities with users that ``contradict`` it, and ``notes``.
    """
    planned = _planned(simulation, rows)
    if not planned:
        return None
    wrong = [row for row in planned if not row.inside]
    return {
        "confirmed": not wrong,
        "contradicting": [{"quantity": r.quantity.name, "user": r.quantity.user} for r in wrong],
        "notes": list(simulation.notes),
    }


def plan_lines(simulation: Simulation, rows: Sequence[Check]) -> list[str]:
    """The first lines to print: whether the plan's rate and accuracies hold, and if not, why.

    Parameters
    ----------
    simulation : Simulation
    rows : sequence of Check

    Returns
    -------
    list of str
    """
    planned = _planned(simulation, rows)
    lines: list[str] = []
    for row in (r for r in planned if not r.quantity.user):
        verdict = "confirmed" if row.inside else "CONTRADICTED"
        lines.append(
            f"plan {verdict}: {row.formula:.5g} +- {_percent(row.quantity.accuracy)} planned, "
            f"{row.estimate:.5g} +- {_percent((row.high - row.low) / 2.0 / row.estimate)} "
            f"simulated ({row.quantity.name} [{row.quantity.unit}])"
        )
    for name in dict.fromkeys(row.quantity.name for row in planned if row.quantity.user):
        own = [row for row in planned if row.quantity.name == name]
        wrong = [row for row in own if not row.inside]
        lines.append(
            f"{name} of {len(own)} users: all confirmed"
            if not wrong
            else f"{name} of {len(own)} users: CONTRADICTED by user "
            + ", ".join(f"{r.quantity.user} ({_miss(r)})" for r in wrong)
        )
    lines += [f"note: {note}" for note in simulation.notes]
    return [*lines, ""] if lines else []


def _planned(simulation: Simulation, rows: Sequence[Check]) -> list[Check]:
    named = {name: i for i, name in enumerate(simulation.planned)}
    own = (row for row in rows if row.quantity.name in named and row.inside is not None)
    return sorted(own, key=lambda row: named[row.quantity.name])


def _percent(share: float) -> str:
    return f"{100.0 * share:.2g} %"


def _miss(row: Check) -> str:
    value = row.formula
    return "" if value is None else f"planned {100.0 * (value / row.estimate - 1.0):+.2g} %"
