"""All that the page shows of a deck at one time, and what changes from one to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from deckgen.diagnostic import Diagnostic, LineIndex
from deckgen.notetype import NoteType
from deckgen.preview.cards import Card, CardMaker, listed, names
from deckgen.render import Note

EXCERPT = 90  # characters of its line that are shown on either side of a fault


@dataclass(frozen=True, slots=True)
class Place:
    """Where a note is written: `path` relative to the content folder, 1-based line."""

    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic as the page shows it; `note` is the name of its note, empty if it has none.

    `marked` is the faulty part of its line, between `before` and `after`.
    """

    note: str
    severity: str
    code: str
    message: str
    hint: str
    path: str
    line: int
    column: int
    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A deck at one time.

    `cards` are in the order of study; `notes` gives for each the name of its note, and `places`
    where that is written. `styling` is by what asks, `media` from packaged names to paths relative
    to the content folder. `failure` says why this is not what the files now hold, if so, and
    `checked` tells whether the problems are of these cards.
    """

    title: str = ""
    cards: Mapping[str, Card] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    styling: str = ""
    media: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    checked: bool = False


BLANK = Snapshot()
"""Before anything of a deck is known."""


class Album:
    """Takes snapshots of one deck, one after another."""

    def __init__(self) -> None:
        self._maker = CardMaker()

    def take(
        self,
        title: str,
        notes: Sequence[Note],
        types: tuple[NoteType, ...],
        texts: Mapping[str, str],
    ) -> Snapshot:
        """The snapshot of a deck, its problems unchecked; `texts` are its files by path."""
        named = tuple(zip(names(notes), notes, strict=True))
        indexes = {path: LineIndex(text) for path, text in texts.items()}
        cards: dict[str, Card] = {}
        note_names: dict[str, str] = {}
        places: dict[str, Place] = {}
        for (name, note), made in zip(named, self._maker.cards(named, types), strict=True):
            span = note.span
            place = Place(span.path, indexes[span.path].position(span.start).line)
            for card in made:
                cards[card.id], note_names[card.id], places[card.id] = card, name, place
        return Snapshot(
            title=title,
            cards=cards,
            notes=note_names,
            places=places,
            styling=types[0].styling,
            media={media.name: media.path for note in notes for media in note.media},
        )


def problems(
    diagnostics: Iterable[Diagnostic], notes: Sequence[Note], texts: Mapping[str, str]
) -> tuple[Problem, ...]:
    """The diagnostics, each at its note: the one whose heading stands at it or before it."""
    starts: dict[str, list[tuple[int, str]]] = {}
    for name, note in zip(names(notes), notes, strict=True):
        starts.setdefault(note.span.path, []).append((note.span.start, name))
    indexes = {path: LineIndex(text) for path, text in texts.items()}
    return tuple(
        _problem(found, starts.get(found.span.path, []), indexes.get(found.span.path))
        for found in diagnostics
    )


def _problem(
    found: Diagnostic, starts: Sequence[tuple[int, str]], index: LineIndex | None
) -> Problem:
    index = index or LineIndex("")
    before_it = bisect_right(starts, found.span.start, key=lambda start: start[0])
    start, end = index.position(found.span.start), index.position(found.span.end)
    line = index.line(start.line)
    first = start.column - 1
    last = end.column - 1 if end.line == start.line else len(line)
    return Problem(
        note=starts[before_it - 1][1] if before_it else "",
        severity=found.severity.value,
        code=found.code,
        message=found.message,
        hint=found.hint,
        path=found.span.path,
        line=start.line,
        column=start.column,
        before=line[:first][-EXCERPT:].lstrip(),
        marked=line[first:last][:EXCERPT],
        after=line[last:][:EXCERPT].rstrip(),
    )


def change(old: Snapshot, new: Snapshot) -> dict[str, object]:
    """What a page that shows `old` must be told to show `new`."""
    told: dict[str, object] = {"checked": new.checked, "failure": new.failure}
    if old.title != new.title:
        told["title"] = new.title
    if list(old.cards) != list(new.cards):
        told["order"] = list(new.cards)
    told["cards"] = [
        {**listed(card), "note": new.notes[name]}
        for name, card in new.cards.items()
        if card != old.cards.get(name) or new.notes[name] != old.notes.get(name)
    ]
    told["places"] = {
        name: (place.path, place.line)
        for name, place in new.places.items()
        if place != old.places.get(name)
    }
    if old.problems != new.problems:
        told["problems"] = [asdict(problem) for problem in new.problems]
    if old.styling != new.styling:
        told["styling"] = new.styling
    return told
