"""The report's cache: foreign or damaged files are set aside, full disks are called full."""

import sqlite3
from contextlib import closing

import pytest

from isacplan.papers.cache import Runner


def twice(value):
    return {"twice": 2 * value}


def change(file, *statements):
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


@pytest.fixture
def file(tmp_path):
    Runner(tmp_path)("piece", twice, {"value": 3})
    return tmp_path / "papers.sqlite"


@pytest.mark.parametrize(
    "statements",
    [
        ["drop table piece", "create table piece (code, name, parameters, value)"],
        ["create table another (x)"],
    ],
)
def test_another_schema_is_set_aside_and_said(file, statements):
    change(file, *statements)
    told = []
    run = Runner(file.parent, told.append)
    assert run("piece", twice, {"value": 3}) == {"twice": 6}
    assert run("piece", twice, {"value": 3}) == {"twice": 6}
    assert (run.n_computed, run.n_cached) == (1, 1)
    aside = file.with_name("papers.sqlite.unusable-1")
    assert told == [
        f"{file}: not a cache of this version; now {aside.name}, starting anew",
        "piece",
    ]
    assert aside.exists()


def test_a_file_that_is_no_database_is_set_aside(tmp_path):
    (tmp_path / "papers.sqlite").write_text("no database" * 1000)
    told = []
    assert Runner(tmp_path, told.append)("piece", twice, {"value": 3}) == {"twice": 6}
    assert (tmp_path / "papers.sqlite.unusable-1").read_text() == "no database" * 1000
    assert len(told) == 2


@pytest.mark.parametrize("damage", ["x'7b'", "'text'", "x'7b227477696365223a377d'", "5"])
def test_a_damaged_piece_is_computed_again(file, damage):
    change(file, f"update piece set value = {damage}")
    told = []
    run = Runner(file.parent, told.append)
    assert run("piece", twice, {"value": 3}) == {"twice": 6}
    assert told == [f"{file}: a damaged piece, computed again", "piece"]
    assert run("piece", twice, {"value": 3}) == {"twice": 6}
    assert (run.n_computed, run.n_cached) == (1, 1)


@pytest.mark.parametrize("left", [0, 8 * 1024, 60 * 1024])
def test_a_full_disk_is_called_one(full_disk, left):
    disk = full_disk(left)

    def fill():
        run = Runner(disk)
        for index in range(50):
            run("piece", lambda value: ["x" * 10_000, value], {"value": index})

    with pytest.raises(ValueError, match=r"papers\.sqlite: cannot be used: the disk is full"):
        fill()
