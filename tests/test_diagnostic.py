"""Positions, and how a diagnostic looks in a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deckgen.diagnostic import (
    COLORED,
    Diagnostic,
    LineIndex,
    Position,
    Severity,
    Span,
    errors,
    in_order,
    render,
)


def shown(text: str, marked: str, hint: str = "", width: int = 60) -> str:
    """The lines below the first, for a fault at the only occurrence of `marked`."""
    start = text.index(marked)
    diagnostic = Diagnostic(Span("a.md", start, start + len(marked)), "code", "message", hint)
    return render(diagnostic, {"a.md": text}, width=width).partition("\n")[2]


@given(st.text("a\n漢", max_size=30), st.integers(-5, 40))
def test_positions_lead_back_to_the_offset(text: str, offset: int) -> None:
    """The line before the column, and all lines above, are the text before the offset."""
    index = LineIndex(text)
    position = index.position(offset)
    before = [index.line(n) for n in range(1, position.line)]
    before.append(index.line(position.line)[: position.column - 1])
    assert "\n".join(before) == text[: max(0, offset)]


def test_lines_end_at_line_feeds_alone() -> None:
    """As editors count them; Unicode's other separators are characters of a line."""
    assert LineIndex("a\u2028b\x85c\nd").position(6) == Position(2, 1)


def test_a_fault_is_quoted_with_its_hint() -> None:
    """Place, code, message; the line; marks below exactly what is meant, and what to do."""
    text = "---\ntitle: T\n---\nRidge {{c2::shrinks\n"
    diagnostic = Diagnostic(Span("ml/ridge.md", 23, 29), "cloze-unclosed", "never closed", "add }}")
    assert render(diagnostic, {"ml/ridge.md": text}, "content") == (
        "content/ml/ridge.md:4:7: cloze-unclosed: never closed\n"
        "     4 | Ridge {{c2::shrinks\n"
        "       |       ^^^^^^ add }}"
    )


def test_a_warning_says_so() -> None:
    """Errors and warnings are told apart by a word, not only by color."""
    warning = Diagnostic(Span("a.md", 0, 1), "code", "message", "", Severity.WARNING)
    assert render(warning, {"a.md": "x"}).startswith("a.md:1:1: warning: code: message\n")


@pytest.mark.parametrize(
    ("text", "marked", "below"),
    [
        ("ab x", "x", "       |    ^"),
        ("\tab\tx", "x", "       |           ^"),
        ("漢字 x", "x", "       |      ^"),
        ("a 漢字 b", "漢字", "       |   ^^^^"),
        ("e\u0301e\u0301 x", "x", "       |    ^"),
        ("👩\u200d👧 x", "x", "       |      ^"),
        ("ｗide x", "x", "       |       ^"),
        ("a\u200bb x", "x", "       |    ^"),
    ],
    ids=["plain", "tabs", "wide", "wide marks", "combining", "joined", "full width", "zero width"],
)
def test_marks_stand_below_what_they_mean(text: str, marked: str, below: str) -> None:
    """Counted in columns of a terminal, not in characters."""
    assert shown(text, marked).splitlines()[1] == below


def test_an_empty_span_is_marked() -> None:
    """Where something is missing, one mark shows the place."""
    missing = Diagnostic(Span("a.md", 2, 2), "code", "message")
    assert render(missing, {"a.md": "ab\ncd"}).splitlines()[2] == "       |   ^"


def test_a_span_of_several_lines_is_marked_on_its_first() -> None:
    """To the end of that line."""
    assert shown("ab cd\nef", "cd\nef") == "     1 | ab cd\n       |    ^^"


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("letter", ["a", "漢", "e\u0301", "\t"])
@pytest.mark.parametrize("before", [0, 5, 200])
@pytest.mark.parametrize("after", [0, 5, 200])
def test_long_lines_are_cut_around_the_place(
    width: int, letter: str, before: int, after: int
) -> None:
    """Nothing is wider than the terminal, and the marks stand below what is meant."""
    text = letter * before + "XYZ" + letter * after
    line, marks = (part.removeprefix("     1 | ") for part in shown(text, "XYZ").splitlines())
    quoted, below = shown(text, "XYZ", width=width).splitlines()
    for row in (quoted, below):
        wide = sum({"漢": 2, "\u0301": 0}.get(character, 1) for character in row)
        assert wide <= width
    head = quoted[9 : quoted.index("XYZ")]
    columns = sum({"漢": 2, "\u0301": 0}.get(character, 1) for character in head)
    assert below == "       | " + " " * columns + "^^^"
    assert ("…" in head) == (head.replace("    ", "\t") != letter * before)
    assert line and marks


def test_a_hint_that_does_not_fit_has_its_own_line() -> None:
    """And so has each further line of it, which an author may want to copy."""
    assert shown("x" * 30, "x" * 30, "a hint of many words\nor this", 60).splitlines()[1:] == [
        "       | " + "^" * 30 + " a hint of many words",
        "       |   or this",
    ]
    assert shown("x" * 30, "x" * 30, "a hint of many words\nor this", 50).splitlines()[1:] == [
        "       | " + "^" * 30,
        "       |   a hint of many words",
        "       |   or this",
    ]


def test_nothing_moves_the_cursor() -> None:
    """Control characters in a path, a message, a hint or a line are shown as what they are."""
    span = Span("a\x1b[31m\nb.md", 0, 1)
    diagnostic = Diagnostic(span, "code", "a\rb", "c\x9bd")
    told = render(diagnostic, {span.path: "x\x07\x7f"})
    assert told.count("�") == 6
    assert all(character.isprintable() or character == "\n" for character in told)


def test_a_file_that_could_not_be_read_is_not_quoted() -> None:
    """There is no line to show; the hint follows."""
    diagnostic = Diagnostic(Span("a.md", 0, 0), "file-unreadable", "cannot read it", "look\nthere")
    assert render(diagnostic, {}) == (
        "a.md:1:1: file-unreadable: cannot read it\n    look\n    there"
    )


def test_color_changes_no_character() -> None:
    """Without its escapes, the colored form is the plain one."""
    diagnostic = Diagnostic(Span("a.md", 0, 1), "code", "message", "hint\nmore")
    colored = render(diagnostic, {"a.md": "x y"}, style=COLORED)
    for escape in (COLORED.place, COLORED.error, COLORED.gutter, COLORED.end):
        assert escape in colored
        colored = colored.replace(escape, "")
    assert colored == render(diagnostic, {"a.md": "x y"})


def test_diagnostics_come_sorted_by_place_and_once() -> None:
    """By file, then by offset, whatever the order in which they were found."""
    places = [("b.md", 1), ("a.md", 9), ("a.md", 10), ("b.md", 1)]
    found = tuple(Diagnostic(Span(path, at, at + 1), "code", "m") for path, at in places)
    told = [(d.span.path, d.span.start) for d in in_order(found)]
    assert told == [("a.md", 9), ("a.md", 10), ("b.md", 1)]


def test_only_errors_stop_a_package() -> None:
    """Warnings do not count."""
    error = Diagnostic(Span("a.md", 0, 1), "code", "message")
    warning = Diagnostic(Span("a.md", 0, 1), "code", "message", "", Severity.WARNING)
    assert errors((warning, error)) == (error,)
