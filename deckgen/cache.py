"""What builds remember of question files that did not change; to delete it loses only time.

A file's notes depend on its text, the deck's settings, the media it shows, and on the programs
that made them. An entry is named by a digest of all that but the media, which it lists, and starts
with a digest of the rest of itself; so an entry that is foreign, stale or damaged is not read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from deckgen.config import Config
from deckgen.diagnostic import Diagnostic, Severity, Span, errors
from deckgen.file_notes import FileNotes, Setting
from deckgen.formulas import Proof
from deckgen.lock import KINDS, Hidden, Imprint
from deckgen.makers import versions
from deckgen.media import Media, MediaFolder
from deckgen.render import Note
from deckgen.source import Source

FORMAT = 1
PROOFS = "formulas"
SPARE = 200  # entries kept besides those of the last build, such as another branch's
MOST_PROOFS = 100_000
UNIT, RECORD = "\x1f", "\x1e"  # between fields, and between notes; neither can be in a question
UNREADABLE = (ValueError, LookupError, TypeError, RecursionError)
IGNORE = "# Made by deckgen, which works without it.\n*\n"


class Cache:
    """The entries of one content folder, below `folder`; without a folder nothing is remembered.

    It never fails: what cannot be read is not there, and what cannot be written is left out.
    """

    def __init__(self, folder: Path | None, setting: Setting, media: MediaFolder) -> None:
        makers = versions()
        self._folder = folder if makers else None
        self._media = media
        # These are on no note.
        nothing = Config("", "")
        config = replace(
            setting.config,
            styling=nothing.styling,
            styling_place=nothing.styling_place,
            description=nothing.description,
            version=nothing.version,
            rules=nothing.rules,
        )
        kinds = [(t.kind.value, t.id, t.fields) for t in setting.note_types]
        shaped = (FORMAT, makers, config, sorted(setting.works.items()), kinds)
        self._shaped_by = _digest(repr(shaped).encode())
        self._used: set[str] = {PROOFS}
        self._fields = {each.kind: len(each.fields) for each in setting.note_types}

    def read(self, source: Source) -> FileNotes | None:
        """What an earlier build made of this file, if it would be made again."""
        name = self._name(source)
        self._used.add(name)
        content = self._content(name)
        if content is None:
            return None
        try:
            known = _decoded(content, source.path)
        except UNREADABLE:
            return None
        whole = all(len(note.fields) == self._fields[note.kind] for note in known.notes)
        return known if whole and self._shows_the_same(known) else None

    def write(self, source: Source, notes: FileNotes) -> None:
        """Remember a file without an error; one with errors is read again until it is mended."""
        if not errors(notes.diagnostics) and not notes.missing:
            self._write(self._name(source), _encoded(notes))

    def proofs(self) -> frozenset[Proof]:
        """The formulas that earlier builds proved sound."""
        try:
            listed = json.loads(self._content(PROOFS) or b"[]")
            if listed[:1] != [self._shaped_by] or not _fits(listed[1:], PROOFS_SHAPE):
                return frozenset()
            return frozenset((written, shown, display) for written, shown, display in listed[1:])
        except UNREADABLE:
            return frozenset()

    def write_proofs(self, proofs: Iterable[Proof]) -> None:
        """Remember the formulas that are proven sound."""
        listed = sorted(proofs)[:MOST_PROOFS]
        self._write(PROOFS, json.dumps([self._shaped_by, *listed]).encode())

    def prune(self) -> None:
        """Delete the oldest entries that this build did not use, but for a few."""
        if self._folder is None:
            return
        unused: list[tuple[float, Path]] = []
        with suppress(OSError):
            for entry in os.scandir(self._folder):
                if entry.name not in self._used and not entry.name.startswith("."):
                    unused.append((entry.stat().st_mtime, Path(entry.path)))
        for _, path in sorted(unused, reverse=True)[SPARE:]:
            with suppress(OSError):
                path.unlink()

    # -- entries on the disk -------------------------------------------------------------------

    def _name(self, source: Source) -> str:
        named = f"{self._shaped_by}\n{source.path}\n{source.text}"
        return _digest(named.encode("utf-8", "replace"))

    def _content(self, name: str) -> bytes | None:
        if self._folder is None:
            return None
        try:
            digest, _, content = (self._folder / name).read_bytes().partition(b"\n")
        except OSError:
            return None
        return content if digest == _sealed(name, content) else None

    def _write(self, name: str, content: bytes) -> None:
        if self._folder is None:
            return
        with suppress(OSError):
            if not self._folder.is_dir():
                self._folder.mkdir(parents=True)
                (self._folder / ".gitignore").write_text(IGNORE)
            handle, temporary = tempfile.mkstemp(prefix=".", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_sealed(name, content) + b"\n" + content)
                Path(temporary).replace(self._folder / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise

    def _shows_the_same(self, known: FileNotes) -> bool:
        """Whether the media that the notes show still are where they were, with the same bytes."""
        start = Span(known.path, 0, 0)
        return all(
            self._media.find(written, known.path, start) == media
            for written, media in known.shown_media
        )


def _sealed(name: str, content: bytes) -> bytes:
    """What an entry starts with, by which one that is damaged or of another name is known."""
    return _digest(name.encode() + content).encode()


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


# -- an entry as bytes ---------------------------------------------------------------------------
# The fields stand as they are after a line of JSON with all that is short.

# The types of its values: a tuple is a list of just these, a list one of any length.
MEDIA_SHAPE = (str, str, int)
DIAGNOSTIC_SHAPE = ((str, int, int), str, str, str, str)
NOTE_SHAPE = (
    *(str, str, [str], str, [int], [MEDIA_SHAPE], bool, str),
    *((int, int), str, [(int, str)]),
)
ENTRY_SHAPE = (int, [(str, MEDIA_SHAPE)], [str], [DIAGNOSTIC_SHAPE], [NOTE_SHAPE])
PROOFS_SHAPE = [(str, str, bool)]


def _fits(value: object, shape: object) -> bool:
    if isinstance(shape, list):
        return type(value) is list and all(_fits(each, shape[0]) for each in value)
    if isinstance(shape, tuple):
        return (
            type(value) is list and len(value) == len(shape) and all(map(_fits, value, shape))
        )
    return type(value) is shape


def _encoded(known: FileNotes) -> bytes:
    short = [
        known.formulas,
        [(written, _media_row(media)) for written, media in known.shown_media],
        known.drafts,
        [_diagnostic_row(diagnostic) for diagnostic in known.diagnostics],
        [_note_row(n, i) for n, i in zip(known.notes, known.imprints, strict=True)],
    ]
    fields = RECORD.join(UNIT.join(note.fields) for note in known.notes)
    return f"{json.dumps(short, separators=(',', ':'))}\n{fields}".encode()


def _decoded(content: bytes, path: str) -> FileNotes:
    first, _, rest = content.decode().partition("\n")
    short = json.loads(first)
    if not _fits(short, ENTRY_SHAPE):
        raise ValueError(path)
    formulas, shown_media, drafts, diagnostics, rows = short
    fields = [tuple(record.split(UNIT)) for record in rest.split(RECORD)] if rows else []
    notes = [_note(row, each, path) for row, each in zip(rows, fields, strict=True)]
    return FileNotes(
        path=path,
        notes=tuple(note for note, _ in notes),
        imprints=tuple(imprint for _, imprint in notes),
        formulas=formulas,
        shown_media=tuple((written, Media(*media)) for written, media in shown_media),
        drafts=tuple(drafts),
        missing=(),
        diagnostics=tuple(_diagnostic(row) for row in diagnostics),
    )


def _note_row(note: Note, imprint: Imprint) -> list[object]:
    return [
        note.key,
        note.kind.value,
        note.tags,
        note.deck,
        note.ordinals,
        [_media_row(media) for media in note.media],
        note.retired,
        note.title,
        (note.span.start, note.span.end),
        imprint.digest,
        [(hid.number, hid.digest) for hid in imprint.hidden],
    ]


def _media_row(media: Media) -> tuple[str, str, int]:
    return media.name, media.path, media.size


def _note(row: list, fields: tuple[str, ...], path: str) -> tuple[Note, Imprint]:  # type: ignore[type-arg]
    key, kind, tags, deck, ordinals, media, retired, title, span, digest, hidden = row
    note = Note(
        key=key,
        kind=KINDS[kind],
        fields=fields,
        tags=tuple(tags),
        deck=deck,
        ordinals=tuple(ordinals),
        media=tuple(Media(*each) for each in media),
        retired=retired,
        title=title,
        span=Span(path, *span),
    )
    return note, Imprint(digest, tuple(Hidden(*each) for each in hidden))


def _diagnostic_row(found: Diagnostic) -> list[object]:
    span = (found.span.path, found.span.start, found.span.end)
    return [span, found.code, found.message, found.hint, found.severity.value]


def _diagnostic(row: list) -> Diagnostic:  # type: ignore[type-arg]
    span, code, message, hint, severity = row
    return Diagnostic(Span(*span), code, message, hint, Severity(severity))
