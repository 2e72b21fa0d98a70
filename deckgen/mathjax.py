"""Formulas as Anki shows them: MathJax 3.2.2 with Anki's settings, run from Python.

The files are MathJax's own (PyPI: django-static-mathjax), the JavaScript engine is quickjs-ng, or
mini-racer where there is no quickjs-ng. `MathJax` finds and compiles formulas as Anki and AnkiDroid
do, and tells what is wrong with them; `lint` tells what MathJax accepts and Anki shows wrongly.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from html.entities import html5
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from deckgen.diagnostic import DeckgenError
from deckgen.tex import FormulaFault

VERSION = "3.2.2"
SECONDS_PER_CALL = 5
MEMORY_BYTES = 512 << 20
STACK_BYTES = 64 << 20  # MathJax recurses: 1 MB for deep formulas, and Windows gives 1 MB in all

_BATCH = 50  # arguments per call: a call to mini-racer costs as much as a short formula
_INSTALL_FILES = "pip install django-static-mathjax==3.2.2.1"
_INSTALL_ENGINE = "pip install quickjs-ng (or mini-racer)"


@dataclass(frozen=True, slots=True)
class FoundFormula:
    """A formula as MathJax finds it on a card side: without delimiters, entities decoded."""

    tex: str
    display: bool
    faults: tuple[FormulaFault, ...]


@dataclass(frozen=True, slots=True)
class Side:
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
        self._starters = STARTERS if starters is None else tuple(starters)
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
        engine = self._started()
        try:
            return _call(engine, function, arguments)
        except _GaveUp as failure:
            self.close()
            if len(arguments) == 1:
                return [failure.fault]
        return [answer for one in arguments for answer in self._ask_batch(function, [one])]

    def _started(self) -> Engine:
        if self._engine is None:
            self._engine = _start(self._starters)
        return self._engine


_BACKSLASH = re.compile(r"\\|&#|&bsol;")
"""Without one of these a side holds no delimiter."""


@dataclass(frozen=True, slots=True)
class _Found:
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


# Engines ------------------------------------------------------------------------------------------


class Engine(Protocol):
    """A JavaScript engine in which MathJax is loaded."""

    def call(self, function: str, arguments: str) -> str:
        """Call a function of mathjax_engine.js, JSON to JSON; _GaveUp: out of time or memory."""

    def close(self) -> None:
        """Free it; it is not called again."""


Starter = Callable[[Sequence[str]], Engine]
"""Starts an engine and runs these scripts in it; ImportError: it is not installed."""

_REASONS = (
    (r"interrupted|timeout", "TooSlow", "MathJax does not get through this in reasonable time"),
    (r"stack", "TooDeep", "this is nested too deeply for MathJax"),
    (r"memory|OOM", "TooLarge", "MathJax runs out of memory on this"),
)


class _GaveUp(Exception):
    """The engine could not finish a call and is in no state for another."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.fault = FormulaFault("Internal", f"MathJax failed: {reason[:200]}", -1)
        for pattern, code, message in _REASONS:
            if re.search(pattern, reason, re.IGNORECASE):
                self.fault = FormulaFault(code, message, -1)
                break


class QuickJS:
    """quickjs-ng, in a thread of its own for the sake of its stack."""

    def __init__(self, scripts: Sequence[str]) -> None:
        self._quickjs = importlib.import_module("quickjs")
        self._thread = _thread_with_large_stack()
        self._context: Any = self._thread.submit(self._load, scripts).result()

    def _load(self, scripts: Sequence[str]) -> Any:
        context = self._quickjs.Context()
        context.set_max_stack_size(STACK_BYTES * 3 // 4)
        context.set_memory_limit(MEMORY_BYTES)
        for script in scripts:
            context.eval(script)
        context.set_time_limit(SECONDS_PER_CALL)
        return context

    def call(self, function: str, arguments: str) -> str:
        return self._thread.submit(self._call, function, arguments).result()

    def _call(self, function: str, arguments: str) -> str:
        try:
            return str(self._context.eval(f"deckgen.{function}")(arguments))
        except (self._quickjs.JSException, self._quickjs.StackOverflow) as error:
            raise _GaveUp(str(error)) from None

    def close(self) -> None:
        self._thread.submit(self._forget).result()
        self._thread.shutdown()

    def _forget(self) -> None:
        self._context = None


class MiniRacer:
    """mini-racer (V8), for platforms without a wheel of quickjs-ng.

    In a thread of its own, because it refuses time limits where an event loop runs.
    """

    def __init__(self, scripts: Sequence[str]) -> None:
        self._library = importlib.import_module("py_mini_racer")
        self._thread = ThreadPoolExecutor(1)
        self._context = self._thread.submit(self._load, scripts).result()

    def _load(self, scripts: Sequence[str]) -> Any:
        context = self._library.MiniRacer()
        context.set_hard_memory_limit(MEMORY_BYTES)
        for script in scripts:
            context.eval(f"{script}\n;0")  # 0, for not every object can be returned
        return context

    def call(self, function: str, arguments: str) -> str:
        return self._thread.submit(self._call, function, arguments).result()

    def _call(self, function: str, arguments: str) -> str:
        code = f"deckgen.{function}({json.dumps(arguments)})"
        try:
            return str(self._context.eval(code, timeout_sec=SECONDS_PER_CALL))
        except self._library.JSEvalException as error:
            self._settle()
            raise _GaveUp(type(error).__name__) from None  # its text quotes the scripts, 1.2 MB

    def _settle(self) -> None:
        """Wait until the call is stopped, or closing would print a traceback (0.14.1)."""
        with suppress(self._library.JSEvalException):
            self._context.eval("0", timeout_sec=SECONDS_PER_CALL)

    def close(self) -> None:
        self._thread.submit(self._context.close).result()
        self._thread.shutdown()


STARTERS: tuple[Starter, ...] = (QuickJS, MiniRacer)


def _thread_with_large_stack() -> ThreadPoolExecutor:
    default = threading.stack_size(STACK_BYTES)
    try:
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mathjax")
        executor.submit(int).result()  # only now is the thread made
    finally:
        threading.stack_size(default)
    return executor


def _start(starters: Sequence[Starter]) -> Engine:
    scripts = _scripts()
    for starter in starters:
        with suppress(ImportError):
            engine = starter(scripts)
            _require_version(engine)
            _call(engine, "addEntities", [_ENTITIES])
            return engine
    raise DeckgenError(f"formulas cannot be checked without a JavaScript engine: {_INSTALL_ENGINE}")


_ENTITIES = {name[:-1]: text for name, text in html5.items() if name.endswith(";")}


def _require_version(engine: Engine) -> None:
    (version,) = _call(engine, "version", [None])
    if version != VERSION:
        engine.close()
        raise DeckgenError(f"Anki runs MathJax {VERSION}, found {version}: {_INSTALL_FILES}")


def _call(engine: Engine, function: str, arguments: Sequence[object]) -> list[Any]:
    answer = json.loads(engine.call(function, json.dumps(arguments)))
    if "failure" in answer:
        raise _GaveUp(answer["failure"])
    answers: list[Any] = answer["answers"]
    return answers


def _scripts() -> tuple[str, ...]:
    ours = Path(__file__).parent
    package = importlib.util.find_spec("mathjax")
    if package is None or not package.submodule_search_locations:
        raise DeckgenError(f"MathJax {VERSION} is not installed: {_INSTALL_FILES}")
    theirs = Path(package.submodule_search_locations[0]) / "static" / "mathjax" / "es5"
    paths = (
        ours / "mathjax_host.js",
        theirs / "tex-chtml-full.js",
        theirs / "adaptors" / "liteDOM.js",
        ours / "mathjax_engine.js",
    )
    try:
        return tuple(path.read_text(encoding="utf-8") for path in paths)
    except OSError as error:
        raise DeckgenError(f"cannot read {error.filename}: {_INSTALL_FILES}") from None
