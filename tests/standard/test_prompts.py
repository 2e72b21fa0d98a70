"""Rules about what a card asks: what each finds, and what comes close and is right."""

from __future__ import annotations

import pytest
from desk_of_cards import ADOPTED, book, card, codes, findings, follow_up, quoted

from deckgen.diagnostic import Severity
from deckgen.standard import prompts


@pytest.mark.parametrize(
    "prompt",
    [
        "Is the loss convex?",
        "Does $x^2$ have a minimum?",
        "Can trees extrapolate?",
        "Doesn't a forest overfit?",
        "Should you scale features first?",
    ],
)
def test_a_yes_no_question(prompt: str) -> None:
    """An error in a follow-up, a warning in a question to speak about."""
    assert quoted(prompts.prompt_yes_no, book(follow_up(prompt))) == [f"### {prompt}"]
    severities = [
        findings(prompts.prompt_yes_no, book(text))[0].severity
        for text in (follow_up(prompt), card(prompt))
    ]
    assert severities == [Severity.ERROR, Severity.WARNING]


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Which loss is convex?", "The squared one."),
        ("can", "können"),
        ("Will (modal verb)", "werden"),
        ("Is-a relations: what are they?", "Subtypes."),
        ("Why is the loss convex?", "No local minima."),
        ("Dose and response: how do they relate?", "Falsely."),
        ("What holds?", "None of them."),
        ("What holds?", "Noise."),
        ("What is plotted?", "**True-positive rate** against thresholds."),
        ("What holds?", "No-free-lunch theorems."),
        ("What holds?", "No scaling is needed."),
        ("Are these notes", "Titles {{c1::of cloze}} notes may start so."),
    ],
)
def test_what_only_looks_like_a_yes_no_question(prompt: str, answer: str) -> None:
    """Is none."""
    assert quoted(prompts.prompt_yes_no, book(follow_up(prompt, answer))) == []


@pytest.mark.parametrize(
    "answer", ["No.", "**Yes**, it is.", "True: always.", "False", "Yes - a bit.", "No – none."]
)
def test_an_answer_that_is_yes_or_no(answer: str) -> None:
    """Is the answer to a yes/no question, however that is put."""
    (word,) = quoted(prompts.prompt_yes_no, book(follow_up("How true is it?", answer)))
    assert word in ("No", "Yes", "True", "False")


def test_other_languages_are_left_alone() -> None:
    """`is` and `will` are other words there."""
    text = follow_up("Will er das?", "No.")
    assert "prompt-yes-no" in codes(book(text))
    assert "prompt-yes-no" not in codes(book(text, deck=ADOPTED + "language: de\n"))


@pytest.mark.parametrize(
    ("prompt", "answer", "found"),
    [
        ("Is bias or variance reduced?", "Variance, by averaging.", ["bias or variance"]),
        ("Do you use a ridge or a lasso?", "Lasso.", ["ridge or a lasso"]),
        ("Which of bias or variance falls, and why?", "It averages.", []),
        ("What do one or more outliers do?", "They pull the mean.", []),
        ("What does at least one or two do?", "Nothing.", []),
    ],
)
def test_a_choice_that_holds_the_answer(prompt: str, answer: str, found: list[str]) -> None:
    """Only if the answer starts with one of the two."""
    assert quoted(prompts.prompt_either_or, book(follow_up(prompt, answer))) == found


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("How do you detect and treat outliers?", ["detect and treat"]),
        ("How do you find, and how do you fix drift?", ["find, and how do you fix"]),
        ("What do train and test error show?", []),
        ("How do search and rescue differ?", []),
        ("Which split, and why?", []),
    ],
)
def test_two_questions_in_one(prompt: str, found: list[str]) -> None:
    """Two verbs joined by `and`."""
    assert quoted(prompts.prompt_two_questions, book(follow_up(prompt))) == found


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("Explain the trade-off", ["Explain"]),
        ("What about dropout?", ["What about dropout?"]),
        ("What about you does differential privacy not hide?", []),
        ("What explains the gap?", []),
        ("Which plot describes the fit?", []),
    ],
)
def test_a_vague_opening(prompt: str, found: list[str]) -> None:
    """Is for questions to speak about."""
    assert quoted(prompts.prompt_vague, book(follow_up(prompt))) == found
    assert quoted(prompts.prompt_vague, book(card(prompt))) == []


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("Why is it biased?", ["it"]),
        ("How do they differ?", ["they"]),
        ("What does this mean?", ["this"]),
        ("Why does that matter in practice?", ["that"]),
        ("When should these be used?", ["these"]),
        ("It overfits: why?", ["It"]),
        ("How does the former fail?", ["the former"]),
        ("Why is it wrong to impute before splitting?", []),
        ("When does it pay to prune a tree?", []),
        ("Why is it that lasso gives zeros?", []),
        ("What does this loss penalize?", []),
        ("What does the above-chance accuracy show?", []),
        ("Why does a forest not overfit when it grows?", []),
        ("Which trees does it need?", []),
        ("What is IT?", []),
        ("Why does He initialization use 2?", []),
    ],
)
def test_a_prompt_that_starts_with_a_pronoun(prompt: str, found: list[str]) -> None:
    """Unless it stands for the rest of the sentence, or has its noun."""
    assert quoted(prompts.prompt_pronoun, book(follow_up(prompt))) == found


def test_a_cloze_title_may_be_anything() -> None:
    """It asks nothing."""
    assert quoted(prompts.prompt_pronoun, book(follow_up("These three", "Are {{c1::it}}."))) == []


TERMS = "terms: [gradient descent, k-NN, $F_1$, ridge]\n"


@pytest.mark.parametrize(
    ("prompt", "alone"),
    [
        ("Why does ridge shrink?", True),
        ("Why do ridges shrink?", True),
        ("Why does Gradient-descent zigzag?", True),
        ("What is $F_1$ for two classes?", True),
        ("Which k-NN distance?", True),
        ("Why does the bridge shrink?", False),
        ("Why does the gradient shrink?", False),
    ],
)
def test_a_prompt_names_its_topic(prompt: str, alone: bool) -> None:
    """By a whole word of the list, also in the plural."""
    deck = book(follow_up(prompt), data=TERMS)
    assert (quoted(prompts.prompt_topic, deck) == []) is alone
    assert quoted(prompts.prompt_topic, book(follow_up(prompt))) == []


def test_the_length_of_a_prompt() -> None:
    """Long ones, and questions of two words."""
    long = "Why " + "so " * 20 + "long?"
    assert len(quoted(prompts.prompt_length, book(follow_up(long)))) == 1
    assert quoted(prompts.prompt_length, book(follow_up(long)), most=30) == []
    assert len(quoted(prompts.prompt_length, book(follow_up("Why so?")))) == 1
    assert quoted(prompts.prompt_length, book(follow_up("What is dropout?"))) == []
    assert quoted(prompts.prompt_length, book(card("Hund", "dog"))) == []


@pytest.mark.parametrize(
    ("prompt", "fine"),
    [
        ("What is dropout?", True),
        ("What is $x$ (in words)?", True),
        ('What is "drift?"', True),
        ("Code: drop rows whose `age` is missing", True),
        ("Design: a news feed", True),
        ("Write the gradient", True),
        ("Dropout", False),
        ("Dropout? A sketch", False),
        ("Codes of ethics", False),
    ],
)
def test_a_basic_prompt_asks(prompt: str, fine: bool) -> None:
    """By a question mark, or by saying what to do."""
    assert (quoted(prompts.prompt_mark, book(card(prompt))) == []) is fine


def test_the_title_of_a_cloze_note_need_not_ask() -> None:
    """Its text does."""
    assert quoted(prompts.prompt_mark, book(card("Dropout", "Sets {{c1::units}} to 0."))) == []
