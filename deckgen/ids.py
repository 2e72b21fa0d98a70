"""Ids for headings that have none: what to call them, and the edit that writes them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

from deckgen.diagnostic import Diagnostic, LineIndex
from deckgen.question import MissingKey

LONGEST = 48  # characters of a proposed id; people read them


def propose(title: str, taken: Collection[str]) -> str:
    """An id made from a heading's words that is not among the `taken` ones."""
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", re.sub(r"\\[a-z]+", " ", ascii_only))
    key = "-".join(words)
    if len(key) > LONGEST:
        key = key[: LONGEST + 1].rsplit("-", 1)[0][:LONGEST]
    key = key or "question"
    candidate, count = key, 1
    while candidate in taken:
        count += 1
        candidate = f"{key}-{count}"
    return candidate


def assign(
    missing: Sequence[MissingKey], taken: Collection[str]
) -> tuple[tuple[MissingKey, str], ...]:
    """An id for each heading that has none, all different and none of them `taken`."""
    used = set(taken)
    assigned: list[tuple[MissingKey, str]] = []
    for entry in missing:
        key = propose(entry.title, used)
        used.add(key)
        assigned.append((entry, key))
    return tuple(assigned)


def report(missing: Sequence[MissingKey], taken: Collection[str]) -> tuple[Diagnostic, ...]:
    """A diagnostic for each heading without an id, with the comment to paste."""
    return tuple(
        Diagnostic(
            entry.span,
            "id-missing",
            "the question has no id",
            f"put below it:  <!-- id: {key} -->\nor let `deckgen ids` write all that are missing"
            if entry.place.before.lstrip().startswith("<!--")
            else f"add to its comment:  id: {key}\nor let `deckgen ids` write all that are missing",
        )
        for entry, key in assign(missing, taken)
    )


def unread(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Why a file or a comment could not be read, so that an id may be missing there unseen."""
    return tuple(d for d in diagnostics if d.code.startswith(("file-", "not-utf8", "yaml-")))


def write(content: bytes, assigned: Sequence[tuple[MissingKey, str]]) -> bytes:
    """The bytes of a UTF-8 file with the ids written in; nothing else is touched.

    Offsets count a line break as one character and no byte order mark, as `source` reads files.
    """
    raw = content.decode("utf-8")
    mark = "\ufeff" if raw.startswith("\ufeff") else ""
    lines = raw.removeprefix(mark).split("\n")
    index = LineIndex("\n".join(line.removesuffix("\r") for line in lines))
    for entry, key in sorted(assigned, key=lambda pair: pair[0].place.at, reverse=True):
        place = entry.place
        position = index.position(place.at)
        row, column = position.line - 1, position.column - 1
        unended = column == 0 or row == len(lines) - 1
        newline = "\r\n" if lines[max(row - unended, 0)].endswith("\r") else "\n"
        written = f"{place.before}{key}{place.after}".replace("\n", newline)
        lines[row] = lines[row][:column] + written + lines[row][column:]
    return (mark + "\n".join(lines)).encode("utf-8")
