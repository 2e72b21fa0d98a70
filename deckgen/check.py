"""Rules across notes: ids that clash, and changes that learners' Anki could not follow."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from deckgen.config import Config
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.imprint import Imprint
from deckgen.lock import schema, unbuilt
from deckgen.lock_entry import NAME, Hidden, Lock, LockEntry
from deckgen.lock_text import lines_of, says
from deckgen.notetype import Kind, NoteType

ACCEPTABLE = ("note-vanished", "note-type-changed", "cloze-renumbered", "cloze-reused")
"""Codes that an author can declare to be meant, for one note at a time."""

MOST_COMPARED = 10_000  # pairs of a vanished and a new heading
ALIKE = 0.6  # ratio of equal text from which a new heading counts as a rewording


@dataclass(frozen=True)
class Scene:
    """All that a check may look at; `lock_text` is the lock as it stands on disk.

    `whole` tells that every question file could be read.

    `accepted` are pairs of a diagnostic's code and a note's key.
    """

    config: Config
    notes: tuple[Imprint, ...]
    drafts: tuple[str, ...]
    lock: Lock
    lock_text: str
    accepted: frozenset[tuple[str, str]] = frozenset()
    note_types: tuple[NoteType, ...] = ()
    whole: bool = True

    @cached_property
    def differing(self) -> tuple[tuple[Imprint, LockEntry], ...]:
        """The released notes of which the lock says something else, each with what it says."""
        known = lines_of(self.lock.notes)
        return tuple(
            (note, known[note.key])
            for note in self.notes
            if (line := known.by_key.get(note.key)) is not None
            and not says(line, note.key, note.kind, note.claim)
        )

    def accepts(self, code: str, key: str) -> bool:
        """Whether the author has said in this run that this is meant."""
        return (code, key) in self.accepted


Check = Callable[[Scene], Iterator[Diagnostic]]


def check(scene: Scene) -> tuple[Diagnostic, ...]:
    """What every rule in `CHECKS` finds."""
    return tuple(found for rule in CHECKS for found in rule(scene))


def no_empty_deck(scene: Scene) -> Iterator[Diagnostic]:
    """A deck without a note is a mistake in the folder, not a deck."""
    if not scene.notes:
        message = "the content folder holds no question"
        hint = 'write one into a .md file:  deckgen new "Your question?"'
        yield Diagnostic(Span("deck.yaml", 0, 0), "deck-empty", message, hint)


def ids_are_unique(scene: Scene) -> Iterator[Diagnostic]:
    """Anki adds both of two notes with one GUID, and then updates either by chance."""
    if len({note.key for note in scene.notes}) == len(scene.notes):
        return
    first: dict[str, Imprint] = {}
    for note in scene.notes:
        if not note.key:
            continue
        other = first.setdefault(note.key, note)
        if other is not note:
            place = f"{other.span.path}: {other.title[:60]}"
            message = f"the id `{note.key}` is taken by another question ({place})"
            hint = "give the newer of the two an id of its own"
            yield Diagnostic(note.span, "id-duplicate", message, hint)


def released_notes_stay(scene: Scene) -> Iterator[Diagnostic]:
    """Anki never deletes a note because a package lacks it."""
    built = {note.key for note in scene.notes}
    new = [note for note in scene.notes if note.key and note.key not in scene.lock.notes]
    gone = unbuilt(scene.lock, built) if scene.whole else ()
    if len(gone) * len(new) > MOST_COMPARED:
        new = []  # nobody reworded that many one by one
    for entry in gone:
        known = ("note-vanished", entry.key) in scene.lock.accepted
        if known or scene.accepts("note-vanished", entry.key):
            continue
        message = (
            f"the released note `{entry.key}` ({entry.title[:60]}) is gone: "
            f"learners would keep its {_cards(entry.cards)} for ever, and get no update"
        )
        if entry.key in scene.drafts:
            message = f"the released note `{entry.key}` is a draft now: learners keep the old one"
        hint = (
            "put it back, with `retired: true` if it shall go\n"
            f"if no learner ever got it, delete its line in {NAME}\n"
            + _if_meant("note-vanished", entry.key)
        )
        likely = _most_alike(entry.title, new)
        if likely is not None:
            hint = (
                f"is it the question `{likely.title[:60]}` in {likely.span.path}? "
                f"Then give that one back its id: {entry.key}\nelse: {hint}"
            )
        yield Diagnostic(_in_lock(scene, entry.key), "note-vanished", message, hint)


def released_notes_keep_their_type(scene: Scene) -> Iterator[Diagnostic]:
    """Anki skips a note whose note type is another one than the learner's."""
    for note, entry in scene.differing:
        if entry.kind is not note.kind and not scene.accepts("note-type-changed", note.key):
            message = (
                f"the released note `{note.key}` was a {entry.kind.value} note and is a "
                f"{note.kind.value} note now: Anki would skip it for every learner who has it, "
                f"and its {_cards(entry.cards)} would stay as they are"
            )
            hint = (
                "keep its kind, or give this text a new id and keep the old question with "
                f"`retired: true`\n{_if_meant('note-type-changed', note.key)}"
            )
            yield Diagnostic(note.span, "note-type-changed", message, hint)


def cloze_numbers_keep_their_text(scene: Scene) -> Iterator[Diagnostic]:
    """A card's history belongs to its cloze number; another text under it inherits that history."""
    for note, hidden, entry in _recarded(scene):
        before = {hid.number: hid.digest for hid in entry.hidden if not hid.removed}
        removed = {hid.number: hid.digest for hid in entry.hidden if hid.removed}
        now = {hid.number: hid.digest for hid in hidden}
        moved = {
            old: new
            for old, digest in before.items()
            for new, other in now.items()
            if digest == other and before.get(new) != digest and now.get(old) != digest
        }
        if moved and not scene.accepts("cloze-renumbered", note.key):
            told = ", ".join(f"what c{old} hid is now c{new}" for old, new in moved.items())
            message = (
                f"the cloze numbers of the released note `{note.key}` moved ({told}): "
                f"the history of {_cards(len(moved))} would move to another text"
            )
            hint = "write " + ", ".join(f"c{old} again for c{new}" for old, new in moved.items())
            hint += f"\n{_if_meant('cloze-renumbered', note.key)}"
            yield Diagnostic(note.span, "cloze-renumbered", message, hint)
        reused = [n for n in now if n in removed and now[n] != removed[n] and n not in before]
        if reused and not scene.accepts("cloze-reused", note.key):
            free = max((*before, *removed, *now)) + 1
            numbers = ", ".join(f"c{n}" for n in reused)
            message = (
                f"{numbers} of the released note `{note.key}` hid another text before: learners "
                f"may have its {_cards(len(reused))}, with a history"
            )
            hint = f"use c{free} for a new deletion\n{_if_meant('cloze-reused', note.key)}"
            yield Diagnostic(note.span, "cloze-reused", message, hint)


def released_cards_stay(scene: Scene) -> Iterator[Diagnostic]:
    """A card whose blank or reverse is gone stays in the collection, empty."""
    for note, hidden, entry in _recarded(scene):
        now = {hid.number for hid in hidden}
        gone = [f"c{h.number}" for h in entry.hidden if not h.removed and h.number not in now]
        if note.kind is Kind.BASIC and entry.cards > len(note.ordinals):
            gone = ["the reversed card"]
        if gone:
            message = f"{', '.join(gone)} of the released note `{note.key}` is gone"
            hint = "learners keep an empty card until they use Tools > Empty Cards; tell them"
            yield Diagnostic(note.span, "card-emptied", message, hint, Severity.WARNING)


def _recarded(scene: Scene) -> Iterator[tuple[Imprint, tuple[Hidden, ...], LockEntry]]:
    """The released notes whose cards are not those of the lock, or do not hide the same."""
    for note, entry in scene.differing:
        hidden = note.hidden
        if entry.kind is note.kind and (
            entry.hidden != hidden or entry.cards != len(note.ordinals)
        ):
            yield note, hidden, entry


def released_decks_stay(scene: Scene) -> Iterator[Diagnostic]:
    """Anki never moves a card that a learner has. Anki: import/cards.rs"""
    moved: dict[tuple[str, str], list[Imprint]] = {}
    for note, entry in scene.differing:
        if entry.deck != note.deck:
            moved.setdefault((entry.deck, note.deck), []).append(note)
    for (old, new), notes in moved.items():
        cards = sum(len(note.ordinals) for note in notes)
        message = (
            f"released notes ({len(notes)}) go from the deck `{old}` to `{new}`: their cards "
            f"({cards}) stay where learners have them, only new ones go there"
        )
        hint = f"tell learners to rename or move the deck in Anki, first is `{notes[0].key}`"
        yield Diagnostic(notes[0].span, "deck-moved", message, hint, Severity.WARNING)


def note_types_keep_their_schema(scene: Scene) -> Iterator[Diagnostic]:
    """Anki skips every note whose note type has other fields or card templates than before."""
    for note_type in scene.note_types:
        old = scene.lock.types.get(note_type.kind)
        if old is None or not old.schema or old.schema == schema(note_type):
            continue
        entries = [e for e in scene.lock.notes.values() if e.kind is note_type.kind]
        message = (
            f"the {note_type.kind.value} note type has other fields or card templates than when "
            f"it was released: Anki would skip all {len(entries)} released notes of it "
            f"({sum(entry.cards for entry in entries)} cards)"
        )
        hint = f"build with the deckgen that wrote {NAME}, and report this"
        yield Diagnostic(Span(NAME, 0, 0), "note-type-schema", message, hint)


def namespace_stays(scene: Scene) -> Iterator[Diagnostic]:
    """Every GUID is made from the namespace."""
    old = scene.lock.namespace
    if scene.lock.notes and old != scene.config.namespace:
        message = (
            f"the namespace was `{old}` when these notes were released: with another one "
            "every learner would get every note a second time"
        )
        hint = f"write `namespace: {old}` again"
        yield Diagnostic(Span("deck.yaml", 0, 0), "namespace-changed", message, hint)


def questions_differ(scene: Scene) -> Iterator[Diagnostic]:
    """Two cards with one question cannot both be answered."""
    if len({note.asked for note in scene.notes}) == len(scene.notes):
        return
    first: dict[str, Imprint] = {}
    for note in scene.notes:
        other = first.setdefault(note.asked, note)
        if other is not note and other.key != note.key:
            message = f"the same question stands in {other.span.path} (`{other.key}`)"
            hint = "say in each what sets it apart"
            yield Diagnostic(note.span, "question-twice", message, hint, Severity.WARNING)


CHECKS: tuple[Check, ...] = (
    no_empty_deck,
    ids_are_unique,
    namespace_stays,
    note_types_keep_their_schema,
    released_notes_stay,
    released_notes_keep_their_type,
    cloze_numbers_keep_their_text,
    released_cards_stay,
    released_decks_stay,
    questions_differ,
)


def _cards(number: int) -> str:
    return "1 card" if number == 1 else f"{number} cards"


def _if_meant(code: str, key: str) -> str:
    return f"if this is meant: deckgen build --accept {code}:{key}"


def _most_alike(title: str, notes: Sequence[Imprint]) -> Imprint | None:
    titles = {note.title.casefold(): note for note in reversed(notes)}
    near = difflib.get_close_matches(title.casefold(), titles, 1, ALIKE)
    return titles[near[0]] if near else None


def _in_lock(scene: Scene, key: str) -> Span:
    """The note's line in the lock."""
    start = scene.lock_text.find(f"\nnote {key} ") + 1
    return Span(NAME, start, start + len(f"note {key}") if start else 0)
