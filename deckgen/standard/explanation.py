"""A rule as people read it: in the terminal, and in docs/standard.md, which is made from this."""

from __future__ import annotations

from collections.abc import Iterator

from deckgen.standard.rule import Check, Setting, code, needs_words, reason, settings
from deckgen.standard.rules import CHECKS, STANDARD


def explain(name: str) -> str:
    """All there is to say about the rule with this code, which must exist."""
    check = CHECKS[name]
    number = next(n for n, rule in enumerate(STANDARD, 1) if check in rule.checks)
    title = STANDARD[number - 1].title
    return "\n\n".join((f"{name} · rule {number}: {title}", *_paragraphs(check))) + "\n"


def manual() -> str:
    """The rules as a chapter of Markdown: each with its reason, its settings, what to review."""
    parts: list[str] = []
    for number, rule in enumerate(STANDARD, 1):
        parts.append(f"### {number}. {rule.title}")
        if rule.review:
            parts.append(f"**Reviewer:** {rule.review}")
        for check in rule.checks:
            first, *others = reason(check).split("\n\n")
            parts += (f"#### `{code(check)}`", _joined(first), *map(_joined, others))
            facts = [f"`{key}: {_written(value)}`" for key, value in settings(check).items()]
            if needs_words(check):
                facts.append("for `language: en`")
            if facts:
                parts.append(" · ".join(facts))
    return "\n\n".join(parts) + "\n"


def checklist() -> str:
    """What a reviewer looks at, as a list in Markdown with the numbers of the rules."""
    items = (
        f"- **{number}. {rule.title}.** {rule.review}"
        for number, rule in enumerate(STANDARD, 1)
        if rule.review
    )
    return "\n".join(items) + "\n"


def _paragraphs(check: Check) -> Iterator[str]:
    yield reason(check)
    name = code(check)
    if changeable := settings(check):
        changes = ", ".join(f"{key}: {_written(value)}" for key, value in changeable.items())
        yield f"In deck.yaml, with the defaults:\n    rules:\n      {name}: {{{changes}}}"
    yield (
        "Off for a deck, or for one note in its comment, each with the reason:\n"
        f'    rules:\n      {name}: {{off: "why this deck does not follow it"}}\n'
        f'    allow: {{{name}: "why this note may break it"}}'
    )
    if needs_words(check):
        yield "It knows the words of English, and is silent for other languages."


def _written(value: Setting) -> str:
    if isinstance(value, int):
        return str(value)
    return "[" + ", ".join(f'"{text}"' if "::" in text else text for text in value) + "]"


def _joined(paragraph: str) -> str:
    return " ".join(paragraph.split())
