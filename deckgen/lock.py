"""`deck.lock`: who each note is, what learners were last given of it, and since when.

Anki takes an update only if the note's modification time is newer than the learner's (whole
seconds), and then replaces fields and tags. So the time must move exactly when the content does:
one time for all would deliver nothing, or overwrite what learners wrote on every card.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from deckgen.cloze import anki_deletions
from deckgen.notetype import Kind, NoteType
from deckgen.render import Note

NAME = "deck.lock"
KINDS = {kind.value: kind for kind in Kind}
# Row ids look like the creation times that Anki makes of them, in milliseconds from 2004 to 2022.
# Each note has a slot of 512: its card rows are the note's row plus the ordinal (at most 499).
FIRST_ROW = 2**40
SLOT_SIZE = 2**9
SLOTS = 2**30
END_ROW = FIRST_ROW + SLOTS * SLOT_SIZE


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a 1-based cloze number hides, as a digest, or what it hid before it was `removed`."""

    number: int
    digest: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class LockEntry:
    """One note as last stamped: `modified` in seconds since 1970, `row` its row id.

    `cards` is how many cards it made, `deck` the full name of its deck.
    """

    key: str
    kind: Kind
    row: int
    modified: int
    digest: str
    cards: int
    retired: bool
    hidden: tuple[Hidden, ...]
    deck: str
    title: str


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """One note type as last stamped; `schema` is a digest of its fields and card templates."""

    kind: Kind
    modified: int
    digest: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """All that deckgen remembers between builds; nothing else does.

    `accepted` are pairs of a diagnostic's code and a note's key: what the author has said is meant.
    """

    namespace: str = ""
    types: Mapping[Kind, TypeEntry] = field(default_factory=dict)
    notes: Mapping[str, LockEntry] = field(default_factory=dict)
    accepted: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Stamped:
    """A note with its identity: `row` is its row id, `modified` in seconds since 1970."""

    note: Note
    guid: str
    row: int
    modified: int

    def card_row(self, ordinal: int) -> int:
        """The row id of the card with this 0-based ordinal."""
        return self.row + ordinal


@dataclass(frozen=True, slots=True)
class StampedType:
    """A note type with the time of its last change, in seconds since 1970."""

    note_type: NoteType
    modified: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """What stamping gives: the notes in the order given, and the lock to remember."""

    notes: tuple[Stamped, ...]
    types: tuple[StampedType, ...]
    lock: Lock
    new: tuple[str, ...]
    changed: tuple[str, ...]
    changed_types: tuple[Kind, ...]


def guid(namespace: str, key: str) -> str:
    """The note's GUID: the same for ever, whatever happens to its text, file or deck."""
    digest = hashlib.sha256(f"{namespace}\nnote\n{key}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:12]).decode()


@dataclass(frozen=True, slots=True)
class Imprint:
    """What the lock keeps of a note's text: a digest of it all, and of what each number hides."""

    digest: str
    hidden: tuple[Hidden, ...]


def imprint(note: Note) -> Imprint:
    """The imprint of a note; it depends on nothing else."""
    return Imprint(note_digest(note), hidden(note))


def stamp(
    notes: Sequence[tuple[Note, Imprint]],
    note_types: Sequence[NoteType],
    lock: Lock,
    namespace: str,
    now: int,
) -> Stamps:
    """Give each note, which comes with its imprint, its identity and time.

    Only what changed gets a newer time; `now` is in seconds since 1970. Pure: the same arguments
    give the same stamps.
    """
    rows = _rows([note.key for note, _ in notes], lock)
    entries = dict(lock.notes)
    stamped: list[Stamped] = []
    new: list[str] = []
    changed: list[str] = []
    for note, taken in notes:
        old = lock.notes.get(note.key)
        digest = taken.digest
        modified = _modified(old, digest, now)
        if old is None:
            new.append(note.key)
        elif old.digest != digest:
            changed.append(note.key)
        row = rows[note.key]
        entries[note.key] = LockEntry(
            key=note.key,
            kind=note.kind,
            row=row,
            modified=modified,
            digest=digest,
            cards=len(note.ordinals),
            retired=note.retired,
            hidden=_remember(taken.hidden, old.hidden if old else ()),
            deck=note.deck,
            title=note.title,
        )
        stamped.append(Stamped(note, guid(namespace, note.key), row, modified))
    types = dict(lock.types)
    stamped_types: list[StampedType] = []
    changed_types: list[Kind] = []
    for note_type in note_types:
        old_type = lock.types.get(note_type.kind)
        digest = type_digest(note_type)
        modified = _modified(old_type, digest, now)
        if old_type is not None and old_type.digest != digest:
            changed_types.append(note_type.kind)
        types[note_type.kind] = TypeEntry(note_type.kind, modified, digest, schema(note_type))
        stamped_types.append(StampedType(note_type, modified))
    return Stamps(
        tuple(stamped),
        tuple(stamped_types),
        Lock(namespace, types, entries, lock.accepted),
        tuple(new),
        tuple(changed),
        tuple(changed_types),
    )


def _modified(old: LockEntry | TypeEntry | None, digest: str, now: int) -> int:
    if old is None:
        return now
    return old.modified if old.digest == digest else max(now, old.modified + 1)


def _rows(keys: Sequence[str], lock: Lock) -> dict[str, int]:
    """A row id for each note: the one it has, or a free one near that of its key's digest."""
    rows: dict[str, int] = {}
    taken: set[int] = set()
    for entry in sorted(lock.notes.values(), key=lambda e: e.key):
        if entry.row not in taken:
            rows[entry.key] = entry.row
            taken.add(entry.row)
    for key in sorted({*keys, *lock.notes} - rows.keys()):
        slot = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % SLOTS
        while FIRST_ROW + slot * SLOT_SIZE in taken:
            slot = (slot + 1) % SLOTS
        rows[key] = FIRST_ROW + slot * SLOT_SIZE
        taken.add(rows[key])
    return rows


def note_digest(note: Note) -> str:
    """A digest of all that a learner receives of a note.

    Its place among the new cards, its file and its deck are not part of it: Anki never moves a
    card that a learner has, so a newer time would only overwrite the learner's own edits.
    """
    return _digest([note.kind.value, *note.fields, sorted(note.tags), list(note.ordinals)])


def type_digest(note_type: NoteType) -> str:
    """A digest of all that a learner receives of a note type."""
    fields = [[field.name, field.id] for field in note_type.fields]
    templates = [[t.name, t.id, t.front, t.back] for t in note_type.templates]
    return _digest([note_type.name, note_type.id, fields, templates, note_type.styling])


def schema(note_type: NoteType) -> str:
    """A digest of what Anki compares before it updates a learner's note type.

    Anki: rslib/src/notetype/merge.rs `equal_schema`: the ids, in order.
    """
    ids = [[part.id for part in parts] for parts in (note_type.fields, note_type.templates)]
    return _digest([note_type.id, *ids])[:16]


def hidden(note: Note) -> tuple[Hidden, ...]:
    """What each cloze number of a note hides, ascending."""
    if note.kind is Kind.BASIC:
        return ()
    texts: dict[int, list[str]] = {}
    for number, text in anki_deletions(note.fields[1]):
        texts.setdefault(number, []).append(" ".join(re.sub(r"<[^>]*>", " ", text).split()))
    return tuple(Hidden(number, _digest(texts[number])[:8]) for number in sorted(texts))


def _remember(now: tuple[Hidden, ...], before: tuple[Hidden, ...]) -> tuple[Hidden, ...]:
    """What the numbers hide now, and what those hid that are no longer in use."""
    used = {entry.number for entry in now}
    gone = (replace(entry, removed=True) for entry in before if entry.number not in used)
    return tuple(sorted((*now, *gone), key=lambda entry: entry.number))


def _digest(value: object) -> str:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def unbuilt(lock: Lock, built: Iterable[str]) -> tuple[LockEntry, ...]:
    """Released notes, not yet retired, that are not among the `built` keys."""
    present = set(built)
    return tuple(
        lock.notes[key]
        for key in sorted(lock.notes)
        if key not in present and not lock.notes[key].retired
    )
