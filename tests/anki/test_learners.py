"""Years of one deck: an author who edits and releases, and learners who import what they like.

Hypothesis invents the years and shortens what fails. A longer run, in steps (about ten a second):

    DECKGEN_LEARNER_STEPS=20000 pytest tests/anki/test_learners.py -s
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from author import DAY
from device import Device
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from learner import Learner
from story import ATTEMPTS, EDITS, Attempt, Edit, Story
from syncing import Server, running_server

STEPS_EACH = 50  # of one invented history
LONG_RUN = int(os.environ.get("DECKGEN_LEARNER_STEPS", "0"))
STEPS = LONG_RUN or 450
MEMORY = Path("/dev/shm")  # a folder in memory where there is one: Anki waits for the disk often

dice = st.randoms(use_true_random=False)
steps: Counter[str] = Counter()


class Years(RuleBasedStateMachine):
    """One learner with one device; another with a computer and a phone, which synchronize."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="years-")
        folder = Path(self._folder.name)
        self.story = Story(folder / "author")
        self.single, self.computer, self.phone = (
            Device(Learner(folder / name)) for name in ("single", "computer", "phone")
        )
        self.account = self.server.account()
        self.deleted: set[str] = set()  # keys of notes, by the learner with two devices

    def teardown(self) -> None:
        for device in (self.single, self.computer, self.phone):
            device.learner.col.close()
        self._folder.cleanup()

    @initialize()
    def first_release(self) -> None:
        """The learner with two devices imports on one of them and synchronizes."""
        self.computer.imports(self.story.release())
        self.account.replaces(self.computer.learner, upload=True)
        self.account.replaces(self.phone.learner, upload=False)
        self.phone.notes.update(self.computer.notes)
        self.phone.assert_as_expected(added=self.computer.cards)

    # -- the author ------------------------------------------------------------------------------

    @rule(edits=st.lists(st.sampled_from(EDITS), min_size=1, max_size=5), dice=dice)
    def edits(self, edits: list[Edit], dice: Random) -> None:
        self._edit(edits, dice)

    def _edit(self, edits: list[Edit], dice: Random) -> None:
        for edit in edits:
            steps[f"author {edit.__name__}"] += edit(self.story, dice)

    def _release(self, edits: list[Edit], days: int, dice: Random) -> None:
        self._edit(edits, dice)
        self.story.release(skew=days * DAY)
        steps["author releases" + (" with a wrong clock" if days else "")] += 1

    @rule(attempt=st.sampled_from(ATTEMPTS), dice=dice)
    def attempts(self, attempt: Attempt, dice: Random) -> None:
        """What Anki cannot follow is stopped before a release."""
        steps[f"refused {attempt.__name__}"] += self.story.attempts(attempt, dice)

    @rule(
        edits=st.lists(st.sampled_from(EDITS), max_size=5),
        days=st.sampled_from([0, 0, 0, -400, -1, 30]),
        dice=dice,
    )
    def releases(self, edits: list[Edit], days: int, dice: Random) -> None:
        """After some edits; the clock of the author's machine may be wrong by some days."""
        self._release(edits, days, dice)

    # -- the learners ----------------------------------------------------------------------------

    def _device(self, dice: Random) -> Device:
        return dice.choice([self.single, self.computer, self.phone])

    @rule(dice=dice, newest=st.lists(st.booleans(), min_size=1, max_size=4))
    def imports(self, dice: Random, newest: list[bool]) -> None:
        """Any releases, an older one after a newer one as well."""
        for last in newest:
            releases = self.story.releases
            self._device(dice).imports(releases[-1] if last else dice.choice(releases))
            steps["learner imports"] += 1

    @rule(edits=st.lists(st.sampled_from(EDITS), max_size=5), dice=dice)
    def releases_for_all(self, edits: list[Edit], dice: Random) -> None:
        """And every device imports it, before the next sync."""
        self._release(edits, 0, dice)
        for device in (self.single, self.computer, self.phone):
            device.imports(self.story.releases[-1])
            steps["learner imports"] += 1

    @rule(dice=dice, count=st.integers(1, 8))
    def studies(self, dice: Random, count: int) -> None:
        self._device(dice).studies(self.story.tick(), count)
        steps["learner studies"] += 1

    @rule(dice=dice, tag=st.booleans())
    def writes(self, dice: Random, tag: bool) -> None:
        """A field of a note, or a tag."""
        if (device := self._device(dice)).notes:
            if tag:
                device.tags(dice, self.story.tick())
            else:
                device.writes(dice, self.story.tick())
            steps["learner tags" if tag else "learner writes"] += 1

    @rule(dice=dice)
    def sets_cards_aside(self, dice: Random) -> None:
        """With two devices, synchronized before and after: Anki keeps the later row of a card."""
        device = self._device(dice)
        if device is not self.single:
            self._synchronize()
        if device.cards:
            device.sets_cards_aside(dice, self.story.tick())
            steps["learner suspends, flags or moves a card"] += 1
        if device is not self.single:
            self._synchronize()

    @rule(dice=dice)
    def deletes(self, dice: Random) -> None:
        """With two devices, synchronized before and after, and no note a second time.

        A deletion wins over any change on the other device, and Anki cannot synchronize a second
        one of the same note: tests/anki/test_sync.py shows it.
        """
        device = self._device(dice)
        several = device is not self.single
        if several:
            self._synchronize()
        keys = sorted(device.notes.keys() - self.deleted if several else device.notes)
        if not keys:
            return
        key = dice.choice(keys)
        device.deletes(key)
        if several:
            self.deleted.add(key)
            other = self.phone if device is self.computer else self.computer
            other.forgets_note(key)
            self._synchronize()
        steps["learner deletes a note"] += 1

    @precondition(lambda self: self.single.cards)
    @rule()
    def deletes_empty_cards(self) -> None:
        """On one device only: with two, a card deleted here is deleted there, in use or not."""
        self.single.deletes_empty_cards()
        steps["learner deletes empty cards"] += 1

    @rule()
    def synchronizes(self) -> None:
        self._synchronize()
        steps["learner synchronizes"] += 1

    def _synchronize(self) -> None:
        """Both devices, and expect the later state of each note and card, and every review."""
        computer, phone = self.computer, self.phone
        for device in (computer, phone, computer):
            assert self.account.sync(device.learner), "a release made Anki demand a full sync"
        notes = computer.merged_notes(phone)
        touched = {**phone.touched, **computer.touched}
        for place in computer.touched.keys() & phone.touched.keys():
            touched[place] = max(computer.touched[place], phone.touched[place])
        cards = computer.merged_cards(phone), phone.merged_cards(computer)
        studied = {**phone.studied, **computer.studied}
        reviews = {**phone.reviews, **computer.reviews}
        for device, rows in zip((computer, phone), cards, strict=True):
            device.notes, device.cards, device.reviews = dict(notes), rows, dict(reviews)
            device.studied, device.touched = dict(studied), dict(touched)
            device.unsynced.clear()
            device.assert_as_expected()


def test_learners_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reviews, schedules, edits and tags stay; exactly what changed is updated; all is shown."""
    monkeypatch.setattr(tempfile, "tempdir", str(MEMORY if MEMORY.is_dir() else tmp_path))
    steps.clear()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        Years.server = server
        run_state_machine_as_test(
            Years,
            settings=settings(
                max_examples=max(1, STEPS // STEPS_EACH),
                stateful_step_count=STEPS_EACH,
                derandomize=not LONG_RUN,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    for name, count in sorted(steps.items()):
        print(f"{count:6} {name}")
    print(f"{sum(steps.values()):6} steps")
    edited = sum(steps[f"author {edit.__name__}"] > 0 for edit in EDITS)
    assert LONG_RUN or edited > len(EDITS) * 0.8, "the histories hold too few kinds of edits"
