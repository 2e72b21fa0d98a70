"""Packs a deck: notes, cards, note types, decks and media into the bytes of an `.apkg`.

genanki writes the collection, its note types and decks; the rows of notes and cards are written
in bulk, each with times and ids of its own, where genanki has one time for all and ids from the
clock. The zip is ours, with fixed dates, so that the same deck and lock give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import shutil
import sqlite3
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import genanki

from deckgen.diagnostic import DeckgenError
from deckgen.lock import Stamped, StampedType
from deckgen.media import Media
from deckgen.notetype import USER_STYLING, Kind, NoteType

ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
ZIP_MODE = 0o644 << 16
ZIP_LEVEL = 3  # of 9: a tenth larger than the smallest, in a fifth of the time
PIECE = 1 << 20  # bytes that are in memory at once
PAGE_SIZE = 16384  # bytes; few notes fit into the usual 4096, which would leave room empty
COLLECTION = "collection.anki2"
# SQLite writes a change count and its own version here. SQLite: fileformat2, 1.3
SQLITE_VERSION_BYTES = slice(92, 100)
CARD_MODIFIED = 0  # seconds since 1970
DEFAULT_DECK = "1"  # id of the deck that every collection has


@dataclass(frozen=True, slots=True)
class Deck:
    """All that a package holds; `notes` come in the order in which new cards shall come up.

    `name` is the root deck, which carries `description` (Markdown); `namespace` gives deck ids.
    `user_styling` is the starter of the learner's own style sheet.
    """

    name: str
    namespace: str
    description: str
    types: tuple[StampedType, ...]
    notes: tuple[Stamped, ...]
    media: tuple[Media, ...]
    user_styling: bytes


class PackageError(Exception):
    """What was written reads back differently: a bug of deckgen, not of the content."""


def pack(deck: Deck, read_media: Callable[[Media], bytes]) -> bytes:
    """The package's bytes; the same deck gives the same bytes."""
    buffer = io.BytesIO()
    media = sorted(deck.media, key=lambda m: m.name)
    with zipfile.ZipFile(buffer, "w") as package:
        _add_collection(package, deck)
        names = [m.name for m in media] + [USER_STYLING]
        listing = json.dumps({str(i): name for i, name in enumerate(names)})
        _add(package, "media", listing.encode(), compress=True)
        for index, file in enumerate(media):
            text = file.name.endswith(".svg")
            _add(package, str(index), read_media(file), compress=text)
        _add(package, str(len(media)), deck.user_styling, compress=True)
    return buffer.getvalue()


def _add(package: zipfile.ZipFile, name: str, content: bytes, compress: bool) -> None:
    entry = _entry(name, compress)
    package.writestr(entry, content, compresslevel=ZIP_LEVEL if compress else None)


def _entry(name: str, compress: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ZIP_DATE)
    entry.external_attr = ZIP_MODE
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    return entry


# -- the collection ----------------------------------------------------------------------------


class _Model(genanki.Model):  # type: ignore[misc]
    """genanki's note type with a time of its own."""

    modified = 0

    def to_json(self, timestamp: float, deck_id: int) -> Any:
        return super().to_json(self.modified, deck_id)


class _Deck(genanki.Deck):  # type: ignore[misc]
    """genanki's deck with a description that Anki renders as Markdown."""

    def to_json(self) -> Any:
        return {**super().to_json(), "md": True}


def _add_collection(package: zipfile.ZipFile, deck: Deck) -> None:
    """Write the collection into a file, and from there into the package, piece by piece."""
    with tempfile.TemporaryDirectory(prefix="deckgen-") as folder:
        path = Path(folder) / COLLECTION
        try:
            _write_collection(path, deck)
        except sqlite3.OperationalError as error:
            message = f"cannot write a collection in {tempfile.gettempdir()}: {error}"
            raise DeckgenError(message) from error
        entry = _entry(COLLECTION, compress=True)
        entry._compresslevel = ZIP_LEVEL  # type: ignore[attr-defined]  # public from 3.13 on
        with path.open("rb") as file, package.open(entry, "w") as member:
            start = bytearray(file.read(PIECE))
            start[SQLITE_VERSION_BYTES] = bytes(8)
            member.write(start)
            shutil.copyfileobj(file, member, PIECE)


def _write_collection(path: Path, deck: Deck) -> None:
    types = {stamped.note_type.kind: stamped.note_type.id for stamped in deck.types}
    due = {stamped.row: place for place, stamped in enumerate(deck.notes, 1)}
    ids = {name: _deck_id(deck.namespace, name) for name in {s.note.deck for s in deck.notes}}
    stamped = sorted(deck.notes, key=lambda each: each.row)
    with closing(sqlite3.connect(path)) as connection:
        # The file is read back at once and thrown away: no need to wait for the disk.
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
        _write_settings(connection.cursor(), deck)
        with _later_indexes(connection):
            connection.executemany(
                INSERT_NOTE, (_note_row(each, types[each.note.kind]) for each in stamped)
            )
            connection.executemany(
                INSERT_CARD,
                (
                    _card_row(each, ordinal, ids[each.note.deck], due[each.row])
                    for each in stamped
                    for ordinal in each.note.ordinals
                ),
            )
        connection.commit()


def _write_settings(cursor: sqlite3.Cursor, deck: Deck) -> None:
    """The empty collection with its note types and decks, as genanki makes them.

    genanki writes all decks once more for each deck; here they are written once.
    """
    decks = [_Deck(deck_id, name) for deck_id, name in _deck_names(deck).items()]
    root = decks[0]
    root.description = deck.description
    for stamped in deck.types:
        root.add_model(_model(stamped))
    genanki.Package(root).write_to_db(cursor, 0.0, itertools.count(1))
    (written,) = cursor.execute("SELECT decks FROM col").fetchone()
    every = {**json.loads(written), **{str(each.deck_id): each.to_json() for each in decks}}
    cursor.execute("UPDATE col SET decks = ?", (json.dumps(every),))


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


def _note_row(stamped: Stamped, note_type: int) -> tuple[object, ...]:
    """id, GUID, note type, time, tags, fields and sort field."""
    note = stamped.note
    tags = f" {' '.join(sorted(note.tags))} "
    # Anki computes the sort field anew on import; a short text keeps the package small.
    fields = "\x1f".join(note.fields)
    return stamped.row, stamped.guid, note_type, stamped.modified, tags, fields, note.key


def _card_row(stamped: Stamped, ordinal: int, deck_id: int, due: int) -> tuple[object, ...]:
    """id, note, deck, ordinal, time and place among the new cards.

    Cards are older than anything that a learner did: Anki keeps this time on import, and of two
    devices' rows of one card a sync keeps the later. A device that gets the card late must not
    make it new again where it was studied.
    """
    return stamped.card_row(ordinal), stamped.row, deck_id, ordinal, CARD_MODIFIED, due


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
        model_type=_model_type(note_type),
        sort_field_index=0,
    )
    model.modified = stamped.modified
    return model


def _model_type(note_type: NoteType) -> int:
    cloze: int = genanki.Model.CLOZE
    basic: int = genanki.Model.FRONT_BACK
    return cloze if note_type.kind is Kind.CLOZE else basic


def _deck_names(deck: Deck) -> dict[int, str]:
    """The decks of the package by id, the root first, each as it is spelled first."""
    names: dict[int, str] = {}
    for name in dict.fromkeys((deck.name, *(stamped.note.deck for stamped in deck.notes))):
        names.setdefault(_deck_id(deck.namespace, name), name)
    return names


def _deck_id(namespace: str, name: str) -> int:
    """An id for the package only: Anki finds decks by name.

    One for all spellings that Anki takes for one name: capitals do not count, nor whether an
    accent is a character of its own. Anki: rslib/src/decks/name.rs, storage/sqlite.rs unicase
    """
    spelling = unicodedata.normalize("NFC", name.casefold())
    digest = hashlib.sha256(f"{namespace}\ndeck\n{spelling}".encode()).digest()
    return 2**40 + int.from_bytes(digest[:8], "big") % 2**39


# -- reading back ------------------------------------------------------------------------------


# What Python raises for a zip or a database that is broken.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, sqlite3.Error, EOFError),
    *(LookupError, TypeError, ValueError, NotImplementedError, RuntimeError),
)


def verify(content: bytes, deck: Deck) -> None:
    """Read a package back and compare it with the deck that it was made of.

    Raises PackageError naming the first difference.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _verify_members(package, deck)
            with tempfile.TemporaryDirectory(prefix="deckgen-") as folder:
                path = Path(folder) / COLLECTION
                with package.open(COLLECTION) as member, path.open("wb") as file:
                    shutil.copyfileobj(member, file, PIECE)
                with closing(sqlite3.connect(path)) as connection:
                    _verify_rows(connection, deck)
                    _verify_settings(connection, deck)
    except UNREADABLE as error:
        raise PackageError(f"the package cannot be read back: {error!r}") from error


def _verify_members(package: zipfile.ZipFile, deck: Deck) -> None:
    media = sorted(deck.media, key=lambda m: m.name)
    names = [*(m.name for m in media), USER_STYLING]
    numbers = [str(index) for index in range(len(names))]
    _same("zip members", package.namelist(), [COLLECTION, "media", *numbers])
    listing = json.loads(package.read("media"))
    _same("media", listing, dict(zip(numbers, names, strict=True)))
    for number, file in zip(numbers, media, strict=False):
        _same(f"bytes of {file.name}", file.is_named_for(package.read(number)), True)
    _same(f"bytes of {USER_STYLING}", package.read(numbers[-1]), deck.user_styling)


def _verify_rows(connection: sqlite3.Connection, deck: Deck) -> None:
    types = {stamped.note_type.kind: stamped.note_type.id for stamped in deck.types}
    notes = (
        (s.row, s.guid, types[s.note.kind], s.modified, s.note.fields, tuple(sorted(s.note.tags)))
        for s in sorted(deck.notes, key=lambda s: s.row)
    )
    written = (
        (row, guid, type_id, modified, tuple(fields.split("\x1f")), tuple(tags.split()))
        for row, guid, type_id, modified, fields, tags in connection.execute(
            "select id, guid, mid, mod, flds, tags from notes order by id"
        )
    )
    _same_rows("note", notes, written)
    ids = {name: _deck_id(deck.namespace, name) for name in {s.note.deck for s in deck.notes}}
    cards = sorted(
        (s.card_row(o), s.row, o, due, ids[s.note.deck], CARD_MODIFIED)
        for due, s in enumerate(deck.notes, 1)
        for o in s.note.ordinals
    )
    rows = connection.execute("select id, nid, ord, due, did, mod from cards order by id")
    _same_rows("card", cards, rows)


def _verify_settings(connection: sqlite3.Connection, deck: Deck) -> None:
    models, decks = map(json.loads, connection.execute("select models, decks from col").fetchone())
    for stamped in deck.types:
        note_type, model = stamped.note_type, models[str(stamped.note_type.id)]
        settings = (model["name"], model["mod"], model["type"], model["sortf"], model["css"])
        kind = _model_type(note_type)
        meant = (note_type.name, stamped.modified, kind, 0, note_type.styling)
        _same("note type", settings, meant)
        fields = [(field["name"], field["id"]) for field in model["flds"]]
        _same("fields", fields, [(field.name, field.id) for field in note_type.fields])
        templates = [(t["name"], t["id"], t["qfmt"], t["afmt"]) for t in model["tmpls"]]
        ours = [(t.name, t.id, t.front, t.back) for t in note_type.templates]
        _same("card templates", templates, ours)
    names = _deck_names(deck)
    _same("decks", {int(i): d["name"] for i, d in decks.items() if i != DEFAULT_DECK}, names)
    root = decks[str(_deck_id(deck.namespace, deck.name))]
    _same("description", (root["desc"], root["md"]), (deck.description, True))


def _same_rows(what: str, meant: Iterable[Any], written: Iterable[Any]) -> None:
    for first, second in itertools.zip_longest(meant, written):
        _same(what, first, second)


def _same(what: str, first: object, second: object) -> None:
    if first != second:
        raise PackageError(f"{what}: meant {first!r}, the package holds {second!r}")
