"""Several authors: branches of real git repositories, and the lock after their merge."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from deckgen import build
from deckgen.diagnostic import DeckgenError, errors
from deckgen.lock_entry import NAME, Lock
from deckgen.lock_text import read

ROOT = Path(__file__).parent.parent
ATTRIBUTES = (ROOT / ".gitattributes").read_text()
BASE_TIME, OUR_TIME, THEIR_TIME, MERGE_TIME = 1_000_000, 2_000_000, 3_000_000, 4_000_000
KEYS = ("ant", "bee", "cow", "dog", "eel")


class Repository:
    """A repository with a content folder, on the branch `main`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = folder / "content"
        self.content.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        (folder / ".gitattributes").write_text(ATTRIBUTES)
        (self.content / "deck.yaml").write_text("name: Animals\nnamespace: tests.merge\n")
        for key in KEYS:
            self.writes(key, f"A {key} is an animal.")
        self.commits(BASE_TIME)

    def git(self, *arguments: str) -> int:
        """Run git apart from the user's settings; its exit code."""
        settings = {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            **{f"GIT_{who}_NAME": "Author" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "author@example.org" for who in ("AUTHOR", "COMMITTER")},
        }
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True)
        return done.returncode

    def writes(self, key: str, answer: str, options: str = "") -> None:
        """A question in a file of its own."""
        heading = f"## What is {key}?\n\n<!--\nid: {key}{options}\n-->"
        text = f"---\ntitle: All\n---\n\n{heading}\n\n{answer}\n"
        (self.content / f"{key}.md").write_text(text)

    def builds(self, now: int) -> None:
        """Build at the time `now`, in seconds, and keep the lock."""
        path = self.content / NAME
        built = build.build(self.content, path.read_text() if path.exists() else "", now)
        assert not errors(built.diagnostics), built.diagnostics
        path.write_text(built.lock_text)

    def commits(self, now: int) -> None:
        """Build, and commit content and lock."""
        self.builds(now)
        assert self.git("add", "content", ".gitattributes") == 0
        assert self.git("commit", "--quiet", "-m", "edit") == 0

    def branches(self) -> None:
        """Start the branch `theirs`."""
        assert self.git("checkout", "--quiet", "-b", "theirs") == 0

    def returns(self) -> None:
        assert self.git("checkout", "--quiet", "main") == 0

    def merges(self) -> bool:
        """Merge the branch `theirs`; False if a file is in conflict, which the lock never is."""
        merged = self.git("merge", "--quiet", "--no-edit", "theirs") == 0
        assert self.lock.notes
        return merged

    @property
    def lock_text(self) -> str:
        return (self.content / NAME).read_text()

    @property
    def lock(self) -> Lock:
        return read(self.lock_text)

    def repairs(self) -> None:
        """Build once more as the manual says, and expect a lock that `--locked` accepts."""
        self.builds(MERGE_TIME)
        again = build.build(self.content, self.lock_text, MERGE_TIME + 500)
        assert again.lock_text == self.lock_text
        keys = [line.split()[1] for line in self.lock_text.splitlines() if line[:5] == "note "]
        assert len(set(keys)) == len(keys), "two lines of one note are left"
        rows = [entry.row for entry in self.lock.notes.values()]
        assert len(set(rows)) == len(rows), "two notes have one row id"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def times(lock: Lock) -> dict[str, int]:
    return {key: entry.modified for key, entry in lock.notes.items()}


def edits_on_both_sides(repository: Repository, ours: Sequence[str], theirs: Sequence[str]) -> None:
    """Each branch edits or adds these notes, in words of its own, and commits."""
    repository.branches()
    for key in theirs:
        repository.writes(key, f"Their words on the {key}.")
    repository.commits(THEIR_TIME)
    repository.returns()
    for key in ours:
        repository.writes(key, f"Our words on the {key}.")
    repository.commits(OUR_TIME)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (["ant"], ["eel"]),
        (["bee"], ["cow"]),
        (["bee", "dog"], ["ant", "cow", "eel"]),
        (["ape"], ["asp"]),
        (["asp"], ["ape"]),
        (["zebra"], ["zorilla"]),
        (["ape", "bee", "cat"], ["asp", "cow", "cod"]),
        (["ant", "aaa"], ["bee", "aab"]),
    ],
    ids=lambda keys: "+".join(keys),
)
def test_different_notes_merge_without_a_conflict(
    repository: Repository, ours: list[str], theirs: list[str]
) -> None:
    """Edited or added, neighbors in the lock as well: each note keeps the time of its change."""
    edits_on_both_sides(repository, ours, theirs)
    assert repository.merges()
    repository.repairs()
    expected = dict.fromkeys(KEYS, BASE_TIME)
    expected |= dict.fromkeys(ours, OUR_TIME) | dict.fromkeys(theirs, THEIR_TIME)
    assert times(repository.lock) == expected


def test_a_note_edited_on_both_sides_gets_a_time_newer_than_both(repository: Repository) -> None:
    """The Markdown is in conflict and the lock is not; after resolving, a build is the repair."""
    edits_on_both_sides(repository, ["cow"], ["cow"])
    assert not repository.merges()
    repository.writes("cow", "The words of both.")
    stale = build.build(repository.content, repository.lock_text, MERGE_TIME)
    assert (stale.stamps.new, stale.stamps.changed) == ((), ("cow",))
    repository.repairs()
    assert times(repository.lock) == {**dict.fromkeys(KEYS, BASE_TIME), "cow": MERGE_TIME}


def test_the_time_is_newer_even_if_the_clock_is_not(repository: Repository) -> None:
    """A learner of either branch gets the resolved text."""
    edits_on_both_sides(repository, ["cow"], ["cow"])
    repository.merges()
    repository.writes("cow", "The words of both.")
    repository.builds(BASE_TIME)
    assert times(repository.lock)["cow"] > THEIR_TIME > OUR_TIME


@pytest.mark.parametrize("side", ["Our", "Their"])
def test_a_resolution_for_one_side_reaches_learners_of_the_other(
    repository: Repository, side: str
) -> None:
    """Theirs is newer already, and learners who have it are left alone; ours is stamped anew."""
    edits_on_both_sides(repository, ["cow"], ["cow"])
    repository.merges()
    repository.writes("cow", f"{side} words on the cow.")
    repository.repairs()
    assert times(repository.lock)["cow"] == {"Our": MERGE_TIME, "Their": THEIR_TIME}[side]


def test_a_cloze_number_of_either_side_stays_taken(repository: Repository) -> None:
    """Learners of our branch have a card of c2; the resolution drops it, and it is not reused."""
    repository.writes("calf", "It {{c1::moos}}.")
    repository.commits(BASE_TIME)
    repository.branches()
    repository.writes("calf", "It {{c1::moos}} softly.")
    repository.commits(THEIR_TIME)
    repository.returns()
    repository.writes("calf", "It {{c1::moos}} and {{c2::eats}}.")
    repository.commits(OUR_TIME)
    assert not repository.merges()
    repository.writes("calf", "It {{c1::moos}} very softly.")
    repository.repairs()
    repository.writes("calf", "It {{c1::moos}} and {{c2::sleeps}}.")
    built = build.build(repository.content, repository.lock_text, MERGE_TIME)
    assert [wrong.code for wrong in errors(built.diagnostics)] == ["cloze-reused"]


def test_both_sides_change_the_styling(repository: Repository) -> None:
    """Both note types get a time newer than either branch gave them, and no note does."""
    settings = repository.content / "deck.yaml"
    old = settings.read_text()
    repository.branches()
    settings.write_text(old + "styling: '.card { color: teal }'\n")
    repository.commits(THEIR_TIME)
    repository.returns()
    settings.write_text(old + "styling: '.card { color: navy }'\n")
    repository.commits(OUR_TIME)
    assert not repository.merges()
    settings.write_text(old + "styling: '.card { color: olive }'\n")
    repository.repairs()
    assert {entry.modified for entry in repository.lock.types.values()} == {MERGE_TIME}
    assert set(times(repository.lock).values()) == {BASE_TIME}


def test_one_side_retires_what_the_other_edits(repository: Repository) -> None:
    """The resolved note is retired, with the new text and a newer time."""
    repository.branches()
    repository.writes("cow", "A cow is an animal.", options="\nretired: true")
    repository.commits(THEIR_TIME)
    repository.returns()
    repository.writes("cow", "Our words on the cow.")
    repository.commits(OUR_TIME)
    repository.merges()
    repository.writes("cow", "Our words on the cow.", options="\nretired: true")
    repository.repairs()
    entry = repository.lock.notes["cow"]
    assert (entry.retired, entry.modified) == (True, MERGE_TIME)


def test_both_sides_add_a_note_of_one_id(repository: Repository) -> None:
    """It is an error at its place, which names the other file."""
    repository.branches()
    repository.writes("fox", "Their fox.")
    repository.commits(THEIR_TIME)
    repository.returns()
    repository.writes("fox", "Our fox.")
    (repository.content / "fox.md").rename(repository.content / "canines.md")
    repository.commits(OUR_TIME)
    assert repository.merges()
    built = build.build(repository.content, repository.lock_text, MERGE_TIME)
    (wrong,) = errors(built.diagnostics)
    assert (wrong.code, wrong.span.path) == ("id-duplicate", "fox.md")
    assert "canines.md" in wrong.message


def test_two_notes_that_landed_on_one_row_id_are_parted(repository: Repository) -> None:
    """Two branches can give one free row to two notes; the build leaves it to the first."""
    edits_on_both_sides(repository, ["ape"], ["asp"])
    repository.merges()
    path = repository.content / NAME
    rows = {key: entry.row for key, entry in repository.lock.notes.items()}
    path.write_text(path.read_text().replace(f"row={rows['asp']}", f"row={rows['ape']}"))
    repository.repairs()
    assert repository.lock.notes["ape"].row == rows["ape"]
    assert times(repository.lock)["asp"] == THEIR_TIME


def test_merge_markers_in_the_lock_are_an_error(repository: Repository) -> None:
    """As git leaves them where the attribute is missing."""
    (repository.folder / ".gitattributes").write_text("")
    repository.commits(BASE_TIME)
    edits_on_both_sides(repository, ["bee"], ["cow"])
    path = repository.content / NAME
    assert repository.git("merge", "--quiet", "--no-edit", "theirs") != 0
    assert "<<<<<<<" in path.read_text()
    with pytest.raises(DeckgenError, match="a merge conflict is unresolved"):
        repository.builds(MERGE_TIME)
