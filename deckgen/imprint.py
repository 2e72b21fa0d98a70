"""What is kept of a note while its text lies aside: enough to check, to stamp and to count it."""

from __future__ import annotations

import hashlib
import json
import re
from typing import NamedTuple

from deckgen.cloze import anki_deletions
from deckgen.diagnostic import Span
from deckgen.lock_entry import Hidden
from deckgen.lock_text import Claim, claim_of, claim_text
from deckgen.notetype import Kind
from deckgen.render import Note

WRITTEN = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
QUESTION, ANSWER, CONTEXT = 0, 1, 6  # indexes of fields, the same in both note types


class Imprint(NamedTuple):
    """One note without its text: `ordinals` 0-based and ascending, `deck` its full name.

    `asked` is a digest of the question and what it stands in, and `claim` is what the note's line
    in the lock says of it. (A named tuple, because a large deck has a hundred thousand of them.)
    """

    key: str
    kind: Kind
    deck: str
    ordinals: tuple[int, ...]
    retired: bool
    span: Span
    asked: str
    claim: str

    @property
    def title(self) -> str:
        """The question as written."""
        return claim_of(self.claim).title

    @property
    def hidden(self) -> tuple[Hidden, ...]:
        """What each cloze number hides, ascending."""
        return claim_of(self.claim).hidden

    @property
    def digest(self) -> str:
        """A digest of all that a learner receives of the note."""
        return claim_of(self.claim).digest


def imprint(note: Note) -> Imprint:
    """The imprint of a note; it depends on nothing else."""
    claim = Claim(
        note_digest(note), len(note.ordinals), note.retired, hidden(note), note.deck, note.title
    )
    words = " ".join(note.fields[QUESTION].casefold().split())
    return Imprint(
        key=note.key,
        kind=note.kind,
        deck=note.deck,
        ordinals=note.ordinals,
        retired=note.retired,
        span=note.span,
        asked=digest([words, note.fields[CONTEXT]])[:16],
        claim=claim_text(claim),
    )


def note_digest(note: Note) -> str:
    """A digest of all that a learner receives of a note.

    Its place among the new cards, its file and its deck are not part of it: Anki never moves a
    card that a learner has, so a newer time would only overwrite the learner's own edits.
    """
    return digest([note.kind.value, *note.fields, sorted(note.tags), list(note.ordinals)])


def hidden(note: Note) -> tuple[Hidden, ...]:
    """What each cloze number of a note hides, ascending."""
    if note.kind is Kind.BASIC:
        return ()
    texts: dict[int, list[str]] = {}
    for number, text in anki_deletions(note.fields[ANSWER]):
        texts.setdefault(number, []).append(" ".join(re.sub(r"<[^>]*>", " ", text).split()))
    return tuple(Hidden(number, digest(texts[number])[:8]) for number in sorted(texts))


def digest(value: object) -> str:
    """A digest of a value that JSON can hold."""
    return hashlib.sha256(WRITTEN(value).encode("utf-8", "surrogatepass")).hexdigest()[:32]
