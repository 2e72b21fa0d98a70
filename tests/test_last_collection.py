"""A package that starts from the last collection has the bytes of one that starts from nothing."""

from __future__ import annotations

import io
import random
import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from imprinted import imprinted, recorded

from deckgen import apkg, collection, last_collection, pieces
from deckgen.apkg import PackageError
from deckgen.deck import Deck
from deckgen.diagnostic import Span
from deckgen.held import NOTHING, Held
from deckgen.last_collection import LastCollection
from deckgen.lock import Stamps, stamp
from deckgen.lock_entry import Lock
from deckgen.notetype import Kind, NoteType, note_types
from deckgen.pieces import Piece
from deckgen.render import Note

NOW = 1_700_000_000
TYPES = note_types("Sky", "n")


def note(
    key: str, answer: str = "So.", ordinals: tuple[int, ...] = (0,), deck: str = "Sky"
) -> Note:
    return Note(
        key=key,
        kind=Kind.BASIC if ordinals == (0,) else Kind.CLOZE,
        fields=(f"What is {key}?", answer, *[""] * 9, key, *[""] * 4),
        tags=("z", "a"),
        deck=deck,
        ordinals=ordinals,
        media=(),
        retired=False,
        title=key,
        span=Span("one.md", 0, 0),
    )


class Author:
    """Packs one edition after another, and remembers what the lock and the cache remember."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = Lock()
        self.now = NOW

    def deck(
        self,
        notes: Sequence[Note],
        description: str = "",
        types: Sequence[NoteType] = TYPES,
        missing: frozenset[str] = frozenset(),
    ) -> Deck:
        """The deck of these notes; the records of those whose keys are `missing` are left out."""
        self.now += 1
        imprints = imprinted(notes)
        stamps: Stamps = stamp(imprints, types, self.lock, "n", self.now)
        self.lock = stamps.lock
        there = [place for place, each in enumerate(notes) if each.key not in missing]
        records = recorded([imprints[p] for p in there], [notes[p] for p in there])
        return Deck(
            name="Sky",
            namespace="n",
            description=description,
            types=stamps.types,
            notes=stamps.notes,
            records=records,
            media=(),
            user_styling=b"",
        )

    def pack(self, deck: Deck) -> tuple[bytes, bool]:
        """The package, and whether it was made from the last collection."""
        package = io.BytesIO()
        with closing(LastCollection(self.folder)) as last:
            held = last.held_for(deck.settings)
            apkg.write(package, deck, lambda media: b"", last)
        return package.getvalue(), bool(held.places)


def cold(deck: Deck) -> bytes:
    return apkg.pack(deck, lambda media: b"")


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path / "cache")


SUN, MOON, MARS = note("sun"), note("moon", "{{c1::a}} {{c3::b}}", (0, 2)), note("mars")


@pytest.mark.parametrize(
    "edition",
    [
        (SUN, MOON, MARS),
        (note("sun", "Otherwise."), MOON, MARS),
        (SUN, note("moon", "{{c1::a}}", (0,)), MARS),
        (SUN, note("moon", "{{c2::a}} {{c3::b}}", (1, 2)), MARS),
        (note("venus"), SUN, MOON, MARS),
        (MARS, SUN, MOON),
        (MOON,),
        (SUN, MOON._replace(deck="Sky::Earth"), MARS),
        (SUN, MOON, MARS._replace(tags=("a", "b"))),
        (SUN, MOON, MARS._replace(title="Mars?")),
        tuple(note(f"n{number}") for number in range(300)),
    ],
    ids=lambda edition: f"{len(edition)}-{edition[0].key}-{edition[-1].tags}-{edition[-1].title}",
)
def test_an_edition_after_another_has_the_bytes_of_a_first_one(
    author: Author, edition: tuple[Note, ...]
) -> None:
    author.pack(author.deck((SUN, MOON, MARS)))
    second = author.deck(edition)
    package, _ = author.pack(second)
    assert package == cold(second)
    third = author.deck((SUN, MOON, MARS))
    assert author.pack(third)[0] == cold(third)


KEYS = st.sampled_from([f"k{number}" for number in range(12)])
NOTES = st.builds(
    note,
    KEYS,
    st.sampled_from(["So.", "No.", "é" * 40_000, ""]),
    st.sampled_from([(0,), (0, 1), (3,), ()]),
    st.sampled_from(["Sky", "Sky::A", "sky::a", "Sky::B"]),
)
EDITIONS = st.lists(NOTES, min_size=1, max_size=8, unique_by=lambda each: each.key)


@given(st.lists(EDITIONS, min_size=2, max_size=5))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_came_before(
    tmp_path_factory: pytest.TempPathFactory, editions: list[list[Note]]
) -> None:
    """Notes, cards, decks and their order come, go and change; the bytes tell nothing of it."""
    author = Author(tmp_path_factory.mktemp("author"))
    for edition in editions:
        deck = author.deck(edition)
        assert author.pack(deck)[0] == cold(deck)


def test_what_is_held_needs_no_record(author: Author) -> None:
    author.pack(author.deck((SUN, MOON, MARS)))
    edited = (SUN, note("moon", "{{c1::x}} {{c3::y}}", (0, 2)), MARS)
    deck = author.deck(edited, missing=frozenset({"sun", "mars"}))
    package, was_held = author.pack(deck)
    assert was_held
    assert package == cold(author.deck(edited))


def test_a_record_that_is_missing_is_told(author: Author) -> None:
    """Rather than a package without the note, or with its old text."""
    author.pack(author.deck((SUN, MOON)))
    deck = author.deck((note("sun", "New."), MOON), missing=frozenset({"sun"}))
    with pytest.raises(PackageError, match="meant 2, the package holds 1"):
        author.pack(deck)


def other_types(author: Author) -> Deck:
    return author.deck((SUN, MOON), types=[t._replace(styling=".x {}") for t in TYPES])


@pytest.mark.parametrize(
    "other",
    [
        other_types,
        lambda author: author.deck((SUN, MOON), description="All of it."),
        lambda author: author.deck((SUN, MOON._replace(deck="Sky::New"))),
    ],
    ids=["a note type", "the description", "a deck more"],
)
def test_other_settings_start_from_nothing(author: Author, other: object) -> None:
    author.pack(author.deck((SUN, MOON)))
    assert callable(other)
    deck = other(author)
    package, was_held = author.pack(deck)
    assert not was_held
    assert package == cold(deck)


def test_another_version_starts_from_nothing(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    deck = author.deck((SUN, MOON))
    author.pack(deck)
    assert author.pack(deck)[1]
    monkeypatch.setattr(last_collection, "versions", lambda: "newer")
    first = (author.folder / "collection.anki2").read_bytes()[: pieces.SIZE]
    with closing(LastCollection(author.folder)) as last:
        assert last.piece(0, first) is None  # which may be compressed in another way now
    assert not author.pack(deck)[1]
    monkeypatch.setattr(last_collection, "versions", lambda: "")
    assert not author.pack(deck)[1]
    assert not author.pack(deck)[1]  # nothing was remembered either


@pytest.mark.parametrize("name", ["collection", "collection.anki2", "collection.pieces"])
def test_what_two_builds_left_mixed_reaches_no_package(author: Author, name: str) -> None:
    """Each file whole, and yet of another edition."""
    first, second = author.deck((SUN, MOON)), author.deck((SUN, note("moon", "Of the night.")))
    author.pack(first)
    old = (author.folder / name).read_bytes()
    author.pack(second)
    (author.folder / name).write_bytes(old)
    assert author.pack(second)[0] == cold(second)


def test_a_collection_that_is_not_what_was_meant_is_told(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug while changing it ends the build, not in a package."""
    author.pack(author.deck((SUN, MOON)))
    monkeypatch.setattr(collection, "_remove", lambda connection, rows: None)
    with pytest.raises(PackageError):
        author.pack(author.deck((MOON,)))


def test_rows_and_places_are_known_by_lines() -> None:
    stamps = stamp(imprinted((SUN, MOON)), TYPES, Lock(), "n", NOW)
    held = Held([each.line for each in stamps.notes])
    assert list(held.without(each.line for each in stamps.notes[1:])) == [stamps.notes[0].row]
    assert held.places[stamps.notes[1].line] == 2
    assert NOTHING.places == {}


# -- pieces --------------------------------------------------------------------------------------


def test_pieces_are_one_stream(tmp_path: Path) -> None:
    """Of many sizes, also none, a whole number of pieces, and bytes that do not compress."""
    for size in (0, 1, pieces.SIZE, 2 * pieces.SIZE, 2 * pieces.SIZE + 1):
        for plain in (bytes(size), random.Random(size).randbytes(size)):
            path = tmp_path / "plain"
            path.write_bytes(plain)
            packed = [packed for _, _, packed in pieces.pieces_of(path, pieces.nothing_known)]
            stream = b"".join((*packed, pieces.END))
            assert zlib.decompress(stream, pieces.RAW) == plain


def test_a_known_piece_is_not_compressed_again(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(bytes(pieces.SIZE) + b"end")
    first = [(piece, packed) for piece, _, packed in pieces.pieces_of(path, pieces.nothing_known)]
    asked = []

    def known(place: int, plain: bytes) -> tuple[Piece, bytes]:
        asked.append((place, plain))
        return first[place]

    again = list(pieces.pieces_of(path, known))
    assert [(piece, packed) for piece, _, packed in again] == first
    assert asked == [(0, bytes(pieces.SIZE)), (1, b"end")]


def test_a_collection_has_no_free_page(author: Author) -> None:
    """What was taken out leaves no trace of its text."""
    author.pack(author.deck((note("secret", "Nobody shall read this. " * 2000), SUN)))
    assert author.pack(author.deck((SUN,)))[1]
    path = author.folder / "collection.anki2"
    assert b"Nobody shall" not in path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_pieces_of_the_last_collection_are_known_by_their_bytes(author: Author) -> None:
    """Where they were and elsewhere; the start of one is another piece."""
    notes = tuple(
        note(f"n{number}", random.Random(number).randbytes(9000).hex()) for number in range(60)
    )
    author.pack(author.deck(notes))
    written = (author.folder / "collection.anki2").read_bytes()
    plain = [written[at : at + pieces.SIZE] for at in range(0, len(written), pieces.SIZE)]
    assert len(plain) > 3
    with closing(LastCollection(author.folder)) as last:
        for place in (0, 1, 2, 99):
            found = last.piece(place, plain[1])
            assert found is not None
            piece, packed = found
            assert (piece.size, piece.length) == (len(plain[1]), len(packed))
            assert zlib.decompress(packed + pieces.END, pieces.RAW) == plain[1]
        assert last.piece(1, plain[1][:-1]) is None
        assert last.piece(1, b"") is None
        assert last.piece(1, b"new") is None
