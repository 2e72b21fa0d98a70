"""A content folder's deck as a book: its questions, and what `standard.yaml` says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from deckgen import build, source
from deckgen.diagnostic import Diagnostic
from deckgen.standard import coverage
from deckgen.standard.book import Book, read_book
from deckgen.standard.data import NAME, Data, read_data

REVIEWS = "reviews.tsv"


@dataclass(frozen=True, slots=True)
class Shelved:
    """A deck as a book; `diagnostics` are about `standard.yaml`, and `texts` has its text too."""

    book: Book
    texts: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]


def open_book(folder: Path) -> Shelved:
    """The deck of a content folder. Raises DeckgenError if the folder cannot be read."""
    content = build.read_content(folder)
    texts = dict(content.texts)
    data = Data()
    found: tuple[Diagnostic, ...] = ()
    if (folder / NAME).exists():
        written, found = source.read_text(folder, NAME)
        if written is not None:
            texts[NAME] = written.text
            data, faults = read_data(written.text)
            found += faults
    priorities, reviewed = _priorities(folder), _reviewed(folder)
    questions = [question for parsed in content.parsed for question in parsed.questions]
    drafts = [key for parsed in content.parsed for key in parsed.drafts]
    book = read_book(content.config, data, questions, drafts, texts)
    return Shelved(replace(book, priorities=priorities, reviewed=reviewed), texts, found)


def _priorities(folder: Path) -> dict[str, int]:
    """The priorities of the notes that answer rows of the map of questions, if there is one."""
    if not (folder / coverage.NAME).exists():
        return {}
    written, _ = source.read_text(folder, coverage.NAME)
    sections, _ = coverage.read_topics(written.text if written else "")
    rows = sorted((row for s in sections for row in s.rows), key=lambda row: -row.priority)
    return {key: row.priority for row in rows for key in (row.key, *row.answered_by)}


def _reviewed(folder: Path) -> frozenset[str] | None:
    """The ids that stand in the list of reviews with a date and a verdict, if there is one."""
    if not (folder / REVIEWS).exists():
        return None
    written, _ = source.read_text(folder, REVIEWS)
    lines = (line.split("\t") for line in (written.text if written else "").splitlines())
    return frozenset(columns[0] for columns in lines if len(columns) > 2 and columns[2].strip())
