"""What deckgen says about faulty content, and how it looks in a terminal."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class DeckgenError(Exception):
    """The environment or the lock is broken: one line for the user, exit code 2.

    Faulty content is never raised; it is a `Diagnostic`, so that one run reports all of it.
    """


class Severity(str, Enum):
    """How a diagnostic counts: an error stops the package from being written."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one file: `start` and `end` are 0-based character offsets into its text.

    `path` is POSIX, relative to the content folder. Lines and columns are derived when a
    diagnostic speaks, never stored.
    """

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault at one place, with a stable kebab-case `code` and what to do about it."""

    span: Span
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class Position:
    """A place as people count it: 1-based line, 1-based column in characters."""

    line: int
    column: int


class LineIndex:
    """Turns 0-based offsets into one text into positions, lines counted at `\\n`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0]
        at = text.find("\n")
        while at >= 0:
            self._starts.append(at + 1)
            at = text.find("\n", at + 1)

    def position(self, offset: int) -> Position:
        offset = max(0, min(offset, len(self._text)))
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of the 1-based line `number`, without its line break."""
        start = self._starts[number - 1]
        end = self._text.find("\n", start)
        return self._text[start:] if end < 0 else self._text[start:end]


def in_order(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The diagnostics sorted by place, each once."""
    return tuple(
        sorted(
            dict.fromkeys(diagnostics),
            key=lambda d: (d.span.path, d.span.start, d.span.end, d.code, d.message),
        )
    )


def errors(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Those that stop the package from being written."""
    return tuple(d for d in diagnostics if d.severity is Severity.ERROR)


QUOTED_WIDTH = 88  # columns of the quoted line; longer lines are cut around the span
TAB = "    "


def render(diagnostic: Diagnostic, texts: Mapping[str, str], folder: str = "") -> str:
    """The diagnostic as people read it: place, code, message, the line quoted, what to do.

    `texts` maps span paths to file texts; `folder` is put before the path, so that the place
    can be clicked in a terminal.
    """
    span = diagnostic.span
    path = f"{folder.rstrip('/')}/{span.path}" if folder else span.path
    text = texts.get(span.path, "")
    index = LineIndex(text)
    start, end = index.position(span.start), index.position(span.end)
    severity = "" if diagnostic.severity is Severity.ERROR else "warning: "
    lines = [
        f"{path}:{start.line}:{start.column}: {severity}{diagnostic.code}: {diagnostic.message}"
    ]
    hint = diagnostic.hint.splitlines() or [""]
    if text:
        quoted = index.line(start.line)
        last = end.column if end.line == start.line else len(quoted) + 1
        quoted, first, last = _cut(quoted, start.column - 1, last - 1)
        gutter = f"{start.line:>6} | "
        lines.append(gutter + quoted.replace("\t", TAB))
        before = " " * _columns(quoted[:first])
        marks = "^" * max(1, _columns(quoted[first:last]))
        lines.append(f"{'':>6} | {before}{marks} {hint[0]}".rstrip())
        lines += [f"{'':>6} |   {line}".rstrip() for line in hint[1:]]
    elif diagnostic.hint:
        lines += [f"    {line}" for line in hint]
    return "\n".join(lines)


def _cut(line: str, first: int, last: int) -> tuple[str, int, int]:
    """`line` shortened to `QUOTED_WIDTH` around its stretch from `first` to `last` (0-based)."""
    if len(line) <= QUOTED_WIDTH:
        return line, first, last
    begin = max(0, min(first - QUOTED_WIDTH // 3, len(line) - QUOTED_WIDTH))
    head = "…" if begin else ""
    tail = "…" if begin + QUOTED_WIDTH < len(line) else ""
    shown = head + line[begin + len(head) : begin + QUOTED_WIDTH - len(tail)] + tail
    return shown, first - begin, min(last - begin, len(shown))


def _columns(text: str) -> int:
    """Terminal columns that `text` takes: wide characters two, combining ones none."""
    columns = 0
    for character in text.replace("\t", TAB):
        if unicodedata.combining(character):
            continue
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns
