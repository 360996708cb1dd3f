"""Interval arithmetic that also carries the first two derivatives.

An `Interval` holds bounds that no rounding can break: every operation rounds outward. A `Jet` holds
intervals for a function of one variable and its first two derivatives over a whole interval of
that variable. Both are element-wise over arrays that broadcast. Infinite bounds are allowed and a
bound that is not a number says nothing; whoever computes with them silences NumPy's warnings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isacplan._typing import ArrayLike, Float, Index

EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper bounds, arrays of one shape."""

    lower: Float
    upper: Float

    @staticmethod
    def rounded(lower: Float, upper: Float) -> Interval:
        """Widen by one unit in the last place, which covers one rounded operation."""
        return Interval(np.nextafter(lower, -np.inf), np.nextafter(upper, np.inf))

    @staticmethod
    def widened(lower: Float, upper: Float, magnitude: Float, operations: ArrayLike) -> Interval:
        """Widen by the rounding of a sum of terms whose absolute values add up to `magnitude`."""
        slack = (np.asarray(operations) + 4.0) * EPSILON * magnitude
        return Interval.rounded(lower - slack, upper + slack)

    def __add__(self, other: Interval) -> Interval:
        return Interval.rounded(self.lower + other.lower, self.upper + other.upper)

    def __sub__(self, other: Interval) -> Interval:
        return Interval.rounded(self.lower - other.upper, self.upper - other.lower)

    def __neg__(self) -> Interval:
        return Interval(-self.upper, -self.lower)

    def __mul__(self, other: Interval) -> Interval:
        p, q = self.lower * other.lower, self.lower * other.upper
        r, s = self.upper * other.lower, self.upper * other.upper
        # Zero times infinity is zero for bounds; fmin and fmax pass over the NaN it gives.
        return Interval.rounded(
            np.fmin(np.fmin(p, q), np.fmin(r, s)), np.fmax(np.fmax(p, q), np.fmax(r, s))
        )

    def square(self) -> Interval:
        """Square, never negative."""
        p, q = self.lower**2, self.upper**2
        low = np.where((self.lower <= 0.0) & (self.upper >= 0.0), 0.0, np.minimum(p, q))
        return Interval(
            np.maximum(np.nextafter(low, -np.inf), 0.0), np.nextafter(np.maximum(p, q), np.inf)
        )

    def reciprocal(self) -> Interval:
        """Reciprocal of a positive interval; unbounded above where the interval reaches zero."""
        with np.errstate(divide="ignore"):
            upper = np.where(self.lower > 0.0, 1.0 / np.maximum(self.lower, 0.0), np.inf)
            return Interval.rounded(1.0 / self.upper, upper)

    def scaled(self, factor: ArrayLike) -> Interval:
        """Product with exact non-negative numbers."""
        f = np.asarray(factor, dtype=float)
        return Interval.rounded(self.lower * f, self.upper * f)

    def shifted(self, offset: ArrayLike) -> Interval:
        """Sum with exact numbers."""
        x = np.asarray(offset, dtype=float)
        return Interval.rounded(self.lower + x, self.upper + x)

    def sum(self, axis: int) -> Interval:
        """Sum along one axis."""
        magnitude = np.sum(np.maximum(np.abs(self.lower), np.abs(self.upper)), axis=axis)
        n = self.lower.shape[axis]
        return Interval.widened(
            np.sum(self.lower, axis=axis), np.sum(self.upper, axis=axis), magnitude, n
        )

    def __getitem__(self, index: Index) -> Interval:
        return Interval(self.lower[index], self.upper[index])


@dataclass(frozen=True, slots=True)
class Jet:
    """Enclosures of a function and its first two derivatives over an interval."""

    value: Interval
    first: Interval
    second: Interval

    def __add__(self, other: Jet) -> Jet:
        return Jet(self.value + other.value, self.first + other.first, self.second + other.second)

    def __sub__(self, other: Jet) -> Jet:
        return Jet(self.value - other.value, self.first - other.first, self.second - other.second)

    def __mul__(self, other: Jet) -> Jet:
        cross = self.first * other.first
        return Jet(
            self.value * other.value,
            self.first * other.value + self.value * other.first,
            self.second * other.value + cross + cross + self.value * other.second,
        )

    def square(self) -> Jet:
        """Square of the function."""
        curvature = self.first.square() + self.value * self.second
        slope = self.value * self.first
        return Jet(self.value.square(), slope + slope, curvature + curvature)

    def reciprocal(self) -> Jet:
        """Reciprocal of a positive function."""
        r = self.value.reciprocal()
        r_squared = r.square()
        slope = -(self.first * r_squared)
        bend = self.first.square() * (r_squared * r)
        return Jet(r, slope, bend + bend - self.second * r_squared)

    def composed(self, outer: Jet) -> Jet:
        """Chain rule: `outer` holds derivatives by this function's value, taken over its range."""
        return Jet(
            outer.value,
            outer.first * self.first,
            outer.second * self.first.square() + outer.first * self.second,
        )

    def log(self) -> Jet:
        """Natural logarithm of a positive function."""
        relative = self.first * self.value.reciprocal()
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.log(np.maximum(self.value.lower, 0.0))
            high = np.log(self.value.upper)
        return Jet(
            Interval.widened(low, high, np.abs(low) + np.abs(high), 1),
            relative,
            self.second * self.value.reciprocal() - relative.square(),
        )

    def scaled(self, factor: ArrayLike) -> Jet:
        """Product with exact non-negative numbers."""
        return Jet(*(part.scaled(factor) for part in (self.value, self.first, self.second)))

    def shifted(self, offset: ArrayLike) -> Jet:
        """Sum with exact numbers."""
        return Jet(self.value.shifted(offset), self.first, self.second)

    def sum(self, axis: int) -> Jet:
        """Sum along one axis."""
        return Jet(*(part.sum(axis) for part in (self.value, self.first, self.second)))

    def swapped(self) -> Jet:
        """The same with the last two axes exchanged."""
        return Jet(
            *(
                Interval(np.swapaxes(part.lower, -1, -2), np.swapaxes(part.upper, -1, -2))
                for part in (self.value, self.first, self.second)
            )
        )

    def __getitem__(self, index: Index) -> Jet:
        return Jet(self.value[index], self.first[index], self.second[index])
