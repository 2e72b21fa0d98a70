"""What the notes of the deck state: the numbers and formulas in their own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from deckgen.build import Content, read_content
from deckgen.question import Question

CONTENT = Path(__file__).parents[2] / "content"
NUMBER = r"(?<!\d)(?<!\d\.)(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?!\d)"
BALANCED = r"[^{}]*"
for _ in range(3):  # braces in braces, as deep as the deck's formulas go
    BALANCED = rf"(?:[^{{}}]|\{{{BALANCED}\}})*"
CLOZE = re.compile(rf"\{{\{{c\d+::({BALANCED})\}}\}}")
QUOTED = re.compile(r"^>[ ]?(?:\[!\w+\])?", re.MULTILINE)
MINUS = "\N{MINUS SIGN}"
SPACES = re.compile(r"(?:\s|\\[,;:! ]|\N{NO-BREAK SPACE}|\N{NARROW NO-BREAK SPACE})+")


class Stated(float):
    """A number as a note states it; `step` is the worth of one in its last digit."""

    step: float

    def __new__(cls, text: str) -> Stated:
        number = super().__new__(cls, text.replace(",", ""))
        number.step = 10.0 ** -len(text.partition(".")[2])
        return number

    def rounds(self, value: float, scale: float = 1) -> bool:
        """Whether `value` times `scale` is this number when it is rounded to as many digits."""
        return abs(value * scale - self) <= self.step * (0.5 + 1e-9)

    def is_about(self, value: float, share: float = 0.05) -> bool:
        """Whether `value` lies within this share of the number: for "about" and simulations."""
        return abs(value - self) <= share * abs(self)


def plain(markdown: str) -> str:
    """The text without the marks of clozes, callouts, emphasis, formulas and alignment."""
    text = CLOZE.sub(r"\1", QUOTED.sub("", markdown))
    text = text.replace(MINUS, "-").replace("{,}", ",").replace(r"\tfrac", r"\frac")
    return re.sub(" ?([{}]) ?", r"\1", SPACES.sub(" ", re.sub(r"[*$&`]", "", text)))


@cache
def content() -> Content:
    return read_content(CONTENT)


@cache
def questions() -> Mapping[str, Question]:
    """All notes of the deck by id."""
    return {question.key: question for file in content().parsed for question in file.questions}


@cache
def card(key: str) -> str:
    """The heading, the answer and the callouts of the note, as plain text."""
    question = questions()[key]
    heading, body = question.span, question.body
    text = content().texts[heading.path]
    return plain(text[heading.start : heading.end] + text[body.start : body.end])


def stated(key: str, wording: str) -> tuple[Stated, ...]:
    """The numbers that stand for each `#` of `wording`, which the note must contain.

    Emphasis, dollar signs, clozes and the width of spaces count neither here nor there.
    """
    pieces = (re.escape(piece).replace(r"\ ", " ") for piece in plain(wording).split("#"))
    found = re.search(NUMBER.join(pieces).replace(" ", " ?"), card(key))
    assert found, f"{key} no longer says: {wording}\nIt says: {card(key)}"
    return tuple(Stated(text) for text in found.groups())


def number(key: str, wording: str) -> Stated:
    """The one number that stands for the `#` of `wording`."""
    (found,) = stated(key, wording)
    return found


def listed(key: str, wording: str) -> tuple[Stated, ...]:
    """The numbers, however many, that stand for the one `#…#` of `wording`."""
    before, after = (re.escape(plain(piece)) for piece in wording.split("#…#"))
    found = re.search(f"{before}(.*?){after}".replace(r"\ ", " ?"), card(key))
    assert found, f"{key} no longer says: {wording}\nIt says: {card(key)}"
    return tuple(Stated(text) for text in re.findall(r"-?\d+(?:\.\d+)?", found[1]))
