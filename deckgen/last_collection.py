"""The collection of the last build, remembered so that the next one changes only what differs.

One file: a digest, a line of JSON that tells what follows, the collection, and its compressed
pieces. Each piece has its digest in that line, so that no damaged one reaches a package.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Sequence
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
LONGEST = 80  # bytes of the first line


class LastCollection:
    """What is remembered in `folder`; what cannot be read is not there."""

    def __init__(self, folder: Path) -> None:
        self._remembered = folder / COLLECTION
        self._settings = ""
        self._held = NOTHING
        self._packed: dict[str, tuple[int, int, str]] = {}
        # A copy that may be changed; it is deleted with this object.
        self._copy = tempfile.TemporaryDirectory(prefix="deckgen-")
        self.path = Path(self._copy.name) / COLLECTION
        with suppress(*UNREADABLE):
            self._read()

    def _read(self) -> None:
        with self._remembered.open("rb") as file, self.path.open("wb") as copy:
            seal, first = file.readline(LONGEST)[:-1], file.readline()[:-1]
            if seal.decode() != digest_of(first):
                return
            settings, lines, pieces = json.loads(first)
            for digest, size, *_ in pieces:
                plain = file.read(size)
                if digest_of(plain) != digest:
                    return
                copy.write(plain)
            at = file.tell()
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
        with suppress(OSError), self._remembered.open("rb") as file:
            file.seek(at)
            content = file.read(length)
            return content if digest_of(content) == packed else None
        return None

    def remember(
        self, deck: Deck, path: Path, pieces: Sequence[Piece], package: BinaryIO, start: int
    ) -> None:
        """Remember a collection and its pieces, which stand in the package from `start` on.

        What cannot be written is left out.
        """
        if not versions():
            return
        lines = [stamped.line for stamped in deck.notes]
        rows = [(p.digest, p.size, p.length, p.packed) for p in pieces]
        first = json.dumps([_settings(deck), lines, rows], separators=(",", ":")).encode()
        with suppress(OSError):
            self._remembered.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".", dir=self._remembered.parent)
            try:
                with os.fdopen(handle, "wb") as file, path.open("rb") as plain:
                    file.writelines((digest_of(first).encode(), b"\n", first, b"\n"))
                    shutil.copyfileobj(plain, file)
                    package.seek(start)
                    for piece in pieces:
                        file.write(package.read(piece.length))
                Path(temporary).replace(self._remembered)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise


def _settings(deck: Deck) -> str:
    """All that the collection's bytes depend on besides notes and cards."""
    return digest_of(f"{FORMAT}\n{versions()}\n{settings_of(deck)}".encode())
