"""What of a sensing service a legal configuration keeps, as text and as plain data."""

from typing import Any

from isacplan.nr.services import Check
from isacplan.nr.tables import table


def check_lines(category: str, checks: list[Check]) -> list[str]:
    """The checks as a table."""
    lines = [
        f"{table('services')['source']}, {category}",
        f"{'':<28}{'asked':>14}{'reached':>12}   verdict",
    ]
    for row in checks:
        asked = " to ".join(f"{x:g}" for x in row.asked)
        reached = "" if row.reached is None else f"{row.reached:.4g}"
        unit = "" if row.unit == "1" else f" [{row.unit}]"
        lines.append(
            f"{row.quantity + unit:<28}{asked:>14}{reached:>12}   {row.verdict}; {row.note}"
        )
    return lines


def check_values(checks: list[Check]) -> list[dict[str, Any]]:
    """The checks as plain values."""
    return [
        {
            "quantity": row.quantity,
            "unit": row.unit,
            "asked": list(row.asked),
            "reached": row.reached,
            "verdict": row.verdict,
            "note": row.note,
        }
        for row in checks
    ]
