"""Lists, quotes, code and headings nest as in CommonMark, that is, as GitHub shows them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from properties.bodies import rendered

COMMONMARK = MarkdownIt("commonmark")
PLAIN = ("one", "two words", "three\nlines\nhere", "a\n2. b", "c - d")
WORDS = st.sampled_from(PLAIN)
FENCES = st.sampled_from(["```\ncode\n\n  more\n```", "~~~\n- x\n~~~"])
LINES = st.sampled_from(["#### Heading", "***", "    indented code"])


def below(marker: str, text: str) -> str:
    """A block behind a marker, all its lines as far in as the first."""
    first, *others = text.split("\n")
    indent = " " * len(marker)
    return "\n".join([marker + first, *(indent + line if line else "" for line in others)])


def quoted(text: str) -> str:
    """A quote; if it does not simply end in words, its last line says that nothing goes on it."""
    lines = [f"> {line}".rstrip() for line in text.split("\n")]
    return "\n".join(lines if text in PLAIN else [*lines, ">"])


@st.composite
def lists(draw: st.DrawFn, blocks: st.SearchStrategy[str]) -> str:
    marker = draw(st.sampled_from(["- ", "* ", "-   ", "1. ", "7) "]))
    gap = draw(st.sampled_from(["\n", "\n\n"]))
    inner = draw(st.sampled_from(["\n", "\n\n"]))
    items = draw(st.lists(st.lists(blocks, min_size=1, max_size=2), min_size=1, max_size=3))
    return gap.join(below(marker, inner.join(item)) for item in items)


def documents() -> st.SearchStrategy[str]:
    blocks = st.recursive(
        WORDS | FENCES | LINES, lambda inner: lists(inner) | inner.map(quoted), max_leaves=8
    )
    gaps = st.sampled_from(["\n", "\n\n"])
    return st.tuples(gaps, st.lists(blocks, min_size=1, max_size=4)).map(lambda d: d[0].join(d[1]))


class Outline(HTMLParser):
    """The elements and words of a piece of HTML, without what is only looks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.in_code = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_code += tag == "pre"
        start = dict(attrs).get("start") or ""
        self.seen += [f"<{tag}{start}>"] if tag != "span" else []

    def handle_endtag(self, tag: str) -> None:
        self.in_code -= tag == "pre"
        self.seen += [f"</{tag}>"] if tag not in ("span", "hr") else []

    def handle_data(self, data: str) -> None:
        text = data if self.in_code else re.sub(r"\s+", " ", data).strip()
        self.seen += [text] if text else []

    def joined(self) -> str:
        return "".join(self.seen).replace("\n</code>", "</code>")


@settings(max_examples=500, deadline=None)
@given(documents())
def test_blocks_nest_as_in_commonmark(text: str) -> None:
    """The same elements around the same words, paragraphs in loose lists only."""
    note, found = rendered(text)
    assume(not any(diagnostic.code.startswith("fence-") for diagnostic in found))
    assert note is not None and not found
    assert Outline(note.fields[1]).joined() == Outline(COMMONMARK.render(text)).joined()
