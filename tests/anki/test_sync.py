"""A learner with a computer and a phone, which synchronize through Anki's own server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anki.errors import SyncError
from author import Author, basic
from learner import Imported, Learner
from syncing import Account, Server, running_server

PICTURE = "\n\n![A star](img/star.svg)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def account(server: Server) -> Account:
    return server.account()


def first_release(author: Author) -> Path:
    author.writes("img/star.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="1"/>')
    vega = basic("vega", answer=f"It {{{{c1::shines}}}}.{PICTURE}")
    return author.asks("stars.md", basic("sun"), vega).releases()


def second_release(author: Author) -> Path:
    """New texts, a new cloze, a new note, another picture and another styling."""
    author.writes("img/star.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="2"/>')
    author.edits("stars.md", "This is sun.", "Our star.")
    author.edits("stars.md", "shines}}.", "shines}} {{c2::blue}}.")
    author.edits("deck.yaml", "name:", "styling: '.card { color: teal }'\nname:")
    return author.asks("planets.md", basic("mars")).releases()


def notes(learner: Learner) -> dict[str, tuple[list[str], list[str], int, str, int]]:
    """Fields, tags, row id, GUID and time of each note, by its key."""
    held = {key: learner.note(key) for key in sorted(learner.keys())}
    return {key: (n.fields, n.tags, n.id, n.guid, n.mod) for key, n in held.items()}


def assert_same(first: Learner, second: Learner) -> None:
    """Both devices hold the same notes, cards, reviews, decks and media; all of it sound."""
    assert notes(first) == notes(second)
    assert cards(first) == cards(second)
    assert reviews(first) == reviews(second)
    assert first.decks() == second.decks()
    shown = [set(learner.media()) for learner in (first, second)]
    assert shown[0] == shown[1]
    for learner in (first, second):
        assert not list(learner.col.media.check().missing)
        assert learner.col.fix_integrity()[1]


def cards(learner: Learner) -> list[tuple[object, ...]]:
    """All of each card row but its place in the synchronization."""
    return [(*row[:5], *row[6:]) for row in learner.rows("cards")]


def reviews(learner: Learner) -> list[tuple[object, ...]]:
    return [(*row[:2], *row[3:]) for row in learner.rows("revlog")]


@pytest.fixture
def devices(
    author: Author, account: Account, new_learner: Callable[[], Learner]
) -> tuple[Learner, Learner]:
    """A computer that imported the first release, and a phone that got it by synchronizing."""
    computer, phone = new_learner(), new_learner()
    computer.imports(first_release(author))
    account.replaces(computer, upload=True)
    account.replaces(phone, upload=False)
    assert_same(computer, phone)
    return computer, phone


def test_import_on_one_device_and_synchronize(
    author: Author, account: Account, devices: tuple[Learner, Learner]
) -> None:
    """Reviews on the phone stay, though the computer imported without knowing of them."""
    computer, phone = devices
    phone.studies("Astronomy", 2)
    assert account.sync(phone)
    studied, reviewed = cards(phone), reviews(phone)
    second = second_release(author)
    assert computer.imports(second) == Imported(new=("mars",), updated=("sun", "vega"))
    for device in (computer, phone):
        assert account.sync(device)
    assert_same(computer, phone)
    assert [row for row in cards(phone) if row in studied] == studied
    assert reviews(phone) == reviewed and len(reviewed) == 2
    assert len(cards(phone)) == len(studied) + 2
    assert "Our star." in phone.note("sun")["Answer"]
    assert "teal" in phone.note("sun").note_type()["css"]  # type: ignore[index]
    assert phone.imports(second) == Imported(duplicate=("mars", "sun", "vega"))
    assert_same(computer, phone)


def test_both_devices_import_an_update_and_then_synchronize(
    author: Author, account: Account, devices: tuple[Learner, Learner]
) -> None:
    """The new note is there once, with one row id, and every review stays."""
    computer, phone = devices
    second = second_release(author)
    for device in (computer, phone):
        device.studies("Astronomy", 1)
        device.imports(second)
    phone.studies("Astronomy", 4)
    for device in (computer, phone, computer):
        assert account.sync(device), "Anki demanded a full sync"
    assert notes(computer) == notes(phone)
    assert reviews(computer) == reviews(phone) and len(reviews(phone)) == 6
    assert len(set(computer.guids().values())) == 3


def test_a_card_that_one_device_has_studied_is_not_new_again(
    author: Author, account: Account, devices: tuple[Learner, Learner]
) -> None:
    """The phone had the note first and studied it; the computer gets it later, edited since.

    To Anki both are one card, and the row with the later time wins: it must be the phone's.
    """
    computer, phone = devices
    phone.imports(author.asks("planets.md", basic("mars")).releases())
    phone.studies("Astronomy", 3)
    assert account.sync(phone)
    studied = cards(phone)
    author.now = int(time.time()) + 3600
    assert "mars" in computer.imports(author.edits("planets.md", "This is", "Red:").releases()).new
    for device in (computer, phone):
        assert account.sync(device)
        assert cards(device) == studied
        assert device.note("mars")["Answer"] == "<p>Red: mars.</p>"


def test_both_devices_import_before_their_first_sync(
    author: Author, account: Account, new_learner: Callable[[], Learner]
) -> None:
    """One side must replace the other, and the other's reviews are gone: import on one only.

    Anki asks which side to keep, for neither has been synchronized before.
    """
    computer, phone = new_learner(), new_learner()
    first = first_release(author)
    for device in (computer, phone):
        device.imports(first)
        device.studies("Astronomy", 2)
    account.replaces(computer, upload=True)
    before = reviews(phone)
    assert not account.sync(phone), "Anki merged the two"
    assert reviews(phone) == before
    account.replaces(phone, upload=False)
    assert_same(computer, phone)
    assert not set(before) & set(reviews(phone))


def test_both_devices_import_a_first_release_after_their_first_sync(
    author: Author, account: Account, new_learner: Callable[[], Learner]
) -> None:
    """Notes, cards and reviews become one; the decks do not: one device's get a `+`."""
    computer, phone = new_learner(), new_learner()
    account.replaces(computer, upload=True)
    account.replaces(phone, upload=False)
    first = first_release(author)
    for device in (computer, phone):
        device.imports(first)
        time.sleep(0.01)  # Anki makes a deck's id of the time, in milliseconds
    phone.studies("Astronomy", 2)
    for device in (computer, phone, computer):
        assert account.sync(device)
    assert notes(computer) == notes(phone) and len(notes(phone)) == 2
    assert reviews(computer) == reviews(phone) and len(reviews(phone)) == 2
    assert any(name.split("::")[0].endswith("+") for name in phone.decks())


def test_a_note_that_came_back_cannot_be_deleted_again_everywhere(
    author: Author, account: Account, new_learner: Callable[[], Learner]
) -> None:
    """Anki's own limit: it synchronizes one deletion of a note. So the manual says to suspend."""
    computer = new_learner()
    first = first_release(author)
    computer.imports(first)
    account.replaces(computer, upload=True)
    computer.col.remove_notes([computer.keys()["sun"]])
    assert account.sync(computer)
    assert computer.imports(first).new == ("sun",)
    assert account.sync(computer)
    computer.col.remove_notes([computer.keys()["sun"]])
    with pytest.raises(SyncError, match="Check Database"):
        account.sync(computer)
    assert not account.sync(computer), "Anki demands that one side replaces the other"
    account.replaces(computer, upload=True)
    assert account.sync(computer)
    assert set(computer.keys()) == {"vega"}


def test_a_suspended_note_stays_suspended(
    author: Author, account: Account, devices: tuple[Learner, Learner]
) -> None:
    """On every device, whatever the author changes."""
    computer, phone = devices
    computer.col.sched.suspend_cards([card.id for card in computer.cards("sun")])
    assert account.sync(computer)
    computer.imports(second_release(author))
    for device in (computer, phone):
        assert account.sync(device)
        assert [card.queue for card in device.cards("sun")] == [-1]
