"""Where a formula ends that starts here, and whether it is one at all.

A dollar sign is also money, a shell variable, a template. The rules are Pandoc's (no space just
inside the dollars, no blank line between them) and three more, each for a text that people write:
a pair of dollars around prose that starts with an amount is money, dollars never cut a code span
or a cloze deletion in two, and a dollar glued behind a letter (`US$`) opens nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HEADING = re.compile(r"^#{2,3}[ \t]", re.MULTILINE)
DOUBLE_DOLLARS = re.compile(r"\\.|\$\$", re.DOTALL)
INLINE_DOLLARS = re.compile(r"\$((?:[^$\\]|\\.)+)\$", re.DOTALL)
MONEY = re.compile(r"\d[\d.,]*\s*(?:[kKM]|bn|[a-z]+illion)?\s+[^\\^_={}]*[^\W\d_]{2}[^\\^_={}]*\Z")
AMOUNT_THEN_BRACKET = re.compile(r"\d[\d.,]*\s+\([^)]*\Z")
ESCAPED = re.compile(r"\\.", re.DOTALL)
ANKI_LATEX = re.compile(r"(?:(?<=\[)|(?<=\[/))\$\$?(?=\])")
BACKTICKS = re.compile(r"`+")
BRACES = re.compile(r"\\.|\{|\}", re.DOTALL)
ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z]+\*?)\}")


class Found(NamedTuple):
    """A formula in a text: its TeX is `text[start:end]`, and `after` is what follows it.

    All three are 0-based offsets.
    """

    start: int
    end: int
    after: int
    display: bool


def next_question(text: str, at: int, end: int) -> int:
    """Where the next question's heading starts, or `end`: no display formula reaches further."""
    heading = HEADING.search(text, at, end)
    return heading.start() if heading else end


def dollars(text: str, at: int, end: int, clozed: bool) -> Found | None:
    """The formula whose opening `$` stands at `at`, before the `end` of its paragraph.

    None if it is just a dollar. `clozed` tells that a cloze deletion is open, so that a brace in
    the formula might close it.
    """
    if at and text[at - 1].isalpha():
        return None
    match = INLINE_DOLLARS.match(text, at, end)
    if match is None:
        return None
    body, after = match[1], match.end()
    if body[0].isspace() or (body[-1].isspace() and not _ends_escaped(body)):
        return None
    follows_digit = after < len(text) and text[after].isdigit()
    if body[0].isdigit() and (follows_digit or is_money(body)):
        return None
    if not _keeps_code_whole(text, match.start(1), match.end(1), end):
        return None
    if clozed and not _keeps_braces(body):
        return None
    return Found(match.start(1), match.end(1), after, display=False)


def is_money(body: str) -> bool:
    """Whether the text between two dollars is prose that starts with an amount."""
    return MONEY.match(body) is not None or AMOUNT_THEN_BRACKET.match(body) is not None


def double_dollars(text: str, at: int, end: int) -> Found | None:
    """The formula whose opening `$$` stands at `at`, or None if nothing closes it before `end`."""
    for match in DOUBLE_DOLLARS.finditer(text, at + 2, end):
        if match[0] == "$$":
            return Found(at + 2, match.start(), match.end(), display=True)
    return None


def brackets(text: str, at: int, end: int) -> Found | None:
    """The formula whose opening `\\(` or `\\[` stands at `at`, or None if nothing closes it."""
    display = text[at + 1] == "["
    close = "]" if display else ")"
    for match in ESCAPED.finditer(text, at + 2, end):
        if match[0][1] == close:
            return Found(at + 2, match.start(), match.end(), display)
    return None


def environment(text: str, at: int, end: int) -> Found | None:
    """The formula that is `\\begin{align}…\\end{align}` at `at`, or None if it does not end."""
    opening = ENVIRONMENT.match(text, at)
    if opening is None:
        return None
    name = re.escape(opening[1])
    depth = 0
    for match in re.compile(rf"\\(begin|end)\{{{name}\}}").finditer(text, at, end):
        depth += 1 if match[1] == "begin" else -1
        if depth == 0:
            return Found(at, match.end(), match.end(), display=True)
    return None


def code_end(text: str, at: int, ticks: int, end: int) -> int:
    """The offset of the backticks that close a code span of `ticks` backticks, or -1."""
    for match in BACKTICKS.finditer(text, at, end):
        if len(match[0]) == ticks:
            return match.start()
    return -1


def _ends_escaped(body: str) -> bool:
    return any(match.end() == len(body) for match in ESCAPED.finditer(body))


def _keeps_code_whole(text: str, start: int, end: int, paragraph: int) -> bool:
    """Whether every code span that opens in `text[start:end]` also closes there."""
    at = start
    while match := BACKTICKS.search(text, at, end):
        close = code_end(text, match.end(), len(match[0]), paragraph)
        if close < 0:
            at = match.end()
        elif close >= end:
            return False
        else:
            at = close + len(match[0])
    return True


def _keeps_braces(body: str) -> bool:
    """Whether no brace closes in `body` that opened before it: a cloze deletion's, mostly."""
    depth = 0
    for match in BRACES.finditer(body):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth < 0:
            return False
    return True
