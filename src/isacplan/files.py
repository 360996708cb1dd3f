"""Files that are never half-written, and the digest of the package's own."""

import hashlib
import os
import tempfile
from functools import lru_cache
from importlib import resources
from pathlib import Path

from isacplan import __version__


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Version and digest of the package's own files: what other code has stored is not mixed in.

    Returns
    -------
    str
    """
    root = Path(str(resources.files("isacplan")))
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml", ".csv"):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:16]}"


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
