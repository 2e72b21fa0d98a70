"""A deck's macros: expanded as MathJax itself would, which the real engine proves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deckgen import macros
from deckgen.macros import MAX_CALLS, Macro, define, expand
from deckgen.mathjax import MathJax

DEFINED, FAULTS = define({
    "R": r"\mathbb{R}",
    r"\norm": r"\left\lVert #1 \right\rVert",
    "normR": r"\norm{\R}",
    "al": r"\alpha",
    "ab": "a b",
    "argmax": r"\operatorname*{arg\,max}",
    "vv": r"\vec#1",
    "swap": "#2^{#1}",
    "nothing": "",
    "bm": r"\mathbf",
    "inner": r"\langle #1, #2 \rangle",
    "dd": r"\,d#1",
    "when": r"\text{if #1}",
    "lp": r"\langle",
    "half": r"\frac12",
    "one": "1",
    "comma": "{,}",
    "word": "b",
})  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[MathJax]:
    with MathJax() as started:
        yield started


def is_proven(engine: MathJax, written: str, expanded: str) -> bool:
    return engine.same_with_macros(
        [(written, expanded, True), (written, expanded, False)], macros.settings(DEFINED)
    ) == [True, True]


# Expansion ----------------------------------------------------------------------------------------


def test_the_macros_of_these_tests_are_sound() -> None:
    """The definitions below have no fault."""
    assert FAULTS == ()


@pytest.mark.parametrize(
    ("written", "expanded"),
    [
        (r"\R", r"\mathbb{R}"),
        (r"x \in \R^n", r"x \in \mathbb{R}^n"),
        (r"x^\R", r"x^\mathbb{R}"),
        (r"\norm x y", r"\left\lVert x \right\rVert y"),
        (r"\norm  {a_{1}}", r"\left\lVert a_{1} \right\rVert"),
        (r"\norm\R", r"\left\lVert \mathbb{R}\right\rVert"),
        (r"\frac\R2", r"\frac{\mathbb{R}}2"),
        (r"\sqrt[\al]\R", r"\sqrt[\alpha]{\mathbb{R}}"),
        (r"\al b\al2", r"\alpha b\alpha2"),
        (r"\vv x\vv{ab}", r"\vec x\vec ab"),
        (r"\swap{\al}{\be}x", r"\be^{\alpha}x"),
        (r"\alpha\nothing{}b", r"\alpha{}b"),
        (r"\al\swap{1}{}b", r"\alpha^{1}b"),
        (r"\alpha\nothing\R", r"\alpha\mathbb{R}"),
        (r"\text{in \R: $\R$}", r"\text{in \R: $\mathbb{R}$}"),
        (r"\Real \\R \{R\}", r"\Real \\R \{R\}"),
        ("a % \\R\n+ \\R", "a % \\R\n+ \\mathbb{R}"),
        (r"\verb|\R| \R", r"\verb|\R| \mathbb{R}"),
    ],
)
def test_expansion_reads_as_written_by_hand(written: str, expanded: str) -> None:
    """Braces and spaces are added only where TeX would otherwise read something else."""
    assert expand(written, DEFINED).tex == expanded


@pytest.mark.parametrize(
    "written",
    [
        r"x^\R", r"x_\R^\al", r"x^\ab", r"\R'", r"\R_\R^\R", r"{\R}_1", r"\R\R\R", r"\R^n",
        r"\norm\R", r"\norm{a_{1}}", r"\norm x y", r"\norm{\norm{x}}", r"\normR", r"\frac\normR2",
        r"\frac\R2", r"\frac2\R", r"\frac{\R}{\norm y}", r"\frac\half\half", r"\binom\R2",
        r"\sqrt[\nothing]x", r"1\nothing 2", r"1\nothing{}2", r"1\comma000", r"\one\one2",
        r"\mathrm{a\word c}", r"\operatorname{a\word}", r"2\half3", r"x1\swap{x}{1}",
        r"\sqrt\R", r"\sqrt[\al]\R", r"\sqrt[3]{\R}", r"\root\R\of\R", r"\hat\al_1", r"\bra\R",
        r"\left( \R \right)", r"\big\lVert\R\big\rVert", r"\overset\R=", r"\stackrel\al\R",
        r"\begin{pmatrix}\R & \norm{x} \\ \al & 1\end{pmatrix}", r"\substack{\R \\ \al}",
        r"\begin{cases}\R & \text{if $x\in\R$} \\ \norm x & \text{else}\end{cases}",
        r"\text{$\R$}", r"\text{\R}", r"\text\R", r"\text{a $\norm{\text{if $\R$}}$ \(\al\)}",
        r"\colorbox{red}{\R $\R$}", r"\textcolor{red}\R", r"\color{red}\R", r"\tag{$\R$} x",
        r"\when\R", r"\when{$\R$}", r"\al b", r"\vv x", r"\vv\al", r"\vv{ab}", r"\swap\R x",
        r"\swap{n}{\R}", r"\alpha\nothing b", r"\al\swap{1}{}b", r"\bm x", r"\bm\R", r"\bm{\R}",
        r"\argmax_x", r"\argmax\limits_\R \R", r"\operatorname*\R", r"\mathrm\R", r"\mathbin\R",
        r"\inner\R\al", r"\int f\dd x", r"\sum_\R^\al", r"\lim_{x\to\al}\R", r"\not\R",
        r"\verb|\R|+\R", "a % \\R\n+\\R", r"\ce{H2O} \R", r"\xrightarrow[\R]\al", r"\cfrac\R\al",
        r"\mathchoice\R\al\R\al", r"\genfrac(]{0pt}{2}\R\al", r"\underbrace\R_{x}", r"\boxed\R",
        r"\sideset\R\al\sum", r"\cancel\R", r"\bbox[red]\R", r"\smash[b]\R", r"\R\over\al",
        r"\begin{array}{c|c}\R & \al\end{array}", r"\cases{\R & x\cr \al & y}", r"\pmod\R",
    ],
)  # fmt: skip
def test_expansion_is_what_mathjax_makes_of_the_macros(engine: MathJax, written: str) -> None:
    """The expanded formula has the MathML of the written one in a MathJax that has the macros."""
    expansion = expand(written, DEFINED)
    assert expansion.fault is None
    assert is_proven(engine, written, expansion.tex)


def test_a_wrong_expansion_is_not_proven(engine: MathJax) -> None:
    """The proof fails for braces too many or too few, and for a formula that does not compile."""
    assert not is_proven(engine, r"\argmax_x", r"{\operatorname*{arg\,max}}_x")
    assert not is_proven(engine, r"\frac\R2", r"\frac\mathbb{R}2")
    assert not is_proven(engine, r"\norm", r"\norm")


ATOMS = st.sampled_from(
    ["x", "1", "+", " ", "b", r"\alpha", r"\al", r"\R", r"\ab", r"\nothing", r"\half", r"\normR",
     r"\one", r"\comma", r"\word", "000", r"\text{\R $\al$}", "'"]
)  # fmt: skip
PATTERNS = st.sampled_from(
    [r"\norm{@}", r"\norm @", r"\frac{@}{@}", r"\frac@@", r"{@}", r"x^@", r"x_{@}", r"\sqrt[@]{@}",
     r"\sqrt @", r"\swap{@}{@}", r"\swap @@", r"\vv{@}", r"\bm{@}", r"\left( @ \right)", r"\hat @",
     r"\text{if $@$}", r"\when{$@$}", r"\begin{matrix} @ & @ \\ @ \end{matrix}", r"\argmax_{@}",
     r"\inner{@}{@}", r"\overset{@}{@}", r"\mathrm{@@}", r"\operatorname{@@}", r"1@@@", r"\dd @"]
)  # fmt: skip


def fill(pattern_and_parts: tuple[str, list[str]]) -> str:
    pattern, parts = pattern_and_parts
    for part in parts:
        pattern = pattern.replace("@", part, 1)
    return pattern.replace("@", "z")


FORMULAS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(PATTERNS, st.lists(inner, min_size=3, max_size=3)).map(fill),
        st.lists(inner, min_size=2, max_size=3).map("".join),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(FORMULAS)
def test_random_expansions_are_proven(engine: MathJax, written: str) -> None:
    """Whatever compiles with the macros in MathJax is expanded to the same; the rest is refused."""
    # Here MathJax leaves TeX: it takes all of 12 for the exponent of x^\one2.
    assume(not re.search(r"[\^_] ?(\\(nothing|one) ?)+[0-9]", written))
    expansion = expand(written, DEFINED)
    (mathml,) = engine.mathml([(written, True)], macros.settings(DEFINED))
    if mathml is not None:
        assert expansion.fault is None
        assert is_proven(engine, written, expansion.tex)


# Places -------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(FORMULAS)
def test_origins_lead_to_the_written_characters(written: str) -> None:
    """Each character has an origin; what no macro brought is the written character itself."""
    expansion = expand(written, DEFINED)
    assert len(expansion.origins) == len(expansion.tex) + 1
    assert expansion.origin(len(expansion.tex)) == len(written)
    for offset, character in enumerate(expansion.tex):
        origin = expansion.origin(offset)
        use = re.match(r"\\([a-zA-Z]+)", written[origin:])
        is_from_macro = use is not None and use[1] in DEFINED
        assert written[origin] == character or is_from_macro or character == " "


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (r"\norm{x} + \R + \foo", 16),
        (r"\norm{x + \foo} \R", 10),
        (r"\frac\R{\R\foo}", 10),
        (r"\norm{\norm{\R\foo}}", 14),
        (r"\R \sqrt{\bar\foo}", 13),
    ],
)
def test_a_fault_points_at_the_authors_character(
    engine: MathJax, written: str, expected: int
) -> None:
    """An error found in the expanded TeX is mapped back to where the author wrote it."""
    expansion = expand(written, DEFINED)
    ((fault,),) = engine.compile([(expansion.tex, False)])
    assert expansion.origin(fault.offset) == expected
    assert expansion.origin(-1) == -1


def test_a_fault_inside_a_macro_points_at_its_use(engine: MathJax) -> None:
    """What a macro brings comes from the backslash of its use."""
    faulty, _ = define({"bad": r"x + \undefined"})
    expansion = expand(r"1 + \bad", faulty)
    ((fault,),) = engine.compile([(expansion.tex, False)])
    assert expansion.origin(fault.offset) == 4


def test_the_macros_used_are_named() -> None:
    """`used` holds the macros met, those inside other macros included."""
    assert expand(r"\normR + \text{\al}", DEFINED).used == {"normR", "norm", "R"}
    assert expand(r"x + \alpha", DEFINED).used == frozenset()


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "code", "offset"),
    [
        (r"x + \norm", "MissingArgFor", 4),
        (r"{\norm} x", "MissingArgFor", 1),
        (r"\sqrt[\norm]x", "MissingArgFor", 6),
        (r"\text{$\norm$}", "MissingArgFor", 7),
        (r"\frac\norm{x}2", "MissingArgFor", 5),
        (r"\norm{x", "MissingCloseBrace", 5),
        (r"\left\lp x \right)", "MacroAsDelimiter", 5),
    ],
)
def test_a_use_that_mathjax_refuses_is_a_fault(
    engine: MathJax, written: str, code: str, offset: int
) -> None:
    """A macro without its arguments, or in place of a delimiter, is refused at its backslash."""
    expansion = expand(written, DEFINED)
    assert expansion.fault is not None
    assert (expansion.fault.code, expansion.fault.offset) == (code, offset)
    assert expansion.tex == written
    assert expansion.origins == range(len(written) + 1)
    assert engine.mathml([(written, True)], macros.settings(DEFINED)) == [None]


@pytest.mark.parametrize(
    "circular",
    [{"a": r"\a"}, {"a": r"x\a"}, {"a": r"\b\b", "b": r"\a\a"}, {"a": r"{\a}{\a}"}],
)
def test_a_macro_that_calls_itself_is_a_fault_not_a_hang(circular: dict[str, str]) -> None:
    """Even definitions that `define` refuses end in a fault when they are expanded."""
    started = time.process_time()
    expansion = expand(r"\a", {name: Macro(name, tex) for name, tex in circular.items()})
    assert time.process_time() - started < 2
    assert expansion.fault is not None
    assert (expansion.fault.code, expansion.fault.offset) == ("MacroTooLarge", 0)


def test_a_macro_bomb_is_a_fault() -> None:
    """Macros that double each other ten times over are too large, in no time."""
    names = [chr(ord("a") + number) for number in range(20)]
    bomb, faults = define({
        name: rf"\{after}\{after}" for name, after in zip(names, [*names[1:], "R"], strict=True)
    } | {"R": "x" * 100})  # fmt: skip
    assert faults == ()
    started = time.process_time()
    expansion = expand(r"\a", bomb)
    assert time.process_time() - started < 2
    assert expansion.fault is not None
    assert expansion.fault.code == "MacroTooLarge"


def test_many_uses_are_no_bomb() -> None:
    """The limits are far above what a formula needs."""
    assert expand(r"\R " * (MAX_CALLS - 1), DEFINED).fault is None


def test_deep_nesting_is_expanded() -> None:
    """Nesting costs no recursion."""
    depth = 500
    expansion = expand(r"\norm{" * depth + r"\frac{" * 5_000 + "x" + "}" * 5_500, DEFINED)
    assert expansion.fault is None
    assert expansion.tex.count(r"\lVert") == depth


@given(st.text(alphabet="\\Rnorm{}[]$%#^_ \nvert|*xé", max_size=30))
def test_any_text_is_expanded_or_refused(written: str) -> None:
    """Broken TeX is never raised."""
    expansion = expand(written, DEFINED)
    assert len(expansion.origins) == len(expansion.tex) + 1


# Definitions --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "count"),
    [("x", 0), ("#1", 1), ("#1#3", 3), (r"\# #2", 2), (r"\\#1", 1), ("#9", 9)],
)
def test_arguments_are_counted_by_the_highest_number(tex: str, count: int) -> None:
    """`#n` is argument n; an escaped # is the sign."""
    assert Macro("a", tex).arguments == count


@pytest.mark.parametrize(
    ("definitions", "name", "code"),
    [
        ({"R2": "x"}, "R2", "macro-name"),
        ({"": "x"}, "", "macro-name"),
        ({r"\\R": "x"}, r"\R", "macro-name"),
        ({"é": "x"}, "é", "macro-name"),
        ({"R": "x", r"\R": "y"}, "R", "macro-duplicate"),
        ({"a": "{x"}, "a", "macro-braces"),
        ({"a": "}x{"}, "a", "macro-braces"),
        ({"a": "#0"}, "a", "macro-parameter"),
        ({"a": "x#"}, "a", "macro-parameter"),
        ({"a": "##"}, "a", "macro-parameter"),
        ({"a": "50% x"}, "a", "macro-comment"),
        ({"a": "x\\"}, "a", "macro-backslash"),
        ({"a": r"\a"}, "a", "macro-recursive"),
    ],
)
def test_a_faulty_definition_is_refused(definitions: dict[str, str], name: str, code: str) -> None:
    """Each fault names the macro and what is wrong; a first sound definition stays."""
    defined, faults = define(definitions)
    assert [(fault.name, fault.code, fault.is_warning) for fault in faults] == [(name, code, False)]
    assert set(defined) == ({"R"} if code == "macro-duplicate" else set())


def test_circular_definitions_are_all_named() -> None:
    """A circle of definitions is refused as a whole; what merely leads into it is not."""
    defined, faults = define({"a": r"\b", "b": r"\c{x}", "c": r"\a", "d": r"\a"})
    assert [(fault.name, fault.code) for fault in faults] == [
        (name, "macro-recursive") for name in ("a", "b", "c")
    ]
    assert set(defined) == {"d"}


@pytest.mark.parametrize("tex", ["", r"\#\%\{", "x # 1".replace("# ", "#"), r"\\", r"a\,b", "{{}}"])
def test_a_sound_definition_is_taken_as_it_is(tex: str) -> None:
    """Escaped signs are no faults."""
    assert define({r"\a": tex}) == ({"a": Macro("a", tex)}, ())


def test_replacing_a_command_of_mathjax_is_a_warning(engine: MathJax) -> None:
    """A built-in command may be redefined, knowingly."""
    defined, (warning,) = define({"phi": r"\varphi", "R": "x"}, engine.commands())
    assert set(defined) == {"phi", "R"}
    assert (warning.name, warning.code, warning.is_warning) == ("phi", "macro-redefines", True)
    assert is_proven(engine, "x", expand("x", defined).tex)
    assert engine.same_with_macros(
        [(r"\phi_1", expand(r"\phi_1", defined).tex, True)], macros.settings(defined)
    ) == [True]
