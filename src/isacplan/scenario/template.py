"""Scenario files to start from, with every key explained."""

import math
import textwrap

from isacplan.scenario.keys import Key, scenario_keys

WIDTH = 100


def scenario_template(kind: str, *, full: bool = False) -> str:
    """A scenario file with comments that can be planned as it stands.

    Parameters
    ----------
    kind : str
        ``"frame"`` or ``"split"``.
    full : bool, optional
        Every key there is; what does not go with the rest is commented out.

    Returns
    -------
    str
        TOML.

    Raises
    ------
    ValueError
        For another kind.

    Examples
    --------
    >>> print(scenario_template("split").splitlines()[0])
    # A scenario of isacplan; `isacplan check FILE` says whether it is right.
    """
    keys = scenario_keys(kind)
    lines = ["# A scenario of isacplan; `isacplan check FILE` says whether it is right."]
    if full:
        lines.append(
            "# Lines as #key = value are left out; most of them go in place of something else."
        )
    for section in dict.fromkeys(key.section for key in keys):
        inside = [key for key in keys if key.section == section]
        used = any(key.start is not None for key in inside)
        if used or full:
            lines += _table(section, inside, used=used, full=full)
    return "\n".join(lines) + "\n"


def _table(section: str, keys: list[Key], *, used: bool, full: bool) -> list[str]:
    mark = "" if used else "#"
    lines: list[str] = []
    if section:
        name = f"[[{section}]]" if keys[0].repeated else f"[{section}]"
        lines = ["", mark + name]
        if keys[0].repeated and used:
            lines.insert(1, f"# One such table for each of the {section}.")
    for key in keys:
        if not full and key.start is None:
            continue
        stated = used and (key.start is not None or (full and key.default is not None))
        value = key.start if key.start is not None else key.sample
        if stated and key.start is None:
            value = key.default
        lines += textwrap.wrap(
            _comment(key, full=full), WIDTH, initial_indent="# ", subsequent_indent="# "
        )
        lines.append(f"{'' if stated else '#'}{key.name} = {_toml(value)}")
    return lines


def _comment(key: Key, *, full: bool) -> str:
    words = key.meaning + (f" [{key.unit}]" if key.unit else "")
    if full:
        words += f"; {key.kind}"
        words += f"; needs {key.needs}" if key.needs else ""
        words += f"; {key.source}" if key.source else ""
    return words


def _toml(value: object) -> str:
    """A value as TOML; samples of lists are TOML already."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and not value.startswith("["):
        return f'"{value}"'
    if isinstance(value, float) and value and not 1e-3 <= abs(value) < 1e5:
        power = 3 * math.floor(math.log10(abs(value)) / 3)
        return f"{value / 10.0**power:.6g}e{power}"
    return str(value)
