"""Notes as `lock.stamp` takes them."""

from __future__ import annotations

from collections.abc import Iterable

from deckgen.lock import Imprint, imprint
from deckgen.render import Note


def imprinted(notes: Iterable[Note]) -> list[tuple[Note, Imprint]]:
    """Each note with its imprint."""
    return [(note, imprint(note)) for note in notes]
