"""What changed between two texts of a field, in words: the HTML is gone, formulas stay whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser

CONTEXT = 4  # words shown on each side of a change
LONG = 20_000  # words from which frequent ones no longer anchor a comparison: it takes minutes
CODE_START, CODE_END, FILE_START, FILE_END = "\x02", "\x03", "\x04", "\x05"
SHOWN = str.maketrans({CODE_START: "`", CODE_END: "`", FILE_START: "[", FILE_END: "]"})
# Spaces inside a formula, a piece of code or a picture's description do not end a word.
WORD = re.compile(
    r"(?:\\\(.*?\\\)|\\\[.*?\\\]|\x02[^\x03]*\x03|\x04[^\x05]*\x05|\[sound:[^\]]*\]|\S)+", re.DOTALL
)
LINE_BREAK = re.compile(r"\s*\n\s*")
# What stands where an element starts; a script is kept apart from its base.
OPENED = {"li": " • ", "td": " | ", "th": " | ", "sup": "^", "sub": "_"}
INLINE = frozenset(
    "a abbr b cite code del em i ins kbd mark q s small span strong sub sup u var".split()
)
FILES = {"img": "src", "audio": "src", "video": "src", "source": "src", "object": "data"}


@dataclass(frozen=True, slots=True)
class Hunk:
    """One change with a few words around it: what stood there, and what stands there now.

    `…` marks where the field goes on; an empty text means that there is nothing at all.
    """

    old: str
    new: str


def words(html: str) -> tuple[str, ...]:
    """The words that a field shows; a formula, a piece of code, a picture never spans two.

    A block of code gives a word per line. Cloze marks stay as they are written.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tuple(
        LINE_BREAK.sub(" ", word[0]).translate(SHOWN)
        for word in WORD.finditer("".join(reader.text))
    )


def hunks(old: str, new: str) -> tuple[Hunk, ...]:
    """The changes between two texts of a field, in order; none if both show the same words."""
    before, after = words(old), words(new)
    matcher = SequenceMatcher(None, before, after, autojunk=len(after) > LONG)
    return tuple(
        Hunk(
            _stretch(before, group[0][1], group[-1][2]),
            _stretch(after, group[0][3], group[-1][4]),
        )
        for group in matcher.get_grouped_opcodes(CONTEXT)
    )


def _stretch(all_words: Sequence[str], start: int, end: int) -> str:
    head = "… " if start else ""
    tail = " …" if end < len(all_words) else ""
    return f"{head}{' '.join(all_words[start:end])}{tail}"


class _Reader(HTMLParser):
    """Gathers what an HTML text shows, pieces of code and files between marks of their own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self._code: list[str] = []
        self._depth = 0  # open `code` elements
        self._in_block = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "code":
            self._depth += 1
        elif tag == "pre":
            self._in_block = True
        if file := attributes.get(FILES.get(tag, ""), ""):
            alternative = attributes.get("alt", "")
            described = f"{file}: {alternative}" if alternative else file
            self.text.append(f"{FILE_START}{described}{FILE_END}")
        elif tag not in INLINE or tag in OPENED:
            self.text.append(OPENED.get(tag, " "))

    def handle_endtag(self, tag: str) -> None:
        if tag == "code" and self._depth:
            self._depth -= 1
            if not self._depth:
                self.text += self._pieces()
                self._code.clear()
        elif tag == "pre":
            self._in_block = False
        if tag not in INLINE:
            self.text.append(" ")

    def handle_data(self, data: str) -> None:
        (self._code if self._depth else self.text).append(data)

    def close(self) -> None:
        super().close()
        self.text += self._code

    def _pieces(self) -> Iterator[str]:
        code = "".join(self._code)
        if not self._in_block:
            yield f"{CODE_START}{code}{CODE_END}"
            return
        for line in code.splitlines():
            if line.strip():
                yield f" {CODE_START}{line}{CODE_END} "
