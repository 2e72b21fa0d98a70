"""The index of a content folder: its question files with what they hold, in its README.md."""

from __future__ import annotations

import re

from deckgen.standard.book import Book, Reading

START, END = "<!-- deckgen index -->", "<!-- end of the index -->"
TITLE = re.compile(r"^#[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
PART = re.compile(rf"{re.escape(START)}\n.*?{re.escape(END)}", re.DOTALL)


def index(book: Book) -> str:
    """The index as Markdown between its marks: each file, its questions and its follow-ups."""
    files: dict[str, list[Reading]] = {}
    for note in book.notes:
        files.setdefault(note.question.span.path, []).append(note)
    lines = ["| Section | Questions | Follow-ups | Cards |", "|---|--:|--:|--:|"]
    for path, notes in files.items():
        found = TITLE.search(book.texts.get(path, ""))
        title = found[1] if found else path
        lines.append(f"| [{title}]({path.replace(' ', '%20')}) | {_numbers(notes)} |")
    if len(files) > 1:
        lines.append(f"| **All** | {_numbers(list(book.notes))} |")
    return "\n".join((START, "", *lines, "", END))


def written(old: str, book: Book) -> str | None:
    """The text of README.md with a new index; None if it has no marks for one."""
    if PART.search(old) is None:
        return None
    new = index(book)
    return PART.sub(lambda _: new, old, count=1)


def _numbers(notes: list[Reading]) -> str:
    spoken = sum(note.spoken for note in notes)
    cards = sum(note.cards for note in notes)
    return f"{spoken:,} | {len(notes) - spoken:,} | {cards:,}"
