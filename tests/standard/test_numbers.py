"""The deck in numbers, its map of questions, and its index."""

from __future__ import annotations

import pytest
from desk_of_cards import ADOPTED, PARENT, book, card, follow_up

from deckgen.standard import chart, coverage, index
from deckgen.standard.data import read_data
from deckgen.standard.measures import against_targets, measure

LOCATED = "sources: [isl §2]\ntags: [kind::why]"
DECK = (
    PARENT
    + card("Why is it so?", "Three words, $x$.", "one", LOCATED, level=3)
    + card("That", "It {{c1::is}} and {{c2::was}}.", "two", level=3)
    + card("What is it?", "This.\n\n![a](b.svg)\n\n```\ncode\n```", "three", "reverse: true")
    + card("Old?", "Gone.", "old", "retired: true")
)


def test_what_is_counted() -> None:
    """Retired notes are not; a reversed note has two cards, a cloze note one for each number."""
    total = measure(book(DECK)).total
    assert (total.notes, total.basic, total.cloze, total.cards) == (4, 3, 1, 6)
    assert (total.spoken, total.follow_ups, total.follow_up_clozes) == (2, 2, 1)
    assert (total.formulas, total.pictures, total.codes) == (1, 1, 1)
    assert (total.reasons, total.clozes, total.located) == (0.25, 0.25, 0.25)
    assert (total.spoken_words.median, total.follow_up_words.median) == (1.5, 3.5)


def test_the_ninetieth_percentile() -> None:
    """The least length that nine of ten answers do not exceed."""
    text = PARENT + "".join(card(f"Why {n}?", "word " * n, f"k{n}", level=3) for n in range(1, 11))
    lengths = measure(book(text)).total.follow_up_words
    assert (lengths.answers, lengths.median, lengths.ninetieth, lengths.longest) == (10, 5.5, 9, 10)


def test_an_empty_deck_can_be_measured() -> None:
    """All is 0, and nothing divides by it."""
    statistics = measure(book(""))
    assert (statistics.total.notes, statistics.total.follow_up_words.median) == (0, 0)
    assert chart.answer_lengths(book("")).bars
    assert chart.cards_by_deck(statistics).bars == ()


def test_each_deck_is_measured() -> None:
    """In the order of its first note."""
    files = [f"---\ntitle: {name}\n---\n\n" + card(f"What is {name}?", key=name) for name in "ba"]
    assert [section.name for section in measure(book(*files)).sections] == ["b", "a"]


def test_targets_are_met_or_not() -> None:
    """Each beside the deck's own number; one about pairs only counts if there are some."""
    pairs = "pairs: [{one: a, other: b}]"
    met = {t.name: met for t, _, met in against_targets(measure(book(DECK, data=pairs)))}
    assert met["follow-up answers, median words"]
    assert not met["with the place in a source"]
    assert not met["confusable pairs with a contrast card"]
    without = {t.name for t, _, _ in against_targets(measure(book(DECK)))}
    assert set(met) - without == {"confusable pairs with a contrast card"}


def test_bars_fill_their_width() -> None:
    """The longest one takes all columns, parts touch, and none that counts is invisible."""
    parts = [(30.0, "a"), (1.0, "b"), (69.0, "c")]
    assert "".join(text for text, _ in chart.scaled(parts, 100, 50)) == "█" * 50
    assert [kind for _, kind in chart.scaled(parts, 100, 50)] == ["a", "b", "c"]
    assert all(text for text, _ in chart.scaled([(1.0, "a"), (1.0, "b")], 1000, 50))
    assert chart.scaled([(0.0, "a")], 10, 50) == []


def test_answers_are_plotted_by_length() -> None:
    """From the shortest to the longest class that has any."""
    plot = chart.answer_lengths(book(follow_up("Why?", "word " * 12)))
    assert [bar.label for bar in plot.bars] == ["0–5", "6–10", "11–15"]
    assert [bar.note for bar in plot.bars] == ["1", "0", "1"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("terms: [a, b]\n", []),
        ("term: [a]\n", ["key-unknown"]),
        ("pairs: [a]\n", ["value-invalid"]),
        ("pairs: a\n", ["value-invalid"]),
        ("pairs: [{one: a}]\n", ["value-invalid"]),
        ("pairs: [{one: a, another: b}]\n", ["key-unknown", "value-invalid"]),
        ("symbols: {n: {a: b}}\n", ["value-invalid"]),
        ("symbols: {n: samples}\n", []),
    ],
)
def test_what_a_deck_says_of_its_subject(text: str, codes: list[str]) -> None:
    """Faults of standard.yaml are told."""
    _, found = read_data(text)
    assert sorted(d.code for d in found) == codes


TOPICS = """
sections:
  - title: First
    questions:
      - {id: above, question: "What | that?", seed: q2, asked: true, level: core, prio: 1}
      - {id: one, question: "And this?", seed: q2, prio: 2}
      - {id: nowhere, question: "Open?", seed: q10, asked: true, prio: 1}
  - title: Second
    questions:
      - {id: other, question: "Elsewhere?", prio: 3, answered-by: [two, one]}
"""


def test_which_questions_are_answered() -> None:
    """By the note of the row's id with its follow-ups, or by those that the row names."""
    sections, found = coverage.read_topics(TOPICS)
    assert found == ()
    deck = book(DECK)
    answered = [[n.key for n in coverage.answers(r, deck)] for s in sections for r in s.rows]
    assert answered == [["above"], ["one"], [], ["two", "one"]]
    page = coverage.table(sections, deck, "../content")
    link = "../content/1.md#what-is-there-to-say-about-gradient-descent-in-general"
    assert f"| q2 | What \\| that? | [above]({link}) + 2 | 1 of 1 |" in page
    assert "| q10 | Open? | *open* | – |" in page
    assert page.index("| q2 |") < page.index("| q10 |")
    assert "| First | 2 of 3 | 1 of 2 | 1 of 1 | – |" in page
    assert "| **All** | 3 of 4 | 1 of 2 | 1 of 1 | 1 of 1 |" in page


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("What is `fit`, in $x$?", "what-is-fit-in-x"),
        ("Bias–variance trade-off", "biasvariance-trade-off"),
        ("Größe: 漢字", "größe-漢字"),
    ],
)
def test_links_to_headings(title: str, anchor: str) -> None:
    """As GitHub makes them."""
    assert coverage.anchor(title) == anchor


def test_faults_of_the_map_are_told() -> None:
    """Keys that it does not have."""
    _, found = coverage.read_topics("sections:\n  - {titel: a, questions: [{id: b, q: c}]}\n")
    assert sorted(d.code for d in found) == ["key-unknown", "key-unknown"]


def test_the_index_is_written_between_its_marks() -> None:
    """Everything else stays, and a second time changes nothing."""
    deck = book("# Ridge\n\n" + card("What is it?", key="a"), DECK, deck=ADOPTED)
    before = f"# Deck\n\n{index.START}\nold\n{index.END}\n\nAfter.\n"
    after = index.written(before, deck)
    assert after is not None
    assert after.startswith("# Deck\n\n") and after.endswith(f"{index.END}\n\nAfter.\n")
    assert "| [Ridge](1.md) | 1 | 0 | 1 |" in after
    assert "| [2.md](2.md) | 2 | 2 | 6 |" in after
    assert "| **All** | 3 | 2 | 7 |" in after
    assert index.written(after, deck) == after
    assert index.written("# Deck\n", deck) is None
