"""Piecewise Chebyshev interpolants whose range and derivatives are enclosed on any interval."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from isacplan._typing import Float, Int
from isacplan.enclosure import Interval

COARSEST = 8
FINEST = 32
"""Least and largest degree of a panel; a panel that needs more is halved."""

MOST_PANELS = 64


def lobatto_nodes(degree: int) -> Float:
    """Extreme points of the Chebyshev polynomial of a degree, ascending from -1 to 1."""
    return -np.cos(np.pi * np.arange(degree + 1) / degree)


def _to_coefficients(degree: int) -> Float:
    """Matrix from values at `lobatto_nodes` to Chebyshev coefficients."""
    j = np.arange(degree + 1)
    halved = np.where((j == 0) | (j == degree), 0.5, 1.0)
    sign = np.where(j % 2 == 0, 1.0, -1.0)
    table = np.cos(np.pi * np.outer(j, j) / degree)
    return 2.0 / degree * (halved * sign)[:, None] * table * halved


def _polynomials(t: Float, degree: int) -> Float:
    """Chebyshev polynomials 0 .. degree at t, shape (..., degree + 1)."""
    return np.cos(np.arange(degree + 1) * np.arccos(np.clip(t, -1.0, 1.0))[..., None])


def _derivative(coefficients: Float) -> Float:
    """Coefficients of the derivative along axis -2, as many as before."""
    n = coefficients.shape[-2]
    out = np.zeros_like(coefficients)
    if n < 2:
        return out
    d = np.moveaxis(out, -2, 0)
    c = np.moveaxis(coefficients, -2, 0)
    d[n - 2] = 2.0 * (n - 1) * c[n - 1]
    for i in range(n - 3, -1, -1):
        d[i] = d[i + 2] + 2.0 * (i + 1) * c[i + 1]
    d[0] = d[0] / 2.0
    return out


@dataclass(frozen=True, kw_only=True, eq=False)
class Interpolant:
    """M functions of one variable on adjoining panels, one Chebyshev series on each.

    Parameters
    ----------
    knots : ndarray, shape (P + 1,)
        Ends of the panels, ascending.
    coefficients : ndarray, shape (P, n, M)
        Neighbours agree at their common knot, but for rounding.
    """

    knots: Float
    coefficients: Float

    @property
    def n_panels(self) -> int:
        """Panels P."""
        return len(self.coefficients)

    def __call__(self, x: Float) -> Float:
        """Values at points of shape (B,) within the knots, shape (B, M)."""
        panel = np.clip(np.searchsorted(self.knots, x, side="right") - 1, 0, self.n_panels - 1)
        basis = _polynomials(self._local(x, panel), self.coefficients.shape[1] - 1)
        out = np.empty((len(x), self.coefficients.shape[2]))
        for p in np.unique(panel):
            here = panel == p
            out[here] = basis[here] @ self.coefficients[p]
        return out

    def _local(self, x: Float, panel: Int) -> Float:
        low, high = self.knots[panel], self.knots[panel + 1]
        return (2.0 * x - low - high) / (high - low)

    def combined(self, matrix: Float) -> "Interpolant":
        """Linear combinations of the functions, for a matrix of shape (M, M')."""
        return Interpolant(knots=self.knots, coefficients=self.coefficients @ matrix)

    @cached_property
    def derivative(self) -> "Interpolant":
        """The derivative; neighbours need not agree at their knot."""
        scale = 2.0 / np.diff(self.knots)[:, None, None]
        return Interpolant(knots=self.knots, coefficients=scale * _derivative(self.coefficients))

    def minus(self, other: "Interpolant") -> "Interpolant":
        """Difference of two interpolants on the same panels."""
        return Interpolant(knots=self.knots, coefficients=self.coefficients - other.coefficients)

    def bends_between(self, start: Float, stop: Float) -> np.ndarray:
        """Whether a knot lies strictly inside each interval."""
        inner = self.knots[1:-1]
        return np.any((inner > start[:, None]) & (inner < stop[:, None]), axis=1)

    def enclose(self, start: Float, stop: Float) -> Interval:
        """Bounds over intervals.

        On each panel that an interval meets, the series is restated in Chebyshev polynomials of
        the common part, none of which exceeds one.

        Parameters
        ----------
        start, stop : ndarray, shape (B,)
            Within the knots.

        Returns
        -------
        Interval, shape (B, M)
        """
        B, M = len(start), self.coefficients.shape[2]
        lower, upper = np.full((B, M), np.inf), np.full((B, M), -np.inf)
        for p in range(self.n_panels):
            a = np.maximum(start, self.knots[p])
            b = np.minimum(stop, self.knots[p + 1])
            rows = np.flatnonzero(a <= b)
            if rows.size:
                part = self._enclosed(p, a[rows], b[rows])
                lower[rows] = np.minimum(lower[rows], part.lower)
                upper[rows] = np.maximum(upper[rows], part.upper)
        return Interval(lower, upper)

    def _enclosed(self, p: int, start: Float, stop: Float) -> Interval:
        c = self.coefficients[p]
        degree = len(c) - 1
        panel = np.full(len(start), p)
        a, b = self._local(start, panel), self._local(stop, panel)
        t = 0.5 * (a + b)[:, None] + 0.5 * (b - a)[:, None] * lobatto_nodes(degree)
        restated = (_to_coefficients(degree) @ _polynomials(t, degree)) @ c
        swing = np.sum(np.abs(restated[:, 1:]), axis=1)
        size = np.broadcast_to(np.sum(np.abs(c), axis=0), swing.shape)
        # Each of (n + 1)^2 products rounds, and the points move the series by its slope.
        operations = 8.0 * (degree + 1.0) ** 2
        return Interval.widened(restated[:, 0] - swing, restated[:, 0] + swing, size, operations)


def interpolated(
    function: Callable[[float], Float], start: float, stop: float, *, tolerance: float
) -> tuple[Interpolant, Float]:
    """Interpolate a function of one variable, adding points until doubling changes too little.

    Parameters
    ----------
    function : callable
        Maps a point to M values, none negative.
    start, stop : float
    tolerance : float
        Wanted relative error, measured at the points that a doubling adds: it is the error of the
        interpolant before them.

    Returns
    -------
    interpolant : Interpolant
        Through all points.
    error : ndarray, shape (M,)
        Largest relative error measured, by function.
    """
    known: dict[float, Float] = {}
    panels: list[tuple[float, float, Float]] = []
    error: Float | float = 0.0
    left = [(start, stop)]
    while left:
        a, b = left.pop()
        last = len(left) + len(panels) + 2 > MOST_PANELS
        coefficients, worst = _panel(function, known, a, b, tolerance)
        if np.max(worst) > tolerance and not last:
            middle = 0.5 * (a + b)
            left += [(middle, b), (a, middle)]
            continue
        panels.append((a, b, coefficients))
        error = np.maximum(error, worst)
    most = max(len(c) for _, _, c in panels)
    padded = [np.pad(c, ((0, most - len(c)), (0, 0))) for _, _, c in panels]
    knots = np.array([*(a for a, _, _ in panels), stop])
    return Interpolant(knots=knots, coefficients=np.array(padded)), np.asarray(error)


def _panel(
    function: Callable[[float], Float],
    known: dict[float, Float],
    start: float,
    stop: float,
    tolerance: float,
) -> tuple[Float, Float]:
    """Coefficients on one panel, and the relative errors that the last doubling showed."""

    def values(degree: int) -> Float:
        x = 0.5 * (start + stop) + 0.5 * (stop - start) * lobatto_nodes(degree)
        x[[0, degree // 2, -1]] = start, 0.5 * (start + stop), stop
        for point in map(float, x):
            if point not in known:
                known[point] = function(point)
        return np.array([known[float(point)] for point in x])

    degree, v = COARSEST, values(COARSEST)
    while True:
        coarse = _to_coefficients(degree) @ v
        v = values(2 * degree)
        guess = _polynomials(lobatto_nodes(2 * degree), degree) @ coarse
        scale = np.maximum(np.abs(v), np.finfo(float).tiny)
        worst = np.max(np.abs(guess - v) / scale, axis=0)
        degree *= 2
        if np.max(worst) <= tolerance or degree >= FINEST or np.max(worst) > 1e3 * tolerance:
            return _to_coefficients(degree) @ v, worst
