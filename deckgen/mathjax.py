"""Formulas as Anki shows them: MathJax 3.2.2 with Anki's settings, run from Python.

`MathJax` finds and compiles formulas as Anki and AnkiDroid do, and tells what is wrong with them;
`lint` tells what MathJax accepts and Anki shows wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

from deckgen.tex import FormulaFault

if TYPE_CHECKING:  # it takes long to import, and most builds need it not
    from deckgen.mathjax_engine import Engine, Starter

_BATCH = 50  # arguments per call: a call to mini-racer costs as much as a short formula


class FoundFormula(NamedTuple):
    """A formula as MathJax finds it on a card side: without delimiters, entities decoded."""

    tex: str
    display: bool
    faults: tuple[FormulaFault, ...]


class Side(NamedTuple):
    r"""What MathJax makes of one card side.

    `leftovers` are excerpts of the text from each `\(`, `\)`, `\[`, `\]` that belongs to no formula
    and that the reader will see. `fault` is set when the search itself failed. The formulas are
    `dependent` where one may define what another uses.
    """

    formulas: tuple[FoundFormula, ...]
    leftovers: tuple[str, ...]
    fault: FormulaFault | None = None
    dependent: bool = False


class MathJax:
    """The MathJax that Anki runs; its engine starts with the first question put to it.

    Bad TeX is never raised: what takes too long or nests too deeply gets a `FormulaFault`, and the
    engine is started anew. DeckgenError: no JavaScript engine, or not MathJax 3.2.2.
    """

    def __init__(self, starters: Sequence[Starter] | None = None) -> None:
        self._starters = starters
        self._engine: Engine | None = None
        self._verdicts: dict[tuple[str, bool], tuple[FormulaFault, ...]] = {}

    def __enter__(self) -> MathJax:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the engine; mini-racer would otherwise keep the interpreter from ending."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def compile(self, formulas: Sequence[tuple[str, bool]]) -> list[tuple[FormulaFault, ...]]:
        """Return all faults of each (TeX, display), compiled as if there were no other.

        Undefined commands are all found; any other error is the last, for MathJax reads no further.
        """
        new = [formula for formula in dict.fromkeys(formulas) if formula not in self._verdicts]
        for formula, answer in zip(new, self._ask("compile", new), strict=True):
            self._verdicts[formula] = _faults(answer)
        return [self._verdicts[formula] for formula in formulas]

    def search(self, sides: Sequence[str]) -> list[Side]:
        """Find and compile the formulas of each card side, given as its final HTML.

        The formulas of one side share their macros, as in Anki; sides share nothing.
        """
        found = self._find(sides)
        self.compile([formula for side in found if not side.dependent for formula in side.formulas])
        return [self._side(side) for side in found]

    def same(self, pairs: Sequence[tuple[str, str, bool]]) -> list[bool]:
        """Tell for each (TeX, other TeX, display) whether both compile to the same MathML."""
        return self.same_with_macros(pairs, {})

    def same_with_macros(
        self, pairs: Sequence[tuple[str, str, bool]], macros: Mapping[str, tuple[str, int]]
    ) -> list[bool]:
        """Tell for each (written, expanded, display) whether they come to the same MathML.

        `written` is compiled with `macros` (name without backslash to TeX and number of arguments)
        defined in MathJax's own settings, `expanded` without them.
        """
        written = self.mathml([(tex, display) for tex, _, display in pairs], macros)
        expanded = self.mathml([(tex, display) for _, tex, display in pairs])
        return [
            mathml is not None and mathml == other
            for mathml, other in zip(written, expanded, strict=True)
        ]

    def mathml(
        self,
        formulas: Sequence[tuple[str, bool]],
        macros: Mapping[str, tuple[str, int]] | None = None,
    ) -> list[str | None]:
        """Return the MathML of each (TeX, display), None where it has a fault.

        `macros` are defined in MathJax's own settings, as for `same_with_macros`.
        """
        defined = dict(macros or {})
        answers = self._ask("mathml", [(tex, display, defined) for tex, display in formulas])
        return [answer if isinstance(answer, str) else None for answer in answers]

    def packages(self) -> tuple[str, ...]:
        """Return the names of the TeX packages that are active in Anki, in MathJax's order."""
        return tuple(self._ask("packages", [None])[0])

    def commands(self) -> frozenset[str]:
        """Return the names, without backslash, of all commands that Anki's MathJax has."""
        return frozenset(self._ask("commands", [None])[0])

    def _find(self, sides: Sequence[str]) -> list[_Found]:
        candidates = [side for side in dict.fromkeys(sides) if _BACKSLASH.search(side)]
        answers = dict(zip(candidates, self._ask("find", candidates), strict=True))
        return [_Found.of(answers.get(side, _NO_FORMULAS)) for side in sides]

    def _side(self, found: _Found) -> Side:
        compile_all = self._compile_in_order if found.dependent else self.compile
        verdicts = compile_all(found.formulas)
        formulas = tuple(
            FoundFormula(tex, display, faults)
            for (tex, display), faults in zip(found.formulas, verdicts, strict=True)
        )
        return Side(formulas, found.leftovers, found.fault, found.dependent)

    def _compile_in_order(
        self, formulas: Sequence[tuple[str, bool]]
    ) -> list[tuple[FormulaFault, ...]]:
        (answer,) = self._ask("compileInOrder", [formulas])
        if isinstance(answer, FormulaFault):
            return [(answer,)] * len(formulas)
        return [_faults(each) for each in answer]

    def _ask(self, function: str, arguments: Sequence[object]) -> list[Any]:
        """Return what a function of mathjax_engine.js answers to each argument.

        Where the engine gave up, the answer is a `FormulaFault`.
        """
        batches = [arguments[at : at + _BATCH] for at in range(0, len(arguments), _BATCH)]
        return [answer for batch in batches for answer in self._ask_batch(function, batch)]

    def _ask_batch(self, function: str, arguments: Sequence[object]) -> list[Any]:
        from deckgen.mathjax_engine import GaveUp, ask

        engine = self._started()
        try:
            return ask(engine, function, arguments)
        except GaveUp as failure:
            self.close()
            if len(arguments) == 1:
                return [failure.fault]
        return [answer for one in arguments for answer in self._ask_batch(function, [one])]

    def _started(self) -> Engine:
        if self._engine is None:
            from deckgen.mathjax_engine import STARTERS, start

            self._engine = start(STARTERS if self._starters is None else self._starters)
        return self._engine


_BACKSLASH = re.compile(r"\\|&#|&bsol;")
"""Without one of these a side holds no delimiter."""


class _Found(NamedTuple):
    """What `find` of mathjax_engine.js answers for one card side; see `Side`."""

    formulas: tuple[tuple[str, bool], ...]
    leftovers: tuple[str, ...]
    dependent: bool
    fault: FormulaFault | None = None

    @classmethod
    def of(cls, answer: Any) -> _Found:
        if isinstance(answer, FormulaFault):
            return cls((), (), False, answer)
        formulas, leftovers, dependent = answer
        return cls(tuple((tex, display) for tex, display in formulas), tuple(leftovers), dependent)


_NO_FORMULAS = ((), (), False)


def _faults(answer: Any) -> tuple[FormulaFault, ...]:
    if isinstance(answer, FormulaFault):
        return (answer,)
    return tuple(FormulaFault(code, message, offset) for code, message, offset in answer)
