"""Rules about claims, sources and style: what each finds, and what comes close and is right."""

from __future__ import annotations

import pytest
from desk_of_cards import ADOPTED, DECK, book, card, findings, follow_up, quoted

from deckgen.standard import claims

CITED = "sources: [isl]"
LOCATED = "sources: [isl §2]"


def test_a_note_without_a_source() -> None:
    """Is told, unless the deck cites nothing at all and follows no standard."""
    bare = card("What is one?")
    cites = card("What is two?", key="two", more=CITED)
    assert quoted(claims.source_missing, book(bare)) == ["## What is one?"]
    assert quoted(claims.source_missing, book(bare, deck=DECK)) == []
    assert quoted(claims.source_missing, book(bare, cites, deck=DECK)) == ["## What is one?"]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("About 63.2 % of them.", ["63.2"]),
        ("In 2012 it fell.", ["2012"]),
        ("By 5 % each.", ["5 %"]),
        ("All 50 features.", ["50"]),
        ("Two of 3 remain.", []),
        ("L1 and F1 and ResNet-50 and word2vec.", []),
        ("It is $0.5772$.", []),
        ("Call `f(100)`.", []),
    ],
)
def test_a_number_without_a_place(answer: str, found: list[str]) -> None:
    """A number that counts or measures; names with digits and formulas are none."""
    text = follow_up("How many?", answer, CITED)
    assert quoted(claims.number_source, book(text)) == found
    assert quoted(claims.number_source, book(text.replace(CITED, LOCATED))) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("The state of the art is deep.", ["state of the art"]),
        ("It is currently the default.", ["currently"]),
        ("Used by GPT-4 and others.", ["GPT-4"]),
        ("The latest models do.", ["latest models"]),
        ("Since version 1.4 it warns.", ["version 1.4"]),
        ("In 2012, GPT-4 was far.", []),
        ("A smoothed version of it.", []),
        ("Recent observations weigh more.", []),
        ("The latest value wins.", []),
        ("The current gradient, concurrently.", []),
        ("`currently` is a name.", []),
    ],
)
def test_claims_that_age(answer: str, found: list[str]) -> None:
    """Have a date, in the sentence or in the comment."""
    assert quoted(claims.claim_undated, book(card("Which?", answer))) == found
    dated = card("Which?", answer, more="as-of: 2026-11")
    assert quoted(claims.claim_undated, book(dated)) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Dropout always helps.", ["always"]),
        ("Dropout **always** helps.", ["always"]),
        ("It never overfits.", ["never"]),
        ("It guarantees a minimum.", ["guarantees"]),
        ("Adam is the best optimizer.", ["is the best"]),
        ("It is impossible.", ["is impossible"]),
        ("It does not always help.", []),
        ("It is almost never needed.", []),
        ("Nothing guarantees it; without a guarantee.", ["guarantees"]),
        ("A word never seen in training.", []),
        ("Trees that never saw it.", []),
        ("Impossible values, the best split.", []),
        ('A model that says "never fraud".', []),
        ("Call `always()`.", []),
    ],
)
def test_absolute_claims(answer: str, found: list[str]) -> None:
    """Are told where they stand; those taken back, reported or about the past are none."""
    assert quoted(claims.claim_absolute, book(card("Which?", answer))) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("It is important to note that it fails.", ["It is important to note"]),
        ("Scale in order to converge.", ["in order to"]),
        ("Note that it fails.", ["Note that"]),
        ("The interviewer wants to hear this.", ["The interviewer wants"]),
        ("Release notes that matter.", []),
        ("Features in order of size.", []),
        ("Ask the interviewer what matters.", []),
    ],
)
def test_filler(answer: str, found: list[str]) -> None:
    """Phrases that say nothing."""
    assert quoted(claims.filler, book(card("Which?", answer))) == found


AMERICAN = "Regularization normalizes behavior in the center."


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Regularisation.", ["Regularisation"]),
        ("The colour of labelled data.", ["colour", "labelled"]),
        ("Re-normalised.", ["normalised"]),
        ("Precise exercise, otherwise a comparison; four hours of your noise.", []),
        ("Hypothesis, analysis, emphasis, optimism, organism, generalist.", []),
        ("`normalise()`", []),
        ("Errors, actors, vectors and a meter.", []),
    ],
)
def test_the_other_spelling(answer: str, found: list[str]) -> None:
    """Is that which the deck uses less, or that which its language excludes."""
    deck = book(card("Which?", AMERICAN), card("What?", answer, key="other"))
    assert quoted(claims.spelling_mixed, deck) == found


def test_the_language_says_which_spelling() -> None:
    """Whatever most words are."""
    text = card("Which?", AMERICAN)
    assert len(quoted(claims.spelling_mixed, book(text, deck=ADOPTED + "language: en-GB\n"))) == 4
    assert quoted(claims.spelling_mixed, book(text, deck=ADOPTED + "language: en-US\n")) == []


SYMBOLS = "symbols:\n  n: [samples]\n  p: [features]\n  K: [classes, folds]\n"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("Of $m$ samples.", ["samples"]),
        ("With $k$ classes.", ["classes"]),
        ("With $n$ features.", ["features"]),
        ("Of $n$ samples and $p$ features, $K$ folds.", []),
        ("With $m$ trees.", []),
        ("With $2n$ features.", []),
        ("More than $n$ features.", []),
        ("$m$, the samples.", []),
    ],
)
def test_letters_with_a_meaning(answer: str, found: list[str]) -> None:
    """Another letter before a word that has one."""
    deck = book(card("Which?", answer), data=SYMBOLS)
    assert quoted(claims.symbol_meaning, deck) == found
    assert findings(claims.symbol_meaning, book(card("Which?", answer))) == []
