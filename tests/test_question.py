"""The grammar of a question file: what is a note, what belongs to it, what it inherits."""

from __future__ import annotations

import pytest

from deckgen.citation import Work
from deckgen.config import Config
from deckgen.notetype import Kind
from deckgen.question import Parsed, Question, parse_file
from deckgen.segment import Code, Formula, Segment, Text
from deckgen.source import Source

WORKS = {key: Work(key, key.upper(), "", "", "", "") for key in ("isl", "esl")}
CONFIG = Config("Deck", "tests.example")


def parse(text: str) -> Parsed:
    return parse_file(Source("a.md", text), CONFIG, WORKS)


def questions(text: str) -> tuple[Question, ...]:
    parsed = parse(text)
    assert parsed.diagnostics == ()
    return parsed.questions


def codes(text: str) -> list[tuple[str, str]]:
    """What is wrong with a file, and the text at each place."""
    return [(d.code, text[d.span.start : d.span.end]) for d in parse(text).diagnostics]


def plain(segments: tuple[Segment, ...]) -> str:
    shown = (
        segment.markdown
        if isinstance(segment, Text)
        else segment.passage.text
        if isinstance(segment, (Code, Formula))
        else ""
        for segment in segments
    )
    return "".join(shown).strip()


def test_headings_make_notes() -> None:
    """`##` and `###` do; the title, prose before the first question and `####` do not."""
    text = (
        "# Title\n\nProse with $ and {{c1::x.\n\n## One?\n<!-- id: one -->\nA.\n\n#### Part\n\nB.\n"
        "### Two?\n<!-- id: two -->\nC.\n##no heading\n## Three? ##\n<!-- id: three -->\nD.\n"
    )
    found = questions(text)
    assert [(q.key, plain(q.heading), plain(q.context)) for q in found] == [
        ("one", "One?", ""),
        ("two", "Two?", "One?"),
        ("three", "Three?", ""),
    ]
    assert [q.deck for q in found] == ["Title"] * 3
    for question in found:
        assert text[question.span.start : question.span.end].startswith("##")
        assert question.title in text[question.span.start : question.span.end + 5]
    assert text[found[0].body.start : found[0].body.end].strip() == "A.\n\n#### Part\n\nB."


@pytest.mark.parametrize("fence", ["```", "~~~", "> ```", "- ```"])
def test_a_heading_in_code_is_no_heading(fence: str) -> None:
    """Code may hold what looks like the next question."""
    indent = {">": "> ", "-": "  "}.get(fence[0], "")
    close = indent + fence[-3:]
    text = f"# T\n## One?\n<!-- id: one -->\n{fence}\n{indent}## two\n{indent}# three\n{close}\n"
    (question,) = questions(text)
    assert "## two" in "".join(
        s.passage.text for s in question.answer if isinstance(s, Code)
    ) or fence.startswith(">")


def test_clozes_make_a_cloze_note() -> None:
    """In the answer; a basic note has none."""
    cloze, basic = questions(
        "# T\n## One?\n<!-- id: one -->\n{{c2::a}} {{c1::b}}\n## Two?\n<!-- id: two -->\nb\n"
    )
    assert (cloze.kind, cloze.numbers) == (Kind.CLOZE, (1, 2))
    assert (basic.kind, basic.numbers) == (Kind.BASIC, ())


def test_a_follow_up_inherits() -> None:
    """Tags are added up, sources are replaced if it names its own, and a draft drafts it."""
    text = (
        "---\ntitle: T\ntags: [file]\nsources: [isl §1]\n---\n"
        "## One?\n<!--\nid: one\ntags: [one]\nsources: [esl §2]\n-->\nA.\n"
        "### Two?\n<!-- {id: two, tags: [two, one]} -->\nB.\n"
        "### Three?\n<!-- {id: three, sources: [isl §3]} -->\nC.\n"
        "### Four?\n<!-- {id: four, sources: []} -->\nD.\n"
        "## Five?\n<!-- id: five -->\nE.\n"
        "## Six?\n<!-- {id: six, draft: true} -->\nF.\n"
        "### Seven?\n<!-- id: seven -->\nG.\n"
    )
    parsed = parse(text)
    assert parsed.diagnostics == ()
    found = {q.key: q for q in parsed.questions}
    assert [found["one"].tags, found["two"].tags] == [("file", "one"), ("file", "one", "two")]
    cited = {k: [f"{c.work.key} {c.locator}" for c in q.citations] for k, q in found.items()}
    assert cited == {
        "one": ["esl §2"],
        "two": ["esl §2"],
        "three": ["isl §3"],
        "four": [],
        "five": ["isl §1"],
    }
    assert parsed.drafts == ("six", "seven")


@pytest.mark.parametrize(
    ("front", "deck"),
    [
        ("---\ntitle: A b\n---\n# C\n", "A b"),
        ("---\ntitle: A\ndeck: B::C\n---\n", "B::C"),
        ("---\ndeck: Deck::B\n---\n", "B"),
        ("# Only a title\n", "Only a title"),
    ],
)
def test_the_deck_of_a_file(front: str, deck: str) -> None:
    """`deck`, else `title`, else the first heading."""
    (question,) = questions(f"{front}## One?\n<!-- id: one -->\nA.\n")
    assert question.deck == deck


def test_options_of_a_note() -> None:
    """A reversed card, an answer to type, retirement."""
    (question,) = questions(
        "# T\n## One?\n<!--\nid: one\nreverse: true\ntyped: 0.50\nretired: true\n-->\nA.\n"
    )
    assert (question.reverse, question.typed, question.retired) == (True, "0.50", True)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("## \n<!-- id: a -->\nA.\n", [("question-empty", "## ")]),
        ("## A?\n<!-- id: B c -->\nA.\n", [("id-invalid", "B c")]),
        ("## A?\n<!-- id: a-- -->\nA.\n", [("id-invalid", "a--")]),
        ("## A?\n<!-- {id: a, tag: x} -->\nA.\n", [("key-unknown", "tag")]),
        ("### A?\n<!-- id: a -->\nA.\n", [("follow-up-alone", "### A?")]),
        ("## A {{c1::b}}?\n<!-- id: a -->\nA.\n", [("cloze-in-heading", "## A {{c1::b}}?")]),
        ("## A?\n<!-- id: a -->\nA.\n# B\n", [("heading-title", "# B")]),
        ("## A?\n<!-- {id: a, reverse: true} -->\n{{c1::A}}\n", [("value-invalid", "true")]),
        ("## A?\n<!-- {id: a, typed: x} -->\n{{c1::A}}\n", [("value-invalid", "x")]),
        ("## A?\n<!-- {id: a, typed: true} -->\nA.\n", [("value-invalid", "true")]),
        ("## A?\n<!-- {id: a, sources: [xyz]} -->\nA.\n", [("source-unknown", "xyz")]),
    ],
)
def test_faults_of_a_question(body: str, faults: list[tuple[str, str]]) -> None:
    """Each once, at the words that are wrong."""
    assert codes(f"# T\n\n{body}") == faults


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("---\ntitle: T\n\n## A?\n<!-- id: a -->\nA.\n", "front-matter-unclosed"),
        ("---\ntitel: T\n---\n# T\n## A?\n<!-- id: a -->\nA.\n", "key-unknown"),
        ("---\ndeck: 'a::'\n---\n## A?\n<!-- id: a -->\nA.\n", "value-invalid"),
    ],
)
def test_faults_of_a_file(text: str, code: str) -> None:
    """In its front matter, or the lack of one."""
    assert code in [found for found, _ in codes(text)]


def test_a_draft_is_not_judged() -> None:
    """Nobody studies it, so its answer may be broken."""
    text = "# T\n## A?\n<!-- {id: a, draft: true} -->\n{{c1::b $$x\n## B?\n<!-- id: b -->\nB.\n"
    assert codes(text) == []
    assert [question.key for question in parse(text).questions] == ["b"]


def test_a_file_without_questions_is_prose() -> None:
    """It is for readers, and may hold anything."""
    assert parse("Prose, $ { \\) <script>\n") == Parsed((), (), (), ())
