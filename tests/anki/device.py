"""A learner's device, and what must be in it: a model that is compared with the collection."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from anki.collection import Collection
from learner import Imported, Learner, Row
from story import Release

Place = tuple[str, int]
"""A card: its note's key and its 0-based ordinal."""

NOTE_COLUMNS = "id, guid, mid, mod, tags, flds"
CARD_COLUMNS = (
    "id, nid, did, ord, mod, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, "
    "data"
)
REVIEW_COLUMNS = "id, cid, ease, ivl, lastIvl, factor, time, type"
SUBJECT = re.compile(r"subject-[a-z0-9]+")
MINE = " (my own words)"


@dataclass(frozen=True, slots=True)
class Held:
    """A note as the learner must have it; `time` is that of its last change, in seconds."""

    time: int
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    ordinals: frozenset[int]


class Device:
    """One device of a learner. Whatever happens to it happens to the model, too.

    The learner's own changes are dated back to the story's clock: Anki knows only today's.
    """

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self.notes: dict[str, Held] = {}
        self.cards: dict[Place, Row] = {}
        self.reviews: dict[int, Row] = {}
        self.studied: dict[Place, str] = {}
        self.unsynced: set[str] = set()  # keys of notes that changed since the last sync
        self.touched: dict[Place, int] = {}  # when the learner last studied it or set it aside
        self._started = int(time.time())

    # -- what happens ----------------------------------------------------------------------------

    def imports(self, release: Release) -> None:
        """Import, and expect exactly what the promise says."""
        told: dict[str, list[str]] = {"new": [], "updated": [], "duplicate": []}
        decks = {}
        for key, given in release.notes.items():
            held = self.notes.get(key)
            if held is None or held.time < given.changed:
                told["new" if held is None else "updated"].append(key)
                held = Held(given.changed, given.fields, given.tags, given.ordinals)
                self.notes[key] = held
                self.unsynced.add(key)
            else:
                told["duplicate"].append(key)
            for ordinal in given.ordinals:
                if (key, ordinal) not in self.cards:
                    decks[key, ordinal] = given.deck
        log = self.learner.imports(release.package)
        assert log == Imported(**{name: tuple(sorted(keys)) for name, keys in told.items()})
        self.assert_as_expected(added=set(decks))
        for place, deck in decks.items():
            name = self.learner.deck_of(place[0], self._rank(place))
            assert name.casefold() == deck.casefold(), f"{place} is in {name}"

    def _rank(self, place: Place) -> int:
        return sorted(ordinal for key, ordinal in self.cards if key == place[0]).index(place[1])

    def studies(self, clock: int, count: int) -> None:
        """Answer the next cards of all decks."""
        places = {row[0]: place for place, row in self.cards.items()}
        studied: set[Place] = set()
        for deck in sorted(self.learner.decks()):
            waiting = self._waiting(deck)
            if waiting:
                ids = self.learner.studies(deck, min(count, waiting))
                studied |= {places[card] for card in ids}
        for place in studied:
            if place[1] in self.notes[place[0]].ordinals:
                self.studied.setdefault(place, self._asked(place))
        self._date_back(clock)
        self.touched.update(dict.fromkeys(studied, clock))
        self.assert_as_expected(changed=studied, reviewed=True)
        # Two devices' reviews of one millisecond would be one to Anki, and here all is fast.
        time.sleep(max(0.0, max(self.reviews, default=0) / 1000 + 0.002 - time.time()))

    def _waiting(self, deck: str) -> int:
        deck_id = self.learner.col.decks.id_for_name(deck)
        assert deck_id is not None
        self.learner.col.decks.select(deck_id)
        return sum(self.learner.col.sched.counts())

    def writes(self, dice: Random, clock: int) -> None:
        """Edit a field of a note."""
        key = dice.choice(sorted(self.notes))
        held = self.notes[key]
        index = dice.choice([1, 2])  # the answer, and the learner's note
        fields = (*held.fields[:index], held.fields[index] + MINE, *held.fields[index + 1 :])
        note = self.learner.note(key)
        note.fields[index] = fields[index]
        self.learner.col.update_note(note)
        self._date_back(clock)
        self.notes[key] = replace(held, time=clock, fields=fields)
        self.unsynced.add(key)
        self.assert_as_expected()

    def tags(self, dice: Random, clock: int) -> None:
        """Add a tag to a note."""
        key, tag = dice.choice(sorted(self.notes)), dice.choice(["mine", "exam"])
        held = self.notes[key]
        if tag not in held.tags:
            self.learner.tags(key, tag)
            self._date_back(clock)
            tags = tuple(sorted({*held.tags, tag}))
            self.notes[key] = replace(held, time=clock, tags=tags)
            self.unsynced.add(key)
        self.assert_as_expected()

    def sets_cards_aside(self, dice: Random, clock: int) -> None:
        """Suspend a card, flag it, or move it to a deck of the learner's own."""
        place = dice.choice(sorted(self.cards))
        card, col = self.cards[place][0], self.learner.col
        how = dice.choice(["suspend", "flag", "move"])
        if how == "suspend":
            col.sched.suspend_cards([card])
        elif how == "flag":
            col.set_user_flag_for_cards(dice.randint(1, 7), [card])
        else:
            mine = col.decks.id("Mine")
            assert mine is not None
            col.set_deck([card], mine)
        self._date_back(clock)
        self.touched[place] = clock
        self.assert_as_expected(changed={place})

    def deletes(self, key: str) -> None:
        """Delete a note; its reviews stay in the statistics."""
        self.learner.col.remove_notes([self.learner.keys()[key]])
        self.forgets_note(key)
        self.assert_as_expected()

    def forgets_note(self, key: str) -> None:
        """Expect the note and its cards no longer."""
        del self.notes[key]
        self.unsynced.discard(key)
        self._forgets({place for place in self.cards if place[0] == key})

    def deletes_empty_cards(self) -> None:
        """Tools > Empty Cards."""
        empty = self._empty_cards()
        ids = [self.cards[place][0] for place in empty]
        self.learner.col.remove_cards_and_orphaned_notes(ids)
        self._forgets(empty)
        self.assert_as_expected()

    def _forgets(self, places: Iterable[Place]) -> None:
        for place in places:
            del self.cards[place]
            self.studied.pop(place, None)
            self.touched.pop(place, None)

    def _date_back(self, clock: int) -> None:
        assert self.learner.col.db is not None
        for table in ("notes", "cards"):
            self.learner.col.db.execute(
                f"update {table} set mod = ? where mod >= ?", clock, self._started
            )

    # -- what must hold --------------------------------------------------------------------------

    def assert_as_expected(
        self,
        added: Iterable[Place] = (),
        changed: Iterable[Place] = (),
        reviewed: bool = False,
    ) -> None:
        """Notes as promised, cards and reviews untouched but for those named, all cards shown."""
        self._assert_notes()
        cards = self.card_rows()
        assert set(cards) == {*self.cards, *added}, "cards came or went"
        for place, row in self.cards.items():
            if place not in changed:
                assert cards[place] == row, f"the schedule of {place} changed"
        self.cards = cards
        reviews = self.review_rows()
        for number, row in self.reviews.items():
            assert reviews[number] == row, "a review was lost or changed"
        assert reviewed or len(reviews) == len(self.reviews)
        self.reviews = reviews
        for place, asked in self.studied.items():
            if place[1] in self.notes[place[0]].ordinals:
                assert self._asked(place) == asked, f"the history of {place} is another text's"
        self._assert_shown()

    def _assert_notes(self) -> None:
        rows = self.select(NOTE_COLUMNS, "notes")
        guids = [row[1] for row in rows]
        assert len(set(guids)) == len(guids), "two notes have one GUID"
        actual = {}
        for _, _, _, modified, tags, fields in rows:
            texts = tuple(fields.split("\x1f"))
            actual[texts[11]] = (modified, texts, tuple(sorted(tags.split())))
        expected = {key: (h.time, h.fields, h.tags) for key, h in self.notes.items()}
        assert actual.keys() == expected.keys(), "notes came or went"
        for key, promised in expected.items():
            assert actual[key] == promised, f"{key} is not as promised"

    def _assert_shown(self) -> None:
        col, empty = self.learner.col, self._empty_cards()
        for place, row in self.cards.items():
            card = col.get_card(row[0])
            for side in (card.question(), card.answer()):
                assert "template-error" not in side and "{{" not in side, side
            assert place in empty or SUBJECT.search(card.answer())
        told = {card for report in col.get_empty_cards().notes for card in report.card_ids}
        assert told == {self.cards[place][0] for place in empty}
        assert not list(col.media.check().missing)
        assert not self._problems()

    def _problems(self) -> list[str]:
        """What Check Database finds, in a copy: on a find it changes rows and demands a full sync.

        It also fills in the time of the last review, on cards that came back after a deletion or
        by synchronizing; that is no find.
        """
        assert self.learner.col.db is not None
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "collection.anki2"
            self.learner.col.db.execute("vacuum into ?", str(path))
            copy = Collection(str(path))
            try:
                told, _ = copy.fix_integrity()
            finally:
                copy.close()
        harmless = ("Added last review time", "Database rebuilt")
        return [line for line in told.splitlines() if not line.startswith(harmless)]

    def _empty_cards(self) -> set[Place]:
        return {place for place in self.cards if place[1] not in self.notes[place[0]].ordinals}

    def _asked(self, place: Place) -> str:
        """What a card asks for: the text that it hides, or the subject of its question."""
        fields = self.notes[place[0]].fields
        hidden = re.search(rf"{{{{c{place[1] + 1}::(hidden \d+)", fields[1])
        subject = SUBJECT.search(fields[0])
        assert subject is not None
        return hidden[1] if hidden else subject[0]

    def merged_notes(self, other: Device) -> dict[str, Held]:
        """What both devices must hold: of two changes of one note, the later."""
        merged = {}
        for key in {*self.notes, *other.notes}:
            holders = [device for device in (self, other) if key in device.notes]
            changed = [device for device in holders if key in device.unsynced] or holders
            merged[key] = max((d.notes[key] for d in changed), key=lambda held: held.time)
        return merged

    def merged_cards(self, other: Device) -> dict[Place, Row]:
        """What this device must hold of each card once the two have synchronized.

        That is the row of the device that last touched it. Of a card that neither has touched
        since its import, Anki lets each keep its own.
        """
        actual, merged = self.card_rows(), dict[Place, Row]()
        for place in {*self.cards, *other.cards}:
            holders = [device for device in (self, other) if place in device.cards]
            latest = max(device.touched.get(place, 0) for device in holders)
            rows = [d.cards[place] for d in holders if d.touched.get(place, 0) == latest]
            assert actual.get(place) in rows, f"{place} has another schedule"
            merged[place] = actual[place]
        return merged

    # -- what is in the collection ---------------------------------------------------------------

    def select(self, columns: str, table: str) -> list[Row]:
        assert self.learner.col.db is not None
        return [tuple(row) for row in self.learner.col.db.all(f"select {columns} from {table}")]

    def card_rows(self) -> dict[Place, Row]:
        keys = {row[0]: row[5].split("\x1f")[11] for row in self.select(NOTE_COLUMNS, "notes")}
        return {(keys[row[1]], row[3]): row for row in self.select(CARD_COLUMNS, "cards")}

    def review_rows(self) -> dict[int, Row]:
        return {row[0]: row for row in self.select(REVIEW_COLUMNS, "revlog")}
