"""Rules across notes: what belongs together, what comes first, what is said twice."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
from desk_of_cards import PARENT, book, card, findings, quoted

from deckgen.standard import across
from deckgen.standard.across import alike

CORE = "tags: [level::core]"


def question(*follow_ups: str, more: str = CORE) -> str:
    return card("What is ridge regression?", key="ridge", more=more) + "".join(follow_ups)


def child(key: str, tags: str, prompt: str = "", **more: str) -> str:
    prompt = prompt or f"What about the {key} of ridge?"
    return card(prompt, f"The {key}.", key=key, more=f"tags: [{tags}]", level=3, **more)


def test_a_core_question_asks_why() -> None:
    """By one of its follow-ups, or itself; narrow questions and other levels need not."""
    what, why = child("one", "kind::what"), child("two", "kind::why")
    other = card("What is lasso?", key="lasso", more="tags: [kind::why]")
    assert quoted(across.why_or_when, book(question(what), other)) == [
        "## What is ridge regression?"
    ]
    assert quoted(across.why_or_when, book(question(what, why), other)) == []
    assert quoted(across.why_or_when, book(question(), other)) == []
    assert quoted(across.why_or_when, book(question(what, more=""), other)) == []
    assert quoted(across.why_or_when, book(question(what))) == []


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("What is double descent?", 1),
        ("What is a random forest's out-of-bag error?", 1),
        ("What does MAR mean?", 1),
        ("What is naive about naive Bayes?", 0),
        ("What does the softmax compute?", 0),
        ("Why is it so?", 0),
    ],
)
def test_a_definition_in_one_direction(prompt: str, found: int) -> None:
    """Only of a note that is tagged as one."""
    tagged = book(card(prompt, more="tags: [kind::what]"))
    assert len(findings(across.definition_reverse, tagged)) == found
    assert findings(across.definition_reverse, book(card(prompt))) == []


def test_a_definition_in_both_directions() -> None:
    """The second note is written by hand and names the first; a swapped one is no prompt."""
    first = "What is double descent?"
    other = card("Which curve falls twice?", key="other", more="reverse-of: here")
    both = book(card(first, more="tags: [kind::what]") + other)
    assert findings(across.definition_reverse, both) == []
    swapped = book(card(first, more="tags: [kind::what]\nreverse: true"))
    (found,) = findings(across.definition_reverse, swapped)
    assert "swapped" in found.message


def test_what_reverse_of_names() -> None:
    """Another note of the deck."""
    for named in ("here", "nowhere"):
        deck = book(card("Which?", more=f"reverse-of: {named}"))
        assert quoted(across.reverse_known, deck) == [named]
    fine = card("What is it?", key="first") + card("Which?", more="reverse-of: first")
    assert quoted(across.reverse_known, book(fine)) == []


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("What is ridge?", "what is *ridge* ?", 1),
        ("What is ridge?", "What is lasso?", 0),
        ("What is $x$?", "What is $y$?", 0),
        ("What is `a`?", "What is `b`?", 0),
        ("Which is this? ![a](a.svg)", "Which is this? ![b](b.svg)", 0),
    ],
)
def test_the_same_prompt(one: str, other: str, found: int) -> None:
    """Case, punctuation and emphasis aside; formulas, code and pictures count."""
    deck = book(card(one, "One.", "one"), card(other, "Other.", "other"))
    assert len(findings(across.prompt_twice, deck)) == found


def test_cloze_notes_may_share_a_title() -> None:
    """Their texts ask."""
    deck = book(card("That", "{{c1::One}}.", "one"), card("That", "{{c1::Two}}.", "two"))
    assert findings(across.prompt_twice, deck) == []


def test_the_same_answer() -> None:
    """If it is a sentence; a word may well answer two questions."""
    long = ("The step is too large.", "the step is TOO large")
    deck = book(*(card(f"Why {n}?", text, f"k{n}") for n, text in enumerate(long)))
    assert len(findings(across.answer_twice, deck)) == 1
    short = book(*(card(f"Why {n}?", "Too large.", f"k{n}") for n in range(2)))
    assert findings(across.answer_twice, short) == []


def test_notes_that_are_nearly_the_same() -> None:
    """Four fifths of their words; told once, at the later one."""
    one = "It averages many deep trees, so that their errors cancel in the end."
    deck = book(
        card("Why does a forest reduce variance?", one, "one"),
        card("Why does a forest cut variance?", one.replace("many", "several"), "two"),
        card("Why does boosting reduce bias?", "It fits what is left.", "three"),
    )
    (found,) = findings(across.note_alike, deck)
    assert found.note is not None
    assert found.note.key == "two"


def test_small_notes_are_not_compared() -> None:
    """Vocabulary and sums share most of their words."""
    deck = book(card("What is 3 + 4?", "7", "a"), card("What is 4 + 3?", "7", "b"))
    assert findings(across.note_alike, deck) == []


def test_prefix_filtering_finds_what_comparing_all_finds() -> None:
    """On random sets, for each set that has a partner some partner is found."""
    made = random.Random(7)
    sets = [set(made.sample("abcdefghijklmnop", made.randint(8, 12))) for _ in range(120)]
    found = list(alike(sets, 0.8, 8))
    for one, other in found:
        assert len(sets[one] & sets[other]) >= 0.8 * len(sets[one] | sets[other])
    pairs = {
        (one, other)
        for one in range(len(sets))
        for other in range(one)
        if len(sets[one] & sets[other]) >= 0.8 * len(sets[one] | sets[other])
    }
    assert pairs
    by_size = sorted(range(len(sets)), key=lambda index: (len(sets[index]), index))
    rank = {index: place for place, index in enumerate(by_size)}
    second = {max(pair, key=lambda index: rank[index]) for pair in pairs}
    assert {max(pair, key=lambda index: rank[index]) for pair in found} == second


@pytest.mark.parametrize("kind", ["different", "alike"])
def test_many_notes_are_not_all_compared(kind: str) -> None:
    """Neither different nor nearly equal ones: 50 million pairs would take a minute."""
    made = random.Random(1)
    common = [f"word{n}" for n in range(40)]
    if kind == "different":
        vocabulary = [f"w{n}" for n in range(3_000)]
        sets = [{*made.sample(vocabulary, 8), *made.sample(common, 6)} for _ in range(10_000)]
    else:
        sets = [{*common[:12], f"own{n}"} for n in range(10_000)]
    started = time.process_time()
    found = sum(1 for _ in alike(sets, 0.8, 8))
    assert time.process_time() - started < 15
    assert (found > 9_000) is (kind == "alike")


PAIRS = "pairs:\n  - {one: [L1, lasso], other: ridge}\n  - {one: MAE, other: RMSE, note: errors}\n"


def test_confusable_pairs_have_a_contrast() -> None:
    """A tagged note that names both, or the note that the pair names."""
    contrast = card("How do the lasso and ridge differ?", key="lr", more="tags: [kind::contrast]")
    errors = card("Which error when?", key="errors")
    assert findings(across.pair_contrast, book(contrast + errors, data=PAIRS)) == []
    messages = [f.message for f in findings(across.pair_contrast, book(PARENT, data=PAIRS))]
    assert messages == [
        "no card sets L1 and ridge apart",
        "the pair's note `errors` is not in the deck",
    ]
    untagged = contrast.replace("kind::contrast", "kind::what")
    assert len(findings(across.pair_contrast, book(untagged + errors, data=PAIRS))) == 1


def test_what_is_asked_most_was_reviewed() -> None:
    """With its follow-ups, in a deck that keeps count."""
    text = question(child("one", "kind::what")) + card("What is lasso?", key="lasso")
    counted = replace(book(text), priorities={"ridge": 1}, reviewed=frozenset({"ridge"}))
    assert [f.note.key for f in findings(across.note_reviewed, counted) if f.note] == ["one"]
    assert findings(across.note_reviewed, replace(counted, reviewed=None)) == []
    for priorities in ({}, {"ridge": 2}, {"ridge": 1, "one": 2}):
        assert findings(across.note_reviewed, replace(counted, priorities=priorities)) == []


def needing(*edges: tuple[str, str]) -> str:
    """Notes of the keys in order, each with what it needs."""
    return "".join(card(f"What is {k}?", f"It is {k}.", k, f"needs: [{n}]") for k, n in edges)


def test_what_a_note_needs_comes_first() -> None:
    """In the order of files, then of lines; what is missing is told by another rule."""
    assert findings(across.needs_first, book(needing(("a", ""), ("b", "a")))) == []
    assert quoted(across.needs_first, book(needing(("a", "b"), ("b", "")))) == ["b"]
    assert quoted(across.needs_first, book(needing(("a", "b")), needing(("b", "")))) == ["b"]
    assert findings(across.needs_first, book(needing(("a", "nowhere")))) == []
    assert quoted(across.needs_known, book(needing(("a", "nowhere")))) == ["nowhere"]


@pytest.mark.parametrize(
    "edges", [[("a", "a")], [("a", "b"), ("b", "a")], [("a", "c"), ("b", "a"), ("c", "b")]]
)
def test_notes_that_need_each_other(edges: list[tuple[str, str]]) -> None:
    """A circle is told as one."""
    found = findings(across.needs_first, book(needing(*edges)))
    assert len(found) == 1
    assert "need each other" in found[0].message


def test_a_draft_that_is_needed() -> None:
    """Is told as one, for it is in no package."""
    draft = card("What is b?", "It.", "b", "draft: true")
    (found,) = findings(across.needs_known, book(draft + needing(("a", "b"))))
    assert "draft" in found.hint


def test_retired_notes_are_nobodys_business() -> None:
    """They are kept only until learners have deleted them."""
    retired = card("Is it?", "Yes.", "old", "retired: true")
    deck = book(retired + card("Is it?", "Yes.", "new"))
    assert findings(across.prompt_twice, deck) == []
    assert [note.key for note in deck.notes] == ["new"]
    assert findings(across.needs_known, book(retired + needing(("a", "old")))) == []
