"""A legal split against draws of what it sends, as text and as plain data."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from isacplan.simulate import Outcome, Simulation, checks


@dataclass(frozen=True, kw_only=True, eq=False)
class LegalSimulation:
    """A finished simulation of a legal split.

    Parameters
    ----------
    simulation : Simulation
    outcome : Outcome
    """

    simulation: Simulation
    outcome: Outcome

    @property
    def values(self) -> dict[str, Any]:
        """Plain values: what was drawn, and every quantity with its 95 % interval."""
        return {
            **self.simulation.settings,
            "seed": self.simulation.seed,
            "trials": self.outcome.trials,
            "precision": _finite(self.outcome.precision),
            "quantities": [
                {
                    "quantity": row.quantity.name,
                    "unit": row.quantity.unit,
                    "user": row.quantity.user,
                    "formulas": {
                        name: None if value is None else _finite(value)
                        for name, value in row.quantity.formulas.items()
                    },
                    "estimate": _finite(row.estimate),
                    "ci_low": _finite(row.low),
                    "ci_high": _finite(row.high),
                    "verdict": row.verdict,
                }
                for row in checks(self.simulation, self.outcome)
            ],
        }

    @property
    def lines(self) -> list[str]:
        """The same to print."""
        settings = self.simulation.settings
        lines = [
            f"simulated: {self.outcome.trials} draws of {settings['tones_drawn']} tones, intervals "
            "of 95 %",
            f"{'':<30}{'user':>5}{'formula':>13}{'simulated':>13}{'from':>13}{'to':>13}   verdict",
        ]
        for row in checks(self.simulation, self.outcome):
            q = row.quantity
            unit = "" if q.unit == "1" else f" [{q.unit}]"
            formula = "" if row.formula is None else f"{row.formula:.5g}"
            lines.append(
                f"{q.name.removeprefix('legal.') + unit:<30}{q.user:>5}{formula:>13}"
                f"{row.estimate:>13.5g}{row.low:>13.5g}{row.high:>13.5g}   {row.verdict}"
            )
        return lines


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
