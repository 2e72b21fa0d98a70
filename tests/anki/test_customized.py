"""Learners who make the deck their own, over three releases of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.import_export_pb2 import ImportAnkiPackageUpdateCondition as Update
from author import Author, basic
from learner import Imported, Learner

STARS = (basic("sun"), basic("vega", answer="It {{c1::shines}}."))
TYPES = ("Astronomy Basic", "Astronomy Cloze")


@pytest.fixture
def studied(author: Author, learner: Learner) -> Learner:
    """A learner who imported the first release and studied it."""
    learner.imports(author.asks("stars.md", *STARS).releases())
    learner.studies("Astronomy", 2)
    return learner


def releases(author: Author) -> list[Path]:
    """A second release that edits and adds, and a third that changes the styling as well."""
    second = author.edits("stars.md", "This is sun.", "Our star.").asks("new.md", basic("mars"))
    paths = [second.releases()]
    author.edits("deck.yaml", "name:", "styling: '.card { color: teal }'\nname:")
    author.edits("stars.md", "shines", "glows").asks("new.md", basic("mars"), basic("venus"))
    return [*paths, author.releases()]


def imports_all(author: Author, learner: Learner) -> None:
    """Import both later releases: each gives exactly what changed, and no review is touched."""
    cards, reviews = learner.schedule()
    types = len(learner.rows("notetypes"))
    logs = [learner.imports(package) for package in releases(author)]
    assert logs == [
        Imported(new=("mars",), updated=("sun",), duplicate=("vega",)),
        Imported(new=("venus",), updated=("vega",), duplicate=("mars", "sun")),
    ]
    assert [row for row in learner.rows("cards") if row in cards] == cards
    assert learner.rows("revlog") == reviews
    assert len(learner.rows("notetypes")) == types
    problems, sound = learner.col.fix_integrity()
    assert sound, problems


def types(learner: Learner) -> dict[str, str]:
    """The names and the styling of the note types that the deck's notes have."""
    used = [learner.note(key).note_type() for key in sorted(learner.keys())]
    return {str(model["name"]): str(model["css"]) for model in used if model is not None}


def test_a_style_sheet_of_their_own(author: Author, studied: Learner) -> None:
    """`_deckgen_user.css` is theirs for ever, and every styling of ours reads it."""
    sheet = Path(studied.col.media.dir()) / "_deckgen_user.css"
    sheet.write_text(".card { background: mintcream }")
    imports_all(author, studied)
    assert sheet.read_text() == ".card { background: mintcream }"
    for styling in types(studied).values():
        assert styling.startswith('@import url("_deckgen_user.css")') and "teal" in styling


def test_a_style_sheet_that_they_deleted_comes_back_as_the_starter(
    author: Author, studied: Learner
) -> None:
    sheet = Path(studied.col.media.dir()) / "_deckgen_user.css"
    starter = sheet.read_bytes()
    studied.col.media.trash_files([sheet.name])
    assert not sheet.exists()
    imports_all(author, studied)
    assert sheet.read_bytes() == starter


def test_styling_written_into_the_note_type(author: Author, studied: Learner) -> None:
    """It stays until a release changes our styling, which then replaces it."""
    for name in TYPES:
        model = studied.col.models.by_name(name)
        assert model is not None
        model["css"] += ".card { background: mintcream }"
        studied.col.models.update_dict(model)
    second, _ = releases(author)
    studied.imports(second)
    assert all("mintcream" in styling for styling in types(studied).values())
    author.now = 2_000_000_000  # later than the learner's edit, which has the real time
    author.edits("deck.yaml", "teal", "navy")
    studied.imports(author.releases())
    assert all("navy" in s and "mintcream" not in s for s in types(studied).values())


def test_a_renamed_note_type(author: Author, studied: Learner) -> None:
    """Its notes are updated all the same; the name stays until ours or our styling changes."""
    for name in TYPES:
        model = studied.col.models.by_name(name)
        assert model is not None
        model["name"] = f"My {name}"
        studied.col.models.update_dict(model)
    imports_all(author, studied)
    assert set(types(studied)) == {f"My {name}" for name in TYPES}
    author.now = 2_000_000_000
    author.edits("deck.yaml", "teal", "navy")
    studied.imports(author.releases())
    assert set(types(studied)) == set(TYPES)


def test_a_renamed_field(author: Author, studied: Learner) -> None:
    """Fields are known by their ids: texts arrive in the field, whatever its name."""
    for name, old in zip(TYPES, ("Answer", "Text"), strict=True):
        model = studied.col.models.by_name(name)
        assert model is not None
        field = next(field for field in model["flds"] if field["name"] == old)
        studied.col.models.rename_field(model, field, "Mine")
        studied.col.models.update_dict(model)
    imports_all(author, studied)
    assert "Our star." in studied.note("sun").fields[1]
    assert "glows" in studied.note("vega").fields[1]
    for key in sorted(studied.keys()):
        for card in studied.cards(key):
            assert studied.note(key).fields[0] in card.question()
            assert "template-error" not in card.question() + card.answer()


def test_an_added_field_stops_updates(author: Author, studied: Learner) -> None:
    """Anki's own limit: a note type with other fields is another one, and its notes are skipped.

    Nothing is lost; what is new arrives under a second note type.
    """
    model = studied.col.models.by_name("Astronomy Basic")
    assert model is not None
    studied.col.models.add_field(model, studied.col.models.new_field("My notes"))
    studied.col.models.update_dict(model)
    notes, (cards, reviews) = studied.rows("notes"), studied.schedule()
    second, _ = releases(author)
    log = studied.imports(second)
    assert (log.new, log.updated, log.conflicting) == (("mars",), (), ("sun",))
    assert [row for row in studied.rows("notes") if row in notes] == notes
    assert [row for row in studied.rows("cards") if row in cards] == cards
    assert studied.rows("revlog") == reviews
    assert "Astronomy Basic+" in types(studied)


def moved(learner: Learner) -> str:
    """Below a deck of their own."""
    root = learner.col.decks.id_for_name("Astronomy")
    school = learner.col.decks.id("School")
    assert root is not None and school is not None
    learner.col.decks.reparent([root], school)
    return "School::Astronomy::Stars"


def renamed(learner: Learner) -> str:
    root = learner.col.decks.id_for_name("Astronomy")
    assert root is not None
    learner.col.decks.rename(root, "Sky")
    return "Sky::Stars"


@pytest.mark.parametrize("change", [moved, renamed], ids=lambda change: change.__name__)
def test_a_moved_or_renamed_deck(
    author: Author, studied: Learner, change: Callable[[Learner], str]
) -> None:
    """Their cards stay where they put them; what is new comes in decks of our names."""
    theirs = change(studied)
    imports_all(author, studied)
    assert [studied.deck_of(key) for key in ("sun", "vega")] == [theirs] * 2
    assert [studied.deck_of(key) for key in ("mars", "venus")] == ["Astronomy::New"] * 2


def test_a_preset_of_their_own(author: Author, studied: Learner) -> None:
    """The options of their decks stay."""
    decks = studied.col.decks
    preset = decks.add_config("Mine")
    preset["new"]["perDay"] = 7
    decks.update_config(preset)
    stars = decks.by_name("Astronomy::Stars")
    assert stars is not None
    decks.set_config_id_for_deck_dict(stars, preset["id"])
    imports_all(author, studied)
    stars = decks.by_name("Astronomy::Stars")
    assert stars is not None and stars["conf"] == preset["id"]
    kept = decks.get_config(preset["id"])
    assert kept is not None and (kept["name"], kept["new"]["perDay"]) == ("Mine", 7)


# ---- what they tick in the import dialog, and what they delete ----


def imports_with(learner: Learner, package: Path, options: ImportAnkiPackageOptions) -> None:
    request = ImportAnkiPackageRequest(package_path=str(package), options=options)
    learner.col.import_anki_package(request)
    learner.col.models._clear_cache()


def test_the_dialog_remembers_the_last_options(author: Author, studied: Learner) -> None:
    """So what was once ticked for another deck is ticked for ours."""
    second, _ = releases(author)
    for wanted in (True, False):
        options = ImportAnkiPackageOptions(
            merge_notetypes=wanted,
            update_notes=Update.Value("IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_NEVER"),
        )
        imports_with(studied, second, options)
        assert studied.col._backend.get_import_anki_package_presets() == options


def test_update_notes_never_brings_new_notes_only(author: Author, studied: Learner) -> None:
    second, _ = releases(author)
    never = Update.Value("IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_NEVER")
    imports_with(studied, second, ImportAnkiPackageOptions(update_notes=never))
    assert "Our star." not in studied.note("sun")["Answer"]
    assert studied.note("mars")["Answer"]


def test_update_notes_always_takes_the_learners_own_words(author: Author, studied: Learner) -> None:
    """Even on a note that the author never touched."""
    studied.writes("vega", "Note", "My own words.")
    second, _ = releases(author)
    always = Update.Value("IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS")
    imports_with(studied, second, ImportAnkiPackageOptions(update_notes=always))
    assert studied.note("vega")["Note"] == ""


def test_updates_after_adding_a_field_need_two_options(author: Author, studied: Learner) -> None:
    """Merging note types is not enough: Anki dates the notes of a merged note type anew.

    With *Update notes: Always* as well, the texts arrive, and the field stays.
    """
    model = studied.col.models.by_name("Astronomy Basic")
    assert model is not None
    studied.col.models.add_field(model, studied.col.models.new_field("My notes"))
    studied.col.models.update_dict(model)
    second, _ = releases(author)
    imports_with(studied, second, ImportAnkiPackageOptions(merge_notetypes=True))
    assert "Our star." not in studied.note("sun")["Answer"]
    always = Update.Value("IMPORT_ANKI_PACKAGE_UPDATE_CONDITION_ALWAYS")
    both = ImportAnkiPackageOptions(merge_notetypes=True, update_notes=always)
    imports_with(studied, second, both)
    assert "Our star." in studied.note("sun")["Answer"]
    assert "My notes" in studied.note("sun")
    assert set(types(studied)) == set(TYPES)


def test_a_release_built_without_the_lock_takes_the_learners_own_words(
    author: Author, studied: Learner
) -> None:
    """No note is there twice, but all have the time of that build."""
    author.now = studied.note("sun").mod + 50 * 365 * 86_400
    studied.writes("vega", "Note", "My own words.")
    (author.folder / "deck.lock").unlink()
    assert studied.imports(author.releases()) == Imported(updated=("sun", "vega"))
    assert studied.note("vega")["Note"] == ""


def test_a_retired_note_that_was_deleted_comes_back_while_packages_hold_it(
    author: Author, studied: Learner
) -> None:
    """So an author takes it out of the source once learners had their time."""
    author.edits("stars.md", "id: vega", "id: vega\nretired: true")
    package = author.releases()
    studied.imports(package)
    studied.col.remove_notes(list(studied.col.find_notes("tag:deckgen::retired")))
    assert studied.imports(package).new == ("vega",)
    studied.col.remove_notes(list(studied.col.find_notes("tag:deckgen::retired")))
    author.asks("stars.md", STARS[0])
    assert studied.imports(author.releases()) == Imported(duplicate=("sun",))
