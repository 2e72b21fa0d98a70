"""The versions of all that shapes a note, to tell what an earlier build made still holds."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress

# The packages that a question file is rendered and checked with, as their metadata is named; of
# the last two, one is enough.
NEEDED = (
    *("django_static_mathjax", "markdown", "nh3", "pygments", "pymdown_extensions", "pyyaml"),
    "genanki",
)
ENGINES = ("quickjs_ng", "mini_racer")
SIGNS = (".dist-info", ".egg-info")
SHAPING = (".py", ".js", ".css", ".html")


def versions() -> str:
    """One text for Python, the packages and deckgen's own files; empty if one cannot be told."""
    installed: set[str] = set()
    for place in sys.path:
        with suppress(OSError):
            for entry in os.scandir(place or "."):
                if entry.name.endswith(SIGNS):
                    installed.add(entry.name.lower().replace("-", "_"))
    named = sorted(name for name in installed if name.startswith((*NEEDED, *ENGINES)))
    if not all(any(name.startswith(f"{maker}_") for name in named) for maker in NEEDED):
        return ""
    return "\n".join((sys.version, *named, *_own_files()))


def _own_files() -> Iterator[str]:
    """Each of deckgen's files that shapes a note: its name, bytes, and when it was changed."""
    folder = os.path.dirname(__file__)
    for place in (folder, os.path.join(folder, "templates")):
        for entry in sorted(os.scandir(place), key=lambda entry: entry.name):
            if entry.name.endswith(SHAPING):
                status = entry.stat()
                yield f"{entry.name} {status.st_size} {status.st_mtime_ns}"
