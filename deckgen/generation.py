"""Which cards Anki makes of a note's fields: what its Tools > Empty Cards lets stay.

A basic note has the card of each template whose front shows a field; a cloze note one for each
cloze number. Anki: rslib/src/notetype/cardgen.rs, rslib/src/template.rs `template_is_empty`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from deckgen.cloze import anki_ordinals
from deckgen.notetype import EMPTY, Kind, NoteType

# A tag of a template, or a comment, in which tags do not count.
TAG = re.compile(r"<!--.*?-->|\{\{(.*?)\}\}", re.DOTALL)
# Filled on every card, whatever the note holds; to Anki 25.09 and older, they show nothing.
# Anki: rslib/src/notetype/mod.rs SPECIAL_FIELDS
ALWAYS_FILLED = frozenset({"Card", "CardFlag", "CardID", "Deck", "Subdeck", "Type"})


class _Unreadable(Exception):
    """A template whose conditions do not nest: Anki makes no card of it."""


def made_ordinals(
    note_type: NoteType, fields: Sequence[str], tags: Sequence[str]
) -> frozenset[int]:
    """The 0-based ordinals of the cards that Anki makes of a note with these fields and tags."""
    if note_type.kind is Kind.CLOZE:
        return frozenset(ordinal for text in fields for ordinal in anki_ordinals(text))
    named = zip(note_type.fields, fields, strict=True)
    filled = {field.name for field, text in named if not EMPTY.fullmatch(text)}
    own = {field.name for field in note_type.fields}
    filled |= (ALWAYS_FILLED | {"Tags"} if tags else ALWAYS_FILLED) - own
    fronts = enumerate(template.front for template in note_type.templates)
    return frozenset(ordinal for ordinal, front in fronts if _shows_a_field(front, filled))


def _shows_a_field(front: str, filled: set[str]) -> bool:
    """Whether the front of a card template shows any of the filled fields."""
    tags = (match[1].lstrip("{").strip() for match in TAG.finditer(front) if match[1] is not None)
    try:
        return _any_shown(tags, None, filled, hidden=False)
    except _Unreadable:
        return False


def _any_shown(tags: Iterator[str], condition: str | None, filled: set[str], hidden: bool) -> bool:
    """Whether a field is shown before the end of the open `condition`, all tags to it consumed."""
    shown = False
    for tag in tags:
        mark, name = (tag[0], tag[1:].lstrip()) if len(tag) > 1 else ("", tag)
        if mark in ("#", "^"):
            closed = hidden or (name in filled) is (mark == "^")
            shown |= _any_shown(tags, name, filled, closed)
        elif mark == "/":
            if name != condition:
                raise _Unreadable
            return shown
        else:
            shown |= not hidden and tag.rpartition(":")[2] in filled
    if condition is not None:
        raise _Unreadable
    return shown
