"""What becomes of notes, note types, cards and files when a release is imported."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from deckgen.field_diff import Hunk
from deckgen.notetype import Kind

RETIRED_BEFORE = "retired before"


class Outcome(str, Enum):
    """What becomes of a note."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    UNDELIVERED = "undelivered"
    """It changed, and the learner's copy is as new as the change or newer: nothing arrives."""
    SKIPPED = "skipped"
    """Its note type is another one, or of another schema: Anki lists it as conflicting."""
    ABSENT = "absent"
    """The package lacks it: the learner keeps it for ever."""


class TypeOutcome(str, Enum):
    """What becomes of a note type."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    UNDELIVERED = "undelivered"
    """It changed, and the learner's is as new as the change or newer: nothing arrives."""
    COPIED = "copied"
    """Its schema changed: Anki adds it beside the learner's, whose notes it then skips."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that changed; without hunks, only its formatting did."""

    name: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class CardChange:
    """A card that appears in a deck or falls empty: its 0-based ordinal, and what it is called."""

    ordinal: int
    name: str
    deck: str


@dataclass(frozen=True, slots=True)
class Swap:
    """A card whose history now belongs to another deletion's text: `number` is 1-based.

    The texts are empty if only locks were compared.
    """

    number: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class NoteImpact:
    """What becomes of one note; `cards` counts what the learner has of it before the import.

    `old_deck` is where these cards are and stay, empty for a new note; `deck` is where the
    release has the note, empty for an absent one. `rewritten`: the release's is newer and no
    different, so that a learner's own edits are lost for nothing. `reason` is why nothing
    arrives, if there is more to say than that the release has no newer time, or lacks the note.
    """

    key: str
    guid: str
    title: str
    outcome: Outcome
    kind: Kind
    cards: int
    old_deck: str = ""
    deck: str = ""
    fields: tuple[FieldChange, ...] = ()
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()
    appearing: tuple[CardChange, ...] = ()
    emptied: tuple[CardChange, ...] = ()
    swaps: tuple[Swap, ...] = ()
    retired: bool = False
    rewritten: bool = False
    reason: str = ""

    @property
    def moved(self) -> bool:
        """Whether the release has the note in another deck than the learner."""
        both = bool(self.old_deck and self.deck)
        return both and self.old_deck.casefold() != self.deck.casefold()

    @property
    def loses(self) -> bool:
        """Whether the learner does not get what the author meant, or loses what no one meant."""
        kept_back = self.outcome in (Outcome.SKIPPED, Outcome.UNDELIVERED)
        return kept_back or self.rewritten or bool(self.swaps)


@dataclass(frozen=True, slots=True)
class TypeImpact:
    """What becomes of one note type; `notes` and `cards` count the learner's before the import.

    `resorted`: another sort field makes Anki mark each of its notes as edited just now, so that
    no update reaches them.
    """

    name: str
    kind: Kind
    outcome: TypeOutcome
    notes: int
    cards: int
    changes: tuple[str, ...] = ()
    resorted: bool = False


@dataclass(frozen=True, slots=True)
class MediaImpact:
    """File names: added to the learner's media folder, and left there without a use.

    `replaced` pairs of these two are the old and the new file at one place of a note.
    """

    added: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """All that an import does; `notes` in the release's order, then those it lacks.

    `described` are decks of the learner's that get another description.
    `doubled` are keys of new notes that the learner has under another GUID. `from_locks`: locks
    were compared, which know that a note changed, but not how, and nothing of media.
    """

    old: str
    new: str
    notes: tuple[NoteImpact, ...]
    types: tuple[TypeImpact, ...]
    media: MediaImpact = MediaImpact()
    new_decks: tuple[str, ...] = ()
    gone_decks: tuple[str, ...] = ()
    described: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    from_locks: bool = False

    def of(self, *outcomes: Outcome) -> tuple[NoteImpact, ...]:
        """The notes with one of these outcomes."""
        return tuple(note for note in self.notes if note.outcome in outcomes)

    @property
    def loses(self) -> bool:
        """Whether a learner does not get what the author meant, or gets it twice."""
        return bool(self.doubled) or any(note.loses for note in self.notes)
