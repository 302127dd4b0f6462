"""Files appear whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path


class WriteFailed(OSError):
    """A file could not be written; what stood there before still does."""

    def __init__(self, path: Path, reason: Exception) -> None:
        super().__init__(f"{path}: cannot be written: {getattr(reason, 'strerror', None) or reason}")


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write beside the target and rename: an interrupted run leaves the old file or none. Raises WriteFailed.

    A link stays a link, and what it leads to is written; an existing file keeps its permissions.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        target = path.resolve() if path.is_symlink() else path
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = _mode(target)
        _replace(target, data, mode)
    except (OSError, ValueError, RuntimeError) as reason:  # RuntimeError: links in a circle
        raise WriteFailed(path, reason) from reason


def _replace(target: Path, data: bytes, mode: int) -> None:
    """The name of the temporary file is chosen before it exists, so that no interrupt can leave it behind."""
    temporary = target.with_name(f".ptheory-{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """The permissions of the file that is there, those of a new file otherwise. OSError where it may not be written."""
    try:
        found = target.stat()
    except FileNotFoundError:
        return 0o666 & ~_umask()
    if stat.S_ISDIR(found.st_mode):
        raise OSError("a folder is in the way")
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is no ordinary file")
    if not os.access(target, os.W_OK):
        raise OSError("it is write-protected")
    return stat.S_IMODE(found.st_mode)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
