"""The answer to a build that was asked for before, when nothing has changed since.

It is asked first, before anything heavy is imported, and needs no more than a look at each file's
size and time. What it remembers lies in the cache; without it, a build is a build.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from deckgen.makers import versions

CACHE = os.path.join("build", ".cache")
NAME = "last"
# A file may change twice within one tick of the clock of its file system, unseen.
TICK = 2_000_000_000  # nanoseconds

Listing = list[list[object]]
"""Path, bytes, and nanoseconds of the last changes, of each file below a folder."""


def listing(folder: str) -> Listing:
    """All files of a content folder as they are now, in a fixed order."""
    return sorted([path, *_state(path)] for path in _files(folder))


def remember(
    folder: str,
    start: str,
    arguments: Sequence[str],
    before: Listing,
    lock: str,
    package: str,
    said: str,
) -> None:
    """Remember a build without a diagnostic: what `arguments` asked for, and what was `said`.

    `before` is the listing of the content folder before it was read; the lock in it was written
    since, and the package.
    """
    files = [entry for entry in before if entry[0] != lock]
    now = time.time_ns()
    if any(not isinstance(modified, int) or modified > now - TICK for _, _, modified, _ in files):
        return
    record = {
        "versions": versions(),
        "from": os.getcwd(),
        "arguments": list(arguments),
        "files": sorted([*files, [lock, *_state(lock)]]),
        "package": [package, *_state(package)],
        "start": start,
        "said": said,
    }
    import json

    path = _record(folder)
    with suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(record, file)
        os.replace(f"{path}.new", path)


def told(arguments: Sequence[str]) -> str | None:
    """What the same build said before, if nothing has changed since; else None."""
    if arguments[:1] != ["build"]:
        return None
    import json

    for start in (*(a for a in arguments[1:] if not a.startswith("-")), "."):
        with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
            folder = _content_folder(os.path.abspath(start))
            with open(_record(folder), encoding="utf-8") as file:
                record = json.load(file)
            package = record["package"][0]
            now = {
                "versions": versions(),
                "from": os.getcwd(),
                "arguments": list(arguments),
                "files": listing(folder),
                "package": [package, *_state(package)],
                "start": record["start"],
                "said": record["said"],
            }
            meant = os.path.exists(record["start"]) and _content_folder(record["start"]) == folder
            if record == now and meant and now["versions"]:
                return str(record["said"])
    return None


def _content_folder(start: str) -> str:
    """As `source.find` finds it; empty if there is none."""
    while True:
        for candidate in (start, os.path.join(start, "content")):
            if os.path.isfile(os.path.join(candidate, "deck.yaml")):
                return candidate
        start, child = os.path.dirname(start), start
        if start == child:
            return ""


def _record(folder: str) -> str:
    above, name = os.path.split(folder)
    return os.path.join(above, CACHE, name, NAME)


def _files(folder: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.name == ".git":  # changes whenever it is looked at, and holds nothing of a deck
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        else:
            yield entry.path


def _state(path: str) -> tuple[int, int, int]:
    """Bytes of what a path leads to, and nanoseconds since 1970 of when its content was last
    changed, and of when anything about it was: nobody can set that time back.
    """
    try:
        status = os.stat(path)
    except OSError:  # a link that leads nowhere
        status = os.lstat(path)
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
