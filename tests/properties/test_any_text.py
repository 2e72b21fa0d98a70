"""Whatever stands in a file, it is read: places are right, nothing raises, nothing takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deckgen.markup import Scan, scan_answer, scan_heading
from deckgen.passage import Passage
from deckgen.segment import BlockEnd, ClozeClose, ClozeHint, ClozeOpen, Code, Formula, Tag
from properties.bodies import HEAD, MARKS, rendered, soups

TEXTS = soups(MARKS, 40) | st.text(max_size=60)


def passage(text: str) -> Passage:
    return Passage(text, "example.md", ((0, 0),))


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_spans_slice_back_to_what_was_written(text: str) -> None:
    """A mark's span holds the mark; a formula's and a code's hold it, characters in order."""
    scan = scan_answer(passage(text), 0)
    for segment in (*scan.segments, *(s for c in scan.callouts for s in c.segments)):
        written = text[segment.span.start : segment.span.end]
        assert 0 <= segment.span.start <= segment.span.end <= len(text)
        if isinstance(segment, ClozeOpen):
            assert written.startswith("{{c") and int(written[3:-2]) == segment.number
        elif isinstance(segment, ClozeHint):
            assert written == "::"
        elif isinstance(segment, ClozeClose):
            assert written in ("}}", "")  # nothing, where an unclosed deletion ends
        elif isinstance(segment, Tag) and segment.written not in ("<hr>",):
            assert written == segment.written or "[" in written or written[-1] in "-*+.)"
        elif isinstance(segment, (Code, Formula)):
            for offset, character in enumerate(segment.passage.text):
                place = segment.passage.place(offset)
                assert segment.span.start <= place < segment.span.end
                replaced = character in " |<>&"
                assert text[place] == character or replaced
            for offset, mark in segment.marks:
                assert 0 <= offset <= len(segment.passage.text)
                assert segment.span.start <= mark.span.start <= segment.span.end


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_diagnostics_stand_in_the_text(text: str) -> None:
    """So that each can be printed with its line."""
    for scan in (scan_answer(passage(text), 0), scan_heading(passage(text.split("\n")[0]))):
        for found in scan.diagnostics:
            assert 0 <= found.span.start <= found.span.end <= len(text)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_lists_and_quotes_that_start_end(text: str) -> None:
    """The tree of a field is built from their starts and ends alone."""
    scan = scan_answer(passage(text), 0)
    for segments in (scan.segments, *(callout.segments for callout in scan.callouts)):
        depth = 0
        for segment in segments:
            name = type(segment).__name__
            depth += (name == "BlockStart") - isinstance(segment, BlockEnd)
            assert depth >= 0
        assert depth == 0


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_any_file_gives_notes_or_diagnostics(text: str) -> None:
    """No text raises, and a note that is not sound never comes without an error."""
    note, _ = rendered(text)
    assert note is None or all(isinstance(field, str) for field in note.fields)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_an_answer_ends_where_the_next_question_starts(first: str, second: str) -> None:
    """Or later, if code or a comment is still open there; never in the middle of a line."""
    text = first + "\n\n## Next\n" + second
    end = scan_answer(passage(text), 0).end
    if end < len(text):
        assert text.startswith("#", end) and text[end - 1 : end] in ("\n", "")


@pytest.mark.parametrize("mark", sorted({*MARKS, "](x", "<a ", "[x](", "{{c1::x ", "$x", "| a "}))
def test_a_mark_repeated_takes_time_in_proportion(mark: str) -> None:
    """20,000 characters of one mark, and of it among words, are read within seconds."""
    for text in (mark * (20_000 // len(mark)), f"{mark}a " * (20_000 // (len(mark) + 2))):
        started = time.perf_counter()
        scan: Scan = scan_answer(passage(HEAD + text), len(HEAD))
        assert scan.end <= len(HEAD) + len(text)
        assert time.perf_counter() - started < 3
