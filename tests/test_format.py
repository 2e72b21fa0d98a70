"""The manual of the format is right: every example in it, and every golden case, to the letter.

An example is a fenced block ````` ````markdown example ````` and right below it what becomes of it:
`html`, the notes, and `text`, what deckgen prints. A `yaml deck.yaml example` block is a faulty
`deck.yaml`. All are built with the manual's own `deck.yaml` and `sources.yaml`.

To rewrite all results for review: `DECKGEN_UPDATE=1 pytest tests/test_format.py`, then `git diff`.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path

import pytest
from properties.desk import FILE, Desk

import deckgen
from deckgen.build import Built
from deckgen.diagnostic import Diagnostic, Span, errors, render
from deckgen.notetype import note_types

TESTS = Path(__file__).parent
MANUAL = TESTS.parent / "docs" / "format.md"
GOLDEN = sorted((TESTS / "golden").glob("*.md"))
UPDATE = bool(os.environ.get("DECKGEN_UPDATE"))

BLOCK = re.compile(r"^(`{4,})([^\n`]*)\n(.*?)^\1[ \t]*\n", re.DOTALL | re.MULTILINE)
TITLE = re.compile(r"^#+[ ]+(.*)$", re.MULTILINE)
RESULTS = ("html", "text")
HEAD = "## Question\n<!-- id: example -->\n\n"  # put before an example that is an answer only
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>\n'
MEDIA = {
    "img/cell.svg": PICTURE,
    "img/two words.svg": PICTURE,
    "img/Größe.svg": PICTURE,
    "sound/vowel.mp3": b"ID3 vowel",
    "video/training.mp4": b"\x00\x00\x00\x18ftypmp42",
    "img/notes.pdf": b"%PDF-1.7",
    "img/empty.png": b"",
}
SKIPPED = ("Report", "Key")  # of the fields that an example shows: they say nothing about it


@dataclass(frozen=True)
class Block:
    """A fenced block of a document; `start` and `end` are 0-based offsets of the whole block."""

    info: str
    content: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """One example; `results` is the stretch of its document with what becomes of it."""

    path: Path
    name: str
    line: int
    source: Block
    results: tuple[int, int]
    expected: dict[str, str]


@cache
def blocks(path: Path) -> tuple[Block, ...]:
    text = path.read_text(encoding="utf-8")
    return tuple(
        Block(match[2].strip(), match[3], match.start(), match.end())
        for match in BLOCK.finditer(text)
    )


def examples(path: Path) -> Iterator[Example]:
    """The examples of a document. A result that belongs to none is an error."""
    text = path.read_text(encoding="utf-8")
    listed = blocks(path)
    used: set[int] = set()
    for index, source in enumerate(listed):
        if not source.info.endswith(" example"):
            continue
        results = list(takewhile(lambda b: b.info in RESULTS, listed[index + 1 :]))
        for before, after in pairwise([source, *results]):
            assert not text[before.end : after.start].strip(), f"text before {after.content[:40]}"
        used.update(block.start for block in results)
        line = text.count("\n", 0, source.start) + 1
        titles = [match[1] for match in TITLE.finditer(text, 0, source.start)]
        end = results[-1].end if results else source.end
        expected = {block.info: block.content for block in results}
        assert len(expected) == len(results), f"{path.name}:{line}: two results of one kind"
        yield Example(path, titles[-1], line, source, (source.end, end), expected)
    lost = [block for block in listed if block.info in RESULTS and block.start not in used]
    assert not lost, f"{path.name}: a result without an example: {lost[0].content[:60]}"


def settings(name: str) -> str:
    """The manual's own `deck.yaml` or `sources.yaml`."""
    return next(block.content for block in blocks(MANUAL) if block.info == f"yaml {name}")


ALL = [example for path in (MANUAL, *GOLDEN) for example in examples(path)]


def outcome(example: Example, desk: Desk) -> dict[str, str]:
    """What becomes of an example: its notes as `html`, what deckgen prints as `text`."""
    source = example.source.content
    for path, content in MEDIA.items():
        if path.casefold() in source.casefold():
            desk.write(path, content)
    desk.write("sources.yaml", settings("sources.yaml").encode())
    deck = settings("deck.yaml")
    if example.source.info.startswith("yaml"):
        built = desk.build(HEAD + "Answer", source)
        return {"text": printed(built.diagnostics, built.texts)}
    if source.startswith(("---\n", "# ", "## ", "### ")):
        built = desk.build(source, deck)
        diagnostics, texts = built.diagnostics, built.texts
        html = "\n".join(whole_notes(built))
    else:
        built = desk.build(HEAD + source, deck)
        diagnostics, texts = without_head(built.diagnostics), {FILE: source}
        html = built.notes[0].fields[1]
    results = {} if errors(built.diagnostics) else {"html": html + "\n"}
    if diagnostics:
        results["text"] = printed(diagnostics, texts)
    return results


def without_head(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """The diagnostics as if the answer alone were the file."""
    moved: list[Diagnostic] = []
    for found in diagnostics:
        span = found.span
        assert span.start >= len(HEAD), f"write this example with its heading: {found}"
        span = Span(span.path, span.start - len(HEAD), span.end - len(HEAD))
        moved.append(found._replace(span=span))
    return tuple(moved)


def printed(diagnostics: tuple[Diagnostic, ...], texts: dict[str, str]) -> str:
    return "".join(render(found, texts) + "\n" for found in diagnostics)


def whole_notes(built: Built) -> Iterator[str]:
    """Each note: what it is, then its fields, each below its name."""
    names = {kind.kind: kind.fields for kind in note_types("Deck", "example")}
    for note in built.notes:
        cards = ", ".join(str(ordinal + 1) for ordinal in note.ordinals)
        tags = f"; tags {' '.join(note.tags)}" if note.tags else ""
        yield f"<!-- {note.key}: {note.kind.value}; cards {cards}; deck {note.deck}{tags} -->"
        for field, content in zip(names[note.kind], note.fields, strict=True):
            if content and field.name not in SKIPPED:
                yield f"<!-- {field.name} -->\n{content}"


def rewritten(example: Example, results: dict[str, str]) -> str:
    """The results as they stand below an example."""
    longest = max((len(run) for r in results.values() for run in re.findall("`+", r)), default=0)
    fence = "`" * max(4, longest + 1)
    parts = [f"\n{fence}{kind}\n{results[kind]}{fence}\n" for kind in RESULTS if kind in results]
    return "".join(parts)


@pytest.mark.parametrize("example", ALL, ids=lambda e: f"{e.path.stem}:{e.line} {e.name[:60]}")
def test_an_example_becomes_what_stands_below_it(example: Example, desk: Desk) -> None:
    results = outcome(example, desk)
    if UPDATE:
        NEW_RESULTS[(example.path, example.results)] = rewritten(example, results)
        return
    assert results == example.expected


NEW_RESULTS: dict[tuple[Path, tuple[int, int]], str] = {}


@pytest.fixture(scope="module", autouse=True)
def write_new_results() -> Iterator[None]:
    """Write the documents anew, at the end of a run that is meant to."""
    yield
    for path in {path for path, _ in NEW_RESULTS}:
        text = path.read_text(encoding="utf-8")
        places = sorted((place for owner, place in NEW_RESULTS if owner == path), reverse=True)
        for start, end in places:
            text = text[:start] + NEW_RESULTS[path, (start, end)] + text[end:]
        path.write_text(text, encoding="utf-8")


def test_line_ends_of_windows_change_nothing(desk: Desk) -> None:
    """Nor does a byte order mark: the same question gives the same note on every system."""
    text = "\n".join(e.source.content for e in ALL if e.path == MANUAL and "##" in e.source.content)
    unix = desk.build(text.replace("---", "", 2))
    windows = desk.build("\ufeff" + text.replace("---", "", 2).replace("\n", "\r\n"))
    assert len(unix.notes) >= 5
    assert windows.notes == unix.notes
    assert windows.diagnostics == unix.diagnostics


def test_there_are_as_many_examples_as_we_think() -> None:
    """A loader that finds nothing would pass every test above."""
    counts = {path.name: sum(1 for e in ALL if e.path == path) for path in (MANUAL, *GOLDEN)}
    assert counts[MANUAL.name] >= 25
    assert sum(counts.values()) - counts[MANUAL.name] >= 150
    assert all(counts.values()), counts


def test_no_two_golden_cases_share_a_title() -> None:
    """The title is the sentence that the case proves."""
    for path in GOLDEN:
        titles = TITLE.findall(BLOCK.sub("", path.read_text(encoding="utf-8")))[1:]
        assert sorted(set(titles)) == sorted(titles)
        cases = [example.name for example in ALL if example.path == path]
        assert cases == titles


def test_the_manual_explains_every_diagnostic_and_invents_none() -> None:
    """Its table of codes is the table of the codes in the program."""
    table = MANUAL.read_text(encoding="utf-8").split("## What each diagnostic means\n", 1)[1]
    explained = re.findall(r"^\| `([a-z0-9-]+)` \|", table, re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == codes_in_the_program()


def codes_in_the_program() -> set[str]:
    """The second argument of each call that makes a diagnostic, and each `code = …`."""
    codes: set[str] = set()
    for path in sorted(Path(deckgen.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and len(node.args) > 1:
                name = getattr(node.func, "attr", getattr(node.func, "id", "")).lstrip("_")
                if name in ("fault", "warn", "Diagnostic", "MacroFault"):
                    codes |= kebab_case(node.args[1])
            elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code":
                codes |= kebab_case(node.value)
    assert len(codes) > 50
    return codes


def kebab_case(expression: ast.expr) -> set[str]:
    constants = [node.value for node in ast.walk(expression) if isinstance(node, ast.Constant)]
    texts = [constant for constant in constants if isinstance(constant, str)]
    return {text for text in texts if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", text)}
