"""Notes of random bodies in a real collection: no word is lost, shown early, or hidden elsewhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from anki.collection import Collection
from anki.models import NotetypeDict
from anki.notes import Note as AnkiNote
from browser.real_anki import add_note, add_note_type, new_collection, ordinals
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from properties.bodies import MARKS, PARTS, TYPES, rendered, soups

from deckgen.card import reveal
from deckgen.cloze import NUMBER_LIMIT, anki_deletions, anki_ordinals
from deckgen.diagnostic import errors
from deckgen.markup import scan_answer
from deckgen.notetype import Kind
from deckgen.passage import Passage
from deckgen.render import Note
from deckgen.segment import ClozeClose, ClozeOpen, Code, Formula, Text

WORD = re.compile(r"w\d+x")
BODIES = soups(PARTS, 24)
ANY_TEXT = soups(
    (*MARKS, "{{c1,2::", "{{c0::", "{{c600::", "{{c70000::", "{{c01::", "{{c,::", "{{c2,,3::", "{{c٣::"),
    30,
)
TAG = re.compile(r"<[^>]*>")


@pytest.fixture(scope="module")
def col(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = new_collection(tmp_path_factory.mktemp("collection"))
    yield collection
    collection.close()


@pytest.fixture(scope="module")
def bare_cloze(col: Collection) -> NotetypeDict:
    """A cloze note type that shows its text and nothing else."""
    note_type = col.models.by_name("Cloze")
    assert note_type is not None
    for side in ("qfmt", "afmt"):
        note_type["tmpls"][0][side] = "{{cloze:Text}}"
    col.models.update_dict(note_type)
    return note_type


def cloze_note(body: str) -> Note:
    """The note of a sound body with deletions; other bodies are not looked at."""
    note, found = rendered(body)
    assume(note is not None and note.kind is Kind.CLOZE and not errors(found))
    assert note is not None
    return note


def filled(col: Collection, note_type: NotetypeDict, text: str) -> AnkiNote:
    note = col.new_note(note_type)
    note["Text"] = text
    return note


def test_our_ordinals_are_ankis_for_any_text(col: Collection, bare_cloze: NotetypeDict) -> None:
    """Or cards would be missing from the package, or come without content."""

    @settings(max_examples=10_000, deadline=None)
    @given(ANY_TEXT)
    def check(text: str) -> None:
        numbers = filled(col, bare_cloze, text).cloze_numbers_in_fields()
        cards = {min(number, NUMBER_LIMIT) - 1 for number in numbers if number}
        assert anki_ordinals(text) == tuple(sorted(cards))

    check()


def written_in(body: str) -> dict[str, set[int]]:
    """Each word of a body and the deletions that it was written in."""
    around: list[int] = []
    words: dict[str, set[int]] = {}

    def read(text: str) -> None:
        for word in WORD.findall(text):
            words[word] = set(around)

    def mark(segment: object) -> None:
        if isinstance(segment, ClozeOpen):
            around.append(segment.number)
        elif isinstance(segment, ClozeClose):
            around.pop()

    for segment in scan_answer(Passage(body, "example.md", ((0, 0),)), 0).segments:
        mark(segment)
        if isinstance(segment, Text):
            read(segment.markdown)
        elif isinstance(segment, (Code, Formula)):
            at = 0
            for offset, inner in segment.marks:
                read(segment.passage.text[at:offset])
                mark(inner)
                at = offset
            read(segment.passage.text[at:])
    return words


@settings(max_examples=2500, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(BODIES)
def test_a_word_stands_in_the_field_once_and_in_its_own_deletions(body: str) -> None:
    """Moving marks to where Anki can read them hides no other text, and loses none."""
    field = cloze_note(body).fields[1]
    words = written_in(body)
    assert sorted(WORD.findall(body)) == sorted(words)
    shown = WORD.findall(TAG.sub(" ", field))
    assert sorted(shown) == sorted(words.keys() - set(re.findall(r"org/(w\d+x)", body)))
    deletions = anki_deletions(field)
    for word in shown:
        assert {n for n, inside in deletions if word in WORD.findall(inside)} == words[word]


def test_our_card_sides_are_ankis(col: Collection, bare_cloze: NotetypeDict) -> None:
    """The sides that MathJax is asked about at build time are those that a learner sees."""

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(BODIES)
    def check(body: str) -> None:
        note = cloze_note(body)
        real = filled(col, bare_cloze, note.fields[1])
        for ordinal in note.ordinals:
            output = real.ephemeral_card(ord=ordinal).render_output()
            assert reveal(note.fields[1], ordinal + 1, True) == output.question_text
            assert reveal(note.fields[1], ordinal + 1, False) == output.answer_text

    check()


def test_anki_makes_the_cards_that_we_say(col: Collection) -> None:
    """Of basic and cloze notes, with our own note types; none of them is empty."""
    real_types = {kind: add_note_type(col, note_type) for kind, note_type in TYPES.items()}

    @settings(max_examples=150, deadline=None)
    @given(BODIES)
    def check(body: str) -> None:
        note, found = rendered(body)
        assume(note is not None and not errors(found))
        assert note is not None
        names = [field.name for field in TYPES[note.kind].fields]
        fields = dict(zip(names, note.fields, strict=True))
        real = add_note(col, real_types[note.kind], fields)
        assert ordinals(real) == note.ordinals
        col.remove_notes([real.id])

    check()


CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co"])
CODE_LINES = st.lists(
    st.text(CHARACTERS, max_size=12).map(lambda text: text.replace("`", "'"))
    | st.sampled_from(["", "  x", "{{y}}", "a::b", "\\(z\\)", "[sound:q]", "<b>&amp;", "$v$", "\\}}"]),
    max_size=6,
)
LANGUAGES = st.sampled_from(["", "python", "c++", "html", "tex", "json", "sh"])


@settings(max_examples=400, deadline=None)
@given(CODE_LINES, LANGUAGES, st.booleans())
def test_fenced_code_shows_its_characters(lines: list[str], language: str, hidden: bool) -> None:
    """All of them and in order, in a cloze deletion and outside, colored or not."""
    code = "\n".join(line.splitlines()[0] if line.splitlines() else "" for line in lines)
    fence = f"```{language}\n{code}\n```"
    note, found = rendered(f"{{{{c1::\n{fence}\n}}}}" if hidden else f"{fence}\n\n{{{{c1::x}}}}")
    assert note is not None and not errors(found)
    text = note.fields[1]
    if hidden:
        ((_, text),) = anki_deletions(text)
    blocks = re.findall(r"<pre class=\"highlight\"><code[^>]*>(.*?)</code></pre>", text, re.DOTALL)
    assert [html.unescape(TAG.sub("", block)) for block in blocks] == [code]
