"""Ids for headings that have none: what they are called, and how they get into the file."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deckgen.config import Config
from deckgen.ids import LONGEST, assign, propose, report, write
from deckgen.question import KEY, parse_file
from deckgen.source import Source

LINES = ["## A?", "## B c?", "### D?", "<!-- tags: [x] -->", "<!--", "-->", "tags: [x]", "Text."]
CONFIG = Config("Deck", "tests.example")


@pytest.mark.parametrize(
    ("title", "key"),
    [
        ("What is an LSTM?", "what-is-an-lstm"),
        ("Wie heißt der Übergang?", "wie-heit-der-ubergang"),
        ("Why $\\alpha_1 = 0$?", "why-1-0"),
        ("漢字？", "question"),
        ("", "question"),
        ("x" * 60, "x" * LONGEST),
        ("word " * 20, "word-word-word-word-word-word-word-word-word"),
    ],
)
def test_an_id_is_made_of_the_headings_words(title: str, key: str) -> None:
    """In ASCII, cut between words, never empty."""
    assert propose(title, ()) == key


@given(st.text(max_size=80), st.sets(st.sampled_from(["question", "question-2", "a", "a-2"])))
def test_every_proposal_is_a_free_id(title: str, taken: set[str]) -> None:
    """Valid by the rule for ids, and not in use."""
    key = propose(title, taken)
    assert KEY.match(key)
    assert key not in taken


@given(
    st.lists(st.sampled_from(LINES), max_size=12),
    st.lists(st.sampled_from(["\n", "\r\n"]), min_size=12, max_size=12),
    st.booleans(),
    st.sampled_from(["", "\ufeff"]),
)
def test_ids_written_are_read_and_nothing_else_changes(
    lines: list[str], ends: list[str], last: bool, mark: str
) -> None:
    """In any file, with any line ends: each heading gets its id, and the other bytes stay."""
    raw = mark + "".join(line + end for line, end in zip(lines, ends, strict=False))
    raw = raw if last else raw.rstrip("\r\n")
    text = raw.removeprefix(mark).replace("\r\n", "\n")
    parsed = parse_file(Source("a.md", text), CONFIG, {})
    if any(d.code.startswith("yaml-") for d in parsed.diagnostics):
        return  # `deckgen ids` leaves such a file alone
    assigned = assign(parsed.missing, ())
    written = write(raw.encode(), assigned).decode()
    again = parse_file(Source("a.md", written.removeprefix(mark).replace("\r\n", "\n")), CONFIG, {})
    assert again.missing == ()
    assert {question.key for question in again.questions} >= {key for _, key in assigned}
    for _, key in assigned:
        assert len(re.findall(rf"id: {key}\s", written)) == 1
    # Take the ids out again: the comments made for them, and the lines added to others.
    without = re.sub(r"(?:\r?\n)?<!-- id: [a-z0-9-]+ -->\r?\n?", "", written)
    without = re.sub(r"\s*id: [a-z0-9-]+\s*", "", without)
    assert re.sub(r"\s", "", without) == re.sub(r"\s", "", raw)
    assert written.count("\r\n") >= raw.count("\r\n")
    assert written.replace("\r\n", "").count("\n") >= raw.replace("\r\n", "").count("\n")


def test_a_missing_id_is_told_with_the_comment_to_paste() -> None:
    """Or with the line to add, where there is a comment."""
    text = "## What is it?\n\nA.\n\n## And that?\n<!-- tags: [x] -->\n\nB.\n"
    parsed = parse_file(Source("a.md", text), CONFIG, {})
    told = report(parsed.missing, {"and-that"})
    assert [d.hint.splitlines()[0] for d in told] == [
        "put below it:  <!-- id: what-is-it -->",
        "add to its comment:  id: and-that-2",
    ]
    assert [text[d.span.start : d.span.end] for d in told] == ["## What is it?", "## And that?"]
