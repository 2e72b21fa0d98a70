"""The sides of a note's cards as Anki will show them, and the formulas that belong on each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from deckgen.cloze import ANKI_DEPTH_LIMIT, ANKI_MARK
from deckgen.notetype import Kind
from deckgen.render import Note, Rendered
from deckgen.segment import ClozeClose, ClozeHint, ClozeOpen
from deckgen.shown_formula import Parts, ShownFormula

# Field indexes, as in the note types.
QUESTION, ANSWER, NOTE, TRAP, TIP, SOURCE, CONTEXT = range(7)
BEHIND = (NOTE, TRAP, TIP, SOURCE)
MATHJAX = re.compile(r"(\\[(\[])(.*?)(\\[\])])", re.DOTALL)
MARKUP = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
BLANK = "[...]"
# How Anki writes what a deletion hides into an attribute. htmlescape: encode_attribute
NOT_ALPHANUMERIC = re.compile("[\x00-/:-@\\[-`{-\xff]")
ENTITIES = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}


class CardSide(NamedTuple):
    """One side of the card with this 0-based ordinal; `formulas` are TeX, whether display."""

    note: Note
    ordinal: int
    is_question: bool
    html: str
    formulas: tuple[tuple[str, bool, ShownFormula], ...]


def sides(rendered: Rendered) -> Iterator[CardSide]:
    """Both sides of each card of a note."""
    note = rendered.note
    for ordinal in note.ordinals:
        for is_question in (True, False):
            shown = _shown_fields(note.kind, ordinal, is_question)
            cloze = note.kind is Kind.CLOZE
            number = ordinal + 1 if cloze else 0
            texts = [
                reveal(note.fields[index], number, is_question)
                if cloze and index == ANSWER
                else note.fields[index]
                for index in shown
            ]
            formulas = tuple(
                (tex, formula.display, formula)
                for formula in rendered.formulas
                if formula.field in shown
                and (tex := _tex_on_side(formula, number, is_question)) is not None
            )
            written = "".join(f"<div>{text}</div>" for text in texts if text)
            yield CardSide(note, ordinal, is_question, written, formulas)


def _shown_fields(kind: Kind, ordinal: int, is_question: bool) -> tuple[int, ...]:
    """The fields on one side, by the card templates in `templates/`."""
    if kind is Kind.CLOZE:
        front: tuple[int, ...] = (CONTEXT, QUESTION, ANSWER)
        return front if is_question else (*front, *BEHIND)
    if is_question:
        return (CONTEXT, ANSWER) if ordinal == 1 else (CONTEXT, QUESTION)
    return (CONTEXT, QUESTION, ANSWER, *BEHIND)


def _tex_on_side(formula: ShownFormula, number: int, is_question: bool) -> str | None:
    """The TeX that a side shows of a formula, or None if it is hidden there.

    `number` is the 1-based number of the card's cloze deletion, 0 on a basic card.
    """
    if formula.hint_of:
        around = formula.inside[:-1] if formula.inside else ()
        hidden = number in around or formula.hint_of != number
        return None if hidden or not is_question else joined(formula.parts, 0)
    if is_question and number in formula.inside:
        return None
    return joined(formula.parts, number if is_question else 0)


def joined(parts: Parts, hidden: int) -> str:
    """The TeX with the text of deletion number `hidden` blanked, its hint in place of dots."""
    written: list[str] = []
    opened: list[tuple[int, bool]] = []  # numbers, and whether their hint has started
    blank_depth = 0
    for part in parts:
        if isinstance(part, ClozeOpen):
            opened.append((part.number, False))
            if part.number == hidden and not blank_depth:
                blank_depth = len(opened)
                written.append(BLANK)
        elif isinstance(part, ClozeHint):
            number, _ = opened.pop()
            opened.append((number, True))
            if blank_depth == len(opened):
                written[-1] = "[]"
        elif isinstance(part, ClozeClose):
            if blank_depth == len(opened):
                blank_depth = 0
            opened.pop()
        elif not any(in_hint for _, in_hint in opened):
            if not blank_depth:
                written.append(part)
        elif blank_depth == len(opened):
            written[-1] = f"[{part}]"
    return "".join(written)


@dataclass(slots=True)
class _Deletion:
    """A cloze deletion that is being read: its 1-based number, its text as shown, its hint."""

    number: int
    shown: list[str] = field(default_factory=list)
    hint: str = "..."

    def take(self, text: str) -> None:
        before, colons, after = text.partition("::") if self.number else (text, "", "")
        self.shown.append(before)
        if colons:
            self.hint = after


def reveal(text: str, number: int, is_question: bool) -> str:
    """A cloze field as Anki shows it on the card of the 1-based `number`.

    Each deletion has one number, as in any note without an error. Anki: rslib/src/cloze.rs,
    `reveal_cloze_text` and `strip_html_inside_mathjax`
    """
    opened = [_Deletion(0)]  # the first one is the text outside of all deletions
    at = 0
    for mark in ANKI_MARK.finditer(text):
        opened[-1].take(text[at : mark.start()])
        at = mark.end()
        if mark[1] is None:
            closed = opened.pop() if len(opened) > 1 else None
            opened[-1].shown.append(_revealed(closed, number, is_question) if closed else "}}")
        elif len(opened) <= ANKI_DEPTH_LIMIT:
            opened.append(_Deletion(int(mark[1].split(",")[0] or 0)))
    opened[-1].take(text[at:])
    return MATHJAX.sub(lambda m: m[1] + MARKUP.sub("", m[2]) + m[3], "".join(opened[0].shown))


def _revealed(deletion: _Deletion, number: int, is_question: bool) -> str:
    content, ordinal = "".join(deletion.shown), f'data-ordinal="{deletion.number}"'
    if deletion.number != number:
        return f'<span class="cloze-inactive" {ordinal}>{content}</span>'
    if is_question:
        hidden = NOT_ALPHANUMERIC.sub(_entity, content)
        return f'<span class="cloze" data-cloze="{hidden}" {ordinal}>[{deletion.hint}]</span>'
    return f'<span class="cloze" {ordinal}>{content}</span>'


def _entity(character: re.Match[str]) -> str:
    return ENTITIES.get(character[0]) or f"&#x{ord(character[0]):02X};"
