"""Every formula through MathJax at build time: as written, as shown, and on each card side."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from xml.etree import ElementTree

from deckgen.card import CardSide, joined, sides
from deckgen.config import MacroDefinition
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.macros import Macro, define, settings
from deckgen.mathjax import MathJax, Side
from deckgen.render import Rendered
from deckgen.segment import ClozeOpen
from deckgen.shown_formula import Parts, ShownFormula, formula_html
from deckgen.tex import FormulaFault, lint

# What could be a backslash to MathJax: itself, or an entity.
BACKSLASH = re.compile(r"\\|&#|&bsol;")
CODE = re.compile(r"<(code|pre)\b[^>]*>[^<]*(?:<(?!\1\b|/\1>)[^<]*)*</\1>")
# Where MathJax does not look: HTMLDomStrings
UNREAD = ("<code", "<pre", "_ignore")
GAP = "gap-"  # how the classes that `shown_formula` puts around deletions start
Proof = tuple[str, str, bool]
"""A formula as written, as shown, and whether it is displayed."""


def read_macros(
    definitions: Sequence[MacroDefinition], commands: Callable[[], Collection[str]]
) -> tuple[dict[str, Macro], tuple[Diagnostic, ...]]:
    """The deck's macros by name, and what is wrong with their definitions.

    `commands` gives the names of MathJax's own.
    """
    if not definitions:
        return {}, ()
    places = {d.name.text.removeprefix("\\"): d.name.span for d in definitions}
    written = {d.name.text: d.tex.text for d in definitions}
    macros, faults = define(written, commands())
    hint = r"write `name: TeX`, such as `norm: '\lVert #1 \rVert'`"
    return macros, tuple(
        Diagnostic(
            places[fault.name.removeprefix("\\")],
            fault.code,
            fault.message,
            "" if fault.is_warning else hint,
            Severity.WARNING if fault.is_warning else Severity.ERROR,
        )
        for fault in faults
    )


class FormulaCheck:
    """Checks the formulas of one deck's notes; what is once proven sound is not asked again.

    MathJax looks for formulas in each stretch of text between two tags, from its start to its end
    (MathJax: ts/input/tex/FindTeX.ts). So a formula that it finds whole where nothing else stands,
    it finds on each side that shows it as it is and has no other backslash. `proven` are those;
    only sides that are not as plain as that are searched.
    """

    def __init__(
        self, macros: Mapping[str, Macro], mathjax: MathJax, proven: frozenset[Proof] = frozenset()
    ) -> None:
        self._macros = macros
        self._mathjax = mathjax
        self.proven = set(proven)
        self.newly_proven: set[Proof] = set()

    def check(self, notes: Sequence[Rendered]) -> tuple[Diagnostic, ...]:
        """What is wrong with the formulas of these notes."""
        new = [f for note in notes for f in note.formulas if _proof(f) not in self.proven]
        found: list[Diagnostic] = []
        broken: set[Span] = set()
        for diagnostic, formula in self._faults(new):
            found.append(diagnostic)
            broken.add(formula.span)
        self._prove([formula for formula in new if formula.span not in broken])
        unclear = [
            note
            for note in notes
            if not _stands_clear(note)
            or any(_proof(formula) not in self.proven for formula in note.formulas)
        ]
        shown = [(side, rendered) for rendered in unclear for side in sides(rendered)]
        searched = self._mathjax.search([side.html for side, _ in shown])
        for (side, rendered), result in zip(shown, searched, strict=True):
            if not any(formula.span in broken for formula in rendered.formulas):
                found += _side_faults(side, result)
        return tuple(dict.fromkeys(found))

    def keeps_its_look(self, plain: Parts, gapped: Parts, display: bool) -> bool:
        """Whether a formula with classes around its deletions is, on each side, the one without.

        It is not where a deletion is an argument without braces of its own.
        """
        numbers = {part.number for part in plain if isinstance(part, ClozeOpen)}
        wanted = [(joined(plain, hidden), display) for hidden in (0, *sorted(numbers))]
        written = [(joined(gapped, hidden), display) for hidden in (0, *sorted(numbers))]
        pairs = zip(self._mathjax.mathml(wanted), self._mathjax.mathml(written), strict=True)
        return all(
            one is not None and other is not None and _tree(one) == _tree(other)
            for one, other in pairs
        )

    def _prove(self, sound: Sequence[ShownFormula]) -> None:
        """Note which formulas MathJax finds just so where they stand alone."""
        alone = {formula_html(f): f for f in sound if not _has_marks(f)}
        for formula, side in zip(alone.values(), self._mathjax.search(list(alone)), strict=True):
            found = [(f.tex.strip(), f.display, f.faults) for f in side.formulas]
            meant = [(formula.shown.strip(), formula.display, ())]
            if found == meant and not (side.leftovers or side.fault or side.dependent):
                self.newly_proven.add(_proof(formula))
        self.proven |= self.newly_proven

    def _faults(
        self, formulas: Sequence[ShownFormula]
    ) -> Iterator[tuple[Diagnostic, ShownFormula]]:
        compiled = self._mathjax.compile([(f.expansion.tex, f.display) for f in formulas])
        sound: list[ShownFormula] = []
        for formula, errors in zip(formulas, compiled, strict=True):
            expansion = formula.expansion
            faults = (expansion.fault,) if expansion.fault else (*errors, *lint(expansion.tex))
            for fault in faults:
                yield _diagnostic(formula, fault), formula
            if not expansion.tex.strip():
                message, hint = "this formula shows nothing", "write something, or delete it"
                yield Diagnostic(formula.span, "formula-empty", message, hint), formula
            elif not faults:
                sound.append(formula)
        repaired = [f for f in sound if f.shown != f.expansion.tex]
        same = self._mathjax.same([(f.expansion.tex, f.shown, f.display) for f in repaired])
        for formula, proven in zip(repaired, same, strict=True):
            if not proven:
                message = "`}}` or `::` in this formula would end the cloze deletion around it"
                hint = "write it so that a space may stand between: `} }`, `: :`"
                yield Diagnostic(formula.span, "formula-in-cloze", message, hint), formula
        expanded = [f for f in sound if f.expansion.used]
        proofs = self._mathjax.same_with_macros(
            [(f.written.text, f.expansion.tex, f.display) for f in expanded],
            settings(self._macros),
        )
        for formula, proven in zip(expanded, proofs, strict=True):
            if not proven:
                message = "expanding the deck's macros here changes the formula"
                hint = "write the macro's TeX out, or put its argument in braces"
                yield Diagnostic(formula.span, "formula-macro", message, hint), formula


NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
ROW = f"{NAMESPACE}mrow"
BRACES = ("data-mjx-texclass", "ORD")
# What takes its arguments by their place.
PLACED = frozenset(
    f"{NAMESPACE}{name}"
    for name in ("mfrac", "mover", "mroot", "msub", "msubsup", "msup", "munder", "munderover")
)
Tree = tuple[str, tuple[tuple[str, str], ...], str, tuple[object, ...]]


def _tree(mathml: str) -> Tree:
    """MathML without the classes of gaps, and without the rows that are there to carry one."""
    return _branch(ElementTree.fromstring(mathml))


def _branch(element: ElementTree.Element) -> Tree:
    kept = tuple(sorted((k, v) for k, v in element.items() if not v.startswith(GAP)))
    return element.tag, kept, (element.text or "").strip(), tuple(_branches(element))


def _branches(element: ElementTree.Element) -> Iterator[Tree]:
    for child in element:
        tag, attributes, text, branches = _branch(child)
        if tag == ROW and element.tag in PLACED:  # alone in its place, braces or a gap alike
            yield tag, tuple(pair for pair in attributes if pair != BRACES), text, branches
        elif tag == ROW and child.get("class", "").startswith(GAP):
            yield from _branches(child)
        else:
            yield tag, attributes, text, branches


def _proof(formula: ShownFormula) -> Proof:
    return formula.written.text, formula.shown, formula.display


def _has_marks(formula: ShownFormula) -> bool:
    return any(not isinstance(part, str) for part in formula.parts)


def _stands_clear(rendered: Rendered) -> bool:
    """Whether every side shows each formula as it is, and no backslash but theirs."""
    clozed = any(f.inside or f.hint_of or _has_marks(f) for f in rendered.formulas)
    if clozed or BACKSLASH.search(rendered.note.deck):
        return False
    pending = list(reversed(rendered.formulas))
    for index, text in enumerate(rendered.note.fields):
        at = 0
        while pending and pending[-1].field == index:
            written = formula_html(pending.pop())
            start = text.find(written, at)
            if start < 0 or not _is_clear(text[at:start]):
                return False
            at = start + len(written)
        if text and not _is_clear(text[at:]):
            return False
    return not pending


def _is_clear(between: str) -> bool:
    """Whether MathJax finds nothing in a piece of a field, and looks behind it as before it."""
    if "<code" in between or "<pre" in between:
        between = CODE.sub("", between)
    if "\\" in between or ("&" in between and BACKSLASH.search(between)):
        return False
    lower = between.lower()
    return not any(map(lower.__contains__, UNREAD))


def _diagnostic(formula: ShownFormula, fault: FormulaFault) -> Diagnostic:
    """The fault at its character in the file; a formula's whole span if MathJax names none."""
    span, tex = formula.span, formula.written.text
    in_written = formula.expansion.fault is fault
    offset = fault.offset if in_written else formula.expansion.origin(fault.offset)
    if 0 <= offset < len(tex):
        span = formula.written.span(offset, _token_end(tex, offset))
    elif offset >= len(tex):
        span = Span(span.path, max(span.start, span.end - 1), span.end)
    code = "formula-undefined" if fault.code == "UndefinedControlSequence" else "formula-invalid"
    return Diagnostic(span, code, fault.message)


def _token_end(tex: str, at: int) -> int:
    """Where the command or character at `at` ends."""
    end = at + 1
    if tex[at] == "\\" and end < len(tex):
        end += 1
        while tex[end - 1].isalpha() and end < len(tex) and tex[end].isalpha():
            end += 1
    return end


def _side_faults(side: CardSide, found: Side) -> Iterator[Diagnostic]:
    place = f"{'question' if side.is_question else 'answer'} of card {side.ordinal + 1}"
    meant = Counter((" ".join(tex.split()), display) for tex, display, _ in side.formulas)
    seen = Counter((" ".join(f.tex.split()), f.display) for f in found.formulas)
    for tex, _ in meant - seen:
        formula = next(f for t, _, f in side.formulas if " ".join(t.split()) == tex)
        message = f"on the {place}, MathJax does not find this formula as it is written"
        hint = "an unbalanced brace or delimiter near it is the usual cause"
        yield Diagnostic(formula.span, "formula-lost", message, hint)
    for tex, _ in seen - meant:
        message = f"on the {place}, MathJax takes `{tex[:60]}` for a formula"
        yield Diagnostic(side.note.span, "formula-unmeant", message, "write the backslash as code")
    if found.fault is not None:
        message = f"on the {place}, MathJax gives up: {found.fault.message}"
        yield Diagnostic(side.note.span, "formula-on-card", message, "shorten the note")
    for leftover in found.leftovers:
        message = f"on the {place}, the delimiter in `{leftover[:60]}` is shown as it stands"
        yield Diagnostic(side.note.span, "formula-delimiter", message, "close it, or delete it")
    for seen_formula in found.formulas:
        for fault in seen_formula.faults:
            tex = seen_formula.tex
            where = next((f.span for t, _, f in side.formulas if t == tex), side.note.span)
            message = f"on the {place}, MathJax says: {fault.message}"
            hint = f"there it reads: {tex[:80]}"
            yield Diagnostic(where, "formula-on-card", message, hint)
