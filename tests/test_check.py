"""Rules across notes: each tells what learners would see, and what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from imprinted import imprinted

from deckgen import check as rules
from deckgen import lock, lock_text
from deckgen.check import Scene, check
from deckgen.config import Config
from deckgen.diagnostic import Diagnostic, Span
from deckgen.file_notes import missing_from
from deckgen.lock_entry import Lock
from deckgen.notetype import Kind, note_types
from deckgen.render import Note

CONFIG = Config("Deck", "tests.example")
TYPES = note_types(CONFIG.name, CONFIG.namespace)
FIELDS = 16


def note(key: str, answer: str = "An answer.", title: str = "", **changes: object) -> Note:
    """A note as rendered: a cloze note if its answer holds a deletion."""
    kind = Kind.CLOZE if "{{c" in answer else Kind.BASIC
    title = title or f"What is {key}?"
    made = Note(
        key=key,
        kind=kind,
        fields=(title, answer, *("",) * (FIELDS - 2)),
        tags=(),
        deck="Deck::T",
        ordinals=tuple(n for n in range(9) if f"{{{{c{n + 1}::" in answer) or (0,),
        media=(),
        retired=False,
        title=title,
        span=Span("a.md", 0, 1),
    )
    return made._replace(**changes)  # type: ignore[arg-type]


def released(*notes: Note) -> Lock:
    """What the lock remembers once these notes were built."""
    return lock.stamp(imprinted(notes), TYPES, Lock(), CONFIG.namespace, 1).lock


def scene(*notes: Note, before: Lock | None = None, **changes: object) -> Scene:
    before = before or Lock()
    made = Scene(CONFIG, imprinted(notes), (), before, lock_text.write(before))
    return replace(made, **changes)  # type: ignore[arg-type]


def codes(found: tuple[Diagnostic, ...]) -> list[str]:
    return [diagnostic.code for diagnostic in found]


def test_the_list_is_the_documentation() -> None:
    """Every rule of the module runs, and says in a line why it is one."""
    written = [
        value
        for value in vars(rules).values()
        if callable(value) and getattr(value, "__annotations__", {}).get("scene") == "Scene"
    ]
    found = [r for r in written if r.__name__ != "check" and not r.__name__.startswith("_")]
    assert set(found) == set(rules.CHECKS)
    assert all(rule.__doc__ for rule in rules.CHECKS)


def test_nothing_is_wrong_with_a_sound_deck() -> None:
    """Neither when it is new nor when it was released as it is."""
    notes = (note("one"), note("two", "{{c1::a}} {{c2::b}}"))
    assert check(scene(*notes)) == ()
    assert check(scene(*notes, before=released(*notes))) == ()


def test_an_id_is_given_once() -> None:
    """The second question is told where the first one stands."""
    second = note("one", title="Another?", span=Span("b.md", 5, 6))
    (fault,) = check(scene(note("one"), second))
    assert (fault.code, fault.span) == ("id-duplicate", second.span)
    assert "a.md: What is one?" in fault.message


def test_a_released_note_cannot_vanish() -> None:
    """It is marked in the lock; retired, or said to be meant, it is no fault."""
    one, two = note("one"), note("two", title="Why is two even?")
    before = released(one, two)
    found = scene(one, before=before)
    (fault,) = check(found)
    assert fault.code == "note-vanished"
    assert found.lock_text[fault.span.start : fault.span.end] == "note two"
    assert "learners would keep its 1 card for ever" in fault.message
    assert "--accept note-vanished:two" in fault.hint
    assert check(replace(found, accepted=frozenset({("note-vanished", "two")}))) == ()
    retired = released(one, two._replace(retired=True))
    assert check(scene(one, before=retired)) == ()


def test_a_released_note_as_a_draft() -> None:
    """Is told as that, for the author knows where it is."""
    before = released(note("one"), note("two"))
    (fault,) = check(scene(note("one"), before=before, drafts=("two",)))
    assert "is a draft now" in fault.message


def test_a_reworded_heading_with_a_new_id_is_named() -> None:
    """The likeliest mistake behind a vanished note is a lost id."""
    before = released(note("one", title="What does ridge regression do?"))
    new = note("uno", title="What does ridge regression really do?")
    (fault,) = check(scene(new, before=before))
    assert fault.hint.startswith("is it the question `What does ridge regression really do?`")
    other = note("uno", title="Gates?")
    assert "is it the question" not in check(scene(other, before=before))[0].hint


def test_a_title_in_the_lock_is_not_taken_for_a_line() -> None:
    """The place of a vanished note is its own line."""
    before = released(note("a", title="Is this a note b or what?"), note("b"))
    found = scene(note("a", title="Is this a note b or what?"), before=before)
    (fault,) = check(found)
    assert found.lock_text[fault.span.start - 1 : fault.span.end] == "\nnote b"


def test_a_released_note_keeps_its_kind() -> None:
    """Anki would skip it for everybody who has it."""
    before = released(note("one"))
    (fault,) = check(scene(note("one", "{{c1::a}}"), before=before))
    assert fault.code == "note-type-changed"
    accepted = frozenset({("note-type-changed", "one")})
    assert check(scene(note("one", "{{c1::a}}"), before=before, accepted=accepted)) == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{{c1::a}} {{c2::b}}", "{{c2::a}} {{c1::b}}", ["cloze-renumbered"]),
        ("{{c1::a}} {{c2::b}}", "{{c1::b}}", ["cloze-renumbered", "card-emptied"]),
        ("{{c1::a}}", "{{c1::b}} {{c2::a}}", ["cloze-renumbered"]),
        ("{{c1::a}}", "{{c1::better words}}", []),
        ("{{c1::a}}", "{{c1::a}} {{c2::b}}", []),
        ("{{c1::a}} {{c1::b}}", "{{c1::b}} {{c1::a}} {{c2::c}}", []),
        ("{{c1::a}} {{c2::b}}", "{{c1::a}}", ["card-emptied"]),
        ("{{c1::a}} {{c2::a}}", "{{c2::a}} {{c1::a}}", []),
    ],
)
def test_a_history_stays_with_its_text(old: str, new: str, expected: list[str]) -> None:
    """A cloze number that hides what another hid moves the history of a card."""
    found = check(scene(note("one", new), before=released(note("one", old))))
    assert codes(found) == expected


def test_a_number_that_hid_something_else_is_not_used_again() -> None:
    """Also not releases later, when only the lock remembers."""
    first = released(note("one", "{{c1::a}} {{c2::b}}"))
    again = imprinted([note("one", "{{c1::a}}")])
    second = lock.stamp(again, TYPES, first, CONFIG.namespace, 2).lock
    third = check(scene(note("one", "{{c1::a}} {{c2::c}}"), before=second))
    assert codes(third) == ["cloze-reused"]
    assert third[0].hint.startswith("use c3 for a new deletion")
    assert check(scene(note("one", "{{c1::a}} {{c2::b}}"), before=second)) == ()


def test_a_reversed_card_that_goes() -> None:
    """Learners keep it, empty."""
    before = released(note("one", ordinals=(0, 1)))
    assert codes(check(scene(note("one"), before=before))) == ["card-emptied"]
    assert check(scene(note("one", ordinals=(0, 1)), before=released(note("one")))) == ()


def test_a_file_that_cannot_be_read_makes_no_note_vanish() -> None:
    """Its notes may all be there."""
    before = released(note("one"), note("two"))
    assert codes(check(scene(note("one"), before=before))) == ["note-vanished"]
    assert codes(check(scene(note("one"), before=before, whole=False))) == []


def test_a_deck_that_is_renamed() -> None:
    """One warning for all its notes, for learners' cards stay where they are."""
    notes = [note(key) for key in ("one", "two")]
    moved = [n._replace(deck="Deck::New") for n in notes]
    (warning,) = check(scene(*moved, before=released(*notes)))
    assert (warning.code, warning.severity.value) == ("deck-moved", "warning")
    assert "`Deck::T` to `Deck::New`" in warning.message


def test_the_namespace_stays() -> None:
    """Every GUID is made from it."""
    before = replace(released(note("one")), namespace="another")
    (fault,) = check(scene(note("one"), before=before))
    assert (fault.code, fault.hint) == ("namespace-changed", "write `namespace: another` again")


def test_note_types_keep_their_schema() -> None:
    """Anki would skip every note of a type that got another field."""
    before = released(note("one"), note("two"))
    basic = next(t for t in TYPES if t.kind is Kind.BASIC)
    same = basic._replace(styling="other", name="Other")
    other = basic._replace(fields=basic.fields[:-1])
    assert check(scene(note("one"), note("two"), before=before, note_types=(same,))) == ()
    (fault,) = check(scene(note("one"), note("two"), before=before, note_types=(other,)))
    assert fault.code == "note-type-schema"
    assert "all 2 released notes of it (2 cards)" in fault.message


def test_every_note_makes_a_card_and_has_an_answer() -> None:
    """A note that nobody ever sees, or that shows nothing, is a mistake."""
    nothing = note("one", ordinals=())
    empty = note("two", fields=("Q?", " \n", *("",) * (FIELDS - 2)))
    assert codes((*missing_from(nothing), *missing_from(empty))) == [
        "card-missing",
        "answer-missing",
    ]
    assert codes(check(scene())) == ["deck-empty"]


def test_questions_differ() -> None:
    """In their words or in the question above them."""
    context = ("What is one?", "A.", "", "", "", "", "Above", *("",) * (FIELDS - 7))
    same = note("two", title="what  is one?")
    above = note("three", fields=context)
    (warning,) = check(scene(note("one", title="What is one?"), same, above))
    assert (warning.code, warning.severity.value) == ("question-twice", "warning")


def test_many_vanished_notes_are_told_in_time() -> None:
    """All ids replaced at once in a large deck is not compared heading by heading."""
    title = "What is the {}th of {} numbers called?"
    old = [note(f"old-{n}", title=title.format(n, "these")) for n in range(900)]
    new = [note(f"new-{n}", title=title.format(n, "those")) for n in range(900)]
    found = check(scene(*new, before=released(*old)))
    assert codes(found) == ["note-vanished"] * 900
