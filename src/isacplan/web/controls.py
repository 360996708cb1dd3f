"""Sliders and fields for the keys of a scenario, made from what validates them."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from isacplan.scenario import Key, scenario_keys
from isacplan.web.ranges import Slide, is_number, is_whole, slide_of

SECTIONS = {
    "": "Title",
    "frame": "Frame",
    "array": "Arrays",
    "channel": "Channel",
    "aging": "Aging",
    "sensing": "Sensing",
    "transmission": "Beams and receivers",
    "objective": "Objective",
    "users": "Users",
    "users_random": "Random users",
    "users_paths": "Traced users",
    "split": "Station and resources",
    "link": "Link budget",
    "requirement": "Requirement",
    "anchors": "Further stations",
}
OPTIONAL = {"users_random", "users_paths", "link", "anchors", "users"}
"""Sections that are shown only where the scenario has them."""

LEFT_OUT = {
    ("users_paths", "file"),
    ("array", "element"),
    ("array", "tx_positions_wavelengths"),
    ("array", "rx_positions_wavelengths"),
}
"""Keys that name a file, which a page does not choose, or take a table of their own."""

OF_TRACED = {
    ("array", "yaw_deg"),
    ("array", "downtilt_deg"),
    ("aging", "fading"),
    ("sensing", "receiver_position_m"),
    ("sensing", "receiver_yaw_deg"),
    ("sensing", "receiver_downtilt_deg"),
}
"""Keys that only traced users give a meaning."""


LONGEST_LABEL = 40


def controls(values: Mapping[str, Any], *, user: int = 0) -> list[Any]:
    """Controls of a scenario, also of one that is not valid, so that it can be put right.

    Parameters
    ----------
    values : mapping
        The scenario, unchecked.
    user : int, optional
        Index of the user whose fields are shown.

    Returns
    -------
    list of Dash components
    """
    traced = "users_paths" in values
    keys = [
        key
        for key in scenario_keys(str(values.get("kind")))
        if key.name != "kind"
        and (key.section, key.name) not in LEFT_OUT
        and (traced or (key.section, key.name) not in OF_TRACED)
    ]
    found: list[Any] = []
    for section in dict.fromkeys(key.section for key in keys):
        inside = [key for key in keys if key.section == section]
        stated = values if section == "" else values.get(section)
        if section in OPTIONAL and not stated:
            continue
        if section == "users":
            found += _users(inside, stated, user)
        elif inside[0].repeated:
            found += _stations(inside, stated)
        else:
            table = stated if isinstance(stated, Mapping) else {}
            fields = _fields(inside, table, section)
            found.append(_section(SECTIONS[section], fields, is_open=section != "objective"))
    # The users first: they are what the map above moves.
    return sorted(found, key=lambda each: each.id != "user-fields")


def _users(keys: list[Key], entries: Any, user: int) -> list[Any]:
    """Whose fields are shown, and those fields."""
    n = len(entries) if isinstance(entries, list) else 0
    if n == 0:
        return []
    chosen = min(max(user, 0), n - 1)
    entry = entries[chosen] if isinstance(entries[chosen], Mapping) else {}
    choice = dcc.Dropdown(
        id="user", options=[{"label": f"user {k}", "value": k} for k in range(n)], value=chosen,
        clearable=False, searchable=False,
    )  # fmt: skip
    fields = [choice, *_fields(keys, entry, f"users.{chosen}")]
    return [_section("User", fields, is_open=True, name="user-fields")]


def _stations(keys: list[Key], entries: Any) -> list[Any]:
    """A group of fields for each further station."""
    return [
        _section(
            f"Station {i}",
            _fields(keys, entry if isinstance(entry, Mapping) else {}, f"anchors.{i}"),
            is_open=False,
        )
        for i, entry in enumerate(entries if isinstance(entries, list) else [])
    ]


def _section(title: str, fields: list[Any], *, is_open: bool, name: str = "") -> html.Details:
    own = name or f"fields-{title.lower().replace(' ', '-')}"
    return html.Details([html.Summary(title), *fields], id=own, open=is_open, className="section")


def _fields(keys: list[Key], table: Mapping[str, Any], place: str) -> list[Any]:
    """Fields of what is stated, and those of what is at its default behind another fold."""
    first, rest = [], []
    for key in keys:
        value = table.get(key.name, key.default)
        main = key.start is not None or (value is not None and value != key.default)
        (first if main else rest).append(_field(key, value, place))
    more = html.Details([html.Summary("more"), *rest], className="more")
    return [*first, *([more] if rest else [])]


def _field(key: Key, value: Any, place: str) -> html.Div:
    """Label, field and slider of a key."""
    path = f"{place}.{key.name}" if place else key.name
    own = {"type": "key", "path": path}
    name = _name(key)
    label = f"{name} [{key.unit}]" if key.unit else name
    parts: list[Any] = [
        html.Label(label, htmlFor=json.dumps(own, sort_keys=True, separators=(",", ":")))
    ]
    choices = re.findall(r'"([^"]+)"', key.kind) if "number" not in key.kind else []
    words = key.meaning + (f"; needs {key.needs}" if key.needs else "")
    if key.name == "first_lag":
        parts.append(_choice(own, [0, 1], value, clearable=False))
    elif choices:
        parts.append(_choice(own, choices, value, clearable=key.default is None))
    elif is_number(key):
        parts.append(
            dcc.Input(id=own, type="number", value=value, step="any", placeholder="left out")
        )
    else:
        shown = value if isinstance(value, str | None) else json.dumps(value)
        parts.append(dcc.Input(id=own, type="text", value=shown, debounce=True, maxLength=2000,
                               placeholder="left out"))  # fmt: skip
    slide = slide_of(key, value)
    if slide is not None:
        parts.append(_slider(path, slide.low, slide.high, slide.step, _position(value, slide)))
    about = f"{path}: {words}; {key.kind}" + (f" [{key.unit}]" if key.unit else "")
    named: dict[str, Any] = {"data-path": path, "data-name": label}
    return html.Div(parts, className="field", title=about, **named)


def _name(key: Key) -> str:
    """What a key is in a few words: how its meaning begins, or its own name."""
    words = re.split(r"[,;(]", key.meaning.replace(f"[{key.unit}]", ""))[0].strip()
    if len(words) <= LONGEST_LABEL and ":" not in words:
        return words
    return key.name.removesuffix(f"_{_suffix(key)}").replace("_", " ")


def _suffix(key: Key) -> str:
    """The end of a key's name that its unit says already."""
    found = re.search(
        r"_(dbm_per_hz|wavelengths|dbm|deg|mps|m2|hz|db|m|s)$", key.name if key.unit else ""
    )
    return found[1] if found else " "


def _choice(own: dict[str, str], options: list[Any], value: Any, *, clearable: bool) -> Any:
    return dcc.Dropdown(
        id=own, options=options, value=value, clearable=clearable, searchable=False,
        placeholder="as usual",
    )  # fmt: skip


def _slider(path: str, low: float, high: float, step: float, position: float) -> dcc.Slider:
    return dcc.Slider(
        id={"type": "slide", "path": path}, min=low, max=high, step=step, value=position,
        marks=None, updatemode="drag", allow_direct_input=False, included=True,
    )  # fmt: skip


def _position(value: Any, slide: Slide) -> float:
    return math.log10(value) if slide.by_ratio else value


def key_table(kind: str) -> dict[str, dict[str, Any]]:
    """What a page must know of each key to take a value for it.

    Parameters
    ----------
    kind : {"frame", "split"}

    Returns
    -------
    dict
        By `section.name`: `whole`, `number`, `required` and `by_ratio`.
    """
    found: dict[str, dict[str, Any]] = {}
    for key in scenario_keys(kind):
        slide = slide_of(key, key.sample)
        found[f"{key.section}.{key.name}" if key.section else key.name] = {
            "whole": is_whole(key),
            "number": is_number(key),
            "text": key.kind == "text" or ('"' in key.kind and "number" not in key.kind),
            "required": key.required,
            "by_ratio": slide is not None and slide.by_ratio,
        }
    return found
