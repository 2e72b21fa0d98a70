"""Takes a question's body apart: text for Markdown, and all that Markdown must not touch.

It walks line by line, because whether a dollar is a formula depends on whether its line is code;
`inline` reads what stands within the lines. Lists, quotes, headings and code follow CommonMark,
as on GitHub. Python-Markdown's rules differ, so it gets to see none of these: only the text in
them, each paragraph by itself, between marks that say where a block starts and ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from deckgen import delimiter
from deckgen.cloze import Deletions, Home
from deckgen.diagnostic import Diagnostic, Span
from deckgen.inline import LENGTH_LIMIT, InlineScanner
from deckgen.passage import Passage
from deckgen.segment import DEFINES, BlockEnd, BlockStart, Callout, Code, Segment, Tag, Text

QUESTION_HEADING = re.compile(r"#{1,3}[ \t]")
NEXT_HEADING = re.compile(r"^#{1,3}[ \t]", re.MULTILINE)
HEADING = re.compile(r"(#{1,6})(?:[ \t]+|$)", re.MULTILINE)
HEADING_END = re.compile(r"(?:(?:^|[ \t])#+)?[ \t]*\Z")
UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$", re.MULTILINE)
RULE = re.compile(r"(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$", re.MULTILINE)
ITEM = re.compile(r"(?:[-*+]|(\d{1,9})[.)])(?=[ \t]|$)", re.MULTILINE)
INDENT = re.compile(r"[ \t]*")
TASK = re.compile(r"\[([ xX])\](?=[ \t]+\S)")
FENCE = re.compile(r"(`{3,}(?=[^`\n]*$)|~{3,})[ \t]*([^\n]*)", re.MULTILINE)
DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")
BAR_LAST = re.compile(BAR.pattern + r"\Z")
CALLOUT = re.compile(r"\s*\[!(\w+)\][ \t]*([^\n]*)")
CALLOUTS = {"NOTE": "note", "WARNING": "trap", "TIP": "tip"}
FOOTNOTE = re.compile(r"\[\^[^\]\n]+\]:")
DEFINITION = re.compile(r":[ \t]{1,3}(?=\S)")
REFERENCE = re.compile(r"(\[[^\]\n]+\]):[ \t]*<?(https?:|mailto:)?\S")
TAB = 4  # columns, and the indent from which on a line is code
NESTING_LIMIT = 16
NEVER = 1 << 30  # the content column of an item that stays empty

Piece = tuple[int, int, str | None]


class Scan(NamedTuple):
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
    scanner = _BlockScanner(passage, start, Deletions(), stops=True)
    scanner.read_lines()
    return scanner.result()


def scan_heading(passage: Passage) -> Scan:
    """Take apart the text of a heading: one line, no lists, quotes or blocks."""
    scanner = _BlockScanner(passage, 0, Deletions(), stops=False)
    scanner.read_heading()
    return scanner.result()


@dataclass(slots=True)
class _Container:
    """An open list item, or an open footnote or definition, which has no `marker`.

    Lines whose text stands at `column` or right of it belong to it. It is `filled` once a block
    stands in it, and its list is `loose` if a blank line stands between two blocks.
    """

    marker: str
    column: int
    filled: bool = False
    loose: bool = False


class _BlockScanner(InlineScanner):
    """Reads one passage; the inside of a quote is a passage of its own, one level deeper.

    `margin` is what each line for Python-Markdown starts with.
    """

    def __init__(
        self,
        passage: Passage,
        start: int,
        deletions: Deletions,
        stops: bool,
        depth: int = 0,
        margin: str = "",
    ) -> None:
        super().__init__(passage, start, len(passage.text), deletions)
        self.stops = stops
        self.depth = depth  # lists and quotes around the passage
        self.margin = margin
        self.callouts: list[Callout] = []
        self.footnotes: set[str] = set()  # their labels
        self.containers: list[_Container] = []  # outermost first
        self.after_blank = False
        self.in_paragraph = False
        self.may_define = False  # a line `: text` here defines the paragraph above it
        # The index of the paragraph's first segment; -1 if it starts in the middle of a line.
        self.paragraph_start = -1
        self._lower: str | None = None  # the passage in lower case, once asked for
        self.table: list[int] = []  # the number of cells in each row of the last one

    def result(self) -> Scan:
        self.add(*self.deletions.leave(Home.TEXT))
        self.deletions.report_strays()
        self.deletions.report_gaps()
        found = (*self.diagnostics, *self.deletions.diagnostics)
        numbers = tuple(sorted(self.deletions.numbers))
        return Scan(tuple(self.segments), tuple(self.callouts), numbers, self.at, found)

    def read_heading(self) -> None:
        self.inline()
        self.flush()

    def read_lines(self) -> None:
        if self.stops and self.end - self.start > LENGTH_LIMIT:
            heading = NEXT_HEADING.search(self.text, self.start, self.end)
            if (heading.start() if heading else self.end) - self.start > LENGTH_LIMIT:
                self._skip_the_rest()
        while self.at < self.end:
            if self.stops and QUESTION_HEADING.match(self.text, self.at):
                break
            stop = self.line_end(self.at)
            if stop - self.start > LENGTH_LIMIT:
                self._skip_the_rest()
                break
            self._read_line(stop)
        self._close(0)
        self.flush()

    def _skip_the_rest(self) -> None:
        self.flush()
        span = self.passage.span(self.start, self.start + 1)
        message = f"the answer has more than {LENGTH_LIMIT:,} characters"
        self.fault(span, "answer-too-long", message, "make several questions of it")
        self.at = delimiter.next_question(self.text, self.at, self.end)

    def _read_line(self, stop: int) -> None:
        """Read the line that ends at `stop`, and with a block all its lines."""
        line = self.text[self.at : stop]
        if not line or line.isspace():
            self._blank_line(stop)
            return
        body, indent, depth = self._place(self.at)
        if self.in_paragraph and self._is_underline(body, indent, depth):
            self._underline(body)
        elif self.in_paragraph and not self._interrupts(body, indent, depth):
            self._paragraph_line(body)
        else:
            self._read_block(body, indent, depth)
        self.after_blank = False

    def _blank_line(self, stop: int) -> None:
        if self.containers and not self.containers[-1].filled:
            self.containers[-1].column = NEVER
        self.at = min(stop + 1, self.end)
        self.after_blank, self.in_paragraph, self.in_table = True, False, False

    def _read_block(self, body: int, indent: int, depth: int) -> None:
        """Read the block that starts at `body`, or a table's next row; see `_place`."""
        text, end = self.text, self.end
        is_words = text[body : body + 1].isalpha()  # no other block starts with a letter
        if indent < TAB and not is_words and self._starts_item(body):
            self._item(body, depth)
            return
        self._close(depth)
        if indent >= TAB:
            self._indented_code()
        elif is_words:
            self._paragraph_line(body)
        elif fence := FENCE.match(text, body, end):
            self._fenced_code(fence)
        elif text.startswith(">", body):
            self._quote(body)
        elif RULE.match(text, body, end):
            self._rule(body)
        elif heading := HEADING.match(text, body, end):
            self._heading(heading)
        elif footnote := FOOTNOTE.match(text, body, end):
            self._footnote(footnote)
        elif self.may_define and (definition := DEFINITION.match(text, body, end)):
            self._definition(definition)
        elif (reference := REFERENCE.match(text, body, end)) and self._refers(reference):
            self._reference(body)
        else:
            self._paragraph_line(body)

    # -- where blocks start and end ------------------------------------------------------------

    def _place(self, at: int) -> tuple[int, int, int]:
        """Where the text of the line at `at` starts, its indent, and its depth.

        The depth is the number of containers that it belongs to, the indent the columns from
        where the innermost one's content starts to the text.
        """
        indent = INDENT.match(self.text, at, self.end)
        body = indent.end() if indent else at
        columns = self._column(body)
        if not self.containers:
            return body, columns, 0
        depth = sum(container.column <= columns for container in self.containers)
        return body, columns - (self.containers[depth - 1].column if depth else 0), depth

    def _column(self, at: int) -> int:
        """The 0-based column of an offset, tabs stopping at every fourth."""
        columns = 0
        start = self.text.rfind("\n", 0, at) + 1
        for character in self.text[start:at] if start < at else "":
            columns += TAB - columns % TAB if character == "\t" else 1
        return columns

    def _base(self) -> int:
        """The column at which the innermost container's content starts."""
        return self.containers[-1].column if self.containers else 0

    def _margin(self) -> str:
        """What Python-Markdown wants before a line: four spaces in footnotes and definitions."""
        if not self.containers:
            return self.margin
        return self.margin + " " * TAB * sum(not c.marker for c in self.containers)

    def _start_block(self) -> None:
        if self.containers:
            innermost = self.containers[-1]
            innermost.loose = innermost.loose or (innermost.filled and self.after_blank)
            innermost.filled = True
        self.put("\n\n")

    def _start(self, tag: str, span: Span) -> None:
        self._start_block()
        self.put(self._margin())
        self.add(BlockStart(tag, span))
        self._between_blocks()

    def _end(self, tight: bool, span: Span) -> None:
        self.put("\n\n" + self._margin())
        self.add(BlockEnd(tight, span))
        self._between_blocks()

    def _between_blocks(self) -> None:
        self.in_paragraph, self.in_table, self.may_define = False, False, False

    def _close(self, depth: int) -> None:
        """End all containers but the `depth` outermost ones."""
        while len(self.containers) > depth:
            container = self.containers.pop()
            if container.marker:
                span = self.passage.span(self.at, self.at)
                self._end(False, span)
                self._end(not container.loose, span)

    def _interrupts(self, body: int, indent: int, depth: int) -> bool:
        """Whether a block starts at `body` that ends the open paragraph; see `_place`."""
        text, end = self.text, self.end
        if indent >= TAB:
            return False
        if text[body : body + 1].isalpha():
            return self._starts_table(body)
        if depth < len(self.containers) and text.startswith(("::", "}}"), body):
            # The end of a cloze deletion around a list goes on no item of it.
            return self.deletions.stands_outside(self.depth + depth)
        if self._starts_item(body):
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
            or self._starts_table(body)
        )

    def _is_underline(self, body: int, indent: int, depth: int) -> bool:
        whole = depth == len(self.containers)
        whole = whole and indent < TAB and self.paragraph_start >= 0
        return whole and UNDERLINE.match(self.text, body, self.end) is not None

    def _starts_item(self, body: int) -> bool:
        item = ITEM.match(self.text, body, self.end)
        return item is not None and RULE.match(self.text, body, self.end) is None

    def _starts_table(self, body: int) -> bool:
        stop = self.line_end(body)
        if self.in_table or self.text.find("|", body, stop) < 0:
            return False
        below = self.text[stop + 1 : self.line_end(stop + 1)] if stop < self.end else ""
        return "|" in below and DELIMITER_ROW.match(below) is not None

    def inline(self) -> None:
        self.deletions.depth = self.depth + len(self.containers)
        super().inline()

    def inline_end(self) -> int:
        at = self.line_end(self.at)
        while not self.in_table and at < self.end:
            body, indent, depth = self._place(at + 1)
            if not self.text[body : self.line_end(body)].strip():
                break
            if self._is_underline(body, indent, depth) or self._interrupts(body, indent, depth):
                break
            at = self.line_end(body)
        return at

    # -- text ----------------------------------------------------------------------------------

    def _paragraph_line(self, body: int) -> None:
        table = self._starts_table(body)
        if self.in_table and self.deletions and self.text.startswith(("}}", "::"), body):
            self.in_table = False  # the end of a cloze deletion around the table is no row of it
        if table or not (self.in_paragraph or self.in_table):
            self._start_block()
            self.flush()
            self.paragraph_start = len(self.segments)
            self.in_table, self.in_paragraph, self.may_define = table, not table, not table
        if self.in_table:
            self._row(body, is_first=table)
            return
        self.put(self._margin())
        self.at = body
        self.inline()

    def _row(self, body: int, is_first: bool) -> None:
        self.flush()
        before = len(self.segments)
        # A first bar in each row or in none: else Python-Markdown would count the cells by it.
        self.put(self._margin() + ("" if self.text.startswith("|", body) else "|"))
        self.at = body
        self.inline()
        self.flush()
        written = (s.markdown if isinstance(s, Text) else "-" for s in self.segments[before:])
        self.table = [*([] if is_first else self.table), _cells("".join(written))]
        columns, cells = self.table[0], self.table[-1]
        # Both GitHub and Python-Markdown show no cell beyond the first row's.
        if cells > columns or (len(self.table) == 2 and cells < columns):
            message = f"the table's first row has {columns} cells, and this one has {cells}"
            hint = "write \\| for a bar that separates no cells"
            self.fault(self.passage.span(body, self.line_end(body)), "table-cells", message, hint)

    def _footnote(self, footnote: re.Match[str]) -> None:
        if footnote[0] in self.footnotes:
            span = self.passage.span(*footnote.span())
            message = f"a second footnote `{footnote[0][:-1]}`: only one of them would be shown"
            self.fault(span, "footnote-duplicate", message, "give it another name")
        if self.deletions:
            span = self.passage.span(*footnote.span())
            message = "a footnote in a cloze deletion is shown at the end of the note all the same"
            hint = "end the deletion before it; the footnote may hold one of its own"
            self.fault(span, "footnote-in-cloze", message, hint)
        self.footnotes.add(footnote[0])
        self._start_block()
        self.put(self._margin() + DEFINES)
        self.at = footnote.start()
        column = self._column(footnote.start()) + TAB
        self.containers.append(_Container("", column, filled=True))
        self.in_paragraph, self.may_define, self.paragraph_start = True, True, -1
        self.inline()

    def _definition(self, definition: re.Match[str]) -> None:
        if not self.in_paragraph:
            self._start_block()
        self.put(self._margin() + DEFINES + ":   ")
        self.at = definition.end()
        column = self._column(definition.start()) + TAB
        self.containers.append(_Container("", column, filled=True))
        self.in_paragraph, self.may_define, self.paragraph_start = True, True, -1
        self.inline()

    def _refers(self, reference: re.Match[str]) -> bool:
        """Whether the line is the address of a link, and not words such as `[Note]: this`."""
        if self._lower is None:
            self._lower = self.text[self.start : self.start + LENGTH_LIMIT].lower()
        label = reference[1].lower()
        is_used = self._lower.count(label) > self._lower.count(label + ":")
        return is_used or reference[2] is not None

    def _reference(self, body: int) -> None:
        self._start_block()
        self.put(self._margin() + DEFINES)
        self.at = body
        self._between_blocks()
        self.inline()

    def _heading(self, heading: re.Match[str]) -> None:
        stop, end = self.line_end(heading.end()), self.end
        closing = HEADING_END.search(self.text[heading.end() : stop])
        span = self.passage.span(*heading.span(1))
        self._start(f"<h{len(heading[1])}>", span)
        self.put("\n\n" + self._margin())
        self.end = heading.end() + closing.start() if closing else stop
        self.at = heading.end()
        self.inline()
        self.at, self.end = min(stop + 1, end), end
        self._end(True, span)

    def _underline(self, body: int) -> None:
        """Make a heading of the paragraph above."""
        stop = self.line_end(body)
        span = self.passage.span(body, stop)
        tag = "<h1>" if self.text[body] == "=" else "<h2>"
        self.flush()
        start = (BlockStart(tag, span), Text("\n\n" + self._margin(), span))
        self.segments[self.paragraph_start : self.paragraph_start] = start
        self._end(True, span)
        self.at = min(stop + 1, self.end)

    def _rule(self, body: int) -> None:
        stop = self.line_end(body)
        self._start_block()
        self.put(self._margin())
        self.add(Tag("<hr>", self.passage.span(body, stop)))
        self._between_blocks()
        self.at = min(stop + 1, self.end)

    # -- lists ---------------------------------------------------------------------------------

    def _item(self, body: int, depth: int) -> None:
        item = ITEM.match(self.text, body, self.end)
        assert item is not None
        marker, stop = item[0][-1], self.line_end(body)
        span = self.passage.span(body, item.end())
        goes_on = depth < len(self.containers) and self.containers[depth].marker == marker
        self._close(depth + 1 if goes_on else depth)
        if self.depth + depth >= NESTING_LIMIT:
            self._too_deep(body, min(stop + 1, self.end))
            return
        loose = False
        if goes_on:
            loose = self.containers.pop().loose or self.after_blank
            self._end(False, span)
        elif item[1]:
            self._start(f'<ol start="{int(item[1])}">' if int(item[1]) != 1 else "<ol>", span)
        else:
            self._start("<ul>", span)
        self._item_content(item, stop, _Container(marker, 0, loose=loose))

    def _item_content(self, item: re.Match[str], stop: int, container: _Container) -> None:
        span = self.passage.span(item.start(), item.end())
        after = self._column(item.end())
        self.at = item.end()
        while self.text.startswith((" ", "\t"), self.at):
            self.at += 1
        task = TASK.match(self.text, self.at, stop)
        self.put("\n\n" + self._margin())
        self.add(BlockStart('<li class="task-list-item">' if task else "<li>", span))
        self.containers.append(container)
        indent = self._column(self.at) - after
        container.column = after + (indent if 0 < indent <= TAB and self.at < stop else 1)
        if self.at == stop:
            self.at = min(stop + 1, self.end)
        elif indent > TAB:
            self.at = item.end()
            self._indented_code()
        elif task:
            checked = " checked" if task[1] in "xX" else ""
            self._start_block()
            self.add(Tag(f'<input type="checkbox" disabled{checked}>', span))
            self.at, self.in_paragraph, self.paragraph_start = task.end(), True, -1
            self.inline()
        else:
            self.after_blank = False
            self._read_block(self.at, 0, len(self.containers))

    # -- quotes --------------------------------------------------------------------------------

    def _quote(self, body: int) -> None:
        pieces, after = self._quote_lines(body)
        inner = self.passage.cut(pieces)
        callout = CALLOUT.match(inner.text)
        if self.depth + len(self.containers) >= NESTING_LIMIT:
            self._too_deep(body, after)
            return
        if callout:
            self._callout(inner, callout)
        else:
            span = self.passage.span(body, body + 1)
            self._start("<blockquote>", span)
            margin = self._margin()
            depth = self.depth + len(self.containers) + 1
            nested = _BlockScanner(inner, 0, self.deletions, False, depth, margin)
            nested.footnotes = self.footnotes
            nested.read_lines()
            self.diagnostics += nested.diagnostics
            self.add(*nested.segments)
            self._end(False, span)
        self.at = after
        self._between_blocks()

    def _quote_lines(self, body: int) -> tuple[list[Piece], int]:
        """The lines of the quote at `body` without their markers, and the offset after it."""
        pieces: list[Piece] = []
        start, base = body, self._base()
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
            at, indent, depth = self._place(after)
            if self.text.startswith(">", at) and 0 <= self._column(at) - base < TAB:
                start = at
            elif in_text and self._is_lazy(at, indent, depth):
                start = after
            else:
                return pieces, after

    def _is_lazy(self, body: int, indent: int, depth: int) -> bool:
        """Whether the line could go on a quote's paragraph without the marker: CommonMark 5.1."""
        if not self.text[body : self.line_end(body)].strip():
            return False
        item = indent < TAB and self._starts_item(body)
        return not item and not self._interrupts(body, indent, depth)

    def _callout(self, inner: Passage, match: re.Match[str]) -> None:
        kind = CALLOUTS.get(match[1].upper())
        first = inner.span(match.start(1) - 2, match.end(1) + 1)
        if kind is None:
            known = "use [!NOTE], [!WARNING] (a trap) or [!TIP]"
            message = f"`[!{match[1]}]` has no field of its own"
            self.fault(first, "callout-unknown", message, known)
            return
        if match[2].strip():
            message = f"text beside `[!{match[1]}]`: GitHub shows no callout here"
            self.fault(first, "callout-misplaced", message, "start the text on the next line")
        if self.depth or self.containers:
            message = "a callout within a list or a quote: GitHub shows it as a plain quote"
            self.fault(first, "callout-misplaced", message, "move it out, to the left margin")
        scanner = _BlockScanner(inner, match.end(1) + 1, Deletions(), stops=False, depth=1)
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
            blank = not self.text[at:stop].strip()
            if not blank and at > start and self._column(self._place(at)[0]) < base:
                break
            pieces += self._from_column(base, at, min(stop + 1, self.end))
            at = min(stop + 1, self.end)
            if not blank:
                filled, after = len(pieces), at
        self._code_block(pieces[:filled], "", start, after)

    def _fenced_code(self, fence: re.Match[str]) -> None:
        body = fence.start()
        base, indent = self._base(), self._column(body)
        close = re.compile(rf"{fence[1][0]}{{{len(fence[1])},}}[ \t]*$", re.MULTILINE)
        pieces: list[Piece] = []
        at = min(self.line_end(body) + 1, self.end)
        closed, outside = False, False
        while at < self.end and not closed:
            line, stop = self._place(at)[0], self.line_end(at)
            after = min(stop + 1, self.end)
            column = self._column(line)
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
        self._start_block()
        self.put(self._margin())
        self.deletions.content()
        clozed = bool(self.deletions)
        code, marks = self.inside(self.passage.cut(pieces), Home.CODE)
        self.add(Code(code, marks, True, language, clozed, self.passage.span(start, after)))
        self.at = after
        self._between_blocks()

    def _from_column(self, column: int, at: int, after: int) -> list[Piece]:
        """A line from a column on, or from the first text before it; `at` stands in its indent.

        What a tab reaches over the column stays, as spaces.
        """
        reached = self._column(at)
        while reached < column and self.text.startswith((" ", "\t"), at):
            reached += TAB - reached % TAB if self.text[at] == "\t" else 1
            at += 1
        over: list[Piece] = [(at - 1, at, " " * (reached - column))] if reached > column else []
        return [*over, (at, after, None)]


def _is_indented(line: str) -> bool:
    return line.expandtabs(TAB).startswith(" " * TAB)


def _cells(row: str) -> int:
    """The number of cells in a table's row, code and formulas in it replaced."""
    return len(BAR.findall(row.strip().removeprefix("|"))) + (not BAR_LAST.search(row.strip()))


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
