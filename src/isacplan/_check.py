"""Argument checks: each raises a ValueError that names argument, value and fix."""

import inspect
import math
from collections.abc import Collection
from functools import cache, lru_cache

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
    if _within(array, above, at_least, at_most, infinite=infinite):
        return array
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


def _within(
    array: Float,
    above: float | None,
    at_least: float | None,
    at_most: float | None,
    *,
    infinite: bool,
) -> bool:
    """Whether the range holds, from the extremes alone: what is no number fails every comparison.

    `real` runs at every evaluation of a model, so what is right must pass quickly.
    """
    if array.size == 0:
        return True
    low = float(array) if array.ndim == 0 else float(array.min())
    high = low if array.ndim == 0 else float(array.max())
    return (
        (low <= high if infinite else math.isfinite(low) and math.isfinite(high))
        and (above is None or low > above)
        and (at_least is None or low >= at_least)
        and (at_most is None or high <= at_most)
    )


def offers(name: str, value: object, protocol: type) -> None:
    """Check that a value has every member that a protocol names, without computing any."""
    if _class_offers(type(value), protocol):
        return
    wanted = _members(protocol)
    found = {member: _looked_up(value, member) for member in sorted(wanted)}
    missing = [member for member, what in found.items() if what is _MISSING]
    if missing:
        raise ValueError(
            f"{name} must have the members of {protocol.__module__}.{protocol.__name__}: "
            f"{type(value).__name__} lacks {', '.join(missing)}"
        )
    for member, what in found.items():
        is_method = callable(what) or hasattr(type(what), "__get__")
        if inspect.isfunction(wanted[member]) and not is_method:
            raise ValueError(f"{name}.{member} must be a method, got {type(what).__name__}")


@cache
def _members(protocol: type) -> dict[str, object]:
    """What a protocol and those that it extends declare, by name."""
    return {
        member: declared
        for kind in protocol.__mro__
        if getattr(kind, "_is_protocol", False)
        for member, declared in vars(kind).items()
        if not member.startswith("_")
    }


@lru_cache(maxsize=64)
def _class_offers(kind: type, protocol: type) -> bool:
    """Whether a class has every member already, whatever its instances add."""
    return all(
        hasattr(kind, member) and (callable(getattr(kind, member)) or not inspect.isfunction(what))
        for member, what in _members(protocol).items()
    )


_MISSING = object()


def _looked_up(value: object, member: str) -> object:
    """A member without calling properties, which may take long; what answers by name may."""
    found = inspect.getattr_static(value, member, _MISSING)
    return getattr(value, member, _MISSING) if found is _MISSING else found


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
