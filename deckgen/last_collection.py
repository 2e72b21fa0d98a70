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
from itertools import chain
from pathlib import Path
from threading import Thread
from typing import BinaryIO

from deckgen.cache_folder import COLLECTION, make
from deckgen.held import NOTHING, Held
from deckgen.makers import versions
from deckgen.pieces import Piece, digest_of, digesting

FORMAT = 2
UNREADABLE = (OSError, ValueError, LookupError, TypeError, RecursionError)


class LastCollection:
    """What is remembered in `folder`; what cannot be read is not there.

    It is read while the program goes on, until something of it is asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._index, self._collection, self._pieces = (folder / name for name in COLLECTION)
        self._makers = versions()
        self._settings = ""
        self._held = NOTHING
        self._packed: dict[str, tuple[int, int, str]] = {}
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
        settings, pieces = json.loads(first)
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
        """Delete the copies."""
        self._reader.join()
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
        fits = self._held.places and self._settings == self._shaped_by(settings)
        return self._held if fits else NOTHING

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
        if not self._makers:
            return
        rows = [(p.digest, p.size, p.length, p.packed) for p in pieces]
        first = json.dumps([self._shaped_by(settings), rows])
        fresh = (path, self.room / "pieces", self.room / "index")
        with suppress(OSError):
            package.seek(start)
            with fresh[1].open("wb") as file:
                file.writelines(package.read(piece.length) for piece in pieces)
            index = chain([first], (f"\n{line}" for line in lines))
            with fresh[2].open("wb") as file:
                seal = digesting()
                for line in map(str.encode, index):
                    seal.update(line)
                    file.write(line)
                file.write(b"\n" + seal.hexdigest().encode())
            for made, target in zip(
                fresh, (self._collection, self._pieces, self._index), strict=True
            ):
                made.replace(target)

    def _shaped_by(self, settings: str) -> str:
        """All that the collection's bytes depend on besides notes and cards."""
        return digest_of(f"{FORMAT}\n{self._makers}\n{settings}".encode())
