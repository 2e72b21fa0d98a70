"""What is told of many findings: all of a deck that has adopted the standard, else a few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deckgen.diagnostic import Diagnostic, Severity

MOST_ADVISED = 2  # findings of one rule
EXPLAIN = "`deckgen check --explain CODE` says what a rule is for"
CHOOSE = "in deck.yaml, `rules: standard` makes them rules of this deck, `rules: none` ends advice"


@dataclass(frozen=True, slots=True)
class Digest:
    """The diagnostics to show, and a last word with counts; it is empty if nothing was found."""

    shown: tuple[Diagnostic, ...]
    verdict: str


def digest(findings: Sequence[Diagnostic], notes: int, adopted: bool) -> Digest:
    """What to tell of the findings in a deck of so many notes.

    Advice is short: two examples of a rule, and one of a rule that every second note breaks, for
    such a deck plainly follows other rules.
    """
    if not findings:
        return Digest((), "")
    counts = Counter(finding.code for finding in findings)
    named = ", ".join(f"{code} {count:,}" for code, count in counts.most_common())
    if adopted:
        severities = Counter(finding.severity for finding in findings)
        told = [
            f"{severities[severity]:,} {severity.value}{'' if severities[severity] == 1 else 's'}"
            for severity in Severity
            if severities[severity]
        ]
        verdict = f"rules for cards: {', '.join(told)} ({named})"
        return Digest(tuple(findings), f"{verdict}\n{EXPLAIN}")
    shown: list[Diagnostic] = []
    taken: Counter[str] = Counter()
    for finding in findings:
        most = 1 if counts[finding.code] * 2 > notes else MOST_ADVISED
        if taken[finding.code] < most:
            taken[finding.code] += 1
            shown.append(finding)
    left = len(findings) - len(shown)
    verdict = f"advice on cards: {named}" + (f"; {left:,} of them not shown" if left else "")
    return Digest(tuple(shown), f"{verdict}\n{EXPLAIN}\n{CHOOSE}")
