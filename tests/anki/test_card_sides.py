"""A cloze field as our own code reveals it, against real Anki."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from anki.collection import Collection
from hypothesis import given, settings
from hypothesis import strategies as st

from deckgen.card import reveal
from deckgen.cloze import anki_deletions

PIECES = (
    *("{{c1::", "{{c2::", "{{c3::", "{{c1::{{c2::{{c1::{{c3::{{c1::", "}}", "}}", "}}", "}}}}}}}}"),
    *("::", ":", "a", "<b>", "</b>", r"\(", r"\)", r"\[", r"\]", "&lt;", '"', "é", "ł", "{", "}"),
    *("\n", "<!-- x -->", "'", " ", "<a title='::'>"),
)


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """Its cloze note type shows the field and nothing else."""
    col = Collection(str(tmp_path_factory.mktemp("cloze") / "collection.anki2"))
    note_type = col.models.by_name("Cloze")
    assert note_type is not None
    note_type["tmpls"][0]["qfmt"] = note_type["tmpls"][0]["afmt"] = "{{cloze:Text}}"
    col.models.update_dict(note_type)
    yield col
    col.close()


@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
@settings(max_examples=3_000, deadline=None)
def test_a_cloze_field_is_revealed_as_anki_does(collection: Collection, text: str) -> None:
    """Question and answer of each card, character by character: also the hints, what formulas
    lose, deletions inside one another deeper than Anki follows, and marks without a partner."""
    note_type = collection.models.by_name("Cloze")
    assert note_type is not None
    note = collection.new_note(note_type)
    note["Text"] = text
    for number in {number for number, _ in anki_deletions(text)}:
        shown = note.ephemeral_card(ord=number - 1).render_output()
        assert reveal(text, number, is_question=True) == shown.question_text
        assert reveal(text, number, is_question=False) == shown.answer_text
