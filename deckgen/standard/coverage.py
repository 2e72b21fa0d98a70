"""The map of questions, `topics.yaml`, and which of them the deck answers."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deckgen.diagnostic import Diagnostic
from deckgen.mapping import Listing, Mapping, Reader, parse
from deckgen.passage import Passage
from deckgen.standard.book import Book, Reading

NAME = "topics.yaml"
KEYS = ("sections",)
SECTION_KEYS = ("title", "questions")
ROW_KEYS = ("id", "question", "seed", "asked", "level", "prio", "answered-by")
NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Row:
    """A question that may be asked. The note with the id `key` answers it, or those of
    `answered_by`; `seed` is the entry of the first list that it belongs to, and `asked` tells
    that it is that entry. `priority` is 1 for what is asked most, then 2 and 3.
    """

    key: str
    question: str
    seed: str
    asked: bool
    level: str
    priority: int
    answered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the map."""

    title: str
    rows: tuple[Row, ...]


def read_topics(text: str) -> tuple[tuple[Section, ...], tuple[Diagnostic, ...]]:
    """The sections that the text of `topics.yaml` lists, and what is wrong with it."""
    mapping, found = parse(Passage(text, NAME, ((0, 0),)))
    reader = Reader(mapping, KEYS, NAME)
    diagnostics = [*found, *reader.diagnostics]
    sections: list[Section] = []
    for inner in _mappings(reader, "sections", SECTION_KEYS, "a section"):
        rows: list[Row] = []
        for row in _mappings(inner, "questions", ROW_KEYS, "a row"):
            rows.append(_row(row))
            diagnostics += row.diagnostics
        sections.append(Section(inner.text("title"), tuple(rows)))
        diagnostics += inner.diagnostics
    return tuple(sections), tuple(diagnostics)


def _mappings(outer: Reader, key: str, known: Sequence[str], where: str) -> Iterator[Reader]:
    listed = outer.node(key)
    for node in listed.nodes if isinstance(listed, Listing) else ():
        yield Reader(node if isinstance(node, Mapping) else Mapping((), node.span), known, where)


def _row(reader: Reader) -> Row:
    return Row(
        key=reader.text("id"),
        question=reader.text("question"),
        seed=reader.text("seed"),
        asked=reader.flag("asked"),
        level=reader.text("level"),
        priority=int(reader.number("prio", 3)),
        answered_by=tuple(scalar.text for scalar in reader.texts("answered-by")),
    )


def answers(row: Row, book: Book) -> tuple[Reading, ...]:
    """The notes that answer a row: the one with its id first, then those that it names."""
    keys = dict.fromkeys((row.key, *row.answered_by))
    return tuple(book.by_key[key] for key in keys if key in book.by_key)


def table(sections: Sequence[Section], book: Book, folder: str) -> str:
    """Which question is answered by which notes, and which is open, as a page of Markdown.

    `folder` is the content folder as seen from the page, for its links.
    """
    rows = [row for section in sections for row in section.rows]
    parts = [
        "# Which questions the deck answers",
        f"Made by `deckgen coverage` from the deck and its [{NAME}]"
        f"({posixpath.join(folder, NAME)}): the row with a note's id is answered by that note and "
        "its follow-ups. Priority 1 is asked most.",
        _counts(sections, book),
    ]
    if seeds := sorted({row.seed for row in rows if row.seed}, key=_seed_order):
        parts += ("## The first list", _seeds(seeds, rows, book, folder))
    for section in sections:
        lines = [
            f"| {row.priority} | {_cell(row.question)} | {_answered(row, book, folder)} |"
            for row in section.rows
        ]
        head = "| Priority | Question | Answered by |\n|---|---|---|"
        parts += (f"## {section.title}", "\n".join((head, *lines)))
    return "\n\n".join(parts) + "\n"


def _counts(sections: Sequence[Section], book: Book) -> str:
    """How many rows of each section and priority are answered."""
    lines = ["| Section | Answered | Priority 1 | Priority 2 | Priority 3 |", "|---|" + "--:|" * 4]
    every = [row for section in sections for row in section.rows]
    for title, rows in (*((s.title, s.rows) for s in sections), ("**All**", tuple(every))):
        by_priority = (_share([r for r in rows if r.priority == n], book) for n in (1, 2, 3))
        lines.append(f"| {title} | {_share(rows, book)} | " + " | ".join(by_priority) + " |")
    return "\n".join(lines)


def _share(rows: Sequence[Row], book: Book) -> str:
    return f"{sum(bool(answers(row, book)) for row in rows)} of {len(rows)}" if rows else "–"


def _seeds(seeds: Sequence[str], rows: Sequence[Row], book: Book, folder: str) -> str:
    """Each entry of the first list: what it asks, what answers it, and its follow-up rows."""
    lines = ["| Entry | Question | Answered by | Follow-up questions |", "|---|---|---|---|"]
    for seed in seeds:
        mine = [row for row in rows if row.seed == seed]
        others = _share([row for row in mine if not row.asked], book)
        for index, row in enumerate(row for row in mine if row.asked):
            first = (seed, others) if index == 0 else ("", "")
            question, answered = _cell(row.question), _answered(row, book, folder)
            lines.append(f"| {first[0]} | {question} | {answered} | {first[1]} |")
    return "\n".join(lines)


def _seed_order(seed: str) -> tuple[str, int]:
    letters = seed.rstrip("0123456789")
    return ("" if letters == "q" else letters, int(seed[len(letters) :] or 0))


def _answered(row: Row, book: Book, folder: str) -> str:
    """Links to the notes that answer a row, with the number of their follow-ups."""
    links: list[str] = []
    for note in answers(row, book):
        follow_ups = len(book.families.get(note.key, ()))
        more = f" + {follow_ups}" if follow_ups else ""
        path = posixpath.join(folder, note.question.span.path)
        links.append(f"[{note.key}]({path}#{anchor(note.question.title)}){more}")
    return ", ".join(links) or "*open*"


def anchor(title: str) -> str:
    """What GitHub makes of a heading for links to it."""
    return NOT_IN_ANCHOR.sub("", title.lower()).replace(" ", "-")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
