"""Files that are never half-written, and never something else than files."""

import errno
import os
import stat
import tempfile
from pathlib import Path


def check_target(path: str | Path) -> Path:
    """Where a file would be written: links resolved, so that a link stays one.

    Parameters
    ----------
    path : str or Path
        A regular file, a link to one, or the name of a new one.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        When the folder does not exist, or when something else than a file is there: a folder, a
        pipe, a device.
    """
    mode = _mode(path)
    target = Path(os.path.realpath(path))
    if mode is None and not target.parent.is_dir():
        raise ValueError(f"{path}: cannot be written: no folder {target.parent}")
    if mode is not None and not stat.S_ISREG(mode):
        raise ValueError(
            f"{path}: cannot be written: {_kind(mode)}, not a regular file; name another file"
        )
    return target


def check_other_file(target: str | Path, source: str | Path) -> None:
    """Refuse to write over what is read, links resolved.

    Parameters
    ----------
    target : str or Path
        Where a file would be written.
    source : str or Path
        A file, or a folder of data files.

    Raises
    ------
    ValueError
        When both are the same file, or the target is a data file of the folder.
    """
    to, read = Path(os.path.realpath(target)), Path(os.path.realpath(source))
    same = to.exists() and read.exists() and to.samefile(read)
    if same or (read in to.parents and to.exists() and to.suffix in {".npz", ".json", ".mat"}):
        raise ValueError(f"{target}: is read from, and would be overwritten; name another file")


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file aside and rename it into place.

    Parameters
    ----------
    path : str or Path
        Where the file shall be; an older one is replaced, or the one that a link points to.
    content : bytes

    Raises
    ------
    ValueError
        When the file cannot be written there, see also `check_target`.
    """
    target = check_target(path)
    aside = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name[:50]}.", delete=False
        ) as file:
            aside = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        aside.chmod(0o666 & ~umask)
        aside.replace(target)
    except BaseException as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot(path, error) from None
        raise


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used, beside where it was, and without replacing another.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Path
        Where it is now.

    Raises
    ------
    ValueError
        When the folder does not allow it.
    """
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.unusable-{number}")):
        number += 1
    try:
        path.rename(aside)
    except OSError as error:
        raise _cannot(path, error) from None
    return aside


def _mode(path: str | Path) -> int | None:
    """Of what is there, links followed; None when nothing is."""
    try:
        return Path(path).stat().st_mode
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from None


def _cannot(path: str | Path, error: OSError | ValueError) -> ValueError:
    why = str(error)
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = f"the disk is full ({error.strerror})" if full else str(error.strerror)
    return ValueError(f"{path}: cannot be written: {why}")


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")
