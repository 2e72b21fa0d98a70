"""The collection of the last build, remembered so that the next one changes only what differs.

Three files: an index, the collection, and its compressed pieces. The index has a digest of itself,
and one of each piece in either form, so that nothing damaged or of another build reaches a package.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from itertools import accumulate, islice
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from deckgen.cache_folder import COLLECTION, make
from deckgen.held import NOTHING, Held
from deckgen.makers import versions
from deckgen.pieces import SIZE, Piece, digest_of, digesting

FORMAT = 3
AT_ONCE = 1000  # lines
UNREADABLE = (OSError, ValueError, LookupError, TypeError, RecursionError)


class LastCollection:
    """What is remembered in `folder`; what cannot be read is not there.

    It is read while the program goes on, until something of it is asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._index, self._collection, self._pieces = (folder / name for name in COLLECTION)
        makers = versions()
        self._maker = digest_of(f"{FORMAT}\n{makers}".encode()) if makers else ""
        self._settings = ""
        self._held = NOTHING
        self._pieces_held: list[Piece] = []
        self._starts: dict[str, tuple[int, Piece]] = {}
        self._files = ExitStack()
        # For copies that may be changed; beside what is remembered, so that one can become that.
        with suppress(OSError):
            make(folder)
        beside = folder if folder.is_dir() and os.access(folder, os.W_OK) else None
        self._room = tempfile.TemporaryDirectory(prefix=".", dir=beside)
        self.room = Path(self._room.name)
        self.path = self.room / "before"
        self._reader = Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with suppress(*UNREADABLE):
            self._take()

    def _take(self) -> None:
        listed, _, seal = self._index.read_bytes().rpartition(b"\n")
        if seal.decode() != digest_of(listed):
            return
        first, *lines = listed.decode().split("\n")
        del listed
        maker, settings, rows = json.loads(first)
        if maker != self._maker:
            return
        pieces = [Piece(*row) for row in rows]
        # Another build may put others in their places, but does not change these.
        self._before = self._files.enter_context(self._collection.open("rb"))
        self._packed = self._files.enter_context(self._pieces.open("rb"))
        with self.path.open("wb") as copy:
            for piece in pieces:
                plain = self._before.read(piece.size)
                if digest_of(plain) != piece.digest:
                    return
                copy.write(plain)
            if self._before.read(1):
                return
        starts = accumulate((piece.length for piece in pieces), initial=0)
        self._starts = {p.digest: (start, p) for start, p in zip(starts, pieces, strict=False)}
        self._pieces_held = pieces
        self._settings, self._held = settings, Held(lines)

    def close(self) -> None:
        """Delete the copies."""
        self._reader.join()
        self._files.close()
        self._room.cleanup()

    @property
    def lines(self) -> Collection[str]:
        """The lines of its notes in the lock: deckgen wrote them."""
        self._reader.join()
        return self._held.places.keys()

    def held_for(self, settings: str) -> Held:
        """What of it the collection of a deck with these settings can start from: nothing, if its
        own are others.
        """
        self._reader.join()
        fits = self._held.places and self._settings == settings
        return self._held if fits else NOTHING

    def piece(self, place: int, plain: bytes) -> tuple[Piece, bytes] | None:
        """What these bytes, the piece at a 0-based place, were compressed to, if that is known.

        Most are those that were there before, which is faster to see than their digest.
        """
        self._reader.join()
        with suppress(OSError):
            start, piece = self._starts.get(self._digest(place, plain), (0, None))
            if piece is not None:
                self._packed.seek(start)
                packed = self._packed.read(piece.length)
                return (piece, packed) if digest_of(packed) == piece.packed else None
        return None

    def _digest(self, place: int, plain: bytes) -> str:
        if place < len(self._pieces_held):
            before = self._pieces_held[place]
            self._before.seek(place * SIZE)
            if self._before.read(before.size) == plain:
                return before.digest
        return digest_of(plain)

    def remember(
        self,
        settings: str,
        lines: Iterable[str],
        path: Path,
        pieces: Sequence[Piece],
        package: BinaryIO,
        start: int,
    ) -> None:
        """Remember the collection at `path`, which goes away from there, and its pieces, which
        stand in the package from `start` on; `lines` are those of its notes, in their order.

        What cannot be written is left out.
        """
        if not self._maker:
            return
        rows = [(p.digest, p.size, p.packed, p.length) for p in pieces]
        first = json.dumps([self._maker, settings, rows])
        fresh = (path, self.room / "pieces", self.room / "index")
        with suppress(OSError):
            package.seek(start)
            with fresh[1].open("wb") as file:
                file.writelines(package.read(piece.length) for piece in pieces)
            with fresh[2].open("wb") as file:
                seal = digesting()
                for content in _index(first, lines):
                    seal.update(content)
                    file.write(content)
                file.write(b"\n" + seal.hexdigest().encode())
            self._files.close()  # Windows deletes no file that is open
            # One that takes the place of another would be waited for until it is on the disk.
            for target in (self._index, self._pieces, self._collection):
                target.unlink(missing_ok=True)
            for made, target in zip(
                fresh, (self._collection, self._pieces, self._index), strict=True
            ):
                made.replace(target)


def _index(first: str, lines: Iterable[str]) -> Iterator[bytes]:
    """The first line and these, some at a time."""
    yield first.encode()
    rest = iter(lines)
    while some := list(islice(rest, AT_ONCE)):
        yield "".join(f"\n{line}" for line in some).encode()
