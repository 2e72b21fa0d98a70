"""A learner: a real Anki collection that imports packages with the default options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# From this module first: Anki's own modules import one another in a circle.
from anki.collection import (
    Card,
    CardId,
    Collection,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
    Note,
    NoteId,
)
from anki.scheduler.v3 import CardAnswer

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """Anki's import log: keys of the notes in each of its lists that is not empty."""

    new: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    duplicate: tuple[str, ...] = ()
    conflicting: tuple[str, ...] = ()


class Learner:
    """One learner's Anki."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.col = Collection(str(folder / "collection.anki2"))

    def imports(self, package: Path) -> Imported:
        """Import with the default options; every list of the log that we do not name is empty."""
        options = ImportAnkiPackageOptions()
        request = ImportAnkiPackageRequest(package_path=str(package), options=options)
        log = self.col.import_anki_package(request).log
        self.col.models._clear_cache()
        told = {
            name: tuple(sorted(self._key(entry) for entry in getattr(log, name)))
            for name in ("new", "updated", "duplicate", "conflicting")
        }
        silent = ("first_field_match", "missing_notetype", "missing_deck", "empty_first_field")
        assert not any(getattr(log, name) for name in silent)
        assert log.found_notes == sum(len(keys) for keys in told.values())
        return Imported(**told)

    def _key(self, entry: Any) -> str:
        return str(self.col.get_note(NoteId(entry.id.nid))["Key"])

    # -- what the collection holds -----------------------------------------------------------

    def rows(self, table: str) -> list[Row]:
        """All rows of a table, as they are stored, in order."""
        assert self.col.db is not None
        return [tuple(row) for row in self.col.db.all(f"select * from {table} order by 1, 2")]

    def tables(self) -> dict[str, list[Row]]:
        """All rows of all tables but SQLite's own."""
        assert self.col.db is not None
        schema = "select name from sqlite_master where type = 'table' and name not like 'sqlite%'"
        return {table: self.rows(table) for table in self.col.db.list(schema)}

    def schedule(self) -> tuple[list[Row], list[Row]]:
        """All card rows and all reviews: what a learner must never lose."""
        return self.rows("cards"), self.rows("revlog")

    def keys(self) -> dict[str, NoteId]:
        """The row id of each note, by its key."""
        return {self.col.get_note(nid)["Key"]: nid for nid in self.col.find_notes("")}

    def note(self, key: str) -> Note:
        return self.col.get_note(self.keys()[key])

    def guids(self) -> dict[str, str]:
        return {key: self.col.get_note(nid).guid for key, nid in self.keys().items()}

    def cards(self, key: str) -> Sequence[Card]:
        """The note's cards by ordinal."""
        return sorted(self.note(key).cards(), key=lambda card: card.ord)

    def deck_of(self, key: str, ordinal: int = 0) -> str:
        return self.col.decks.name(self.cards(key)[ordinal].did)

    def decks(self) -> set[str]:
        """Names of all decks but Anki's own."""
        return {deck.name for deck in self.col.decks.all_names_and_ids()} - {"Default"}

    def media(self) -> dict[str, bytes]:
        """The files in the media folder."""
        return {path.name: path.read_bytes() for path in Path(self.col.media.dir()).iterdir()}

    # -- what a learner does --------------------------------------------------------------------

    def studies(self, deck: str, count: int) -> list[CardId]:
        """Answer the next cards of a deck with Again, Hard, Good and Easy in turn."""
        deck_id = self.col.decks.id_for_name(deck)
        assert deck_id is not None
        self.col.decks.select(deck_id)
        ratings = (CardAnswer.AGAIN, CardAnswer.HARD, CardAnswer.GOOD, CardAnswer.EASY)
        studied: list[CardId] = []
        for turn in range(count):
            queue = self.col.sched.get_queued_cards(fetch_limit=1)
            card = Card(self.col, backend_card=queue.cards[0].card)
            card.start_timer()
            answer = self.col.sched.build_answer(
                card=card, states=queue.cards[0].states, rating=ratings[turn % len(ratings)]
            )
            self.col.sched.answer_card(answer)
            studied.append(card.id)
        return studied

    def writes(self, key: str, field: str, text: str) -> None:
        """Edit a field of a note."""
        note = self.note(key)
        note[field] = text
        self.col.update_note(note)

    def tags(self, key: str, tag: str) -> None:
        """Add a tag to a note."""
        self.col.tags.bulk_add([self.keys()[key]], tag)

    # -- what Anki's own checks say -------------------------------------------------------------

    def assert_sound(self) -> None:
        """Check Database, Check Media and Empty Cards all find nothing."""
        problems, sound = self.col.fix_integrity()
        assert sound, problems
        media = self.col.media.check()
        assert (list(media.missing), list(media.unused)) == ([], [])
        assert not media.have_trash
        assert not self.col.get_empty_cards().notes
