"""A formula as a field shows it: macros expanded, and cloze marks that stay where they are.

Anki ends a cloze deletion at the first `}}` and starts its hint at the first `::`, also in the
middle of a formula. TeX ignores a space between the two characters, and `formulas` proves that.

In a formula Anki leaves no element around a deletion (Anki: rslib/src/cloze.rs,
`strip_html_inside_mathjax`), so there is nothing to color. `\\class{gap-1}{…}` around it is one:
the styling knows by the class of the page, `card1`, which gap is asked for.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from typing import NamedTuple

from deckgen.diagnostic import Span
from deckgen.fieldtree import SLOT, slot
from deckgen.macros import Expansion, Macro, expand
from deckgen.passage import Passage
from deckgen.segment import ClozeClose, ClozeHint, ClozeMark, ClozeOpen, Formula

LITERAL_OPEN = re.compile(r"\{(?=\{c\d)")
DOUBLE_BRACE = re.compile(r"\}(?=\})")
DOUBLE_COLON = re.compile(r":(?=:)")

Parts = tuple[str | ClozeMark, ...]
"""TeX with cloze marks in it."""
LookProof = Callable[[Parts, Parts, bool], bool]
"""Whether a formula with gaps looks as without them on every side; the last: is it displayed?"""


def no_gaps(plain: Parts, gapped: Parts, display: bool) -> bool:
    """The proof of those who cannot ask MathJax: no formula gets gaps."""
    return False


class ShownFormula(NamedTuple):
    """A formula in a field: as written, with its macros expanded, and as the field shows it.

    `parts` is what the field shows, with cloze marks and gaps, and `shown` the TeX without those;
    `inside` are the 1-based numbers
    of the deletions around it, outermost first, and `hint_of` is the number of the deletion whose
    hint it stands in, 0 if none. `field` is the 0-based index of its field.
    """

    written: Passage
    expansion: Expansion
    shown: str
    parts: Parts
    display: bool
    span: Span
    field: int
    inside: tuple[int, ...]
    hint_of: int


def show(
    formula: Formula,
    macros: Mapping[str, Macro],
    field: int,
    inside: tuple[int, ...],
    hint_of: int,
    proof: LookProof = no_gaps,
) -> ShownFormula:
    """The formula as the field with this 0-based index shows it; see `ShownFormula`."""
    expansion = expand(formula.passage.text, macros)
    if formula.marks:
        parts = _with_marks(formula, lambda tex: expand(tex, macros).tex)
    else:
        parts = (expansion.tex,) if expansion.tex else ()
    parts = shown = _repaired(parts, formula.clozed)
    if formula.marks and proof(parts, gapped := _gapped(parts), formula.display):
        shown = gapped
    return ShownFormula(
        written=formula.passage,
        expansion=expansion,
        shown="".join(part for part in parts if isinstance(part, str)),
        parts=shown,
        display=formula.display,
        span=formula.span,
        field=field,
        inside=inside,
        hint_of=hint_of,
    )


def mark_html(mark: ClozeMark) -> str:
    """A cloze mark as Anki reads it."""
    if isinstance(mark, ClozeOpen):
        return f"{{{{c{mark.number}::"
    return "::" if isinstance(mark, ClozeHint) else "}}"


def _with_marks(formula: Formula, expanded: Callable[[str], str]) -> Parts:
    """The TeX as shown, its macros expanded around the cloze marks that stand in it."""
    tex, marks = formula.passage.text, formula.marks
    pieces: list[str] = []
    at = 0
    for index, (offset, _) in enumerate(marks):
        pieces += (tex[at:offset], slot(index))
        at = offset
    whole = expanded("".join((*pieces, tex[at:])))
    parts: list[str | ClozeMark] = []
    for index, piece in enumerate(SLOT.split(whole)):
        if index % 2:
            parts.append(marks[int(piece)][1])
        elif piece:
            parts.append(piece)
    return tuple(parts)


def _repaired(parts: Iterable[str | ClozeMark], clozed: bool) -> Parts:
    """The TeX with a space wherever Anki would see the end of a deletion, or its hint.

    Only a space, because Anki's editor would turn an entity back into the brace.
    """
    listed = list(parts)
    depth = int(clozed)
    repaired: list[str | ClozeMark] = []
    for part, following in zip_longest(listed, listed[1:]):
        if isinstance(part, ClozeOpen):
            depth += 1
        elif isinstance(part, ClozeClose):
            depth -= 1
        elif isinstance(part, str):
            part = LITERAL_OPEN.sub("{ ", part)
            if depth:
                part = DOUBLE_COLON.sub(": ", DOUBLE_BRACE.sub("} ", part))
                ends = isinstance(following, ClozeClose) and part.endswith("}")
                hints = isinstance(following, ClozeHint) and part.endswith(":")
                part += " " if ends or hints else ""
        repaired.append(part)
    return tuple(repaired)


def _gapped(parts: Parts) -> Parts:
    """The parts with each deletion in a class of its own."""
    gapped: list[str | ClozeMark] = []
    for part in parts:
        if isinstance(part, ClozeOpen):
            gapped.append(f"\\class{{gap-{part.number}}}{{")
        gapped.append(part)
        if isinstance(part, ClozeClose):
            gapped.append("}")
    return tuple(gapped)


def formula_html(formula: ShownFormula) -> str:
    """The formula as the field holds it, in the delimiters that Anki's MathJax looks for."""
    tex = "".join(
        html.escape(part, quote=False) if isinstance(part, str) else mark_html(part)
        for part in formula.parts
    )
    # A backslash right before the delimiter would hide it from MathJax.
    space = " " if tex.endswith("\\") else ""
    return f"\\[{tex}{space}\\]" if formula.display else f"\\({tex}{space}\\)"
