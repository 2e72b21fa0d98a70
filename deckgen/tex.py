r"""TeX as MathJax reads it: its tokens, what its commands take, and what Anki shows wrongly.

MathJax accepts more than a card can show: a `\label` fails the second time, `\newcommand` changes
the next card, and macros inside `\text{}` are shown as they stand. `lint` tells of these.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple


class FormulaFault(NamedTuple):
    """One thing wrong with a formula: MathJax's own error id and message, or a rule of `lint`.

    `offset` is the 0-based character offset into the TeX, -1 where it is unknown.
    """

    code: str
    message: str
    offset: int


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
