"""The sides of cards: what each shows, and which formulas stand on it, as Anki will have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from deckgen.card import reveal, sides
from deckgen.config import Config
from deckgen.diagnostic import Span, errors
from deckgen.macros import Macro
from deckgen.media import MediaFolder
from deckgen.notetype import note_types
from deckgen.passage import Passage
from deckgen.question import parse_file
from deckgen.render import Rendered, Renderer
from deckgen.segment import ClozeClose, ClozeOpen, Formula
from deckgen.shown_formula import show
from deckgen.source import Source

CONFIG = Config("Deck", "n")


def rendered(text: str) -> Rendered:
    """The last note of a question file."""
    source = Source("q.md", f"---\ntitle: T\n---\n\n{text}\n")
    parsed = parse_file(source, CONFIG, {})
    types = {note_type.kind: note_type for note_type in note_types("Deck", "n")}
    renderer = Renderer(CONFIG, types, {}, MediaFolder(Path(), 0), {"q.md": source.text})
    note, found = renderer.note(parsed.questions[-1])
    assert not errors((*parsed.diagnostics, *found))
    return note


def question(answer: str, comment: str = "id: x") -> Rendered:
    return rendered(f"## Why $q$?\n\n<!--\n{comment}\n-->\n\n{answer}")


def formulas(note: Rendered) -> list[tuple[int, str, list[str]]]:
    """For each side of each card: ordinal, Q or A, and the TeX of its formulas."""
    return [
        (side.ordinal, "Q" if side.is_question else "A", [tex for tex, _, _ in side.formulas])
        for side in sides(note)
    ]


# ---- which fields stand on which side ----


def test_a_basic_card_asks_the_question_and_answers_with_all() -> None:
    note = question("So $a$.\n\n> [!NOTE]\n> Note $n$.\n\n> [!WARNING]\n> Trap $w$.")
    assert formulas(note) == [(0, "Q", ["q"]), (0, "A", ["q", "a", "n", "w"])]


def test_a_reversed_card_asks_with_the_answer() -> None:
    note = question("So $a$.", "id: x\nreverse: true")
    assert formulas(note)[2:] == [(1, "Q", ["a"]), (1, "A", ["q", "a"])]


def test_a_follow_up_note_shows_its_context_on_every_side() -> None:
    above = "## Why $q$?\n\n<!-- id: x -->\n\nSo."
    note = rendered(f"{above}\n\n### And $f$?\n\n<!--\nid: y\nreverse: true\n-->\n\n$g$")
    assert [sorted(found) for _, _, found in formulas(note)] == [
        *(["f", "q"], ["f", "g", "q"], ["g", "q"], ["f", "g", "q"])
    ]


def test_the_html_of_a_side_is_that_of_its_fields() -> None:
    front, back = sides(rendered("## Why?\n\n<!-- id: x -->\n\n*So.*"))
    assert front.html == "<div>Why?</div>"
    assert back.html == "<div>Why?</div><div><p><em>So.</em></p></div>"


# ---- formulas and cloze deletions ----


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        # A formula inside a deletion is hidden on its own question only.
        ("{{c1::$a$}} {{c2::$b$}}", [["b"], ["a", "b"], ["a"], ["a", "b"]]),
        # A deletion inside a formula leaves a blank there.
        ("$x={{c1::a}}+{{c2::b}}$", [["x=[...]+b"], ["x=a+b"], ["x=a+[...]"], ["x=a+b"]]),
        # Its hint takes the place of the dots.
        ("$x={{c1::a::why}}$", [["x=[why]"], ["x=a"]]),
        ("$x={{c1::a::}}$", [["x=[]"], ["x=a"]]),
        # Deletions inside one another: the outer one hides the inner.
        ("$x={{c1::a+{{c2::b}} }}$", [["x=[...]"], ["x=a+b "], ["x=a+[...] "], ["x=a+b "]]),
        # A formula in a hint is shown on that question only.
        ("{{c1::so::$h$}} {{c2::$b$}}", [["h", "b"], ["b"], [], ["b"]]),
        ("{{c1::$a$::$h$}} {{c2::b}}", [["h"], ["a"], ["a"], ["a"]]),
        # A deletion around a formula that holds one.
        ("{{c1::see $x={{c2::a}}$}}", [[], ["x=a"], ["x=[...]"], ["x=a"]]),
        # Two deletions of one number go together.
        ("{{c1::$a$}} $x={{c1::b}}$", [["x=[...]"], ["a", "x=b"]]),
        # Display formulas alike.
        ("$$\nx={{c1::a}}\n$$", [["\nx=[...]\n"], ["\nx=a\n"]]),
    ],
)
def test_formulas_of_a_cloze_note(answer: str, shown: list[list[str]]) -> None:
    """On each side as MathJax will find them, besides that of the title."""
    found = [tex for _, _, tex in formulas(question(answer))]
    assert [[tex.strip() for tex in side] for side in found] == [
        ["q", *(tex.strip() for tex in side)] for side in shown
    ]


# ---- cloze fields as Anki shows them (tests/anki compares them with Anki itself) ----


@pytest.mark.parametrize(
    ("text", "asked", "answered"),
    [
        (
            "a {{c1::b}} c",
            'a <span class="cloze" data-cloze="b" data-ordinal="1">[...]</span> c',
            'a <span class="cloze" data-ordinal="1">b</span> c',
        ),
        (
            "{{c1::b::why}} {{c2::d::e}}",
            '<span class="cloze" data-cloze="b" data-ordinal="1">[why]</span> '
            '<span class="cloze-inactive" data-ordinal="2">d</span>',
            '<span class="cloze" data-ordinal="1">b</span> '
            '<span class="cloze-inactive" data-ordinal="2">d</span>',
        ),
        (
            '{{c1::<b>"ł"</b>\n}}',
            '<span class="cloze" data-cloze="&lt;b&gt;&quot;ł&quot;&lt;&#x2F;b&gt;&#x0A;" '
            'data-ordinal="1">[...]</span>',
            '<span class="cloze" data-ordinal="1"><b>"ł"</b>\n</span>',
        ),
        (r"\(x={{c1::<b>a</b>}}\)", r"\(x=[...]\)", r"\(x=a\)"),
        ("}} {{c1::a}} }}", None, '}} <span class="cloze" data-ordinal="1">a</span> }}'),
    ],
)
def test_a_cloze_field_is_revealed(text: str, asked: str | None, answered: str) -> None:
    assert asked is None or reveal(text, 1, is_question=True) == asked
    assert reveal(text, 1, is_question=False) == answered


def test_a_thousand_deletions_inside_one_another_are_revealed_at_once() -> None:
    """Each hides the ones inside in an attribute, escaped once more; Anki stops at ten."""
    text = "{{c1::" * 1_000 + "a" + "}}" * 1_000
    assert len(reveal(text, 1, is_question=True)) < 1_000_000


def test_a_macro_may_stand_for_nothing() -> None:
    """In a formula of its own, beside other TeX, and between cloze marks."""
    passage = Passage("\\E", "a.md", ((0, 0),))
    span = Span("a.md", 0, 2)
    marks = ((0, ClozeOpen(1, span)), (2, ClozeClose(span)))
    nothing = {"E": Macro("E", "")}
    for written in ((), marks):
        shown = show(Formula(passage, written, False, False, span), nothing, 1, (), 0)
        assert shown.shown == ""
        assert shown.parts == tuple(mark for _, mark in written)
