"""The deck of this repository, in real Anki: every card, both sides."""

from __future__ import annotations

import html
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from learner import Imported, Learner

from deckgen import build
from deckgen.card import CardSide, sides
from deckgen.diagnostic import errors
from deckgen.formulas import FormulaCheck
from deckgen.lock_entry import NAME
from deckgen.mathjax import MathJax
from deckgen.media import MediaFolder
from deckgen.notetype import note_types
from deckgen.render import Renderer

CONTENT = Path(__file__).parents[2] / "content"
CODE = re.compile(r"<(code|pre)\b.*?</\1>", re.DOTALL)
FORMULA = re.compile(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", re.DOTALL)
PIECE = re.compile(r"<div>(.*?)</div>(?=<div>|\Z)", re.DOTALL)
# What Anki writes into a card that it cannot show. Anki: rslib/src/template.rs, card_rendering
TROUBLE = ("The front of this card is blank", "on card", "has a problem", "not found", "invalid")


@pytest.fixture(scope="module")
def built() -> build.Built:
    lock = CONTENT / NAME
    built = build.build(CONTENT, lock.read_text() if lock.exists() else "", 1_700_000_000)
    assert not errors(built.diagnostics)
    assert len(built.notes) > 100
    return built


@pytest.fixture(scope="module")
def package(built: build.Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("deck") / "deck.apkg"
    path.write_bytes(build.pack(built, CONTENT))
    return path


@pytest.fixture(scope="module")
def deck(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    """A learner who imported the deck; nothing in this file changes it."""
    learner = Learner(tmp_path_factory.mktemp("learner") / "anki")
    learner.imports(package)
    yield learner
    learner.col.close()


def test_it_imports_whole(built: build.Built, package: Path, tmp_path: Path) -> None:
    """All notes new; again, all known and no row changed."""
    keys = tuple(sorted(note.key for note in built.notes))
    learner = Learner(tmp_path / "learner")
    assert learner.imports(package) == Imported(new=keys)
    tables = learner.tables()
    assert learner.imports(package) == Imported(duplicate=keys)
    assert learner.tables() == tables
    learner.col.close()


def test_it_leaves_a_sound_collection(package: Path, tmp_path: Path) -> None:
    """Check Database, Check Media and Empty Cards find nothing."""
    learner = Learner(tmp_path / "learner")
    learner.imports(package)
    learner.assert_sound()
    learner.col.close()


def test_its_cards_are_those_that_anki_makes(built: build.Built, deck: Learner) -> None:
    for note in built.notes:
        assert tuple(card.ord for card in deck.cards(note.key)) == note.ordinals, note.key


def test_every_side_of_every_card_is_shown(deck: Learner) -> None:
    """None is empty, and none holds one of Anki's own messages."""
    count = 0
    for card in map(deck.col.get_card, deck.col.find_cards("")):
        for text in (card.question(), card.answer()):
            page = text.split("</style>", 1)[1]
            assert page.count('class="deckgen') == 1, (card.note()["Key"], card.ord)
            words = html.unescape(re.sub(r"<[^>]*>", " ", page)).split()
            assert words, (card.note()["Key"], card.ord)
            plain = CODE.sub("", page)
            assert not [t for t in TROUBLE if f"{{{{{t}" in plain], card.note()["Key"]
            told = plain.replace("[[type:", "").replace("[...]", "")
            assert "{{" not in told and "[[" not in told
            count += 1
    assert count > 2 * 100


def test_our_card_sides_are_ankis(deck: Learner) -> None:
    """`card.sides` says what Anki shows: the same text, field by field, and the same formulas."""
    content = build.read_content(CONTENT)
    config = content.config
    types = {each.kind: each for each in note_types(config.name, config.namespace)}
    media = MediaFolder(CONTENT, config.media_limit)
    compared = 0
    with MathJax() as mathjax:
        proof = FormulaCheck({}, mathjax).keeps_its_look
        renderer = Renderer(config, types, {}, media, content.texts, proof)
        for question in (question for parsed in content.parsed for question in parsed.questions):
            cards = {card.ord: card for card in deck.cards(question.key)}
            for side in sides(renderer.note(question)[0]):
                card = cards[side.ordinal]
                real = card.question() if side.is_question else card.answer()
                assert_same_side(side, real)
                compared += 1
    assert compared == 2 * len(deck.col.find_cards(""))


def assert_same_side(side: CardSide, real: str) -> None:
    where = (side.note.key, side.ordinal, side.is_question)
    page = real.split("</style>", 1)[1]
    pieces = PIECE.findall(side.html)
    assert "".join(f"<div>{piece}</div>" for piece in pieces) == side.html
    for piece in pieces:
        assert piece in page, where
    found = Counter(
        html.unescape(inline or display).strip()
        for inline, display in FORMULA.findall(CODE.sub("", page))
    )
    assert found == Counter(tex.strip() for tex, _, _ in side.formulas), where


def test_it_updates_after_an_edit(built: build.Built, package: Path, tmp_path: Path) -> None:
    """One answer: one note updated, no card row and no review changed."""
    content = tmp_path / "content"
    shutil.copytree(CONTENT, content)
    learner = Learner(tmp_path / "learner")
    learner.imports(package)
    learner.studies(built.config.name, 8)
    schedule = learner.schedule()
    note = next(note for note in built.notes if not note.fields[6])
    path = content / note.span.path
    text = path.read_text()
    end = text.index("-->", text.index(f"id: {note.key}\n")) + len("-->")
    path.write_text(f"{text[:end]}\n\nIn short:\n{text[end:]}")
    again = build.build(content, built.lock_text, 1_700_000_500)
    update = tmp_path / "update.apkg"
    update.write_bytes(build.pack(again, content))
    rest = tuple(sorted(other.key for other in built.notes if other is not note))
    assert learner.imports(update) == Imported(updated=(note.key,), duplicate=rest)
    assert learner.schedule() == schedule
    learner.col.close()
