"""The registry of cited works, and what a learner reads of a citation."""

from __future__ import annotations

from deckgen.citation import Citation, Work, cite, read_works
from deckgen.diagnostic import Diagnostic
from deckgen.mapping import Reader, parse
from deckgen.passage import Passage

ISL = Work("isl", "An Introduction", "James & al.", "2021", "https://example.org/?a&b", "")


def works_in(text: str) -> tuple[dict[str, Work], tuple[Diagnostic, ...]]:
    mapping, diagnostics = parse(Passage(text, "sources.yaml", ((0, 0),)))
    assert diagnostics == ()
    return read_works(mapping)


def cited(text: str) -> tuple[tuple[Citation, ...], tuple[Diagnostic, ...]]:
    mapping, _ = parse(Passage(text, "a.md", ((0, 0),)))
    return cite(Reader(mapping, ("sources",), "the test").texts("sources"), {"isl": ISL})


def test_a_work_is_a_mapping_or_one_text() -> None:
    """What it does not give is empty."""
    works, diagnostics = works_in(
        "isl: {title: An Introduction, author: James & al., year: 2021, "
        "link: 'https://example.org/?a&b'}\nrfc: 'RFC 1, 1969'\n"
    )
    assert works == {"isl": ISL, "rfc": Work("rfc", "RFC 1, 1969", "", "", "", "")}
    assert diagnostics == ()


def test_faults_in_a_registry() -> None:
    """Each at its place, and the other works are read all the same."""
    text = "a: {author: X}\nb: {title: B, link: ftp://x}\n'c d': C\ne: [x]\nf: {titel: F}\ng: G\n"
    works, diagnostics = works_in(text)
    assert "g" in works
    told = [(text.count("\n", 0, d.span.start) + 1, d.code, d.message) for d in diagnostics]
    assert told == [
        (1, "value-invalid", "the source `a` has no title"),
        (2, "value-invalid", "a link must start with https://"),
        (3, "value-invalid", "a source's key is one word, for notes cite it as `key locator`"),
        (4, "value-invalid", "the source `e` must hold `title:` and more"),
        (5, "key-unknown", "unknown key `titel` in the source `f`"),
        (5, "value-invalid", "the source `f` has no title"),
    ]


def test_a_citation_is_a_key_and_a_locator() -> None:
    """The locator is all that follows the first space."""
    citations, diagnostics = cited("sources: [isl, 'isl §8.2, p. 3']")
    assert citations == (Citation(ISL, ""), Citation(ISL, "§8.2, p. 3"))
    assert diagnostics == ()


def test_an_unknown_source_is_marked_alone() -> None:
    """Without its locator and its quotation marks, and the nearest is named."""
    text = "sources: [isk §2, 'xyzzy §3']"
    _, diagnostics = cited(text)
    assert [(text[d.span.start : d.span.end], d.hint) for d in diagnostics] == [
        ("isk", "did you mean `isl`?"),
        ("xyzzy", "add `xyzzy:` to sources.yaml"),
    ]


def test_a_citation_as_learners_read_it() -> None:
    """Author, title with its link, year, locator; nothing in it is HTML but ours."""
    assert Citation(ISL, "§2 <b>").html() == (
        "James &amp; al., "
        '<a href="https://example.org/?a&amp;b"><cite>An Introduction</cite></a> (2021), '
        "§2 &lt;b&gt;"
    )
    assert Citation(Work("x", "X", "", "", "", ""), "").html() == "<cite>X</cite>"
