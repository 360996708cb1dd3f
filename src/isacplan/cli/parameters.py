"""Kinds of option values that click does not have."""

import math
import re

import click
import numpy as np

from isacplan._typing import Float

UNITS = {"": 1, "kib": 2**10, "mib": 2**20, "gib": 2**30, "kb": 10**3, "mb": 10**6, "gb": 10**9}


class ByteSize(click.ParamType[int]):
    """A number of bytes with a unit, such as 1GiB."""

    name = "size"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Bytes from text."""
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9.]+(?:e\+?[0-9]+)?) *([a-z]*)", str(value).lower())
        try:
            number, unit = (found[1], found[2]) if found else ("", "")
            return int(float(number) * UNITS[unit])
        except (ValueError, KeyError, OverflowError):
            self.fail(f"{value!r} is no size; write 512MiB, 1GiB or 1e9", param, ctx)


class Precision(click.ParamType[float]):
    """A relative half-width."""

    name = "fraction"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Checked number."""
        try:
            number = float(str(value))
        except ValueError:
            number = math.nan
        if not 1e-6 <= number < 1.0:
            self.fail(f"{value!r} must be from 1e-6 to below 1, such as 0.005", param, ctx)
        return number


class Vector(click.ParamType[Float]):
    """Three numbers with commas between them, such as 5,3,0."""

    name = "vector"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Float:
        """Array of three."""
        try:
            numbers = np.array([float(part) for part in str(value).split(",")])
        except ValueError:
            numbers = np.array([])
        if numbers.shape != (3,) or not np.all(np.isfinite(numbers)):
            self.fail(f"{value!r} must be three numbers, such as 5,3,0", param, ctx)
        return numbers
