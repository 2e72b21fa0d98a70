"""The lock: identity and times of notes, in a file that merges, and the errors of a broken one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from imprinted import imprinted

from deckgen.diagnostic import DeckgenError, Span
from deckgen.imprint import note_digest
from deckgen.lock import Stamps, guid, stamp, unbuilt
from deckgen.lock_entry import Hidden, Lock, LockEntry, TypeEntry
from deckgen.lock_text import read, write
from deckgen.notetype import Kind, note_types
from deckgen.render import Note

NOW = 1_700_000_000
DAY = 86_400
TYPES = note_types("Deck", "n")
NOTHING = Lock()


def note(key: str, answer: str = "So.", question: str = "Why?") -> Note:
    """A note whose answer makes it a cloze note or not."""
    cloze = "{{c" in answer
    numbers = sorted({int(number) - 1 for number in re.findall(r"\{\{c(\d+)::", answer)})
    return Note(
        key=key,
        kind=Kind.CLOZE if cloze else Kind.BASIC,
        fields=(question, answer, *[""] * 9, key, *[""] * 4),
        tags=("a", "b"),
        deck="Deck::One",
        ordinals=tuple(numbers) if cloze else (0,),
        media=(),
        retired=False,
        title=question,
        span=Span("one.md", 0, 0),
    )


def stamped(notes: tuple[Note, ...], old: Lock = NOTHING, now: int = NOW) -> Stamps:
    return stamp(imprinted(notes), TYPES, old, "n", now)


NOTES = (note("a"), note("b", "{{c1::one}} and {{c2::two}}"), note("c"))
FIRST = stamped(NOTES)


# ---- stamping ----


def test_first_all_notes_are_new_and_of_now() -> None:
    assert FIRST.new == ("a", "b", "c")
    assert (FIRST.changed, FIRST.changed_types) == ((), ())
    assert {s.modified for s in FIRST.notes} == {s.modified for s in FIRST.types} == {NOW}


def test_stamping_again_changes_nothing() -> None:
    """Not the times and not a byte of the lock, however late."""
    again = stamped(NOTES, FIRST.lock, NOW + DAY)
    assert (again.new, again.changed, again.changed_types) == ((), (), ())
    assert again.notes == FIRST.notes and again.types == FIRST.types
    assert write(again.lock) == write(FIRST.lock)


def test_only_a_changed_note_gets_a_newer_time() -> None:
    changed = stamped((*NOTES[:2], note("c", "Otherwise.")), FIRST.lock, NOW + DAY)
    assert changed.changed == ("c",)
    assert [s.modified for s in changed.notes] == [NOW, NOW, NOW + DAY]
    assert [s.row for s in changed.notes] == [s.row for s in FIRST.notes]


@pytest.mark.parametrize("now", [NOW, NOW - 1, NOW - 400 * DAY, 0])
def test_a_clock_that_was_set_back_still_moves_a_changed_note_on(now: int) -> None:
    """Anki takes an update only if it is newer than the learner's."""
    changed = stamped((note("a", "Otherwise."), *NOTES[1:]), FIRST.lock, now)
    assert changed.notes[0].modified == NOW + 1


def test_a_change_that_is_taken_back_is_a_change() -> None:
    there = stamped((note("a", "Otherwise."), *NOTES[1:]), FIRST.lock, NOW + DAY)
    back = stamped(NOTES, there.lock, NOW + 2 * DAY)
    assert back.changed == ("a",)
    assert back.notes[0].modified == NOW + 2 * DAY


CONTENT = (
    {"fields": ("Why else?", *NOTES[0].fields[1:])},
    {"fields": (*NOTES[0].fields[:2], "A note.", *NOTES[0].fields[3:])},
    {"tags": ("a",)},
    {"ordinals": (0, 1)},
    {"kind": Kind.CLOZE},
)


@pytest.mark.parametrize("change", CONTENT, ids=str)
def test_all_that_a_learner_receives_is_content(change: dict[str, object]) -> None:
    changed = NOTES[0]._replace(**change)  # type: ignore[arg-type]
    assert stamped((changed, *NOTES[1:]), FIRST.lock).changed == ("a",)


@pytest.mark.parametrize(
    "change",
    [{"deck": "Other"}, {"span": Span("z.md", 9, 12)}, {"tags": ("b", "a")}, {"title": "*Why?*"}],
    ids=str,
)
def test_deck_place_and_order_of_tags_are_no_content(change: dict[str, object]) -> None:
    """Anki never moves a card that a learner has; a newer time would only overwrite their edits."""
    changed = NOTES[0]._replace(**change)  # type: ignore[arg-type]
    assert stamped((changed, *NOTES[1:]), FIRST.lock).changed == ()


@given(st.permutations(NOTES))
def test_the_order_of_notes_does_not_matter(shuffled: list[Note]) -> None:
    """Not to the lock, and not to any note's stamp."""
    again = stamped(tuple(shuffled))
    assert write(again.lock) == write(FIRST.lock)
    assert {s.imprint.key: s for s in again.notes} == {s.imprint.key: s for s in FIRST.notes}


def test_a_note_added_changes_no_other() -> None:
    more = stamped((note("aa"), *NOTES), FIRST.lock, NOW + DAY)
    assert (more.new, more.changed) == (("aa",), ())
    assert more.notes[1:] == FIRST.notes


def test_a_note_that_is_left_out_is_remembered() -> None:
    fewer = stamped(NOTES[1:], FIRST.lock, NOW + DAY)
    assert fewer.lock == FIRST.lock
    assert [entry.key for entry in unbuilt(FIRST.lock, ["b", "c"])] == ["a"]


def test_a_note_type_has_a_time_of_its_own() -> None:
    """Its styling changes no note, and one kind's changes do not touch the other's."""
    basic, cloze = TYPES
    styled = (basic._replace(styling=".card {}"), cloze)
    again = stamp(imprinted(NOTES), styled, FIRST.lock, "n", NOW + DAY)
    assert again.changed_types == (Kind.BASIC,)
    assert [s.modified for s in again.types] == [NOW + DAY, NOW]
    assert again.notes == FIRST.notes


# ---- identity ----


def test_a_guid_comes_from_the_namespace_and_the_id_alone() -> None:
    """Pinned: with any other, every learner would get every note a second time."""
    assert guid("n", "a") == "2KZIF5rnsisNXB3m"
    assert len({guid("n", "a"), guid("n", "b"), guid("m", "a")}) == 3


@given(st.text(st.sampled_from("abc019-"), min_size=1, max_size=80))
def test_row_ids_are_of_the_past_and_leave_room_for_all_cards(key: str) -> None:
    """Milliseconds from 2004 to 2022; a card's row is its note's plus the ordinal, up to 499."""
    (one,) = stamped((note(key),)).notes
    assert 2**40 <= one.row < one.card_row(499) < 2**40 + 2**39 < 1_700_000_000_000
    assert one.row % 512 == 0


def test_two_keys_of_one_slot_get_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many collide, also at the last slot; and whoever has a row keeps it."""
    monkeypatch.setattr("deckgen.lock.SLOTS", 4)
    keys = "abcd"
    rows = {s.imprint.key: s.row for s in stamped(tuple(map(note, keys))).notes}
    assert sorted(rows.values()) == [2**40 + 512 * slot for slot in range(4)]
    early = stamped((note("d"),))
    late = stamped(tuple(map(note, keys)), early.lock)
    assert late.notes[3].row == early.notes[0].row
    assert len({s.row for s in late.notes}) == 4


def test_two_branches_that_took_one_row_are_sorted_out() -> None:
    """Their union names it twice: one of the notes moves, and is no changed note for that."""
    entry = FIRST.lock.notes["a"]
    clash = {**FIRST.lock.notes, "c": FIRST.lock.notes["c"]._replace(row=entry.row)}
    merged = stamped(NOTES, replace(FIRST.lock, notes=clash))
    assert merged.notes[0].row == entry.row
    assert len({s.row for s in merged.notes}) == 3
    assert merged.changed == ()


# ---- the file ----

KEYS = st.text("abz09-", min_size=1, max_size=9)
DIGESTS = st.text("0123456789abcdef", min_size=1, max_size=32)
TIMES = st.integers(0, 99_999_999_999)
KINDS = st.sampled_from(Kind)
SCHEMAS = st.just("") | DIGESTS
HIDDEN = st.builds(Hidden, st.integers(1, 500), DIGESTS, st.booleans())
ENTRIES = st.builds(
    LockEntry,
    key=KEYS,
    row=st.integers(0, 2**30 - 1).map(lambda slot: 2**40 + slot * 512),
    modified=TIMES,
    digest=DIGESTS,
    cards=st.integers(0, 500),
    hidden=st.lists(HIDDEN, max_size=4).map(tuple),
)
LOCKS = st.builds(
    Lock,
    namespace=st.text(min_size=1),
    types=st.lists(st.builds(TypeEntry, KINDS, TIMES, DIGESTS, SCHEMAS), max_size=2).map(
        lambda entries: {entry.kind: entry for entry in entries}
    ),
    notes=st.lists(ENTRIES, max_size=4).map(
        lambda entries: {entry.key: entry for entry in entries}
    ),
    accepted=st.frozensets(st.tuples(st.just("note-vanished"), KEYS), max_size=2),
)


@given(LOCKS)
@example(Lock("n", {}, {}))
def test_a_lock_survives_writing_and_reading(remembered: Lock) -> None:
    """Whatever stands in titles and names, and with either system's line breaks."""
    text = write(remembered)
    assert read(text) == remembered
    assert read(text.replace("\n", "\r\n")) == remembered
    assert write(read(text)) == text


@given(LOCKS)
def test_a_note_is_one_line_and_lines_are_sorted(remembered: Lock) -> None:
    """So branches that add different notes merge without a conflict."""
    lines = [line for line in write(remembered).split("\n") if line.startswith("note ")]
    keys = [line.split(" ")[1] for line in lines]
    assert keys == sorted(remembered.notes)


def test_an_empty_text_is_an_empty_lock() -> None:
    assert read("") == Lock()


def test_a_lock_reads_like_this() -> None:
    """The format of the file, to the byte: a change of it is a new `FORMAT`."""
    hidden = (Hidden(1, "h1"), Hidden(2, "h2", removed=True))
    entry = FIRST.lock.notes["b"]._replace(digest="d1", hidden=hidden)
    types = {kind: t._replace(digest="d2") for kind, t in FIRST.lock.types.items()}
    assert write(Lock("n", types, {"b": entry}, frozenset({("note-vanished", "x")}))) == (
        "# deckgen lock: keep it under version control; `deckgen build` keeps it current.\n"
        "format 1\n"
        'namespace "n"\n'
        "type basic modified=1700000000 digest=d2 schema=62d99d86c26d876b\n"
        "type cloze modified=1700000000 digest=d2 schema=8bd32a90ca108287\n"
        "accepted note-vanished x\n"
        f"note b cloze row={entry.row} modified=1700000000 digest=d1 cards=2 c1=h1 was2=h2 "
        'deck="Deck::One" title="Why?"\n'
    )


# ---- merged by git, line by line ----


def union(*texts: str) -> str:
    """What git's union merge leaves: all lines of both sides, those in common once."""
    return "".join(dict.fromkeys(line for text in texts for line in text.splitlines(True)))


def branch(answer: str, now: int) -> str:
    return write(stamped((note("a", answer), *NOTES[1:]), FIRST.lock, now).lock)


@pytest.mark.parametrize("answer", ["Ours.", "Both."])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_note_that_both_branches_changed_is_stamped_anew(answer: str, swapped: bool) -> None:
    """Newer than either, even if the text is the earlier one: learners of the later need it."""
    sides = branch("Ours.", NOW + 5), branch("Theirs.", NOW + 9)
    merged = read(union(*(reversed(sides) if swapped else sides)))
    again = stamped((note("a", answer), *NOTES[1:]), merged, NOW)
    assert again.changed == ("a",)
    assert [s.modified for s in again.notes] == [NOW + 10, NOW, NOW]
    assert write(again.lock).count("note a ") == 1
    settled = stamped((note("a", answer), *NOTES[1:]), again.lock, NOW + DAY)
    assert settled.changed == ()


@pytest.mark.parametrize("swapped", [False, True])
def test_the_later_text_of_two_branches_keeps_its_time(swapped: bool) -> None:
    """It is newer than what learners of the other have. Git also leaves both lines of a note that
    one branch changed beside a note that the other changed."""
    sides = branch("Ours.", NOW + 5), branch("Theirs.", NOW + 9)
    merged = read(union(*(reversed(sides) if swapped else sides)))
    again = stamped((note("a", "Theirs."), *NOTES[1:]), merged, NOW + DAY)
    assert again.changed == ()
    assert [s.modified for s in again.notes] == [NOW + 9, NOW, NOW]


def test_a_note_that_one_branch_changed_keeps_its_time() -> None:
    """Git takes that branch's line; nothing is stamped a second time."""
    merged = read(branch("Ours.", NOW + 5))
    assert stamped((note("a", "Ours."), *NOTES[1:]), merged, NOW + DAY).changed == ()


def test_one_change_made_on_both_branches_is_one_change() -> None:
    """The later time counts, for it is newer than what either branch's learners have."""
    merged = read(union(branch("Same.", NOW + 5), branch("Same.", NOW + 9)))
    again = stamped((note("a", "Same."), *NOTES[1:]), merged, NOW + DAY)
    assert again.changed == ()
    assert again.notes[0].modified == NOW + 9


def test_note_types_merge_alike() -> None:
    (basic, cloze), pairs = TYPES, imprinted(NOTES)
    texts = [
        write(stamp(pairs, (basic._replace(styling=css), cloze), FIRST.lock, "n", NOW + time).lock)
        for css, time in ((".a {}", 5), (".b {}", 9))
    ]
    again = stamped(NOTES, read(union(*texts)))
    assert again.changed_types == (Kind.BASIC,)
    assert [s.modified for s in again.types] == [NOW + 10, NOW]


def test_notes_that_either_branch_added_are_both_there() -> None:
    ours = write(stamped((*NOTES, note("d")), FIRST.lock).lock)
    theirs = write(stamped((*NOTES, note("e")), FIRST.lock).lock)
    merged = read(union(ours, theirs))
    again = stamped((*NOTES, note("d"), note("e")), merged)
    assert (again.new, again.changed) == ((), ())


# ---- broken ----

TEXT = write(FIRST.lock)
LINES = TEXT.splitlines(keepends=True)


@pytest.mark.parametrize("marker", ["<<<<<<< ours", "=======", ">>>>>>> theirs", "||||||| base"])
def test_an_unresolved_conflict_is_an_error_at_its_line(marker: str) -> None:
    text = "".join((*LINES[:5], f"{marker}\n", *LINES[5:]))
    with pytest.raises(DeckgenError, match=r"^deck\.lock:6: a merge conflict is unresolved: .*"):
        read(text)


@pytest.mark.parametrize("newer", ["format 2", "format 10", "format 999999999"])
def test_a_newer_format_is_an_error_that_says_so(newer: str) -> None:
    said = rf"^deck\.lock:2: the {newer} is newer .*: update deckgen"
    with pytest.raises(DeckgenError, match=said):
        read(TEXT.replace("format 1", newer))


def test_two_namespaces_are_two_decks() -> None:
    with pytest.raises(DeckgenError, match=r"^deck\.lock:4: two decks' locks are mixed"):
        read(TEXT.replace('namespace "n"', 'namespace "n"\nnamespace "m"'))


def test_a_lock_without_its_namespace_is_an_error() -> None:
    with pytest.raises(DeckgenError, match="no `namespace` line"):
        read(TEXT.replace('namespace "n"\n', ""))


NOTE = LINES[-1].rstrip("\n")


@pytest.mark.parametrize(
    "line",
    [
        *("nonsense", "note", "note a", NOTE[:-1], NOTE[:40]),
        *(" " + NOTE, NOTE + " ", NOTE + " more"),
        NOTE.replace("basic", "model"),
        NOTE.replace("note c", "note C"),
        NOTE.replace("row=1", "row=9"),
        re.sub(r"row=\d+", "row=5", NOTE),
        re.sub(r"row=(\d+)", lambda m: f"row={int(m[1]) + 1}", NOTE),
        re.sub(r"modified=\d+", "modified=999999999999", NOTE),
        re.sub(r"modified=\d+", "modified=-1", NOTE),
        re.sub(r"modified=\d+", "modified=１", NOTE),
        re.sub(r"digest=\w+", "digest=xyz", NOTE),
        re.sub(r"title=.*", 'title="a"b"', NOTE),
        re.sub(r"title=.*", r'title="\\x"', NOTE),
        *("format one", "format", "format ²", "format " + "9" * 5_000),
        *("namespace n", "namespace 5", "namespace " + "[" * 100_000, r'namespace "\x"'),
        *("type basic", "type model modified=1 digest=a"),
    ],
    ids=lambda line: line[-60:],
)
def test_a_broken_line_is_an_error_at_its_place(line: str) -> None:
    """One sentence with file and line; a lock is never guessed at, for it cannot be made again."""
    with pytest.raises(DeckgenError) as raised:
        read(TEXT + line + "\n")
    assert re.fullmatch(rf"deck\.lock:{len(LINES) + 1}: [^\n]{{20,120}}", str(raised.value))


@given(st.integers(1, len(TEXT) - 1))
def test_a_lock_that_was_cut_off_is_never_another_lock(length: int) -> None:
    """It is an error, or holds nothing but whole lines of the old one."""
    try:
        kept = read(TEXT[:length])
    except DeckgenError:
        return
    assert kept.notes.items() <= FIRST.lock.notes.items()


def test_digests_do_not_depend_on_the_machine() -> None:
    """Pinned: with any other, one release would overwrite what all learners wrote."""
    text = b'["basic","Why?","So.","","","","","","","","","","a","","","","",["a","b"],[0]]'
    assert note_digest(NOTES[0]) == hashlib.sha256(text).hexdigest()[:32]
