"""Cloze deletions while a passage is read: what is open, what closes it, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.segment import ClozeClose, ClozeHint, ClozeMark, ClozeOpen

OPEN = re.compile(r"\{\{c(\d+)::")
MANY = re.compile(r"\{\{c(\d+(?:,\d*)+)::")
NEARLY = re.compile(r"\{\{\s*[cC]\s*\d*\s*:{1,2}|\{\{[cC]\d+\b")
DEPTH_LIMIT = 8  # Anki: rslib/src/cloze.rs stops at 10
NUMBER_LIMIT = 500  # Anki: rslib/src/cloze.rs caps the ordinal at 499
ANKI_MARK = re.compile(r"\{\{c([0-9,]+)::|\}\}")
ANKI_NUMBER_LIMIT = 0xFFFF
ANKI_DEPTH_LIMIT = 10


class Home(Enum):
    """Where a mark stands: a deletion ends in the text, formula or code that it starts in."""

    TEXT = "question"
    FORMULA = "formula"
    CODE = "code"


@dataclass(slots=True)
class _Open:
    number: int
    span: Span
    home: Home
    depth: int
    braces: int = 0
    content: bool = False
    hint: Span | None = None


class Deletions:
    """The stack of open cloze deletions; one serves the whole body of a question.

    `depth` is the number of lists and quotes around what is being read.
    """

    def __init__(self) -> None:
        self.depth = 0
        self._stack: list[_Open] = []
        self._braces = 0  # open ones outside all deletions
        self._stray: list[Span] = []
        self.numbers: dict[int, Span] = {}
        self.diagnostics: list[Diagnostic] = []

    def __bool__(self) -> bool:
        return bool(self._stack)

    def open(self, number: int, span: Span, home: Home = Home.TEXT) -> ClozeOpen:
        if number == 0 or number > NUMBER_LIMIT:
            message = f"Anki makes no card for cloze number {number}"
            self._fault(span, "cloze-number", message, f"count from c1 to c{NUMBER_LIMIT}")
        else:
            self.numbers.setdefault(number, span)
        if len(self._stack) == DEPTH_LIMIT:
            message = f"more than {DEPTH_LIMIT} cloze deletions inside one another"
            self._fault(span, "cloze-deep", message, "close some of them before")
        if self._stack and self._stack[-1].hint is not None:
            hint = "keep the hint plain"
            self._fault(span, "cloze-in-hint", "a hint cannot hold a cloze deletion", hint)
        self.content()
        self._stack.append(_Open(number, span, home, self.depth))
        return ClozeOpen(number, span)

    def content(self) -> None:
        """Something stands in the innermost deletion, so it is not empty."""
        if self._stack and self._stack[-1].hint is None:
            self._stack[-1].content = True

    def brace(self, change: int, home: Home = Home.TEXT) -> None:
        """A brace opens (+1) or closes (-1) that is no cloze mark."""
        if self._stack and self._stack[-1].home is home:
            self._stack[-1].braces = max(0, self._stack[-1].braces + change)
        elif not self._stack:
            self._braces = max(0, self._braces + change)

    def braces(self, found: Iterable[str]) -> None:
        """Braces outside all deletions that are no cloze marks; what else is found counts not."""
        for brace in found:
            if brace == "{":
                self._braces += 1
            elif brace == "}" and self._braces:
                self._braces -= 1

    def stands_outside(self, depth: int) -> bool:
        """Whether the innermost deletion was opened within at most `depth` lists and quotes."""
        return bool(self._stack) and self._stack[-1].depth <= depth

    def closes(self, home: Home = Home.TEXT) -> bool:
        """Whether `}}` here, in `home`, ends the innermost deletion."""
        return bool(self._stack) and self._stack[-1].home is home and not self._stack[-1].braces

    def stray(self, span: Span) -> None:
        """Note that `}}` here ends no deletion, unless braces before it explain it."""
        if not self._stack and not self._braces:
            self._stray.append(span)

    def takes_hint(self, span: Span, home: Home = Home.TEXT) -> ClozeHint | None:
        """The mark that `::` is here, or None if it is just two colons."""
        if not self._stack or self._stack[-1].home is not home or self._stack[-1].braces:
            return None
        innermost = self._stack[-1]
        if innermost.hint is not None:
            message = "a second `::` in one cloze deletion: Anki shows it as part of the hint"
            self._fault(span, "cloze-hint", message, "put code such as `std::vector` in backticks")
            return None
        innermost.hint = span
        return ClozeHint(span)

    def close(self, span: Span) -> ClozeClose:
        closed = self._stack.pop()
        if not closed.content:
            message = f"cloze deletion c{closed.number} hides nothing"
            whole = Span(closed.span.path, closed.span.start, span.end)
            self._fault(whole, "cloze-empty", message, "write the text to hide after `::`")
        return ClozeClose(span)

    def leave(self, home: Home) -> tuple[ClozeMark, ...]:
        """Report and close what was opened in `home` and is still open at its end."""
        marks: list[ClozeMark] = []
        while self._stack and self._stack[-1].home is home:
            opened = self._stack.pop()
            self._fault(
                opened.span,
                "cloze-unclosed",
                f"cloze deletion {{{{c{opened.number}:: is never closed",
                f"add }}}} before the end of the {home.value}",
            )
            marks.append(ClozeClose(Span(opened.span.path, opened.span.end, opened.span.end)))
        return tuple(marks)

    def many(self, numbers: str, span: Span) -> None:
        first = [number for number in numbers.split(",") if number]
        hint = "one deletion inside the other: " + "".join(f"{{{{c{n}::" for n in first)
        message = f"cloze numbers {numbers} in one deletion: AnkiDroid shows them as plain text"
        self._fault(span, "cloze-many-numbers", message, hint + "…" + "}}" * len(first))

    def nearly(self, written: str, span: Span) -> None:
        message = f"`{written}` is no cloze deletion to Anki, and would be shown as it stands"
        self._fault(span, "cloze-malformed", message, "write {{c1::text}} or {{c1::text::hint}}")

    def report_strays(self) -> None:
        """Report each `}}` that ends nothing, if there are deletions and all are sound."""
        for span in self._stray if self.numbers and not self.diagnostics else ():
            hint = "open the deletion, or write \\}} if it shall be seen"
            message = "`}}` ends no cloze deletion and is shown as it stands"
            found = Diagnostic(span, "cloze-unopened", message, hint, Severity.WARNING)
            self.diagnostics.append(found)

    def report_gaps(self) -> None:
        """Report numbers that are left out below the highest one."""
        if not self.numbers:
            return
        missing = [n for n in range(1, max(self.numbers)) if n not in self.numbers]
        if missing and 0 < max(self.numbers) <= NUMBER_LIMIT:
            shown = ", ".join(f"c{n}" for n in missing[:5])
            self.diagnostics.append(
                Diagnostic(
                    self.numbers[max(self.numbers)],
                    "cloze-gap",
                    f"no {shown} before c{max(self.numbers)}",
                    "number new deletions from c1 up; keep the gap if learners have these cards",
                    Severity.WARNING,
                )
            )

    def _fault(self, span: Span, code: str, message: str, hint: str) -> None:
        self.diagnostics.append(Diagnostic(span, code, message, hint))


def anki_ordinals(text: str) -> tuple[int, ...]:
    """The 0-based ordinals of the cards that Anki makes from a cloze field, ascending.

    Number 0 makes no card, and ordinals stop at 499. Anki: rslib/src/cloze.rs
    """
    numbers = {number for number, _ in anki_deletions(text) if number}
    return tuple(sorted({min(number, NUMBER_LIMIT) - 1 for number in numbers}))


def anki_deletions(text: str) -> tuple[tuple[int, str], ...]:
    """The cloze deletions that Anki sees in a field: 1-based number and what stands inside.

    An opening is `{{c`, digits and commas, `::`; the next `}}` closes the innermost one; one that
    is never closed takes all that follows it along. Anki: rslib/src/cloze.rs
    """
    found: list[tuple[int, str]] = []
    stack: list[tuple[set[int], int, int]] = []  # numbers, where the text starts, how many before
    for match in ANKI_MARK.finditer(text):
        if match[1] is not None:
            numbers = {int(n) for n in match[1].split(",") if n and int(n) <= ANKI_NUMBER_LIMIT}
            if len(stack) < ANKI_DEPTH_LIMIT and numbers:
                stack.append((numbers, match.end(), len(found)))
        elif stack:
            numbers, start, _ = stack.pop()
            found += ((number, text[start : match.start()]) for number in sorted(numbers))
    return tuple(found[: stack[0][2]] if stack else found)
