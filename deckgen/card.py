"""The sides of a note's cards as Anki will show them, and the formulas that belong on each."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from deckgen.cloze import ANKI_MARK
from deckgen.notetype import Kind
from deckgen.render import Note, ShownFormula
from deckgen.segment import ClozeClose, ClozeHint, ClozeOpen

# Field indexes, as in the note types.
QUESTION, ANSWER, NOTE, TRAP, TIP, SOURCE, CONTEXT = range(7)
BEHIND = (NOTE, TRAP, TIP, SOURCE)
MATHJAX = re.compile(r"(\\[(\[])(.*?)(\\[\])])", re.DOTALL)
MARKUP = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
BLANK = "[...]"


@dataclass(frozen=True, slots=True)
class CardSide:
    """One side of the card with this 0-based ordinal; `formulas` are TeX, whether display."""

    note: Note
    ordinal: int
    is_question: bool
    html: str
    formulas: tuple[tuple[str, bool, ShownFormula], ...]


def sides(note: Note) -> Iterator[CardSide]:
    """Both sides of each card of a note."""
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
                for formula in note.formulas
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
        return None if hidden or not is_question else _join(formula, 0)
    if is_question and number in formula.inside:
        return None
    return _join(formula, number if is_question else 0)


def _join(formula: ShownFormula, hidden: int) -> str:
    """The TeX with the text of deletion number `hidden` blanked, its hint in place of dots."""
    written: list[str] = []
    opened: list[tuple[int, bool]] = []  # numbers, and whether their hint has started
    blank_depth = 0
    for part in formula.parts:
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


def reveal(text: str, number: int, is_question: bool) -> str:
    """A cloze field as Anki shows it on the card of the 1-based `number`.

    Anki: rslib/src/cloze.rs `reveal_cloze_text` and `strip_html_inside_mathjax`
    """
    pieces, at = _pieces(text, 0, number, is_question, top=True)
    shown = pieces + text[at:]
    return MATHJAX.sub(lambda m: m[1] + MARKUP.sub("", m[2]) + m[3], shown)


def _pieces(
    text: str, at: int, number: int, is_question: bool, top: bool
) -> tuple[str, int]:
    """The text from `at` to the `}}` that ends it (or to the end), and the offset after it."""
    written: list[str] = []
    while match := ANKI_MARK.search(text, at):
        if match[1] is None:
            written.append(text[at : match.start()])
            at = match.end()
            if not top:
                return "".join(written), at
            written.append("}}")
            continue
        written.append(text[at : match.start()])
        own = int(match[1].split(",")[0] or 0)
        inner, after = _pieces(text, match.end(), number, is_question, top=False)
        written.append(_deletion(inner, own, number, is_question))
        at = after
    return "".join(written) + (text[at:] if not top else ""), at if top else len(text)


def _deletion(inner: str, own: int, number: int, is_question: bool) -> str:
    content, colons, hint = inner.partition("::")
    if own != number:
        return f'<span class="cloze-inactive" data-ordinal="{own}">{content}</span>'
    if is_question:
        escaped = html.escape(content)
        shown = f"[{hint}]" if colons else BLANK
        return f'<span class="cloze" data-cloze="{escaped}" data-ordinal="{own}">{shown}</span>'
    return f'<span class="cloze" data-ordinal="{own}">{content}</span>'
