"""Our note types in a real collection, through the `anki` package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from anki.collection import Collection
from anki.models import NotetypeId
from anki.notes import Note

from deckgen.notetype import Kind, NoteType


def new_collection(folder: Path) -> Collection:
    """An empty collection in `folder`, which is made; close it when done."""
    folder.mkdir(parents=True, exist_ok=True)
    return Collection(str(folder / "collection.anki2"))


def add_note_type(col: Collection, note_type: NoteType) -> NotetypeId:
    """Adds our note type to the collection as a package would bring it, ids included."""
    real = col.models.new(note_type.name)
    real["type"] = 1 if note_type.kind is Kind.CLOZE else 0
    real["sortf"] = 0
    real["css"] = note_type.styling
    real["flds"] = [
        {**col.models.new_field(field.name), "id": field.id, "ord": ordinal}
        for ordinal, field in enumerate(note_type.fields)
    ]
    real["tmpls"] = [
        {
            **col.models.new_template(template.name),
            "id": template.id,
            "ord": ordinal,
            "qfmt": template.front,
            "afmt": template.back,
        }
        for ordinal, template in enumerate(note_type.templates)
    ]
    return NotetypeId(col.models.add_dict(real).id)


def add_note(
    col: Collection, note_type: NotetypeId, fields: Mapping[str, str], deck: str = "Default"
) -> Note:
    """Adds a note whose unnamed fields are empty, to the deck of that name, made if absent."""
    real = col.models.get(note_type)
    assert real is not None
    note = col.new_note(real)
    for name, text in fields.items():
        note[name] = text
    deck_id = col.decks.id(deck)
    assert deck_id is not None
    col.add_note(note, deck_id)
    return note


def ordinals(note: Note) -> tuple[int, ...]:
    """The ordinals of the note's cards that Anki does not call empty.

    A new note always gets a card: without any content Anki adds ordinal 0 and lists it as empty
    (Anki: rslib/src/notetype/cardgen.rs new_cards_required).
    """
    empty: set[int] = set()
    for report in note.col.get_empty_cards().notes:
        if report.note_id == note.id:
            empty.update(report.card_ids)
    return tuple(sorted(card.ord for card in note.cards() if card.id not in empty))
