"""After an edit of a file, its other questions give what they gave: as if all were made anew."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from every_kind import NOW, PICTURE, Content, bare
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deckgen import build, cache, cache_folder
from deckgen.question import Question
from deckgen.reading import Means
from deckgen.render import Renderer

Rendered = list[str]
"""The keys of the notes that were rendered."""

FRONT = "---\ntitle: One\ntags: [all]\n---\n\n"
SUN = "## What is the Sun?\n<!-- id: sun -->\n\nA $G$ star.\n\n"
WHY = "### Why?\n<!-- id: why -->\n\nIt is `yellow`.\n\n"
MOON = "## What is the Moon?\n<!-- {id: moon, tags: [far]} -->\n\n![Moon](moon.svg)\n\n"
MARS = (
    "## Mars\n<!-- id: mars -->\n\nIt is {{c1::red::color}} and {{c2::$m$}}.\n\n"
    "> [!TIP]\n> Iron.\n\n"
)


def plain(folder: Path) -> Content:
    """A folder with a picture, in which no question file is yet."""
    content = bare(folder)
    content.write("moon.svg", PICTURE)
    return content


@pytest.fixture
def content(tmp_path: Path) -> Content:
    content = plain(tmp_path / "content")
    content.write("one.md", FRONT + SUN + WHY + MOON + MARS)
    content.write("two.md", "# Two\n\n## What is two?\n<!-- id: two -->\n\n2.\n")
    return content


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "build" / ".cache" / "content"


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> Rendered:
    note, keys = Renderer.note, Rendered()

    def noted(self: Renderer, question: Question) -> object:
        keys.append(question.key)
        return note(self, question)

    monkeypatch.setattr(Renderer, "note", noted)
    return keys


def test_only_the_edited_question_is_made_anew(
    content: Content, store: Path, rendered: Rendered
) -> None:
    content.build(store)
    assert rendered == ["sun", "why", "moon", "mars", "two"]
    rendered.clear()
    content.replace("one.md", "It is {{c1::red", "It is very {{c1::red")
    edited = content.build(store)
    assert rendered == ["mars"]
    assert edited == content.build()


@pytest.mark.parametrize(
    ("text", "anew"),
    [
        (FRONT + MARS + MOON + SUN, []),
        (FRONT + SUN + WHY + MARS, []),
        (FRONT + SUN + MOON + "## Now?\n<!-- id: now -->\n\nNow.\n\n" + MARS, ["now"]),
        (FRONT + "A word before.\n\n" + SUN + MOON, []),
        (FRONT + MOON + SUN + WHY, []),
        (FRONT + MOON + SUN + WHY.replace("Why?", "Why *so*?"), ["why"]),
        (FRONT + SUN.replace("Sun", "sun") + WHY, ["sun", "why"]),
        (FRONT + MOON + WHY, ["why"]),
        (FRONT.replace("all", "any") + SUN + MOON, ["sun", "moon"]),
        (FRONT.replace("title: One", "deck: Other") + SUN + MOON, ["sun", "moon"]),
        (FRONT.replace("tags", "sources: [isl §1]\ntags") + MOON + SUN, ["moon", "sun"]),
        (FRONT + SUN.replace("sun", "star") + MOON, ["star"]),
        (FRONT + SUN.replace("id: sun", "{id: sun, retired: true}") + MOON, ["sun"]),
        (FRONT + SUN.replace("$G$", "$G$ and $H$") + MOON, ["sun"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_else_it_depends_on(
    content: Content, store: Path, rendered: Rendered, text: str, anew: list[str]
) -> None:
    """Where it stands does not matter, but what it inherits does."""
    content.write("sources.yaml", "isl:\n  title: A book\n  author: Someone\n  year: 2021\n")
    content.build(store)
    rendered.clear()
    content.write("one.md", text)
    edited = content.build(store)
    assert rendered == anew
    assert edited == content.build()


def test_another_picture_makes_its_question_anew(
    content: Content, store: Path, rendered: Rendered
) -> None:
    content.build(store)
    rendered.clear()
    content.write("moon.svg", PICTURE + b"<!-- full -->")
    edited = content.build(store)
    assert rendered == ["moon"]
    assert edited == content.build()


def test_other_settings_make_all_anew(content: Content, store: Path, rendered: Rendered) -> None:
    content.build(store)
    rendered.clear()
    settings = (content.folder / "deck.yaml").read_text()
    content.write("deck.yaml", f"{settings}defaults: {{tags: [new]}}\n")
    content.build(store)
    assert sorted(rendered) == ["mars", "moon", "sun", "two", "why"]


def test_questions_of_a_file_with_a_warning_are_made_anew(
    content: Content, store: Path, rendered: Rendered
) -> None:
    """So that it is told again, where it is now."""
    content.replace("one.md", "It is `yellow`.", "```pyhton\nx\n```")
    content.build(store)
    content.replace("one.md", "A $G$ star", "It is a $G$ star")
    rendered.clear()
    edited = content.build(store)
    assert rendered == ["sun", "why", "moon", "mars"]
    assert edited == content.build()
    assert {found.code for found in edited.diagnostics} == {"code-language"}


def test_after_an_error_too(content: Content, store: Path, rendered: Rendered) -> None:
    """While the author mends it, what was sound before it is not made again."""
    content.build(store)
    content.replace("one.md", "$m$", "$m$ <blink>x</blink>")
    assert content.build(store).package is None
    content.replace("one.md", "<blink>x</blink>", "x")
    rendered.clear()
    mended = content.build(store)
    assert rendered == ["mars"]
    assert mended == content.build()


def test_where_the_questions_are(content: Content, store: Path) -> None:
    """A question that was taken over is told of where it stands now."""
    content.build(store)
    content.write("one.md", FRONT + "Words before.\n\n" + MOON + MARS + SUN)
    known = build.build(content.folder, "", NOW, means=Means(store, frugal=True))
    anew = build.build(content.folder, "", NOW)
    assert known.imprints == anew.imprints


@pytest.mark.parametrize(
    "listed",
    [None, 7, "x", {"x": 7}, [["one.md"]], [["one.md", 7]], [{}], [["one.md", "no such"]], "["],
)
def test_entries_of_another_shape_are_not_followed(
    content: Content,
    store: Path,
    rendered: Rendered,
    monkeypatch: pytest.MonkeyPatch,
    listed: object,
) -> None:
    def write(self: cache.Cache, paths: object) -> None:
        whole = [self._shaped_by, *listed] if isinstance(listed, list) else listed
        entry = "[" * 100_000 if listed == "[" else json.dumps(whole)
        self._write(cache_folder.LATEST, b"", entry.encode())

    with monkeypatch.context() as patch:
        patch.setattr(cache.Cache, "write_latest", write)
        content.build(store)
    rendered.clear()
    content.write("one.md", FRONT + MOON + SUN)
    assert content.build(store) == content.build()
    assert rendered[:2] == ["moon", "sun"]


@pytest.mark.parametrize(
    "origins",
    [
        b"",
        b"null",
        b"[]",
        b"[[]]",
        b"[[1,2,3]]",
        b"[" * 100_000,
        b'[["x",0,[["a",["b","c","d"]]]]]',
    ],
)
def test_origins_of_another_shape_are_not_taken(
    content: Content,
    store: Path,
    rendered: Rendered,
    monkeypatch: pytest.MonkeyPatch,
    origins: bytes,
) -> None:
    write = cache.Cache._write

    def strange(self: cache.Cache, name: str, first: bytes, second: bytes) -> None:
        _, end, records = second.partition(b"\n")
        write(self, name, first, origins + end + records if end else second)

    with monkeypatch.context() as patch:
        patch.setattr(cache.Cache, "_write", strange)
        content.build(store)
    rendered.clear()
    content.write("one.md", FRONT + MOON + SUN)
    assert content.build(store) == content.build()
    assert rendered[:2] == ["moon", "sun"]


# -- any edits -----------------------------------------------------------------------------------

BODIES = (
    "It is *so*.\n",
    "It is $x$ and `y`.\n",
    "{{c1::One}} and {{c2::two::hint}}.\n",
    "```python\nx = 1\n```\n",
    "```pyhton\nx = 1\n```\n",
    "![Moon](moon.svg)\n",
    "- a\n- b\n\n> [!NOTE]\n> Note.\n",
    "See[^1].\n\n[^1]: There.\n",
    "| a | b |\n|---|---|\n| $c$ | d |\n",
    "A [link][it].\n\n[it]: https://example.org\n",
    "$\\frac{1}{$ is wrong.\n",
    "",
)
QUESTION = st.tuples(
    st.sampled_from(["##", "###"]),
    st.sampled_from(["Why?", "When is $x$?", "Where *now*?"]),
    st.sampled_from(["a", "b", "c", "d", "e"]),
    st.sampled_from(["", ", tags: [x]", ", draft: true", ", retired: true"]),
    st.sampled_from(BODIES),
)
FILE = st.tuples(
    st.sampled_from(["# One\n\n", FRONT, "---\ndeck: Else\n---\n\n"]),
    st.lists(QUESTION, min_size=1, max_size=5, unique_by=lambda question: question[2]),
)


def _text(front: str, questions: list[tuple[str, ...]]) -> str:
    return front + "".join(
        f"{level} {asked} {key}\n<!-- {{id: {key}{more}}} -->\n\n{body}\n"
        for level, asked, key, more, body in questions
    )


@given(st.lists(FILE, min_size=2, max_size=5), st.booleans())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_was_edited(
    tmp_path_factory: pytest.TempPathFactory,
    editions: list[tuple[str, list[tuple[str, ...]]]],
    other_picture: bool,
) -> None:
    """Package, lock and diagnostics are those of a build that remembers nothing."""
    root = tmp_path_factory.mktemp("edited")
    content = plain(root / "content")
    moments = random.Random(len(editions))
    for front, questions in editions:
        content.write("moon.svg", PICTURE + b" " * (moments.randrange(2) * other_picture))
        content.write("one.md", _text(front, questions))
        assert content.build(root / "cache") == content.build()
