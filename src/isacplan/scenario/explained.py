"""Errors of validation in words: the key, its value, and what would be right."""

import difflib
import re
from typing import Any, Literal, get_args, get_origin

import msgspec

from isacplan.scenario.fields import Section


def explained(message: str, values: dict[str, Any], model: type[Section]) -> str:
    """One line from a validation error: key, value, what would be right.

    Parameters
    ----------
    message : str
        As msgspec words it.
    values : dict
        What was validated.
    model : type
        Against which.

    Returns
    -------
    str
    """
    found = re.fullmatch(r"(?P<what>.*?)(?: - at `\$(?P<path>.*)`)?", message, flags=re.DOTALL)
    what, path = (found["what"], found["path"] or "") if found else (message, "")
    steps = [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path)]
    key = path.removeprefix(".")
    unknown = re.search(r"unknown field `(.*)`", what)
    if unknown:
        full = f"{key}.{unknown[1]}" if key else unknown[1]
        return f"unknown key {full}{nearest(unknown[1], _keys_at(model, steps))}"
    missing = re.search(r"missing required field `(.*)`", what)
    if missing:
        return f"{key}.{missing[1]} is missing" if key else f"{missing[1]} is missing"
    value: Any = values
    for step in steps:
        value = value[step]
    if isinstance(value, dict | list) and not what.startswith("Expected"):
        return f"{key}: {what}" if key else what
    shown = repr(value) if not isinstance(value, dict | list) else type(value).__name__
    if what.startswith("Invalid enum value"):
        names = ", ".join(str(name) for name in _names_at(model, steps))
        return f"{key} = {shown}: must be one of {names}"
    return f"{key} = {shown}: {what[0].lower()}{what[1:]}".replace("`", "")


def _keys_at(model: type[Section], steps: list[int | str]) -> list[str]:
    """Keys of the table that a path leads to."""
    here: type[Section] = model
    for step in steps:
        if isinstance(step, int):
            continue
        field = next(f for f in msgspec.structs.fields(here) if f.encode_name == step)
        inside = section_in(field.type)
        if inside is None:
            return []
        here = inside
    return [field.encode_name for field in msgspec.structs.fields(here)] + (
        ["kind"] if here is model else []
    )


def _names_at(model: type[Section], steps: list[int | str]) -> list[object]:
    """Values that the field at a path may have, where it has only some."""
    here: Any = model
    for step in steps:
        if isinstance(step, int):
            continue
        inside = section_in(here) or model
        here = next(f for f in msgspec.structs.fields(inside) if f.encode_name == step).type
    return _literals(here)


def _literals(annotation: Any) -> list[object]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [name for part in get_args(annotation) for name in _literals(part)]


def section_in(annotation: Any) -> type[Section] | None:
    """The table that a field holds, by itself or in a list; None when it holds a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    found = (section_in(part) for part in get_args(annotation))
    return next((section for section in found if section is not None), None)


def nearest(word: str, known: list[str]) -> str:
    """What a word was perhaps meant to be, or what is known, as the end of a sentence."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known)}"
