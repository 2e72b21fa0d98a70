"""Rules about answers and how they fit a phone: what each finds, and what comes close."""

from __future__ import annotations

import pytest
from desk_of_cards import book, card, findings, follow_up, quoted

from deckgen.diagnostic import Severity
from deckgen.standard import answers
from deckgen.standard.answers import symbols, visible


def severities(text: str, **settings: int) -> list[str]:
    return [f.severity.value for f in findings(answers.answer_length, book(text), **settings)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [(25, []), (26, ["warning"]), (40, ["warning"]), (41, ["error"])],
)
def test_a_follow_up_is_a_sentence(words: int, expected: list[str]) -> None:
    """Up to 25 words; from 41 on it is an error."""
    assert severities(follow_up("Why is it so?", "word " * words)) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [(60, []), (61, ["warning"]), (90, ["warning"]), (91, ["error"])],
)
def test_an_answer_to_speak_is_half_a_minute(words: int, expected: list[str]) -> None:
    """Up to 60 words; from 91 on it is an error."""
    assert severities(card("Why is it so?", "word " * words)) == expected


def test_what_is_read_or_run_is_not_counted() -> None:
    """Code, callouts, hints; a formula is a word, and a cloze note may be longer."""
    code = "```python\n" + "x = 1\n" * 50 + "```\n"
    callout = "\n> [!NOTE]\n> " + "word " * 60
    assert severities(follow_up("Why?", f"$a+b+c+d$ {'word ' * 24}\n\n{code}{callout}")) == []
    assert severities(follow_up("Titles", "{{c1::word::a long hint}} " + "word " * 39)) == []
    assert severities(follow_up("Titles", "{{c1::word}} " + "word " * 40)) == ["warning"]


def test_a_deck_may_change_the_limits() -> None:
    """Both of them."""
    text = follow_up("Why is it so?", "word " * 30)
    assert severities(text, warn=30) == []
    assert severities(text, warn=10, error=20) == ["error"]


LISTS = "- one\n- two\n\n{}\n\n1. one\n2. two\n\n{}"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (LISTS.format("Then this.", "And that."), 1),
        (LISTS.format("Then this.", ""), 0),
        ("One paragraph.\n\nTwo paragraphs.", 0),
        ("First:\n\n- one\n- two\n\nThen that.", 0),
    ],
)
def test_the_shape_of_an_answer(answer: str, found: int) -> None:
    """Several paragraphs and several lists."""
    assert len(quoted(answers.answer_shape, book(follow_up("Why?", answer)))) == found


def items(number: int) -> str:
    return "".join(f"- item {n}\n" for n in range(number))


def test_long_lists() -> None:
    """More than 4 items in a follow-up, more than 5 in a spoken answer; a cloze note hides some."""
    assert quoted(answers.list_length, book(follow_up("Which?", items(4)))) == []
    assert len(findings(answers.list_length, book(follow_up("Which?", items(5))))) == 1
    assert quoted(answers.list_length, book(card("Which?", items(5)))) == []
    (found,) = findings(answers.list_length, book(card("Which?", items(6))))
    assert found.severity is Severity.ERROR
    assert quoted(answers.list_length, book(card("Those", items(6) + "- {{c1::last}}"))) == []


def test_items_of_inner_lists_are_their_own() -> None:
    """Three items of two make no list of nine."""
    nested = "- a\n  - b\n  - c\n- d\n  - e\n  - f\n- g\n  - h\n  - i\n"
    assert quoted(answers.list_length, book(follow_up("Which?", nested))) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("$$\na = b\n$$", 1),
        ("Here:\n\n$$\na = b\n$$", 1),
        ("Here $a$, $b$, $c$, $d$ and $e$:\n\n$$\na = b\n$$", 1),
        ("The first pulls, the second holds back:\n\n$$\na = b\n$$", 0),
        ("$$\na = b\n$$\n\n> [!NOTE]\n> Why.", 0),
        ("$$\na = b\n$$\n\n> [!WARNING]\n> Not so.", 1),
        ("$a = b$", 0),
    ],
)
def test_a_formula_is_explained(answer: str, found: int) -> None:
    """By words beside it or in a note; formulas in the line need none."""
    assert len(quoted(answers.formula_words, book(follow_up("Which?", answer)))) == found


def test_wide_tables() -> None:
    """More than three columns, also in a callout."""
    row, rule = "| a | b | c | d |", "|---|---|---|---|"
    assert len(findings(answers.table_columns, book(card("Which?", f"{row}\n{rule}\n{row}")))) == 1
    callout = f"A.\n\n> [!NOTE]\n> {row}\n> {rule}\n> {row}"
    assert len(findings(answers.table_columns, book(card("Which?", callout)))) == 1
    three = "| a | `b|c` | $|d|$ |\n|---|---|---|\n| 1 | 2 | 3 |"
    assert findings(answers.table_columns, book(card("Which?", three))) == []


def test_large_code() -> None:
    """A long line is pointed at, and so are too many lines."""
    long = "x = " + "1 + " * 12 + "1"
    fence = f"```python\ny = 1\n{long}\n```"
    assert quoted(answers.code_size, book(card("Which?", fence))) == [long]
    many = "```python\n" + "x = 1\n" * 13 + "```"
    assert quoted(answers.code_size, book(card("Which?", many))) == ["```python"]
    fits = "```python\n" + ("x" * 44 + "\n") * 12 + "```"
    assert quoted(answers.code_size, book(card("Which?", fits))) == []
    inline = "`" + "x" * 60 + "`"
    assert quoted(answers.code_size, book(card("Which?", inline))) == []


@pytest.mark.parametrize(
    ("tex", "width"),
    [
        ("a+b=c", 5),
        (r"\alpha\beta", 2),
        (r"\frac{abc}{d}", 3),
        (r"\frac{a}{\frac{bcd}{e}}", 3),
        (r"\operatorname{softmax}(z)", 10),
        (r"\left( x \right)", 3),
        (r"\sum_{i=1}^n x_i", 5),
        (r"\hat{y}", 1),
        (r"\log p", 4),
    ],
)
def test_the_width_of_tex(tex: str, width: int) -> None:
    """About what is seen: commands are a letter, scripts small, a fraction is its wider part."""
    assert abs(visible(tex) - width) <= 1


@pytest.mark.parametrize(
    ("tex", "shown"),
    [("x", 1), (r"\beta", 1), (r"\hat y", 1), (r"\frac{s}{\sqrt n}", 2), ("ab", 2)],
)
def test_the_symbols_of_tex(tex: str, shown: int) -> None:
    """What is drawn above or around them is none."""
    assert symbols(tex) == shown


def test_wide_formulas() -> None:
    """Displayed and in one line."""
    wide = "+".join("abcdefgh" * 3)
    assert len(findings(answers.formula_width, book(card("Which?", f"$$\n{wide}\n$$")))) == 1
    assert findings(answers.formula_width, book(card("Which?", f"${wide}$"))) == []
    broken = rf"\begin{{aligned}} {wide} \\ {wide} \end{{aligned}}"
    assert findings(answers.formula_width, book(card("Which?", f"$$\n{broken}\n$$"))) == []


def test_bitmaps_have_a_width() -> None:
    """Vector pictures have their own."""
    assert quoted(answers.picture_width, book(card("Which?", "![a](img/a.png)"))) == ["img/a.png"]
    for fine in ("![a](img/a.png){width=300}", "![a](img/a.svg)", "![a](a.mp3)"):
        assert quoted(answers.picture_width, book(card("Which?", fine))) == []
