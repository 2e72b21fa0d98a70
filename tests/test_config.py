"""`deck.yaml`: what it says, and what it may not say."""

from __future__ import annotations

import pytest

from deckgen.config import Config, check_styling, read_config
from deckgen.diagnostic import Diagnostic, Span
from deckgen.source import Source

LEAST = "name: Deck\nnamespace: tests.example\n"


def read(text: str) -> tuple[Config, tuple[Diagnostic, ...]]:
    return read_config(Source("deck.yaml", text))


def test_a_name_and_a_namespace_are_enough() -> None:
    """Everything else has a default."""
    config, diagnostics = read(LEAST)
    assert (config, diagnostics) == (Config(name="Deck", namespace="tests.example"), ())


def test_every_setting_arrives() -> None:
    """As text, whatever YAML would make of it."""
    config, diagnostics = read(
        LEAST + "description: |\n  Two\n  lines.\nlanguage: pt-BR\nlicense: CC BY 4.0\n"
        "author: No\nversion: 1.10\nreport: https://example.org/new?title={id}\n"
        "styling: |\n  .card { color: red }\nmedia-limit: 0.5\n"
        "defaults: {tags: [a, b::c], sources: [isl §2]}\nmacros: {R: '\\mathbb{R}'}\n"
    )
    assert diagnostics == ()
    assert (config.description, config.styling) == ("Two\nlines.", ".card { color: red }\n")
    assert (config.language, config.license) == ("pt-BR", "CC BY 4.0")
    assert (config.author, config.version, config.media_limit) == ("No", "1.10", 500_000)
    assert config.tags == ("a", "b::c")
    assert [scalar.text for scalar in config.sources] == ["isl §2"]
    assert [(m.name.text, m.tex.text) for m in config.macros] == [("R", "\\mathbb{R}")]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("namespace: x", 1, "must give `name`"),
        ("name: x", 1, "must give `namespace`"),
        ("name: ' '\nnamespace: x", 1, "name"),
        ("name: 'a \"b\"'\nnamespace: x", 1, "empty or odd"),
        ("name: a::::b\nnamespace: x", 1, "empty or odd"),
        ("name: default\nnamespace: x", 1, "Default"),
        ("name: |\n  a\n  b\nnamespace: x", 1, "one line"),
        (LEAST + "language: german", 3, "no language"),
        (LEAST + "report: https://example.org", 3, "{id}"),
        (LEAST + "report: javascript:x({id})", 3, "{id}"),
        (LEAST + "media-limit: inf", 3, "number above zero"),
        (LEAST + "defaults: {tags: ['a\"b']}", 3, "cannot be a tag"),
        (LEAST + "defaults: {tag: [a]}", 3, "unknown key `tag`"),
        (LEAST + "macros: {R: [x]}", 3, "must be TeX"),
        (LEAST + "macros: [R]", 3, "name: value"),
        (LEAST + "styling: [x]", 3, "one text"),
        (LEAST + "nmae: x", 3, "unknown key `nmae`"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(lines: str, line: int, words: str) -> None:
    """One fault is one diagnostic, or two where one word is wrong in two ways."""
    _, diagnostics = read(lines)
    assert 1 <= len(diagnostics) <= 2
    assert words in diagnostics[0].message
    assert lines.count("\n", 0, diagnostics[0].span.start) + 1 == line


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("ML Interview", "ml-interview.apkg"),
        ("A::B: c/d\\e", "a-b-c-d-e.apkg"),
        ("漢字", "deck.apkg"),
        ("Collection", "deck-collection.apkg"),
        ("Backup 1", "deck-backup-1.apkg"),
        ("x" * 300, "x" * 80 + ".apkg"),
    ],
)
def test_the_name_of_the_package(name: str, file: str) -> None:
    """Plain on every system, and never one by which Anki replaces a whole collection."""
    assert Config(name=name, namespace="x").file_name == file


def test_the_link_to_report_a_mistake_holds_the_id() -> None:
    """And nothing else that could change when its neighbors move."""
    config = Config("Deck", "x", report="https://example.org/new?title={id}&again={id}")
    assert config.report_link("lstm-gates") == (
        "https://example.org/new?title=lstm-gates&again=lstm-gates"
    )
    assert Config("Deck", "x").report_link("lstm-gates") == ""


@pytest.mark.parametrize(
    "styling",
    ["@import 'x.css';", "a { background: url(https://x.org/a.png) }", 'b { c: URL( "//x.org") }'],
)
def test_styling_needs_no_network(styling: str) -> None:
    """A card works in the subway."""
    (fault,) = check_styling(styling, Span("deck.yaml", 0, 0))
    assert fault.code == "styling-remote"
    assert check_styling(".card { background: url(_local.png) }", Span("deck.yaml", 0, 0)) == ()


def test_styling_may_be_a_file() -> None:
    """Told from CSS by its form: one word that ends in .css."""
    assert Config("Deck", "x", styling=" look/deck.css\n").styling_path == "look/deck.css"
    assert Config("Deck", "x", styling=".a.css { b: c }").styling_path == ""


@pytest.mark.parametrize(
    ("rules", "adoption", "changes"),
    [
        ("", "advice", []),
        ("rules: standard\n", "standard", []),
        ("rules: none\n", "none", []),
        ("rules: {filler: {off: ours}}\n", "standard", ["filler"]),
    ],
)
def test_what_a_deck_makes_of_the_rules_for_cards(
    rules: str, adoption: str, changes: list[str]
) -> None:
    """Nothing said is advice; changing a rule adopts all of them."""
    config, diagnostics = read(LEAST + rules)
    assert diagnostics == ()
    assert config.rules.adoption.value == adoption
    assert [name.text for name, _ in config.rules.changes] == changes
