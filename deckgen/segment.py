"""What a passage of Markdown is made of: text to render, and what Markdown must not touch."""

from __future__ import annotations

from typing import NamedTuple

from deckgen.diagnostic import Span
from deckgen.passage import Passage

DEFINES = "\x10"
"""What a line of `Text` starts with that is a footnote's, a definition or a reference.

A control character, which no source file may hold: other lines can only look like one.
"""


class Text(NamedTuple):
    """Markdown to render: words, each paragraph or table between blank lines."""

    markdown: str
    span: Span


class ClozeOpen(NamedTuple):
    """`{{c1::`; `number` is the 1-based number as written."""

    number: int
    span: Span


class ClozeHint(NamedTuple):
    """The `::` between a cloze deletion's text and its hint."""

    span: Span


class ClozeClose(NamedTuple):
    """`}}`."""

    span: Span


ClozeMark = ClozeOpen | ClozeHint | ClozeClose
Marks = tuple[tuple[int, ClozeMark], ...]
"""Pairs of a 0-based offset into code or TeX and the mark that stands there, ascending."""


class Code(NamedTuple):
    """Code: `passage` without the cloze marks that stand in it.

    `block` code has a `language`, as written after the fence, or none; `clozed` code stands in a
    cloze deletion.
    """

    passage: Passage
    marks: Marks
    block: bool
    language: str
    clozed: bool
    span: Span


class Formula(NamedTuple):
    """A formula: `passage` is its TeX without delimiters and cloze marks; see `Code`."""

    passage: Passage
    marks: Marks
    display: bool
    clozed: bool
    span: Span


class Tag(NamedTuple):
    """One raw HTML tag as written, and whether it starts, ends or stands alone."""

    written: str
    span: Span


class BlockStart(NamedTuple):
    """A list, an item of one, a quote or a heading starts: its `tag`, as HTML."""

    tag: str
    span: Span


class BlockEnd(NamedTuple):
    """The innermost of them ends; in a `tight` one, paragraphs are shown without space around."""

    tight: bool
    span: Span


Segment = Text | ClozeOpen | ClozeHint | ClozeClose | Code | Formula | Tag | BlockStart | BlockEnd


class Callout(NamedTuple):
    """A `> [!NOTE]`, `[!WARNING]` or `[!TIP]` block: its kind in lower case, its inside."""

    kind: str
    segments: tuple[Segment, ...]
    span: Span
