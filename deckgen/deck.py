"""A deck as it goes into a package, and the names and ids of its subdecks."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from deckgen.imprint import Imprint
from deckgen.lock import Stamped, StampedType
from deckgen.media import Media


class Deck(NamedTuple):
    """All that a package holds; `notes` come in the order in which new cards shall come up.

    `records` are those of the notes, in their order; those of notes that a `Held` holds may be
    left out. `name` is the root deck, which carries `description` (Markdown); `namespace` gives
    deck ids and GUIDs. `user_styling` is the starter of the learner's own style sheet.
    """

    name: str
    namespace: str
    description: str
    types: tuple[StampedType, ...]
    notes: tuple[Stamped, ...]
    records: Iterable[tuple[Imprint, str]]
    media: tuple[Media, ...]
    user_styling: bytes

    @property
    def settings(self) -> str:
        """A digest of all that the deck's collection holds besides notes and cards."""
        types = [(each.modified, repr(each.note_type)) for each in self.types]
        decks = list(deck_names(self).items())
        named = (self.name, self.namespace, self.description, types, decks)
        return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def deck_names(deck: Deck) -> dict[int, str]:
    """The decks of the package by id, the root first, each as it is spelled first."""
    names: dict[int, str] = {}
    for name in dict.fromkeys((deck.name, *(stamped.imprint.deck for stamped in deck.notes))):
        names.setdefault(deck_id(deck.namespace, name), name)
    return names


def deck_id(namespace: str, name: str) -> int:
    """An id for the package only: Anki finds decks by name.

    One for all spellings that Anki takes for one name: capitals do not count, nor whether an
    accent is a character of its own. Anki: rslib/src/decks/name.rs, storage/sqlite.rs unicase
    """
    spelling = unicodedata.normalize("NFC", name.casefold())
    digest = hashlib.sha256(f"{namespace}\ndeck\n{spelling}".encode()).digest()
    return 2**40 + int.from_bytes(digest[:8], "big") % 2**39
