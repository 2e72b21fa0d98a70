"""What a reader sees of a passage: its words without markup, in blocks, and what is hidden in it.

Formulas and code stand in a text as one character each, so that no rule takes TeX for prose.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from deckgen.diagnostic import Span
from deckgen.segment import (
    DEFINES,
    BlockEnd,
    BlockStart,
    ClozeClose,
    ClozeHint,
    ClozeMark,
    ClozeOpen,
    Code,
    Formula,
    Segment,
    Tag,
    Text,
)

# Control characters, which no source file may hold.
FORMULA, CODE = "\x14", "\x15"
TOKEN = re.compile("\x11(\\d+)\x12")
PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
BAR = re.compile(r"(?<!\\)\|")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
ESCAPE = "\x16{}\x17"
UNESCAPE = re.compile("\x16(\\d+)\x17")
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]*)[^)]*\)(\{[^}\n]*\})?")
LINK = re.compile(r"\[([^\]\n]+)\](?:\([^)\n]*\)|\[[^\]\n]*\])")
FOOTNOTE = re.compile(r"\[\^[^\]\n]+\]:?")
AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)>")
REFERENCE = re.compile(DEFINES + r"\[[^^\]\n][^\]\n]*\]:.*")
EMPHASIS = re.compile(r"(?<=\S)[*~^]+|[*~^]+(?=\S)|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)")
SPACE = re.compile(r"\s+")
# Scripts written without spaces between words, and how many letters count as a word.
UNSPACED = (
    (re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"), 2),
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+"), 4),
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """A stretch of a block's text that the 1-based cloze `number` hides: 0-based offsets."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, item, cell or heading: its `text` as one line, formulas and code as one
    character each; `full` has their content in place, and `formulas` is the TeX in order.

    `item` tells that it stands in a list, `leads` that it is the first block of its item.
    """

    text: str
    full: str
    formulas: tuple[str, ...]
    hidden: tuple[Hidden, ...]
    span: Span
    item: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Deletion:
    """A cloze deletion: its 1-based number, and what it hides as one line of text.

    It starts in the block of the 0-based index `block`, and hides there the text from the offset
    `start` to `end`. `tex` is what it hides of a formula, or None if it stands in text; `formula`
    is the 0-based place of that formula in the passage. `code` tells that it stands in code.
    """

    number: int
    text: str
    span: Span
    block: int
    start: int = 0
    end: int = 0
    tex: str | None = None
    formula: int = -1
    code: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """A list: how many items it has, those of lists in it left out."""

    items: int
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A table: how many columns it has."""

    columns: int
    span: Span


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, sound or video: what stands in its brackets and braces, and its address."""

    alt: str
    address: str
    size: str
    span: Span


@dataclass(frozen=True, slots=True)
class Prose:
    """A passage as a reader sees it, top to bottom."""

    blocks: tuple[Block, ...]
    deletions: tuple[Deletion, ...]
    lists: tuple[List, ...]
    tables: tuple[Table, ...]
    formulas: tuple[Formula, ...]
    codes: tuple[Code, ...]
    pictures: tuple[Picture, ...]

    @property
    def words(self) -> int:
        """The number of words: a formula counts one, code none, a deletion its text."""
        return sum(count(block.text) for block in self.blocks)

    @property
    def paragraphs(self) -> int:
        """The blocks of words that stand in no list."""
        return sum(not block.item and count(block.text) > 0 for block in self.blocks)

    @property
    def in_text(self) -> tuple[Deletion, ...]:
        """The deletions that hide words, neither TeX nor code."""
        return tuple(d for d in self.deletions if d.tex is None and not d.code and d.text)

    def before(self, deletion: Deletion) -> str:
        """The text before a deletion in its block."""
        return self.blocks[deletion.block].text[: deletion.start]

    def after(self, deletion: Deletion) -> str:
        """The text after a deletion in the block that it starts in."""
        return self.blocks[deletion.block].text[deletion.end :]

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(block.text for block in self.blocks)

    @property
    def full(self) -> str:
        """All of it on one line, with formulas and code."""
        return " ".join(block.full for block in self.blocks)


def read(segments: Sequence[Segment]) -> Prose:
    """A passage without its markup."""
    reader = _Reader()
    for segment in segments:
        reader.take(segment)
    return reader.result()


def words(text: str) -> list[str]:
    """The words of a text: what stands between spaces and holds a letter, digit or formula."""
    return [token for token in text.split() if _is_word(token)]


def count(text: str) -> int:
    """The number of words; in scripts without spaces some letters count as one."""
    number = 0
    for letters, length in UNSPACED:
        for run in letters.findall(text):
            number += -(-len(run) // length)
        text = letters.sub(" ", text)
    return number + len(words(text))


def _is_word(token: str) -> bool:
    return FORMULA in token or any(character.isalnum() for character in token)


@dataclass(slots=True)
class _Open:
    """A deletion in text that is being read, its place as in `Deletion`.

    `pieces` is what it hides of the blocks before the current one, `resumed` where it goes on.
    """

    number: int
    span: Span
    block: int
    start: int
    resumed: int
    end: int = -1
    pieces: list[str] = field(default_factory=list)
    in_hint: bool = False


@dataclass(slots=True)
class _ListSoFar:
    items: int
    span: Span


class _Reader:
    """Takes segments in order; a block is closed by an empty line, a list, code or a quote."""

    def __init__(self) -> None:
        self.tokens: list[Segment] = []
        self.written: list[str] = []
        self.spans: list[Span] = []
        self.blocks: list[Block] = []
        self.deletions: list[Deletion] = []
        self.lists: list[List] = []
        self.tables: list[Table] = []
        self.formulas: list[Formula] = []
        self.codes: list[Code] = []
        self.pictures: list[Picture] = []
        self.opened: list[_Open] = []
        self.containers: list[_ListSoFar | None] = []
        self.leads = False

    def take(self, segment: Segment) -> None:
        if isinstance(segment, Text):
            paragraphs = PARAGRAPHS.split(segment.markdown)
            for index, paragraph in enumerate(paragraphs):
                if index:
                    self._close_block()
                if paragraph:
                    self.written.append(paragraph)
                    self.spans.append(segment.span)
        elif isinstance(segment, BlockStart):
            self._start(segment)
        elif isinstance(segment, BlockEnd):
            self._close_block()
            if self.containers and (ended := self.containers.pop()) is not None:
                self.lists.append(List(ended.items, ended.span))
        elif isinstance(segment, Code) and segment.block:
            self._close_block()
            self.codes.append(segment)
            self._inside_code(segment)
            self.leads = False
        elif isinstance(segment, Tag):
            if segment.written.lower().startswith(("<br", "<p", "</p", "<div", "</div")):
                self.written.append(" ")
        else:
            self.written.append(f"\x11{len(self.tokens)}\x12")
            self.spans.append(segment.span)
            self.tokens.append(segment)

    def _start(self, segment: BlockStart) -> None:
        self._close_block()
        if segment.tag.startswith("<li"):
            innermost = next((c for c in reversed(self.containers) if c is not None), None)
            if innermost is not None:
                innermost.items += 1
            self.leads = True
        is_list = segment.tag.startswith(("<ul", "<ol"))
        self.containers.append(_ListSoFar(0, segment.span) if is_list else None)

    def result(self) -> Prose:
        self._close_block()
        return Prose(
            tuple(self.blocks),
            tuple(sorted(self.deletions, key=lambda deletion: deletion.span.start)),
            tuple(self.lists),
            tuple(self.tables),
            tuple(self.formulas),
            tuple(self.codes),
            tuple(self.pictures),
        )

    def _close_block(self) -> None:
        raw = "".join(self.written).strip()
        if raw:
            first, last = self.spans[0], self.spans[-1]
            span = Span(first.path, first.start, max(first.end, last.end))
            lines = raw.split("\n")
            if len(lines) > 1 and "|" in lines[0] and DELIMITER_ROW.fullmatch(lines[1]):
                rows = [_cells(line) for line in (lines[0], *lines[2:])]
                self.tables.append(Table(len(rows[0]), span))
                for row in rows:
                    for cell in row:
                        self._add_block(cell, span)
            else:
                self._add_block(raw, span)
        self.written, self.spans = [], []

    def _add_block(self, raw: str, span: Span) -> None:
        text, full = "", ""
        hidden: list[Hidden] = []
        formulas: list[str] = []
        for opened in self.opened:
            opened.resumed = 0
        at = 0
        plain = self._plain(raw, span)
        for match in TOKEN.finditer(plain):
            text, full = self._words(plain[at : match.start()], text, full)
            at = match.end()
            token = self.tokens[int(match[1])]
            if isinstance(token, ClozeOpen):
                start = len(text)
                place = (len(self.blocks), start, start)
                self.opened.append(_Open(token.number, token.span, *place))
            elif isinstance(token, ClozeHint) and self.opened:
                self.opened[-1].in_hint = True
            elif isinstance(token, ClozeClose) and self.opened:
                ended = self.opened.pop()
                hidden.append(Hidden(ended.number, ended.resumed, len(text)))
                pieces = (*ended.pieces, text[ended.resumed :])
                shown = SPACE.sub(" ", " ".join(pieces)).strip()
                end = ended.end if ended.end >= 0 else len(text)
                place = (ended.block, ended.start, end)
                self.deletions.append(Deletion(ended.number, shown, ended.span, *place))
            elif isinstance(token, Formula) and not self._in_hint():
                self._inside_formula(token)
                formulas.append(token.passage.text)
                text, full = text + FORMULA, full + token.passage.text
            elif isinstance(token, Code) and not self._in_hint():
                self._inside_code(token)
                text, full = text + CODE, full + token.passage.text
        text, full = self._words(plain[at:], text, full)
        if text.strip():
            for opened in self.opened:
                hidden.append(Hidden(opened.number, opened.resumed, len(text)))
                opened.pieces.append(text[opened.resumed :])
                opened.end = opened.end if opened.end >= 0 else len(text)
            in_list = any(container is not None for container in self.containers)
            leads, self.leads = in_list and self.leads, False
            parts = (tuple(formulas), tuple(hidden), span, in_list, leads)
            self.blocks.append(Block(text.rstrip(), full.strip(), *parts))

    def _words(self, more: str, text: str, full: str) -> tuple[str, str]:
        """Both texts with more words at their end, unless those stand in a hint."""
        if self._in_hint():
            return text, full
        spaced = SPACE.sub(" ", more)
        if text.endswith(" ") or not text:
            return text + spaced.lstrip(" "), full + spaced.lstrip(" ")
        return text + spaced, full + spaced

    def _in_hint(self) -> bool:
        return any(opened.in_hint for opened in self.opened)

    def _plain(self, raw: str, span: Span) -> str:
        """Markdown without its marks; what stands for a formula, code or deletion stays."""
        escaped = ESCAPED.sub(lambda match: ESCAPE.format(ord(match[1])), raw)
        for picture in PICTURE.finditer(escaped):
            self.pictures.append(Picture(picture[1], picture[2], picture[3] or "", span))
        text = REFERENCE.sub("", PICTURE.sub("", escaped)).replace(DEFINES, "")
        text = AUTOLINK.sub(r"\1", LINK.sub(r"\1", FOOTNOTE.sub("", text)))
        text = html.unescape(EMPHASIS.sub("", text))
        return UNESCAPE.sub(lambda match: chr(int(match[1])), text)

    def _inside_formula(self, formula: Formula) -> None:
        place = len(self.formulas)
        self.formulas.append(formula)
        for number, tex, span in _marked(formula.passage.text, formula.marks):
            self.deletions.append(
                Deletion(number, FORMULA, span, len(self.blocks), tex=tex, formula=place)
            )

    def _inside_code(self, code: Code) -> None:
        for number, text, span in _marked(code.passage.text, code.marks):
            self.deletions.append(Deletion(number, text, span, len(self.blocks), code=True))


def _cells(row: str) -> list[str]:
    """The cells of a table's row."""
    inner = row.strip()
    inner = inner[1:] if inner.startswith("|") else inner
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip() for cell in BAR.split(inner)]


def _marked(text: str, marks: Sequence[tuple[int, ClozeMark]]) -> Iterator[tuple[int, str, Span]]:
    """What each deletion in a formula or in code hides: number, text, where it opens."""
    opened: list[tuple[int, int, Span, int]] = []
    for at, mark in marks:
        if isinstance(mark, ClozeOpen):
            opened.append((mark.number, at, mark.span, -1))
        elif isinstance(mark, ClozeHint) and opened:
            number, start, span, _ = opened.pop()
            opened.append((number, start, span, at))
        elif isinstance(mark, ClozeClose) and opened:
            number, start, span, hint = opened.pop()
            yield number, text[start : at if hint < 0 else hint].strip(), span
