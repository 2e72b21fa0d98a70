"""What is unusual but allowed: it arrives as it was meant, and again changes nothing."""

from __future__ import annotations

import json
import unicodedata

import pytest
from author import Author, basic
from learner import Imported, Learner


def imports_twice(author: Author, learner: Learner) -> None:
    """Import a release, and once more; the second time changes no row of any table."""
    package = author.releases()
    keys = learner.imports(package).new
    assert keys
    tables = learner.tables()
    assert learner.imports(package) == Imported(duplicate=keys)
    assert learner.tables() == tables
    learner.assert_sound()


def test_decomposed_text_arrives_composed(author: Author, learner: Learner) -> None:
    """Anki composes what it imports; an editor on macOS that decomposes makes no difference."""
    text = unicodedata.normalize("NFD", "Größe é")
    author.asks("a.md", basic("x", f"{text} {{{{c1::{text}}}}}", tags=f"[{text.split()[0]}]"))
    imports_twice(author, learner)
    assert learner.note("x")["Text"] == "<p>Größe é {{c1::Größe é}}</p>"
    assert learner.note("x").tags == ["Größe"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Metrics", "metrics"),
        ("Straße", "STRASSE"),
        ("Über", unicodedata.normalize("NFD", "Über")),
        ("Ångström", unicodedata.normalize("NFD", "ångström")),
    ],
)
def test_two_spellings_of_one_deck_are_one_deck(
    author: Author, learner: Learner, one: str, other: str
) -> None:
    """Anki tells no capitals apart, and would name the second with an underscore."""
    author.writes("a.md", f"---\ntitle: {one}\n---\n{basic('x')}")
    author.writes("b.md", f"---\ntitle: {other}\n---\n{basic('y')}")
    imports_twice(author, learner)
    assert learner.decks() == {"Astronomy", f"Astronomy::{one}"}
    assert learner.deck_of("x") == learner.deck_of("y")


def test_a_deck_spelled_otherwise_later_is_the_learners_deck(
    author: Author, learner: Learner
) -> None:
    learner.imports(author.asks("stars.md", basic("x")).releases())
    author.writes("stars.md", f"---\ntitle: STARS\n---\n{basic('x')}\n\n{basic('y')}")
    learner.imports(author.releases())
    assert learner.decks() == {"Astronomy", "Astronomy::Stars"}
    assert learner.deck_of("y") == "Astronomy::Stars"


def test_two_hundred_subdecks(author: Author, learner: Learner) -> None:
    for number in range(200):
        author.asks(f"{number:03}.md", basic(f"n{number}"))
    imports_twice(author, learner)
    assert len(learner.decks()) == 201
    assert learner.deck_of("n123") == "Astronomy::123"


def test_five_hundred_deletions_in_one_note(author: Author, learner: Learner) -> None:
    """As many as Anki can tell apart."""
    text = " ".join(f"{{{{c{number}::w{number}}}}}" for number in range(1, 501))
    imports_twice(author.asks("a.md", basic("x", text)), learner)
    assert [card.ord for card in learner.cards("x")] == list(range(500))
    assert "w500" in learner.cards("x")[499].answer()


def test_a_very_long_answer(author: Author, learner: Learner) -> None:
    author.asks("a.md", basic("x", "word " * 18_000 + "{{c1::end}}"))
    imports_twice(author, learner)
    assert learner.note("x")["Text"].count("word") == 18_000
    assert "end" in learner.cards("x")[0].answer()


def test_odd_tags_arrive_as_written(author: Author, learner: Learner) -> None:
    tags = ["a::b::c", "ML", "a,b", "*", "_x", "#", "(a)", "é", "<b>", "a&b", "-no", "tag:x", "😀"]
    tags.append("x" * 200)
    author.asks("a.md", basic("x", tags=json.dumps(tags, ensure_ascii=False)))
    imports_twice(author, learner)
    assert sorted(learner.note("x").tags) == sorted(tags)


NAMES = (
    *("'single'", "😀 Emoji", "a & b", "<b>x</b>", r"a/b\c", "*x*", "a_b", "%", "-x", "deck:x"),
    *("日本", "blank", "Default", "x" * 200),
)


def test_odd_subdeck_names_arrive_as_written(author: Author, learner: Learner) -> None:
    for number, name in enumerate(NAMES):
        written = json.dumps(name, ensure_ascii=False)
        author.writes(f"{number}.md", f"---\ndeck: {written}\n---\n{basic(f'n{number}')}")
    imports_twice(author, learner)
    assert learner.decks() == {"Astronomy", *(f"Astronomy::{name}" for name in NAMES)}
    assert learner.deck_of("n0") == "Astronomy::'single'"


@pytest.mark.parametrize("name", ["'q' 😀 & <b>", "deck:*_%", "Parent::Default"])
def test_an_odd_deck_name_arrives_as_written(author: Author, learner: Learner, name: str) -> None:
    author.writes("deck.yaml", f"namespace: n\nname: {json.dumps(name, ensure_ascii=False)}\n")
    imports_twice(author.asks("a.md", basic("x")), learner)
    assert learner.deck_of("x") == f"{name}::A"


@pytest.mark.parametrize("written", ["  Sky  ", "\u00a0Sky\u3000", "Sky :: Stars", "Sky::  Stars"])
def test_space_around_the_parts_of_a_deck_name_is_no_part_of_it(
    author: Author, learner: Learner, written: str
) -> None:
    author.writes("deck.yaml", f"namespace: n\nname: {json.dumps(written)}\n")
    author.asks("a.md", basic("x"))
    imports_twice(author, learner)
    assert learner.deck_of("x") in ("Sky::A", "Sky::Stars::A")


def test_a_description_with_markup_and_signs(author: Author, learner: Learner) -> None:
    """It is Markdown, several lines, and no more than text to Anki's database."""
    text = "Stars & \"planets\" <b>bold</b> 'all' \\ *now*\n\n- one\n- zwei ü 😀"
    written = json.dumps(text, ensure_ascii=False)
    author.writes("deck.yaml", f"name: Astronomy\nnamespace: n\ndescription: {written}\n")
    imports_twice(author.asks("a.md", basic("x")), learner)
    deck = learner.col.decks.by_name("Astronomy")
    assert deck is not None and deck["desc"] == text
