"""Whatever stands in a file, the rules read it as a reader does: no word is lost."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from deckgen.config import Adoption, Config, Rules
from deckgen.diagnostic import errors, render
from deckgen.question import parse_file
from deckgen.source import Source
from deckgen.standard.book import Book, read_book
from deckgen.standard.data import Data, Symbol
from deckgen.standard.judge import judge
from deckgen.standard.measures import measure
from properties.bodies import HEAD, MARKS, PARTS, rendered, soups

CONFIG = Config("Deck", "example", rules=Rules(Adoption.STANDARD))
DATA = Data(("w1x", "$x$", "a::b"), (), (Symbol("x", ("w3x",)),))
WORD = re.compile(r"w\d+x")
TAG = re.compile(r"<[^>]*>")
HINT = re.compile(r"::[^:{}]*\}\}")


def book(text: str) -> Book:
    file = Source("example.md", text)
    parsed = parse_file(file, CONFIG, {})
    return read_book(CONFIG, DATA, parsed.questions, parsed.drafts, {file.path: text})


@settings(max_examples=300, deadline=None)
@given(st.lists(soups(MARKS, 25) | soups(PARTS, 12) | st.text(max_size=40), max_size=4))
def test_rules_can_be_asked_of_anything(bodies: list[str]) -> None:
    """What they find stands in the text and can be printed, and the deck can be measured."""
    text = "".join(
        f"{'#' * (2 + number % 2)} {body[:20]!r}?\n<!-- id: n{number} -->\n\n{body}\n\n"
        for number, body in enumerate(bodies)
    )
    deck = book(text)
    for found in judge(deck):
        assert 0 <= found.span.start <= found.span.end <= len(text)
        assert render(found, deck.texts)
    assert measure(deck).total.notes == len(deck.notes)


@settings(max_examples=300, deadline=None)
@given(soups(PARTS, 12))
def test_no_word_of_a_card_is_lost(body: str) -> None:
    """Each word that the answer's field shows, hints aside, is read; and no other."""
    note, found = rendered(body)
    if note is None or errors(found):
        return
    ((reading),) = book(HEAD + body).notes
    read = {*WORD.findall(reading.answer.full)}
    read |= {w for code in reading.answer.codes for w in WORD.findall(code.passage.text)}
    shown = TAG.sub("", note.fields[1])
    hints = "".join(HINT.findall(shown))
    assert read <= {*WORD.findall(shown)} <= read | {*WORD.findall(hints)}
