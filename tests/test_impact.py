"""What `deckgen diff` says of two releases; that Anki does so, tests/anki proves."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deckgen import build
from deckgen.apkg import COLLECTION
from deckgen.diagnostic import DeckgenError
from deckgen.field_diff import Hunk, hunks, words
from deckgen.generation import made_ordinals
from deckgen.impact import impact
from deckgen.impact_report import as_json, as_markdown, as_text, diff
from deckgen.impact_sections import count, sections
from deckgen.lock_entry import NAME, Hidden, Lock, LockEntry, TypeEntry
from deckgen.lock_impact import impact_of_locks
from deckgen.notetype import CardTemplate, Field, Kind, NoteType, basic_ordinals, note_types
from deckgen.outcome import Impact, MediaImpact, Outcome, Swap, TypeOutcome
from deckgen.released import Release, ReleasedNote, ReleasedType, read_package
from deckgen.render import RETIRED_TAG

BASIC, CLOZE = note_types("Astronomy", "tests.example")
QUESTION, REVERSED = BASIC.templates
ALWAYS_REVERSED = BASIC._replace(templates=(QUESTION, REVERSED._replace(front="{{Answer}}")))


# -- words and their changes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One <b>t</b>wo</p><p>three</p>", ("One", "two", "three")),
        (r"if \(a &lt; b\), then \[x = y\]", ("if", r"\(a < b\),", "then", r"\[x = y\]")),
        (r"<code>a  b</code>, c", ("`a  b`,", "c")),
        ('<img src="a b.png" alt="A dot">.', ("[a b.png: A dot].",)),
        ("[sound:a b.mp3]", ("[sound:a b.mp3]",)),
        ("<ul><li>one</li><li>two</li></ul>", ("•", "one", "•", "two")),
        ("<table><tr><td>1</td><td>2</td></tr></table>", ("|", "1", "|", "2")),
        ("x<sup>2</sup>, h<sub>t</sub>", ("x^2,", "h_t")),
        ("{{c1::the ridge::hint}}", ("{{c1::the", "ridge::hint}}")),
        ("<pre><code>def f():\n\n    <span>return</span> 1\n</code></pre> end",
         ("`def f():`", "`    return 1`", "end")),
        ("<code>never closed", ("never", "closed")),
        ("", ()),
    ],
)  # fmt: skip
def test_words_are_what_a_field_shows(html: str, expected: tuple[str, ...]) -> None:
    """Markup goes; a formula, a piece of code or a line of a block, a file is one word."""
    assert words(html) == expected


def test_a_change_has_four_words_around_it() -> None:
    """Far apart, changes stand in hunks of their own; `…` is where the field goes on."""
    old = "a b c d e f one g h i j k l m n o p q r s"
    new = "a b c d e f two g h i j k l m n o p q r t"
    assert hunks(old, new) == (
        Hunk("… c d e f one g h i j …", "… c d e f two g h i j …"),
        Hunk("… o p q r s", "… o p q r t"),
    )


def test_a_field_that_was_or_becomes_empty_has_one_side() -> None:
    """There is nothing to show on the other."""
    assert hunks("", "<p>All new</p>") == (Hunk("", "All new"),)
    assert hunks("All gone", "") == (Hunk("All gone", ""),)


def test_markup_alone_is_no_change_of_words() -> None:
    """Bold text says the same."""
    assert hunks("<p>a <b>b</b></p>", "a b") == ()


def test_a_very_long_field_is_compared_in_no_time() -> None:
    """40,000 words, of which there are but thirty, would else take half a minute."""
    chance = Random(1)
    old = [f"word{chance.randrange(30)}" for _ in range(40_000)]
    new = [word if chance.random() > 0.1 else "other" for word in old]
    started = time.monotonic()
    assert hunks(" ".join(old), " ".join(new))
    assert time.monotonic() - started < 10


# -- which cards Anki makes --------------------------------------------------------------------


def _with_front(front: str) -> NoteType:
    fields = (Field("Front", 1), Field("Back", 2))
    return NoteType(Kind.BASIC, "Type", 1, fields, (CardTemplate("Card", 3, front, ""),), "")


@pytest.mark.parametrize(
    ("front", "fields", "made"),
    [
        ("{{Front}}", ("a", ""), True),
        ("{{Front}}", ("<br> \n</DIV>", ""), False),
        ("only text", ("a", "b"), False),
        ("{{ text:hint:Front }}", ("a", ""), True),
        ("{{#Back}}{{Front}}{{/Back}}", ("a", ""), False),
        ("{{^Back}}{{Front}}{{/Back}}", ("a", ""), True),
        ("{{^Back}}{{Front}}{{/Back}}", ("a", "b"), False),
        ("{{#Front}}{{#Back}}x{{/Back}}{{Front}}{{/Front}}", ("a", ""), True),
        ("{{#Back}}{{#Front}}{{Front}}{{/Front}}{{/Back}}", ("a", ""), False),
        ("<!-- {{Front}} -->", ("a", ""), False),
        ("{{Subdeck}}", ("", ""), True),
        ("{{FrontSide}}", ("a", ""), False),
        ("{{#Front}}{{Front}}", ("a", ""), False),
        ("{{Front}}{{/Front}}", ("a", ""), False),
        ("{{#Front}}{{#Back}}{{/Front}}{{/Back}}{{Front}}", ("a", "b"), False),
    ],
)
def test_a_card_is_made_if_its_front_shows_a_field(
    front: str, fields: tuple[str, str], made: bool
) -> None:
    """Conditions count, text and comments do not; conditions that do not nest make no card."""
    assert (0 in made_ordinals(_with_front(front), fields, ())) is made


def test_tags_fill_a_field_only_if_there_are_any() -> None:
    """Anki's own fields are always filled, but for this one."""
    note_type = _with_front("{{Tags}}")
    assert made_ordinals(note_type, ("", ""), ("tag",)) == {0}
    assert not made_ordinals(note_type, ("", ""), ())


@given(st.lists(st.sampled_from(["", "a", "<br>"]), min_size=16, max_size=16))
def test_the_templates_make_the_cards_that_a_build_counts(fields: list[str]) -> None:
    """What `notetype` promises of its templates is what Anki makes of them."""
    named = dict(zip((field.name for field in BASIC.fields), fields, strict=True))
    assert tuple(sorted(made_ordinals(BASIC, fields, ()))) == basic_ordinals(named)


# -- what an import does -----------------------------------------------------------------------


def _note(key: str, question: str = "Why?", answer: str = "So.", **changes: object) -> ReleasedNote:
    fields = [question, answer] + [""] * 14
    fields[11] = key
    note = ReleasedNote(key, f"guid-{key}", BASIC.id, 10, tuple(fields), (), (0,), "Astronomy")
    return replace(note, **changes)  # type: ignore[arg-type]


def _cloze(key: str, text: str, *ordinals: int, modified: int = 10) -> ReleasedNote:
    return _note(key, "Gaps", text, type_id=CLOZE.id, ordinals=ordinals, modified=modified)


def _release(
    *notes: ReleasedNote,
    name: str = "new",
    basic: NoteType = BASIC,
    modified: int = 10,
    sort_field: int = 0,
    media: dict[str, str] | None = None,
) -> Release:
    types = {
        basic.id: ReleasedType(basic, modified, sort_field),
        CLOZE.id: ReleasedType(CLOZE, 10, 0),
    }
    used = {note.type_id for note in notes}
    known = {key: types[key] for key in types if key in used}
    return Release(name, known, notes, media or {}, {})


def _update(old: ReleasedNote, new: ReleasedNote) -> Impact:
    return impact(_release(old, name="old"), _release(new))


def test_the_same_release_changes_nothing() -> None:
    """And the report says so, in each style."""
    found = impact(_release(_note("a")), _release(_note("a")))
    assert found.of(Outcome.UNCHANGED) == found.notes
    assert not found.loses
    assert not sections(found)
    assert as_text(found).endswith("\nAn import changes nothing.")
    assert as_markdown(found).endswith("\nAn import changes nothing.")
    assert json.loads(as_json(found))["notes"] == []


def test_a_newer_note_is_updated_field_by_field() -> None:
    """Only fields that differ are listed; other markup alone has no hunks."""
    new = _note("a", "<b>Why?</b>", "So it is.", modified=11, tags=("two", "three"))
    (note,) = _update(_note("a", tags=("one", "two")), new).notes
    assert note.outcome is Outcome.UPDATED
    assert [(change.name, change.hunks) for change in note.fields] == [
        ("Question", ()),
        ("Answer", (Hunk("So.", "So it is."),)),
    ]
    assert (note.tags_added, note.tags_removed) == (("three",), ("one",))


def test_a_note_that_is_newer_and_no_different_is_a_loss() -> None:
    """It takes what a learner wrote on it."""
    found = _update(_note("a", tags=("one", "two")), _note("a", modified=11, tags=("two", "one")))
    assert found.of(Outcome.UPDATED) == found.notes
    assert found.notes[0].rewritten
    assert found.loses
    assert [s.heading for s in sections(found)] == ["Replaced without a change (1 note, 1 card)"]


def test_a_change_without_a_newer_time_is_a_loss() -> None:
    """Anki ignores it."""
    found = _update(_note("a"), _note("a", answer="Else."))
    assert found.of(Outcome.UNDELIVERED) == found.notes
    assert found.loses


def test_a_note_on_another_note_type_is_a_loss() -> None:
    """Anki calls it conflicting, and neither its text nor its cards arrive."""
    found = _update(_note("a"), _cloze("a", "{{c1::a}} {{c2::b}}", 0, 1, modified=11))
    (note,) = found.notes
    assert note.outcome is Outcome.SKIPPED
    assert note.reason == "it was a basic note and is a cloze note now"
    assert note.appearing == ()
    assert found.loses


def test_another_schema_skips_every_note_of_the_type() -> None:
    """Anki adds a copy of the note type, on which only new notes come to stand."""
    fields = (*BASIC.fields[:-2], BASIC.fields[-1], BASIC.fields[-2])
    changed = BASIC._replace(fields=fields)
    new = _release(_note("a", modified=11), _note("b"), basic=changed, modified=11)
    found = impact(_release(_note("a")), new)
    assert [note.outcome for note in found.notes] == [Outcome.SKIPPED, Outcome.NEW]
    assert [(t.outcome, t.changes) for t in found.types] == [
        (TypeOutcome.COPIED, ("fields in another order",))
    ]


def test_another_sort_field_keeps_updates_from_arriving() -> None:
    """Anki marks all notes of the type as edited just now, and wants a full sync."""
    new = _release(_note("a", answer="Else.", modified=11), modified=11, sort_field=1)
    found = impact(_release(_note("a")), new)
    assert found.of(Outcome.UNDELIVERED) == found.notes
    assert "Choose Upload to AnkiWeb" in as_markdown(found)


def test_each_change_of_a_note_type_is_named() -> None:
    """Names, parts that came or went, both sides, styling and the sort field."""
    changed = BASIC._replace(
        name="Stars",
        kind=Kind.CLOZE,
        styling="b {}",
        fields=(BASIC.fields[0]._replace(name="Prompt"), *BASIC.fields[2:], Field("More", 1)),
        templates=(QUESTION._replace(front="x", back="y"),),
    )
    new = _release(_note("a"), basic=changed, modified=11, sort_field=1)
    (fate,) = impact(_release(_note("a")), new).types
    assert fate.changes == (
        "renamed to Stars",
        "turned from basic to cloze",
        "styling",
        "field Question renamed to Prompt",
        "field Answer removed",
        "field More added",
        "card template Reversed removed",
        "front of Question",
        "back of Question",
        "sorted by Note",
    )


def test_an_older_note_type_is_not_delivered() -> None:
    """Its time must be newer, as a note's."""
    new = _release(_note("a"), basic=BASIC._replace(styling="b {}"))
    (fate,) = impact(_release(_note("a")), new).types
    assert fate.outcome is TypeOutcome.UNDELIVERED


def test_a_changed_front_makes_cards_of_notes_that_the_release_lacks() -> None:
    """In the deck where the learner has the note's other cards."""
    new = _release(_note("b"), basic=ALWAYS_REVERSED, modified=11)
    found = impact(_release(_note("a", deck="Stars")), new)
    (absent,) = found.of(Outcome.ABSENT)
    assert [(card.ordinal, card.name, card.deck) for card in absent.appearing] == [
        (1, "Reversed", "Stars")
    ]


def test_a_card_that_a_front_makes_and_the_release_brings_appears_once() -> None:
    """Anki makes it first, in the deck where the learner has the note."""
    new = _note("a", modified=11, ordinals=(0, 1), deck="Stars")
    release = _release(new, basic=ALWAYS_REVERSED, modified=11)
    (note,) = impact(_release(_note("a")), release).notes
    assert [(card.ordinal, card.deck) for card in note.appearing] == [(1, "Astronomy")]


def test_a_new_note_stands_on_the_learners_note_type() -> None:
    """Where the release's is not newer, its cards show what the old templates show."""
    new = _release(_note("a"), _note("b", ordinals=(0, 1)), basic=ALWAYS_REVERSED)
    (note,) = impact(_release(_note("a")), new).of(Outcome.NEW)
    assert [card.ordinal for card in note.emptied] == [1]


def test_a_new_cloze_number_is_a_card_and_a_removed_one_is_empty() -> None:
    """Named as the author names them, in the deck that the release has."""
    old = _cloze("a", "{{c1::one}} {{c2::two}}", 0, 1)
    new = replace(_cloze("a", "{{c1::one}} {{c3::three}}", 0, 2, modified=11), deck="Stars")
    (note,) = _update(old, new).notes
    assert [(card.name, card.deck) for card in note.appearing] == [("c3", "Stars")]
    assert [card.name for card in note.emptied] == ["c2"]
    assert note.moved


def test_a_card_that_was_empty_before_does_not_fall_empty() -> None:
    """The import is not to blame."""
    old = _cloze("a", "{{c1::one}}", 0, 4)
    assert _update(old, replace(old, modified=11)).notes[0].emptied == ()


@pytest.mark.parametrize(
    ("old", "new", "swaps"),
    [
        ("{{c1::one}} {{c2::two}}", "{{c2::one}} {{c1::two}}",
         (Swap(1, "one", "two"), Swap(2, "two", "one"))),
        ("{{c1::one}} {{c2::two}}", "{{c1::two}}", (Swap(1, "one", "two"),)),
        ("{{c1::one}}", "{{c1::zero}} {{c2::one}}", (Swap(1, "one", "zero"),)),
        ("{{c1::one}} {{c2::two}}", "{{c1::uno}} {{c2::two}}", ()),
        ("{{c1::one}} {{c2::two}}", "{{c1::one::hint}} <b>{{c2::two}}</b>", ()),
        ("{{c1::one {{c2::two}} three}}", "{{c1::one {{c3::two}} three}}", ()),
        ("{{c1::{{c2::one::hint}} two}}", "{{c1::{{c2::two}} two}}", ()),
        ("{{c1::{{c2::a::hint}} b::hint}} {{c3::d}}", "{{c1::d}} {{c3::{{c2::a}} b}}",
         (Swap(1, "a b", "d"), Swap(3, "d", "a b"))),
        ("{{c1::same}} {{c2::same}}", "{{c1::same}} {{c2::same}} {{c3::same}}", ()),
    ],
)  # fmt: skip
def test_a_number_that_hides_another_deletions_text_is_a_loss(
    old: str, new: str, swaps: tuple[Swap, ...]
) -> None:
    """A reworded deletion keeps its history rightly; a renumbered one does not."""
    found = _update(_cloze("a", old, 0, 1, 2), _cloze("a", new, 0, 1, 2, modified=11))
    assert found.notes[0].swaps == swaps
    assert found.loses is bool(swaps)


def test_a_note_is_retired_once() -> None:
    """It was retired by the release that gave it the tag."""
    retired = _note("a", tags=(RETIRED_TAG,), modified=11)
    assert _update(_note("a"), retired).notes[0].retired
    assert not _update(_note("a", modified=12), retired).notes[0].retired
    assert not _update(retired, replace(retired, modified=12)).notes[0].retired
    (absent,) = impact(_release(retired), _release(_note("b"))).of(Outcome.ABSENT)
    assert absent.reason == "retired before"


def test_notes_under_new_guids_come_a_second_time() -> None:
    """As after a change of the namespace."""
    found = _update(_note("a"), _note("a", guid="other"))
    assert [note.outcome for note in found.notes] == [Outcome.NEW, Outcome.ABSENT]
    assert found.doubled == ("a",)
    assert found.loses
    headings = [section.heading.split(" (")[0] for section in sections(found)]
    assert headings == ["Given a second time", "By hand", "No longer in the package"]


def test_decks_count_with_those_above_them_and_without_case() -> None:
    """As Anki finds them."""
    old = _release(_note("a", deck="Stars::Near"), _note("b", deck="Moons"))
    new = _release(_note("a", deck="stars::near"), _note("b", deck="Moons::Far"))
    found = impact(old, new)
    assert (found.new_decks, found.gone_decks) == (("Moons::Far",), ())
    assert [note.moved for note in found.notes] == [False, True]


def test_a_description_is_told_if_it_replaces_another() -> None:
    """An empty one leaves the learner's, and a new deck comes with its own."""
    decks = ("Stars", "Moons", "Suns")
    old = replace(
        _release(_note("a", deck="Stars"), _note("b", deck="Moons")),
        descriptions={"Stars": "old", "Moons": "old"},
    )
    notes = (_note(deck, deck=deck) for deck in decks)
    new = replace(_release(*notes), descriptions={"Stars": "new", "Moons": "", "Suns": "new"})
    assert impact(old, new).described == ("Stars",)
    assert impact(new, new).described == ()


def test_a_picture_in_the_place_of_another_replaces_it() -> None:
    """One that a note still shows is not unused; what no note shows is never copied."""
    first, second, third = (f'<img src="{n}.png">' for n in ("one", "two", "three"))
    old = _release(
        _note("a", answer=first), _note("b", answer=second), media={"one.png": "1", "two.png": "2"}
    )
    new = _release(
        _note("a", answer=third, modified=11),
        _note("b", answer=third),
        _note("c", answer="[sound:new.mp3]"),
        media={"three.png": "3", "new.mp3": "4", "idle.png": "5", "_style.css": "6"},
    )
    assert impact(old, new).media == MediaImpact(
        added=("_style.css", "new.mp3", "three.png"),
        unused=("one.png",),
        replaced=(("one.png", "three.png"),),
    )


def test_a_picture_that_another_note_shows_is_not_replaced() -> None:
    """It is only no longer shown here."""
    first, second = (_note("a", answer=f'<img src="{n}.png">') for n in ("one", "two"))
    other = replace(first, key="b", guid="guid-b")
    old = _release(first, other, media={"one.png": "1"})
    new = _release(replace(second, modified=11), other, media={"one.png": "1", "two.png": "2"})
    assert impact(old, new).media == MediaImpact(added=("two.png",))


def test_another_picture_under_an_old_name_gets_a_name_of_its_own() -> None:
    """A static file is never replaced."""
    old = _release(
        _note("a", answer='<img src="one.png">'), media={"one.png": "1", "_style.css": "1"}
    )
    new = _release(
        _note("a", answer='<img src="one.png"> ', modified=11),
        media={"one.png": "2", "_style.css": "2"},
    )
    assert impact(old, new).media == MediaImpact(
        ("one-2.png",), ("one.png",), (("one.png", "one-2.png"),)
    )


# -- locks -------------------------------------------------------------------------------------


def _entry(key: str, *hidden: str, **changes: object) -> LockEntry:
    kind = Kind.CLOZE if hidden else Kind.BASIC
    numbers = tuple(Hidden(number, text) for number, text in enumerate(hidden, 1))
    entry = LockEntry(
        key=key,
        kind=kind,
        row=1,
        modified=10,
        digest="d",
        cards=len(hidden) or 1,
        retired=False,
        hidden=numbers,
        deck="Astronomy",
        title=f"What is {key}?",
    )
    return entry._replace(**changes)  # type: ignore[arg-type]


def _lock(*entries: LockEntry, namespace: str = "one", style: str = "s") -> Lock:
    types = {Kind.BASIC: TypeEntry(Kind.BASIC, len(style), style)}
    return Lock(namespace, types, {entry.key: entry for entry in entries})


def _of_locks(old: Lock, new: Lock) -> Impact:
    return impact_of_locks(old, new, "old", "new")


def test_locks_tell_which_notes_are_new_changed_or_gone() -> None:
    """A note taken away with the author's word is gone; so is one without a line."""
    changed = _entry("b", digest="e", modified=11)
    late = _entry("c", digest="e")
    other = _entry("d", "text", modified=11)
    old = _lock(*(_entry(key) for key in "abcdefg"))
    new = _lock(_entry("a"), changed, late, other, _entry("e"), _entry("h"))
    new = replace(new, accepted=frozenset({("note-vanished", "e")}))
    outcomes = {note.key: note.outcome for note in _of_locks(old, new).notes}
    assert outcomes == {
        "a": Outcome.UNCHANGED,
        "b": Outcome.UPDATED,
        "c": Outcome.UNDELIVERED,
        "d": Outcome.SKIPPED,
        "e": Outcome.ABSENT,
        "f": Outcome.ABSENT,
        "g": Outcome.ABSENT,
        "h": Outcome.NEW,
    }


def test_locks_tell_cloze_numbers_that_come_go_and_change_hands() -> None:
    """A number once removed hides nothing now."""
    old = _entry("a", "1", "2", "3")
    gone = old.hidden[2]._replace(removed=True)
    hidden = (Hidden(1, "2"), Hidden(2, "1"), gone, Hidden(4, "4"))
    new = old._replace(hidden=hidden, digest="e", modified=11)
    (note,) = _of_locks(_lock(old), _lock(new)).notes
    assert [card.name for card in note.appearing] == ["c4"]
    assert [card.name for card in note.emptied] == ["c3"]
    assert note.swaps == (Swap(1, "", ""), Swap(2, "", ""))


def test_locks_tell_a_reversed_card_a_deck_and_retirement() -> None:
    """The second card of a basic note is the one that comes and goes."""
    changes = {"digest": "e", "modified": 11, "cards": 2, "deck": "Stars", "retired": True}
    (note,) = _of_locks(_lock(_entry("a")), _lock(_entry("a", **changes))).notes
    assert [(card.name, card.deck) for card in note.appearing] == [("card 2", "Stars")]
    assert note.moved
    assert note.retired


def test_a_lock_that_is_not_newer_delivers_cards_without_their_text() -> None:
    """Anki adds the card rows, but keeps the old note, and retires nothing."""
    old = _entry("a", "1")
    new = _entry("a", "1", "2")._replace(digest="e", retired=True)
    (note,) = _of_locks(_lock(old), _lock(new)).notes
    assert note.outcome is Outcome.UNDELIVERED
    assert [card.name for card in note.appearing] == ["c2"]
    assert note.emptied == note.appearing
    assert not note.retired


def test_a_note_retired_before_is_not_retired_again() -> None:
    """Learners got its banner with an older release."""
    retired = _entry("a", retired=True)
    again = retired._replace(digest="e", modified=11)
    assert not _of_locks(_lock(retired), _lock(again)).notes[0].retired
    (gone,) = _of_locks(_lock(retired), _lock()).notes
    assert gone.reason == "retired before"


def test_locks_of_two_namespaces_double_every_note() -> None:
    """The same ids give other GUIDs."""
    found = _of_locks(_lock(_entry("a")), _lock(_entry("a"), namespace="two"))
    assert [note.outcome for note in found.notes] == [Outcome.NEW, Outcome.ABSENT]
    assert found.doubled == ("a",)


def test_locks_tell_whether_a_note_type_changed() -> None:
    """Not what changed in it."""
    found = _of_locks(_lock(_entry("a")), _lock(_entry("a"), style="style"))
    assert [fate.outcome for fate in found.types] == [TypeOutcome.UPDATED]
    late = _of_locks(_lock(_entry("a"), style="style"), _lock(_entry("a")))
    assert [fate.outcome for fate in late.types] == [TypeOutcome.UNDELIVERED]
    assert "they tell that a note changed, but not how" in as_markdown(found)


# -- the report --------------------------------------------------------------------------------

REPORT = """\
What importing new does to a learner who has old

Notes: 1 new, 1 updated, 1 skipped, 1 no longer in the package, 1 moved to
another deck. Cards: 2 to appear, 1 to fall empty.

Skipped by Anki (1 note, 1 card)
  It calls them conflicting: no change of them arrives, now or later, and no
  card.
  * Gaps [kind]
    it was a basic note and is a cloze note now

By hand
  What the import leaves to the learner.
  * Tools > Empty Cards, which deletes 1 card of 1 note with nothing to show any
    more.
  * Delete what the package lacks (1 note, 1 card), if it shall go; the Browser
    finds it by: Key:gone
  * Move 1 note, 2 cards from Astronomy to Astronomy::Stars, if they shall be
    there too: Cards > Change Deck in the Browser.

New (1 note, 1 card)
  * What *is* new? [new]
    Question in Astronomy

Updated (1 note, 2 cards)
  All fields and tags of these notes are replaced, also what a learner wrote
  there.
  * Gaps [gaps]
    tags added: tag
    Text
      - {{c1::one}} {{c2::two}}
      + {{c1::one}} {{c3::three}}

No longer in the package (1 note, 1 card)
  Learners keep these for ever, and get no update of them.
  * Why? [gone]

Cards that appear (1 card of 1 note)
  New cards on notes that learners have.
  * Gaps [gaps]
    c3 in Astronomy::Stars

Cards that fall empty (1 card of 1 note)
  They keep their history, and show nothing until Tools > Empty Cards deletes
  them.
  * Gaps [gaps]
    c2

Decks
  Anki never moves a card that a learner has; only new cards go to another deck.
  * moved: Astronomy → Astronomy::Stars
    1 note, 2 cards stay in Astronomy
  * new: Astronomy::Stars"""


@pytest.fixture
def several() -> Impact:
    """An update with something of most sorts."""
    old = _release(
        _cloze("gaps", "{{c1::one}} {{c2::two}}", 0, 1), _note("gone"), _note("kind"), name="old"
    )
    gaps = _cloze("gaps", "{{c1::one}} {{c3::three}}", 0, 2, modified=11)
    new = _release(
        _note("new", "What *is* new?"),
        replace(gaps, tags=("tag",), deck="Astronomy::Stars"),
        _cloze("kind", "{{c1::one}}", 0),
    )
    return impact(old, new)


def test_the_report_reads_well_in_a_terminal(several: Impact) -> None:
    """Losses first, then what to do, then each note, card, deck."""
    assert as_text(several) == REPORT


def test_the_report_reads_well_as_release_notes(several: Impact) -> None:
    """Text is escaped, changes of text stand in a block that shows them in color."""
    written = as_markdown(several)
    assert "- **What \\*is\\* new?** (`new`)\n  - Question in Astronomy" in written
    block = "```diff\n    - {{c1::one}} {{c2::two}}\n    + {{c1::one}} {{c3::three}}\n    ```"
    assert f"  - Text\n\n    {block}\n\n## " in written
    assert "\n\n\n" not in written


def test_a_fence_is_longer_than_what_it_holds() -> None:
    """Code in a card may hold backticks."""
    found = _update(_note("a"), _note("a", answer="````", modified=11))
    assert "    `````diff\n    - So.\n    + ````\n    `````" in as_markdown(found)


def test_machines_get_everything_but_unchanged_notes(several: Impact) -> None:
    """Counts hold those too."""
    report = json.loads(as_json(several))
    assert [note["key"] for note in report["notes"]] == ["new", "gaps", "kind", "gone"]
    assert report["counts"] == {
        "new": 1,
        "updated": 1,
        "unchanged": 0,
        "undelivered": 0,
        "skipped": 1,
        "absent": 1,
        "retired": 0,
        "moved": 1,
        "cards_appearing": 2,
        "cards_emptied": 1,
    }
    assert report["loses"] is True
    hunk = {"old": "{{c1::one}} {{c2::two}}", "new": "{{c1::one}} {{c3::three}}"}
    assert report["notes"][1]["fields"] == [{"name": "Text", "hunks": [hunk]}]
    assert len(report["by_hand"]) == 3


def test_a_whole_deck_under_another_name_is_to_be_renamed() -> None:
    """Before the import, the learner's deck can take the new name, and nothing parts."""
    found = _update(_note("a"), _note("a", deck="Stars"))
    assert "Rename the deck Astronomy to Stars before the import" in as_markdown(found)


def test_a_number_has_its_noun() -> None:
    """In the plural but for one."""
    told = [count(n, "card") for n in (0, 1, 2, 1000)]
    assert told == ["0 cards", "1 card", "2 cards", "1,000 cards"]


# -- reading -----------------------------------------------------------------------------------


def _zip(**members: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no package that deckgen made"),
        (_zip(media=b"{}"), "no package that deckgen made"),
        (
            _zip(**{"media": b"{}", COLLECTION: b"no database at all"}),
            "no package that deckgen made",
        ),
        (_zip(**{"media": b"[1]", COLLECTION: b""}), "no package that deckgen made"),
        (_zip(**{"media": b"", "collection.anki21b": b""}), "was exported by Anki"),
    ],
)
def test_what_is_no_package_of_ours_is_an_error(content: bytes, message: str) -> None:
    """One line, with the file's name."""
    with pytest.raises(DeckgenError, match=f"file.apkg.*{message}"):
        read_package(content, "file.apkg")


def test_a_package_with_one_guid_twice_is_an_error(repository: Repository, tmp_path: Path) -> None:
    """Nobody can tell which of the two Anki would update."""
    with zipfile.ZipFile(repository.folder / "1600000000.apkg") as package:
        members = {name: package.read(name) for name in package.namelist()}
    path = tmp_path / COLLECTION
    path.write_bytes(members[COLLECTION])
    connection = sqlite3.connect(path)
    connection.execute("update notes set guid = 'one'")
    connection.commit()
    connection.close()
    members[COLLECTION] = path.read_bytes()
    with pytest.raises(DeckgenError, match="two notes share one GUID"):
        read_package(_zip(**members), "file.apkg")


QUESTIONS = """\
---
title: Stars
---

## What is a star?

<!-- id: star -->

A ball of gas. ![A star](star.png)

## Bright stars

<!-- id: bright -->

{{c1::Sirius}} and {{c2::Canopus}}.
"""


class Repository:
    """A git repository with a content folder in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_600_000_000
        self.content = folder / "decks" / "content"
        self.content.mkdir(parents=True)
        (self.content / "deck.yaml").write_text("name: Astronomy\nnamespace: tests.example\n")
        (self.content / "star.png").write_bytes(b"a star")
        self.write(QUESTIONS)
        self.git("init", "--quiet")
        self.git("config", "user.name", "Author")
        self.git("config", "user.email", "author@tests.example")

    def write(self, questions: str) -> None:
        (self.content / "stars.md").write_text(questions)

    def release(self, now: int) -> None:
        """Build at that second, keep the lock and the package, commit."""
        path = self.content / NAME
        built = build.build(self.content, path.read_text() if path.exists() else "", now)
        (self.folder / f"{now}.apkg").write_bytes(build.pack(built, self.content))
        path.write_text(built.lock_text)
        self.commit()

    def commit(self) -> None:
        self.git("add", "decks")
        self.git("commit", "--quiet", "-m", "release")

    def git(self, *arguments: str) -> None:
        """Each call is a day after the one before."""
        self.now += 86_400
        subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            check=True,
            capture_output=True,
            env={**os.environ, "GIT_COMMITTER_DATE": f"@{self.now} +0000"},
        )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """One release made, a second one in the files."""
    made = Repository(tmp_path)
    made.release(1_600_000_000)
    made.write(QUESTIONS.replace("ball of gas", "ball of plasma").replace("Canopus", "Vega"))
    monkeypatch.chdir(tmp_path / "decks")
    return made


def _reported(repository: Repository, old: str, new: str) -> dict[str, dict[str, str]]:
    """The hunks of each changed note, by its key."""
    text, _ = diff(old, new, "json", repository.content)
    return {
        note["key"]: {change["name"]: change["hunks"][0]["new"] for change in note["fields"]}
        for note in json.loads(text)["notes"]
    }


CHANGES = {
    "star": {"Answer": "A ball of plasma. …"},
    "bright": {"Text": "{{c1::Sirius}} and {{c2::Vega}}."},
}


def test_a_revision_is_compared_with_the_present(repository: Repository) -> None:
    """The revision is built apart; files, index and lock stay as they are."""
    before = {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}
    changes = _reported(repository, "HEAD", ".")
    assert {key: list(fields) for key, fields in changes.items()} == {
        "star": ["Answer"],
        "bright": ["Text"],
    }
    after = {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}
    assert after == before
    assert diff("HEAD", ".", "text", None)[1] == 0


def test_packages_revisions_and_locks_tell_the_same(repository: Repository) -> None:
    """Each names the notes that the second release updates."""
    first_lock = repository.folder / "first.lock"
    first_lock.write_bytes((repository.content / NAME).read_bytes())
    repository.release(1_600_000_100)
    packages = (str(repository.folder / f"{1_600_000_000 + n}.apkg") for n in (0, 100))
    locks = (str(first_lock), str(repository.content / NAME))
    told = [_reported(repository, *pair) for pair in (packages, ("HEAD~1", "HEAD"), locks)]
    assert told[0] == told[1] != {}
    assert sorted(told[2]) == sorted(told[0]) == ["bright", "star"]


def test_what_is_not_released_yet_counts_as_newer_than_all_that_is(repository: Repository) -> None:
    """Even if the clock was wrong when that was released."""
    repository.release(4_000_000_000)
    repository.write(QUESTIONS)
    found = json.loads(diff("HEAD", ".", "json", repository.content)[0])
    assert found["counts"]["updated"] == 2


def test_a_change_that_check_stops_can_still_be_compared(repository: Repository) -> None:
    """An author looks at what it would do before saying that it is meant."""
    text = QUESTIONS.replace("c1::Sirius", "c1::Canopus").replace("c2::Canopus", "c2::Sirius")
    repository.write(text)
    report, code = diff("HEAD", ".", "text", repository.content)
    assert "c1: hid “Sirius”, hides “Canopus”" in report
    assert code == 1


def test_a_revision_whose_lock_is_behind_says_so(repository: Repository) -> None:
    """What learners got then is not known exactly."""
    repository.commit()
    report, _ = diff("HEAD~1", "HEAD", "text", repository.content)
    assert "HEAD: 2 notes come out otherwise than its lock says" in " ".join(report.split())
    repository.git("rm", "--quiet", "--cached", f"decks/content/{NAME}")
    repository.git("commit", "--quiet", "-m", "lost")
    report, code = diff("HEAD~1", "HEAD", "text", repository.content)
    assert "HEAD: it has no lock" in report
    assert "Replaced without a change (2 notes, 3 cards)" in report
    assert code == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("no-such-revision", ".", "no-such-revision is no package, lock, folder or git revision"),
        ("--output=x", ".", "--output=x is no package, lock, folder or git revision"),
        ("missing.apkg", ".", "cannot read missing.apkg: No such file"),
        ("missing.lock", ".", "cannot read missing.lock: No such file"),
        ("content/deck.lock", "HEAD", "content/deck.lock is a lock, .* name two locks"),
        ("empty", "HEAD", "empty holds no such content folder"),
        ("broken", "HEAD", "broken cannot be built: stars.md: .* see `deckgen check`"),
        ("conflict", "HEAD", "conflict: deck.lock:1: a merge conflict is unresolved"),
    ],
)
def test_what_cannot_be_compared_is_an_error(
    repository: Repository, old: str, new: str, message: str
) -> None:
    """One line that names it."""
    repository.write("## No id?\n\nNo.\n")
    repository.commit()
    repository.git("tag", "broken")
    (repository.content / NAME).write_text("<<<<<<< ours\n")
    repository.commit()
    repository.git("tag", "conflict")
    repository.git("rm", "--quiet", "-r", "--cached", "decks")
    (repository.folder / "decks" / "other").write_text("")
    repository.git("add", "decks/other")
    repository.git("commit", "--quiet", "-m", "gone")
    repository.git("tag", "empty")
    repository.git("reset", "--quiet", "--hard", "HEAD~3")
    with pytest.raises(DeckgenError, match=message):
        diff(old, new, "text", repository.content)


def test_a_folder_outside_git_has_no_revisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git's own words are told."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "deck.yaml").write_text("name: Astronomy\nnamespace: tests.example\n")
    with pytest.raises(DeckgenError, match="not a git repository"):
        diff("HEAD", ".", "text", tmp_path)


def test_git_speaks_within_our_sentence(repository: Repository) -> None:
    """Without its own prefix."""
    with pytest.raises(DeckgenError, match="git revision: Needed a single revision"):
        diff("no-such-revision", ".", "text", repository.content)
