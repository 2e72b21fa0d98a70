"""Blocks of code, fenced and indented, each line from the column on at which the code starts."""

from __future__ import annotations

import re

from deckgen.cloze import Home
from deckgen.cloze_inside import take_out
from deckgen.containers import TAB, ContainerScanner
from deckgen.passage import Piece
from deckgen.segment import Code


class CodeScanner(ContainerScanner):
    """Reads a block of code, whose first line starts at `at` or is the fence."""

    def indented_code(self) -> None:
        """Read the lines that are indented, and those without text between them."""
        base = self.base() + TAB
        start = at = after = self.at
        pieces: list[Piece] = []
        filled = 0
        while at < self.end:
            stop = self.line_end(at)
            blank = not self.text[at:stop].strip()
            if not blank and at > start and self.column_at(self.place(at)[0]) < base:
                break
            pieces += self._from_column(base, at, min(stop + 1, self.end))
            at = min(stop + 1, self.end)
            if not blank:
                filled, after = len(pieces), at
        self._code_block(pieces[:filled], "", start, after)

    def fenced_code(self, fence: re.Match[str]) -> None:
        """Read what stands between a fence and the next like it."""
        body = fence.start()
        base, indent = self.base(), self.column_at(body)
        close = re.compile(rf"{fence[1][0]}{{{len(fence[1])},}}[ \t]*$", re.MULTILINE)
        pieces: list[Piece] = []
        at = min(self.line_end(body) + 1, self.end)
        closed, outside = False, False
        while at < self.end and not closed:
            line, stop = self.place(at)[0], self.line_end(at)
            after = min(stop + 1, self.end)
            column = self.column_at(line)
            closed = column < base + TAB and close.match(self.text, line, self.end) is not None
            outside = outside or (line < stop and column < base)
            if not closed:
                pieces += self._from_column(indent, at, after)
            at = after
        span = self.passage.span(fence.start(1), fence.end(1))
        if not closed:
            message = f"the code that starts with {fence[1]} never ends"
            self.fault(span, "fence-unclosed", message, f"add a line {fence[1]} after it")
        elif outside:
            message = "the code leaves its list item, and on GitHub it ends there"
            hint = f"indent all its lines, and the last {fence[1]}, as far as the first"
            self.fault(span, "fence-outside", message, hint)
        self._code_block(pieces, fence[2].strip(), body, at)

    def _code_block(self, pieces: list[Piece], language: str, start: int, after: int) -> None:
        if pieces and self.text[pieces[-1][1] - 1] == "\n":
            begin, end, _ = pieces[-1]
            pieces[-1] = (begin, max(begin, end - 1), None)
        self.start_block()
        self.put(self.line_margin())
        self.deletions.content()
        clozed = bool(self.deletions)
        code, marks = take_out(self.passage.cut(pieces), self.deletions, Home.CODE)
        self.add(Code(code, marks, True, language, clozed, self.passage.span(start, after)))
        self.at = after
        self.between_blocks()

    def _from_column(self, column: int, at: int, after: int) -> list[Piece]:
        """A line from a column on, or from the first text before it; `at` stands in its indent.

        What a tab reaches over the column stays, as spaces.
        """
        reached = self.column_at(at)
        while reached < column and self.text.startswith((" ", "\t"), at):
            reached += TAB - reached % TAB if self.text[at] == "\t" else 1
            at += 1
        over: list[Piece] = [(at - 1, at, " " * (reached - column))] if reached > column else []
        return [*over, (at, after, None)]
