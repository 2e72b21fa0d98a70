r"""Macros of a deck, expanded at build time so that every Anki client can show the formulas.

`deck.yaml` gives each a name and its TeX, with `#1` to `#9` for arguments: `R: \mathbb{R}`. They
mean what they would mean in MathJax's own settings (its configmacros package), which
`MathJax.same_with_macros` can prove for each use.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from deckgen.tex import SIGNATURES, TOKEN, FormulaFault

MAX_CALLS = 1_000
"""MathJax's own limit for one formula (maxMacros)."""
MAX_TOKENS = 20_000
"""By how many tokens the macros of a formula may lengthen it."""


class Macro(NamedTuple):
    """A command of the author's: `name` without backslash, `tex` with `#n` for argument n."""

    name: str
    tex: str

    @property
    def arguments(self) -> int:
        """The number of arguments: the highest n of the `#n` in its TeX."""
        return max((int(digit) for digit in _PARAMETER.findall(self.tex) if digit), default=0)


class MacroFault(NamedTuple):
    """What is wrong with the definition of `name`; after a warning the macro is still usable."""

    name: str
    code: str
    message: str
    is_warning: bool = False


class Expansion(NamedTuple):
    """A formula without the author's macros.

    `origins` holds, for each character of `tex` and for its end, the 0-based offset in the written
    TeX that it comes from; what a macro brings comes from the macro's backslash. With a `fault`
    (its offset is one in the written TeX), `tex` is what was written.
    """

    tex: str
    origins: Sequence[int]
    used: frozenset[str] = frozenset()
    fault: FormulaFault | None = None

    def origin(self, offset: int) -> int:
        """Return where the character at `offset` of `tex` was written; -1 (unknown) stays -1."""
        return -1 if offset < 0 else self.origins[min(offset, len(self.tex))]


def define(
    definitions: Mapping[str, str], builtin: Collection[str] = ()
) -> tuple[dict[str, Macro], tuple[MacroFault, ...]]:
    """Return the macros by name without backslash, and what is wrong with the definitions.

    A faulty definition is left out. `builtin` are the commands of MathJax: to redefine one is a
    warning.
    """
    macros: dict[str, Macro] = {}
    faults: list[MacroFault] = []
    for written, tex in definitions.items():
        macro = Macro(written.removeprefix("\\"), tex)
        fault = _definition_fault(macro, macros)
        if fault is None:
            macros[macro.name] = macro
            fault = _redefinition(macro, builtin)
        if fault is not None:
            faults.append(fault)
    circular = [name for name in macros if name in _reached(name, macros)]
    faults += [
        MacroFault(name, "macro-recursive", f"\\{name} is defined by means of itself")
        for name in circular
    ]
    return {name: macros[name] for name in macros if name not in circular}, tuple(faults)


def settings(macros: Mapping[str, Macro]) -> dict[str, tuple[str, int]]:
    """Return the macros in the form of MathJax's own settings, for `MathJax.same_with_macros`."""
    return {name: (macro.tex, macro.arguments) for name, macro in macros.items()}


def expand(tex: str, macros: Mapping[str, Macro]) -> Expansion:
    r"""Replace the author's macros in a formula by what they stand for.

    As in MathJax, nothing is expanded inside text, names and comments; a macro that is the whole
    argument of a command gets braces. Where MathJax leaves TeX (it takes all of x^\one2 for the
    exponent), this does not, and `MathJax.same_with_macros` says no. A fault instead: an argument
    is missing, a macro stands for a delimiter, or they exceed `MAX_CALLS` or `MAX_TOKENS`.
    """
    if not any(f"\\{name}" in tex for name in macros):
        return Expansion(tex, range(len(tex) + 1))
    expander = _Expander(tex, macros)
    try:
        expander.run()
    except _Refused as refusal:
        return Expansion(tex, range(len(tex) + 1), fault=refusal.fault)
    return expander.expansion()


# Definitions --------------------------------------------------------------------------------------

_PARAMETER = re.compile(r"\\.|#([1-9])", re.DOTALL)


def _definition_fault(macro: Macro, others: Collection[str]) -> MacroFault | None:
    name, tex = macro.name, macro.tex
    if not re.fullmatch("[A-Za-z]+", name):
        return MacroFault(name, "macro-name", "the name of a macro is letters only, as in TeX")
    if name in others:
        return MacroFault(name, "macro-duplicate", f"\\{name} is defined twice")
    tokens = TOKEN.findall(tex)
    if tokens and tokens[-1] == "\\":
        return MacroFault(name, "macro-backslash", f"\\{name} ends in a backslash")
    if "%" in tokens:
        return MacroFault(
            name, "macro-comment", f"% would hide what follows \\{name}; write \\% for the sign"
        )
    if "#" in TOKEN.findall(_PARAMETER.sub("", tex)):
        return MacroFault(
            name, "macro-parameter", "# is followed by 1 to 9; write \\# for the sign"
        )
    if not _is_balanced(tokens):
        return MacroFault(name, "macro-braces", f"the braces of \\{name} are not balanced")
    return None


def _is_balanced(tokens: Sequence[str]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token == "{") - (token == "}")
        if depth < 0:
            return False
    return depth == 0


def _redefinition(macro: Macro, builtin: Collection[str]) -> MacroFault | None:
    if macro.name not in builtin:
        return None
    message = f"\\{macro.name} is a command of MathJax, which this macro replaces"
    return MacroFault(macro.name, "macro-redefines", message, is_warning=True)


def _reached(name: str, macros: Mapping[str, Macro]) -> set[str]:
    """Return the macros that expanding `name` can lead to."""
    reached: set[str] = set()
    pending = [name]
    while pending:
        for token in TOKEN.findall(macros[pending.pop()].tex):
            if token[1:] in macros and token[1:] not in reached and token[0] == "\\":
                reached.add(token[1:])
                pending.append(token[1:])
    return reached


# Expansion ----------------------------------------------------------------------------------------


class _Refused(Exception):
    def __init__(self, code: str, message: str, offset: int) -> None:
        super().__init__(message)
        self.fault = FormulaFault(code, message, offset)


class _Token(NamedTuple):
    """A command or a character, and the offset in the written TeX that it comes from."""

    text: str
    origin: int
    is_written: bool  # by the author in the formula itself, not brought by a macro

    def origins(self) -> Iterator[int]:
        for place in range(len(self.text)):
            yield self.origin + place if self.is_written else self.origin


@dataclass(slots=True)
class _Level:
    """A group that is open: what closes it, how MathJax reads it, what the last command expects.

    `mode` is a letter of `SIGNATURES`: m, t or r; `expected` is the rest of a signature.
    """

    closer: str
    mode: str
    expected: str = ""


class _Expander:
    """Goes through a formula token by token; a macro is put back in front as what it stands for."""

    def __init__(self, tex: str, macros: Mapping[str, Macro]) -> None:
        self._macros = macros
        self._length = len(tex)
        written = [_Token(match[0], match.start(), True) for match in TOKEN.finditer(tex)]
        self._pending = written[::-1]
        self._done: list[_Token] = []
        self._levels = [_Level("", "m")]
        self._used: set[str] = set()
        self._is_cut = False  # between the last token that is done and the next stood a macro
        self._calls = 0

    def run(self) -> None:
        """Go through all of it; raises _Refused."""
        while self._pending:
            token = self._pending.pop()
            if self._levels[-1].mode == "m":
                self._math(token)
            else:
                self._verbatim(token)

    def expansion(self) -> Expansion:
        origins = [origin for token in self._done for origin in token.origins()]
        tex = "".join(token.text for token in self._done)
        return Expansion(tex, (*origins, self._length), frozenset(self._used))

    def _emit(self, token: _Token) -> None:
        before = self._done[-1].text if self._done else ""
        runs_together = _COMMAND_WORD.fullmatch(before) and _LETTER.match(token.text)
        if self._is_cut and not runs_together:
            runs_together = _ONE_WORD_OR_NUMBER.fullmatch(before[-1:] + token.text[0])
        if runs_together:
            self._done.append(token._replace(text=" "))
        self._done.append(token)
        self._is_cut = False

    def _verbatim(self, token: _Token) -> None:
        """Copy text or what is raw; in text, `$...$` is math (ParseUtil.internalMath)."""
        level = self._levels[-1]
        self._emit(token)
        if token.text == level.closer:
            self._levels.pop()
        elif token.text == "{":
            self._levels.append(_Level("}", level.mode))
        elif level.mode == "t" and token.text in _MATH_IN_TEXT:
            self._levels.append(_Level(_MATH_IN_TEXT[token.text], "m"))

    def _math(self, token: _Token) -> None:
        level = self._levels[-1]
        macro = self._macro(token)
        if token.text.isspace():
            self._emit(token)
        elif token.text == level.closer:
            self._emit(token)
            self._levels.pop()
        elif level.expected:
            self._argument(token, level)
        elif token.text == "{":
            self._open(token, "}", "m")
        elif macro:
            self._put_back(self._call(macro, token))
            self._is_cut = True
        elif token.text == "%":
            self._copy_up_to(token, "\n")
        elif token.text == r"\verb":
            self._verb(token)
        else:
            self._emit(token)
            level.expected = SIGNATURES.get(token.text[1:], "") if token.text[0] == "\\" else ""

    def _argument(self, token: _Token, level: _Level) -> None:
        """Take the token as the next argument of the last command, or as its beginning."""
        kind, level.expected = level.expected[0], level.expected[1:]
        macro = self._macro(token)
        if kind == "*" and token.text == "*":
            self._emit(token)
        elif kind in "ob" and token.text == "[":
            self._open(token, "]", "m" if kind == "o" else "r")
        elif kind in "*ob":
            self._math(token)  # it was left out
        elif token.text == "{":
            self._open(token, "}", "m" if kind == "d" else kind)
        elif macro and kind == "d":
            raise _Refused(
                "MacroAsDelimiter",
                f"{token.text} cannot be a delimiter: MathJax reads no macro here; write it out",
                token.origin,
            )
        elif macro and kind == "m":
            self._argument_of_one_macro(macro, token)
        else:
            self._emit(token)

    def _argument_of_one_macro(self, macro: Macro, token: _Token) -> None:
        if macro.arguments:
            raise _missing_argument(token, "; put braces around it and its arguments")
        self._put_back([token._replace(text="}", is_written=False)])
        self._put_back(self._call(macro, token))
        self._open(token._replace(text="{", is_written=False), "}", "m")

    def _open(self, token: _Token, closer: str, mode: str) -> None:
        self._emit(token)
        self._levels.append(_Level(closer, mode))

    def _put_back(self, tokens: Sequence[_Token]) -> None:
        self._pending.extend(reversed(tokens))

    def _copy_up_to(self, token: _Token, last: str) -> None:
        self._emit(token)
        while self._pending:
            token = self._pending.pop()
            self._emit(token)
            if token.text.endswith(last):
                break

    def _verb(self, token: _Token) -> None:
        self._emit(token)
        while self._pending and self._pending[-1].text.isspace():
            self._emit(self._pending.pop())
        if self._pending:
            delimiter = self._pending.pop()
            self._copy_up_to(delimiter, delimiter.text[-1])

    def _macro(self, token: _Token) -> Macro | None:
        return self._macros.get(token.text[1:]) if token.text[0] == "\\" else None

    def _call(self, macro: Macro, token: _Token) -> list[_Token]:
        """Return what the macro stands for here; its arguments are taken from what is pending."""
        if self._pending and self._pending[-1].text == " ":
            self._pending.pop()  # it ends the name (TexParser.GetCS)
        arguments = [self._take_argument(token) for _ in range(macro.arguments)]
        replacement: list[_Token] = []
        for parameter, text in _BODY.findall(macro.tex):
            if parameter:
                replacement += arguments[int(parameter) - 1]
            else:
                replacement.append(_Token(text, token.origin, False))
        if not replacement and self._levels[-1].closer == "]":
            replacement.append(_Token(" ", token.origin, False))  # \sqrt[ ]x is not \sqrt[]x
        self._used.add(macro.name)
        self._calls += 1
        size = len(self._done) + len(self._pending) + len(replacement)
        if self._calls > MAX_CALLS or size > self._length + MAX_TOKENS:
            raise _Refused(
                "MacroTooLarge",
                f"{token.text} expands to too much; does a macro call itself?",
                token.origin,
            )
        return replacement

    def _take_argument(self, call: _Token) -> list[_Token]:
        """Take a group without its braces, or one token (MathJax's TexParser.GetArgument)."""
        while self._pending and self._pending[-1].text.isspace():
            self._pending.pop()
        if not self._pending or self._pending[-1].text in ("}", self._levels[-1].closer):
            raise _missing_argument(call)
        first = self._pending.pop()
        if first.text != "{":
            return [first]
        argument: list[_Token] = []
        depth = 1
        while self._pending:
            token = self._pending.pop()
            depth += (token.text == "{") - (token.text == "}")
            if depth == 0:
                return argument
            argument.append(token)
        raise _Refused("MissingCloseBrace", "Missing close brace", first.origin)


_BODY = re.compile(rf"#([1-9])|({TOKEN.pattern})", re.DOTALL)
_COMMAND_WORD = re.compile(r"\\[a-zA-Z]+")
_LETTER = re.compile("[a-zA-Z]")
_ONE_WORD_OR_NUMBER = re.compile(r"[A-Za-z0-9.,'*-]{2}|[0-9]\{|\}[0-9]")
"""Neighbours that MathJax may read as one: 1{,}000, or a word in \\mathrm."""
_MATH_IN_TEXT = {"$": "$", r"\(": r"\)"}


def _missing_argument(call: _Token, advice: str = "") -> _Refused:
    return _Refused("MissingArgFor", f"Missing argument for {call.text}{advice}", call.origin)
