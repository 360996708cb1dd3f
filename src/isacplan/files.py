"""Files that are never half-written."""

import os
import tempfile
from pathlib import Path


def write_whole(path: str | Path, content: bytes) -> None:
    """Write a file aside and rename it into place.

    Parameters
    ----------
    path : str or Path
        Where the file shall be; an older one is replaced.
    content : bytes

    Raises
    ------
    ValueError
        When the file cannot be written there.
    """
    target = Path(path)
    aside = None
    try:
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            aside = Path(file.name)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        aside.chmod(0o666 & ~umask)
        aside.replace(target)
    except OSError as error:
        if aside is not None:
            aside.unlink(missing_ok=True)
        raise ValueError(f"{path}: cannot be written: {error.strerror}") from None
