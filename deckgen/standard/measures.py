"""What can be counted about a deck: how long its answers are, what it asks for, what it cites."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deckgen.segment import Formula
from deckgen.standard.across import uncontrasted
from deckgen.standard.book import Book, Reading

REASONS = ("kind::why", "kind::when", "kind::trap")


@dataclass(frozen=True, slots=True)
class Lengths:
    """The lengths of some answers in words; `median` and `ninetieth` are 0 if there are none."""

    answers: int
    median: float
    ninetieth: int
    longest: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Some notes in numbers; `name` is their deck's, empty for all of them. Shares are 0 to 1.

    `reasons` is the share of notes that ask why, when or what goes wrong, by their tags, and
    `located` of those that cite a place in a source.
    """

    name: str
    notes: int
    basic: int
    cloze: int
    spoken: int
    follow_ups: int
    follow_up_clozes: int
    cards: int
    formulas: int
    pictures: int
    codes: int
    spoken_words: Lengths
    follow_up_words: Lengths
    reasons: float
    clozes: float
    located: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """A deck in numbers: all of it, then each of its decks in order.

    `pairs` are those that the deck says learners confuse, `contrasted` those with a card.
    """

    total: Measures
    sections: tuple[Measures, ...]
    tags: dict[str, int]
    pairs: int
    contrasted: int


@dataclass(frozen=True, slots=True)
class Target:
    """A number of the standard: the measure is to be at most, or at least, `bound`."""

    name: str
    at_most: bool
    bound: float

    @property
    def is_share(self) -> bool:
        """Whether it is a part of the whole, not a number of words."""
        return self.bound <= 1


TARGETS = (
    Target("follow-up answers, median words", True, 15),
    Target("follow-up answers, 90th percentile", True, 30),
    Target("spoken answers, median words", True, 45),
    Target("asking why, when, or what goes wrong", False, 0.25),
    Target("cloze notes", True, 0.40),
    Target("with the place in a source", False, 0.95),
    Target("confusable pairs with a contrast card", False, 1.0),
)


def measure(book: Book) -> Statistics:
    """The deck in numbers; retired notes do not count."""
    sections: dict[str, list[Reading]] = {}
    for note in book.notes:
        sections.setdefault(note.question.deck, []).append(note)
    tags = Counter(tag for note in book.notes for tag in note.question.tags)
    pairs = len(book.data.pairs)
    return Statistics(
        total=_measures("", book.notes),
        sections=tuple(_measures(name, notes) for name, notes in sections.items()),
        tags=dict(sorted(tags.items(), key=lambda counted: (-counted[1], counted[0]))),
        pairs=pairs,
        contrasted=pairs - len(uncontrasted(book)),
    )


def against_targets(statistics: Statistics) -> tuple[tuple[Target, float, bool], ...]:
    """Each target of the standard, the deck's own number, and whether it is met.

    That about pairs is left out for a deck that lists none.
    """
    total = statistics.total
    numbers: tuple[float, ...] = (
        total.follow_up_words.median,
        total.follow_up_words.ninetieth,
        total.spoken_words.median,
        total.reasons,
        total.clozes,
        total.located,
        *((statistics.contrasted / statistics.pairs,) if statistics.pairs else ()),
    )
    return tuple(
        (target, number, number <= target.bound if target.at_most else number >= target.bound)
        for target, number in zip(TARGETS, numbers, strict=False)
    )


def _measures(name: str, notes: Sequence[Reading]) -> Measures:
    count = len(notes)
    clozes = sum(note.is_cloze for note in notes)
    spoken = [note.answer.words for note in notes if note.spoken]
    follow_ups = [note.answer.words for note in notes if not note.spoken]
    return Measures(
        name=name,
        notes=count,
        basic=count - clozes,
        cloze=clozes,
        spoken=len(spoken),
        follow_ups=len(follow_ups),
        follow_up_clozes=sum(note.is_cloze and not note.spoken for note in notes),
        cards=sum(note.cards for note in notes),
        formulas=sum(_formulas(note) for note in notes),
        pictures=sum(len(part.pictures) for note in notes for part in note.parts),
        codes=sum(len(part.codes) for note in notes for part in note.parts),
        spoken_words=_lengths(spoken),
        follow_up_words=_lengths(follow_ups),
        reasons=_share(sum(note.tagged(*REASONS) for note in notes), count),
        clozes=_share(clozes, count),
        located=_share(sum(_is_located(note) for note in notes), count),
    )


def _formulas(note: Reading) -> int:
    shown = (note.question.heading, note.question.answer)
    callouts = (callout.segments for callout in note.question.callouts)
    return sum(isinstance(part, Formula) for segments in (*shown, *callouts) for part in segments)


def _is_located(note: Reading) -> bool:
    cited = note.question.citations
    return bool(cited) and all(citation.locator for citation in cited)


def _lengths(words: Sequence[int]) -> Lengths:
    if not words:
        return Lengths(0, 0, 0, 0)
    ordered = sorted(words)
    ninetieth = ordered[math.ceil(0.9 * len(ordered)) - 1]
    return Lengths(len(words), statistics.median(ordered), ninetieth, ordered[-1])


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
