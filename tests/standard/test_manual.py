"""What is written from the rules and from the deck is current.

To rewrite docs/standard.md and docs/review.md:
`DECKGEN_UPDATE=1 pytest tests/standard/test_manual.py`. The others:
`deckgen index` and `deckgen coverage -o docs/coverage.md`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from deckgen.mapping import parse
from deckgen.passage import Passage
from deckgen.standard import coverage, index
from deckgen.standard.book import Book
from deckgen.standard.explanation import checklist, manual
from deckgen.standard.shelf import open_book

ROOT = Path(__file__).parent.parent.parent
MANUAL = ROOT / "docs" / "standard.md"
REVIEW = ROOT / "docs" / "review.md"
COVERAGE = ROOT / "docs" / "coverage.md"
RULES = re.compile(r"(<!-- made by [^\n]* -->\n\n).*?(<!-- end of the rules -->)", re.DOTALL)
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def book() -> Book:
    return open_book(ROOT / "content").book


@pytest.mark.parametrize(("page", "made"), [(MANUAL, manual), (REVIEW, checklist)])
def test_the_manual_says_what_the_rules_say(page: Path, made: Callable[[], str]) -> None:
    """One source for the terminal, docs/standard.md and the checklist of docs/review.md."""
    text = page.read_text("utf-8")
    assert RULES.search(text)
    current = RULES.sub(lambda match: f"{match[1]}{made()}\n{match[2]}", text)
    if os.environ.get("DECKGEN_UPDATE"):
        page.write_text(current, "utf-8")
        return
    assert text == current


def test_the_manuals_yaml_can_be_read() -> None:
    """Each example of it."""
    examples = YAML.findall(MANUAL.read_text("utf-8"))
    assert len(examples) == 3
    for example in examples:
        assert parse(Passage(example, "example.yaml", ((0, 0),)))[1] == ()


def test_the_coverage_table_is_current(book: Book) -> None:
    """`deckgen coverage -o docs/coverage.md` would change nothing."""
    topics = (ROOT / "content" / coverage.NAME).read_text("utf-8")
    sections, found = coverage.read_topics(topics)
    assert found == ()
    assert COVERAGE.read_text("utf-8") == coverage.table(sections, book, "../content")


def test_the_index_is_current(book: Book) -> None:
    """`deckgen index` would change nothing."""
    text = (ROOT / "content" / "README.md").read_text("utf-8")
    assert index.written(text, book) == text


def test_the_map_of_questions_is_sound(book: Book) -> None:
    """Each row has an id of its own, a level, a priority; what it names is in the deck."""
    topics = (ROOT / "content" / coverage.NAME).read_text("utf-8")
    rows = [row for section in coverage.read_topics(topics)[0] for row in section.rows]
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys)) == 399
    assert all(row.question and row.level in ("core", "deep", "craft") for row in rows)
    assert {row.priority for row in rows} == {1, 2, 3}
    named = [key for row in rows for key in row.answered_by]
    assert [key for key in named if key not in book.by_key] == []
    assert all(row.seed for row in rows if row.asked)
    assert len({row.seed for row in rows if row.asked}) == 24
