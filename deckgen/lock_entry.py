"""What `deck.lock` holds: who each note is, and what learners were last given of it, since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from deckgen.notetype import Kind

NAME = "deck.lock"
KINDS = {kind.value: kind for kind in Kind}
# Row ids look like the creation times that Anki makes of them, in milliseconds from 2004 to 2022.
# Each note has a slot of 512: its card rows are the note's row plus the ordinal (at most 499).
FIRST_ROW = 2**40
SLOT_SIZE = 2**9
SLOTS = 2**30
END_ROW = FIRST_ROW + SLOTS * SLOT_SIZE


class Hidden(NamedTuple):
    """What a 1-based cloze number hides, as a digest, or what it hid before it was `removed`."""

    number: int
    digest: str
    removed: bool = False


class LockEntry(NamedTuple):
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


class TypeEntry(NamedTuple):
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
