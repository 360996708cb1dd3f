"""What becomes of files of finished blocks that are damaged, foreign, or on a full disk."""

import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest

from isacplan.simulate.store import BlockStore

KEY = {"seed": 0}
BLOCKS = [(index, np.array([index, 0.5])) for index in range(6)]


@pytest.fixture
def file(tmp_path):
    """Six finished blocks of the simulation "key"."""
    with BlockStore(tmp_path / "blocks", KEY) as store:
        store.write(BLOCKS)
    return tmp_path / "blocks"


def change(file, *statements):
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_blocks_come_back(file):
    told = []
    with BlockStore(file, KEY, tell=told.append) as store:
        assert store.done() == set(range(6))
        for index, value in BLOCKS:
            assert store.read(index).tobytes() == value.tobytes()
    assert told == []


@pytest.mark.parametrize(
    "damage",
    [
        "update block set value = x'00' where id = 2",
        "update block set value = x'' where id = 2",
        "update block set value = 'text' where id = 2",
        "update block set value = zeroblob(16) where id = 2",
        "update block set checksum = 'none' where id = 2",
    ],
)
def test_a_damaged_row_is_dropped_and_said(file, damage):
    change(file, damage)
    told = []
    with BlockStore(file, KEY, tell=told.append) as store:
        assert store.done() == {0, 1, 3, 4, 5}
        assert told == [f"{file}: 1 damaged blocks, to be computed again"]
        store.write([BLOCKS[2]])
        assert store.done() == set(range(6))
        assert len(told) == 1


def test_damage_while_it_is_read_is_an_error_that_names_the_file(file):
    with BlockStore(file, KEY) as store:
        store.done()
        change(file, "update block set value = x'00' where id = 2", "delete from block where id=3")
        for block in (2, 3):
            with pytest.raises(ValueError, match=f"{file}: block {block} was damaged"):
                store.read(block)


@pytest.mark.parametrize(
    "statements",
    [
        ["drop table block"],
        ["alter table block add column more text"],
        ["drop table block", "create table block (id integer primary key, value blob not null)"],
        ["drop table run", "create table run (key text)"],
        ["create table another (x)"],
    ],
)
def test_another_schema_is_set_aside_whole_and_said(file, statements):
    change(file, *statements)
    told = []
    with BlockStore(file, KEY, tell=told.append) as store:
        assert store.done() == set()
        store.write(BLOCKS)
        assert store.done() == set(range(6))
    aside = file.with_name("blocks.unusable-1")
    assert told == [f"{file}: not a file of finished blocks; now {aside.name}, starting anew"]
    with closing(sqlite3.connect(aside)) as connection:
        names = {row[0] for row in connection.execute("select name from sqlite_master")}
    assert names


@pytest.mark.parametrize("damage", ["no database" * 1000, "pages"])
def test_a_file_that_is_no_database_is_set_aside(file, damage):
    content = bytearray(file.read_bytes())
    if damage == "pages":
        content[4096:] = b"x" * (len(content) - 4096)
    else:
        content = damage.encode()
    file.write_bytes(content)
    told = []
    with BlockStore(file, KEY, tell=told.append) as store:
        assert store.done() == set()
    assert len(told) == 1
    assert file.with_name("blocks.unusable-1").read_bytes() == bytes(content)


def test_the_key_is_written_once_whoever_comes_first(tmp_path):
    """Every thread opens the same new file with a key of its own: one wins, the others hear it."""
    for attempt in range(5):
        file, start, results = tmp_path / f"blocks-{attempt}", threading.Barrier(8), []

        def opening(number, file=file, start=start, results=results):
            start.wait()
            try:
                BlockStore(file, {"key": number}).__exit__(None, None, None)
                results.append("opened")
            except ValueError as error:
                results.append(
                    "another" if "of something else: key was" in str(error) else repr(error)
                )

        threads = [threading.Thread(target=opening, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == ["another"] * 7 + ["opened"]
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("select count(*) from run").fetchone() == (1,)


def test_a_failed_transaction_leaves_the_blocks_before(file):
    with BlockStore(file, KEY) as store:
        with pytest.raises(ValueError, match="cannot be used"):
            store.write([(6, np.ones(2)), (None, np.ones(2))])
        assert store.done() == set(range(6))


def fill(store):
    """Write blocks of 4 KiB until an error ends it; how many were written."""
    index = 0
    try:
        while True:
            store.write([(index, np.arange(512.0))])
            index += 1
    except ValueError as error:
        assert "blocks: cannot be used: the disk is full" in str(error)
    return index


@pytest.mark.parametrize("left", [0, 8 * 1024, 40 * 1024])
def test_a_disk_without_space_for_a_store_is_called_full(full_disk, left):
    disk = full_disk(left)
    with pytest.raises(ValueError, match="blocks: cannot be used: the disk is full"):
        BlockStore(disk / "blocks", KEY)


def test_blocks_before_a_full_disk_are_kept(full_disk):
    disk = full_disk(300 * 1024)
    with BlockStore(disk / "blocks", KEY) as store:
        written = fill(store)
        assert written > 10
        (disk / "filling").unlink()
        assert store.done() == set(range(written))
        store.write([(written, np.arange(512.0))])
    with BlockStore(disk / "blocks", KEY) as store:
        assert len(store.done()) == written + 1
