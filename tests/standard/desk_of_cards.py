"""Decks written in a test, as the rules read them."""

from __future__ import annotations

from deckgen.citation import Work
from deckgen.config import read_config
from deckgen.question import parse_file
from deckgen.source import Source
from deckgen.standard.book import Book, read_book
from deckgen.standard.data import read_data
from deckgen.standard.judge import judge
from deckgen.standard.rule import Check, Finding

DECK = "name: Deck\nnamespace: tests.example\n"
ADOPTED = DECK + "rules: standard\n"
WORKS = {"isl": Work("isl", "An Introduction", "", "", "", "")}
PARENT = (
    "## What is there to say about gradient descent in general?\n<!-- id: above -->\n\nA lot.\n"
)


def book(*files: str, deck: str = ADOPTED, data: str = "") -> Book:
    """The deck that the files make, `1.md`, `2.md` and so on, parsed without a fault."""
    config, faults = read_config(Source("deck.yaml", deck))
    subject, found = read_data(data)
    sources = [Source(f"{number}.md", text) for number, text in enumerate(files, 1)]
    parsed = [parse_file(source, config, WORKS) for source in sources]
    assert (*faults, *found, *(d for file in parsed for d in file.diagnostics)) == ()
    questions = [question for file in parsed for question in file.questions]
    drafts = [key for file in parsed for key in file.drafts]
    return read_book(config, subject, questions, drafts, {s.path: s.text for s in sources})


def follow_up(prompt: str, answer: str = "The step size.", more: str = "") -> str:
    """A file whose second note is a follow-up."""
    return f"{PARENT}\n{card(prompt, answer, more=more, level=3)}"


def card(
    prompt: str, answer: str = "The step size.", key: str = "here", more: str = "", level: int = 2
) -> str:
    """A note, with more lines of YAML in its comment."""
    return f"{'#' * level} {prompt}\n\n<!--\nid: {key}\n{more}\n-->\n\n{answer}\n\n"


def findings(check: Check, deck: Book, **settings: object) -> list[Finding]:
    """What one rule finds, whatever the deck says about it."""
    from deckgen.standard import language
    from deckgen.standard.rule import needs_words

    words = (language.of(deck.config.language),) if needs_words(check) else ()
    return list(check(deck, *words, **settings))


def quoted(check: Check, deck: Book, **settings: object) -> list[str]:
    """The text that each finding of a rule points at."""
    spans = [finding.span for finding in findings(check, deck, **settings)]
    return [deck.texts[span.path][span.start : span.end] for span in spans]


def codes(deck: Book) -> list[str]:
    """The codes of all that the rules say of a deck."""
    return [diagnostic.code for diagnostic in judge(deck)]
