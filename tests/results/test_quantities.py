"""The table of quantities holds together."""

import tomllib
from importlib import resources

import pytest

from isacplan.quantities import TYPES, containers_markdown, markdown, names_markdown, table

FILE = resources.files("isacplan") / "quantities.toml"

UNITS = {
    "bit_per_hz": "bit/Hz",
    "bps_hz": "bit/s/Hz",
    "bps": "bit/s",
    "hz": "Hz",
    "s": "s",
    "m2": "m^2",
    "m": "m",
    "rad2": "rad^2",
    "rad": "rad",
    "deg": "deg",
    "db": "dB",
}


@pytest.mark.parametrize("row", table().rows.values(), ids=list(table().rows))
def test_a_key_and_its_unit_agree(row):
    assert row.type in TYPES
    for ending, unit in UNITS.items():
        if row.key.endswith(f"_{ending}"):
            assert row.unit == unit
            return
    of_names = row.type == "measured" or "ci95" in row.key or row.key.startswith("db_")
    assert of_names or row.unit not in set(UNITS.values())


def test_dimensions_are_explained():
    stated = table()
    named = {name for row in stated.rows.values() for name in row.dimensions} - {"points"}
    named |= {c.dimension for c in stated.containers.values() if c.dimension}
    named |= {c.points for c in stated.containers.values() if c.points}
    assert named | {"age"} == set(stated.dimensions)


def test_keys_have_one_meaning():
    sections = [set(rows) for rows in table().sections.values()]
    assert sum(len(keys) for keys in sections) == len(set().union(*sections))
    assert not set(table().containers) & set(table().rows)


def test_the_documentation_has_every_row():
    for section, rows in table().sections.items():
        text = markdown(section)
        assert len(text.splitlines()) == 2 + len(rows)
        for row in rows.values():
            assert f"`{row.key}`" in text
            assert row.meaning in text
    assert "`baseline_`" in containers_markdown()


def test_names_in_the_package_and_in_answers_have_one_unit():
    stated = tomllib.loads(FILE.read_text(encoding="utf-8"))
    units: dict[str, set[str]] = {}
    for row in table().rows.values():
        units.setdefault(row.name, set()).add(row.unit)
    both = 0
    for section, rows in stated["names"].items():
        text = names_markdown(section)
        for number, row in rows.items():
            assert f"| {number} |" in text
            for name in row["name"].split(", "):
                assert f"`{name}`" in text
                if name in units and "1" not in units[name]:
                    assert row["unit"] in units[name], name
                    both += 1
    assert both >= 5
