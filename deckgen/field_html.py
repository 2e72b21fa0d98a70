"""A field's tree as the HTML that Anki gets: nothing but what is meant for Anki and MathJax."""

from __future__ import annotations

import re
from collections.abc import Callable, Set

from deckgen import highlight
from deckgen.fieldtree import Element, Void
from deckgen.segment import ClozeClose, ClozeHint, ClozeOpen, Code, Formula
from deckgen.shown_formula import ShownFormula, formula_html, mark_html

# A browser may break a line between a formula and the comma after it.
GLUED_AFTER = re.compile(r"[.,;:!?)\]’”…%-]+")
NO_BREAK = '<span class="nowrap">'
# What Anki would not take for text. Anki: rslib/src/latex.rs, rslib/src/text.rs; the backslashes
# are MathJax's delimiters, which it finds in text but not across tags.
SPECIAL_BRACKET = re.compile(r"\[(?=sound:|latex\]|\$\$?\]|anki:)", re.IGNORECASE)
DELIMITER = re.compile(r"\\(?=[()\[\]])")
LITERAL_OPEN = re.compile(r"\{(?=\{c\d)")

Show = Callable[[Formula, tuple[int, ...], int], ShownFormula]
"""A formula as the field shows it, in these cloze deletions; the last: in which one's hint."""


def field_html(root: Element, show: Show) -> tuple[str, Set[str]]:
    """The HTML of a field, and the start tags of its tree; code and formulas bring their own.

    `show` is asked for the formulas, in their order.
    """
    writer = _Writer(show)
    writer.write(root)
    return "".join(writer.written), writer.tags


class _Writer:
    def __init__(self, show: Show) -> None:
        self.written: list[str] = []
        self.tags: set[str] = set()
        self._show = show
        self._opened: list[int] = []  # numbers of the deletions that are open, outermost first
        self._hint_of = 0
        self._glued = False  # a formula stands right before

    def write(self, element: Element) -> None:
        """Write all that is in an element."""
        for child in element.children:
            if isinstance(child, str):
                self._text(child)
                self._glued = False
            elif isinstance(child, Element):
                self.tags.add(child.open)
                self._tag(child.open)
                self.write(child)
                self._tag(child.close)
            elif isinstance(child, Formula):
                shown = self._show(child, tuple(self._opened), self._hint_of)
                self.written.append(formula_html(shown))
                self._glued = not shown.display
            elif isinstance(child, Code):
                self.written.append(highlight.code_html(child, mark_html))
                self._glued = False
            elif isinstance(child, Void):
                self.tags.add(child.html)
                self._tag(child.html)
            elif isinstance(child, (ClozeOpen, ClozeHint, ClozeClose)):
                self._mark(child)
                self._glued = False

    def _text(self, text: str) -> None:
        """Write escaped text without what Anki or MathJax would take for more than text."""
        if "[" in text:
            text = SPECIAL_BRACKET.sub("&#91;", text)
        if "\\" in text:
            text = DELIMITER.sub(lambda _: "<span>\\</span>", text)
        if "{" in text:
            text = LITERAL_OPEN.sub("<span>{</span>", text)
        if self._opened:
            text = highlight.outside_marks(text)
        if self._glued and (match := GLUED_AFTER.match(text)):
            self.written[-1] = f"{NO_BREAK}{self.written[-1]}{match[0]}</span>"
            text = text[match.end() :]
        self.written.append(text)

    def _tag(self, tag: str) -> None:
        if tag == "<table>":
            tag = '<div class="table-scroll"><table>'
        elif tag == "</table>":
            tag = "</table></div>"
        elif self._opened:
            tag = tag.replace("}", "&#125;").replace("::", "&#58;&#58;")
        self.written.append(tag)
        self._glued = False

    def _mark(self, mark: ClozeOpen | ClozeHint | ClozeClose) -> None:
        if isinstance(mark, ClozeOpen):
            self._opened.append(mark.number)
        elif isinstance(mark, ClozeHint):
            self._hint_of = self._opened[-1] if self._opened else 0
        else:
            if self._opened:
                self._opened.pop()
            self._hint_of = 0
        self.written.append(mark_html(mark))
