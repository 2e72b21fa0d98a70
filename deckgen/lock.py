"""Stamping: each note gets its identity, and a newer time exactly when its content changed.

Anki takes an update only if the note's modification time is newer than the learner's (whole
seconds), and then replaces fields and tags. So the time must move exactly when the content does:
one time for all would deliver nothing, or overwrite what learners wrote on every card.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from deckgen.imprint import Imprint, digest
from deckgen.lock_entry import FIRST_ROW, SLOT_SIZE, SLOTS, Hidden, Lock, LockEntry, TypeEntry
from deckgen.lock_text import Lines, claim_of, claim_text, line_of, lines_of, stamp_of
from deckgen.notetype import Kind, NoteType


class Stamped(NamedTuple):
    """A note with its identity: `row` is its row id, `modified` in seconds since 1970.

    `line` is its line in the lock, by which all is fixed that a package holds of it but its place
    among the new cards.
    """

    imprint: Imprint
    row: int
    modified: int
    line: str

    def card_row(self, ordinal: int) -> int:
        """The row id of the card with this 0-based ordinal."""
        return self.row + ordinal


class StampedType(NamedTuple):
    """A note type with the time of its last change, in seconds since 1970."""

    note_type: NoteType
    modified: int


class Stamps(NamedTuple):
    """What stamping gives: the notes in the order given, and the lock to remember."""

    notes: tuple[Stamped, ...]
    types: tuple[StampedType, ...]
    lock: Lock
    new: tuple[str, ...]
    changed: tuple[str, ...]
    changed_types: tuple[Kind, ...]


def guid(namespace: str, key: str) -> str:
    """The note's GUID: the same for ever, whatever happens to its text, file or deck."""
    hashed = hashlib.sha256(f"{namespace}\nnote\n{key}".encode()).digest()
    return base64.urlsafe_b64encode(hashed[:12]).decode()


def stamp(
    notes: Iterable[Imprint],
    note_types: Sequence[NoteType],
    lock: Lock,
    namespace: str,
    now: int,
) -> Stamps:
    """Give each note its identity and time; `now` is in seconds since 1970.

    Only what changed gets a newer time. Pure: the same arguments give the same stamps.
    """
    known = lines_of(lock.notes)
    lines = dict(known.by_key)
    notes = tuple(notes)
    rows = _rows([note.key for note in notes], known)
    stamped: list[Stamped] = []
    new: list[str] = []
    changed: list[str] = []
    for note in notes:
        row, line = rows[note.key], known.by_key.get(note.key)
        before = None if line is None else stamp_of(line, note.key, note.kind, note.claim)
        if line is None or before is None or before[0] != row:
            old = known.get(note.key)
            modified, said = now, note.claim
            if old is None:
                new.append(note.key)
            else:
                claim = claim_of(note.claim)
                modified = _modified(old, claim.digest, now)
                said = claim_text(claim._replace(hidden=_remember(claim.hidden, old.hidden)))
                if old.digest != claim.digest:
                    changed.append(note.key)
            line = lines[note.key] = line_of(note.key, note.kind, row, modified, said)
        else:
            modified = before[1]
        stamped.append(Stamped(note, row, modified, line))
    types = dict(lock.types)
    stamped_types: list[StampedType] = []
    changed_types: list[Kind] = []
    for note_type in note_types:
        old_type = lock.types.get(note_type.kind)
        looks = type_digest(note_type)
        modified = _modified(old_type, looks, now)
        if old_type is not None and old_type.digest != looks:
            changed_types.append(note_type.kind)
        types[note_type.kind] = TypeEntry(note_type.kind, modified, looks, schema(note_type))
        stamped_types.append(StampedType(note_type, modified))
    return Stamps(
        tuple(stamped),
        tuple(stamped_types),
        Lock(namespace, types, Lines(lines), lock.accepted),
        tuple(new),
        tuple(changed),
        tuple(changed_types),
    )


def _modified(old: LockEntry | TypeEntry | None, digest: str, now: int) -> int:
    if old is None:
        return now
    return old.modified if old.digest == digest else max(now, old.modified + 1)


def _rows(keys: Iterable[str], known: Lines) -> dict[str, int]:
    """A row id for each note: the one it has, or a free one near that of its key's digest."""
    rows = known.rows()
    taken = set(rows.values())
    without = [key for key in keys if key not in rows]
    if len(taken) < len(rows):  # two branches gave it to two notes
        first = {row: key for key, row in sorted(rows.items(), reverse=True)}
        rows = {key: row for row, key in first.items()}
        without += known.by_key.keys() - rows.keys()
    for key in sorted(without):
        slot = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % SLOTS
        while FIRST_ROW + slot * SLOT_SIZE in taken:
            slot = (slot + 1) % SLOTS
        rows[key] = FIRST_ROW + slot * SLOT_SIZE
        taken.add(rows[key])
    return rows


def type_digest(note_type: NoteType) -> str:
    """A digest of all that a learner receives of a note type."""
    fields = [[field.name, field.id] for field in note_type.fields]
    templates = [[t.name, t.id, t.front, t.back] for t in note_type.templates]
    return digest([note_type.name, note_type.id, fields, templates, note_type.styling])


def schema(note_type: NoteType) -> str:
    """A digest of what Anki compares before it updates a learner's note type.

    Anki: rslib/src/notetype/merge.rs `equal_schema`: the ids, in order.
    """
    ids = [[part.id for part in parts] for parts in (note_type.fields, note_type.templates)]
    return digest([note_type.id, *ids])[:16]


def _remember(now: tuple[Hidden, ...], before: tuple[Hidden, ...]) -> tuple[Hidden, ...]:
    """What the numbers hide now, and what those hid that are no longer in use."""
    used = {entry.number for entry in now}
    gone = (entry._replace(removed=True) for entry in before if entry.number not in used)
    return tuple(sorted((*now, *gone), key=lambda entry: entry.number))


def unbuilt(lock: Lock, built: Iterable[str]) -> tuple[LockEntry, ...]:
    """Released notes, not yet retired, that are not among the `built` keys."""
    gone = (lock.notes[key] for key in sorted(lock.notes.keys() - set(built)))
    return tuple(entry for entry in gone if not entry.retired)
