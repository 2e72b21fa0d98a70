"""Cloze marks inside code and formulas, where braces and colons also mean themselves."""

from __future__ import annotations

import re

from deckgen import delimiter
from deckgen.cloze import MANY, OPEN, Deletions, Home
from deckgen.passage import Passage, Piece
from deckgen.segment import ClozeMark, Marks

INSIDE = re.compile(r"\\\{\{c\d|\{\{c\d|\\.|\{|\}|::|&(?:lt|gt|amp);", re.DOTALL)
BRACE = re.compile(r"[{}]")
ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def take_out(
    passage: Passage, deletions: Deletions, home: Home, unescape_bars: bool = False
) -> tuple[Passage, Marks]:
    r"""The code or TeX without the cloze marks in it, and the marks.

    `home` tells which of the two it is. In TeX entities become characters, and `\|` a bar with
    `unescape_bars`.
    """
    text = passage.text
    if INSIDE.search(text) is None:
        return passage, ()
    is_tex = home is Home.FORMULA
    if "{{c" in text or (is_tex and "&" in text) or (unescape_bars and "\\|" in text):
        return brace_by_brace(passage, deletions, home, unescape_bars)
    if not deletions:  # nothing opens here: braces are just braces
        deletions.braces((delimiter.BRACES if is_tex else BRACE).findall(text))
    return passage, ()


def brace_by_brace(
    passage: Passage, deletions: Deletions, home: Home, unescape_bars: bool
) -> tuple[Passage, Marks]:
    """What `take_out` gives, whatever stands in the text."""
    taking = _Taking(passage, deletions, home, unescape_bars)
    taking.read()
    return passage.cut(taking.pieces), tuple(taking.marks)


class _Taking:
    """Reads one text from its start; what comes before `at` is kept or taken out."""

    def __init__(
        self, passage: Passage, deletions: Deletions, home: Home, unescape_bars: bool
    ) -> None:
        self.pieces: list[Piece] = []
        self.marks: list[tuple[int, ClozeMark]] = []
        self._passage = passage
        self._text = passage.text
        self.deletions = deletions
        self._home = home
        self._unescape_bars = unescape_bars
        self._at = 0
        self._length = 0  # of what is kept

    def read(self) -> None:
        position = 0
        while found := INSIDE.search(self._text, position):
            position = self._token(found[0], found.start(), found.end())
        self._keep(len(self._text))
        self._content(self._length)
        self.marks += ((self._length, mark) for mark in self.deletions.leave(self._home))

    def _token(self, token: str, start: int, end: int) -> int:
        """Read a token of `INSIDE`, from `start` to `end`; where to look for the next."""
        is_tex = self._home is Home.FORMULA
        if token.startswith("\\"):
            return self._backslash(token, start, end)
        if token.startswith("{{c"):
            return self._open(start)
        if token == "{":
            self.deletions.brace(1, self._home)
        elif token == "}" and self._closes(start):
            self._keep(start)
            self._content(self._length)
            span = self._passage.span(start, start + 2)
            self.marks.append((self._length, self.deletions.close(span)))
            self._at = end = start + 2
        elif token == "}":
            self.deletions.brace(-1, self._home)
        elif token == "::" and is_tex:
            self._hint(start)
        elif token in ENTITIES and is_tex:
            self._keep(start)
            self._keep(end, ENTITIES[token])
        return end

    def _backslash(self, token: str, start: int, end: int) -> int:
        is_code = self._home is Home.CODE
        if token.startswith("\\{{c") and is_code:
            self._keep(start)
            self._at = start + 1  # `\{{c1::` in code is how to write it literally
            return start + 4
        if token.startswith("\\{{c"):
            return start + 2
        if token != "\\|" and is_code:
            return start + 1
        if token == "\\|" and self._unescape_bars:
            self._keep(start)
            self._keep(end, "|")
        return end

    def _open(self, start: int) -> int:
        opening = OPEN.match(self._text, start)
        if opening is None:
            if many := MANY.match(self._text, start):
                self.deletions.many(many[1], self._passage.span(start, many.end()))
            self.deletions.brace(1, self._home)
            return start + 1
        self._keep(start)
        span = self._passage.span(start, opening.end())
        mark = self.deletions.open(int(opening[1]), span, self._home)
        self.marks.append((self._length, mark))
        self._at = opening.end()
        return self._at

    def _hint(self, start: int) -> None:
        self._content(self._length - self._at + start)
        mark = self.deletions.takes_hint(self._passage.span(start, start + 2), self._home)
        if mark is not None:
            self._keep(start)
            self.marks.append((self._length, mark))
            self._at = start + 2

    def _closes(self, start: int) -> bool:
        return self._text.startswith("}}", start) and self.deletions.closes(self._home)

    def _keep(self, end: int, instead: str | None = None) -> None:
        """Keep what is left up to `end`, or put another text there."""
        if end > self._at:
            self.pieces.append((self._at, end, instead))
            self._length += end - self._at if instead is None else len(instead)
        self._at = end

    def _content(self, length: int) -> None:
        """Note that the innermost deletion is not empty if text follows its opening."""
        if self.marks and length > self.marks[-1][0]:
            self.deletions.content()
