import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from isacplan.files import check_target, set_aside, write_whole


def test_replaces_a_file_whole(tmp_path):
    file = tmp_path / "x.bin"
    file.write_bytes(b"old")
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]


def test_obeys_the_umask(tmp_path):
    write_whole(tmp_path / "a", b"")
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


@pytest.mark.parametrize("name", ["no/such/folder/x", ".", "x\0y", "y" * 300])
def test_a_place_that_cannot_be_written(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be written"):
        write_whole(tmp_path / name, b"x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path, exists):
    (tmp_path / "there").mkdir()
    target, link, chain = tmp_path / "there/real", tmp_path / "link", tmp_path / "chain"
    link.symlink_to("there/real")
    chain.symlink_to(link)
    if exists:
        target.write_bytes(b"old")
    write_whole(chain, b"new")
    assert target.read_bytes() == b"new"
    assert chain.is_symlink()
    assert link.is_symlink()
    assert check_target(chain) == target
    assert list(target.parent.iterdir()) == [target]


def test_a_link_that_leads_nowhere_is_refused(tmp_path):
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(ValueError, match="cannot be written: Too many levels"):
        write_whole(loop, b"x")
    (tmp_path / "gone").symlink_to("no/such/folder/x")
    with pytest.raises(ValueError, match=r"cannot be written: no folder .*no/such/folder"):
        write_whole(tmp_path / "gone", b"x")


def test_what_is_no_file_is_refused_and_kept(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to("/dev/null")
    for path, words in ((pipe, "a pipe"), (link, "a device"), ("/dev/null", "a device")):
        with pytest.raises(ValueError, match=f"{words}, not a regular file"):
            write_whole(path, b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_device_node_is_not_replaced_by_root_either(tmp_path):
    node = tmp_path / "null"
    try:
        os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("this root may not make devices")
    with pytest.raises(ValueError, match="a device, not a regular file"):
        write_whole(node, b"x")
    assert stat.S_ISCHR(node.stat().st_mode)


def test_standard_output_is_refused_where_it_is_a_pipe():
    program = "from isacplan.files import write_whole; write_whole('/dev/stdout', b'x')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert b"/dev/stdout: cannot be written: a pipe, not a regular file" in done.stderr


def test_a_full_disk_is_called_one_and_leaves_the_old_file(full_disk):
    disk = full_disk(0)
    with pytest.raises(ValueError, match="the disk is full"):
        write_whole(disk / "x", b"x" * 10_000)
    assert [path.name for path in disk.iterdir()] == ["filling"]
    (disk / "filling").write_bytes(b"x" * 1000)
    write_whole(disk / "filling", b"y" * 10_000)
    with pytest.raises(ValueError, match="the disk is full"):
        write_whole(disk / "filling", b"z" * 600_000)
    assert (disk / "filling").read_bytes() == b"y" * 10_000
    assert len(list(disk.iterdir())) == 1


def test_an_interrupted_write_leaves_nothing(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(ValueError, match="cannot be written: File too large"):
            write_whole(tmp_path / "x", b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_setting_aside_replaces_nothing(tmp_path):
    for n in (1, 2, 3):
        (tmp_path / "x").write_text(str(n))
        assert set_aside(tmp_path / "x") == tmp_path / f"x.unusable-{n}"
    assert [(tmp_path / f"x.unusable-{n}").read_text() for n in (1, 2, 3)] == ["1", "2", "3"]
