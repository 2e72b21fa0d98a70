"""What a reader sees of a passage: words without markup, and what is hidden in it."""

from __future__ import annotations

import pytest

from deckgen.markup import scan_answer
from deckgen.passage import Passage
from deckgen.standard.prose import FORMULA, Prose, count, read


def prose(text: str) -> Prose:
    return read(scan_answer(Passage(text, "a.md", ((0, 0),)), 0).segments)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Two words.", 2),
        ("**Bold**, *slanted* and ~~struck~~ words", 5),
        ("H~2~O and x^2^", 3),
        ("A rate of $\\frac{1}{2} x^2$ per step", 6),
        ("The $k$-means objective", 3),
        ("$$\na + b = c\n$$", 1),
        ("Call `fit` on it", 3),
        ("Before\n\n```python\nmany = words * in_code\n```\n\nafter", 2),
        ("The {{c1::forget::not the input}} gate", 3),
        ("{{c1::One}} to {{c1::three}}", 3),
        ("in{{c1::hidden}}word", 1),
        ("[A link](https://example.org/with/words) here", 3),
        ("<https://example.org>", 1),
        ("![A picture of six words here](img/a.svg)", 0),
        ("a → b – c", 3),
        ("one \\* two &amp; three", 3),
        ("| a | b |\n|---|---|\n| one cell | `code` |", 4),
        ("- one\n- two words\n  - three", 4),
        ("> quoted words", 2),
        ("Ends.[^1]\n\n[^1]: A note of five words.", 6),
        ("Line one  \nline two", 4),
        ("snake_case and _slanted_", 3),
        ("机器学习是什么", 4),
        ("학습률은 무엇인가", 2),
        ("ما هو معدل التعلم", 4),
        ("", 0),
    ],
)
def test_words_are_counted_as_a_reader_would(text: str, words: int) -> None:
    """Markup and code count nothing, a formula one, a deletion its text and not its hint."""
    assert prose(text).words == words


def test_the_words_of_scripts_without_spaces() -> None:
    """Two Chinese or Japanese letters are about a word, beside words with spaces."""
    assert count("梯度下降 is gradient descent") == 5


def test_a_deletion_knows_what_stands_around_it() -> None:
    """Its text, what stands before and after it in its item, its number."""
    part = prose("- The {{c2::input::hint}} gate $i_t$\n- other")
    (deletion,) = part.in_text
    assert (deletion.number, deletion.text) == (2, "input")
    assert (part.before(deletion), part.after(deletion)) == ("The ", f" gate {FORMULA}")
    assert part.blocks[deletion.block].formulas == ("i_t",)


def test_deletions_in_formulas_and_code_are_told_apart() -> None:
    """Each with what it hides."""
    part = prose("$a + {{c1::b_1}}$ and `f({{c2::x}})` and {{c3::words}}")
    assert [(d.number, d.tex, d.code) for d in part.deletions] == [
        (1, "b_1", False),
        (2, None, True),
        (3, None, False),
    ]
    assert [d.text for d in part.in_text] == ["words"]


def test_a_deletion_around_a_list() -> None:
    """Its text is that of all items, and each item knows that it is hidden."""
    part = prose("Parts:\n\n{{c1::\n- bias\n- variance\n::two}}\n\nAnd more.")
    (deletion,) = part.in_text
    assert deletion.text == "bias variance"
    assert [block.text for block in part.blocks if block.hidden] == ["bias", "variance"]


def test_nested_deletions() -> None:
    """The outer one hides the text of the inner one."""
    part = prose("It is {{c1::more {{c2::than}} one}}.")
    assert [(d.number, d.text) for d in part.in_text] == [(1, "more than one"), (2, "than")]


def test_lists_tables_and_pictures_are_counted() -> None:
    """Items of a list without those of lists in it, the columns of a table, a picture's parts."""
    part = prose("- a\n- b\n  1. c\n  2. d\n  3. e\n\n![alt](img/x.png){width=300}")
    assert sorted(found.items for found in part.lists) == [2, 3]
    assert [(p.alt, p.address, p.size) for p in part.pictures] == [
        ("alt", "img/x.png", "{width=300}")
    ]
    assert prose("| a | b | c |\n|---|---|---|\n| 1 | $|x|$ | `a|b` |").tables[0].columns == 3


def test_only_paragraphs_count_as_such() -> None:
    """Items and pictures are none."""
    assert prose("One.\n\n- item\n\nTwo.\n\n![a](b.svg)").paragraphs == 2
