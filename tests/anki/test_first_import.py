"""The first import into an empty collection, and the same package once more."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from author import Author, basic
from learner import Imported, Learner

from deckgen.lock import guid
from deckgen.lock_text import read

EVERYTHING = """\
## What is a star?

<!--
id: star
tags: [physics::fusion, "kind::what"]
reverse: true
-->

A ball of gas that **fuses** hydrogen: $4\\,{}^1\\mathrm{H} \\to {}^4\\mathrm{He}$.

![A star](img/star.svg)

> [!WARNING]
> A planet shines with borrowed light.

### How long does the Sun live?

<!-- id: sun-life -->

About {{c1::10 billion years::a duration}}, of which {{c2::half}} is over.

```python
life = {{c3::10e9}}  # years
```

## Which planet is the largest?

<!--
id: largest
typed: Jupiter
-->

Jupiter. It sounds so: ![](sound/jupiter.mp3)

## Which is the ninth planet?

<!--
id: ninth
retired: true
-->

Pluto.
"""


def everything(author: Author) -> Path:
    """A package with a bit of all that a deck can hold."""
    author.writes("deck.yaml", "name: Astronomy\nnamespace: n\ndescription: About *stars*.\n")
    author.writes("img/star.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    author.writes("sound/jupiter.mp3", b"ID3 not really")
    return author.asks("stars.md", EVERYTHING).releases()


EVERYTHING_KEYS = ("largest", "ninth", "star", "sun-life")


def test_first_all_notes_are_new(author: Author, learner: Learner) -> None:
    """New, and nothing else: no list of the import log holds any other note."""
    assert learner.imports(everything(author)) == Imported(new=EVERYTHING_KEYS)
    counts = {key: [card.ord for card in learner.cards(key)] for key in EVERYTHING_KEYS}
    assert counts == {"star": [0, 1], "sun-life": [0, 1, 2], "largest": [0], "ninth": [0]}


def test_the_same_package_again_changes_no_row_of_any_table(
    author: Author, learner: Learner
) -> None:
    """Not a second later either: Anki's times are whole seconds."""
    package = everything(author)
    learner.imports(package)
    tables, media = learner.tables(), learner.media()
    assert len(tables["notes"]) == 4 and len(tables["notetypes"]) > 2
    time.sleep(1.1)
    assert learner.imports(package) == Imported(duplicate=EVERYTHING_KEYS)
    assert learner.tables() == tables
    assert learner.media() == media


def test_an_import_leaves_a_sound_collection(author: Author, learner: Learner) -> None:
    """Check Database, Check Media and Empty Cards find nothing."""
    learner.imports(everything(author))
    learner.assert_sound()


def test_all_ids_are_those_of_the_lock_and_of_the_past(author: Author, learner: Learner) -> None:
    """Anki gives a row a new id when the old one lies in the future."""
    learner.imports(everything(author))
    lock = read((author.folder / "deck.lock").read_text())
    assert learner.guids() == {key: guid("n", key) for key in EVERYTHING_KEYS}
    assert learner.keys() == {key: lock.notes[key].row for key in EVERYTHING_KEYS}
    for key in EVERYTHING_KEYS:
        assert [c.id for c in learner.cards(key)] == [
            lock.notes[key].row + card.ord for card in learner.cards(key)
        ]
    newest = max(row[0] for table in ("notes", "cards") for row in learner.rows(table))
    assert newest < time.time() * 1000
    assert {row[3] for row in learner.rows("notes")} == {author.now - 86_400}


def test_tags_arrive_as_written(author: Author, learner: Learner) -> None:
    """A follow-up note has those of the question above it."""
    learner.imports(everything(author))
    assert learner.note("star").tags == ["kind::what", "physics::fusion"]
    assert learner.note("sun-life").tags == ["kind::what", "physics::fusion"]
    assert learner.note("ninth").tags == ["deckgen::retired"]


def test_the_description_is_shown_as_markdown(author: Author, learner: Learner) -> None:
    """On the root deck, which the learner opens."""
    learner.imports(everything(author))
    deck = learner.col.decks.by_name("Astronomy")
    assert deck is not None
    assert deck["md"] is True
    assert learner.col.render_markdown(deck["desc"]).strip() == "<p>About <em>stars</em>.</p>"


def test_an_empty_description_leaves_the_learners_own(author: Author, learner: Learner) -> None:
    learner.imports(author.asks("a.md", basic("sun")).releases())
    deck = learner.col.decks.by_name("Astronomy")
    assert deck is not None
    deck["desc"] = "mine"
    learner.col.decks.save(deck)
    learner.imports(author.asks("a.md", basic("sun"), basic("moon")).releases())
    deck = learner.col.decks.by_name("Astronomy")
    assert deck is not None and deck["desc"] == "mine"


def test_each_file_has_its_subdeck(author: Author, learner: Learner) -> None:
    """Named by its title, or by `deck`, which may name several levels."""
    author.asks("planets.md", basic("mars"))
    author.writes("deep.md", f"---\ntitle: T\ndeck: 'Sky :: Deep'\n---\n{basic('m31')}")
    learner.imports(author.releases())
    assert learner.deck_of("mars") == "Astronomy::Planets"
    assert learner.deck_of("m31") == "Astronomy::Sky::Deep"
    assert learner.decks() == {
        *("Astronomy", "Astronomy::Planets", "Astronomy::Sky", "Astronomy::Sky::Deep")
    }


def test_new_cards_come_up_in_the_order_of_the_source(author: Author, learner: Learner) -> None:
    """File by file and down each file; Anki shows a note's further cards at the end of the day."""
    author.asks("1.md", *(basic(f"b{n}") for n in (9, 1, 5, 3)))
    author.asks("2.md", basic("z", answer="{{c2::two}} {{c1::one}}"), basic("a"))
    learner.imports(author.releases())
    deck = learner.col.decks.id_for_name("Astronomy")
    assert deck is not None
    learner.col.decks.select(deck)
    queue = learner.col.sched.get_queued_cards(fetch_limit=100).cards
    shown = [learner.col.get_card(entry.card.id) for entry in queue]
    assert [(card.note()["Key"], card.ord) for card in shown] == [
        *(("b9", 0), ("b1", 0), ("b5", 0), ("b3", 0)),
        *(("z", 0), ("a", 0), ("z", 1)),
    ]


def test_a_note_inserted_later_comes_up_at_its_place(author: Author, learner: Learner) -> None:
    """Among the new cards that the learner has not seen yet."""
    learner.imports(author.asks("1.md", basic("a"), basic("c"), basic("e")).releases())
    author.asks("1.md", basic("a"), basic("b"), basic("c"), basic("d"), basic("e"))
    learner.imports(author.releases())
    positions = {key: learner.cards(key)[0].due for key in "abcde"}
    assert positions == {"a": 1, "c": 2, "e": 3, "b": 2, "d": 4}


def test_what_is_to_be_typed_is_asked(author: Author, learner: Learner) -> None:
    """On both sides: Anki puts the comparison in the place of the input."""
    learner.imports(everything(author))
    card = learner.cards("largest")[0]
    assert "[[type:Typed]]" in card.question()
    assert "[[type:Typed]]" in card.answer()
    assert learner.note("largest")["Typed"] == "Jupiter"


@pytest.mark.parametrize("key", EVERYTHING_KEYS)
def test_both_sides_of_every_card_are_shown(author: Author, learner: Learner, key: str) -> None:
    """Without one of the messages that Anki puts in the place of a broken card."""
    learner.imports(everything(author))
    for card in learner.cards(key):
        assert card.question().count('class="deckgen') == 1
        assert card.answer().count('class="deckgen') == 1
        assert card.question() != card.answer()
