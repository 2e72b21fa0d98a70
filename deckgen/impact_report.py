"""`deckgen diff`: what an update does to learners, for the terminal, release notes and machines."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deckgen.diagnostic import DeckgenError
from deckgen.field_diff import Hunk
from deckgen.impact import CardChange, Impact, NoteImpact, Outcome, TypeOutcome, impact
from deckgen.lock import Lock
from deckgen.lock_impact import impact_of_locks
from deckgen.released import Release, read
from deckgen.render import RETIRED_TAG

WIDTH = 80
LOSS = 1  # the exit code if learners would not get what the author means
LISTED = 20  # unchanged decks, files or notes of a long list that are named


def diff(old: str, new: str, style: str, folder: Path | None) -> tuple[str, int]:
    """What importing `new` does to a learner who has `old`, and the exit code.

    Each is a package, a lock, a content folder, or a git revision of the content folder `folder`;
    `style` is text, json or markdown. The exit code is 1 if learners would lose something: if a
    note is skipped, given twice or not delivered, or a card's history moves to another text.
    Raises DeckgenError for what cannot be read or compared.
    """
    found = _compare(read(old, folder), read(new, folder), old, new)
    written = STYLES[style](found)
    return written, LOSS if found.loses else 0


def _compare(old: Release | Lock, new: Release | Lock, old_name: str, new_name: str) -> Impact:
    if isinstance(old, Release) and isinstance(new, Release):
        return impact(old, new)
    if isinstance(old, Lock) and isinstance(new, Lock):
        return impact_of_locks(old, new, old_name, new_name)
    lock = old_name if isinstance(old, Lock) else new_name
    raise DeckgenError(
        f"{lock} is a lock, which holds no text to compare with: name two locks, or no lock"
    )


# -- what there is to say ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One note, note type, deck or file: a headline, what happens to it, and changes of text."""

    title: str
    lines: tuple[str, ...] = ()
    fields: tuple[tuple[str, tuple[Hunk, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Entries of one sort, under a heading that says how much it concerns."""

    heading: str
    explanation: str
    entries: tuple[Entry, ...]


def title(found: Impact) -> str:
    """The headline of a report."""
    return f"What importing {found.new} does to a learner who has {found.old}"


def summary(found: Impact) -> str:
    """How many notes and cards each outcome concerns, in one sentence."""
    counts = [
        f"{count(len(notes), 'note')} {word}"
        for outcome, word in WORDS.items()
        if (notes := found.of(outcome))
    ]
    appearing = sum(len(note.appearing) for note in found.notes)
    emptied = sum(len(note.emptied) for note in found.notes)
    if appearing:
        counts.append(f"{count(appearing, 'card')} {_verb(appearing, 'appear')}")
    if emptied:
        counts.append(f"{count(emptied, 'card')} {_verb(emptied, 'fall')} empty")
    return ", ".join(counts)


WORDS = {
    Outcome.NEW: "new",
    Outcome.UPDATED: "updated",
    Outcome.UNCHANGED: "unchanged",
    Outcome.UNDELIVERED: "changed but not delivered",
    Outcome.SKIPPED: "skipped",
    Outcome.ABSENT: "no longer in the package",
}


def is_nothing(found: Impact) -> bool:
    """Whether an import changes nothing and there is nothing to say."""
    return not sections(found)


def sections(found: Impact) -> tuple[Section, ...]:
    """All that there is to say, the losses first."""
    return tuple(section for make in SECTIONS for section in make(found) if section.entries)
