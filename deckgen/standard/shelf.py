"""A content folder's deck as a book: its questions, and what `standard.yaml` says of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deckgen import build, source
from deckgen.diagnostic import Diagnostic
from deckgen.standard.book import Book, read_book
from deckgen.standard.data import NAME, Data, read_data


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
    questions = [question for parsed in content.parsed for question in parsed.questions]
    drafts = [key for parsed in content.parsed for key in parsed.drafts]
    return Shelved(read_book(content.config, data, questions, drafts, texts), texts, found)
