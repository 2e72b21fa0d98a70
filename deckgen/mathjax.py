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

VERSION = "3.2.2"
SECONDS_PER_CALL = 5
MEMORY_BYTES = 512 << 20
STACK_BYTES = 64 << 20  # MathJax recurses: 1 MB for deep formulas, and Windows gives 1 MB in all

_BATCH = 50  # arguments per call: a call to mini-racer costs as much as a short formula
_INSTALL_FILES = "pip install django-static-mathjax==3.2.2.1"
_INSTALL_ENGINE = "pip install quickjs-ng (or mini-racer)"


@dataclass(frozen=True, slots=True)
class FormulaFault:
    """One thing wrong with a formula: MathJax's own error id and message, or a rule of `lint`.

    `offset` is the 0-based character offset into the TeX, -1 where it is unknown.
    """

    code: str
    message: str
    offset: int


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
    and that the reader will see. `fault` is set when the search itself failed.
    """

    formulas: tuple[FoundFormula, ...]
    leftovers: tuple[str, ...]
    fault: FormulaFault | None = None


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
        return Side(formulas, found.leftovers, found.fault)

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
    """What `find` of mathjax_engine.js answers for one card side.

    The formulas are `dependent` where one may define what another uses.
    """

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
    """mini-racer (V8), for platforms without a wheel of quickjs-ng; it has threads of its own."""

    def __init__(self, scripts: Sequence[str]) -> None:
        self._library = importlib.import_module("py_mini_racer")
        self._context = self._library.MiniRacer()
        self._context.set_hard_memory_limit(MEMORY_BYTES)
        for script in scripts:
            self._context.eval(f"{script}\n;0")  # 0, for not every object can be returned

    def call(self, function: str, arguments: str) -> str:
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
        self._context.close()


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


# TeX as MathJax reads it --------------------------------------------------------------------------

TOKEN = re.compile(r"\\(?:[a-zA-Z]+|.)|.", re.DOTALL)
"""A command or one character (MathJax's TexParser.GetCS)."""

_SIGNATURES = {
    "m": "Aboxed Bbb Bra Braket Ket Set acute bar boldsymbol boxed bra braket breve ce centernot "
    "check crampedsubstack ddddot dddot ddot dot grave hat hphantom ket llap mathbb mathbf "
    "mathbfcal mathbffrak mathbfit mathbfscr mathbfsf mathbfsfit mathbfsfup mathbfup mathbin "
    "mathcal mathclose mathfrak mathinner mathit mathmbox mathnormal mathop mathopen mathord "
    "mathpunct mathrel mathring mathrm mathscr mathsf mathsfit mathsfup mathtt mathup mod of "
    "overbrace overleftarrow overleftrightarrow overline overparen overrightarrow phantom pmb "
    "pmod pod pu rlap set shoveleft shoveright substack symbb symbf symbfcal symbffrak symbfit "
    "symbfscr symbfsf symbfsfit symbfsfup symbfup symcal symfrak symit symnormal symrm symscr "
    "symsf symsfit symsfup symtt symup tilde underbrace underleftarrow underleftrightarrow "
    "underline underparen underrightarrow vcenter vdotswithin vec vphantom widehat widetilde",
    "mm": "Ketbra binom centerOver dbinom dfrac frac ketbra mathtip overset splitdfrac splitfrac "
    "stackbin stackrel tbinom tfrac underset",
    "mmm": "overunderset sideset",
    "mmmm": "mathchoice",
    "*m": "operatorname",
    "om": "sqrt xLeftarrow xLeftrightarrow xLeftrightharpoons xRightarrow xRightleftharpoons "
    "xhookleftarrow xhookrightarrow xleftarrow xleftharpoondown xleftharpoonup xleftrightarrow "
    "xleftrightharpoons xlongequal xmapsto xrightarrow xrightharpoondown xrightharpoonup "
    "xrightleftharpoons xtofrom xtwoheadleftarrow xtwoheadrightarrow",
    "bm": "bbox bcancel cancel cramped crampedclap crampedllap crampedrlap mathclap mathllap "
    "mathrlap smash xcancel",
    "bbm": "mathmakebox overbracket underbracket",
    "bmm": "cancelto cfrac",
    "rm": "class cssId href style",
    "rbm": "enclose",
    "brm": "textcolor",
    "rmm": "skew",
    "rrrrmm": "genfrac",
    "t": "AXC AxiomC BIC BinaryInfC LL LeftLabel QuaternaryInfC QuinaryInfC RL RightLabel TIC "
    "TrinaryInfC UIC UnaryInfC clap fbox hbox mbox text textbf textclap textit textllap "
    "textnormal textrlap textrm textsf texttt textup",
    "mt": "texttip",
    "*t": "tag",
    "bbt": "framebox",
    "brt": "colorbox",
    "brrt": "fcolorbox",
    "r": "begin end eqref label ref require rowcolor unicode usetagform",
    "br": "cellcolor color columncolor",
    "rbr": "mmlToken",
    "d": "Big Bigg Biggl Biggm Biggr Bigl Bigm Bigr big bigg biggl biggm biggr bigl bigm bigr "
    "left middle right",
}

SIGNATURES = {name: signature for signature, names in _SIGNATURES.items() for name in names.split()}
"""How MathJax reads the arguments of its commands, one letter for each: `m` math, `t` text (which
knows no commands, only $...$), `r` raw, `d` delimiter; `o` math and `b` raw in optional brackets,
`*` an optional star. Commands whose arguments are never read as a single token are left out."""

TEXT_CELLS = frozenset({"cases*", "dcases*", "drcases*", "rcases*", "numcases", "subnumcases"})
"""Environments whose cells after the first `&` are text."""


# Lint ---------------------------------------------------------------------------------------------

_DEFINITIONS = (
    "DeclareMathOperator DeclarePairedDelimiter DeclarePairedDelimiterX "
    "DeclarePairedDelimiterXPP DeclarePairedDelimiters DeclarePairedDelimitersX "
    "DeclarePairedDelimitersXPP Newextarrow def definecolor let mathtoolsset newcommand "
    "newenvironment newtagform renewcommand renewenvironment renewtagform usetagform"
)

_COMMAND_RULES = {
    "label": ("Label", r"\label is an error the second time Anki shows the card; leave it out"),
    "ref": ("Reference", r"\ref shows ??? in Anki; write what it refers to"),
    "eqref": ("Reference", r"\eqref shows ??? in Anki; write what it refers to"),
    "refeq": ("Reference", r"\refeq shows ??? in Anki; write what it refers to"),
    "require": (
        "Require",
        r"\require also changes the cards shown after this one; do without the extension",
    ),
    "prescript": ("Prescript", r"\prescript fails in Anki; write {}^{a}_{b}X"),
} | {
    name: (
        "Definition",
        f"\\{name} also changes the cards shown after this one; "
        "define macros under macros: in deck.yaml",
    )
    for name in _DEFINITIONS.split(" ")
}


def lint(tex: str) -> tuple[FormulaFault, ...]:
    """Return what MathJax accepts in a formula and Anki shows wrongly, in order of place.

    Each message says what to write instead. The rules are found by running Anki's MathJax.
    """
    scan = _Scan(tex)
    scan.run()
    return tuple(sorted(scan.faults, key=lambda fault: fault.offset))


class _Scan:
    """One walk over a formula; stretches that are still to be walked wait in `_pending`.

    Not recursive, for the nesting is the author's.
    """

    def __init__(self, tex: str) -> None:
        self.faults: list[FormulaFault] = []
        self._tex = tex
        self._closing = _closing_braces(tex)
        self._pending: list[tuple[Callable[[int, int], None], int, int]] = []

    def run(self) -> None:
        tex = self._tex
        self._pending.append((self._math, 0, len(tex)))
        while self._pending:
            walk, start, end = self._pending.pop()
            walk(start, end)
        if (len(tex) - len(tex.rstrip("\\"))) % 2:
            self._report(
                "Backslash",
                "Anki takes the last backslash for part of the closing "
                "delimiter and shows raw TeX; put a space after it",
                len(tex) - 1,
            )

    def _report(self, code: str, message: str, offset: int) -> None:
        self.faults.append(FormulaFault(code, message, offset))

    def _math(self, at: int, end: int) -> None:
        depth = 0
        environments: list[str] = []
        while at < end:
            token = _token(self._tex, at)
            start, at = at, at + len(token)
            if token == "%":
                at = self._comment(start, end)
            elif token == "$":
                self._report(
                    "Dollar",
                    "$ inside a formula is shown as it is; write \\$ if that is "
                    "meant, and leave it out otherwise",
                    start,
                )
            elif token in "{}":
                depth += 1 if token == "{" else -1
            elif token in (r"\\", r"\newline") and depth == 0 and not environments:
                self._report(
                    "LineBreak",
                    f"{token} breaks no line here; put the lines into "
                    r"\begin{aligned} ... \end{aligned}",
                    start,
                )
            elif token == "&" and environments and environments[-1] in TEXT_CELLS:
                at = self._text_cell(at, end)
            elif token == r"\verb":
                at = _after_verb(self._tex, at)
            elif token.startswith("\\"):
                at = self._command(token[1:], start, end)
                if token == r"\begin":
                    environments.append(self._tex[start:at].removeprefix(r"\begin").strip(" {}"))
                elif token == r"\end" and environments:
                    environments.pop()

    def _command(self, name: str, start: int, end: int) -> int:
        """Report on a command; queue its arguments unless all are math; return where to go on."""
        at = start + 1 + len(name)
        if name in _COMMAND_RULES:
            code, message = _COMMAND_RULES[name]
            self._report(code, message, start)
        signature = SIGNATURES.get(name, "")
        if "t" not in signature and "r" not in signature:
            return at
        for kind in signature:
            if kind in "*ob":
                at = _after_optional(self._tex, at, kind)
                continue
            first, last, at = self._argument(at, end)
            if kind == "m":
                self._pending.append((self._math, first, last))
            elif kind == "t":
                self._pending.append((self._text, first, last))
        return at

    def _argument(self, at: int, end: int) -> tuple[int, int, int]:
        """Return start and end of the next argument, and where it is over."""
        at = _after_spaces(self._tex, at)
        if at >= end:
            return end, end, end
        if self._tex[at] == "{":
            close = self._closing.get(at, end)
            return at + 1, close, min(close + 1, end)
        after = at + len(_token(self._tex, at))
        return at, after, after

    def _text_cell(self, start: int, end: int) -> int:
        """Queue the cell as text unless it is one \\text{...}; return its end."""
        at = start
        while at < end:
            token = _token(self._tex, at)
            if token in (r"\\", r"\cr", r"\end", "&"):
                break
            at = self._closing.get(at, at + len(token) - 1) + 1
        cell = self._tex[start:at]
        whole = re.match(r"\s*\\text\s*\{", cell)
        if whole and self._closing.get(start + whole.end() - 1) == start + len(cell.rstrip()) - 1:
            return start
        self._pending.append((self._text, start, at))
        return at

    def _text(self, at: int, end: int) -> None:
        """Walk over text, as MathJax's ParseUtil.internalMath does without textmacros."""
        while at < end:
            token = _token(self._tex, at)
            start, at = at, at + len(token)
            if token in ("$", r"\("):
                close = self._closing_delimiter("$" if token == "$" else r"\)", at, end)
                self._pending.append((self._math, at, close))
                at = close + len(token)
            elif token in (r"\ref", r"\eqref"):
                self._report(*_COMMAND_RULES[token[1:]], start)
                _, _, at = self._argument(at, end)
            elif token == r"\\":
                self._report(
                    "TextLineBreak",
                    r"\\ in text shows a backslash; end the text before "
                    "it",
                    start,
                )
            elif token.startswith("\\") and token[1:] not in ("$", "{", "}"):
                self._report(
                    "TextCommand",
                    f"text shows {token} as it is; write the character "
                    f"itself, end the text before {token}, or put it between $ and $",
                    start,
                )
                at = self._closing.get(at, at)  # its argument's braces are not worth a fault more
            elif token == "{":
                self._report("TextBrace", "text shows { and } as they are; leave them out", start)
            elif token == "~":
                self._report("TextTilde", "text shows ~ as it is; write a space", start)

    def _closing_delimiter(self, delimiter: str, at: int, end: int) -> int:
        while at < end:
            token = _token(self._tex, at)
            if token == delimiter:
                return at
            at = self._closing.get(at, at + len(token) - 1) + 1
        return end

    def _comment(self, start: int, end: int) -> int:
        """Report a % that is hardly meant as a comment; return the end of its line."""
        newline = self._tex.find("\n", start, end)
        stop = end if newline < 0 else newline
        before = self._tex[self._tex.rfind("\n", 0, start) + 1 : start].strip()
        after = self._tex[start + 1 : stop].strip()
        if before and (after or newline < 0):
            self._report("Comment", r"% and the rest of the line are not shown; write \%", start)
        return stop


def _token(tex: str, at: int) -> str:
    match = TOKEN.match(tex, at)
    assert match, "TOKEN matches any character"
    return match[0]


def _after_spaces(tex: str, at: int) -> int:
    while at < len(tex) and tex[at].isspace():
        at += 1
    return at


def _after_optional(tex: str, at: int, kind: str) -> int:
    pattern = r"\s*\*" if kind == "*" else r"\s*\[[^\]]*\]"
    match = re.compile(pattern).match(tex, at)
    return match.end() if match else at


def _after_verb(tex: str, at: int) -> int:
    at = _after_spaces(tex, at)
    close = tex.find(tex[at], at + 1) if at < len(tex) else -1
    return len(tex) if close < 0 else close + 1


def _closing_braces(tex: str) -> dict[int, int]:
    """Return the offset of each `{` that is closed, with that of its `}`."""
    closing: dict[int, int] = {}
    opened: list[int] = []
    for match in TOKEN.finditer(tex):
        if match[0] == "{":
            opened.append(match.start())
        elif match[0] == "}" and opened:
            closing[opened.pop()] = match.start()
    return closing
