"""Writing files so that nobody ever finds a half of one."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deckgen import terminal

BLOCK = 1 << 20  # bytes that are in memory at once


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one build at a time compare and write; the next waits, however this one ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_together(files: Mapping[Path, BinaryIO]) -> None:
    """Write all files or none: each under another name first, and renamed when all are whole."""
    untouched = "; the last package and lock are untouched"
    temporary: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not _holds(path, content):
                temporary[path] = _write_beside(path, content)
        for path, whole in temporary.items():
            whole.replace(path)
            untouched = ""
    except OSError as error:
        terminal.stop(f"cannot write {terminal.shown(path)}: {error.strerror}{untouched}")
    finally:
        for whole in temporary.values():
            whole.unlink(missing_ok=True)


def replace(path: Path, content: bytes) -> None:
    write_together({path: io.BytesIO(content)})


def _holds(path: Path, content: BinaryIO) -> bool:
    """Whether the file at `path` has just this content."""
    if not path.is_file() or path.stat().st_size != content.seek(0, os.SEEK_END):
        return False
    content.seek(0)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if content.read(BLOCK) != block:
                return False
    return True


def _write_beside(path: Path, content: BinaryIO) -> Path:
    """A file next to `path` with the content, safely on the disk."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    whole = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            content.seek(0)
            shutil.copyfileobj(content, file, BLOCK)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        whole.chmod(mode)
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
    return whole


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
