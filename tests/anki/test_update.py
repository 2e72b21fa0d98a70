"""A later release: what changes for the learner, and that nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from author import Author, basic
from learner import Imported, Learner

from deckgen.lock import guid

STARS = (basic("sun"), basic("sirius"), basic("vega", answer="It {{c1::shines}} {{c2::blue}}."))
KEYS = ("mars", "sirius", "sun", "vega", "venus")


@pytest.fixture
def studied(author: Author, learner: Learner) -> Learner:
    """A learner who imported a first release and has reviews, a suspended and a flagged card, one
    moved to a deck of their own and one in a filtered deck."""
    author.asks("stars.md", *STARS).asks("planets.md", basic("venus"), basic("mars"))
    learner.imports(author.releases())
    learner.studies("Astronomy", 5)
    col = learner.col
    col.sched.suspend_cards([learner.cards("sun")[0].id])
    col.set_user_flag_for_cards(3, [learner.cards("venus")[0].id])
    mine = col.decks.id("Mine")
    assert mine is not None
    col.set_deck([learner.cards("vega")[1].id], mine)
    filtered = col.sched.get_or_create_filtered_deck(deck_id=0)
    filtered.config.search_terms[0].search = "Key:mars"
    col.sched.add_or_update_filtered_deck(filtered)
    assert learner.cards("mars")[0].odid
    assert len(learner.rows("revlog")) == 5
    return learner


def other_notes(learner: Learner, *changed: str) -> list[object]:
    """The rows of all notes but the `changed` ones."""
    rows = {learner.keys()[key] for key in changed}
    return [row for row in learner.rows("notes") if row[0] not in rows]


# ---- one edit ----


@pytest.mark.parametrize("key", ["sun", "sirius", "vega", "venus", "mars"])
def test_an_edited_answer_updates_one_note_and_no_card(
    author: Author, studied: Learner, key: str
) -> None:
    """All card rows and all reviews stay byte for byte, whatever the learner did with them."""
    path = "planets.md" if key in ("venus", "mars") else "stars.md"
    schedule, others, ids = studied.schedule(), other_notes(studied, key), studied.keys()
    author.edits(path, "shines" if key == "vega" else f"This is {key}.", "Corrected")
    rest = tuple(k for k in KEYS if k != key)
    assert studied.imports(author.releases()) == Imported(updated=(key,), duplicate=rest)
    assert studied.schedule() == schedule
    assert other_notes(studied, key) == others
    assert studied.keys() == ids
    field = "Text" if key == "vega" else "Answer"
    assert "Corrected" in studied.note(key)[field]


def test_an_edit_that_is_taken_back_arrives_as_well(author: Author, studied: Learner) -> None:
    """The text is the first release's again, its time a new one."""
    first = studied.note("sun")["Answer"]
    author.edits("stars.md", "This is sun.", "Our star.")
    studied.imports(author.releases())
    assert studied.note("sun")["Answer"] != first
    author.edits("stars.md", "Our star.", "This is sun.")
    assert studied.imports(author.releases()).updated == ("sun",)
    assert studied.note("sun")["Answer"] == first


def test_a_release_that_was_skipped_is_caught_up(author: Author, studied: Learner) -> None:
    author.edits("stars.md", "This is sun.", "Our star.").releases()
    author.edits("planets.md", "This is mars.", "Red.")
    assert studied.imports(author.releases()).updated == ("mars", "sun")


def test_an_old_package_after_a_new_one_changes_nothing(author: Author, learner: Learner) -> None:
    old = author.asks("stars.md", *STARS).releases()
    author.writes("deck.yaml", "name: Astronomy\nnamespace: tests.example\nstyling: '.card {}'\n")
    new = author.edits("stars.md", "shines", "glows").releases()
    learner.imports(new)
    tables = learner.tables()
    assert learner.imports(old) == Imported(duplicate=("sirius", "sun", "vega"))
    assert learner.tables() == tables


@pytest.mark.parametrize("seconds", [0, -1, -30 * 86_400])
def test_an_edit_arrives_from_a_clock_that_was_set_back(
    author: Author, studied: Learner, seconds: int
) -> None:
    """Or that does not move: the time of a changed note always moves on."""
    author.now += seconds - 86_400
    author.edits("stars.md", "shines", "glows")
    assert studied.imports(author.releases()).updated == ("vega",)


def test_a_note_and_its_ids_are_the_same_for_whoever_starts_later(
    author: Author, new_learner: Callable[[], Learner]
) -> None:
    """Two devices that start with different releases can be synchronized."""
    early, late = new_learner(), new_learner()
    early.imports(author.asks("stars.md", *STARS).releases())
    author.edits("stars.md", "shines", "glows").asks("a.md", basic("earlier"))
    package = author.releases()
    early.imports(package)
    late.imports(package)
    assert early.guids() == late.guids()
    assert early.keys() == late.keys()
    assert [row[0] for row in early.rows("cards")] == [row[0] for row in late.rows("cards")]


# ---- what is no content ----


def renamed_file(author: Author) -> None:
    author.moves("stars.md", "suns/all.md")


def renamed_deck(author: Author) -> None:
    author.edits("deck.yaml", "name: Astronomy", "name: Sky::Objects")


def renamed_subdeck(author: Author) -> None:
    author.edits("stars.md", "title: Stars", "title: Suns")


def other_file(author: Author) -> None:
    author.asks("stars.md", *STARS[1:]).asks("planets.md", basic("venus"), basic("mars"), STARS[0])


def other_place(author: Author) -> None:
    author.asks("stars.md", *reversed(STARS))


def other_line_breaks(author: Author) -> None:
    text = (author.folder / "stars.md").read_text()
    author.writes("stars.md", "\ufeff" + text.replace("\n", "\r\n"))


def prose_for_readers(author: Author) -> None:
    author.edits("stars.md", "---\n\n##", "---\n\n# Stars\n\nFor readers of the file.\n\n##")


def other_settings(author: Author) -> None:
    author.edits("deck.yaml", "name:", "language: de\nversion: '2'\nname:")


@pytest.mark.parametrize(
    "change",
    [
        *(renamed_file, renamed_deck, renamed_subdeck, other_file, other_place),
        *(other_line_breaks, prose_for_readers, other_settings),
    ],
    ids=lambda change: change.__name__,
)
def test_what_is_no_content_updates_no_note(
    author: Author, studied: Learner, change: Callable[[Author], None]
) -> None:
    """No note, no card, no review: every row is what it was, and where it was."""
    notes, schedule, guids = studied.rows("notes"), studied.schedule(), studied.guids()
    change(author)
    assert studied.imports(author.releases()) == Imported(duplicate=KEYS)
    assert studied.rows("notes") == notes
    assert studied.schedule() == schedule
    assert studied.guids() == guids == {key: guid("tests.example", key) for key in KEYS}


def test_a_question_inserted_above_adds_itself_alone(author: Author, studied: Learner) -> None:
    """Every other note and every card row stays as it is."""
    notes, (cards, reviews) = studied.rows("notes"), studied.schedule()
    author.asks("aaa.md", basic("ground")).asks("stars.md", basic("pole"), *STARS)
    assert studied.imports(author.releases()) == Imported(new=("ground", "pole"), duplicate=KEYS)
    assert other_notes(studied, "ground", "pole") == notes
    assert [row for row in studied.rows("cards") if row in cards] == cards
    assert len(studied.rows("cards")) == len(cards) + 2
    assert studied.rows("revlog") == reviews


def test_a_reworded_question_is_the_same_note(author: Author, studied: Learner) -> None:
    schedule, ids, guids = studied.schedule(), studied.keys(), studied.guids()
    author.edits("stars.md", "What is sun?", "Which star is nearest?")
    rest = tuple(key for key in KEYS if key != "sun")
    assert studied.imports(author.releases()) == Imported(updated=("sun",), duplicate=rest)
    assert studied.note("sun")["Question"] == "Which star is nearest?"
    assert (studied.schedule(), studied.keys(), studied.guids()) == (schedule, ids, guids)


def test_a_new_card_of_a_note_that_moved_goes_to_its_new_deck(
    author: Author, studied: Learner
) -> None:
    """The cards that the learner has stay where they are."""
    author.asks("stars.md", *STARS[:2])
    author.asks("bright.md", STARS[2].replace("blue}}", "blue}} {{c3::far}}"))
    studied.imports(author.releases())
    decks = [studied.deck_of("vega", ordinal) for ordinal in range(3)]
    assert decks == ["Astronomy::Stars", "Mine", "Astronomy::Bright"]


# ---- more and fewer cards ----


def with_new_cloze(author: Author) -> str:
    author.edits("stars.md", "{{c2::blue}}", "{{c2::blue}} and {{c3::far}}")
    return "vega"


def with_reverse(author: Author) -> str:
    author.edits("stars.md", "id: sun", "id: sun\nreverse: true")
    return "sun"


@pytest.mark.parametrize("change", [with_new_cloze, with_reverse])
def test_a_new_deletion_or_a_reversed_card_adds_exactly_one_card(
    author: Author, studied: Learner, change: Callable[[Author], str]
) -> None:
    """Beside it no card row changes, and it is not empty."""
    cards, reviews = studied.schedule()
    key = change(author)
    assert studied.imports(author.releases()).updated == (key,)
    added = [row for row in studied.rows("cards") if row not in cards]
    assert len(added) == 1 and len(studied.rows("cards")) == len(cards) + 1
    assert added[0][:2] == (studied.cards(key)[-1].id, studied.keys()[key])
    assert studied.rows("revlog") == reviews
    studied.assert_sound()


def test_a_typed_answer_adds_no_card(author: Author, studied: Learner) -> None:
    """It asks on the card that is there."""
    schedule = studied.schedule()
    author.edits("stars.md", "id: sun", "id: sun\ntyped: Sol")
    assert studied.imports(author.releases()).updated == ("sun",)
    assert studied.schedule() == schedule
    assert "[[type:Typed]]" in studied.cards("sun")[0].question()


def test_a_removed_deletion_leaves_its_card_to_the_learner(
    author: Author, studied: Learner
) -> None:
    """Empty Cards lists it; put back, it goes on with its old schedule."""
    schedule = studied.schedule()
    author.edits("stars.md", "{{c2::blue}}", "blue")
    assert studied.imports(author.releases()).updated == ("vega",)
    assert studied.schedule() == schedule
    empty = [card for report in studied.col.get_empty_cards().notes for card in report.card_ids]
    assert empty == [studied.cards("vega")[1].id]
    author.edits("stars.md", "blue", "{{c2::blue}}")
    studied.imports(author.releases())
    assert studied.schedule() == schedule
    studied.assert_sound()


def test_a_removed_reversed_card_stays_with_its_schedule(author: Author, learner: Learner) -> None:
    """Empty Cards lists it."""
    learner.imports(author.asks("stars.md", basic("sun", reverse="true")).releases())
    learner.studies("Astronomy", 2)
    schedule = learner.schedule()
    author.edits("stars.md", "reverse: true", "reverse: false")
    assert learner.imports(author.releases()).updated == ("sun",)
    assert learner.schedule() == schedule
    empty = [card for report in learner.col.get_empty_cards().notes for card in report.card_ids]
    assert empty == [learner.cards("sun")[1].id]


def test_a_retired_note_says_so_and_can_be_found(author: Author, studied: Learner) -> None:
    """Anki never deletes a note because a package lacks it; the learner can, by its tag."""
    schedule = studied.schedule()
    author.edits("stars.md", "id: vega", "id: vega\nretired: true")
    assert studied.imports(author.releases()).updated == ("vega",)
    assert list(studied.col.find_notes("tag:deckgen::retired")) == [studied.keys()["vega"]]
    for card in studied.cards("vega"):
        assert "This note is retired" in card.question()
        assert "This note is retired" in card.answer()
    assert studied.schedule() == schedule


def test_a_retired_note_can_come_back(author: Author, studied: Learner) -> None:
    schedule = studied.schedule()
    author.edits("stars.md", "id: vega", "id: vega\nretired: true")
    studied.imports(author.releases())
    author.edits("stars.md", "\nretired: true", "")
    studied.imports(author.releases())
    assert "retired" not in studied.cards("vega")[0].question() + str(studied.note("vega").tags)
    assert studied.schedule() == schedule


def test_a_retired_note_that_left_the_source_keeps_its_lock_line(
    author: Author, studied: Learner
) -> None:
    """So its id stays taken, and the note is not touched again."""
    author.edits("stars.md", "id: vega", "id: vega\nretired: true")
    studied.imports(author.releases())
    tables = studied.tables()
    author.asks("stars.md", *STARS[:2])
    rest = tuple(key for key in KEYS if key != "vega")
    assert studied.imports(author.releases()) == Imported(duplicate=rest)
    assert studied.tables() == tables
    assert "note vega cloze" in (author.folder / "deck.lock").read_text()


# ---- what is the learner's ----


def test_what_a_learner_wrote_on_an_unchanged_note_survives(
    author: Author, studied: Learner
) -> None:
    """Text and tag, through any number of releases that change other notes."""
    studied.writes("venus", "Note", "My own words.")
    studied.tags("sirius", "mine")
    kept = other_notes(studied, "sun")
    for old, new in (("This is sun.", "Our star."), ("Our star.", "A dwarf.")):
        author.edits("stars.md", old, new)
        assert studied.imports(author.releases()).updated == ("sun",)
    assert other_notes(studied, "sun") == kept
    assert studied.note("venus")["Note"] == "My own words."
    assert studied.note("sirius").tags == ["mine"]


def test_an_author_who_edits_later_than_the_learner_wins(author: Author, studied: Learner) -> None:
    """Anki has one time for the whole note: fields and tags come from the newer one."""
    studied.writes("sun", "Note", "My own words.")
    author.now = studied.note("sun").mod + 60
    author.edits("stars.md", "This is sun.", "Our star.")
    assert studied.imports(author.releases()).updated == ("sun",)
    assert studied.note("sun")["Note"] == ""


def test_an_author_who_edited_earlier_than_the_learner_does_not(
    author: Author, studied: Learner
) -> None:
    """Even if the learner imports it later."""
    author.edits("stars.md", "This is sun.", "Our star.")
    package = author.releases()
    studied.writes("sun", "Note", "My own words.")
    assert studied.imports(package) == Imported(duplicate=KEYS)
    assert studied.note("sun")["Note"] == "My own words."


def test_a_deleted_note_comes_back_as_new(author: Author, studied: Learner) -> None:
    """With the same identity; nothing else is touched."""
    identity = studied.keys()["sun"]
    notes = other_notes(studied, "sun")
    studied.col.remove_notes([identity])
    rest = tuple(key for key in KEYS if key != "sun")
    assert studied.imports(author.releases()) == Imported(new=("sun",), duplicate=rest)
    assert studied.keys()["sun"] == identity
    assert other_notes(studied, "sun") == notes


def test_row_ids_that_a_learner_already_has_do_no_harm(
    author: Author, new_learner: Callable[[], Learner]
) -> None:
    """Anki shifts the new rows, and later releases find the notes by GUID."""
    first, second = new_learner(), new_learner()
    first.imports(author.asks("stars.md", *STARS).releases())
    other = Author(author.folder.parent / "other")
    other.writes("deck.yaml", "name: Other\nnamespace: another\n").asks("a.md", *STARS)
    assert second.imports(other.releases()).new == ("sirius", "sun", "vega")
    theirs = second.rows("notes")
    assert second.imports(author.releases()).new == ("sirius", "sun", "vega")
    author.edits("stars.md", "shines", "glows")
    assert second.imports(author.releases()).updated == ("vega",)
    assert [row for row in second.rows("notes") if row in theirs] == theirs
    second.assert_sound()


# ---- note types ----


def css(learner: Learner) -> set[str]:
    models = [m for m in learner.col.models.all() if m["name"].startswith("Astronomy ")]
    assert len(models) == 2
    return {model["css"] for model in models}


def test_a_styling_change_reaches_the_note_types_and_no_note(
    author: Author, studied: Learner
) -> None:
    """Fields and card templates stay, so Anki goes on updating notes."""
    notes, schedule = studied.rows("notes"), studied.schedule()
    schema = [[row[:3] for row in studied.rows(table)] for table in ("fields", "templates")]
    author.edits("deck.yaml", "name:", "styling: '.card { color: teal }'\nname:")
    assert studied.imports(author.releases()) == Imported(duplicate=KEYS)
    assert all("color: teal" in text for text in css(studied))
    assert (studied.rows("notes"), studied.schedule()) == (notes, schedule)
    assert schema == [[row[:3] for row in studied.rows(table)] for table in ("fields", "templates")]
    author.edits("stars.md", "shines", "glows")
    assert studied.imports(author.releases()).updated == ("vega",)


def test_a_learners_styling_survives_releases_that_do_not_change_ours(
    author: Author, studied: Learner
) -> None:
    for model in studied.col.models.all():
        if model["name"].startswith("Astronomy "):
            model["css"] += "\n.card { background: mintcream }"
            studied.col.models.update_dict(model)
    author.edits("stars.md", "shines", "glows")
    studied.imports(author.releases())
    assert all("mintcream" in text for text in css(studied))


def test_a_learners_own_style_sheet_survives_every_release(
    author: Author, studied: Learner
) -> None:
    """Even one that changes our styling: the file is the learner's from the first import on."""
    sheet = Path(studied.col.media.dir()) / "_deckgen_user.css"
    assert sheet.is_file()
    sheet.write_text(".card { background: mintcream }")
    author.edits("deck.yaml", "name:", "styling: '.card { color: teal }'\nname:")
    author.edits("stars.md", "shines", "glows")
    studied.imports(author.releases())
    assert sheet.read_text() == ".card { background: mintcream }"
    assert all('@import url("_deckgen_user.css")' in text for text in css(studied))
    studied.assert_sound()


# ---- two branches ----


def test_learners_of_either_branch_get_the_merged_text(
    tmp_path: Path, new_learner: Callable[[], Learner]
) -> None:
    """Both changed one note, and git's union merge left both lines of the lock."""
    ours, theirs = Author(tmp_path / "ours"), Author(tmp_path / "theirs")
    learners = [new_learner() for _ in range(3)]
    base = ours.asks("stars.md", *STARS).releases()
    theirs.asks("stars.md", *STARS).releases()
    for learner in learners:
        learner.imports(base)
    learners[1].imports(ours.edits("stars.md", "shines", "glows").releases())
    theirs.now += 500
    theirs.edits("stars.md", "shines", "beams").asks("new.md", basic("rigel"))
    learners[2].imports(theirs.releases())
    locks = [(author.folder / "deck.lock").read_text() for author in (ours, theirs)]
    union = dict.fromkeys(line for text in locks for line in text.splitlines())
    ours.writes("deck.lock", "\n".join(union) + "\n").asks("new.md", basic("rigel"))
    ours.edits("stars.md", "glows", "glows and beams")
    merged = ours.releases()
    for learner in learners:
        assert "vega" in learner.imports(merged).updated
        assert "glows and beams" in learner.note("vega")["Text"]
    assert learners[1].keys() == learners[2].keys()
