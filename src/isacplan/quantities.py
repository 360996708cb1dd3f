"""The one table of quantities: name, symbol, unit, dimensions, JSON key and meaning of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

SI_SUFFIXES = ("bit_per_hz", "bps_hz", "bps", "hz", "s", "m2", "m", "rad2", "rad")
"""What a JSON key says of its unit and a name leaves to the attribute ``units``."""

TYPES = ("real", "integer", "flag", "text", "attribute", "object", "measured")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity.

    Parameters
    ----------
    key : str
        In JSON, with its unit.
    meaning : str
    unit : str, optional
        ``"1"`` for ratios and counts; empty where there is none.
    symbol : str, optional
        In TeX.
    type : str, optional
        One of `TYPES`: an attribute describes the whole answer, an object is kept as it is, and
        something measured has a formula, an estimate and an interval.
    dimensions : tuple of str, optional
        Of its values, beside those of the containers around it.
    """

    key: str
    meaning: str
    unit: str = ""
    symbol: str = ""
    type: str = "real"
    dimensions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """In datasets and documentation: the key without an SI unit."""
        for suffix in SI_SUFFIXES:
            if self.key.endswith(f"_{suffix}"):
                return self.key.removesuffix(f"_{suffix}")
        return self.key


@dataclass(frozen=True, kw_only=True)
class Container:
    """A key whose value holds other quantities.

    Parameters
    ----------
    key, meaning : str
    layout : {"group", "named", "rows", "measured"}
        One object; an object of objects; a list of objects; a list of measured quantities.
    prefix : str, optional
        Begins the names of what it holds.
    dimension : str, optional
        Along which its objects lie.
    depth : int, optional
        Names that lead to one of them.
    index : str, optional
        The key that labels them.
    points : str, optional
        Dimension of lists in it that have none of their own.
    """

    key: str
    meaning: str
    layout: str
    prefix: str = ""
    dimension: str = ""
    depth: int = 1
    index: str = ""
    points: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """What there is to answer with.

    Parameters
    ----------
    schema_version : int
    dimensions : dict of str to str
        Meanings by name.
    containers : dict of str to Container
    sections : dict of str to (dict of str to Row)
        Rows by key, or by ``container.key`` where that means something of its own.
    """

    schema_version: int
    dimensions: dict[str, str]
    containers: dict[str, Container]
    sections: dict[str, dict[str, Row]]

    @property
    def rows(self) -> dict[str, Row]:
        """Every row by key."""
        return {key: row for section in self.sections.values() for key, row in section.items()}

    def row(self, key: str, container: str = "") -> Row:
        """The row of a key.

        Parameters
        ----------
        key : str
        container : str, optional
            The innermost container around it, or the kind of the answer.

        Returns
        -------
        Row

        Raises
        ------
        ValueError
            When the table has none; names the nearest.
        """
        rows = _rows()
        found = rows.get(f"{container}.{key}") or rows.get(key)
        if found is None:
            raise ValueError(unknown(key, [*rows, *self.containers]))
        return found


def unknown(field: str, known: Iterable[str]) -> str:
    """What to say of a field that is none.

    Parameters
    ----------
    field : str
    known : iterable of str

    Returns
    -------
    str
    """
    from difflib import get_close_matches

    near = get_close_matches(field, list(known), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"field {field!r} is not in the table of quantities{hint}"


@cache
def table() -> Table:
    """The table, read once.

    Returns
    -------
    Table
    """
    stated = _stated()
    return Table(
        schema_version=stated["schema_version"],
        dimensions=stated["dimensions"],
        containers={
            key: Container(key=key, **values) for key, values in stated["containers"].items()
        },
        sections={
            section: {key: _row(key, values) for key, values in rows.items()}
            for section, rows in stated["quantities"].items()
        },
    )


@cache
def _stated() -> dict[str, Any]:
    import tomllib

    file = resources.files("isacplan") / "quantities.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _rows() -> dict[str, Row]:
    return table().rows


def _row(key: str, values: dict[str, Any]) -> Row:
    given = dict(values)
    dimensions = tuple(given.pop("dimensions", ()))
    return Row(key=key.rpartition(".")[2], dimensions=dimensions, **given)


def markdown(section: str) -> str:
    """A section of the table for the documentation.

    Parameters
    ----------
    section : str

    Returns
    -------
    str
        A table in Markdown.
    """
    lines = ["| JSON key | name in tables | symbol | unit | meaning |", "|---|---|---|---|---|"]
    for key, row in table().sections[section].items():
        inside = key.removesuffix(row.key).removesuffix(".")
        where = f" (in `{inside}`)" if inside else ""
        symbol = f"${row.symbol}$" if row.symbol else ""
        cells = (f"`{row.key}`{where}", f"`{row.name}`", symbol, row.unit, row.meaning)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def names_markdown(section: str) -> str:
    """Names in the package for the documentation, a table in Markdown.

    Parameters
    ----------
    section : str

    Returns
    -------
    str
    """
    lines = ["| no. | name | symbol | unit | meaning |", "|---|---|---|---|---|"]
    for number, row in _stated()["names"][section].items():
        names = ", ".join(f"`{name}`" for name in row["name"].split(", "))
        symbols = ", ".join(f"${symbol}$" for symbol in row.get("symbol", "").split("$, $"))
        cells = (number, names, symbols if symbols != "$$" else "", row.get("unit", ""))
        lines.append(f"| {' | '.join(cells)} | {row['meaning']} |")
    return "\n".join(lines)


def containers_markdown(section: str = "") -> str:
    """The containers for the documentation, a table in Markdown."""
    del section
    lines = [
        "| JSON key | names in tables begin with | dimension | meaning |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{key}` | {f'`{c.prefix}_`' if c.prefix else ''} | "
        f"{f'`{c.dimension}`' if c.dimension else ''} | {c.meaning} |"
        for key, c in table().containers.items()
    ]
    return "\n".join(lines)


MARKDOWN = {
    "containers": containers_markdown,
    "names": names_markdown,
    "quantities": markdown,
}
"""Tables of the documentation, each of a section."""
