"""Argument checks: each raises a ValueError that names argument, value and fix."""

from collections.abc import Collection

import numpy as np

from isacplan._typing import ArrayLike, Float


def real(
    name: str,
    value: ArrayLike,
    *,
    above: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    infinite: bool = False,
) -> Float:
    """Return `value` as a float array after checking its range element by element."""
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be real numbers, got {value!r}") from None
    bad = np.isnan(array) if infinite else ~np.isfinite(array)
    if np.any(bad):
        shown = np.atleast_1d(array)[np.atleast_1d(bad)][0]
        raise ValueError(f"{name} must be {'a number' if infinite else 'finite'}, got {shown:g}")
    wanted = "finite"
    if above is not None:
        bad, wanted = bad | (array <= above), f"greater than {above:g}"
    if at_least is not None:
        bad, wanted = bad | (array < at_least), f"at least {at_least:g}"
    if at_most is not None:
        bad = bad | (array > at_most)
        bounded_below = above is not None or at_least is not None
        wanted = (f"{wanted} and " if bounded_below else "") + f"at most {at_most:g}"
    if np.any(bad):
        shown = np.atleast_1d(array)[np.atleast_1d(bad)][0]
        raise ValueError(f"{name} must be {wanted}, got {shown:g}")
    return array


def integer(name: str, value: object, *, at_least: int) -> int:
    """Return `value` as an int after checking that it is one and large enough."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < at_least:
        raise ValueError(f"{name} must be an integer of at least {at_least}, got {value!r}")
    return int(value)


def choice(name: str, value: str, allowed: Collection[str]) -> str:
    """Return `value` after checking that it is one of `allowed`."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(sorted(allowed))}, got {value!r}")
    return value
