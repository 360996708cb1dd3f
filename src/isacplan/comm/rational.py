"""Bounds of ``x0 - x1 c + x2 c^2 s / (1 - c s)``, the shape of every term of the additive model."""

import numpy as np

from isacplan._typing import Float
from isacplan.enclosure import Interval, Jet


def pole_jet(c: Float, s: Float) -> Jet:
    """``q(c) = c^2 s / (1 - c s)`` and its derivatives by c at points, with their rounding."""
    x = c * s
    u = np.maximum(1.0 - x, np.finfo(float).tiny)
    # The difference loses digits near the pole; the widening follows that loss.
    operations = 8.0 + 3.0 / u
    parts = (c * x / u, x * (2.0 - x) / u**2, 2.0 * s / u**3)
    return Jet(*(Interval.widened(part, part, part, operations) for part in parts))


def rational_jet(c: Interval, q_lower: Jet, q_upper: Jet, x: tuple[Float, Float, Float]) -> Jet:
    """``x0 - x1 c + x2 q(c)`` with x2 >= 0 over an interval of c, from q at its two ends.

    Convex on [0, 1/s), with a convex slope that rises: the ends bound value and derivatives.
    """
    x_0, x_1, x_2 = x

    def at(end: Float, q: Jet) -> Interval:
        line = x_0 - x_1 * end
        size = np.abs(x_0) + np.abs(x_1) * end
        return Interval.widened(line, line, size, 3) + q.value.scaled(x_2)

    left, right = at(c.lower, q_lower), at(c.upper, q_upper)
    slope = Interval(
        q_lower.first.scaled(x_2).shifted(-x_1).lower, q_upper.first.scaled(x_2).shifted(-x_1).upper
    )
    tangent = np.nextafter(
        left.lower + np.nextafter(np.minimum(slope.lower, 0.0) * (c.upper - c.lower), -np.inf),
        -np.inf,
    )
    lowest = np.where(slope.upper <= 0.0, right.lower, tangent)
    bend = Interval(q_lower.second.scaled(x_2).lower, q_upper.second.scaled(x_2).upper)
    return Jet(Interval(lowest, np.maximum(left.upper, right.upper)), slope, bend)
