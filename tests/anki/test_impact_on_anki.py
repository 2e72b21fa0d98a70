"""What `deckgen diff` foretells is what Anki then does.

For more pairs of releases than CI tries: `DECKGEN_DIFF_EXAMPLES=5000 pytest` on this file.
"""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from imprinted import imprinted, recorded
from learner import Imported, Learner

from deckgen import apkg
from deckgen.cloze import anki_ordinals
from deckgen.deck import Deck
from deckgen.diagnostic import Span
from deckgen.generation import made_ordinals
from deckgen.impact import impact
from deckgen.imprint import Imprint
from deckgen.lock import Stamped, StampedType
from deckgen.media import Media
from deckgen.notetype import CardTemplate, Kind, NoteType, basic_ordinals, note_types
from deckgen.outcome import Impact, Outcome, TypeOutcome
from deckgen.released import Release, read_package
from deckgen.render import RETIRED_TAG, Note

EXAMPLES = int(os.environ.get("DECKGEN_DIFF_EXAMPLES", "200"))
NAMESPACE = "tests.example"
TIME = 1_600_000_000  # seconds since 1970; long before the import
NAMES = {field.name: i for i, field in enumerate(note_types("", NAMESPACE)[0].fields)}
PICTURES = ("deckgen-one.png", "deckgen-two.png")

# -- releases that differ in all that an author, or a later deckgen, may change ----------------

words = st.sampled_from(["alpha", "beta", "gamma", r"\(x^2\)", "", "<br> "])
pictures = st.sampled_from(["", *(f'<img alt="a > b" src="{name}">' for name in PICTURES)])
clozes = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(["ridge", "lasso", "{{c1::in}} side"])),
    max_size=3,
).map(lambda parts: " ".join(f"{{{{c{number}::{text}}}}}" for number, text in parts))


@dataclass(frozen=True)
class Draft:
    """A note as drawn; `later` is added to its time, `stray` cards have no text to show."""

    kind: Kind
    question: str
    answer: str
    cloze: str
    picture: str
    context: str
    reverse: bool
    deck: str
    tags: frozenset[str]
    later: int
    stray: tuple[int, ...]
    lacking: bool

    def note(self, key: str, field_count: int) -> Note:
        """The note as rendered."""
        fields = [""] * field_count
        fields[0] = self.question
        fields[1] = self.picture + (self.cloze if self.kind is Kind.CLOZE else self.answer)
        fields[NAMES["Context"]] = self.context
        fields[NAMES["Reverse"]] = "y" if self.reverse else ""
        fields[NAMES["Key"]] = key
        named = {name: fields[index] for name, index in NAMES.items()}
        proper = anki_ordinals(fields[1]) if self.kind is Kind.CLOZE else basic_ordinals(named)
        ordinals = tuple(sorted({*(() if self.lacking else proper), *self.stray}))
        return Note(
            key=key,
            kind=self.kind,
            fields=tuple(fields),
            tags=tuple(self.tags),
            deck=self.deck,
            ordinals=ordinals,
            media=(),
            retired=RETIRED_TAG in self.tags,
            title=key,
            span=Span("", 0, 0),
        )

    def stamped(self, imprint: Imprint) -> Stamped:
        """The note as the lock stamps it."""
        row = 2**40 + 512 * int.from_bytes(sha256(imprint.key.encode()).digest()[:3], "big")
        return Stamped(imprint, row, TIME + self.later, imprint.key)


drafts = st.builds(
    Draft,
    kind=st.sampled_from(Kind),
    question=words,
    answer=words,
    cloze=clozes,
    picture=pictures,
    context=words,
    reverse=st.booleans(),
    deck=st.sampled_from(["Root", "Root::Part", "root::part", "Other::Part"]),
    tags=st.frozensets(st.sampled_from(["one", "two::three", RETIRED_TAG]), max_size=2),
    later=st.integers(0, 2),
    stray=st.sampled_from([(), (), (1,), (0, 6)]),
    lacking=st.sampled_from([False, False, False, True]),
)

EDITED = tuple(name for name in Draft.__match_args__ if name != "later")

FRONTS = (
    "",  # as deckgen has it
    "{{Answer}}",
    "{{^Context}}{{Question}}{{/Context}}{{#Context}}{{text:Answer}}{{/Context}}",
    "<!-- {{Question}} -->{{#Reverse}}{{Key}} in {{Subdeck}}{{/Reverse}}",
    "{{#Context}}{{Question}}{{Answer}}{{/Context}}{{FrontSide}}",
    "{{#Question}}{{^Question}}{{Key}}{{/Question}}{{/Question}}{{hint:Context}}",
)
CHANGES = (
    "field renamed",
    "field added",
    "fields reordered",
    "field id",
    "template renamed",
    "template added",
    "other id",
)
CLOZE_FRONTS = ("", "{{#Question}}{{cloze:Text}}{{/Question}}", "{{cloze:Text}}")


@dataclass(frozen=True)
class Design:
    """How a release changes a note type: the front at a place, the rest, its time by `later`."""

    front: int
    place: int
    styling: str
    name: str
    change: str
    sort_field: int
    later: int

    def newer_than(self, other: Design, seconds: int) -> Design:
        """With a time that many seconds after the other's."""
        return replace(self, later=other.later + seconds)

    def applied(self, note_type: NoteType) -> NoteType:
        """The note type, changed."""
        fronts = CLOZE_FRONTS if note_type.kind is Kind.CLOZE else FRONTS
        templates = list(note_type.templates)
        if front := fronts[self.front % len(fronts)]:
            place = self.place % len(templates)
            templates[place] = templates[place]._replace(front=front)
        fields = note_type.fields
        type_id = note_type.id
        match self.change:
            case "field renamed":
                fields = (*fields[:-1], fields[-1]._replace(name="Renamed"))
            case "field added":
                fields = (*fields, fields[-1]._replace(name="Added", id=7))
            case "fields reordered":
                fields = (*fields[:-2], fields[-1], fields[-2])
            case "field id":
                fields = (*fields[:-1], fields[-1]._replace(id=8))
            case "template renamed":
                templates[0] = templates[0]._replace(name="Renamed")
            case "template added" if note_type.kind is Kind.BASIC:
                templates.append(CardTemplate("Added", 9, "{{Context}}", ""))
            case "other id":
                type_id += 1
        return note_type._replace(
            id=type_id,
            name=note_type.name + self.name,
            fields=fields,
            templates=tuple(templates),
            styling=note_type.styling + self.styling,
        )


designs = st.builds(
    Design,
    front=st.sampled_from([0, *range(len(FRONTS))]),
    place=st.integers(0, 1),
    styling=st.sampled_from(["", "", "b { color: red }"]),
    name=st.sampled_from(["", "", " two"]),
    change=st.sampled_from([*([""] * 40), *CHANGES]),
    sort_field=st.sampled_from([0, 0, 0, 1]),
    later=st.just(1),
)


@dataclass(frozen=True)
class Edition:
    """One release as drawn: notes by key, note types by kind, the bytes of both pictures."""

    drafts: dict[str, Draft]
    designs: dict[Kind, Design]
    description: str
    pictures: tuple[bytes, bytes]

    def package(self) -> bytes:
        """The bytes of its package."""
        plain = {note_type.kind: note_type for note_type in note_types("Root", NAMESPACE)}
        types = {kind: self.designs[kind].applied(plain[kind]) for kind in plain}
        notes = [d.note(key, len(types[d.kind].fields)) for key, d in self.drafts.items()]
        imprints = imprinted(notes)
        files = dict(zip(PICTURES, self.pictures, strict=True))
        deck = Deck(
            name="Root",
            namespace=NAMESPACE,
            description=self.description,
            types=tuple(StampedType(types[k], TIME + self.designs[k].later) for k in types),
            notes=tuple(map(Draft.stamped, self.drafts.values(), imprints)),
            records=recorded(imprints, notes),
            media=tuple(Media(name, name, len(body)) for name, body in files.items()),
            user_styling=b"/* yours */",
        )
        content = apkg.pack(deck, lambda media: files[media.name])
        sorted_by = {types[k].id: self.designs[k].sort_field for k in types}
        return _sorted_by(content, sorted_by) if any(sorted_by.values()) else content


def _sorted_by(package: bytes, sort_fields: dict[int, int]) -> bytes:
    """The package with other sort fields, which deckgen itself never changes."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / apkg.COLLECTION
        path.write_bytes(members[apkg.COLLECTION])
        connection = sqlite3.connect(path)
        models = json.loads(connection.execute("select models from col").fetchone()[0])
        for type_id, sort_field in sort_fields.items():
            models[str(type_id)]["sortf"] = sort_field
        connection.execute("update col set models = ?", [json.dumps(models)])
        connection.commit()
        connection.close()
        members[apkg.COLLECTION] = path.read_bytes()
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


@st.composite
def editions(draw: st.DrawFn) -> tuple[Edition, Edition]:
    """Two releases of one deck, the second with a few edits; notes may come, go and stay."""
    first = draw(st.dictionaries(st.sampled_from("abcdef"), drafts, min_size=1, max_size=5))
    second: dict[str, Draft] = {}
    for key, draft in first.items():
        match draw(st.sampled_from(["same", "edited", "edited", "edited", "other", "gone"])):
            case "same":
                second[key] = draft
            case "edited":
                other = draw(drafts)
                parts = draw(st.sets(st.sampled_from(EDITED), max_size=3))
                changed = {part: getattr(other, part) for part in parts}
                later = draft.later + draw(st.integers(-1, 2))
                second[key] = replace(draft, **changed, later=later)
            case "other":
                second[key] = draw(drafts)
    fewest = 0 if second else 1
    added = st.dictionaries(st.sampled_from("uvw"), drafts, min_size=fewest, max_size=2)
    second |= draw(added)
    seconds = st.sampled_from([-1, 0, 1, 1, 1])
    kinds = st.fixed_dictionaries(dict.fromkeys(Kind, designs))
    old_designs = draw(kinds)
    new_designs = {
        kind: design if draw(st.booleans()) else draw(designs).newer_than(design, draw(seconds))
        for kind, design in old_designs.items()
    }
    descriptions = st.sampled_from(["", "one", "two"])
    bodies = st.tuples(*([st.sampled_from([b"first", b"first", b"second"])] * 2))
    return (
        Edition(first, old_designs, draw(descriptions), draw(bodies)),
        Edition(second, new_designs, draw(descriptions), draw(bodies)),
    )


PLAIN = Draft(
    kind=Kind.BASIC,
    question="alpha",
    answer="beta",
    cloze="",
    picture="",
    context="",
    reverse=False,
    deck="Root",
    tags=frozenset(),
    later=0,
    stray=(),
    lacking=False,
)
REVERSED = replace(PLAIN, reverse=True)
AS_IT_IS = Design(front=0, place=1, styling="", name="", change="", sort_field=0, later=0)
ALWAYS_REVERSED = replace(AS_IT_IS, front=FRONTS.index("{{Answer}}"))
NEVER_REVERSED = replace(AS_IT_IS, front=len(FRONTS) - 1)


def _edition(design: Design, **notes: Draft) -> Edition:
    return Edition(notes, dict.fromkeys(Kind, design), "", (b"first", b"first"))


# What chance rarely brings.
MADE_AND_BROUGHT = (
    _edition(AS_IT_IS, a=PLAIN),
    _edition(replace(ALWAYS_REVERSED, later=1), a=replace(REVERSED, deck="Other", later=1)),
)
NEW_ON_AN_OLD_TYPE = (
    _edition(AS_IT_IS, a=PLAIN),
    _edition(ALWAYS_REVERSED, a=PLAIN, u=replace(PLAIN, stray=(1,))),
)
ABSENT_AND_EMPTIED = (
    _edition(AS_IT_IS, a=REVERSED),
    _edition(replace(NEVER_REVERSED, later=1), u=PLAIN),
)


# -- what Anki did -----------------------------------------------------------------------------

Card = tuple[str, int]
"""A note's key and a card's ordinal."""


@dataclass(frozen=True)
class Collected:
    """What matters of a learner's collection; deck names without case, as Anki finds them."""

    notes: dict[str, tuple[tuple[str, ...], frozenset[str]]]
    cards: dict[Card, str]
    empty: set[Card]
    files: set[str]
    unused: set[str]
    decks: dict[str, str]


def _collected(learner: Learner) -> Collected:
    cards = {card: learner.col.get_card(card) for card in learner.col.find_cards("")}
    keys = {card_id: (card.note()["Key"], card.ord) for card_id, card in cards.items()}
    decks = ((keys[c], learner.col.decks.name(card.did).casefold()) for c, card in cards.items())
    notes = [learner.col.get_note(note) for note in learner.col.find_notes("")]
    empty = (card for note in learner.col.get_empty_cards().notes for card in note.card_ids)
    return Collected(
        {n["Key"]: (tuple(map(_as_packed, n.fields)), frozenset(n.tags)) for n in notes},
        dict(decks),
        {keys[card] for card in empty},
        set(learner.media()),
        set(learner.col.media.check().unused),
        {deck["name"].casefold(): deck["desc"] for deck in learner.col.decks.all()},
    )


def _as_packed(field: str) -> str:
    """The field with the names that the package gave to pictures."""
    return re.sub("-[0-9a-f]{40}", "", field)


@contextmanager
def _learner() -> Iterator[tuple[Path, Learner]]:
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder) / "learner")
        try:
            yield Path(folder), learner
        finally:
            learner.col.close()


def _log(foretold: Impact) -> Imported:
    """The import log that the outcomes mean."""

    def keys(*outcomes: Outcome) -> tuple[str, ...]:
        return tuple(sorted(note.key for note in foretold.of(*outcomes)))

    return Imported(
        new=keys(Outcome.NEW),
        updated=keys(Outcome.UPDATED),
        duplicate=keys(Outcome.UNCHANGED, Outcome.UNDELIVERED),
        conflicting=keys(Outcome.SKIPPED),
    )


def _empty(release: Release) -> set[Card]:
    """The cards of a release that show nothing."""
    return {
        (note.key, ordinal)
        for note in release.notes
        for ordinal in set(note.ordinals)
        - made_ordinals(release.types[note.type_id].note_type, note.fields, note.tags)
    }


def _assert_notes(after: Collected, foretold: Impact, old: Release, new: Release) -> None:
    """New and updated notes are the release's, all others as they were."""
    arrived = {note.key for note in foretold.of(Outcome.NEW, Outcome.UPDATED)}
    meant = [*old.notes, *(note for note in new.notes if note.key in arrived)]
    assert after.notes == {note.key: (note.fields, frozenset(note.tags)) for note in meant}


def _assert_cards(before: Collected, after: Collected, foretold: Impact) -> None:
    """Those that appear are in their decks, those that fall empty are empty, all others stay."""
    appearing = [
        ((note.key, card.ordinal), card.deck.casefold())
        for note in foretold.notes
        for card in note.appearing
    ]
    emptied = {(note.key, card.ordinal) for note in foretold.notes for card in note.emptied}
    assert before.cards.items() <= after.cards.items()
    assert sorted(after.cards.items() - before.cards.items()) == sorted(appearing)
    assert after.empty - before.empty == emptied


def _assert_decks(before: Collected, after: Collected, foretold: Impact) -> None:
    """New decks come, and only the decks that are named get another description."""
    added = {name.casefold() for name in foretold.new_decks}
    assert after.decks.keys() - before.decks.keys() == added
    described = {name for name, text in before.decks.items() if after.decks[name] != text}
    assert described == {name.casefold() for name in foretold.described}


def _assert_note_types(learner: Learner, foretold: Impact, old: Release, new: Release) -> None:
    """Each note type is the one that its outcome says."""
    ids = dict.fromkeys((*new.types, *old.types))
    ours = {known["id"]: known for known in learner.col.models.all() if "Root" in known["name"]}
    for type_id, fate in zip(ids, foretold.types, strict=True):
        arrived = fate.outcome in (TypeOutcome.NEW, TypeOutcome.UPDATED)
        meant = (new if arrived else old).types[type_id].note_type
        real = ours[type_id]
        assert real["css"] == meant.styling
        assert [t["qfmt"] for t in real["tmpls"]] == [t.front for t in meant.templates]
        assert [f["name"] for f in real["flds"]] == [f.name for f in meant.fields]
    copied = sum(fate.outcome is TypeOutcome.COPIED for fate in foretold.types)
    assert len(ours) == len(ids) + copied


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=list(HealthCheck),
)
@given(editions())
@example(MADE_AND_BROUGHT)
@example(NEW_ON_AN_OLD_TYPE)
@example(ABSENT_AND_EMPTIED)
def test_a_prediction_is_what_anki_does(pair: tuple[Edition, Edition]) -> None:
    """Of any two releases: notes, texts, tags, cards, empty cards, media, decks, note types."""
    packages = [edition.package() for edition in pair]
    old, new = (read_package(package, "deck.apkg") for package in packages)
    foretold = impact(old, new)
    with _learner() as (folder, learner):
        path = folder / "deck.apkg"
        path.write_bytes(packages[0])
        learner.imports(path)
        before = _collected(learner)
        path.write_bytes(packages[1])
        log = learner.imports(path)
        after = _collected(learner)

        assert before.empty == _empty(old)
        assert log == _log(foretold)
        _assert_notes(after, foretold, old, new)
        _assert_cards(before, after, foretold)
        assert after.files - before.files == set(foretold.media.added)
        assert after.unused - before.unused == set(foretold.media.unused)
        _assert_decks(before, after, foretold)
        _assert_note_types(learner, foretold, old, new)
