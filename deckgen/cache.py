"""What builds remember of question files that did not change; to delete it loses only time.

A file's notes depend on its bytes, the deck's settings, the media it shows, and on the programs
that made them. An entry is named by a digest of all that but the media, which it lists, and starts
with digests of its two parts: what is known of the notes, and their records, which most builds need
not read. So an entry that is foreign, stale or damaged is not read.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Any

from deckgen.cache_folder import COLLECTION, COMMANDS, LAST, LATEST, MARK, PROOFS, make
from deckgen.citation import Work
from deckgen.config import Config
from deckgen.diagnostic import Diagnostic, Severity, Span, errors
from deckgen.file_notes import FileNotes, Given
from deckgen.formulas import Proof
from deckgen.imprint import Imprint
from deckgen.lock_entry import KINDS
from deckgen.made import Made, Origin
from deckgen.makers import versions
from deckgen.media import Media, MediaFolder
from deckgen.notetype import NoteType
from deckgen.records import RECORD, UNIT, apart
from deckgen.source import Listed
from deckgen.unchanged import TICK

FORMAT = 4
SPARE = 200  # entries kept besides those of the last build, such as another branch's
LONGEST = 86_400  # seconds that no build takes
MOST_PROOFS = 100_000
UNSETTLED = (-1, 0, 0)  # how no file looks
SEALS = 80  # bytes of the first line, at most
UNREADABLE = (ValueError, LookupError, TypeError, RecursionError)


class Cache:
    """The entries of one content folder, below `folder`; without a folder nothing is remembered.

    It never fails: what cannot be read is not there, and what cannot be written is left out.
    """

    def __init__(
        self,
        folder: Path | None,
        config: Config,
        works: Mapping[str, Work],
        note_types: Sequence[NoteType],
        media: MediaFolder,
    ) -> None:
        self._started = time.time_ns()
        makers = versions()
        self._folder = folder if makers else None
        self._media = media
        # These are on no note.
        nothing = Config("", "")
        config = config._replace(
            styling=nothing.styling,
            styling_place=nothing.styling_place,
            description=nothing.description,
            version=nothing.version,
            rules=nothing.rules,
        )
        kinds = [(t.kind.value, t.id, t.fields) for t in note_types]
        shaped = (FORMAT, makers, config, sorted(works.items()), kinds)
        self._shaped_by = _digest(repr(shaped).encode())
        self._used: set[str] = {PROOFS, COMMANDS, LATEST, *COLLECTION, LAST}
        self._current: dict[str, str] = {}  # the entry of each file that has one
        self._fields = {each.kind: len(each.fields) for each in note_types}

    def name(self, path: str, fingerprint: str) -> str:
        """The entry of a file with this fingerprint; empty if there is no fingerprint."""
        named = f"{self._shaped_by}\n{path}\n{fingerprint}"
        return _digest(named.encode("utf-8", "replace")) if fingerprint else ""

    def read(self, path: str, name: str) -> FileNotes | None:
        """What an earlier build made of the file, if it would be made again."""
        self._used.add(name)
        content = self._part(name, 0)
        if content is None:
            return None
        try:
            known = _decoded(content, path)
        except UNREADABLE:
            return None
        if not self._shows_the_same(path, known.shown_media):
            return None
        self._current[path] = name
        return known

    def records(self, name: str, notes: FileNotes) -> bytes | None:
        """The records of the notes that `read` gave, if they are all there."""
        content = self._part(name, 1)
        return None if content is None else self._records_in(content, notes)

    def _records_in(self, content: bytes, notes: FileNotes) -> bytes | None:
        _, _, content = content.partition(b"\n")
        records = content.split(RECORD.encode()) if notes.imprints else []
        units = [record.count(UNIT.encode()) for record in records]
        meant = [self._fields[imprint.kind] for imprint in notes.imprints]
        return content if units == meant else None

    def before(self, path: str) -> Mapping[str, Made]:
        """What the questions of a file gave when it was remembered last, if it was without a fault
        and would be given again; by source.
        """
        name, *_ = self._latest.get(path, ("",))
        first, second = self._part(name, 0), self._part(name, 1)
        if first is None or second is None:
            return {}
        try:
            known = _decoded(first, path)
            origins = _origins(second.partition(b"\n")[0])
        except UNREADABLE:
            return {}
        records = self._records_in(second, known)
        if known.diagnostics or records is None or len(origins) != len(known.imprints):
            return {}
        return {
            made.origin.source: made
            for made in map(Made, known.imprints, apart(records), origins)
            if self._shows_the_same(path, made.origin.shown_media)
        }

    def write(self, name: str, given: Given) -> None:
        """Remember a file without an error; one with errors is read again until it is mended."""
        notes = given.notes
        if name and not errors(notes.diagnostics) and not notes.missing:
            self._used.add(name)
            self._current[notes.path] = name
            origins = json.dumps(given.origins, separators=(",", ":")).encode()
            self._write(name, _encoded(notes), origins + b"\n" + given.records)

    @cached_property
    def _latest(self) -> Mapping[str, tuple[str, int, int, int]]:
        """The entry of each file when it was remembered last, and how it looked: `Listed`."""
        listed = self._listed(LATEST, LATEST_SHAPE)
        return {path: (name, *looks) for path, name, *looks in listed}

    def at_a_glance(self, file: Listed) -> str:
        """The entry of a file that looks as when it was remembered last; else an empty name."""
        name, *looks = self._latest.get(file.path, ("",))
        return name if looks == [file.size, file.modified, file.changed] else ""

    def write_latest(self, files: Iterable[Listed]) -> None:
        """Remember which entries are those of these files: this build's, or of a file with an
        error, still the last.
        """
        latest = {}
        for file in files:
            if name := self._current.get(file.path):
                settled = max(file.modified, file.changed) < self._started - TICK
                looks = (file.size, file.modified, file.changed) if settled else UNSETTLED
                latest[file.path] = (name, *looks)
            elif file.path in self._latest:
                latest[file.path] = (self._latest[file.path][0], *UNSETTLED)
        self._used.update(name for name, *_ in latest.values())
        if latest != self._latest:
            self._list(LATEST, [(path, *row) for path, row in latest.items()])

    def proofs(self) -> frozenset[Proof]:
        """The formulas that earlier builds proved sound."""
        return frozenset(map(tuple, self._listed(PROOFS, PROOFS_SHAPE)))

    def write_proofs(self, proofs: Iterable[Proof]) -> None:
        """Remember the formulas that are proven sound."""
        self._list(PROOFS, sorted(proofs)[:MOST_PROOFS])

    def commands(self) -> frozenset[str]:
        """The commands that MathJax has, if they are remembered."""
        return frozenset(self._listed(COMMANDS, [str]))

    def write_commands(self, names: Iterable[str]) -> None:
        """Remember the commands that MathJax has."""
        self._list(COMMANDS, sorted(names))

    def prune(self) -> None:
        """Delete the oldest entries that this build did not use, but for a few, and what builds
        left that were killed.
        """
        if self._folder is None:
            return
        unused: list[tuple[float, Path]] = []
        left: list[Path] = []
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                changed = entry.stat().st_mtime
                if entry.name.startswith("."):
                    is_old = changed < time.time() - LONGEST
                    left += [Path(entry.path)] if is_old and entry.name != MARK else []
                elif entry.name not in self._used:
                    unused.append((changed, Path(entry.path)))
        for _, path in sorted(unused, reverse=True)[SPARE:]:
            with suppress(OSError):
                path.unlink()
        for path in left:
            shutil.rmtree(path, ignore_errors=True)
            with suppress(OSError):
                path.unlink()

    # -- lists, which hold as long as the entries do -----------------------------------------------

    def _listed(self, name: str, shape: object) -> list[Any]:
        """What was listed under a name, if it has this shape; else nothing."""
        try:
            shaped_by, *listed = json.loads(self._part(name, 1) or b"")
        except UNREADABLE:
            return []
        return listed if shaped_by == self._shaped_by and _fits(listed, shape) else []

    def _list(self, name: str, values: Sequence[object]) -> None:
        self._write(name, b"", json.dumps([self._shaped_by, *values]).encode())

    # -- entries on the disk -------------------------------------------------------------------

    def _part(self, name: str, number: int) -> bytes | None:
        """A part of an entry: its second line, or what follows that."""
        if self._folder is None or not name:
            return None
        try:
            with (self._folder / name).open("rb") as file:
                seals, first = file.readline(SEALS), file.readline()
                parts = [first[:-1], file.read()] if number else [first[:-1]]
        except OSError:
            return None
        meant = [_sealed(f"{name} {place}", part) for place, part in enumerate(parts)]
        return parts[number] if seals[:-1].split(b" ")[: len(parts)] == meant else None

    def _write(self, name: str, first: bytes, second: bytes) -> None:
        if self._folder is None:
            return
        seals = b" ".join((_sealed(f"{name} 0", first), _sealed(f"{name} 1", second)))
        with suppress(OSError):
            make(self._folder)
            handle, temporary = tempfile.mkstemp(prefix=".", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.writelines((seals, b"\n", first, b"\n", second))
                Path(temporary).replace(self._folder / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def _shows_the_same(self, path: str, shown: Iterable[tuple[str, Media]]) -> bool:
        """Whether the media that notes show still are where they were, with the same bytes."""
        return all(self._media.means(written, path, media) for written, media in shown)


def _sealed(name: str, content: bytes) -> bytes:
    """What an entry starts with, by which one that is damaged or of another name is known."""
    return _digest(name.encode() + content).encode()


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


# -- what is known of the notes, as a line of JSON -----------------------------------------------

# The types of its values: a tuple is a list of just these, a list one of any length.
MEDIA_SHAPE = (str, str, int)
DIAGNOSTIC_SHAPE = ((str, int, int), str, str, str, str)
# The columns of the notes: key, kind, deck, ordinals, retired, start, end, asked, claim.
COLUMNS = (str, str, str, str, bool, int, int, str, str)
ENTRY_SHAPE = (int, [(str, MEDIA_SHAPE)], [str], [DIAGNOSTIC_SHAPE], (list,) * len(COLUMNS))
PROOFS_SHAPE = [(str, str, bool)]
LATEST_SHAPE = [(str, str, int, int, int)]
ORIGINS_SHAPE = [(str, int, [(str, MEDIA_SHAPE)])]


def _fits(value: object, shape: object) -> bool:
    if isinstance(shape, list):
        return type(value) is list and all(_fits(each, shape[0]) for each in value)
    if isinstance(shape, tuple):
        return type(value) is list and len(value) == len(shape) and all(map(_fits, value, shape))
    return type(value) is shape


def _encoded(known: FileNotes) -> bytes:
    rows = [
        known.formulas,
        known.shown_media,
        known.drafts,
        [_diagnostic_row(diagnostic) for diagnostic in known.diagnostics],
        _columns(known.imprints),
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


def _decoded(content: bytes, path: str) -> FileNotes:
    rows = json.loads(content)
    if not _fits(rows, ENTRY_SHAPE):
        raise ValueError(path)
    formulas, shown_media, drafts, diagnostics, columns = rows
    return FileNotes(
        path=path,
        imprints=_imprints(columns, path),
        formulas=formulas,
        shown_media=_shown_media(shown_media),
        drafts=tuple(drafts),
        missing=(),
        diagnostics=tuple(_diagnostic(row) for row in diagnostics),
    )


def _origins(content: bytes) -> list[Origin]:
    """Raises ValueError if it is none."""
    rows = json.loads(content)
    if not _fits(rows, ORIGINS_SHAPE):
        raise ValueError("not a list of origins")
    return [Origin(source, formulas, _shown_media(shown)) for source, formulas, shown in rows]


def _shown_media(rows: list[Any]) -> tuple[tuple[str, Media], ...]:
    return tuple((written, Media(*media)) for written, media in rows)


def _columns(imprints: Sequence[Imprint]) -> list[list[object]]:
    """What is known of the notes, column by column: it is read much faster than row by row."""
    rows = [
        (
            *(note.key, note.kind.value, note.deck, ",".join(map(str, note.ordinals))),
            *(note.retired, note.span.start, note.span.end, note.asked, note.claim),
        )
        for note in imprints
    ]
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in COLUMNS]


def _imprints(columns: list[list[Any]], path: str) -> tuple[Imprint, ...]:
    """Raises ValueError or LookupError if it is no such column."""
    for column, meant in zip(columns, COLUMNS, strict=True):
        if set(map(type, column)) - {meant}:
            raise ValueError(path)
    keys, kinds, decks, ordinals, retired, starts, ends, asked, claims = columns
    named = {deck: deck for deck in decks}  # one text for all notes of a deck
    counted = {text: tuple(map(int, text.split(","))) if text else () for text in set(ordinals)}
    rows = zip(
        keys,
        map(KINDS.__getitem__, kinds),
        map(named.__getitem__, decks),
        map(counted.__getitem__, ordinals),
        retired,
        map(Span._make, zip(repeat(path), starts, ends, strict=False)),
        asked,
        claims,
        strict=True,
    )
    return tuple(map(Imprint._make, rows))


def _diagnostic_row(found: Diagnostic) -> list[object]:
    span = (found.span.path, found.span.start, found.span.end)
    return [span, found.code, found.message, found.hint, found.severity.value]


def _diagnostic(row: list) -> Diagnostic:  # type: ignore[type-arg]
    span, code, message, hint, severity = row
    return Diagnostic(Span(*span), code, message, hint, Severity(severity))
