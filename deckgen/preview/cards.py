"""The cards of a deck as the page shows them: in a list to search, and side by side."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from deckgen.diagnostic import Span
from deckgen.notetype import Kind, NoteType
from deckgen.preview.card_template import expected, plain, side
from deckgen.render import Note

DELIMITER = re.compile(r"\\[()\[\]]")
CLOZE_MARK = re.compile(r"\{\{c\d+::|\}\}")
NOWHERE = Span("", 0, 0)
QUESTION = 0  # the index of this field in both note types


class Sort(str, Enum):
    """What asks the question of a card."""

    BASIC = "basic"
    REVERSED = "reversed"
    CLOZE = "cloze"


@dataclass(frozen=True, slots=True)
class Card:
    """One card: its name in links, where it belongs, and its sides as HTML.

    `number` is Anki's ordinal plus one. `title` and `text` are plain, `text` is what a search looks
    through; `expected` is what the learner types, empty if nothing. `digest` changes with all that
    can be seen of the card.
    """

    id: str
    number: int
    sort: Sort
    title: str
    deck: str
    tags: tuple[str, ...]
    retired: bool
    text: str
    question: str
    answer: str
    expected: str
    digest: str


class CardMaker:
    """Makes the cards of notes, and remembers those of the notes that it was given last.

    A note that only moved in its file is the same.
    """

    def __init__(self) -> None:
        self._types: tuple[NoteType, ...] = ()
        self._made: dict[tuple[str, Note], tuple[Card, ...]] = {}

    def cards(
        self, notes: Iterable[tuple[str, Note]], types: tuple[NoteType, ...]
    ) -> list[tuple[Card, ...]]:
        """The cards of each note; a note comes with the name that its first card gets."""
        known = self._made if types == self._types else {}
        by_kind = {note_type.kind: note_type for note_type in types}
        self._types, self._made = types, {}
        listed: list[tuple[Card, ...]] = []
        for name, note in notes:
            key = (name, note._replace(span=NOWHERE))
            made = known.get(key) or tuple(_cards(name, note, by_kind[note.kind]))
            self._made[key] = made
            listed.append(made)
        return listed


def names(notes: Iterable[Note]) -> Iterator[str]:
    """A name for each note, by which a link finds it again: its id, which may be missing or taken.

    The name of a note without an id is made from its question and has a `~`, which no id has.
    """
    taken: dict[str, int] = {}
    for note in notes:
        name = note.key or f"~{hashlib.sha256(note.title.encode()).hexdigest()[:8]}"
        taken[name] = taken.get(name, 0) + 1
        yield name if taken[name] == 1 else f"{name}~{taken[name]}"


def _cards(name: str, note: Note, note_type: NoteType) -> Iterator[Card]:
    title = _readable(note.fields[QUESTION]) or note.title
    words = " ".join(_readable(field) for field in note.fields if field)
    for ordinal in note.ordinals:
        sort = Sort.CLOZE if note.kind is Kind.CLOZE else (Sort.BASIC, Sort.REVERSED)[ordinal]
        typed = expected(note_type, note, ordinal)
        marks = [f"is:{sort.value}", *(f"tag:{tag}" for tag in note.tags)]
        marks += ["is:typed"] * bool(typed) + ["is:retired"] * note.retired
        question = side(note_type, note, ordinal, is_question=True)
        answer = side(note_type, note, ordinal, is_question=False)
        seen = (title, note.deck, note.tags, words, question, answer, typed)
        yield Card(
            id=name if ordinal == 0 else f"{name}.{ordinal + 1}",
            number=ordinal + 1,
            sort=sort,
            title=title,
            deck=note.deck,
            tags=note.tags,
            retired=note.retired,
            text=" ".join((name, words, note.deck, *marks)),
            question=question,
            answer=answer,
            expected=typed,
            digest=hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16],
        )


def _readable(field: str) -> str:
    """A field's text without markup, cloze marks and the delimiters of formulas."""
    return DELIMITER.sub("", plain(CLOZE_MARK.sub("", field)))


def listed(card: Card) -> Mapping[str, object]:
    """What the page's list knows of a card, without its sides."""
    return {
        "id": card.id,
        "number": card.number,
        "sort": card.sort.value,
        "title": card.title,
        "deck": card.deck,
        "tags": list(card.tags),
        "typed": bool(card.expected),
        "retired": card.retired,
        "text": card.text,
        "digest": card.digest,
    }


def shown(card: Card) -> Mapping[str, object]:
    """What the page needs to show a card, beside the styling of its note type."""
    return {"question": card.question, "answer": card.answer, "expected": card.expected}
