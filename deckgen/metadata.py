"""The comment below a heading: where it is, the YAML in it, and where an id would go."""

from __future__ import annotations

import re
from typing import NamedTuple

from deckgen.diagnostic import Span
from deckgen.passage import Passage, Piece

COMMENT = re.compile(r"\s*<!--")
SPACE = re.compile(r"\s*")
AT_MARGIN = re.compile(r"\n\S")
LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Comment(NamedTuple):
    """A comment in a file: its inside is `text[start:end]`, and `after` follows it (0-based)."""

    start: int
    end: int
    after: int


class KeyPlace(NamedTuple):
    """Where an id is to be written: at the 0-based offset `at`, between `before` and `after`."""

    at: int
    before: str
    after: str


def find(text: str, at: int) -> Comment | None:
    """The comment that comes first after a heading that ends at `at`, blank lines aside."""
    opening = COMMENT.match(text, at)
    close = text.find("-->", opening.end()) if opening else -1
    if opening is None or close < 0:
        return None
    return Comment(opening.end(), close, close + 3)


def yaml_in(whole: Passage, comment: Comment) -> Passage:
    """The comment's lines at one indentation: its first may start right after `<!--`."""
    text, start, end = whole.text, comment.start, comment.end
    if AT_MARGIN.search(text, start, end):  # so they have no indentation in common
        return whole.cut([(start + _indent(text, start, end), end, None)])
    lines = [(m.start(), m.end()) for m in LINE.finditer(text, start, end)]
    filled = [(first, last) for first, last in lines[1:] if text[first:last].strip()]
    common = min((_indent(text, first, last) for first, last in filled), default=0)
    pieces: list[Piece] = []
    for first, last in lines:
        indent = _indent(text, first, last)
        skip = indent if first == start else min(common, indent)
        if skip == 0 and pieces:
            pieces[-1] = (pieces[-1][0], last, None)
        else:
            pieces.append((first + skip, last, None))
    return whole.cut(pieces or [(start, start, None)])


def place_for_key(text: str, heading_end: int, empty: Span | None) -> KeyPlace:
    """Where the id of a heading goes that has none; `empty` is the value of an `id:` left blank."""
    if empty is not None:
        return KeyPlace(empty.start, " ", "")
    comment = find(text, heading_end)
    if comment is None:
        ended = text.endswith("\n", 0, heading_end)
        return KeyPlace(heading_end, "<!-- id: " if ended else "\n<!-- id: ", " -->\n")
    space = SPACE.match(text, comment.start, comment.end)
    first = space.end() if space else comment.start
    if first == comment.end:
        return KeyPlace(comment.start, " id: ", "" if first > comment.start else " ")
    if text[first] == "{":
        return KeyPlace(first + 1, "id: ", ", ")
    column = first - (text.rfind("\n", 0, first) + 1)
    return KeyPlace(first, "id: ", "\n" + " " * column)


def _indent(text: str, first: int, last: int) -> int:
    """The white space at the start of a line, in characters, its line break left out."""
    line = text[first:last].rstrip("\n")
    return len(line) - len(line.lstrip(" "))
