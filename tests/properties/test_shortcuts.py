"""What is left out because it can find nothing: with it, exactly the same would be found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from markdown.treeprocessors import InlineProcessor

from deckgen import fieldtree, formulas, html_rules, metadata, render
from deckgen.cloze import Deletions, Home
from deckgen.cloze_inside import brace_by_brace, take_out
from deckgen.diagnostic import Diagnostic, Span, errors, in_order
from deckgen.field_html import Show, field_html
from deckgen.fieldtree import Element
from deckgen.formulas import FormulaCheck
from deckgen.html_rules import pass_whole
from deckgen.macros import define
from deckgen.markdown_dialect import TRIGGERS, Dialect
from deckgen.markup import _BlockScanner, scan_heading
from deckgen.mathjax import MathJax
from deckgen.media import MediaFolder
from deckgen.metadata import Comment
from deckgen.passage import Passage
from deckgen.question import parse_file
from deckgen.render import Rendered, Renderer
from deckgen.segment import Segment
from deckgen.source import Source
from properties.bodies import CONFIG, HEAD, MARKS, PARTS, TYPES, rendered, soups

WORDS = ("word", "two words", " ", "a_b", "*c*", "[d]", ":", "é", "(")
MACROS, _ = define({"R": r"\mathbb{R}", "two": r"#1^{2}"})


@pytest.fixture(scope="module")
def mathjax() -> Iterator[MathJax]:
    with MathJax() as started:
        yield started


# -- code and formulas without a mark -------------------------------------------------------------

INSIDES = (
    *("{", "}", "{{", "}}", "{{c1::", "{{c1,2::", "{{c", "c1::", "::", ":", "a", " ", "\n"),
    *("\\", "\\{", "\\}", "\\|", "|", "&", "&lt;", "&amp;", "&x", "\\{{c1::", "\\\\"),
)


@settings(max_examples=1500, deadline=None)
@given(
    text=st.lists(st.sampled_from(INSIDES), max_size=12).map("".join),
    before=st.text("{}", max_size=3),
    home=st.sampled_from((Home.CODE, Home.FORMULA)),
    unescape_bars=st.booleans(),
    opened=st.booleans(),
    halved=st.booleans(),
)
def test_what_holds_no_mark_is_the_same_brace_by_brace(
    text: str, before: str, home: Home, unescape_bars: bool, opened: bool, halved: bool
) -> None:
    """With the deletions left as they would be: what is open, which braces, what is wrong."""
    bars = unescape_bars and home is Home.FORMULA  # only they stand in tables
    origins = ((0, 5), (len(text) // 2, 50)) if halved and len(text) > 1 else ((0, 5),)
    passage = Passage(text, "a.md", origins)
    given_back = []
    for shortcut in (True, False):
        deletions = Deletions()
        deletions.braces(before)
        if opened:
            deletions.open(1, Span("a.md", 0, 6))
        take = take_out if shortcut else brace_by_brace
        taken, marks = take(passage, deletions, home, bars)
        places = [taken.place(at) for at in range(len(taken.text))]
        state = (deletions._stack, deletions._braces, deletions._stray, deletions.diagnostics)
        given_back.append((taken.text, places, marks, state, deletions.numbers))
    assert given_back[0] == given_back[1]


# -- headings of nothing but words, and comments without a margin ---------------------------------


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from((*WORDS, *(m for m in MARKS if "\n" not in m))), max_size=5))
def test_a_heading_of_words_is_the_same_read_through(parts: list[str]) -> None:
    heading = Passage("".join(parts), "a.md", ((0, 7),))
    scanner = _BlockScanner(heading, 0, Deletions(), stops=False)
    scanner.read_heading()
    assert scan_heading(heading) == scanner.result()


@settings(max_examples=1500, deadline=None)
@given(
    lines=st.lists(
        st.tuples(
            st.sampled_from(("", "", " ", "  ", "    ", "\t", "\u00a0")),
            st.sampled_from(("", "id: a", "tags:", "- b", "# c", "{", "}")),
            st.sampled_from(("", "", " ", "\t")),
        ).map("".join),
        max_size=6,
    )
)
def test_a_comment_at_the_margin_is_the_same_line_by_line(lines: list[str]) -> None:
    text = "<!--" + "\n".join(lines) + "-->"
    comment = Comment(4, len(text) - 3, len(text))
    whole = Passage(text, "a.md", ((0, 0),))
    taken = []
    for at_margin in (metadata.AT_MARGIN, re.compile("(?!)")):
        with patch.object(metadata, "AT_MARGIN", at_margin):
            found = metadata.yaml_in(whole, comment)
        taken.append((found.text, [found.place(at) for at in range(len(found.text) + 1)]))
    assert taken[0] == taken[1]


# -- formulas that need not be looked for ---------------------------------------------------------

# Formulas, and what may look like one, or keep MathJax from finding one.
ATOMS = (
    *("$x$", "$y_1$", r"$\frac{1}{2}$", r"\(z\)", r"$\R$", r"$\two{a}$", "$a<b$", r"$\text{a}$"),
    *(r"$\{$", r"$\}$", r"$x\\$", r"$\unknown$", r"$\def\q{1}$", r"$\q$", r"$\label{a}$", "$-$"),
    *("$$\\sum_i x$$", r"\[\begin{aligned}a&=b\end{aligned}\]", "$x^{y^{2}}$", "$a::b$"),
    *("$x_{{{c1::i}}}$", "$$a {{c2::b::c}}$$", "{{c1::$x$}}", "{{c2::a::$x$}}", r"{{c1::`\(x\)`}}"),
    *("word", "a {b}", "{", "}", "&amp;", "&#92;", r"&#92;(x&#92;)", "&bsol;", "&lowbar;", "<br>"),
    *("\\", r"\\(", r"\\(x\\)", r"\alpha", r"\$", r"\\begin{a}", r"\\ref{a}", "_ignore", "`code`"),
    *(r"`\(`", r"`\(x\)`", r"`\begin{a}`", "`<code>`", "```\n\\(x\\)\n```", "    \\[x\\]", "<wbr>"),
    *("<!-- $x$ -->", '<b title="\\(">a</b>', "<hr>", "[$x$](https://example.org)", "*$x$*,"),
)
FRAMES = (
    *("<code>{}</code>", "<CODE>{}</CODE>", "<pre>{}</pre>", "<Pre>{}</pre>", "<kbd>{}</kbd>"),
    *('<code class="a">{}</code>', '<span class="tex2jax_ignore">{}</span>', "<b>{}</b>", "*{}*"),
    *('<i class="a mathjax_ignore b">{}</i>', "<div class=tex2jax_ignore>{}</div>", "\n\n{}"),
    *('<span class="tex2jax_process">{}</span>', "<details>{}</details>", "{{{{c1::{}}}}}"),
    *("{{{{c2::{}::a}}}}", "{{{{c3::a::{}}}}}", "~~{}~~", "\n\n- {}\n\n", "\n\n> {}\n\n"),
    *("\n\n> [!NOTE]\n> {}\n\n", "\n\n| a |\n|---|\n| {} |\n\n", '<span title="<code>">{}</span>'),
)


def framed(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    joined = st.lists(inside, min_size=1, max_size=3).map(" ".join)
    return st.builds(str.format, st.sampled_from(FRAMES), joined)


PIECES = st.recursive(st.sampled_from(ATOMS), framed, max_leaves=6)
NOTES = st.lists(PIECES, min_size=1, max_size=4).map(" ".join) | soups(PARTS, 16)


def sound(bodies: Sequence[str]) -> list[Rendered]:
    """The rendered notes of those bodies that have no error so far."""
    notes: list[Rendered] = []
    for body in bodies:
        file = Source("example.md", HEAD + body + "\n")
        parsed = parse_file(file, CONFIG, {})
        renderer = Renderer(CONFIG, TYPES, MACROS, MediaFolder(Path(), 1), {file.path: file.text})
        for question in parsed.questions[:1]:
            note, found = renderer.note(question)
            if not errors((*parsed.diagnostics, *found)):
                notes.append(note)
    return notes


def searched(mathjax: MathJax, notes: Sequence[Rendered]) -> tuple[Diagnostic, ...]:
    """What is wrong with the formulas if each side of each card is searched."""
    with patch.object(formulas, "_stands_clear", lambda rendered: False):
        return in_order(FormulaCheck(MACROS, mathjax).check(notes))


def assert_exact(mathjax: MathJax, notes: Sequence[Rendered]) -> None:
    expected = searched(mathjax, notes)
    check = FormulaCheck(MACROS, mathjax)
    assert in_order(check.check(notes)) == expected
    again = FormulaCheck(MACROS, mathjax, frozenset(check.proven))
    assert in_order(again.check(notes)) == expected


def test_what_stands_clear_need_not_be_searched(mathjax: MathJax) -> None:
    """With proofs, those of this note or of earlier ones, the diagnostics are the same."""

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(NOTES, min_size=1, max_size=2))
    def check(bodies: list[str]) -> None:
        notes = sound(bodies)
        assume(notes)
        assert_exact(mathjax, notes)

    check()


@pytest.mark.parametrize(
    "body",
    [
        *("<CODE>$x$</CODE>", "<Pre>\n$x$\n</Pre>", "<code>a <code>b</code> $x$</code>"),
        *("<code>`a` $x$</code>", "<pre>\n<pre>\na\n</pre>\n$x$\n</pre>"),
        *('<b class="tex2jax_ignore">$x$</b>', '<b class="a mathjax_ignore">$x$</b>'),
        *(r"$x$ &#92;(y&#92;)", r"$x$ &bsol;", r"<code>a</code> $x$ <code>&#92;(</code>"),
    ],
)
def test_where_mathjax_does_not_look(mathjax: MathJax, body: str) -> None:
    """A formula there is lost, however the author writes it; and what is found is found."""
    notes = sound([f"$x$ {body}", body])
    assert len(notes) == 2
    assert_exact(mathjax, notes)


@pytest.mark.parametrize(
    "formula", [r"\begin{{{c1::matrix}}}a\end{matrix}", r"\sqrt[{{c1::3}}]{x}", r"\left{{c1::(}}x)"]
)
def test_what_a_card_hides_of_a_formula(mathjax: MathJax, formula: str) -> None:
    """Though the whole formula is proven, the card is searched that blanks a part of it."""
    whole = re.sub(r"\{\{c1::(.*?)\}\}", r"\1", formula)
    notes = sound([f"${whole}$ and ${formula}$"])
    assert len(notes) == 1
    assert_exact(mathjax, notes)


def test_most_notes_stand_clear(mathjax: MathJax) -> None:
    """Or nothing would be gained: none of these needs another search once $x$ is proven."""
    check = FormulaCheck(MACROS, mathjax)
    check.check(sound(["$x$"]))
    with patch.object(mathjax, "search", lambda html: [] if not html else pytest.fail(html[0])):
        for body in ("a $x$, b", r"`\(` $x$", "- $x$\n- {{c1::a}}", "```\n\\(\n```\n\n$x$ &amp;"):
            (note,) = sound([body])
            assert check.check([note]) == ()


# -- inline patterns that need not be tried -------------------------------------------------------

INLINE = (
    *(r"\*", "\\", "\\\n", "&", "&amp;", "&copy", "<", "<a@b.de>", "<https://a.de>", ">", "!", "["),
    *("![", "[a]", "](b)", '](b "c")', "[a][b]", "\n\n[b]: /c\n\n", "[^1]", "\n\n[^1]: d\n\n"),
    *("*", "**", "_", "__", "^", "~", "~~", "a", "b", " ", "  ", "   ", "\t", "\n", "  \n", "\t\n"),
    *(" \t\n", "\n\n", "\n | ", "|---|---|\n", "\n\na\n: b\n\n", "\x0e0\x0f", "\x101"),
)


def everything(dialect: Dialect) -> Dialect:
    """The dialect with Python-Markdown's own processor, which tries each pattern on each text."""
    markdown = dialect._whole.markdown
    markdown.treeprocessors.register(InlineProcessor(markdown), "inline", 20)
    return dialect


GATED, UNGATED = Dialect(lambda root: None), everything(Dialect(lambda root: None))


@settings(max_examples=1000, deadline=None)
@given(soups(INLINE, 12) | soups(MARKS, 20) | st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_pattern_without_its_trigger_finds_nothing(text: str) -> None:
    """The HTML of any text is the one that all patterns give."""
    assume(not set(text) & set("\x02\x03\r"))  # no source file holds them
    assert GATED.html(text) == UNGATED.html(text)


# What `paragraphs` has to get right: emphasis, and where a paragraph starts and ends.
EMPHASIS = (
    *("*", "*", "**", "***", "_", "__", "^", "~", "~~", "*a*", "**a**", "*a **b** c*", "a", "b"),
    *("w ", " ", " ", ", ", ".", "(", ")", "\n", "\n\n", "\n\n\n", "}}", "\u00a0", "\u2028", "é"),
    *("\x0e0\x0f", "|", "| ", " | ", "\na | b\n-|-\n", "\n|a|b|\n|:-|-:|\n|*c*|", "\n|---|:-:|\n"),
)
SLOTS = ["slot"]


def flat(element: Element) -> list[object]:
    """All that is in an element, in its order."""
    inside: list[object] = []
    for child in element.children:
        if isinstance(child, Element):
            inside += (child.name, child.open, *flat(child), child.close)
        else:
            inside.append(child)
    return inside


@settings(max_examples=1500, deadline=None)
@given(soups(EMPHASIS, 24) | soups((*EMPHASIS, *INLINE), 16))
def test_what_needs_no_more_is_the_same_with_all_of_python_markdown(text: str) -> None:
    """The tree of any text is the one that its HTML gives."""
    assume(not set(text) & set("\x02\x03\r"))
    tree = fieldtree.from_html(UNGATED.html(text), SLOTS)
    assert flat(GATED.tree(text, SLOTS)) == flat(tree)


def test_most_texts_need_no_more() -> None:
    """Or nothing would be gained: Python-Markdown writes no HTML for any of these."""
    with patch.object(Dialect, "html", lambda self, text: pytest.fail(text)):
        for text in ("a", "What is 1?", "\n\na *b*: c_d\n\n\n**e** f.\n", "a \x0e0\x0f, {b}: (c)"):
            assert GATED.tree(text, SLOTS).children


@settings(max_examples=200, deadline=None)
@given(soups(PARTS, 16) | soups(MARKS, 24))
def test_a_note_is_the_same_with_all_of_python_markdown(body: str) -> None:
    """From the texts that a note gives, with their slots."""
    seen: list[tuple[str, list[Segment | str]]] = []
    tree = Dialect.tree

    def watched(self: Dialect, text: str, slots: Sequence[Segment | str]) -> Element:
        seen.append((text, list(slots)))
        return tree(self, text, slots)

    with patch.object(Dialect, "tree", watched):
        rendered(body)
    for text, slots in seen:
        whole = fieldtree.from_html(UNGATED.html(text), slots)
        assert flat(GATED.tree(text, slots)) == flat(whole)


FOUND = {
    "escape": r"\*",
    "footnote": "[^1]\n\n\x10[^1]: a",
    "reference": "[a][b]\n\n\x10[b]: /c",
    "link": "[a](b)",
    "image_link": "![a](b)",
    "image_reference": "![a][b]\n\n\x10[b]: /c",
    "short_reference": "[b]\n\n\x10[b]: /c",
    "short_image_ref": "![b]\n\n\x10[b]: /c",
    "autolink": "<https://a.de>",
    "automail": "<a@b.de>",
    "linebreak": "a  \nb",
    "entity": "&copy;",
    "delimiter": "*a*",
}


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_pattern_finds_what_it_is_for(name: str) -> None:
    """Each is tried where it has something to find."""
    without = everything(Dialect(lambda root: None))
    without._whole.markdown.inlinePatterns.deregister(name)
    html = GATED.html(FOUND[name])
    assert html == UNGATED.html(FOUND[name])
    assert html != without.html(FOUND[name]) or name == "entity"  # only hides it from others


# -- HTML that need not be compared ---------------------------------------------------------------


@settings(max_examples=500, deadline=None)
@given(soups(PARTS, 20) | soups(MARKS, 24))
def test_html_that_passes_loses_nothing(body: str) -> None:
    """Where no author's tag stands, to look at each kind of start tag is enough."""
    written: list[tuple[str, Set[str]]] = []
    asked: list[Set[str]] = []

    def noted(root: Element, show: Show) -> tuple[str, Set[str]]:
        written.append(field_html(root, show))
        return written[-1]

    def passed(tags: Set[str]) -> bool:
        asked.append(tags)
        return pass_whole(tags)

    patched = patch.object(html_rules, "pass_whole", passed)
    with patch.object(render, "field_html", noted), patched:
        rendered(body)
    for html, tags in written:
        if any(tags is each for each in asked) and pass_whole(tags):
            assert html_rules.lost(html) == ""


START_TAG = re.compile("<[a-z][^>]*>")
TAGS = ("b", "div", "span", "a", "p", "ul", "li", "font", "form", "center", "blink", "details")
ATTRIBUTES = ("", ' class="a"', ' style="a"', ' onclick="a"', ' href="https://a.de"', " open")


def _element(tag: tuple[str, str], inside: str) -> str:
    name, attributes = tag
    return f"<{name}{attributes}>{inside}</{name}>"


ELEMENT = st.tuples(st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES))


@settings(max_examples=500, deadline=None)
@given(st.recursive(st.just("a &lt; b"), lambda inside: st.builds(_element, ELEMENT, inside)))
def test_html_passes_only_if_it_loses_nothing(html: str) -> None:
    """Of elements in one another: what passes is left whole, and the other way round."""
    assert pass_whole(START_TAG.findall(html)) is (html_rules.lost(html) == "")
