"""What a run says at its end: the summary for people, and everything as JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass

from deckgen.build import Built
from deckgen.diagnostic import Diagnostic, LineIndex, Severity


@dataclass(frozen=True, slots=True)
class Summary:
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


def summarize(built: Built, package: str, package_bytes: int, seconds: float) -> Summary:
    """The summary of a build; `package` is the path written to, empty if none was."""
    notes = built.notes
    kinds = Counter(note.kind.value for note in notes)
    severities = Counter(diagnostic.severity for diagnostic in built.diagnostics)
    return Summary(
        decks=len({note.deck for note in notes}),
        notes=len(notes),
        basic=kinds["basic"],
        cloze=kinds["cloze"],
        cards=sum(len(note.ordinals) for note in notes),
        formulas=sum(len(note.formulas) for note in notes),
        media=len(built.deck.media),
        media_bytes=sum(media.size for media in built.deck.media),
        drafts=sum(len(parsed.drafts) for parsed in built.content.parsed),
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
    )


def as_json(built: Built, summary: Summary, folder: str) -> str:
    """One JSON object: `diagnostics` with 1-based lines and columns, and `summary`."""
    indexes = {path: LineIndex(text) for path, text in built.content.texts.items()}
    listed = [_placed(diagnostic, indexes, folder) for diagnostic in built.diagnostics]
    return json.dumps({"diagnostics": listed, "summary": asdict(summary)}, ensure_ascii=False)


def _placed(
    diagnostic: Diagnostic, indexes: dict[str, LineIndex], folder: str
) -> dict[str, object]:
    index = indexes.get(diagnostic.span.path, LineIndex(""))
    start = index.position(diagnostic.span.start)
    end = index.position(diagnostic.span.end)
    return {
        "path": f"{folder}/{diagnostic.span.path}",
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    }


def lines(summary: Summary, deck: str) -> list[str]:
    """The summary as people read it, a line each."""
    kinds = f"{_count(summary.basic, 'basic')}, {_count(summary.cloze, 'cloze')}"
    told = [
        f"{deck}: {_count(summary.notes, 'note')} ({kinds}), {_count(summary.cards, 'card')}, "
        f"{_count(summary.decks, 'deck')}, {_count(summary.formulas, 'formula')}, "
        f"{_count(summary.media, 'media file')} ({_size(summary.media_bytes)})",
        f"since the lock: {summary.new} new, {summary.changed} changed, "
        f"{summary.unchanged} unchanged",
    ]
    if summary.retired:
        told[1] += f", {summary.retired} retired"
    if summary.changed_note_types:
        told.append(f"styling or card templates changed: {summary.changed_note_types} note types")
    if summary.drafts:
        told.append(f"left out: {_count(summary.drafts, 'draft')}")
    if summary.package:
        size = _size(summary.package_bytes)
        told.append(f"wrote {summary.package} ({size}) in {summary.seconds:.1f} s")
    return told


def verdict(summary: Summary) -> str:
    """How many errors and warnings there were; empty if none."""
    counts = [
        _count(number, word)
        for number, word in ((summary.errors, "error"), (summary.warnings, "warning"))
        if number
    ]
    return ", ".join(counts)


def _count(number: int, word: str) -> str:
    plural = word if word in ("basic", "cloze") else word + "s"
    return f"{number:,} {word if number == 1 else plural}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"
