"""Every key of a scenario file: what the classes that validate say of it, and what it means."""

import tomllib
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from isacplan.comm.precoder import precoders
from isacplan.comm.receiver import receivers
from isacplan.scenario.explained import section_in
from isacplan.scenario.load import SCENARIO_TYPES
from isacplan.scenario.requirements import accuracy_requirements
from isacplan.sensing.targets import target_names

UNITS = {
    "db": "dB",
    "dbm": "dBm",
    "dbm_per_hz": "dBm/Hz",
    "deg": "deg",
    "hz": "Hz",
    "m": "m",
    "m2": "m²",
    "mps": "m/s",
    "s": "s",
    "wavelengths": "wavelengths",
}
"""Units by the end of a key's name."""

CHOICES: dict[tuple[str, str], Callable[[], Iterable[str]]] = {
    ("transmission", "precoder"): precoders,
    ("transmission", "receiver"): receivers,
    ("users_paths", "target"): target_names,
    ("link", "target"): target_names,
    ("requirement", "category"): accuracy_requirements,
}
"""Keys whose values are names that lie elsewhere."""

WORDS = {int: "whole number", float: "number", str: "text", bool: "true or false"}


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of a scenario file.

    Parameters
    ----------
    section : str
        Its table; empty at the top of the file.
    name : str
        The key.
    kind : str
        What a value may be, with its range, in words.
    unit : str
        Its unit; empty without one.
    default : object
        Value when it is left out; None when there is none.
    required : bool
        Whether it must be stated where its table is.
    meaning, needs, source : str
        In words; what else it needs and the source's equation are empty without one.
    sample : object
        A value that may stand there.
    start : object
        What a template starts with; None for what it leaves out.
    usual : tuple of float
        Lowest and highest number that is no sign of a slip; empty when any is.
    repeated : bool
        Whether its table is one of a list, ``[[users]]``.
    """

    section: str
    name: str
    kind: str
    unit: str
    default: object
    required: bool
    meaning: str
    needs: str
    source: str
    sample: object
    start: object
    usual: tuple[float, ...]
    repeated: bool


def scenario_keys(kind: str) -> list[Key]:
    """Keys of a kind of scenario in the order of its file.

    Parameters
    ----------
    kind : str
        ``"frame"`` or ``"split"``.

    Returns
    -------
    list of Key

    Raises
    ------
    ValueError
        For another kind.

    Examples
    --------
    >>> next(key.unit for key in scenario_keys("frame") if key.name == "symbol_duration_s")
    's'
    """
    if kind not in SCENARIO_TYPES:
        raise ValueError(f"kind = {kind!r} must be {' or '.join(sorted(SCENARIO_TYPES))}")
    text = (resources.files("isacplan.scenario") / "keys.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)[kind]
    model = SCENARIO_TYPES[kind]
    top, tables = [], []
    for field in msgspec.structs.fields(model):
        inside = section_in(field.type)
        if inside is None:
            top.append(_key("", field, words[""], repeated=False))
            continue
        section = field.encode_name
        repeated = _is_list(field.type)
        tables += [
            _key(section, inner, words[section], repeated=repeated)
            for inner in msgspec.structs.fields(inside)
        ]
    tag = words[""]["kind"]
    own = Key(
        section="",
        name="kind",
        kind=f'"{kind}"',
        unit="",
        default=None,
        required=True,
        meaning=tag["meaning"],
        needs="",
        source="",
        sample=kind,
        start=kind,
        usual=(),
        repeated=False,
    )
    return [own, *top, *tables]


def _key(section: str, field: Any, words: dict[str, Any], *, repeated: bool) -> Key:
    own = words[field.encode_name]
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    required = default is msgspec.NODEFAULT
    choices = CHOICES.get((section, field.encode_name))
    return Key(
        section=section,
        name=field.encode_name,
        kind=_names(choices()) if choices else _described(field.type),
        unit=_unit(field.encode_name),
        default=None if required else default,
        required=required,
        meaning=own["meaning"],
        needs=own.get("needs", ""),
        source=own.get("source", ""),
        sample=own.get("sample", own.get("start", default)),
        start=own.get("start"),
        usual=tuple(own.get("usual", ())),
        repeated=repeated,
    )


def _names(values: Iterable[object]) -> str:
    return ", ".join(f'"{value}"' if isinstance(value, str) else str(value) for value in values)


def _unit(name: str) -> str:
    ends = [end for end in UNITS if name.endswith(f"_{end}")]
    return UNITS[max(ends, key=len)] if ends else ""


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(_is_list(part) for part in get_args(annotation))


def _described(annotation: Any) -> str:
    """What a value may be, in words."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _in_range(arguments[0], [m for m in arguments[1:] if isinstance(m, msgspec.Meta)])
    if origin is Literal:
        return _names(arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_described(a) for a in arguments if a is not types.NoneType)
    if origin is list:
        return f"list of: {_described(arguments[0])}"
    return WORDS.get(annotation, str(annotation))


def _in_range(annotation: Any, metas: list[msgspec.Meta]) -> str:
    words = _described(annotation)
    for meta in metas:
        low = f"from {meta.ge:g}" if meta.ge is not None else ""
        low = f"above {meta.gt:g}" if meta.gt is not None else low
        high = f"to {meta.le:g}" if meta.le is not None else ""
        high = f"below {meta.lt:g}" if meta.lt is not None else high
        words = " ".join(part for part in (words, low, high) if part)
        if meta.min_length is not None and meta.min_length == meta.max_length:
            words = words.replace("list of", f"{meta.min_length} in a list of", 1)
    return words
