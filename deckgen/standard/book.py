"""The deck as one reads it: each note's words, its place in order, and what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from deckgen.config import Adoption, Config
from deckgen.diagnostic import Span
from deckgen.notetype import Kind
from deckgen.question import Question
from deckgen.standard import prose
from deckgen.standard.data import Data
from deckgen.standard.prose import Prose


@dataclass(frozen=True, slots=True)
class Reading:
    """A note as a reader sees it.

    `place` is its 0-based place in the order in which new cards come up. `spoken` tells a
    question of its own from a follow-up, whose question above has the key `above`.
    """

    question: Question
    prompt: Prose
    context: Prose
    answer: Prose
    callouts: tuple[tuple[str, Prose], ...]
    place: int
    above: str

    @property
    def key(self) -> str:
        return self.question.key

    @property
    def spoken(self) -> bool:
        return not self.above

    @property
    def is_cloze(self) -> bool:
        return self.question.kind is Kind.CLOZE

    @property
    def cards(self) -> int:
        """How many cards the note makes: one for each cloze number, or one and its reverse."""
        return len(self.question.numbers) if self.is_cloze else 1 + self.question.reverse

    @property
    def parts(self) -> tuple[Prose, ...]:
        """What is shown below the prompt: the answer, then the callouts."""
        return (self.answer, *(inside for _, inside in self.callouts))

    @property
    def asked(self) -> str:
        """The prompt as one line."""
        return self.prompt.text.strip()

    def tagged(self, *tags: str) -> bool:
        """Whether the note has one of the tags."""
        return not set(tags).isdisjoint(self.question.tags)


@dataclass(frozen=True)
class Book:
    """A deck: its notes in order, retired ones left out, and what it says about its subject.

    `texts` are those of the question files, by path. `priorities` tells of notes, by their ids, how
    much their question is asked, 1 for most, and `reviewed` are the ids of those that someone has
    reviewed, None if nobody keeps count.
    """

    config: Config
    data: Data
    notes: tuple[Reading, ...]
    order: Mapping[str, int]
    drafts: frozenset[str]
    texts: Mapping[str, str]
    priorities: Mapping[str, int] = field(default_factory=dict)
    reviewed: frozenset[str] | None = None

    def priority(self, note: Reading) -> int:
        """How much a note is asked, 0 if nobody knows: a follow-up as much as what is above it."""
        return self.priorities.get(note.key) or self.priorities.get(note.above, 0)

    @property
    def adopted(self) -> bool:
        """Whether the deck says that it follows the standard."""
        return self.config.rules.adoption is Adoption.STANDARD

    @cached_property
    def by_key(self) -> dict[str, Reading]:
        return {note.key: note for note in self.notes}

    @cached_property
    def families(self) -> dict[str, tuple[Reading, ...]]:
        """The follow-ups of each question, by its key."""
        found: dict[str, list[Reading]] = {}
        for note in self.notes:
            if note.above:
                found.setdefault(note.above, []).append(note)
        return {key: tuple(notes) for key, notes in found.items()}

    def find(self, words: str, within: Span) -> Span:
        """Where the words first stand in a stretch of a file; the stretch if they do not."""
        text = self.texts.get(within.path, "")[within.start : within.end]
        parts = [re.escape(part) for part in re.split(r"[\s\x14\x15]+", words) if part]
        pattern = r"\W+?".join(parts)
        match = re.search(rf"(?<!\w){pattern}(?!\w)", text) or re.search(pattern, text)
        if not parts or match is None:
            return first_line(text, within)
        return Span(within.path, within.start + match.start(), within.start + match.end())


def first_line(text: str, span: Span) -> Span:
    """The part of a span that stands on its first line that is not empty."""
    blank = len(text) - len(text.lstrip())
    length = len(text.lstrip().partition("\n")[0])
    return Span(span.path, span.start + blank, span.start + blank + length)


def read_book(
    config: Config,
    data: Data,
    questions: Sequence[Question],
    drafts: Sequence[str],
    texts: Mapping[str, str],
) -> Book:
    """The deck that the questions make, in the order of their files and places."""
    notes: list[Reading] = []
    order: dict[str, int] = {}
    above, path = "", ""
    for place, question in enumerate(questions):
        if not question.context or question.span.path != path:
            above, path = question.key, question.span.path
        order.setdefault(question.key, place)
        if not question.retired:
            reading = Reading(
                question=question,
                prompt=prose.read(question.heading),
                context=prose.read(question.context),
                answer=prose.read(question.answer),
                callouts=tuple((c.kind, prose.read(c.segments)) for c in question.callouts),
                place=place,
                above=above if question.context else "",
            )
            notes.append(reading)
    return Book(config, data, tuple(notes), order, frozenset(drafts), texts)
