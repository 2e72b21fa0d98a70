"""A collection without notes, with a deck's note types and decks, as genanki makes it."""

from __future__ import annotations

import itertools
import json
import sqlite3
from typing import Any

import genanki

from deckgen.deck import Deck, deck_names
from deckgen.lock import StampedType
from deckgen.notetype import Kind

TYPES = {Kind.BASIC: genanki.Model.FRONT_BACK, Kind.CLOZE: genanki.Model.CLOZE}


def write(cursor: sqlite3.Cursor, deck: Deck) -> None:
    """Write the tables, the note types and the decks into an empty database.

    genanki writes all decks once more for each deck; here they are written once.
    """
    decks = [_Deck(deck_id, name) for deck_id, name in deck_names(deck).items()]
    root = decks[0]
    root.description = deck.description
    for stamped in deck.types:
        root.add_model(_model(stamped))
    genanki.Package(root).write_to_db(cursor, 0.0, itertools.count(1))
    (written,) = cursor.execute("SELECT decks FROM col").fetchone()
    every = {**json.loads(written), **{str(each.deck_id): each.to_json() for each in decks}}
    cursor.execute("UPDATE col SET decks = ?", (json.dumps(every),))


class _Model(genanki.Model):  # type: ignore[misc]
    """genanki's note type with a time of its own."""

    modified = 0

    def to_json(self, timestamp: float, deck_id: int) -> Any:
        return super().to_json(self.modified, deck_id)


class _Deck(genanki.Deck):  # type: ignore[misc]
    """genanki's deck with a description that Anki renders as Markdown."""

    def to_json(self) -> Any:
        return {**super().to_json(), "md": True}


def _model(stamped: StampedType) -> _Model:
    note_type = stamped.note_type
    model = _Model(
        note_type.id,
        note_type.name,
        fields=[{"name": field.name, "id": field.id} for field in note_type.fields],
        templates=[
            {"name": t.name, "id": t.id, "qfmt": t.front, "afmt": t.back}
            for t in note_type.templates
        ],
        css=note_type.styling,
        model_type=TYPES[note_type.kind],
        sort_field_index=0,
    )
    model.modified = stamped.modified
    return model
