"""Every formula through MathJax at build time: as written, as shown, and on each card side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from deckgen.card import CardSide, sides
from deckgen.config import MacroDefinition
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.macros import Macro, define, settings
from deckgen.mathjax import MathJax, Side
from deckgen.render import Note
from deckgen.shown_formula import ShownFormula
from deckgen.tex import FormulaFault, lint

BATCH = 100  # formulas or sides between two steps of a progress bar

Progress = Callable[[int, int], None]


def read_macros(
    definitions: Sequence[MacroDefinition], mathjax: MathJax
) -> tuple[dict[str, Macro], tuple[Diagnostic, ...]]:
    """The deck's macros by name, and what is wrong with their definitions."""
    if not definitions:
        return {}, ()
    places = {d.name.text.removeprefix("\\"): d.name.span for d in definitions}
    written = {d.name.text: d.tex.text for d in definitions}
    macros, faults = define(written, mathjax.commands())
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


def check_formulas(
    notes: Sequence[Note],
    macros: Mapping[str, Macro],
    mathjax: MathJax,
    progress: Progress = lambda done, total: None,
) -> tuple[Diagnostic, ...]:
    """What is wrong with the formulas of the notes; `progress` is told steps done, of how many."""
    formulas = [formula for note in notes for formula in note.formulas]
    cards = [side for note in notes for side in sides(note)]
    total = len(formulas) + len(cards)
    found: list[Diagnostic] = []
    broken: set[Span] = set()
    for start in range(0, len(formulas), BATCH):
        batch = formulas[start : start + BATCH]
        for diagnostic, formula in _faults(batch, macros, mathjax):
            found.append(diagnostic)
            broken.add(formula.span)
        progress(start + len(batch), total)
    for start in range(0, len(cards), BATCH):
        shown = cards[start : start + BATCH]
        searched = mathjax.search([side.html for side in shown])
        for side, result in zip(shown, searched, strict=True):
            found += _side_faults(side, result, broken)
        progress(len(formulas) + start + len(shown), total)
    return tuple(dict.fromkeys(found))


def _faults(
    formulas: Sequence[ShownFormula], macros: Mapping[str, Macro], mathjax: MathJax
) -> Iterator[tuple[Diagnostic, ShownFormula]]:
    compiled = mathjax.compile([(f.expansion.tex, f.display) for f in formulas])
    sound: list[ShownFormula] = []
    for formula, errors in zip(formulas, compiled, strict=True):
        expansion = formula.expansion
        faults = (expansion.fault,) if expansion.fault else (*errors, *lint(expansion.tex))
        for fault in faults:
            yield _diagnostic(formula, fault), formula
        if not faults:
            sound.append(formula)
    repaired = [f for f in sound if f.shown != f.expansion.tex]
    same = mathjax.same([(f.expansion.tex, f.shown, f.display) for f in repaired])
    for formula, proven in zip(repaired, same, strict=True):
        if not proven:
            message = "`}}` or `::` in this formula would end the cloze deletion that it stands in"
            hint = "write it so that a space may stand between: `} }`, `: :`"
            yield Diagnostic(formula.span, "formula-in-cloze", message, hint), formula
    expanded = [f for f in sound if f.expansion.used]
    proofs = mathjax.same_with_macros(
        [(f.written.text, f.expansion.tex, f.display) for f in expanded], settings(macros)
    )
    for formula, proven in zip(expanded, proofs, strict=True):
        if not proven:
            message = "expanding the deck's macros here changes the formula"
            hint = "write the macro's TeX out, or put its argument in braces"
            yield Diagnostic(formula.span, "formula-macro", message, hint), formula


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


def _side_faults(side: CardSide, found: Side, broken: set[Span]) -> Iterator[Diagnostic]:
    if any(formula.span in broken for formula in side.note.formulas):
        return
    place = f"{'question' if side.is_question else 'answer'} of card {side.ordinal + 1}"
    meant = Counter((" ".join(tex.split()), display) for tex, display, _ in side.formulas)
    seen = Counter((" ".join(f.tex.split()), f.display) for f in found.formulas)
    for tex, _ in (meant - seen):
        formula = next(f for t, _, f in side.formulas if " ".join(t.split()) == tex)
        message = f"on the {place}, MathJax does not find this formula as it is written"
        hint = "an unbalanced brace or delimiter near it is the usual cause"
        yield Diagnostic(formula.span, "formula-lost", message, hint)
    for tex, _ in (seen - meant):
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
