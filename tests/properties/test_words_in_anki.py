"""Notes of random bodies in a real collection: no word is lost, or hidden where it should not."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from anki.collection import Collection
from anki.models import NotetypeDict
from anki.notes import Note as AnkiNote
from browser.real_anki import add_note, add_note_type, new_collection, ordinals
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from deckgen.card import reveal
from deckgen.cloze import NUMBER_LIMIT, anki_deletions, anki_ordinals
from deckgen.diagnostic import errors
from deckgen.markup import scan_answer
from deckgen.notetype import Kind
from deckgen.passage import Passage
from deckgen.render import Note
from deckgen.segment import ClozeClose, ClozeHint, ClozeOpen, Code, Formula, Segment, Text
from properties.bodies import MARKS, PARTS, TYPES, rendered, soups

WORD = re.compile(r"w\d+x")
BODIES = soups(PARTS, 24)
NUMBERS = "{{c1,2:: {{c0:: {{c600:: {{c70000:: {{c01:: {{c,:: {{c2,,3:: {{c٣::".split()
ANY_TEXT = soups((*MARKS, *NUMBERS), 30)
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


@dataclass
class Words:
    """Each word of a body and the deletions that it was written in; which words are in hints."""

    around: dict[str, set[int]] = field(default_factory=dict)
    in_hints: set[str] = field(default_factory=set)
    open: list[int] = field(default_factory=list)
    hints: list[int] = field(default_factory=list)

    def read(self, text: str) -> None:
        for word in WORD.findall(text):
            self.around[word] = set(self.open)
            self.in_hints |= {word} if self.hints else set()

    def mark(self, segment: Segment) -> None:
        if isinstance(segment, ClozeOpen):
            self.open.append(segment.number)
        elif isinstance(segment, ClozeHint):
            self.hints.append(len(self.open))
        elif isinstance(segment, ClozeClose):
            if self.hints and self.hints[-1] == len(self.open):
                self.hints.pop()
            self.open.pop()


def written_in(body: str) -> Words:
    """The words of a body, as the scan has them."""
    words = Words()
    for segment in scan_answer(Passage(body, "example.md", ((0, 0),)), 0).segments:
        words.mark(segment)
        if isinstance(segment, Text):
            words.read(segment.markdown)
        elif isinstance(segment, (Code, Formula)):
            at = 0
            for offset, mark in segment.marks:
                words.read(segment.passage.text[at:offset])
                words.mark(mark)
                at = offset
            words.read(segment.passage.text[at:])
    return words


def shown(text: str) -> list[str]:
    """The words that a reader of this HTML sees."""
    return WORD.findall(TAG.sub(" ", text))


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(BODIES)
def test_a_word_stands_in_the_field_once_and_in_its_own_deletions(body: str) -> None:
    """Moving marks to where Anki can read them hides no other text, and loses none."""
    text = cloze_note(body).fields[1]
    words = written_in(body)
    assert sorted(WORD.findall(body)) == sorted(words.around)
    addresses = set(re.findall(r"org/(w\d+x)", body))
    assert sorted(shown(text)) == sorted(words.around.keys() - addresses)
    deletions = anki_deletions(text)
    for word in shown(text):
        around = {number for number, inside in deletions if word in WORD.findall(inside)}
        assert around == words.around[word]


def test_a_card_hides_its_own_words_and_shows_the_others(
    col: Collection, bare_cloze: NotetypeDict
) -> None:
    """In real Anki, and our sides, which MathJax is asked about at build time, equal Anki's."""

    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(BODIES)
    def check(body: str) -> None:
        text = cloze_note(body).fields[1]
        words = written_in(body)
        visible = set(shown(text)) - words.in_hints
        real = filled(col, bare_cloze, text)
        for number in (ordinal + 1 for ordinal in anki_ordinals(text)):
            output = real.ephemeral_card(ord=number - 1).render_output()
            assert reveal(text, number, True) == output.question_text
            assert reveal(text, number, False) == output.answer_text
            hidden = {word for word in visible if number in words.around[word]}
            assert set(shown(output.question_text)) - words.in_hints == visible - hidden
            assert set(shown(output.answer_text)) == visible

    check()


def test_anki_makes_the_cards_that_we_say(col: Collection) -> None:
    """Of basic and cloze notes, with our own note types; none of them is empty."""
    real_types = {kind: add_note_type(col, note_type) for kind, note_type in TYPES.items()}

    @settings(max_examples=120, deadline=None)
    @given(BODIES)
    def check(body: str) -> None:
        note, found = rendered(body)
        assume(note is not None and not errors(found))
        assert note is not None
        names = [kind.name for kind in TYPES[note.kind].fields]
        fields = dict(zip(names, note.fields, strict=True))
        real = add_note(col, real_types[note.kind], fields)
        assert ordinals(real) == note.ordinals
        col.remove_notes([real.id])

    check()


CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co"])
TRICKY = ("", "  x", "{{y}}", "a::b", "\\(z\\)", "[sound:q]", "<b>&amp;", "$v$", "\\}}", "%}")
CODE_LINES = st.lists(
    st.text(CHARACTERS, max_size=12).map(lambda text: text.replace("`", "'"))
    | st.sampled_from(TRICKY),
    max_size=6,
)
LANGUAGES = st.sampled_from(["", "python", "c++", "html", "tex", "json", "sh"])


@settings(max_examples=300, deadline=None)
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
