"""Takes a question's body apart: text for Markdown, and all that Markdown must not touch.

It walks line by line, because whether a dollar is a formula depends on whether its line is code;
`inline` reads what stands within the lines. Lists and quotes are followed by CommonMark's rules,
which GitHub shows, and handed on indented by Python-Markdown's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from deckgen import delimiter
from deckgen.cloze import Deletions, Home
from deckgen.diagnostic import Diagnostic
from deckgen.inline import LENGTH_LIMIT, InlineScanner
from deckgen.passage import Passage
from deckgen.segment import Callout, Code, Segment, Text

QUESTION_HEADING = re.compile(r"#{1,3}[ \t]")
HEADING = re.compile(r"#{1,6}(?:[ \t]|$)", re.MULTILINE)
ITEM = re.compile(r"([-*+]|\d{1,9}[.)])(?=[ \t]|$)", re.MULTILINE)
RULE = re.compile(r"(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$", re.MULTILINE)
FENCE = re.compile(r"(`{3,}(?=[^`\n]*$)|~{3,})[ \t]*([^\n]*)", re.MULTILINE)
DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
CALLOUT = re.compile(r"\[!(\w+)\][ \t]*$", re.MULTILINE)
CALLOUTS = {"NOTE": "note", "WARNING": "trap", "TIP": "tip"}
TAB = 4  # columns; Python-Markdown wants each list level indented by as much
NESTING_LIMIT = 16

Piece = tuple[int, int, str | None]


@dataclass(frozen=True, slots=True)
class Scan:
    """A passage taken apart; `end` is the 0-based offset at which the scan stopped.

    `numbers` are the 1-based cloze numbers in it, ascending.
    """

    segments: tuple[Segment, ...]
    callouts: tuple[Callout, ...]
    numbers: tuple[int, ...]
    end: int
    diagnostics: tuple[Diagnostic, ...]


def scan_answer(passage: Passage, start: int) -> Scan:
    """Take apart the answer that starts at `start`: up to the next `#` to `###` heading."""
    scanner = _BlockScanner(passage, start, Deletions(), stops=True, depth=0)
    scanner.read_lines()
    return scanner.result()


def scan_heading(passage: Passage) -> Scan:
    """Take apart the text of a heading: one line, no lists, quotes or blocks."""
    scanner = _BlockScanner(passage, 0, Deletions(), stops=False, depth=0)
    scanner.inline()
    return scanner.result()


class _BlockScanner(InlineScanner):
    """Reads one passage; the inside of a quote is a passage of its own, one level deeper."""

    def __init__(
        self, passage: Passage, start: int, deletions: Deletions, stops: bool, depth: int
    ) -> None:
        super().__init__(passage, start, len(passage.text), deletions)
        self.stops = stops
        self.depth = depth
        self.callouts: list[Callout] = []
        self.items: list[int] = []  # content columns of the open list items, outermost first
        self.after_blank = True
        self.in_paragraph = False
        self.item_is_split = False  # a blank line came since the last list marker
        self.after_marker = False  # the line's list marker has just been handed on

    def result(self) -> Scan:
        self.add(*self.deletions.leave(Home.TEXT))
        self.deletions.report_gaps()
        found = (*self.diagnostics, *self.deletions.diagnostics)
        numbers = tuple(sorted(self.deletions.numbers))
        return Scan(tuple(self.segments), tuple(self.callouts), numbers, self.at, found)

    def read_lines(self) -> None:
        while self.at < self.end:
            if self.stops and QUESTION_HEADING.match(self.text, self.at):
                return
            if self.line_end(self.at) - self.start > LENGTH_LIMIT:
                self._skip_the_rest()
                return
            self._read_line()
        self.flush()

    def _skip_the_rest(self) -> None:
        self.flush()
        span = self.passage.span(self.start, self.start + 1)
        message = f"the answer has more than {LENGTH_LIMIT:,} characters"
        self.fault(span, "answer-too-long", message, "make several questions of it")
        self.at = delimiter.next_question(self.text, self.at, self.end)

    def _read_line(self) -> None:
        stop = self.line_end(self.at)
        line = self.text[self.at : stop]
        if not line.strip():
            self.put("\n")
            self.at = min(stop + 1, self.end)
            self.after_blank, self.in_paragraph, self.in_table = True, False, False
            self.item_is_split = True
            return
        columns = _columns(line)
        body = self.at + len(line) - len(line.lstrip())
        continues = self.in_paragraph and not self._starts_block(body)
        while self.items and columns < self.items[-1] and not continues:
            self.items.pop()
            self.in_paragraph = False  # it was the item's, and ended with it
        self._read_block(body, columns - self._base())

    def _read_block(self, body: int, columns: int) -> None:
        """Read what starts at `body`, `columns` to the right of its container's content."""
        if columns >= TAB and not self.in_paragraph:
            self._indented_code()
        elif fence := FENCE.match(self.text, body, self.end):
            self._fenced_code(fence)
        elif self.text.startswith(">", body):
            self._quote(body)
        elif self._starts_item(body):
            self._item(body)
        else:
            self._words_line(body)

    def _words_line(self, body: int) -> None:
        rule = RULE.match(self.text, body, self.end)
        underline = rule is not None and self.in_paragraph and self.text[body] == "-"
        heading = HEADING.match(self.text, body, self.end)
        table = not self.in_table and self._starts_table(body)
        if heading or table or (rule and not underline):
            self.put(self._break())
        self.put(self._indent())
        if self.text.startswith("#", body) and not heading:
            self.put("\\")  # Python-Markdown takes `#word` for a heading, GitHub does not
        self.at = body
        self.in_table = self.in_table or table
        self.after_blank = False
        self.in_paragraph = not (heading or rule or self.in_table)
        self.inline()

    def _starts_block(self, body: int) -> bool:
        return bool(
            FENCE.match(self.text, body, self.end)
            or self.text.startswith(">", body)
            or HEADING.match(self.text, body, self.end)
            or RULE.match(self.text, body, self.end)
            or self._starts_item(body)
        )

    def _starts_item(self, body: int) -> bool:
        item = ITEM.match(self.text, body, self.end)
        if item is None or RULE.match(self.text, body, self.end):
            return False
        if not self.in_paragraph or self.items:
            return True
        # CommonMark 5.3: only a bullet or a list from 1, and not an empty item, ends a paragraph.
        filled = bool(self.text[item.end() : self.line_end(body)].strip())
        return filled and item[1] in ("-", "*", "+", "1.", "1)")

    def _starts_table(self, body: int) -> bool:
        stop = self.line_end(body)
        if "|" not in self.text[body:stop]:
            return False
        below = self.text[stop + 1 : self.line_end(stop + 1)] if stop < self.end else ""
        return DELIMITER_ROW.match(below) is not None

    def _item(self, body: int) -> None:
        item = ITEM.match(self.text, body, self.end)
        assert item is not None
        if len(self.items) == NESTING_LIMIT:
            self._too_deep(body, min(self.line_end(body) + 1, self.end))
            return
        stop = self.line_end(body)
        rest = self.text[item.end() : stop]
        spaces = _columns(rest) if rest.strip() else 1
        marker = item[1].replace(")", ".") if item[1][0].isdigit() else "-"
        apart = self.item_is_split or (self.in_paragraph and not self.items)
        self.put((self._break() if apart else "") + self._indent())
        self.put(marker + " " * (TAB - len(marker) % TAB))
        line_start = self.text.rfind("\n", 0, body) + 1
        self.items.append(
            _columns(self.text[line_start:body]) + len(item[1]) + (spaces if spaces <= TAB else 1)
        )
        self.at = stop - len(rest.lstrip())
        self.after_blank, self.in_table, self.item_is_split = False, False, False
        self.in_paragraph = bool(rest.strip())
        if FENCE.match(self.text, self.at, self.end) or self.text.startswith(">", self.at):
            self.in_paragraph, self.after_marker = False, True
            self._read_block(self.at, 0)
            self.after_marker = False
        else:
            self.inline()

    # -- quotes --------------------------------------------------------------------------------

    def _quote(self, body: int) -> None:
        pieces, after = self._quote_lines(body)
        inner = self.passage.cut(pieces)
        callout = CALLOUT.match(inner.text)
        if self.depth == NESTING_LIMIT:
            self._too_deep(body, after)
        elif callout and not self.depth and not self.items:
            self.flush()
            self._callout(inner, callout)
            self.at = after
        else:
            nested = _BlockScanner(inner, 0, self.deletions, stops=False, depth=self.depth + 1)
            nested.read_lines()
            self.diagnostics += nested.diagnostics
            self.put(self._break())
            first = "" if self.after_marker else self._indent()
            self.add(*_prefixed(nested.segments, first + "> ", self._indent() + "> "))
            self.at = after
            self.put("\n\n")
        self.after_blank, self.in_paragraph, self.in_table = True, False, False

    def _quote_lines(self, body: int) -> tuple[list[Piece], int]:
        """The lines of the quote at `body` without their markers, and the offset after it."""
        pieces: list[Piece] = []
        at = body
        while True:
            stop = self.line_end(at)
            start = at + 1 if self.text.startswith(">", at) else at
            if start > at and self.text.startswith(" ", start):
                start += 1
            pieces.append((start, min(stop + 1, self.end), None))
            after = min(stop + 1, self.end)
            line = self.text[after : self.line_end(after)]
            at = after + len(line) - len(line.lstrip())
            # CommonMark 5.1: a paragraph in a quote goes on in lines without the marker.
            lazy = self.text[start:stop].strip() and line.strip() and not self._starts_block(at)
            if not line.lstrip().startswith(">") and not lazy:
                return pieces, after

    def _callout(self, inner: Passage, match: re.Match[str]) -> None:
        kind = CALLOUTS.get(match[1].upper())
        first = inner.span(match.start(), match.end())
        if kind is None:
            known = "use [!NOTE], [!WARNING] (a trap) or [!TIP]"
            message = f"`[!{match[1]}]` has no field of its own"
            self.fault(first, "callout-unknown", message, known)
            return
        scanner = _BlockScanner(inner, match.end(), Deletions(), stops=False, depth=1)
        scanner.read_lines()
        inside = scanner.result()
        self.diagnostics += (d for d in inside.diagnostics if d.code != "cloze-gap")
        if inside.numbers:
            message = "a cloze deletion in a callout makes no card"
            self.fault(first, "cloze-in-callout", message, "move it into the answer")
        self.callouts.append(Callout(kind, inside.segments, first))

    def _too_deep(self, body: int, after: int) -> None:
        self.flush()
        if not any(found.code == "nesting-too-deep" for found in self.diagnostics):
            span = self.passage.span(body, self.line_end(body))
            message = f"lists or quotes nested more than {NESTING_LIMIT} levels deep"
            self.fault(span, "nesting-too-deep", message, "flatten them")
        self.at = after

    # -- blocks of code ------------------------------------------------------------------------

    def _indented_code(self) -> None:
        base = self._base() + TAB
        start = at = after = self.at
        pieces: list[Piece] = []
        filled = 0
        while at < self.end:
            stop = self.line_end(at)
            line = self.text[at:stop]
            if line.strip() and _columns(line) < base:
                break
            pieces.append((at + _width(line, base), min(stop + 1, self.end), None))
            at = min(stop + 1, self.end)
            if line.strip():
                filled, after = len(pieces), at
        self._code_block(pieces[:filled], "", start, after)

    def _fenced_code(self, fence: re.Match[str]) -> None:
        body = fence.start()
        line_start = self.text.rfind("\n", 0, body) + 1
        indent = max(_columns(self.text[line_start:body]), self._base())
        close = re.compile(rf"[ \t]*{fence[1][0]}{{{len(fence[1])},}}[ \t]*$", re.MULTILINE)
        pieces: list[Piece] = []
        at = min(self.line_end(body) + 1, self.end)
        while at < self.end and not close.match(self.text, at, self.end):
            stop = self.line_end(at)
            pieces.append((at + _width(self.text[at:stop], indent), min(stop + 1, self.end), None))
            at = min(stop + 1, self.end)
        if at == self.end and not close.match(self.text, at, self.end):
            span = self.passage.span(fence.start(1), fence.end(1))
            message = f"the code that starts with {fence[1]} never ends"
            self.fault(span, "fence-unclosed", message, f"add a line {fence[1]} after it")
        self._code_block(pieces, fence[2].strip(), body, min(self.line_end(at) + 1, self.end))

    def _code_block(self, pieces: list[Piece], language: str, start: int, after: int) -> None:
        if pieces and self.text[pieces[-1][1] - 1] == "\n":
            begin, end, _ = pieces[-1]
            pieces[-1] = (begin, max(begin, end - 1), None)
        if not self.after_marker:
            self.put(self._break() + self._indent())
        self.deletions.content()
        clozed = bool(self.deletions)
        code, marks = self.inside(self.passage.cut(pieces), Home.CODE)
        self.add(Code(code, marks, True, language, clozed, self.passage.span(start, after)))
        self.at = after
        self.put("\n\n")
        self.after_blank, self.in_paragraph, self.in_table = True, False, False

    # -- where things stand --------------------------------------------------------------------

    def _base(self) -> int:
        """The column at which the content of the innermost list item starts."""
        return self.items[-1] if self.items else 0

    def _indent(self) -> str:
        return " " * (TAB * len(self.items))

    def _break(self) -> str:
        """The blank line that Python-Markdown wants before a block, if none is there."""
        return "" if self.after_blank or self.after_marker else "\n"


def _prefixed(segments: list[Segment], first: str, others: str) -> list[Segment]:
    """The segments with `first` before their first line and `others` before each further one."""
    lines: list[Segment] = [Text(first, segments[0].span)] if segments else []
    for segment in segments:
        if isinstance(segment, Text):
            segment = Text(segment.markdown.replace("\n", "\n" + others), segment.span)
        lines.append(segment)
    return lines


def _columns(line: str) -> int:
    """The columns of white space that a line starts with; tabs stop at every fourth."""
    columns = 0
    for character in line:
        if character == "\t":
            columns += TAB - columns % TAB
        elif character == " ":
            columns += 1
        else:
            break
    return columns


def _width(line: str, columns: int) -> int:
    """How many characters of white space make up at most the first `columns` of a line."""
    width, seen = 0, 0
    for character in line:
        if seen >= columns or character not in " \t":
            break
        seen += TAB - seen % TAB if character == "\t" else 1
        width += 1
    return width
