"""What a run says at its end: the summary for people, and everything as JSON for machines."""

from __future__ import annotations

import json
import posixpath
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from deckgen.build import Built
from deckgen.diagnostic import Diagnostic, LineIndex, Severity
from deckgen.notetype import Kind

MOST_NAMED = 3  # notes whose ids the summary lists
NOTICED = 0.05  # seconds of a stage that are worth a word


class Summary(NamedTuple):
    """Counts of what a build holds; new, changed and unchanged are notes against the lock."""

    decks: int
    notes: int
    basic: int
    cloze: int
    cards: int
    formulas: int
    media: int
    media_bytes: int
    drafts: int
    retired: int
    new: int
    changed: int
    unchanged: int
    changed_note_types: int
    errors: int
    warnings: int
    package: str
    package_bytes: int
    seconds: float
    stages: Mapping[str, float]
    remembered_files: int


def summarize(
    built: Built,
    package: str,
    package_bytes: int,
    seconds: float,
    stages: Mapping[str, float],
) -> Summary:
    """The summary of a build; `package` is the path written to, empty if none was.

    `stages` are the processor seconds of each.
    """
    notes = built.imprints
    basic = sum(note.kind is Kind.BASIC for note in notes)
    severities = Counter(diagnostic.severity for diagnostic in built.diagnostics)
    return Summary(
        decks=len({note.deck for note in notes}),
        notes=len(notes),
        basic=basic,
        cloze=len(notes) - basic,
        cards=sum(len(note.ordinals) for note in notes),
        formulas=built.formulas,
        media=len(built.deck.media),
        media_bytes=sum(media.size for media in built.deck.media),
        drafts=len(built.drafts),
        retired=sum(note.retired for note in notes),
        new=len(built.stamps.new),
        changed=len(built.stamps.changed),
        unchanged=len(built.stamps.notes) - len(built.stamps.new) - len(built.stamps.changed),
        changed_note_types=len(built.stamps.changed_types),
        errors=severities[Severity.ERROR],
        warnings=severities[Severity.WARNING],
        package=package,
        package_bytes=package_bytes,
        seconds=round(seconds, 2),
        stages={name: round(spent, 3) for name, spent in stages.items()},
        remembered_files=built.remembered,
    )


def as_json(built: Built, summary: Summary, folder: str, advice: Sequence[Diagnostic] = ()) -> str:
    """One JSON object: `diagnostics` with 1-based lines and columns, and `summary`.

    If there is any, `advice` on cards is listed as diagnostics are.
    """
    indexes = {path: LineIndex(text) for path, text in built.texts.items()}
    told: dict[str, object] = {
        "diagnostics": [_placed(diagnostic, indexes, folder) for diagnostic in built.diagnostics],
        "summary": summary._asdict(),
    }
    if advice:
        told["advice"] = [_placed(diagnostic, indexes, folder) for diagnostic in advice]
    return json.dumps(told)


def _placed(
    diagnostic: Diagnostic, indexes: dict[str, LineIndex], folder: str
) -> dict[str, object]:
    index = indexes.get(diagnostic.span.path, LineIndex(""))
    start = index.position(diagnostic.span.start)
    end = index.position(diagnostic.span.end)
    return {
        "path": posixpath.normpath(posixpath.join(folder, diagnostic.span.path)),
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }


def lines(summary: Summary, built: Built) -> list[str]:
    """The summary as people read it, a line each."""
    kinds = f"{summary.basic:,} basic, {summary.cloze:,} cloze"
    holds = [_count(summary.cards, "card") + f" in {_count(summary.decks, 'deck')}"]
    if summary.formulas:
        holds.append(_count(summary.formulas, "formula"))
    if summary.media:
        holds.append(f"{_count(summary.media, 'media file')} ({_size(summary.media_bytes)})")
    stamps = built.stamps
    since = [_named(stamps.new, "new"), _named(stamps.changed, "changed")]
    since.append(f"{summary.unchanged:,} unchanged")
    told = [
        f"{built.config.name}: {_count(summary.notes, 'note')} ({kinds}), " + ", ".join(holds),
        "since the lock: " + ", ".join(since),
    ]
    if summary.changed_note_types:
        kinds = " and ".join(kind.value for kind in stamps.changed_types)
        told.append(f"styling or card templates changed: {kinds}")
    if summary.retired:
        told.append(f"retired: {_count(summary.retired, 'note')}")
    if summary.drafts:
        told.append(f"left out: {_count(summary.drafts, 'draft')}")
    if summary.package:
        size = _size(summary.package_bytes)
        split = _split(summary.stages)
        told.append(f"wrote {summary.package} ({size}) in {summary.seconds:.1f} s{split}")
    return told


def _split(stages: Mapping[str, float]) -> str:
    """Where the work was, if there is any to speak of."""
    slow = [f"{name} {seconds:.1f}" for name, seconds in stages.items() if seconds >= NOTICED]
    return f" (processor: {', '.join(slow)})" if slow else ""


def current(package: str, size: int) -> str:
    """What to say of a package that need not be written."""
    return f"{package} ({_size(size)}) is current: nothing has changed since it was written"


def _named(keys: Sequence[str], word: str) -> str:
    """How many notes, and which if they are few."""
    names = f" ({', '.join(keys)})" if 0 < len(keys) <= MOST_NAMED else ""
    return f"{len(keys):,} {word}{names}"


def verdict(summary: Summary) -> str:
    """How many errors and warnings there were, and what they keep from happening."""
    counts = [
        _count(number, word)
        for number, word in ((summary.errors, "error"), (summary.warnings, "warning"))
        if number
    ]
    return ", ".join(counts) + (": no package can be built" if summary.errors else "")


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
