"""The package: the same bytes for the same deck, and never one that reads back differently."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import genanki
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imprinted import imprinted, recorded

from deckgen import apkg, genanki_settings
from deckgen.apkg import COLLECTION, PackageError, pack
from deckgen.collection import CARD_MODIFIED
from deckgen.deck import Deck, deck_names
from deckgen.diagnostic import Span
from deckgen.lock import guid, stamp
from deckgen.lock_entry import NAME, Lock
from deckgen.media import Media
from deckgen.notetype import USER_STYLING, Kind, note_types
from deckgen.records import note_of
from deckgen.render import Note

ROOT = Path(__file__).parents[1]
NOW = 1_700_000_000
TYPES = note_types("Sky & more", "n")
FILES = {"img/b.svg": b"<svg/>" * 50, "a.mp3": b"sound"}


def note(key: str, deck: str = "Sky & more::Stars", ordinals: tuple[int, ...] = (0,)) -> Note:
    kind = Kind.BASIC if ordinals == (0,) else Kind.CLOZE
    return Note(
        key=key,
        kind=kind,
        fields=(f"What is {key} & a < b?", "So.", *[""] * 9, key, *[""] * 4),
        tags=("z", "a::b"),
        deck=deck,
        ordinals=ordinals,
        media=(),
        retired=False,
        title=key,
        span=Span("one.md", 0, 0),
    )


def make(*notes: Note, media: bool = True) -> Deck:
    imprints = imprinted(notes)
    stamps = stamp(imprints, TYPES, Lock(), "n", NOW)
    return Deck(
        name="Sky & more",
        namespace="n",
        description="All *stars*.",
        types=stamps.types,
        notes=stamps.notes,
        records=recorded(imprints, notes),
        media=tuple(packed(path, content) for path, content in FILES.items()) if media else (),
        user_styling=b"/* yours */",
    )


def packed(path: str, content: bytes) -> Media:
    """A file under the name that its bytes give it."""
    name = f"deckgen-{hashlib.sha256(content).hexdigest()[:20]}{Path(path).suffix}"
    return Media(name, path, len(content))


def verify(package: bytes, deck: Deck) -> None:
    apkg.verify(io.BytesIO(package), deck)


def content_of(media: Media) -> bytes:
    return FILES[media.path]


DECK = make(note("sun"), note("vega", ordinals=(0, 2)), note("moon", deck="Sky & more"))
PACKAGE = pack(DECK, content_of)


def members(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezip(contents: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def query(package: bytes, *statements: str) -> bytes:
    """The package after statements on its collection."""
    contents = members(package)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / COLLECTION
        path.write_bytes(contents[COLLECTION])
        connection = sqlite3.connect(path)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()
        contents[COLLECTION] = path.read_bytes()
    return rezip(contents)


# ---- what is packed ----


def test_what_is_packed_reads_back() -> None:
    verify(PACKAGE, DECK)
    assert list(members(PACKAGE)) == [COLLECTION, "media", "0", "1", "2"]
    names = list(json.loads(members(PACKAGE)["media"]).values())
    assert names == [*sorted(m.name for m in DECK.media), USER_STYLING]


def test_packing_again_gives_the_same_bytes() -> None:
    assert pack(DECK, content_of) == PACKAGE


def test_the_order_in_which_media_were_found_does_not_matter() -> None:
    assert pack(DECK._replace(media=DECK.media[::-1]), content_of) == PACKAGE


def test_the_zip_holds_no_clock_no_path_and_no_sqlite_version() -> None:
    with zipfile.ZipFile(io.BytesIO(PACKAGE)) as archive:
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert (entry.external_attr, entry.create_system) == (0o644 << 16, 3)
            assert not entry.extra and not entry.comment
    assert members(PACKAGE)[COLLECTION][92:100] == bytes(8)


def test_a_note_of_a_deck_without_media_is_enough() -> None:
    deck = make(note("sun"), media=False)
    package = pack(deck, content_of)
    verify(package, deck)
    assert members(package)["0"] == b"/* yours */"


def test_two_hundred_subdecks_are_packed() -> None:
    deck = make(*(note(f"n{i}", deck=f"Sky & more::{i:03}") for i in range(200)))
    verify(pack(deck, content_of), deck)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x1e\x1f"), max_size=30)


@given(st.lists(TEXT, min_size=16, max_size=16), st.sets(st.sampled_from(["a", "B", "é", "'x\"%"])))
@settings(max_examples=40, deadline=None)
def test_any_text_is_packed_as_it_is(fields: list[str], tags: set[str]) -> None:
    deck = make(note("sun")._replace(fields=tuple(fields), tags=tuple(tags)), media=False)
    verify(pack(deck, content_of), deck)


# ---- what reads back differently ----


def edit_collection(*statements: str) -> Callable[[], bytes]:
    return lambda: query(PACKAGE, *statements)


def edit_settings(column: str, old: str, new: str) -> Callable[[], bytes]:
    return edit_collection(f"update col set {column} = replace({column}, '{old}', '{new}')")


def without(member: str) -> Callable[[], bytes]:
    return lambda: rezip({k: v for k, v in members(PACKAGE).items() if k != member})


def with_member(member: str, content: bytes) -> Callable[[], bytes]:
    return lambda: rezip({**members(PACKAGE), member: content})


FIRST = "id = (select min(id) from notes)"
TAMPERED: dict[str, Callable[[], bytes]] = {
    "a field": edit_collection("update notes set flds = replace(flds, 'So.', 'No.')"),
    "a note's tags": edit_collection(f"update notes set tags = ' a::b ' where {FIRST}"),
    "a time": edit_collection(f"update notes set mod = mod + 1 where {FIRST}"),
    "a GUID": edit_collection(f"update notes set guid = 'x' where {FIRST}"),
    "a note's type": edit_collection("update notes set mid = 1"),
    "a note's row": edit_collection("update notes set id = id + 1"),
    "a note less": edit_collection("delete from notes where id = (select max(id) from notes)"),
    "a note more": edit_collection(
        "insert into notes select id + 1, 'g', mid, mod, usn, tags, flds, sfld, csum, flags, data "
        "from notes limit 1"
    ),
    "a card less": edit_collection("delete from cards where ord = 2"),
    "a card's ordinal": edit_collection("update cards set ord = 1 where ord = 2"),
    "a card's place": edit_collection("update cards set due = 9 where due = 1"),
    "a card's time": edit_collection("update cards set mod = 1 where ord = 2"),
    "a card's deck": edit_collection("update cards set did = 1"),
    "a table less": edit_collection("drop table cards"),
    "the styling": edit_settings("models", "_deckgen_user", "_deckgen_ours"),
    "a card template": edit_settings("models", "{{Question}}", "{{Answer}}"),
    "a field's name": edit_settings("models", '"Reserved 1"', '"Reserved 9"'),
    "a field's id": edit_settings("models", "2541539908712391779", "2541539908712391770"),
    "the sort field": edit_settings("models", '"sortf": 0', '"sortf": 1'),
    "the kind of a type": edit_settings("models", '"type": 1', '"type": 0'),
    "a type's name": edit_settings("models", "more Cloze", "more Gaps"),
    "a type's time": edit_settings("models", f'"mod": {NOW}', f'"mod": {NOW - 1}'),
    "a deck's name": edit_settings("decks", "::Stars", "::Suns"),
    "the description": edit_settings("decks", "All *stars*", "No *stars*"),
    "no Markdown": edit_settings("decks", '"md": true', '"md": false'),
    "settings that are no JSON": edit_settings("models", "{", "["),
    "no collection": without(COLLECTION),
    "no media list": without("media"),
    "a file less": without("1"),
    "another file": with_member("0", b"other"),
    "a file more": with_member("9", b"other"),
    "another style sheet": with_member("2", b"/* ours */"),
    "a media list that is no JSON": with_member("media", b"{"),
    "an empty media list": with_member("media", b"{}"),
    "a collection that is none": with_member(COLLECTION, b"SQLite format 3\0" + bytes(200)),
    "an empty collection": with_member(COLLECTION, b""),
    "cut off": lambda: PACKAGE[:-40],
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("tampered", TAMPERED.values(), ids=TAMPERED)
def test_a_package_that_reads_back_differently_is_refused(tampered: Callable[[], bytes]) -> None:
    """Each time with PackageError, whatever is broken, so that it is never written."""
    package = tampered()
    assert package != PACKAGE
    with pytest.raises(PackageError):
        verify(package, DECK)


def test_it_says_what_differs() -> None:
    with pytest.raises(PackageError, match=r"note: meant .*So\..*the package holds .*No\."):
        verify(TAMPERED["a field"](), DECK)


@given(st.integers(0, len(PACKAGE) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_a_flipped_byte_is_refused_or_does_no_harm(place: int, change: int) -> None:
    """No other error comes out, and what is accepted holds the same members."""
    flipped = bytearray(PACKAGE)
    flipped[place] ^= change
    try:
        verify(bytes(flipped), DECK)
    except PackageError:
        return
    assert members(bytes(flipped)) == members(PACKAGE)


# ---- the same bytes from two processes ----

QUESTIONS = """\
---
title: Stars
tags: [b, a, c]
---

## What is a star?

<!--
id: star
reverse: true
-->

A ball of gas: $E = mc^2$. ![A star](star.svg)

## What does a star {n}?

<!-- id: shine -->

It {{c1::shines}} {{c2::long}}.
"""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "deck.yaml").write_text("name: Sky\nnamespace: n\n")
    (folder / "stars.md").write_text(QUESTIONS.replace("{n}", "do"))
    (folder / "star.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return folder


def run(content: Path, target: Path, *arguments: str, **variables: str) -> int:
    """Build in a process of its own, with these environment variables."""
    inherited = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    environment = {**inherited, "PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-m", "deckgen", "build", str(content), "-o", str(target)]
    command += arguments
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_two_builds_give_the_same_bytes(content: Path, tmp_path: Path) -> None:
    """In two processes, hash seeds, time zones, languages and folders, the second a later day."""
    first, second = tmp_path / "1.apkg", tmp_path / "2.apkg"
    early = {"TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1000000"}
    assert run(content, first, PYTHONHASHSEED="1", **early) == 0
    elsewhere = tmp_path / "else" / "where"
    elsewhere.parent.mkdir()
    content.rename(elsewhere)
    assert run(elsewhere, second, PYTHONHASHSEED="2", TZ="America/Lima", LC_ALL="C") == 0
    assert first.read_bytes() == second.read_bytes()


def test_the_source_date_is_the_time_of_what_is_new(content: Path, tmp_path: Path) -> None:
    """Two first builds with one SOURCE_DATE_EPOCH are the same, lock and all."""
    copies = []
    for name in ("1", "2"):
        assert run(content, tmp_path / f"{name}.apkg", SOURCE_DATE_EPOCH="1234567890") == 0
        copies.append((tmp_path / f"{name}.apkg").read_bytes() + (content / NAME).read_bytes())
        (content / NAME).unlink()
    assert copies[0] == copies[1]
    assert copies[0].count(b"modified=1234567890") == 4


def test_a_locked_build_needs_a_current_lock(content: Path, tmp_path: Path) -> None:
    """Without one, or after an edit, it writes nothing and exits with 1."""
    target, remembered = tmp_path / "deck.apkg", content / NAME
    assert run(content, target, "--locked") == 1
    assert not target.exists() and not remembered.exists()
    assert run(content, target) == 0
    package, text = target.read_bytes(), remembered.read_bytes()
    target.unlink()
    assert run(content, target, "--locked") == 0
    assert target.read_bytes() == package and remembered.read_bytes() == text
    (content / "stars.md").write_text(QUESTIONS.replace("{n}", "really do"))
    assert run(content, target, "--locked") == 1
    assert target.read_bytes() == package and remembered.read_bytes() == text


# ---- rows written in bulk ----


def rows(package: bytes, *selects: str) -> list[list[tuple[Any, ...]]]:
    """What each statement gives in the collection of a package."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / COLLECTION
        path.write_bytes(members(package)[COLLECTION])
        with closing(sqlite3.connect(path)) as connection:
            return [connection.execute(select).fetchall() for select in selects]


TABLES = ("SELECT * FROM notes", "SELECT * FROM cards", "SELECT * FROM col")
SCHEMA = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def written_by_genanki(deck: Deck) -> list[list[tuple[Any, ...]]]:
    """The rows of TABLES and SCHEMA for a deck, written by genanki alone, one at a time."""
    notes = {imprint.key: note_of(imprint, record, {}) for imprint, record in deck.records}
    models = {stamped.note_type.kind: genanki_settings._model(stamped) for stamped in deck.types}
    names = deck_names(deck).items()
    decks = {name: genanki_settings._Deck(number, name) for number, name in names}
    decks[deck.name].description = deck.description
    for model in models.values():
        decks[deck.name].add_model(model)
    with closing(sqlite3.connect(":memory:")) as connection:
        cursor = connection.cursor()
        genanki.Package(list(decks.values())).write_to_db(cursor, 0.0, iter(()))
        for due, stamped in enumerate(deck.notes, 1):
            note = notes[stamped.imprint.key]
            written = genanki.Note(
                model=models[note.kind],
                fields=list(note.fields),
                sort_field=note.key,
                tags=sorted(note.tags),
                guid=guid(deck.namespace, note.key),
            )
            written.cards = []
            deck_id = decks[note.deck].deck_id
            written.write_to_db(cursor, stamped.modified, deck_id, iter([stamped.row]))
            for ordinal in note.ordinals:
                ids = iter([stamped.card_row(ordinal)])
                card = genanki.Card(ordinal)
                card.write_to_db(cursor, CARD_MODIFIED, deck_id, stamped.row, ids, due)
        return [cursor.execute(select).fetchall() for select in (*TABLES, SCHEMA)]


NOTES = (
    note("sun"),
    note("vega", ordinals=(0, 2, 499)),
    note("moon", deck="Sky & more")._replace(tags=()),
    note("12")._replace(fields=("", "<b>\"'é𝄞</b>", *[""] * 9, "12", *[""] * 4), ordinals=(0, 1)),
    note("mars", deck="Sky & more::Planets::Ürsprung"),
)


def test_bulk_rows_are_those_of_genanki() -> None:
    """Notes, cards, note types, decks, settings, tables and indexes: all columns are the same."""
    deck = make(*NOTES)
    ours, genankis = rows(pack(deck, content_of), *TABLES, SCHEMA), written_by_genanki(deck)
    for table, expected in zip(ours, genankis, strict=True):
        assert _without_order_of_keys(table) == _without_order_of_keys(expected)
        assert table


def _without_order_of_keys(table: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Texts that are JSON objects as such."""
    return [
        tuple(json.loads(v) if isinstance(v, str) and v[:1] == "{" else v for v in row)
        for row in table
    ]


def subdecks(count: int) -> Deck:
    return make(*(note(f"n{i}", deck=f"Sky & more::{i:04}") for i in range(count)), media=False)


def test_settings_of_many_decks_are_those_of_genanki() -> None:
    """Also where each note has a deck of its own."""
    deck = subdecks(50)
    ours, genankis = rows(pack(deck, content_of), *TABLES), written_by_genanki(deck)
    for table, expected in zip(ours, genankis, strict=False):
        assert _without_order_of_keys(table) == _without_order_of_keys(expected)


def _work(count: int, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many characters of SQL and how many descriptions of decks a package of them takes."""
    characters = described = 0
    connect, to_json = sqlite3.connect, genanki_settings._Deck.to_json

    def traced(*arguments: Any) -> sqlite3.Connection:
        connection = connect(*arguments)

        def trace(statement: str) -> None:
            nonlocal characters
            characters += len(statement)

        connection.set_trace_callback(trace)
        return connection

    def counted(self: Any) -> Any:
        nonlocal described
        described += 1
        return to_json(self)

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", traced)
        patch.setattr(genanki_settings._Deck, "to_json", counted)
        package = pack(subdecks(count), content_of)
    (decks,) = rows(package, "SELECT decks FROM col")
    assert len(json.loads(decks[0][0])) == count + 2  # and the root, and Anki's own
    return characters, described


def test_two_thousand_decks_take_work_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the decks are twice the work, and not four times."""
    half, whole = _work(1000, monkeypatch), _work(2000, monkeypatch)
    assert whole[0] < 2.2 * half[0]
    assert whole[1] < 2.2 * half[1] and whole[1] <= 2 * 2001
