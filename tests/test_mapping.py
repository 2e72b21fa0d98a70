"""YAML as authors mean it: text stays text, every node has its place, nothing is guessed."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deckgen import mapping
from deckgen.diagnostic import Diagnostic
from deckgen.mapping import Listing, Mapping, Node, Reader, Scalar, parse
from deckgen.passage import Passage


def read(text: str) -> tuple[Mapping, tuple[Diagnostic, ...]]:
    return parse(Passage(text, "a.yaml", ((0, 0),)))


def reader(text: str, *known: str) -> Reader:
    found, diagnostics = read(text)
    assert diagnostics == ()
    return Reader(found, known, "the test")


def plain(node: Node) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Listing):
        return [plain(child) for child in node.nodes]
    return {key.text: plain(child) for key, child in node.entries}


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """libyaml, and the pure Python that stands in for it where it is missing."""
    monkeypatch.setattr(mapping, "LOADER", getattr(yaml, request.param))


def test_no_scalar_is_anything_but_text() -> None:
    """Norway is no falsehood, a version no number, and a time no count of seconds."""
    written = ["no", "on", "1.10", "0x1F", "12:30:45", "~", "null", "2026-01-01", "1_000", ".inf"]
    found, diagnostics = read("\n".join(f"- {text}" for text in ["a", *written]).join(["k:\n", ""]))
    assert plain(found) == {"k": ["a", *written]}
    assert diagnostics == ()


def test_every_node_knows_its_place() -> None:
    """Spans slice back to what was written, in the file that the passage was cut from."""
    file = "# T\n<!-- é: [x, 'y z']\n漢: {k: \"v\"} -->"
    whole = Passage(file, "a.md", ((0, 0),))
    found, _ = parse(whole.cut([(9, len(file) - 4, None)]))
    pieces: list[str] = []

    def visit(node: Node) -> None:
        pieces.append(file[node.span.start : node.span.end])
        children = node.nodes if isinstance(node, Listing) else ()
        pairs = node.entries if isinstance(node, Mapping) else ()
        for child in (*children, *(part for pair in pairs for part in pair)):
            visit(child)

    visit(found)
    assert pieces[1:] == ["é", "[x, 'y z']", "x", "'y z'", "漢", '{k: "v"}', "k", '"v"']


def test_quotes_are_remembered() -> None:
    """`quoted` tells `"true"` from `true`."""
    found, _ = read("a: true\nb: \"true\"\nc: 'true'\n")
    assert [node.quoted for _, node in found.entries if isinstance(node, Scalar)] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("a: b\na: c", "key-duplicate", "a"),
        ("a: &x b", "yaml-alias", "&x b"),
        ("a: *x", "yaml-alias", "*x"),
        ("a: " + "[" * 20 + "]" * 20, "yaml-deep", "["),
        ("a: [b\nc: d", "yaml-invalid", "["),
        ("a: {b\nc: d", "yaml-invalid", "{"),
        ('a: "b\nc: d', "yaml-invalid", '"'),
        ("a: b: c", "yaml-invalid", ":"),
        ("- a", "yaml-invalid", "- a"),
        ("just words", "yaml-invalid", "just words"),
        ("a: b\n--- \nc: d", "yaml-invalid", "---"),
        ("? [a]\n: b", "yaml-invalid", "[a]"),
        ('a: "x\\u001fy"', "control-character", '"x\\u001fy"'),
    ],
)
def test_faults_are_told_at_their_place(text: str, code: str, marked: str) -> None:
    """What cannot be read as meant is one diagnostic, where it stands."""
    _, (fault,) = read(text)
    assert fault.code == code
    assert text[fault.span.start : fault.span.end].startswith(marked)
    assert fault.span.start == text.rindex(marked) or marked in '[{"' or code == "yaml-deep"


def test_a_backslash_in_double_quotes_is_explained() -> None:
    """The mistake of everybody who writes TeX into YAML."""
    _, (fault,) = read('R: "\\mathbb{R}"')
    assert fault.hint == "in single quotes a backslash is just a backslash"


def test_the_first_of_two_keys_counts() -> None:
    """The rest of the mapping is read all the same."""
    found, _ = read("a: b\na: c\nd: e")
    assert plain(found) == {"a": "b", "d": "e"}


@given(st.text("a:- [{'\"#&*!|>%@`\n\t,?}]\\0é", max_size=40))
def test_any_text_is_read_or_explained(text: str) -> None:
    """Nothing raises, and spans stay inside the text."""
    _, diagnostics = read(text)
    for fault in diagnostics:
        assert 0 <= fault.span.start <= fault.span.end <= len(text)
        assert fault.message


# -- what callers ask for ------------------------------------------------------------------------


def test_an_unknown_key_names_its_nearest() -> None:
    """Or, where none is near, all that are known."""
    asked = reader("langage: en\nxyz: 1", "language", "name")
    assert [(d.code, d.hint) for d in asked.diagnostics] == [
        ("key-unknown", "did you mean `language`?"),
        ("key-unknown", "known: language, name"),
    ]


def test_values_of_each_kind() -> None:
    """Texts, flags, numbers, lists and mappings come as what they are, absent ones as defaults."""
    known = ("t", "f", "n", "l", "one", "m", "p", "none")
    asked = reader("t: x\nf: true\nn: 2.5\nl: [a, b]\none: a\nm: {k: v}\np: |\n  x\n  y\n", *known)
    assert (asked.text("t"), asked.text("none", "d")) == ("x", "d")
    assert (asked.flag("f"), asked.flag("none")) == (True, False)
    assert (asked.number("n", 1), asked.number("none", 1)) == (2.5, 1)
    assert [s.text for s in asked.texts("l")] == ["a", "b"]
    assert [s.text for s in asked.texts("one")] == ["a"]
    assert asked.texts("none") == ()
    found = asked.mapping("m")
    assert found is not None and plain(found) == {"k": "v"}
    assert asked.prose("p") == "x\ny\n"
    assert asked.diagnostics == []


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("text", "[a]"),
        ("text", "|\n  a\n  b"),
        ("prose", "{a: b}"),
        ("flag", "yes"),
        ("flag", "True"),
        ("flag", "[true]"),
        ("number", "x"),
        ("number", "0"),
        ("number", "-1"),
        ("number", "inf"),
        ("number", "nan"),
        ("number", "[1]"),
        ("texts", "{a: b}"),
        ("texts", "[[a]]"),
        ("mapping", "a"),
        ("mapping", "[a]"),
    ],
)
def test_a_value_of_another_kind_is_a_fault(method: str, value: str) -> None:
    """At the value, with the default in its stead."""
    text = f"key: {value}"
    asked = reader(text, "key")
    given_default = {"number": (1.0,)}.get(method, ())
    getattr(asked, method)("key", *given_default)
    (fault,) = asked.diagnostics
    assert fault.code == "value-invalid"
    assert fault.span.start >= len("key: ")
