"""The deck of this repository: complete, without a diagnostic, and its lock current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deckgen import build
from deckgen.diagnostic import render
from deckgen.lock_entry import NAME
from deckgen.standard import coverage
from deckgen.standard.across import uncontrasted
from deckgen.standard.judge import judge
from deckgen.standard.measures import TARGETS, Target, against_targets, measure
from deckgen.standard.shelf import Shelved, open_book

CONTENT = Path(__file__).parent.parent / "content"
REVIEW = CONTENT.parent / "docs" / "review.md"
SEED_ENTRIES = [*(f"seed::q{n}" for n in range(1, 21)), *(f"seed::faq{n}" for n in range(1, 5))]
# The questions that the deck started from, each as the note that answers it aloud.
ASKED = (
    "paradigms ai-ml-dl favorite expectation missing-handle corrupted pandas-missing confusion "
    "precision recall spam-metric mae rmse mae-vs-rmse mean-dist no-squared bv-tradeoff "
    "prevent-overfit why-sparse l1-or-l2 cv linreg-assump spam-pipeline tree bag-vs-boost "
    "stacking kmeans kmeans-k kmeans-eval anomaly activations lstm-why portfolio coding-skill "
    "mistakes communicate"
).split()


@pytest.fixture(scope="module")
def lock_text() -> str:
    return (CONTENT / NAME).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(lock_text: str) -> build.Built:
    return build.build(CONTENT, lock_text, now=2_000_000_000)


def test_the_deck_has_no_diagnostic(built: build.Built) -> None:
    """Neither an error nor a warning."""
    told = [render(d, built.texts, "content") for d in built.diagnostics]
    assert not told, "\n".join(told)


def test_the_lock_is_current(built: build.Built, lock_text: str) -> None:
    """Whoever edits the content also builds it, and commits the lock."""
    assert (built.stamps.new, built.stamps.changed, built.stamps.changed_types) == ((), (), ())
    assert built.lock_text == lock_text


@pytest.mark.parametrize("tag", SEED_ENTRIES)
def test_each_seed_entry_is_answered(built: build.Built, tag: str) -> None:
    """At least one note to speak aloud and one follow-up carry the entry's tag."""
    tagged = [note for note in built.notes if tag in note.tags]
    assert any(not note.fields[6] for note in tagged), "no note to speak"
    assert any(note.fields[6] for note in tagged), "no follow-up note"


def test_each_asked_question_has_its_note(built: build.Built) -> None:
    """Its id is the note's key, and it is a question, not a follow-up."""
    spoken = {note.key for note in built.notes if not note.fields[6]}
    assert len(ASKED) == 36
    assert set(ASKED) - spoken == set()


def test_each_note_cites_a_source_with_a_locator(built: build.Built) -> None:
    """A source without a place in it cannot be checked."""
    parsed = build.read_content(CONTENT).parsed
    questions = [question for file in parsed for question in file.questions]
    bare = [q.key for q in questions if not q.citations]
    vague = [q.key for q in questions if any(not c.locator for c in q.citations)]
    assert (bare, vague) == ([], [])


def test_the_deck_shows_formulas_figures_and_code(built: build.Built) -> None:
    """Where they belong: many formulas, at least three drawn figures, code."""
    assert built.formulas > 200
    assert len(built.deck.media) >= 3
    assert sum('<pre class="highlight">' in note.fields[1] for note in built.notes) >= 15


def test_no_known_error_is_unanswered(built: build.Built) -> None:
    """Each of the 47 errors in docs/review.md is set right by notes that are in the deck."""
    keys = {note.key for note in built.notes}
    rows = re.findall(r"^\| M(\d+) \|.*\| (`.*`) \|$", REVIEW.read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 48))
    for number, named in rows:
        assert set(re.findall("`([^`]+)`", named)) <= keys, f"M{number}"


def test_each_note_was_reviewed(built: build.Built) -> None:
    """By someone who did not write it; `content/reviews.tsv` says when, and what was found."""
    lines = (CONTENT / "reviews.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert {verdict for _, _, verdict, _ in rows} == {"passed", "mended"}
    assert sorted(key for key, *_ in rows) == sorted(note.key for note in built.notes)


# -- the rules for cards -------------------------------------------------------------------------

MOST_EXCEPTIONS = 0.03  # of the notes


@pytest.fixture(scope="module")
def shelved() -> Shelved:
    return open_book(CONTENT)


def test_the_deck_follows_the_rules_for_cards(shelved: Shelved) -> None:
    """Whatever they find is mended, or allowed with a reason."""
    found = (*shelved.diagnostics, *judge(shelved.book))
    told = [render(d, shelved.texts, "content") for d in found]
    assert shelved.book.adopted
    assert not told, "\n".join(told)


def test_exceptions_are_few(shelved: Shelved) -> None:
    """So few that a reader can go through them; and no rule is off."""
    notes = shelved.book.notes
    assert sum(bool(n.question.allowances) for n in notes) <= MOST_EXCEPTIONS * len(notes)
    assert shelved.book.config.rules.changes == ()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_deck_meets_its_targets(shelved: Shelved, target: Target) -> None:
    """What `deckgen stats` prints of it."""
    ((number, met),) = [
        (number, met)
        for found, number, met in against_targets(measure(shelved.book))
        if found is target
    ]
    assert met, number


def test_what_is_asked_most_is_answered_and_reviewed(shelved: Shelved) -> None:
    """Each row of the first priority has its note, and someone else has read that."""
    sections, _ = coverage.read_topics((CONTENT / coverage.NAME).read_text("utf-8"))
    rows = [row for section in sections for row in section.rows]
    first = [row for row in rows if row.priority == 1]
    assert len(first) == 88
    assert [row.key for row in first if not coverage.answers(row, shelved.book)] == []
    assert [row.key for row in rows if row.seed and not coverage.answers(row, shelved.book)] == []
    reviewed = shelved.book.reviewed
    assert reviewed is not None
    urgent = {note.key for note in shelved.book.notes if shelved.book.priority(note) == 1}
    assert len(urgent) > len(first)
    assert urgent - reviewed == set()


def test_every_confusable_pair_is_set_apart(shelved: Shelved) -> None:
    """By a card of its own; the list has the 25 that are confused most."""
    assert len(shelved.book.data.pairs) >= 25
    assert [pair.one[0] for pair in uncontrasted(shelved.book)] == []
