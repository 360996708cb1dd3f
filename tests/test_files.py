import pytest

from isacplan.files import write_whole


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


@pytest.mark.parametrize("name", ["no/such/folder/x", "."])
def test_a_place_that_cannot_be_written(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be written"):
        write_whole(tmp_path / name, b"x")
    assert list(tmp_path.iterdir()) == []
