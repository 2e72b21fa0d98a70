"""The cards that are shown right after an edit are those that the build then gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import DECK, Folder

from deckgen import build
from deckgen.preview.draft import Drafter
from deckgen.preview.snapshot import BLANK, Album, change, problems

QUESTIONS = r"""---
title: Topic
tags: [first]
---

## What is one?
<!-- id: one -->

The first number, $\half 1$.

### And half of it?
<!-- id: half -->

It is {{c1::$\frac{1}{2}$}} or {{c2::0.5}}.

## What is two?
<!-- id: two -->

The second number.
"""
MACROS = DECK + "macros:\n  half: '\\frac{1}{2}'\n"
EDITS = {
    "a word": ("The first number", "The very first number"),
    "a formula": (r"\half 1", r"\half 11"),
    "lines above": ("The first number", "Well.\n\nThe first number"),
    "a new question": ("## What is two?", "## New?\n<!-- id: new -->\n\nYes.\n\n## What is two?"),
    "one without an id": ("## What is two?", "## New?\n\nYes.\n\n## What is two?"),
    "the question above": ("one?\n<!-- id: one -->", "none?\n<!-- id: none -->"),
    "a new kind": ("The second number.", "The {{c1::second}} number."),
    "a fault": (r"\half 1", r"\frac{1"),
    "two of an id": ("id: two", "id: one"),
    "the last one gone": ("\n## What is two?\n<!-- id: two -->\n\nThe second number.\n", ""),
}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path, MACROS)
    folder.write("a.md", QUESTIONS)
    folder.write("b.md", QUESTIONS.replace("id: ", "id: b-"))
    return folder


@pytest.mark.parametrize("old, new", EDITS.values(), ids=EDITS)
def test_a_draft_has_the_notes_of_the_build(folder: Folder, old: str, new: str) -> None:
    built = build.build(folder.content, "", 0)
    assert old in QUESTIONS
    folder.write("a.md", QUESTIONS.replace(old, new))
    draft = Drafter().draft(folder.content, built)
    assert draft is not None
    assert draft.notes == build.build(folder.content, "", 0).notes


def test_unchanged_questions_are_not_rendered_again(folder: Folder) -> None:
    """Only then is a draft quick in a file of a thousand questions.

    A follow-up is rendered with the question above it, of which it shows the heading.
    """
    built = build.build(folder.content, "", 0)
    folder.write("a.md", QUESTIONS.replace("The first", "The very first"))
    draft = Drafter().draft(folder.content, built)
    assert draft is not None
    kept = [new.fields is old.fields for old, new in zip(built.notes, draft.notes, strict=True)]
    assert kept == [False, False, True, True, True, True]


@pytest.mark.parametrize("path", ("deck.yaml", "sources.yaml", "picture.png"))
def test_what_all_questions_share_is_left_to_the_build(folder: Folder, path: str) -> None:
    built = build.build(folder.content, "", 0)
    assert Drafter().draft(folder.content, built) is None
    folder.write("a.md", QUESTIONS + "\nMore.\n")
    folder.write(path, (MACROS if path == "deck.yaml" else "") + "\n# edited\n")
    draft = Drafter().draft(folder.content, built)
    assert (draft is None) == (path != "picture.png")


def test_only_what_changed_is_told(folder: Folder) -> None:
    """To a page that shows the deck before an edit: one card, and where the others are now."""
    album = Album()

    def snapshot() -> object:
        built = build.build(folder.content, "", 0)
        return album.take("Small", built.notes, built_types(built), built.texts)

    before = snapshot()
    folder.write("a.md", QUESTIONS.replace("The first", "Well.\n\nThe first"))
    told = change(before, snapshot())  # type: ignore[arg-type]
    assert [card["id"] for card in told["cards"]] == ["one"]  # type: ignore[attr-defined]
    assert told["places"] == {"half": ("a.md", 13), "half.2": ("a.md", 13), "two": ("a.md", 18)}
    assert "order" not in told and "title" not in told and "styling" not in told


def built_types(built: build.Built) -> tuple[object, ...]:
    return tuple(stamped.note_type for stamped in built.deck.types)


def test_problems_belong_to_the_note_above_them(folder: Folder) -> None:
    """A fault in the front matter or in deck.yaml belongs to none."""
    folder.write("a.md", QUESTIONS.replace(r"\half 1", r"\frac{1").replace("title:", "titel:"))
    built = build.build(folder.content, "", 0)
    found = {p.code: p for p in problems(built.diagnostics, built.notes, built.texts)}
    assert found["formula-invalid"].note == "one"
    assert found["key-unknown"].note == ""
    excerpt = found["key-unknown"]
    assert (excerpt.before, excerpt.marked, excerpt.after) == ("", "titel", ": Topic")
    assert (excerpt.path, excerpt.line, excerpt.column) == ("a.md", 2, 1)


def test_a_whole_deck_is_told_to_a_new_page(folder: Folder) -> None:
    built = build.build(folder.content, "", 0)
    told = change(BLANK, Album().take("Small", built.notes, built_types(built), built.texts))  # type: ignore[arg-type]
    assert told["order"] == ["one", "half", "half.2", "two", "b-one", "b-half", "b-half.2", "b-two"]
    assert told["title"] == "Small" and told["styling"]
