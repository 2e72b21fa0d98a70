"""`deckgen diff`: what an update does to learners, for the terminal, release notes and machines."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from deckgen.diagnostic import DeckgenError
from deckgen.field_diff import Hunk
from deckgen.impact import impact
from deckgen.impact_sections import by_hand, sections, summary
from deckgen.lock_entry import Lock
from deckgen.lock_impact import impact_of_locks
from deckgen.outcome import Impact, NoteImpact, Outcome
from deckgen.released import Release, read

WIDTH = 80
SEARCHED = 20  # notes that a search in the report names
LOSS = 1  # the exit code if learners would not get what the author means
SPECIAL = re.compile(r"([\\`*_\[\]<#|~&$])")  # what Markdown would take for more than text


def diff(old: str, new: str, style: str, folder: Path | None) -> tuple[str, int]:
    """What importing `new` does to a learner who has `old`, and the exit code.

    Each is a package, a lock, a content folder, or a git revision of the content folder `folder`;
    `style` is text, json or markdown. The exit code is 1 if learners would lose something: if a
    note is skipped, given twice, not delivered or replaced by the same, or a card's history moves
    to another text.
    Raises DeckgenError for what cannot be read or compared.
    """
    found = _compare(read(old, folder), read(new, folder), old, new)
    return STYLES[style](found), LOSS if found.loses else 0


def _compare(old: Release | Lock, new: Release | Lock, old_name: str, new_name: str) -> Impact:
    if isinstance(old, Release) and isinstance(new, Release):
        return impact(old, new)
    if isinstance(old, Lock) and isinstance(new, Lock):
        return impact_of_locks(old, new, old_name, new_name)
    lock = old_name if isinstance(old, Lock) else new_name
    raise DeckgenError(
        f"{lock} is a lock, which holds no text to compare with: name two locks, or no lock"
    )


# -- how it is written -------------------------------------------------------------------------

NOTHING = "An import changes nothing."
FROM_LOCKS = "Two locks were compared: they tell that a note changed, but not how; nor of media."


def _title(found: Impact) -> str:
    return f"What importing {found.new} does to a learner who has {found.old}"


def as_text(found: Impact) -> str:
    """The report for a terminal of 80 columns."""
    said = sections(found)
    lines = [*_wrapped(_title(found)), "", *_wrapped(summary(found))]
    lines += _wrapped(FROM_LOCKS) if found.from_locks else []
    lines += [] if said else [NOTHING]
    for section in said:
        lines += ["", *_wrapped(section.heading)]
        lines += _wrapped(section.explanation, "  ")
        for entry in section.entries:
            key = f" [{entry.key}]" if entry.key else ""
            lines += _wrapped(f"{entry.title}{key}", "  * ", "    ")
            for line in entry.lines:
                lines += _wrapped(line, "    ", "      ")
            for name, hunks in entry.fields:
                lines.append(f"    {name}")
                for sign, text in _signed(hunks):
                    lines += _wrapped(text, f"      {sign} ", "        ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "", following: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent if following is None else following,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _signed(hunks: Iterable[Hunk]) -> Iterator[tuple[str, str]]:
    """The lines of a diff: `-` what stood there, `+` what stands there now."""
    for hunk in hunks:
        yield from ((sign, text) for sign, text in (("-", hunk.old), ("+", hunk.new)) if text)


def as_markdown(found: Impact) -> str:
    """The report as release notes in Markdown."""
    said = sections(found)
    lines = [f"# {_plain(_title(found))}", "", summary(found)]
    lines += ["", FROM_LOCKS] if found.from_locks else []
    lines += [] if said else ["", NOTHING]
    for section in said:
        lines += [*([""] if lines[-1] else []), f"## {_plain(section.heading)}", ""]
        lines += [_plain(section.explanation), ""] if section.explanation else []
        for entry in section.entries:
            key = f" (`{entry.key}`)" if entry.key else ""
            title = f"**{_plain(entry.title)}**" if key else _plain(entry.title)
            lines.append(f"- {title}{key}")
            lines += (f"  - {_plain(line)}" for line in entry.lines)
            for name, hunks in entry.fields:
                signed = [f"{sign} {text}" for sign, text in _signed(hunks)]
                fence = _fence("\n".join(signed))
                block = (f"{fence}diff", *signed, fence)
                lines += [f"  - {_plain(name)}", "", *(f"    {line}" for line in block), ""]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)


def _fence(text: str) -> str:
    """A fence longer than any run of backticks in the text."""
    return "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))


def as_json(found: Impact) -> str:
    """The report as one JSON object; of the unchanged notes it has those with other cards only."""
    told = [note for note in found.notes if _is_told(note)]
    report = {
        "old": found.old,
        "new": found.new,
        "from_locks": found.from_locks,
        "loses": found.loses,
        "counts": {outcome.value: len(found.of(outcome)) for outcome in Outcome}
        | {
            "retired": sum(note.retired for note in found.notes),
            "moved": sum(note.moved for note in found.notes),
            "cards_appearing": sum(len(note.appearing) for note in found.notes),
            "cards_emptied": sum(len(note.emptied) for note in found.notes),
        },
        "notes": [asdict(note) | {"moved": note.moved} for note in told],
        "note_types": [asdict(fate) for fate in found.types],
        "media": asdict(found.media),
        "new_decks": found.new_decks,
        "gone_decks": found.gone_decks,
        "described": found.described,
        "doubled": found.doubled,
        "by_hand": [entry.title for entry in by_hand(found)],
        "remarks": found.remarks,
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def _is_told(note: NoteImpact) -> bool:
    changed = note.outcome is not Outcome.UNCHANGED
    return changed or note.moved or bool(note.appearing or note.emptied)


STYLES: Mapping[str, Callable[[Impact], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}
