"""What MathJax says about formulas, asked of the real engine with Anki's settings."""

from __future__ import annotations

import html
import importlib
import importlib.util
import json
import re
import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deckgen import mathjax, mathjax_engine
from deckgen.diagnostic import DeckgenError
from deckgen.mathjax import MathJax
from deckgen.mathjax_engine import Engine, QuickJS
from deckgen.tex import SIGNATURES, lint


@pytest.fixture(scope="module")
def engine() -> Iterator[MathJax]:
    with MathJax() as started:
        yield started


class Recorded:
    """QuickJS that notes how many arguments each of its functions was given."""

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}

    def start(self, scripts: Sequence[str]) -> Engine:
        recorder, engine = self, QuickJS(scripts)

        class Recording:
            def call(self, function: str, arguments: str) -> str:
                count = len(json.loads(arguments))
                recorder.asked[function] = recorder.asked.get(function, 0) + count
                return engine.call(function, arguments)

            def close(self) -> None:
                engine.close()

        return Recording()


def codes_and_offsets(faults: Sequence[mathjax.FormulaFault]) -> list[tuple[str, int]]:
    return [(fault.code, fault.offset) for fault in faults]


def side(*formulas: str) -> str:
    return "<p>" + " and ".join(rf"\({html.escape(tex)}\)" for tex in formulas) + "</p>"


# Settings -----------------------------------------------------------------------------------------


def test_active_packages_are_ankis(engine: MathJax) -> None:
    """The packages are those read from Anki 26.9's running MathJax, the two duplicates included."""
    assert " ".join(engine.packages()) == (
        "require base action ams amscd bbox boldsymbol braket bussproofs cancel cases centernot "
        "color colortbl empheq enclose extpfeil gensymb html mathtools mhchem newcommand noerrors "
        "noundefined upgreek unicode verb configmacros tagformat textcomp noerrors mathtools"
    )


@pytest.mark.parametrize(
    "tex",
    [
        r"x^2 + \frac{1}{\sqrt{2}}",
        r"\ce{2H2 + O2 -> 2H2O}",
        r"\cancel{x} + \boldsymbol{\beta} + \color{red}{x} + \bbox[yellow]{y}",
        r"\begin{align} a &= b \\ c &= d \end{align}",
        r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}",
        r"f(x) = \begin{cases} x & \text{if $x > 0$} \\ 0 & \text{otherwise} \end{cases}",
        r"\operatorname*{arg\,max}_{\theta} \lVert x \rVert \coloneqq 1",
        r"\bra{\psi} \ket{\phi}",
        r"\begin{prooftree} \AxiomC{$A$} \UnaryInfC{$B$} \end{prooftree}",
        "\\frac{\n a }{ b\n}",
        "",
        "π + 𝔸 + ü",
    ],
)
def test_what_anki_shows_has_no_fault(engine: MathJax, tex: str) -> None:
    """Formulas that Anki renders are accepted, inline and displayed."""
    assert engine.compile([(tex, False), (tex, True)]) == [(), ()]


@pytest.mark.parametrize("tex", [r"\dv{x}", r"\qty{1}", r"\SI{1}{m}", r"\bm{x}", r"\argmax", r"\R"])
def test_what_anki_lacks_is_undefined(engine: MathJax, tex: str) -> None:
    """Commands of packages that are not active in Anki are reported although MathJax has some."""
    assert engine.compile([(tex, False)])[0][0].code == "UndefinedControlSequence"


def test_commands_are_known_by_name(engine: MathJax) -> None:
    """Symbols, macros and delimiters of Anki's packages are commands, those of others are not."""
    commands = engine.commands()
    assert {"alpha", "frac", "langle", "ce", "norm", "dv"} & commands == {
        "alpha", "frac", "langle", "ce"
    }  # fmt: skip


# Faults and their places --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\frac{a}{b", [("MissingCloseBrace", 8)]),
        (r"\dfrac{{a}{b}", [("MissingCloseBrace", 6)]),
        (r"{a + {b}", [("ExtraOpenMissingClose", 0)]),
        (r"a } b", [("ExtraCloseMissingOpen", 2)]),
        (r"x + \frac{1}", [("MissingArgFor", 4)]),
        (r"\sqrt{\frac{1}}", [("MissingArgFor", 6)]),
        (r"\left( x^2 + y", [("ExtraLeftMissingRight", 0)]),
        (r"a^{\left[ x }", [("ExtraCloseMissingOpen", 12)]),
        (r"a^{\frac{\left[ x}{2}}", [("ExtraLeftMissingRight", 9)]),
        (r"x \right)", [("MissingLeftExtraRight", 2)]),
        (r"\left\foo x \right)", [("MissingOrUnrecognizedDelim", 0)]),
        (r"x = \begin{matrix} a & b", [("EnvMissingEnd", 4)]),
        (r"\begin{matrix} a \end{pmatrix}", [("EnvBadEnd", 17)]),
        (r"a \begin{foo} x \end{foo}", [("UnknownEnv", 2)]),
        (r"x_a_b", [("DoubleSubscripts", 3)]),
        (r"x^2^3", [("DoubleExponent", 3)]),
        (r"a & b", [("Misplaced", 2)]),
        (r"a # b", [("CantUseHash1", 2)]),
        (r"\hspace{a}", [("MissingDimOrUnits", 0)]),
        (r"\text{if $x}", [("MathNotTerminated", 0)]),
        (r"a \verb|x", [("NoClosingDelim", 2)]),
        (r"x \require{nosuch}", [("Require", 2)]),
        (r"\prescript{a}{b}{c}", [("Internal", -1)]),
        (r"𝔸𝔹 + \foo", [("UndefinedControlSequence", 5)]),
        (
            r"\foo_\bar + \baz{\foo}",
            [("UndefinedControlSequence", offset) for offset in (0, 12, 17)],
        ),
        (
            r"\substack{a \\ \foo + \bar\foo}",
            [("UndefinedControlSequence", offset) for offset in (15, 26)],
        ),
        (
            r"\text{if $\foo$ and $\foo$} \foo",
            [("UndefinedControlSequence", offset) for offset in (10, 21, 28)],
        ),
        (
            r"\sqrt[\foo]{\foo}",
            [("UndefinedControlSequence", offset) for offset in (12, 6)],
        ),
        (r"\foo + \frac{1", [("UndefinedControlSequence", 0), ("MissingCloseBrace", 12)]),
    ],
)
def test_every_fault_has_its_place(
    engine: MathJax, tex: str, expected: list[tuple[str, int]]
) -> None:
    """A fault carries MathJax's id and the character that the author has to look at."""
    assert codes_and_offsets(engine.compile([(tex, True)])[0]) == expected


@pytest.mark.parametrize(
    "around",
    [
        "@", "x + @", "x^@", "x_{@}", "x^{2_{@}}", r"\frac@2", r"\frac{1}{@}", r"\frac{@}{1}",
        r"\sqrt[@]{x}", r"\sqrt{1 + \sqrt{@ + x}}", r"\left( @ \right)", r"\hat@", r"\cfrac{1}{@}",
        r"\begin{aligned} a &= b \\ c &= @ \end{aligned}", r"\overset{@}{=}", r"\underbrace{x}_{@}",
        r"\text{if $@$}", r"\text{$x$ and \(@\)}", r"\operatorname{@}", r"\mathrm{a @}",
        r"\begin{cases} x & \text{if $@$} \end{cases}", r"\substack{a \\ @}", r"\binom{n}{@}",
        r"\textcolor{red}{@}", r"\ce{A ->[$@$] B}", r"\xrightarrow[@]{x}", r"\bra{@}", r"\pmod{@}",
        r"\begin{CD} A @>>> B \end{CD} + @@", r"\sideset{}{@}\sum", r"x^2 y^2 z^2 + {a^2 @}",
        r"\mathchoice{a}{@}{c}{d}", r"\begin{array}{c} \hline @ \end{array}", r"\tag{$@$} x",
    ],
)  # fmt: skip
def test_a_misspelt_command_is_found_at_its_backslash(engine: MathJax, around: str) -> None:
    """Wherever an undefined command stands, its fault has the offset of its backslash."""
    offset = around.rindex("@@") if "@@" in around else around.index("@")
    tex = around.replace("@@", r"\zzz") if "@@" in around else around.replace("@", r"\zzz")
    assert codes_and_offsets(engine.compile([(tex, True)])[0]) == [
        ("UndefinedControlSequence", offset)
    ]


def test_formulas_are_compiled_in_isolation(engine: MathJax) -> None:
    """What one formula defines, requires or labels is unknown to the next."""
    formulas = [
        r"\newcommand{\mine}{x} \mine", r"\mine", r"\require{physics} \dv{x}", r"\dv{x}",
        r"\label{a} x", r"\label{a} y", r"\def\frac{x} \frac", r"\frac{1}{2}",
        r"\DeclareMathOperator{\op}{op} \op", r"\op", r"\let\also\alpha \also", r"\also",
    ]  # fmt: skip
    verdicts = engine.compile([(tex, False) for tex in formulas])
    faulty = [tex for tex, faults in zip(formulas, verdicts, strict=True) if faults]
    assert faulty == [r"\mine", r"\dv{x}", r"\op", r"\also"]


def test_equal_formulas_are_compiled_once() -> None:
    """Verdicts are remembered: the engine sees each (TeX, display) once."""
    recorded = Recorded()
    with MathJax([recorded.start]) as counting:
        first = counting.compile([("x", False), (r"\foo", False), ("x", False), ("x", True)])
        assert counting.compile([(r"\foo", False)]) == [first[1]]
    assert recorded.asked["compile"] == 3


# Hostile formulas ---------------------------------------------------------------------------------

HOSTILE = {
    "braces": "{" * 50_000 + "}" * 50_000,
    "roots": r"\sqrt{" * 15_000 + "x" + "}" * 15_000,
    "macro bomb": r"\def\a{\b\b}\def\b{\c\c}\def\c{\a\a}\a",
    "growing macro": r"\def\a{x\a}\a",
    "open braces": "{" * 20_000,
    "commands without arguments": r"\frac" * 20_000,
    "environments": r"\begin{matrix}" * 3_000 + r"\end{matrix}" * 3_000,
    "lone surrogate": "\ud800",
    "null character": "\0",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_formula_is_a_fault_in_bounded_time(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """No formula hangs or ends the process, and the formulas beside it get their verdicts."""
    monkeypatch.setattr(mathjax_engine, "SECONDS_PER_CALL", 0.5)
    with MathJax() as limited:
        started = time.process_time()
        verdicts = limited.compile([("x", False), (HOSTILE[name], False), (r"\foo", False)])
        assert time.process_time() - started < 10
    assert [bool(faults) for faults in verdicts] == [False, True, True]
    assert verdicts[2][0].code == "UndefinedControlSequence"


def test_formula_that_takes_too_much_memory_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of memory is a fault of the formula, and the engine is started anew for the next."""
    monkeypatch.setattr(mathjax_engine, "MEMORY_BYTES", 40 << 20)
    with MathJax() as limited:
        (large,), fine = limited.compile([("x+" * 30_000, False), ("x", False)])
    assert large.code == "TooLarge"
    assert fine == ()


def test_search_of_hostile_html_is_a_fault_of_that_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """A side that cannot be searched in time says so; the others are searched."""
    monkeypatch.setattr(mathjax_engine, "SECONDS_PER_CALL", 0.5)
    with MathJax() as limited:
        hostile, fine = limited.search([r"\(" * 20_000, r"\(x\)"])
    assert hostile.fault is not None
    assert hostile.fault.code == "TooSlow"
    assert [formula.tex for formula in fine.formulas] == ["x"]


# Card sides ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "formulas", "leftovers"),
    [
        ("no formula", [], ()),
        (r"a \(x\) b \[y\]", [("x", False), ("y", True)], ()),
        (r"\(a&lt;b\) \(c &amp; d\)", [("a<b", False), ("c & d", False)], ()),
        (r"\(a&eacute;b\) &#92;(x&bsol;)", [("aéb", False), ("x", False)], ()),
        ("\\(a\nb\\)", [("a\nb", False)], ()),
        (r"<p>\(a<b\)</p> \(c\)", [("c", False)], (r"\(a",)),
        (r"<code>\(x\)</code> <pre>\[y\]</pre> <code>&#92;(z</code>", [], ()),
        (r"\(\frac{a}{b\) and \(c\)", [("c", False)], (r"\(\frac{a}{b\) and ",)),
        (r"\(\frac{a}{b\) and \(c}\)", [(r"\frac{a}{b\) and \(c}", False)], ()),
        (r"\(y\\)", [], (r"\(y\\)",)),
        (r"\(y\ \)", [(r"y\ ", False)], ()),
        (r"\(x", [], (r"\(x",)),
        (r"x\) and <b>\]</b>", [], (r"\) and ", r"\]")),
        (r"\(a<b>c</b>\)", [], (r"\(a", r"\)")),
        (r"$x$ $$y$$ \begin{align}x\end{align}", [], ()),
        (r"</p></div>\(x\)</b>", [("x", False)], ()),
        (r"<img alt='\(x\)'> \(y\)", [("y", False)], ()),
        (r"<!-- \(x\) --> \(y\)", [("y", False)], ()),
        (r"<img src=a.png>\(x\)<b class=c>\(y\)</b>", [("x", False), ("y", False)], ()),
        (r"\(" + "x" * 100, [], (r"\(" + "x" * 38,)),
    ],
)
def test_search_finds_what_anki_finds(
    engine: MathJax, text: str, formulas: list[tuple[str, bool]], leftovers: tuple[str, ...]
) -> None:
    """Formulas are found by MathJax's own search; delimiters that it leaves are reported."""
    (found,) = engine.search([text])
    assert [(formula.tex, formula.display) for formula in found.formulas] == formulas
    assert found.leftovers == leftovers
    assert found.fault is None


def test_search_compiles_what_it_finds(engine: MathJax) -> None:
    """Each formula found has the faults it has on its own."""
    good, bad, again = engine.search([side("x"), side(r"\foo", r"\frac{1}"), side(r"\foo")])
    assert good.formulas[0].faults == ()
    assert [codes_and_offsets(formula.faults) for formula in bad.formulas] == [
        [("UndefinedControlSequence", 0)],
        [("MissingArgFor", 0)],
    ]
    assert again.formulas == bad.formulas[:1]


def test_formulas_of_one_side_share_their_macros_and_sides_do_not(engine: MathJax) -> None:
    """As in Anki, a definition holds for the rest of its side; the next side starts afresh."""
    defining, using = engine.search([side(r"\newcommand{\mine}{x}", r"\mine"), side(r"\mine")])
    assert [formula.faults for formula in defining.formulas] == [(), ()]
    assert codes_and_offsets(using.formulas[0].faults) == [("UndefinedControlSequence", 0)]


def test_a_macro_used_before_its_definition_is_undefined(engine: MathJax) -> None:
    """The formulas of a side are compiled in order, also where one text occurs twice."""
    (found,) = engine.search([side(r"\mine", r"\newcommand{\mine}{x}", r"\mine")])
    assert [bool(formula.faults) for formula in found.formulas] == [True, False, False]


def test_a_label_twice_on_one_side_is_a_fault(engine: MathJax) -> None:
    """Labels are shared by the formulas of a side."""
    (found,) = engine.search([side(r"\label{a} x", r"\label{a} y")])
    assert [fault.code for fault in found.formulas[1].faults] == ["MultipleLabel"]


def test_sides_that_share_formulas_are_cheap() -> None:
    """Equal sides are searched once, and a formula of many sides is compiled once."""
    recorded = Recorded()
    with MathJax([recorded.start]) as counting:
        counting.search([f"{number} {side('x', 'y')}" for number in range(100)] + [side("x")] * 50)
    assert recorded.asked["find"] == 101
    assert recorded.asked["compile"] == 2


def test_text_without_backslashes_needs_no_engine() -> None:
    """A deck without formulas starts no engine."""
    with MathJax([]) as without_engine:
        assert without_engine.search(["<p>text</p>", ""]) == [mathjax.Side((), ())] * 2
        assert without_engine.compile([]) == []


# The same formula in other words ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (r"\frac{1}{\sqrt{2}}", r"\frac{1}{\sqrt{2} }", True),
        (r"\frac{{a}}{b}", r"\frac{{a} }{b}", True),
        (r"f :: A", r"f : : A", True),
        (r"\frac12", r"\frac{1}{2}", True),
        (r"\tag{1} x", r"\tag{1}x", True),
        (r"x", r"y", False),
        (r"\text{a}}", r"\text{a} }", False),
        (r"\text{{a}}", r"\text{{a} }", False),
        (r"\foo", r"\foo", False),
        (r"\newcommand{\mine}{x}\mine", r"\mine", False),
    ],
)
def test_same_means_the_same_mathml(engine: MathJax, left: str, right: str, expected: bool) -> None:
    """Two spellings are the same if both compile, to one tree."""
    assert engine.same([(left, right, False), (left, right, True)]) == [expected] * 2


# Lint ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"x \label{a}", [("Label", 2)]),
        (r"see \eqref{a} and \ref{a}", [("Reference", 4), ("Reference", 18)]),
        (r"\text{see \ref{a}}", [("Reference", 10)]),
        (r"\require{physics}", [("Require", 0)]),
        (r"\newcommand{\R}{1}", [("Definition", 0)]),
        (r"\renewcommand{\R}{1}", [("Definition", 0)]),
        (r"\def\R{1}", [("Definition", 0)]),
        (r"\let\R\alpha", [("Definition", 0)]),
        (r"\newenvironment{a}{b}{c}", [("Definition", 0)]),
        (r"\DeclareMathOperator{\a}{b}", [("Definition", 0)]),
        (r"\prescript{a}{b}{X}", [("Prescript", 0)]),
        (r"\text{a \textbf{b} c}", [("TextCommand", 8)]),
        (r"\text{5\%} \mbox{a\ b}", [("TextCommand", 7), ("TextCommand", 18)]),
        (r"\textrm{\alpha} \tag*{\alpha}", [("TextCommand", 8), ("TextCommand", 22)]),
        (r"\colorbox{red}{\alpha}", [("TextCommand", 15)]),
        (r"\text\alpha", [("TextCommand", 5)]),
        (r"\text{$\text{a\,b}$}", [("TextCommand", 14)]),
        (r"\begin{cases*} a & if \alpha \\ \beta \end{cases*}", [("TextCommand", 22)]),
        (r"\text{a {b}}", [("TextBrace", 8)]),
        (r"\text{a~b}", [("TextTilde", 7)]),
        (r"\text{a\\b}", [("TextLineBreak", 7)]),
        (r"a \\ b", [("LineBreak", 2)]),
        (r"\begin{aligned} a \end{aligned} \newline b", [("LineBreak", 32)]),
        (r"a $b$", [("Dollar", 2), ("Dollar", 4)]),
        (r"50% of x", [("Comment", 2)]),
        (r"50%", [("Comment", 2)]),
        ("x\\", [("Backslash", 1)]),
        ("x\\\\\\", [("LineBreak", 1), ("Backslash", 3)]),
    ],
)
def test_lint_finds_what_mathjax_accepts_and_anki_shows_wrongly(
    engine: MathJax, tex: str, expected: list[tuple[str, int]]
) -> None:
    """Each rule has its place, and says something that MathJax's own check does not."""
    assert codes_and_offsets(lint(tex)) == expected
    assert all(fault.code == "Internal" for fault in engine.compile([(tex, True)])[0])


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{\$5 and \{x\} if $x \in \mathbb{R}$ or \(y\)}",
        r"\begin{aligned} a \\ b \end{aligned} \substack{a \\ b}",
        r"\begin{cases*} a & if $\alpha$ \\ b & \text{$x$} \end{cases*}",
        "a %\n+ b", "% a note\na", r"5\% \$ \_ \&", r"\verb|$ % \\|", r"\href{http://a.b/$%20}{x}",
        r"\unicode{x41} \operatorname{a\,b} \mathrm{a\ b~c}", r"x\\ ".replace("\\\\", r"\ "), "",
        r"\text", r"\text{a", r"\begin", r"\verb", r"\verb|", "}{", r"\left\{ x \right\}",
    ],
)  # fmt: skip
def test_lint_is_silent_where_anki_shows_what_is_meant(tex: str) -> None:
    """No rule fires on what is shown as written, nor on TeX that MathJax itself refuses."""
    assert lint(tex) == ()


PIECES = ["a", " ", r"\%", r"\$", r"\{", r"\}", "$x$", r"$\frac12$", r"\(y\)", r"\alpha", r"\ ",
          r"\\", r"\textbf{b}", r"\text{c}", "5", "%"]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_text_rules_fire_exactly_where_a_backslash_is_shown(engine: MathJax, text: str) -> None:
    """In text, lint reports a command if and only if MathJax's output holds a backslash."""
    tex = rf"\text{{{text}}}"
    (mathml,) = engine.mathml([(tex, False)])
    assert mathml is not None
    shown = any("\\" in piece for piece in re.findall("<mtext[^>]*>([^<]*)<", mathml))
    reported = any(fault.code in ("TextCommand", "TextLineBreak") for fault in lint(tex))
    assert reported == shown


def test_lint_of_deep_nesting_is_quick() -> None:
    """Nesting costs neither the recursion limit nor quadratic time."""
    started = time.process_time()
    lint(r"\text{$" * 20_000 + "$}" * 20_000)
    assert time.process_time() - started < 3


# How MathJax reads arguments ----------------------------------------------------------------------

RAW = {"genfrac": ["(", ")", "0pt", "1"], "mmlToken": ["mi", "x"], "skew": ["2"]}
SURROUNDINGS = {
    **dict.fromkeys(["shoveleft", "shoveright"], r"\begin{{multline}} {} \\ x \end{{multline}}"),
    **dict.fromkeys(["Aboxed", "vdotswithin"], r"\begin{{align}} {} \end{{align}}"),
    **dict.fromkeys(["AXC", "AxiomC"], r"\begin{{prooftree}} {} \end{{prooftree}}"),
    **dict.fromkeys(
        ["LL", "LeftLabel", "RL", "RightLabel"],
        r"\begin{{prooftree}} \AXC{{x}} {} \UIC{{x}} \end{{prooftree}}",
    ),
    **{
        name: r"\begin{{prooftree}} " + r"\AXC{{x}}" * premises + r" {} \end{{prooftree}}"
        for premises, names in enumerate(
            [
                ["UIC", "UnaryInfC"], ["BIC", "BinaryInfC"], ["TIC", "TrinaryInfC"],
                ["QuaternaryInfC"], ["QuinaryInfC"],
            ],
            start=1,
        )
        for name in names
    },
    "of": r"\root 2 {}",
    "tag": "{} x",
    "sideset": r"{}\sum",
}  # fmt: skip


@pytest.mark.parametrize("content", [r"\zzz", r"$\zzz$"])
def test_signatures_are_mathjaxs(engine: MathJax, content: str) -> None:
    """Math arguments know commands, text arguments only between dollars: asked of each command."""
    wrong = []
    for name, signature in SIGNATURES.items():
        kinds = [kind for kind in signature if kind in "mtr"]
        raw = iter(RAW.get(name, ["red"] * len(kinds)))
        plain = [next(raw) if kind == "r" else "x" for kind in kinds]
        for place, kind in enumerate(kinds):
            if kind == "r" or (kind == "m" and "$" in content):
                continue
            arguments = [*plain[:place], content, *plain[place + 1 :]]
            use = f"\\{name}" + "".join(f"{{{argument}}}" for argument in arguments)
            tex = SURROUNDINGS.get(name, "{}").format(use)
            codes = {fault.code for fault in engine.compile([(tex, True)])[0]}
            is_math = kind == "m" or "$" in content
            if codes != ({"UndefinedControlSequence"} if is_math else set()):
                wrong.append((tex, codes))
    assert wrong == []


# Engines ------------------------------------------------------------------------------------------


def not_installed(scripts: Sequence[str]) -> Engine:
    raise ImportError


def test_the_next_engine_is_used_where_one_is_not_installed() -> None:
    """Engines are tried in order."""
    with MathJax([not_installed, QuickJS]) as second:
        assert second.compile([("x", False)]) == [()]


def test_without_an_engine_the_user_is_told_what_to_install() -> None:
    """No engine at all is a broken environment, in one line."""
    with pytest.raises(DeckgenError, match="pip install quickjs-ng"):
        MathJax([not_installed]).compile([("x", False)])


def test_without_mathjax_the_user_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing MathJax files are a broken environment, in one line."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DeckgenError, match=r"pip install django-static-mathjax==3\.2\.2\.1"):
        MathJax().compile([("x", False)])


def test_another_mathjax_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version is that of Anki, read from the loaded file."""
    monkeypatch.setattr(mathjax_engine, "VERSION", "3.2.3")
    with pytest.raises(DeckgenError, match=r"3\.2\.3, found 3\.2\.2"):
        MathJax().compile([("x", False)])


def test_closing_twice_or_going_on_after_closing_is_fine() -> None:
    """`close` may be called at any time; the next question starts an engine again."""
    checker = MathJax()
    checker.close()
    for tex in ("x", "y"):
        assert checker.compile([(tex, False)]) == [()]
        checker.close()
        checker.close()


def test_mini_racer_gives_the_same_verdicts(
    engine: MathJax, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no quickjs-ng, formulas get the same verdicts."""
    importlib.import_module("py_mini_racer")  # a test dependency: missing, it fails
    monkeypatch.setattr(mathjax_engine, "SECONDS_PER_CALL", 0.5)
    formulas = [(tex, True) for tex in ("x", r"\foo", r"\frac{1", r"\text{a $\foo$}", r"\label{a}")]
    with MathJax([mathjax_engine.MiniRacer]) as other:
        assert other.compile(formulas) == engine.compile(formulas)
        assert other.search([side("x", r"\foo")]) == engine.search([side("x", r"\foo")])
        (hostile,) = other.compile([("+" * 100_000, False)])
        assert [fault.code for fault in hostile] == ["TooSlow"]
        assert other.compile([("y", False)]) == [()]
