"""What deckgen says about faulty content, and how it looks in a terminal."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import NamedTuple


class DeckgenError(Exception):
    """The environment or the lock is broken: one line for the user, exit code 2.

    Faulty content is never raised; it is a `Diagnostic`, so that one run reports all of it.
    """


class Severity(str, Enum):
    """How a diagnostic counts: an error stops the package from being written."""

    ERROR = "error"
    WARNING = "warning"


class Span(NamedTuple):
    """A stretch of one file: `start` and `end` are 0-based character offsets into its text.

    `path` is POSIX, relative to the content folder. Lines and columns are derived when a
    diagnostic speaks, never stored.
    """

    path: str
    start: int
    end: int


class Diagnostic(NamedTuple):
    """One fault at one place, with a stable kebab-case `code` and what to do about it."""

    span: Span
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR


class Position(NamedTuple):
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


WIDTH = 100  # columns of a line, unless the terminal says otherwise
GUTTER = "       | "
TAB = "    "
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f]")
NO_WIDTH = frozenset({"Mn", "Me", "Cf"})  # Unicode categories of what takes no column


class Style(NamedTuple):
    """How parts of a diagnostic stand out; each is put before a part, and `end` after it."""

    place: str = ""
    error: str = ""
    warning: str = ""
    gutter: str = ""
    end: str = ""


PLAIN = Style()
COLORED = Style("\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[2m", "\x1b[0m")


def render(
    diagnostic: Diagnostic,
    texts: Mapping[str, str],
    folder: str = "",
    width: int = WIDTH,
    style: Style = PLAIN,
) -> str:
    """The diagnostic as people read it: place, code, message, the line quoted, what to do.

    `texts` maps span paths to file texts; `folder` is put before the path, so that the place
    can be clicked in a terminal of `width` columns.
    """
    span = diagnostic.span
    path = posixpath.join(folder, span.path) if folder != "." else span.path
    text = texts.get(span.path, "")
    index = _index(text)
    start, end = index.position(span.start), index.position(span.end)
    is_error = diagnostic.severity is Severity.ERROR
    color = style.error if is_error else style.warning
    place = f"{style.place}{_shown(path)}:{start.line}:{start.column}:{style.end}"
    code = f"{color}{'' if is_error else 'warning: '}{diagnostic.code}:{style.end}"
    lines = [f"{place} {code} {_shown(diagnostic.message)}"]
    hint = [_shown(line) for line in diagnostic.hint.split("\n")] if diagnostic.hint else []
    if not text:
        return "\n".join((*lines, *(f"    {line}" for line in hint)))
    quoted = index.line(start.line)
    last = end.column if end.line == start.line else len(quoted) + 1
    quoted, first, last = _cut(quoted, start.column - 1, last - 1, width - len(GUTTER))
    before = " " * _columns(quoted[:first])
    marks = "^" * max(1, _columns(quoted[first:last]))
    gutter = style.gutter + GUTTER + style.end
    numbered = f"{style.gutter}{start.line:>6} | {style.end}"
    beside = hint and len(GUTTER + before + marks) + 1 + _columns(hint[0]) <= width
    lines.append(f"{numbered}{_shown(quoted)}")
    lines.append(f"{gutter}{before}{color}{marks}{style.end}{' ' + hint[0] if beside else ''}")
    lines += (f"{gutter}  {line}" for line in hint[1 if beside else 0 :])
    return "\n".join(lines)


@lru_cache(maxsize=4)
def _index(text: str) -> LineIndex:
    return LineIndex(text)


def _shown(text: str) -> str:
    """The text as a terminal can be given it: what would move the cursor is replaced."""
    return UNPRINTABLE.sub("�", text.replace("\t", TAB))


def _cut(line: str, first: int, last: int, room: int) -> tuple[str, int, int]:
    """`line` shortened to `room` columns around its stretch from `first` to `last` (0-based)."""
    if len(line) <= room and _columns(line) <= room:
        return line, first, last
    begin = end = first
    room -= 2  # for the marks of what is left out
    while begin > max(0, first - room) and _columns(line[begin - 1 : first]) <= room // 3:
        begin -= 1
    while end < min(len(line), first + room) and _columns(line[begin : end + 1]) <= room:
        end += 1
    while begin > max(0, end - room) and _columns(line[begin - 1 : end]) <= room:
        begin -= 1
    head, tail = "…" if begin else "", "…" if end < len(line) else ""
    first += len(head) - begin
    return head + line[begin:end] + tail, first, max(first, min(last, end) + len(head) - begin)


def _columns(text: str) -> int:
    """Terminal columns that `text` takes: wide characters two, combining ones none."""
    columns = 0
    for character in text.replace("\t", TAB):
        if unicodedata.category(character) not in NO_WIDTH:
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns
