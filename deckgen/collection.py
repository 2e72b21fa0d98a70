"""A deck as the file of an Anki collection: note types, decks, and the rows of notes and cards.

genanki writes the collection, its note types and decks; the rows of notes and cards are written
in bulk, each with times and ids of its own, where genanki has one time for all and ids from the
clock. At the end SQLite copies it in its own order (`VACUUM INTO`), so that the bytes do not depend
on how the rows came in: anew, or as changes to the collection of the build before.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from deckgen.deck import Deck, deck_id, deck_names
from deckgen.diagnostic import DeckgenError
from deckgen.held import NOTHING, Held
from deckgen.lock import Stamped, guid
from deckgen.notetype import Kind
from deckgen.records import parted

AT_ONCE = 100  # rows that are read back together
PAGE_SIZE = 16384  # bytes; few notes fit into the usual 4096, which would leave room empty
# What SQLite counts and where it writes its own version. SQLite: fileformat2, 1.3
CHANGES, SCHEMA, VALID_FOR = slice(24, 28), slice(40, 44), slice(92, 100)
CARD_MODIFIED = 0  # seconds since 1970
DEFAULT_DECK = "1"  # id of the deck that every collection has
TYPE_NUMBERS = {Kind.BASIC: 0, Kind.CLOZE: 1}  # Anki: rslib/src/notetype/schema11.rs


class CollectionError(Exception):
    """What was written reads back differently: a bug of deckgen, not of the content."""


def write(deck: Deck, path: Path, before: Path | None = None, held: Held = NOTHING) -> None:
    """Write the collection of a deck to `path`, which is not there yet.

    It may start from the collection `before`, which it changes; that one must have the same
    settings, and hold the notes of `held` in their order. The bytes are the same either way.
    Raises DeckgenError if there is no room for it.
    """
    try:
        working = before or path.with_name(f"{path.name}.working")
        with closing(sqlite3.connect(working)) as connection:
            # The file is read back at once and thrown away: no need to wait for the disk.
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = OFF")
            if before is None:
                connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
                from deckgen import genanki_settings  # takes long to import, and most need it not

                genanki_settings.write(connection.cursor(), deck)
                with _later_indexes(connection):
                    _write_notes(connection, deck, NOTHING)
            else:
                _remove(connection, held.without(stamped.line for stamped in deck.notes))
                _move(connection, deck, held)
                _write_notes(connection, deck, held)
            connection.commit()
            connection.execute("VACUUM INTO ?", [str(path)])
        working.unlink()
        _forget_counts(path)
    except sqlite3.OperationalError as error:
        message = f"cannot write a collection in {tempfile.gettempdir()}: {error}"
        raise DeckgenError(message) from error


def _forget_counts(path: Path) -> None:
    """What the collection went through, and SQLite's version, are no part of it."""
    with path.open("r+b") as file:
        start = bytearray(file.read(100))
        start[CHANGES] = start[SCHEMA] = (1).to_bytes(4, "big")
        start[VALID_FOR] = bytes(8)
        file.seek(0)
        file.write(start)


# -- rows ----------------------------------------------------------------------------------------


@contextmanager
def _later_indexes(connection: sqlite3.Connection) -> Iterator[None]:
    """Make the indexes of the notes and cards when all rows are there: it is faster."""
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master "
        "WHERE type = 'index' AND tbl_name IN ('notes', 'cards')"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        connection.execute(sql)


# One row each, as genanki.Note and genanki.Card write them, in bulk.
INSERT_NOTE = "INSERT INTO notes VALUES(?, ?, ?, ?, -1, ?, ?, ?, 0, 0, '')"
INSERT_CARD = "INSERT INTO cards VALUES(?, ?, ?, ?, ?, -1, 0, 0, ?, 0, 0, 0, 0, 0, 0, 0, 0, '')"


def _write_notes(connection: sqlite3.Connection, deck: Deck, held: Held) -> None:
    """The rows of the notes that are not held, and of their cards."""
    types = _type_ids(deck)
    connection.executemany(
        INSERT_NOTE,
        (
            _note_row(stamped, record, deck.namespace, types)
            for stamped, record in _with_records(deck, held)
        ),
    )
    connection.executemany(INSERT_CARD, _card_rows(deck, held))


def _with_records(deck: Deck, held: Held) -> Iterator[tuple[Stamped, str]]:
    """The notes that are not held, each with its record."""
    notes = iter(deck.notes)
    for imprint, record in deck.records:
        stamped = next(each for each in notes if each.imprint is imprint)
        if stamped.line not in held.places:
            yield stamped, record


def _note_row(
    stamped: Stamped, record: str, namespace: str, types: Mapping[Kind, int]
) -> tuple[object, ...]:
    """id, GUID, note type, time, tags, fields and sort field."""
    note = stamped.imprint
    tags, fields = parted(record)
    named = guid(namespace, note.key)
    # Anki computes the sort field anew on import; a short text keeps the package small.
    tagged = f" {' '.join(sorted(tags))} "
    return stamped.row, named, types[note.kind], stamped.modified, tagged, fields, note.key


def _card_rows(deck: Deck, held: Held) -> Iterator[tuple[int, ...]]:
    """id, note, deck, ordinal, time and place among the new cards, of notes that are not held.

    Cards are older than anything that a learner did: Anki keeps this time on import, and of two
    devices' rows of one card a sync keeps the later. A device that gets the card late must not
    make it new again where it was studied.
    """
    ids = {name: deck_id(deck.namespace, name) for name in {s.imprint.deck for s in deck.notes}}
    for due, each in enumerate(deck.notes, 1):
        if each.line not in held.places:
            for ordinal in each.imprint.ordinals:
                of_deck = ids[each.imprint.deck]
                yield each.card_row(ordinal), each.row, of_deck, ordinal, CARD_MODIFIED, due


def _type_ids(deck: Deck) -> dict[Kind, int]:
    return {stamped.note_type.kind: stamped.note_type.id for stamped in deck.types}


def _remove(connection: sqlite3.Connection, rows: Iterable[int]) -> None:
    listed = [(row,) for row in rows]
    connection.executemany("DELETE FROM cards WHERE nid = ?", listed)
    connection.executemany("DELETE FROM notes WHERE id = ?", listed)


def _move(connection: sqlite3.Connection, deck: Deck, held: Held) -> None:
    """Give cards of held notes their new place among the new cards."""
    moved = (
        (due, stamped.row)
        for due, stamped in enumerate(deck.notes, 1)
        if held.places.get(stamped.line, due) != due
    )
    connection.executemany("UPDATE cards SET due = ? WHERE nid = ?", moved)


# -- reading back --------------------------------------------------------------------------------


def verify(path: Path, deck: Deck, held: Held = NOTHING) -> None:
    """Read a collection back and compare it with the deck; of notes that it held, no more than how
    many there are.

    Raises CollectionError naming the first difference, and what sqlite3 raises.
    """
    with closing(sqlite3.connect(path)) as connection:
        _verify_notes(connection, deck, held)
        _verify_cards(connection, deck, held)
        _verify_settings(connection, deck)


def _verify_notes(connection: sqlite3.Connection, deck: Deck, held: Held) -> None:
    types = _type_ids(deck)
    _verify_count(connection, "notes", len(deck.notes))
    known = sum(stamped.line in held.places for stamped in deck.notes)
    rows = (
        _note_row(stamped, record, deck.namespace, types)[:-1]
        for stamped, record in _with_records(deck, held)
    )
    known += _verify_rows(connection, "note", "id, guid, mid, mod, tags, flds", rows)
    same("notes with a record", len(deck.notes), known)


def _verify_cards(connection: sqlite3.Connection, deck: Deck, held: Held) -> None:
    _verify_count(connection, "cards", sum(len(s.imprint.ordinals) for s in deck.notes))
    _verify_rows(connection, "card", "id, nid, did, ord, mod, due", _card_rows(deck, held))


def _verify_rows(
    connection: sqlite3.Connection, what: str, columns: str, rows: Iterable[tuple[object, ...]]
) -> int:
    """How many rows there are to be; each starts with its id. They are read back some at a time."""
    pending = iter(rows)
    count = 0
    while some := list(islice(pending, AT_ONCE)):
        places = ", ".join("?" * len(some))
        query = f"SELECT {columns} FROM {what}s WHERE id IN ({places})"
        written = {row[0]: row for row in connection.execute(query, [row[0] for row in some])}
        for meant in some:
            same(what, meant, written.get(meant[0]))
        count += len(some)
    return count


def _verify_count(connection: sqlite3.Connection, table: str, meant: int) -> None:
    (written,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    same(table, meant, written)


def _verify_settings(connection: sqlite3.Connection, deck: Deck) -> None:
    models, decks = map(json.loads, connection.execute("SELECT models, decks FROM col").fetchone())
    for stamped in deck.types:
        note_type, model = stamped.note_type, models[str(stamped.note_type.id)]
        settings = (model["name"], model["mod"], model["type"], model["sortf"], model["css"])
        kind = TYPE_NUMBERS[note_type.kind]
        meant = (note_type.name, stamped.modified, kind, 0, note_type.styling)
        same("note type", meant, settings)
        fields = [(field["name"], field["id"]) for field in model["flds"]]
        same("fields", [(field.name, field.id) for field in note_type.fields], fields)
        templates = [(t["name"], t["id"], t["qfmt"], t["afmt"]) for t in model["tmpls"]]
        ours = [(t.name, t.id, t.front, t.back) for t in note_type.templates]
        same("card templates", ours, templates)
    written = {int(i): d["name"] for i, d in decks.items() if i != DEFAULT_DECK}
    same("decks", deck_names(deck), written)
    root = decks[str(deck_id(deck.namespace, deck.name))]
    same("description", (deck.description, True), (root["desc"], root["md"]))


def same(what: str, meant: object, written: object) -> None:
    """Raises CollectionError if the two differ."""
    if meant != written:
        raise CollectionError(f"{what}: meant {meant!r}, the package holds {written!r}")
