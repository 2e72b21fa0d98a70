"""What stands within a line that Markdown must not touch: code, formulas, cloze marks, HTML.

Read character by character, leftmost first, as a reader would: a dollar inside code is no
formula, and a backtick inside a formula opens no code.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable

from deckgen import delimiter
from deckgen.cloze import MANY, NEARLY, OPEN, Deletions, Home
from deckgen.cloze_inside import take_out
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.passage import Passage, Piece
from deckgen.segment import Code, Formula, Segment, Tag, Text

# CommonMark 6.6: of the six constructs of raw HTML a note may hold tags and comments.
TAG = re.compile(
    r"</?[A-Za-z][A-Za-z0-9-]*"
    r"(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>"
)
NO_HTML = re.compile(r"<(?:!\[CDATA\[|![A-Z]|\?)")
# Addresses, in which nothing is markup: as long as they hold no cloze deletion.
ADDRESS = re.compile(
    r"\]\((?!\S{0,2000}\{\{c\d)"
    r"(?:<[^<>\n]*>|(?:[^\s()<>]|\([^\s()<>]*\))+)(?=\)|\s+[\"'(])"
)
AUTOLINK = re.compile(r"<(?!\S{0,2000}\{\{c\d)[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>")
# Each branch starts with one character: so Python searches in a third of the time.
SPECIAL = re.compile(r"\\|``*|\$|\{|\}|::|<|\]\(|\n")
SPACED = re.compile(r"\$(?: ([^$\n]*)|([^$\n]*) )\$(?!\d)")
WRAPPED = re.compile(r"\$[^\s$\d][^$\n]*\n[ \t]*[-+*>=][^$\n]*[^\s$]\$(?![\w$])")
OPENS_TEX = re.compile(r"\$(?:\\[A-Za-z]|[A-Za-z]?[\^_][{\\])")
BREAK_OR_BAR = re.compile(r"[ \t]*\n[ \t]*|\\\|")  # in code within a line
ESCAPABLE = frozenset("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~\\")
MARKDOWN_ESCAPES = frozenset("\\`*_{}[]()>#+-.!~^|")  # those that Python-Markdown undoes itself
LENGTH_LIMIT = 100_000  # characters of one answer; nobody studies a card of fifty pages


class InlineScanner(ABC):
    """Reads the lines of one passage; `at` is the 0-based offset of what comes next."""

    def __init__(self, passage: Passage, start: int, end: int, deletions: Deletions) -> None:
        self.passage = passage
        self.text = passage.text
        self.start = self.at = start
        self.end = end
        self.deletions = deletions
        self.in_table = False
        self.segments: list[Segment] = []
        self.diagnostics: list[Diagnostic] = []
        self._pending: list[str] = []
        self._pending_start = start
        self._formula_end = 0  # where the last one ended
        self._paragraph = -1  # the end of the paragraph that `at` is in, once asked for
        self._question = -1  # the start of the next question, once asked for
        self._unclosed: dict[str, int] = {}  # opener -> offset up to which nothing closes it

    def put(self, markdown: str) -> None:
        if not self._pending:
            self._pending_start = self.at
        self._pending.append(markdown)

    def flush(self) -> None:
        if self._pending:
            span = self.passage.span(self._pending_start, self.at)
            self.segments.append(Text("".join(self._pending), span))
            self._pending.clear()

    def add(self, *segments: Segment) -> None:
        self.flush()
        self.segments += segments

    def fault(
        self,
        span: Span,
        code: str,
        message: str,
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.diagnostics.append(Diagnostic(span, code, message, hint, severity))

    def inline(self) -> None:
        """Read to the end of the line at which no formula, code or comment is open."""
        while match := SPECIAL.search(self.text, self.at, self.end):
            if match.start() > self.at:
                self._words(match.start())
            token = match[0]
            if token == "\n":
                self.put("\n")
                self.at += 1
                return
            self._special(token)
        if self.at < self.end:
            self._words(self.end)

    def _words(self, end: int) -> None:
        words = self.text[self.at : end]
        if not words.isspace():
            self.deletions.content()
        self.put(words)
        self.at = end

    def _special(self, token: str) -> None:
        if token == "\\":
            self._backslash()
        elif token[0] == "`":
            self._inline_code(len(token))
        elif token == "$":
            self._dollar()
        elif token == "{":
            self._brace_open()
        elif token == "}":
            self._brace_close()
        elif token == "](":
            address = ADDRESS.match(self.text, self.at, self.end)
            self._words(address.end() if address else self.at + 1)
        elif token == "::":
            hint = self.deletions.takes_hint(self.passage.span(self.at, self.at + 2))
            if hint is None:
                self._words(self.at + 2)
            else:
                self.add(hint)
                self.at += 2
        else:
            self._angle()

    def _backslash(self) -> None:
        at, text = self.at, self.text
        following = text[at + 1 : at + 2]
        if following == "(":
            self._formula("\\(", self._find("\\(", delimiter.brackets, self._paragraph_end()))
        elif following == "[":
            self._formula("\\[", self._find("\\[", delimiter.brackets, self._display_end()))
        elif opening := delimiter.ENVIRONMENT.match(text, at, self.end):
            found = self._find(opening[0], delimiter.environment, self._display_end())
            self._formula(opening[0], found)
        elif following == "\n":
            self.put("  ")  # GitHub's hard line break, written as Python-Markdown reads it
            self.at += 1
        elif following in (")", "]"):
            span = self.passage.span(at, at + 2)
            message = f"`\\{following}` ends no formula"
            self.fault(span, "formula-unopened", message, f"delete it, or write {following} alone")
            self.at += 2
        elif following and following in ESCAPABLE:
            self.deletions.content()
            if following in MARKDOWN_ESCAPES:
                self.put("\\" + following)
            else:
                self.put({"<": "&lt;", "&": "&amp;"}.get(following, following))
            self.at += 2
        else:
            self.deletions.content()
            self.put("\\\\")
            self.at += 1

    def _inline_code(self, ticks: int) -> None:
        start = self.at + ticks
        paragraph = self._paragraph_end()
        close = -1
        if self._unclosed.get("`" * ticks, -1) < start:
            close = delimiter.code_end(self.text, start, ticks, paragraph)
        if close < 0:
            self._unclosed["`" * ticks] = paragraph
            self.deletions.content()
            self.put("\\`" * ticks)
            self.at = start
            return
        self.deletions.content()
        clozed = bool(self.deletions)
        written = self.text[start:close]
        pad = 1 if written.strip() and written[0] in " \n" and written[-1] in " \n" else 0
        pieces: list[Piece] = []
        at = start + pad
        is_plain = "\n" not in written and "\\|" not in written
        breaks = () if is_plain else BREAK_OR_BAR.finditer(written, pad, len(written) - pad)
        for match in breaks:
            bar = match[0] == "\\|"
            if bar and not self.in_table:
                continue
            pieces.append((at, start + match.start(), None))
            at = start + match.end()
            pieces.append((start + match.start(), at, "|" if bar else " "))
        pieces.append((at, close - pad, None))
        after = close + ticks
        span = self.passage.span(self.at, after)
        passage, marks = take_out(self.passage.cut(pieces), self.deletions, Home.CODE)
        self.add(Code(passage, marks, False, "", clozed, span))
        self.at = after

    def _dollar(self) -> None:
        at = self.at
        if literal := delimiter.ANKI_LATEX.match(self.text, at, self.end):
            self._words(literal.end())
            return
        if self.text.startswith("$$", at, self.end):
            found = self._find("$$", delimiter.double_dollars, self._display_end())
            if found is None and not self.text.startswith(("$$$", "$$)"), at):
                self._formula("$$", found)
                return
            width = 2
        else:
            found, width = None, 1
            if at == self._formula_end or not self.text.startswith("$", at - 1):
                clozed = bool(self.deletions)
                found = delimiter.dollars(self.text, at, self._paragraph_end(), clozed)
        if found is not None:
            self._formula("$" * width, found)
            return
        self._suspicious_dollar()
        self._words(at + width)

    def _suspicious_dollar(self) -> None:
        """Tell of a dollar that was surely meant to open a formula."""
        spaced = SPACED.match(self.text, self.at, self.line_end(self.at))
        if spaced is None:
            if WRAPPED.match(self.text, self.at, self.end):
                span = self.passage.span(self.at, self.line_end(self.at))
                message = "not a formula: its next line starts a list, a quote or a heading"
                hint = "break the line elsewhere, or write \\$ for a dollar"
                self.fault(span, "formula-wrapped", message, hint, Severity.WARNING)
            elif OPENS_TEX.match(self.text, self.at, self.end):
                span = self.passage.span(self.at, self.at + 1)
                message = "`$` opens a formula that does not end in its paragraph or cloze deletion"
                hint = "close it with $, or write \\$ for a dollar"
                self.fault(span, "formula-unclosed", message, hint)
            return
        body = (spaced[1] if spaced[1] is not None else spaced[2]).strip()
        if len(body) == 1 or (re.search(r"[\\^_=]", body) and not delimiter.is_money(body)):
            span = self.passage.span(self.at, spaced.end())
            message = "not a formula: spaces stand just inside the dollars"
            hint = "remove them, or write \\$ for a dollar"
            self.fault(span, "formula-spaces", message, hint, Severity.WARNING)

    def _find(
        self, opener: str, find: Callable[[str, int, int], delimiter.Found | None], end: int
    ) -> delimiter.Found | None:
        """What `find` finds here, without asking again where it has found nothing before."""
        if self._unclosed.get(opener, -1) >= end:
            return None
        found = find(self.text, self.at, end)
        if found is None:
            self._unclosed[opener] = end
        return found

    def _formula(self, opener: str, found: delimiter.Found | None) -> None:
        if found is None:
            close = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}.get(opener)
            hint = f"close it with {close or opener.replace('begin', 'end')}"
            span = self.passage.span(self.at, self.at + len(opener))
            message = f"`{opener}` opens a formula that never ends"
            self.fault(span, "formula-unclosed", message, hint)
            self.at += len(opener)
            return
        if not self.text[found.start : found.end].strip():
            span = self.passage.span(self.at, found.after)
            hint = "write TeX between the delimiters, or delete them"
            self.fault(span, "formula-empty", "a formula without content", hint)
            self.at = found.after
            return
        self.deletions.content()
        clozed = bool(self.deletions)
        if self.in_table and (bar := self.text.find("\\|", found.start, found.end)) >= 0:
            span = self.passage.span(bar, bar + 2)
            message = "in a table row `\\|` is a single bar, here as on GitHub"
            hint = "write \\mid or \\vert for one bar, \\Vert for two"
            self.fault(span, "formula-bar", message, hint, Severity.WARNING)
        tex = self.passage.cut([(found.start, found.end, None)])
        passage, marks = take_out(tex, self.deletions, Home.FORMULA, self.in_table)
        span = self.passage.span(self.at, found.after)
        self.add(Formula(passage, marks, found.display, clozed, span))
        self.at = self._formula_end = found.after

    def _brace_open(self) -> None:
        at, text = self.at, self.text
        opening = OPEN.match(text, at)
        if opening is not None:
            span = self.passage.span(at, opening.end())
            self.add(self.deletions.open(int(opening[1]), span))
            self.at = opening.end()
            return
        many, nearly = MANY.match(text, at), NEARLY.match(text, at)
        if many:
            self.deletions.many(many[1], self.passage.span(at, many.end()))
        elif nearly:
            self.deletions.nearly(nearly[0], self.passage.span(at, nearly.end()))
        self.deletions.brace(1)
        self._words(at + 1)

    def _brace_close(self) -> None:
        if self.text.startswith("}}", self.at, self.end) and self.deletions.closes():
            self.add(self.deletions.close(self.passage.span(self.at, self.at + 2)))
            self.at += 2
            return
        if self.text.startswith("}}", self.at, self.end):
            self.deletions.stray(self.passage.span(self.at, self.at + 2))
        self.deletions.brace(-1)
        self._words(self.at + 1)

    def _angle(self) -> None:
        at, text = self.at, self.text
        if text.startswith("<!--", at):
            close = text.find("-->", at + 4, self.end)
            if close < 0:
                span = self.passage.span(at, at + 4)
                message = "the comment that starts here never ends"
                self.fault(span, "comment-unclosed", message, "add -->")
                self.at = self.end
                return
            self.flush()
            self.at = close + 3
            return
        if link := AUTOLINK.match(text, at, self.end):
            self._words(link.end())
            return
        tag = TAG.match(text, at, self.end)
        if tag is not None:
            self.deletions.content()
            span = self.passage.span(at, tag.end())
            self.add(Tag(tag[0], span))
            self.at = tag.end()
            return
        if NO_HTML.match(text, at):
            span = self.passage.span(at, at + 2)
            message = "a declaration or processing instruction cannot stand in a note"
            self.fault(span, "html-not-allowed", message, "write &lt; for a less-than sign")
        self._words(at + 1)

    # -- places --------------------------------------------------------------------------------

    def line_end(self, at: int) -> int:
        stop = self.text.find("\n", at, self.end)
        return self.end if stop < 0 else stop

    @abstractmethod
    def inline_end(self) -> int:
        """Where the paragraph, heading or table row ends: no inline formula reaches further."""

    def _paragraph_end(self) -> int:
        if self._paragraph < self.at:
            self._paragraph = self.inline_end()
        return self._paragraph

    def _display_end(self) -> int:
        if self._question < self.at:
            self._question = delimiter.next_question(self.text, self.at, len(self.text))
        return min(self._question, self.end, self.at + LENGTH_LIMIT)
