"""Rules about cloze deletions: what each finds, and what comes close and is right."""

from __future__ import annotations

import pytest
from desk_of_cards import book, card, findings, follow_up, quoted

from deckgen.diagnostic import Severity
from deckgen.standard import clozes


def numbered(count: int) -> str:
    return "".join(f"- item {n} {{{{c{n}::word{n}}}}}\n" for n in range(1, count + 1))


@pytest.mark.parametrize(("count", "expected"), [(4, []), (5, ["warning"]), (7, ["error"])])
def test_many_cards_of_one_note(count: int, expected: list[str]) -> None:
    """By numbers, not by deletions: several may share one."""
    found = findings(clozes.cloze_count, book(card("Those", numbered(count))))
    assert [f.severity.value for f in found] == expected
    same = numbered(4) + "".join(f"- {{{{c1::more{n}}}}}\n" for n in range(count))
    assert findings(clozes.cloze_count, book(card("Those", same))) == []


@pytest.mark.parametrize(
    ("hidden", "found"),
    [
        ("one two three four five six seven eight", 0),
        ("one two three four five six seven eight nine", 1),
        ("$a + b + c + d + e + f + g + h + i + j$", 0),
        ("`a b c d e f g h i j k`", 0),
        ("learning rate::a hint of more than eight words is no text", 0),
        ("梯度下降法的学习率是什么", 0),
    ],
)
def test_long_deletions(hidden: str, found: int) -> None:
    """More than eight words, a formula being one and the hint none."""
    deck = book(card("That", f"It is {{{{c1::{hidden}}}}}."))
    assert len(findings(clozes.cloze_length, deck)) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("{{c1::Bias}} falls and {{c2::variance}} rises.", ["{{c2::"]),
        ("{{c1::Bias}} falls and {{c1::variance}} rises.", []),
        ("{{c1::Bias}} falls. {{c2::Variance}} rises.", []),
        ("{{c1::Bias}} falls; {{c2::variance}} rises.", []),
        ("- {{c1::Bias}} falls\n- {{c2::Variance}} rises", []),
        ("| {{c1::a}} | {{c2::b}} |\n|---|---|\n| c | d |", []),
        ("$a {{c1::+ b}}$ and $c {{c2::+ d}}$", []),
        ("It {{c1::is {{c2::so}}}}.", ["{{c2::"]),
        ("{{c1::偏差}}下降。{{c2::方差}}上升。", []),
    ],
)
def test_one_blank_to_a_sentence(answer: str, found: list[str]) -> None:
    """Items and cells are sentences, and deletions of one number are one blank."""
    assert quoted(clozes.cloze_sentence, book(card("Those", answer))) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("It is {{c1::the}} mean.", 1),
        ("It goes {{c1::with}} the mean.", 1),
        ("It is {{c1::the mean}}.", 0),
        ("{{c1::$a$}} is the mean.", 0),
        ("Type {{c1::`if`}} here.", 0),
        ("The {{c1::F}} score.", 0),
    ],
)
def test_a_word_that_grammar_tells(answer: str, found: int) -> None:
    """Alone; with another word it hides something."""
    assert len(findings(clozes.cloze_stop_word, book(card("That", answer)))) == found


@pytest.mark.parametrize(
    ("title", "answer", "found"),
    [
        ("The learning rate", "It scales the {{c1::learning rate}}.", True),
        ("That", "Momentum is {{c1::momentum}}.", True),
        ("That", "- {{c1::Momentum}}: keeps\n- loses {{c2::momentum}}", True),
        ("That", "- {{c1::Momentum}} keeps\n- loses {{c1::momentum}}", False),
        ("Momentums", "It is {{c1::momentum}}.", False),
        ("The sum", "The {{c1::sum}} of all.", False),
        ("That", "The {{c1::momentum::momentum of what}} is.", False),
        ("That", "The {{c1::gradient $g$}} is the gradient $g$.", False),
        ("That", "A {{c1::gra}}dient is a gradient.", False),
        ("梯度下降法则", "那是{{c1::梯度下降法则}}。", True),
        ("معدل التعلم", "هو {{c1::معدل التعلم}}.", True),
    ],
)
def test_an_answer_that_can_be_read(title: str, answer: str, found: bool) -> None:
    """In the title or in another sentence, as the same whole words of at least four letters."""
    deck = book(card(title, answer))
    assert bool(findings(clozes.cloze_visible, deck)) is found


def test_an_answer_in_the_question_above() -> None:
    """Which a follow-up shows."""
    deck = book(follow_up("That", "It is {{c1::gradient descent}}."))
    (found,) = findings(clozes.cloze_visible, deck)
    assert "the question above" in found.message
    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("It is an {{c1::estimator}}.", 1),
        ("A {{c1::tree}} grows.", 1),
        ("It is {{c1::an estimator}}.", 0),
        ("Vitamin A: {{c1::retinol}}.", 0),
        ("The {{c1::tree}} grows.", 0),
        ("Data {{c1::leak}}.", 0),
    ],
)
def test_an_article_before_a_blank(answer: str, found: int) -> None:
    """Tells the first letter."""
    assert len(findings(clozes.cloze_article, book(card("That", answer)))) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("The {{c1::forget}} gate $f_t$", 1),
        ("The {{c1::input}} $i_t$", 1),
        ("The {{c1::Bias}} term $b$", 1),
        ("The {{c1::forget}} gate $g_t$", 0),
        ("The {{c1::forget}} gate", 0),
        (r"The {{c1::factor}} $\phi$", 0),
        ("With $x$, the {{c1::forget}} gate $g_t$ and $f_t$", 0),
        ("The {{c1::forget}} gate, which keeps much, $f_t$", 0),
        (r"The {{c1::lasso}} $\lambda$", 0),
    ],
)
def test_a_symbol_that_begins_like_the_answer(answer: str, found: int) -> None:
    """Right behind the blank or one word later."""
    assert len(findings(clozes.cloze_initial, book(card("That", answer)))) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("- {{c1::Input}}: what comes\n- {{c2::Output}}: what goes", 1),
        ("- **{{c1::Input}}** – what comes\n- **{{c2::Output}}** – what goes", 1),
        ("- Input: {{c1::what comes}}\n- Output: {{c2::what goes}}", 0),
        ("- {{c1::Input}} comes\n- {{c2::Output}} goes", 0),
        ("- {{c1::Input}}: what comes", 0),
        ("".join(f"- {{{{c{n}::Name {n}}}}}: that\n" for n in range(1, 5)), 0),
    ],
)
def test_the_names_of_few_siblings(answer: str, found: int) -> None:
    """Are known by elimination."""
    assert len(findings(clozes.cloze_closed_set, book(card("Those", answer)))) == found


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        (r"a {{c1::+ b_t}}", 0),
        (r"a + {{c1::b}}", 1),
        (r"a + {{c1::\beta}}", 1),
        (r"a + {{c1::\frac{s}{\sqrt n} }}", 0),
        ("a = {{c1::" + "+".join("bcdefghijklmnopqrstuvw") + "}}", 1),
        ("{{c1::a_1}} + {{c2::a_2}} + {{c3::a_3}}", 0),
        ("{{c1::a_1}} + {{c2::a_2}} + {{c3::a_3}} + {{c4::a_4}}", 1),
        ("{{c1::a_1}} + {{c1::a_2}} + {{c1::a_3}} + {{c1::a_4}}", 0),
    ],
)
def test_a_blank_in_a_formula_is_a_term(tex: str, found: int) -> None:
    """Neither a letter nor the equation, and few in one formula."""
    assert len(findings(clozes.cloze_formula, book(card("That", f"$${tex}$$")))) == found
