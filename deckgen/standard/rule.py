"""What a rule finds, and how a rule is written.

A rule is a function that takes the deck and yields findings; if it also takes `words`, it is
silent for languages that have none. Its name is its code, its docstring what it asks for and
why, and its keyword arguments are what a deck may change in `deck.yaml`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deckgen.diagnostic import Severity, Span
from deckgen.standard.book import Reading

Setting = int | tuple[str, ...]
Check = Callable[..., Iterator["Finding"]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says about one note, or about the deck if `note` is None."""

    note: Reading | None
    span: Span
    message: str
    hint: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Article:
    """One of the rules for cards as people read them, and the checks that it has.

    What no check decides is a reviewer's: `review` says what to look at, empty if there is nothing.
    """

    title: str
    checks: tuple[Check, ...]
    review: str = ""


def warning(note: Reading | None, span: Span, message: str, hint: str) -> Finding:
    return Finding(note, span, message, hint, Severity.WARNING)


def error(note: Reading | None, span: Span, message: str, hint: str) -> Finding:
    return Finding(note, span, message, hint, Severity.ERROR)


def code(check: Check) -> str:
    return check.__name__.replace("_", "-")


def needs_words(check: Check) -> bool:
    """Whether the rule is about one language."""
    return "words" in inspect.signature(check).parameters


def settings(check: Check) -> dict[str, Setting]:
    """What a deck may change of a rule, as written in `deck.yaml`, and the defaults."""
    parameters = inspect.signature(check).parameters.values()
    return {
        parameter.name.replace("_", "-"): parameter.default
        for parameter in parameters
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }


def reason(check: Check) -> str:
    """What the rule asks for and why, paragraphs between empty lines."""
    return inspect.cleandoc(check.__doc__ or "")
