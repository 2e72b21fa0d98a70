"""Notes as the later stages take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deckgen.imprint import Imprint, imprint
from deckgen.records import Records, joined, record
from deckgen.render import Note


def imprinted(notes: Iterable[Note]) -> tuple[Imprint, ...]:
    """The imprints of notes."""
    return tuple(map(imprint, notes))


def recorded(imprints: Sequence[Imprint], notes: Sequence[Note]) -> Records:
    """The records of notes, which come with their imprints."""
    records = Records()
    records.add("", imprints, joined(map(record, notes)))
    return records
