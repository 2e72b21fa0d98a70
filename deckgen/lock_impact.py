"""What importing a release does, as far as its lock and that of the older one tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from deckgen.impact import decks_among, missing_from, swaps_among
from deckgen.lock import guid
from deckgen.lock_entry import Lock, LockEntry, TypeEntry
from deckgen.notetype import Kind
from deckgen.outcome import (
    RETIRED_BEFORE,
    CardChange,
    Impact,
    NoteImpact,
    Outcome,
    Swap,
    TypeImpact,
    TypeOutcome,
)

VANISHED = "note-vanished"  # as `check` calls it, and the lock if it is meant


def impact_of_locks(old: Lock, new: Lock, old_name: str, new_name: str) -> Impact:
    """What the locks of two releases tell about importing the second after the first."""
    same = old.namespace == new.namespace
    had, has = _released(old), _released(new)
    gone = (entry for key, entry in had.items() if key not in has or not same)
    notes = (
        *(_locked(had.get(key) if same else None, e, new.namespace) for key, e in has.items()),
        *(_locked_absent(entry, old.namespace) for entry in gone),
    )
    old_decks, new_decks = (decks_among(e.deck for e in entries.values()) for entries in (had, has))
    return Impact(
        old_name,
        new_name,
        notes,
        tuple(_locked_type(old, entry) for entry in new.types.values()),
        new_decks=missing_from(new_decks, old_decks),
        gone_decks=missing_from(old_decks, new_decks),
        doubled=() if same else tuple(key for key in has if key in had),
        from_locks=True,
    )


def _locked(old: LockEntry | None, new: LockEntry, namespace: str) -> NoteImpact:
    known = NoteImpact(
        new.key,
        guid(namespace, new.key),
        new.title,
        Outcome.NEW,
        new.kind,
        old.cards if old else 0,
        old_deck=old.deck if old else "",
        deck=new.deck,
        retired=new.retired and not (old and old.retired),
    )
    if old is None:
        return replace(known, appearing=_unnamed(_cards(new), new))
    if old.kind is not new.kind:
        reason = f"it was a {old.kind.value} note and is a {new.kind.value} note now"
        return replace(known, outcome=Outcome.SKIPPED, reason=reason, kind=old.kind, retired=False)
    if old.digest == new.digest:
        return replace(known, outcome=Outcome.UNCHANGED)
    known = replace(known, appearing=_unnamed(_cards(new) - _cards(old), new))
    if old.modified >= new.modified:
        lost = Outcome.UNDELIVERED
        return replace(known, outcome=lost, emptied=known.appearing, retired=False)
    hidden = _in_use(old)
    swaps = swaps_among(hidden, _in_use(new), hidden)
    return replace(
        known,
        outcome=Outcome.UPDATED,
        emptied=_unnamed(_cards(old) - _cards(new), old),
        swaps=tuple(Swap(swap.number, "", "") for swap in swaps),
    )


def _locked_absent(entry: LockEntry, namespace: str) -> NoteImpact:
    return NoteImpact(
        entry.key,
        guid(namespace, entry.key),
        entry.title,
        Outcome.ABSENT,
        entry.kind,
        entry.cards,
        old_deck=entry.deck,
        reason=RETIRED_BEFORE if entry.retired else "",
    )


def _released(lock: Lock) -> dict[str, LockEntry]:
    """The notes of a lock without those that the author took away and said so."""
    return {k: entry for k, entry in lock.notes.items() if (VANISHED, k) not in lock.accepted}


def _in_use(entry: LockEntry) -> dict[int, str]:
    """What the cloze numbers of a note hide, without those that it no longer has."""
    return {hid.number: hid.digest for hid in entry.hidden if not hid.removed}


def _cards(entry: LockEntry) -> set[int]:
    """The ordinals of a note's cards; on a basic note, only the second comes and goes."""
    numbers = _in_use(entry) if entry.kind is Kind.CLOZE else range(1, entry.cards + 1)
    return {number - 1 for number in numbers}


def _unnamed(ordinals: Iterable[int], entry: LockEntry) -> tuple[CardChange, ...]:
    """Cards as a lock knows them: a basic note's have names in its note type only."""
    name = "c" if entry.kind is Kind.CLOZE else "card "
    return tuple(CardChange(o, f"{name}{o + 1}", entry.deck) for o in sorted(ordinals))


def _locked_type(old: Lock, new: TypeEntry) -> TypeImpact:
    own = [entry for entry in old.notes.values() if entry.kind is new.kind]
    first = old.types.get(new.kind)
    if first is None:
        outcome = TypeOutcome.NEW
    elif first.digest == new.digest:
        outcome = TypeOutcome.UNCHANGED
    else:
        newer = first.modified < new.modified
        outcome = TypeOutcome.UPDATED if newer else TypeOutcome.UNDELIVERED
    cards = sum(entry.cards for entry in own)
    return TypeImpact(f"the {new.kind.value} note type", new.kind, outcome, len(own), cards)
