"""Which containers a line stands in, whether a block starts there, and which lines a quote has.

Containers are the items of lists, footnotes and definitions. By CommonMark's rules, as on GitHub.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from deckgen.cloze import Deletions
from deckgen.diagnostic import Span
from deckgen.inline import InlineScanner
from deckgen.passage import Passage, Piece
from deckgen.segment import BlockEnd, BlockStart

HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)", re.MULTILINE)
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$", re.MULTILINE)
RULE = re.compile(r"(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$", re.MULTILINE)
ITEM = re.compile(r"(?:[-*+]|(\d{1,9})[.)])(?=[ \t]|$)", re.MULTILINE)
INDENT = re.compile(r"[ \t]*")
FENCE = re.compile(r"(`{3,}(?=[^`\n]*$)|~{3,})[ \t]*([^\n]*)", re.MULTILINE)
DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
FOOTNOTE = re.compile(r"\[\^[^\]\n]+\]:")
DEFINITION = re.compile(r":[ \t]{1,3}(?=\S)")
TAB = 4  # columns, and the indent from which on a line is code


@dataclass(slots=True)
class Container:
    """An open list item, or an open footnote or definition, which has no `marker`.

    Lines whose text stands at `column` or right of it belong to it. It is `filled` once a block
    stands in it, and its list is `loose` if a blank line stands between two blocks.
    """

    marker: str
    column: int
    filled: bool = False
    loose: bool = False


class ContainerScanner(InlineScanner):
    """Knows the containers that are open; the inside of a quote is a passage of its own, one level
    deeper.

    `depth` is the number of lists and quotes around the passage, and `margin` is what each line for
    Python-Markdown starts with.
    """

    def __init__(
        self,
        passage: Passage,
        start: int,
        deletions: Deletions,
        depth: int = 0,
        margin: str = "",
    ) -> None:
        super().__init__(passage, start, len(passage.text), deletions)
        self.depth = depth
        self.margin = margin
        self.containers: list[Container] = []  # outermost first
        self.after_blank = False
        self.in_paragraph = False
        self.may_define = False  # a line `: text` here defines the paragraph above it
        # The index of the paragraph's first segment; -1 if it starts in the middle of a line.
        self.paragraph_start = -1

    def place(self, at: int) -> tuple[int, int, int]:
        """Where the text of the line at `at` starts, its indent, and its depth.

        The depth is the number of containers that it belongs to, the indent the columns from
        where the innermost one's content starts to the text.
        """
        indent = INDENT.match(self.text, at, self.end)
        body = indent.end() if indent else at
        columns = self.column_at(body)
        if not self.containers:
            return body, columns, 0
        depth = sum(container.column <= columns for container in self.containers)
        return body, columns - (self.containers[depth - 1].column if depth else 0), depth

    def column_at(self, at: int) -> int:
        """The 0-based column of an offset, tabs stopping at every fourth."""
        start = self.text.rfind("\n", 0, at) + 1
        return len(self.text[start:at].expandtabs(TAB))

    def base(self) -> int:
        """The column at which the innermost container's content starts."""
        return self.containers[-1].column if self.containers else 0

    def line_margin(self) -> str:
        """What Python-Markdown wants before a line: four spaces in footnotes and definitions."""
        if not self.containers:
            return self.margin
        return self.margin + " " * TAB * sum(not c.marker for c in self.containers)

    def start_block(self) -> None:
        """Part the block that comes next from what is before it."""
        if self.containers:
            innermost = self.containers[-1]
            innermost.loose = innermost.loose or (innermost.filled and self.after_blank)
            innermost.filled = True
        self.put("\n\n")

    def open_block(self, tag: str, span: Span) -> None:
        """Start a list, an item of one, a quote or a heading."""
        self.start_block()
        self.put(self.line_margin())
        self.add(BlockStart(tag, span))
        self.between_blocks()

    def close_block(self, tight: bool, span: Span) -> None:
        """End the innermost of them; see `BlockEnd`."""
        self.put("\n\n" + self.line_margin())
        self.add(BlockEnd(tight, span))
        self.between_blocks()

    def between_blocks(self) -> None:
        """The next line goes on no paragraph and no table."""
        self.in_paragraph, self.in_table, self.may_define = False, False, False

    def close_containers(self, depth: int) -> None:
        """End all containers but the `depth` outermost ones."""
        while len(self.containers) > depth:
            container = self.containers.pop()
            if container.marker:
                span = self.passage.span(self.at, self.at)
                self.close_block(False, span)
                self.close_block(not container.loose, span)

    def interrupts(self, body: int, indent: int, depth: int) -> bool:
        """Whether a block starts at `body` that ends the open paragraph; see `place`."""
        text, end = self.text, self.end
        if indent >= TAB:
            return False
        if text[body : body + 1].isalpha():
            return self.starts_table(body)
        if depth < len(self.containers) and text.startswith(("::", "}}"), body):
            # The end of a cloze deletion around a list goes on no item of it.
            return self.deletions.stands_outside(self.depth + depth)
        if self.starts_item(body):
            # CommonMark 5.3: in the paragraph's own container, only a bullet or a list that
            # counts from 1 ends it, and not an empty item.
            item = ITEM.match(text, body, end)
            assert item is not None
            filled = bool(text[item.end() : self.line_end(body)].strip())
            return depth < len(self.containers) or (filled and item[1] in (None, "1"))
        return bool(
            text.startswith(">", body)
            or FENCE.match(text, body, end)
            or RULE.match(text, body, end)
            or HEADING.match(text, body, end)
            or FOOTNOTE.match(text, body, end)
            or DEFINITION.match(text, body, end)
            or self.starts_table(body)
        )

    def is_underline(self, body: int, indent: int, depth: int) -> bool:
        """Whether the line makes a heading of the paragraph above it; see `place`."""
        whole = depth == len(self.containers)
        whole = whole and indent < TAB and self.paragraph_start >= 0
        return whole and UNDERLINE.match(self.text, body, self.end) is not None

    def starts_item(self, body: int) -> bool:
        """Whether a list item starts at `body`, and no rule made of the same characters."""
        item = ITEM.match(self.text, body, self.end)
        return item is not None and RULE.match(self.text, body, self.end) is None

    def starts_table(self, body: int) -> bool:
        """Whether the line at `body` is a table's first row: the second tells."""
        stop = self.line_end(body)
        if self.in_table or self.text.find("|", body, stop) < 0:
            return False
        below = self.text[stop + 1 : self.line_end(stop + 1)] if stop < self.end else ""
        return "|" in below and DELIMITER_ROW.match(below) is not None

    def quote_lines(self, body: int) -> tuple[list[Piece], int]:
        """The lines of the quote at `body` without their markers, and the offset after it."""
        pieces: list[Piece] = []
        start, base = body, self.base()
        fence = ""  # that of the code that is open in the quote
        in_text = False  # its last line is one that a paragraph may end with
        while True:
            if self.text.startswith(">", start):
                start += 2 if self.text.startswith(" ", start + 1) else 1
            stop = self.line_end(start)
            after = min(stop + 1, self.end)
            pieces.append((start, after, None))
            inside = self.text[start:stop]
            is_code = not in_text and _is_indented(inside)
            fence = _fence_after(inside.lstrip("> \t"), fence)
            in_text = not is_code and not fence and _ends_in_text(inside.lstrip("> \t"))
            at, indent, depth = self.place(after)
            if self.text.startswith(">", at) and 0 <= self.column_at(at) - base < TAB:
                start = at
            elif in_text and self._is_lazy(at, indent, depth):
                start = after
            else:
                return pieces, after

    def _is_lazy(self, body: int, indent: int, depth: int) -> bool:
        """Whether the line could go on a quote's paragraph without the marker: CommonMark 5.1."""
        if not self.text[body : self.line_end(body)].strip():
            return False
        item = indent < TAB and self.starts_item(body)
        return not item and not self.interrupts(body, indent, depth)

    def inline(self) -> None:
        self.deletions.depth = self.depth + len(self.containers)
        super().inline()

    def inline_end(self) -> int:
        at = self.line_end(self.at)
        while not self.in_table and at < self.end:
            body, indent, depth = self.place(at + 1)
            if not self.text[body : self.line_end(body)].strip():
                break
            if self.is_underline(body, indent, depth) or self.interrupts(body, indent, depth):
                break
            at = self.line_end(body)
        return at


def _is_indented(line: str) -> bool:
    return line.expandtabs(TAB).startswith(" " * TAB)


def _ends_in_text(line: str) -> bool:
    """Whether a line of a quote, without its markers, is one that a paragraph may end with."""
    return bool(line) and not any(block.match(line) for block in (HEADING, RULE, FENCE))


def _fence_after(line: str, fence: str) -> str:
    """The fence of the code that is open after a line, if `fence` was the one before it."""
    match = FENCE.match(line)
    if match is None:
        return fence
    if not fence:
        return match[1]
    closes = match[1].startswith(fence) and not match[2]
    return "" if closes else fence
