"""Takes a question's body apart: text for Markdown, and all that Markdown must not touch.

It walks line by line, because whether a dollar is a formula depends on whether its line is code;
`inline` reads what stands within the lines. Lists, quotes, headings and code follow CommonMark,
as on GitHub. Python-Markdown's rules differ, so it gets to see none of these: only the text in
them, each paragraph by itself, between marks that say where a block starts and ends.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from deckgen import delimiter
from deckgen.cloze import Deletions, Home
from deckgen.code_blocks import CodeScanner
from deckgen.containers import (
    DEFINITION,
    FENCE,
    FOOTNOTE,
    HEADING,
    ITEM,
    RULE,
    TAB,
    Container,
)
from deckgen.diagnostic import Diagnostic
from deckgen.inline import LENGTH_LIMIT, SPECIAL
from deckgen.passage import Passage
from deckgen.segment import DEFINES, BlockStart, Callout, Segment, Tag, Text

QUESTION_HEADING = re.compile(r"#{1,3}[ \t]")
NEXT_HEADING = re.compile(r"^#{1,3}[ \t]", re.MULTILINE)
HEADING_END = re.compile(r"(?:(?:^|[ \t])#+)?[ \t]*\Z")
TASK = re.compile(r"\[([ xX])\](?=[ \t]+\S)")
BAR = re.compile(r"(?<!\\)(?:\\\\)*\|")
BAR_LAST = re.compile(BAR.pattern + r"\Z")
CALLOUT = re.compile(r"\s*\[!(\w+)\][ \t]*([^\n]*)")
CALLOUTS = {"NOTE": "note", "WARNING": "trap", "TIP": "tip"}
REFERENCE = re.compile(r"(\[[^\]\n]+\]):[ \t]*<?(https?:|mailto:)?\S")
NESTING_LIMIT = 16
NEVER = 1 << 30  # the content column of an item that stays empty


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
    text = passage.text
    if text and SPECIAL.search(text) is None:
        whole = Text(text, passage.span(0, len(text)))
        return Scan((whole,), (), (), len(text), ())
    scanner = _BlockScanner(passage, 0, Deletions(), stops=False)
    scanner.read_heading()
    return scanner.result()


class _BlockScanner(CodeScanner):
    """Reads one passage, block by block; if it `stops`, up to the next question."""

    def __init__(
        self,
        passage: Passage,
        start: int,
        deletions: Deletions,
        stops: bool,
        depth: int = 0,
        margin: str = "",
    ) -> None:
        super().__init__(passage, start, deletions, depth, margin)
        self.stops = stops
        self.callouts: list[Callout] = []
        self.footnotes: set[str] = set()  # their labels
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
        self.close_containers(0)
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
        body, indent, depth = self.place(self.at)
        if self.in_paragraph and self.is_underline(body, indent, depth):
            self._underline(body)
        elif self.in_paragraph and not self.interrupts(body, indent, depth):
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
        """Read the block that starts at `body`, or a table's next row; see `place`."""
        text, end = self.text, self.end
        is_words = text[body : body + 1].isalpha()  # no other block starts with a letter
        if indent < TAB and not is_words and self.starts_item(body):
            self._item(body, depth)
            return
        self.close_containers(depth)
        if indent >= TAB:
            self.indented_code()
        elif is_words:
            self._paragraph_line(body)
        elif fence := FENCE.match(text, body, end):
            self.fenced_code(fence)
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

    # -- text ----------------------------------------------------------------------------------

    def _paragraph_line(self, body: int) -> None:
        table = self.starts_table(body)
        if self.in_table and self.deletions and self.text.startswith(("}}", "::"), body):
            self.in_table = False  # the end of a cloze deletion around the table is no row of it
        if table or not (self.in_paragraph or self.in_table):
            self.start_block()
            self.flush()
            self.paragraph_start = len(self.segments)
            self.in_table, self.in_paragraph, self.may_define = table, not table, not table
        if self.in_table:
            self._row(body, is_first=table)
            return
        self.put(self.line_margin())
        self.at = body
        self.inline()

    def _row(self, body: int, is_first: bool) -> None:
        self.flush()
        before = len(self.segments)
        # A first bar in each row or in none: else Python-Markdown would count the cells by it.
        self.put(self.line_margin() + ("" if self.text.startswith("|", body) else "|"))
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
        self.start_block()
        self.put(self.line_margin() + DEFINES)
        self.at = footnote.start()
        column = self.column_at(footnote.start()) + TAB
        self.containers.append(Container("", column, filled=True))
        self.in_paragraph, self.may_define, self.paragraph_start = True, True, -1
        self.inline()

    def _definition(self, definition: re.Match[str]) -> None:
        if not self.in_paragraph:
            self.start_block()
        self.put(self.line_margin() + DEFINES + ":   ")
        self.at = definition.end()
        column = self.column_at(definition.start()) + TAB
        self.containers.append(Container("", column, filled=True))
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
        self.start_block()
        self.put(self.line_margin() + DEFINES)
        self.at = body
        self.between_blocks()
        self.inline()

    def _heading(self, heading: re.Match[str]) -> None:
        stop, end = self.line_end(heading.end()), self.end
        closing = HEADING_END.search(self.text[heading.end() : stop])
        span = self.passage.span(*heading.span(1))
        self.open_block(f"<h{len(heading[1])}>", span)
        self.put("\n\n" + self.line_margin())
        self.end = heading.end() + closing.start() if closing else stop
        self.at = heading.end()
        self.inline()
        self.at, self.end = min(stop + 1, end), end
        self.close_block(True, span)

    def _underline(self, body: int) -> None:
        """Make a heading of the paragraph above."""
        stop = self.line_end(body)
        span = self.passage.span(body, stop)
        tag = "<h1>" if self.text[body] == "=" else "<h2>"
        self.flush()
        start = (BlockStart(tag, span), Text("\n\n" + self.line_margin(), span))
        self.segments[self.paragraph_start : self.paragraph_start] = start
        self.close_block(True, span)
        self.at = min(stop + 1, self.end)

    def _rule(self, body: int) -> None:
        stop = self.line_end(body)
        self.start_block()
        self.put(self.line_margin())
        self.add(Tag("<hr>", self.passage.span(body, stop)))
        self.between_blocks()
        self.at = min(stop + 1, self.end)

    # -- lists ---------------------------------------------------------------------------------

    def _item(self, body: int, depth: int) -> None:
        item = ITEM.match(self.text, body, self.end)
        assert item is not None
        marker, stop = item[0][-1], self.line_end(body)
        span = self.passage.span(body, item.end())
        goes_on = depth < len(self.containers) and self.containers[depth].marker == marker
        self.close_containers(depth + 1 if goes_on else depth)
        if self.depth + depth >= NESTING_LIMIT:
            self._too_deep(body, min(stop + 1, self.end))
            return
        loose = False
        if goes_on:
            loose = self.containers.pop().loose or self.after_blank
            self.close_block(False, span)
        elif item[1]:
            self.open_block(f'<ol start="{int(item[1])}">' if int(item[1]) != 1 else "<ol>", span)
        else:
            self.open_block("<ul>", span)
        self._item_content(item, stop, Container(marker, 0, loose=loose))

    def _item_content(self, item: re.Match[str], stop: int, container: Container) -> None:
        span = self.passage.span(item.start(), item.end())
        after = self.column_at(item.end())
        self.at = item.end()
        while self.text.startswith((" ", "\t"), self.at):
            self.at += 1
        task = TASK.match(self.text, self.at, stop)
        self.put("\n\n" + self.line_margin())
        self.add(BlockStart('<li class="task-list-item">' if task else "<li>", span))
        self.containers.append(container)
        indent = self.column_at(self.at) - after
        container.column = after + (indent if 0 < indent <= TAB and self.at < stop else 1)
        if self.at == stop:
            self.at = min(stop + 1, self.end)
        elif indent > TAB:
            self.at = item.end()
            self.indented_code()
        elif task:
            checked = " checked" if task[1] in "xX" else ""
            self.start_block()
            self.add(Tag(f'<input type="checkbox" disabled{checked}>', span))
            self.at, self.in_paragraph, self.paragraph_start = task.end(), True, -1
            self.inline()
        else:
            self.after_blank = False
            self._read_block(self.at, 0, len(self.containers))

    # -- quotes --------------------------------------------------------------------------------

    def _quote(self, body: int) -> None:
        pieces, after = self.quote_lines(body)
        inner = self.passage.cut(pieces)
        callout = CALLOUT.match(inner.text)
        if self.depth + len(self.containers) >= NESTING_LIMIT:
            self._too_deep(body, after)
            return
        if callout:
            self._callout(inner, callout)
        else:
            span = self.passage.span(body, body + 1)
            self.open_block("<blockquote>", span)
            margin = self.line_margin()
            depth = self.depth + len(self.containers) + 1
            nested = _BlockScanner(inner, 0, self.deletions, False, depth, margin)
            nested.footnotes = self.footnotes
            nested.read_lines()
            self.diagnostics += nested.diagnostics
            self.add(*nested.segments)
            self.close_block(False, span)
        self.at = after
        self.between_blocks()

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


def _cells(row: str) -> int:
    """The number of cells in a table's row, code and formulas in it replaced."""
    return len(BAR.findall(row.strip().removeprefix("|"))) + (not BAR_LAST.search(row.strip()))
