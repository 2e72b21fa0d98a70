"""An author's deck over the years: edits of every kind, and what each release gave to learners.

The story keeps its own record of when each note last changed, apart from the lock's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from author import Author

from deckgen import build
from deckgen.diagnostic import errors
from deckgen.lock_entry import NAME

TICK = 100  # seconds between two things that happen


@dataclass
class Question:
    """A question as its author has it in mind; `hidden` maps cloze numbers to texts."""

    key: str
    wording: int = 0
    sentences: list[str] = field(default_factory=list)
    hidden: dict[int, str] = field(default_factory=dict)
    shown: dict[int, str] = field(default_factory=dict)  # deletions that are plain text now
    reverse: bool = False
    retired: bool = False
    tag: str = "sky"
    picture: str = ""

    @property
    def subject(self) -> str:
        """What the question is about, in every wording of it."""
        return f"subject-{self.key}"

    def markdown(self, pictures: str) -> str:
        """As it stands in a file; `pictures` is the path to their folder."""
        options = "\nreverse: true" if self.reverse else ""
        options += "\nretired: true" if self.retired else ""
        texts = [f"{{{{c{number}::{text}}}}}" for number, text in sorted(self.hidden.items())]
        paragraph = " ".join([*self.sentences, *texts, *self.shown.values()])
        picture = f"\n\n![Seen]({pictures}/{self.picture}.svg)" if self.picture else ""
        return (
            f"## What is {self.subject}, wording {self.wording}?\n\n"
            f"<!--\nid: {self.key}\ntags: [{self.tag}]{options}\n-->\n\n{paragraph}{picture}"
        )


@dataclass
class Topic:
    """A question file; its title names its subdeck."""

    title: str
    questions: list[Question] = field(default_factory=list)


@dataclass
class Folder:
    """All that stands in the content folder."""

    topics: dict[str, Topic]
    name: str = "Astronomy"
    styling: int = 0
    pictures: dict[str, int] = field(default_factory=dict)  # name and version

    def questions(self) -> list[Question]:
        return [question for topic in self.topics.values() for question in topic.questions]


@dataclass(frozen=True, slots=True)
class Given:
    """A note as a release gave it; `changed` is the time, in seconds, of its last change."""

    fields: tuple[str, ...]
    tags: tuple[str, ...]
    ordinals: frozenset[int]
    deck: str
    changed: int

    def same_content(self, other: Given) -> bool:
        """Whether a learner sees no difference; the deck of cards that exist never changes."""
        mine = (self.fields, self.tags, self.ordinals)
        return mine == (other.fields, other.tags, other.ordinals)


@dataclass(frozen=True, slots=True)
class Release:
    """One package, and the notes in it by key."""

    package: Path
    notes: Mapping[str, Given]


class Story:
    """Edits the folder and releases it. Each edit is False if it found nothing to edit."""

    def __init__(self, folder: Path) -> None:
        self._author = Author(folder)
        self._packages = folder / "packages"
        self._packages.mkdir()
        self.clock = self._author.now
        self.releases: list[Release] = []
        self._given: dict[str, Given] = {}
        self._retired: set[str] = set()
        self.hidden: dict[str, dict[int, str]] = {}  # by key: what each number ever hid, released
        self.hides: dict[str, set[int]] = {}  # by key: the numbers that hide something, released
        self._counter = 0
        self.folder = Folder({"stars.md": Topic("Stars"), "planets.md": Topic("Planets")})
        dice = Random(0)
        for _ in range(3):
            self.adds_a_basic_question(dice)
            self.adds_a_cloze_question(dice)

    def tick(self) -> int:
        """The time of the next thing that happens."""
        self.clock += TICK
        return self.clock

    # -- releasing -------------------------------------------------------------------------------

    def release(self, skew: int = 0) -> Release:
        """Build and pack; `skew` is how wrong the clock of the author's machine is, in seconds."""
        self._write()
        now = self._author.now = self.tick() + skew
        built = self._author.builds()
        path = self._packages / f"{len(self.releases)}.apkg"
        path.write_bytes(build.pack(built, self._author.folder))
        notes: dict[str, Given] = {}
        for note in built.notes:
            tags = tuple(sorted(note.tags))
            given = Given(note.fields, tags, frozenset(note.ordinals), note.deck, now)
            old = self._given.get(note.key)
            if old is not None:
                same = given.same_content(old)
                changed = old.changed if same else max(now, old.changed + 1)
                given = Given(given.fields, tags, given.ordinals, note.deck, changed)
            notes[note.key] = given
        self._given.update(notes)
        for question in self.folder.questions():
            self.hidden.setdefault(question.key, {}).update(question.hidden)
            self.hides[question.key] = set(question.hidden)
        self._retired |= {q.key for q in self.folder.questions() if q.retired}
        self._retired -= {q.key for q in self.folder.questions() if not q.retired}
        self.releases.append(Release(path, notes))
        return self.releases[-1]

    def is_refused(self) -> bool:
        """Whether deckgen finds an error in the folder as it stands; nothing is released."""
        self._write()
        lock = self._author.folder / NAME
        return bool(errors(build.build(self._author.folder, lock.read_text(), 0).diagnostics))

    def _write(self) -> None:
        folder = self._author.folder
        for old in [*folder.rglob("*.md"), *folder.rglob("*.svg")]:
            old.unlink()
        styling = f"'.card {{ color: #{self.folder.styling:06x} }}'"
        settings = f"name: {self.folder.name}\nnamespace: tests.example\nstyling: {styling}\n"
        self._author.writes("deck.yaml", settings)
        for path, topic in self.folder.topics.items():
            pictures = "../" * path.count("/") + "img"
            questions = "\n\n".join(q.markdown(pictures) for q in topic.questions)
            self._author.writes(path, f"---\ntitle: {topic.title}\n---\n\n{questions}\n")
        for name, version in self.folder.pictures.items():
            drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="{version}"/>'
            self._author.writes(f"img/{name}.svg", drawing)

    # -- edits -----------------------------------------------------------------------------------

    def rewords_a_question(self, dice: Random) -> bool:
        dice.choice(self.folder.questions()).wording += 1
        return True

    def rewords_an_answer(self, dice: Random) -> bool:
        question = dice.choice(self.folder.questions())
        question.sentences[dice.randrange(len(question.sentences))] = self._sentence()
        return True

    def lengthens_an_answer(self, dice: Random) -> bool:
        dice.choice(self.folder.questions()).sentences.append(self._sentence())
        return True

    def retags_a_question(self, dice: Random) -> bool:
        dice.choice(self.folder.questions()).tag = dice.choice(["sky", "night", "day"])
        return True

    def adds_a_basic_question(self, dice: Random) -> bool:
        self._adds(dice, Question(f"b{self._number()}", sentences=[self._sentence()]))
        return True

    def adds_a_cloze_question(self, dice: Random) -> bool:
        hidden = {number: self._hidden() for number in range(1, dice.randint(2, 4))}
        self._adds(dice, Question(f"c{self._number()}", 0, [self._sentence()], hidden))
        return True

    def drops_an_unreleased_question(self, dice: Random) -> bool:
        return self._drops(dice, lambda question: question.key not in self._given)

    def splits_a_question(self, dice: Random) -> bool:
        long = [q for q in self.folder.questions() if len(q.sentences) > 1]
        if not long:
            return False
        taken = dice.choice(long).sentences.pop()
        self._adds(dice, Question(f"b{self._number()}", sentences=[taken]))
        return True

    def moves_a_question(self, dice: Random) -> bool:
        """Within its file or to another."""
        topic = dice.choice([topic for topic in self.folder.topics.values() if topic.questions])
        question = topic.questions.pop(dice.randrange(len(topic.questions)))
        self._adds(dice, question)
        return True

    def renames_a_file(self, dice: Random) -> bool:
        old = dice.choice(list(self.folder.topics))
        directory = dice.choice(["", "deep/"])
        self.folder.topics[f"{directory}{self._number()}.md"] = self.folder.topics.pop(old)
        return True

    def renames_a_subdeck(self, dice: Random) -> bool:
        topic = dice.choice(list(self.folder.topics.values()))
        topic.title = dice.choice(["Stars", "Planets", "Moons", "Deep"])
        return True

    def renames_the_deck(self, dice: Random) -> bool:
        self.folder.name = dice.choice(["Astronomy", "Sky", "Sky::Night", "astronomy"])
        return True

    def adds_a_file(self, dice: Random) -> bool:
        title = dice.choice(["Stars", "Moons", "Comets", "Stars::Red"])
        self.folder.topics[f"{self._number()}.md"] = Topic(title)
        return True

    def restyles(self, dice: Random) -> bool:
        self.folder.styling = dice.randrange(1000)
        return True

    def adds_a_cloze(self, dice: Random) -> bool:
        cloze = self._clozes(lambda question: True)
        if not cloze:
            return False
        question = dice.choice(cloze)
        question.hidden[max([*question.hidden, *question.shown]) + 1] = self._hidden()
        return True

    def rewords_a_hidden_text(self, dice: Random) -> bool:
        """It still says the same: the card keeps its history."""
        cloze = self._clozes(lambda question: True)
        if not cloze:
            return False
        question = dice.choice(cloze)
        question.hidden[dice.choice(sorted(question.hidden))] += " indeed"
        return True

    def uncovers_a_cloze(self, dice: Random) -> bool:
        cloze = self._clozes(lambda question: len(question.hidden) > 1)
        if not cloze:
            return False
        question = dice.choice(cloze)
        number = dice.choice(sorted(question.hidden))
        text = question.hidden.pop(number)
        question.shown[number] = self.hidden.get(question.key, {}).get(number, text)
        return True

    def covers_a_cloze_again(self, dice: Random) -> bool:
        cloze = self._clozes(lambda question: bool(question.shown))
        if not cloze:
            return False
        question = dice.choice(cloze)
        number = dice.choice(sorted(question.shown))
        question.hidden[number] = question.shown.pop(number)
        return True

    def renumbers_an_unreleased_question(self, dice: Random) -> bool:
        cloze = self._clozes(lambda question: question.key not in self._given)
        if not cloze:
            return False
        _swap(dice.choice(cloze))
        return True

    def turns_reversed_on_or_off(self, dice: Random) -> bool:
        basic = [question for question in self.folder.questions() if not question.hidden]
        if not basic:
            return False
        question = dice.choice(basic)
        question.reverse = not question.reverse
        return True

    def shows_a_picture(self, dice: Random) -> bool:
        name = dice.choice([*self.folder.pictures, f"new{self._number()}"])
        self.folder.pictures.setdefault(name, self._number())
        dice.choice(self.folder.questions()).picture = name
        return True

    def replaces_a_picture(self, dice: Random) -> bool:
        """Another drawing under the old name."""
        if not self.folder.pictures:
            return False
        self.folder.pictures[dice.choice(sorted(self.folder.pictures))] = self._number()
        return True

    def renames_a_picture(self, dice: Random) -> bool:
        if not self.folder.pictures:
            return False
        old, new = dice.choice(sorted(self.folder.pictures)), f"other{self._number()}"
        self.folder.pictures[new] = self.folder.pictures.pop(old)
        for question in self.folder.questions():
            question.picture = new if question.picture == old else question.picture
        return True

    def retires_a_question(self, dice: Random) -> bool:
        released = [q for q in self.folder.questions() if q.key in self._given]
        if not released:
            return False
        dice.choice(released).retired = True
        return True

    def brings_a_retired_question_back(self, dice: Random) -> bool:
        retired = [question for question in self.folder.questions() if question.retired]
        if not retired:
            return False
        dice.choice(retired).retired = False
        return True

    def deletes_a_retired_question(self, dice: Random) -> bool:
        return self._drops(dice, lambda q: q.retired and q.key in self._retired)

    # -- what Anki cannot follow -----------------------------------------------------------------

    def attempts(self, edit: Attempt, dice: Random) -> bool:
        """Try an edit of two released questions that must be refused, and take it back.

        False if there is nothing to try it on, or it does nothing.
        """
        before = copy.deepcopy(self.folder)
        released = [q for q in self.folder.questions() if q.key in self._given and not q.retired]
        if len(released) < 2:
            return False
        first, second = dice.sample(released, 2)
        tried = edit(self, first, second)
        refused = tried and self.is_refused()
        self.folder = before
        assert refused == tried, f"{edit.__name__} was released"
        return tried

    # -- parts -----------------------------------------------------------------------------------

    def _adds(self, dice: Random, question: Question) -> None:
        topic = dice.choice(list(self.folder.topics.values()))
        topic.questions.insert(dice.randint(0, len(topic.questions)), question)

    def _drops(self, dice: Random, may_go: Callable[[Question], bool]) -> bool:
        found = [question for question in self.folder.questions() if may_go(question)]
        if not found or len(self.folder.questions()) == 1:
            return False
        _remove(self.folder, dice.choice(found))
        return True

    def _clozes(self, fits: Callable[[Question], bool]) -> list[Question]:
        return [q for q in self.folder.questions() if q.hidden and fits(q)]

    def _number(self) -> int:
        self._counter += 1
        return self._counter

    def _sentence(self) -> str:
        return f"Sentence {self._number()}."

    def _hidden(self) -> str:
        return f"hidden {self._number()}"


def _remove(folder: Folder, question: Question) -> None:
    for topic in folder.topics.values():
        topic.questions = [q for q in topic.questions if q is not question]


def _swap(question: Question) -> bool:
    """Give the first and the last deletion each other's number."""
    numbers = sorted(question.hidden)
    first, last = numbers[0], numbers[-1]
    hidden = question.hidden
    hidden[first], hidden[last] = hidden[last], hidden[first]
    return first != last


def deletes_a_released_question(story: Story, question: Question, _: Question) -> bool:
    _remove(story.folder, question)
    return True


def turns_basic_into_cloze_or_back(_: Story, question: Question, __: Question) -> bool:
    if question.hidden:
        question.sentences += question.hidden.values()
        question.hidden.clear()
    else:
        question.reverse = False
        question.hidden[1] = "now hidden"
    return True


def takes_the_id_of_another(_: Story, question: Question, other: Question) -> bool:
    question.key = other.key
    return True


def swaps_cloze_numbers(story: Story, question: Question, _: Question) -> bool:
    numbers = sorted(question.hidden)
    if len(numbers) < 2 or not story.hides[question.key] & {numbers[0], numbers[-1]}:
        return False
    released = story.hidden[question.key]
    question.hidden = {number: released.get(number, question.hidden[number]) for number in numbers}
    return _swap(question)


def reuses_a_cloze_number(story: Story, question: Question, _: Question) -> bool:
    gone = story.hidden[question.key].keys() - story.hides[question.key]
    if not question.hidden or not gone:
        return False
    question.hidden[min(gone)] = "quite another text"
    return True


Edit = Callable[[Story, Random], bool]
Attempt = Callable[[Story, Question, Question], bool]

EDITS: tuple[Edit, ...] = (
    Story.rewords_a_question,
    Story.rewords_an_answer,
    Story.lengthens_an_answer,
    Story.retags_a_question,
    Story.adds_a_basic_question,
    Story.adds_a_cloze_question,
    Story.drops_an_unreleased_question,
    Story.splits_a_question,
    Story.moves_a_question,
    Story.renames_a_file,
    Story.renames_a_subdeck,
    Story.renames_the_deck,
    Story.adds_a_file,
    Story.restyles,
    Story.adds_a_cloze,
    Story.rewords_a_hidden_text,
    Story.uncovers_a_cloze,
    Story.covers_a_cloze_again,
    Story.renumbers_an_unreleased_question,
    Story.turns_reversed_on_or_off,
    Story.shows_a_picture,
    Story.replaces_a_picture,
    Story.renames_a_picture,
    Story.retires_a_question,
    Story.brings_a_retired_question_back,
    Story.deletes_a_retired_question,
)
ATTEMPTS: tuple[Attempt, ...] = (
    deletes_a_released_question,
    turns_basic_into_cloze_or_back,
    takes_the_id_of_another,
    swaps_cloze_numbers,
    reuses_a_cloze_number,
)
