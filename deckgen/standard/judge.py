"""All rules on one deck: what they find, less what notes are allowed with a reason."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from deckgen.config import Adoption
from deckgen.diagnostic import Diagnostic, Severity, in_order
from deckgen.standard import language
from deckgen.standard.book import Book
from deckgen.standard.rule import Finding, code, needs_words
from deckgen.standard.rules import CHECKS
from deckgen.standard.thresholds import Changes, read_changes


def judge(book: Book, only: Sequence[str] = ()) -> tuple[Diagnostic, ...]:
    """What the rules find, or those of the codes in `only`; nothing if the deck wants none.

    Errors are warnings in a deck that has not adopted the standard.
    """
    if book.config.rules.adoption is Adoption.NONE:
        return ()
    changes = read_changes(book.config.rules)
    found: list[Diagnostic] = list(changes.diagnostics)
    used: set[tuple[str, str]] = set()
    allowed = {
        (note.key, allowance.code.text)
        for note in book.notes
        for allowance in note.question.allowances
    }
    for name, finding in _findings(book, changes):
        place = (finding.note.key if finding.note else "", name)
        if place in allowed:
            used.add(place)
        elif not only or name in only:
            found.append(
                Diagnostic(finding.span, name, finding.message, finding.hint, finding.severity)
            )
    found += _idle(book, used)
    if not book.adopted:
        found = [diagnostic._replace(severity=Severity.WARNING) for diagnostic in found]
    return in_order(tuple(found))


def _findings(book: Book, changes: Changes) -> Iterator[tuple[str, Finding]]:
    """What each rule finds that is on, with its code."""
    words = language.of(book.config.language)
    for name, check in CHECKS.items():
        if name in changes.off:
            continue
        changed: dict[str, Any] = {
            key.replace("-", "_"): value for key, value in changes.settings.get(name, {}).items()
        }
        if not needs_words(check):
            yield from ((code(check), finding) for finding in check(book, **changed))
        elif words is not None:
            yield from ((code(check), finding) for finding in check(book, words, **changed))


def _idle(book: Book, used: set[tuple[str, str]]) -> Iterator[Diagnostic]:
    """What a note is allowed that no rule would have said."""
    for note in book.notes:
        for allowance in note.question.allowances:
            name, span = allowance.code.text, allowance.code.span
            if name not in CHECKS:
                near = difflib.get_close_matches(name, CHECKS, 1, 0.5)
                hint = f"did you mean `{near[0]}`?" if near else "see docs/standard.md"
                yield Diagnostic(span, "rule-unknown", f"no rule `{name}`", hint)
            elif (note.key, name) not in used:
                message = f"`{name}` has nothing to say about this note"
                hint = "delete it from `allow`"
                yield Diagnostic(span, "allow-idle", message, hint, Severity.WARNING)
