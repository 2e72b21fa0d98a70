"""The collection of the last build, remembered so that the next one changes only what differs.

Three files: an index, the collection, and its compressed pieces. The index has a digest of itself,
and one of each piece in either form, so that nothing damaged or of another build reaches a package.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from deckgen.cache import COLLECTION
from deckgen.collection import NOTHING, Held
from deckgen.deck import Deck, settings_of
from deckgen.makers import versions
from deckgen.pieces import Piece, digest_of

FORMAT = 1
UNREADABLE = (OSError, ValueError, LookupError, TypeError, RecursionError)
BLOCK = 1 << 20  # bytes that are copied at once


class LastCollection:
    """What is remembered in `folder`; what cannot be read is not there."""

    def __init__(self, folder: Path) -> None:
        self._index, self._collection, self._pieces = (folder / name for name in COLLECTION)
        self._settings = ""
        self._held = NOTHING
        self._packed: dict[str, tuple[int, int, str]] = {}
        # A copy that may be changed; it is deleted with this object.
        self._copy = tempfile.TemporaryDirectory(prefix="deckgen-")
        self.path = Path(self._copy.name) / "collection"
        with suppress(*UNREADABLE):
            self._read()

    def _read(self) -> None:
        seal, _, listed = self._index.read_bytes().partition(b"\n")
        if seal.decode() != digest_of(listed):
            return
        settings, lines, pieces = json.loads(listed)
        shutil.copyfile(self._collection, self.path)
        with self.path.open("rb") as copy:
            if any(digest_of(copy.read(size)) != digest for digest, size, *_ in pieces):
                return
            if copy.read(1):
                return
        at = 0
        for digest, _, length, packed in pieces:
            self._packed[digest] = at, length, packed
            at += length
        self._settings, self._held = settings, Held(lines)

    def close(self) -> None:
        """Delete the copy."""
        self._copy.cleanup()

    @property
    def lines(self) -> Collection[str]:
        """The lines of its notes in the lock: deckgen wrote them."""
        return self._held.places.keys()

    def held_for(self, deck: Deck) -> Held:
        """What of it a collection of this deck can start from: nothing, if anything but notes and
        cards is another.
        """
        return self._held if self._held.places and self._settings == _settings(deck) else NOTHING

    def packed(self, digest: str) -> bytes | None:
        """What the piece with this digest was compressed to, if there is one."""
        if digest not in self._packed:
            return None
        at, length, packed = self._packed[digest]
        with suppress(OSError), self._pieces.open("rb") as file:
            file.seek(at)
            content = file.read(length)
            return content if digest_of(content) == packed else None
        return None

    def remember(
        self, deck: Deck, path: Path, pieces: Sequence[Piece], package: BinaryIO, start: int
    ) -> None:
        """Remember the collection at `path`, and its pieces, which stand in the package from
        `start` on. What cannot be written is left out.
        """
        if not versions():
            return
        lines = [stamped.line for stamped in deck.notes]
        rows = [(p.digest, p.size, p.length, p.packed) for p in pieces]
        listed = json.dumps([_settings(deck), lines, rows], separators=(",", ":")).encode()
        with suppress(OSError):
            self._index.parent.mkdir(parents=True, exist_ok=True)
            with path.open("rb") as plain:
                _replace(self._collection, iter(lambda: plain.read(BLOCK), b""))
            package.seek(start)
            _replace(self._pieces, (package.read(piece.length) for piece in pieces))
            _replace(self._index, (digest_of(listed).encode(), b"\n", listed))


def _replace(target: Path, content: Iterable[bytes]) -> None:
    """Put a file with this content in the place of another; nobody ever reads half of it."""
    handle, temporary = tempfile.mkstemp(prefix=".", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(content)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _settings(deck: Deck) -> str:
    """All that the collection's bytes depend on besides notes and cards."""
    return digest_of(f"{FORMAT}\n{versions()}\n{settings_of(deck)}".encode())
