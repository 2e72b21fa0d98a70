"""Packs a deck: its collection and its media into an `.apkg`.

The zip has fixed dates, so that the same deck and lock give the same bytes. The collection is
compressed in pieces, so that those which an edit did not reach are taken over as they are.
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from deckgen import collection, pieces
from deckgen.collection import CollectionError, same
from deckgen.deck import Deck
from deckgen.held import NOTHING
from deckgen.last_collection import LastCollection
from deckgen.media import Media
from deckgen.notetype import USER_STYLING
from deckgen.pieces import Known, Piece, pieces_of

ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say
ZIP_MODE = 0o644 << 16
COLLECTION = "collection.anki2"
# What Python raises for a zip or a database that is broken.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, sqlite3.Error, EOFError),
    *(LookupError, TypeError, ValueError, NotImplementedError, RuntimeError),
)


class PackageError(Exception):
    """What was written reads back differently: a bug of deckgen, not of the content."""


def pack(deck: Deck, read_media: Callable[[Media], bytes]) -> bytes:
    """The package's bytes; the same deck gives the same bytes."""
    package = io.BytesIO()
    write(package, deck, read_media)
    return package.getvalue()


def write(
    package: BinaryIO,
    deck: Deck,
    read_media: Callable[[Media], bytes],
    last: LastCollection | None = None,
) -> None:
    """Write a deck's package, whose bytes depend on the deck alone, into an empty file.

    The collection is read back before it is packed, and `verify_zip` reads back the rest. The deck
    needs no records of notes that the `last` collection holds for it; the new collection is
    remembered there. Raises PackageError if what was written is not what was meant.
    """
    held = last.held_for(deck.settings) if last else NOTHING
    with tempfile.TemporaryDirectory(prefix="deckgen-", dir=last.room if last else None) as folder:
        path = Path(folder) / COLLECTION
        collection.write(deck, path, last.path if last and held.places else None, held)
        with _proof():
            collection.verify(path, deck, held)
        with zipfile.ZipFile(package, "w") as archive:
            known = last.piece if last else pieces.nothing_known
            start, written = _add_collection(archive, package, path, known)
            _add_media(archive, deck, read_media)
        if last:
            lines = (stamped.line for stamped in deck.notes)
            last.remember(deck.settings, lines, path, written, package, start)


def _add_collection(
    archive: zipfile.ZipFile,
    package: BinaryIO,
    path: Path,
    known: Known,
) -> tuple[int, list[Piece]]:
    """Add the collection; where its first piece starts in the package, and its pieces.

    `zipfile` compresses what it is given, so it is told to store the pieces, and of the entry then
    that it is compressed.
    """
    entry = _entry(COLLECTION, compress=False)
    size = path.stat().st_size
    is_large = size > zipfile.ZIP64_LIMIT
    written: list[Piece] = []
    checksum = 0
    with archive.open(entry, "w", force_zip64=is_large) as member:
        start = package.tell()
        for piece, plain, packed in pieces_of(path, known):
            checksum = zlib.crc32(plain, checksum)
            member.write(packed)
            written.append(piece)
        member.write(pieces.END)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.file_size, entry.CRC = size, checksum
    package.seek(entry.header_offset)
    package.write(entry.FileHeader(is_large))
    return start, written


def _add_media(archive: zipfile.ZipFile, deck: Deck, read_media: Callable[[Media], bytes]) -> None:
    media = sorted(deck.media, key=lambda m: m.name)
    names = [m.name for m in media] + [USER_STYLING]
    listing = json.dumps({str(i): name for i, name in enumerate(names)})
    _add(archive, "media", listing.encode(), compress=True)
    for index, file in enumerate(media):
        text = file.name.endswith(".svg")
        _add(archive, str(index), read_media(file), compress=text)
    _add(archive, str(len(media)), deck.user_styling, compress=True)


def _add(archive: zipfile.ZipFile, name: str, content: bytes, compress: bool) -> None:
    entry = _entry(name, compress)
    archive.writestr(entry, content, compresslevel=pieces.LEVEL if compress else None)


def _entry(name: str, compress: bool) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, ZIP_DATE)
    entry.external_attr = ZIP_MODE
    entry.create_system = 3
    entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    return entry


# -- reading back ------------------------------------------------------------------------------


def verify(package: BinaryIO, deck: Deck) -> None:
    """Read a package back and compare it with the deck, of which all records are needed.

    Raises PackageError naming the first difference.
    """
    with _proof(), zipfile.ZipFile(package) as archive:
        _verify_members(archive, deck)
        with tempfile.TemporaryDirectory(prefix="deckgen-") as folder:
            path = Path(folder) / COLLECTION
            with archive.open(COLLECTION) as member, path.open("wb") as file:
                shutil.copyfileobj(member, file, pieces.SIZE)
            collection.verify(path, deck)


@contextmanager
def _proof() -> Iterator[None]:
    """Whatever is wrong with what was written is a PackageError."""
    try:
        yield
    except CollectionError as error:
        raise PackageError(str(error)) from error
    except UNREADABLE as error:
        raise PackageError(f"the package cannot be read back: {error!r}") from error


def verify_zip(package: BinaryIO, deck: Deck, through: bool) -> None:
    """Read back what `write` has not: the media, and the collection to its checksum if `through`.

    Raises PackageError naming the first difference.
    """
    with _proof(), zipfile.ZipFile(package) as archive:
        _verify_members(archive, deck)
        if through:
            with archive.open(COLLECTION) as member:
                while member.read(pieces.SIZE):
                    pass


def _verify_members(archive: zipfile.ZipFile, deck: Deck) -> None:
    media = sorted(deck.media, key=lambda m: m.name)
    names = [*(m.name for m in media), USER_STYLING]
    numbers = [str(index) for index in range(len(names))]
    same("zip members", [COLLECTION, "media", *numbers], archive.namelist())
    listing = json.loads(archive.read("media"))
    same("media", dict(zip(numbers, names, strict=True)), listing)
    for number, file in zip(numbers, media, strict=False):
        same(f"bytes of {file.name}", True, file.is_named_for(archive.read(number)))
    same(f"bytes of {USER_STYLING}", deck.user_styling, archive.read(numbers[-1]))
