"""Files to texts: which are read, how, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from deckgen.diagnostic import DeckgenError
from deckgen.source import Source, find, is_question_file, read, read_text


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("")


def test_question_files_are_all_markdown_files_but_those_for_people(tmp_path: Path) -> None:
    """At any depth, in an order that no file system decides."""
    read_ones = ("a b.md", "b/README.x.md", "b/c.md", "b/c/d.md", "ä.md")
    write(tmp_path, *read_ones, "README.md", "b/README.md", "_a.md", ".b.md", "_c/d.md", ".e/f.md")
    write(tmp_path, "a.txt", "b.MD", "c.md.bak", "deck.yaml")
    (tmp_path / "folder.md").mkdir()
    sources, diagnostics = read(tmp_path)
    assert [source.path for source in sources] == list(read_ones)
    assert diagnostics == ()


@pytest.mark.parametrize("path", ["a.md", "b/c.md", "README.md", "_a/b.md", "a.txt", "b/.c.md"])
def test_a_name_tells_a_question_file(tmp_path: Path, path: str) -> None:
    """The rule for a name alone is the rule by which files are read."""
    write(tmp_path, path)
    assert is_question_file(Path(path)) == bool(read(tmp_path)[0])


@pytest.mark.parametrize("start", [".", "content", "content/a/b", "content/a/x.md"])
def test_the_content_folder_is_found_on_the_way_up(tmp_path: Path, start: str) -> None:
    """From the folder that holds `content/`, from it, and from anywhere below."""
    write(tmp_path, "content/deck.yaml", "content/a/b/c", "content/a/x.md")
    assert find(tmp_path / start) == tmp_path / "content"


def test_the_nearest_deck_wins(tmp_path: Path) -> None:
    """A deck in a folder of another deck's repository is its own."""
    write(tmp_path, "content/deck.yaml", "other/content/deck.yaml", "other/x/y")
    assert find(tmp_path / "other/x") == tmp_path / "other/content"


def test_no_deck_is_an_error_of_the_environment(tmp_path: Path) -> None:
    """Which names where it was looked for."""
    with pytest.raises(DeckgenError, match=r"neither .* nor a folder above it holds a deck\.yaml"):
        find(tmp_path)
    with pytest.raises(DeckgenError, match="no such folder"):
        find(tmp_path / "nowhere")


def test_every_system_reads_the_same_text(tmp_path: Path) -> None:
    """Line ends and a byte order mark make no difference, other white space does."""
    (tmp_path / "a.md").write_bytes("\ufeffé\r\n\tb\u2028\u00a0\n\r\nc \ufeff".encode())
    source, diagnostics = read_text(tmp_path, "a.md")
    assert source == Source("a.md", "é\n\tb\u2028\u00a0\n\nc \ufeff")
    assert diagnostics == ()


@pytest.mark.parametrize(
    ("content", "text", "code", "start"),
    [
        (b"ab\r\nc\xe9d\n", "ab\nc�d\n", "not-utf8", 4),
        (b"\xef\xbb\xbfab\xff", "ab�", "not-utf8", 2),
        ("é\r\n".encode() + b"\xf0\x9f", "é\n�", "not-utf8", 2),
        (b"a\x00b", "a�b", "control-character", 1),
        (b"a\rb", "a�b", "control-character", 1),
        ("a\x85b".encode(), "a�b", "control-character", 1),
        ("a\ufffeb".encode(), "a�b", "control-character", 1),
    ],
)
def test_what_is_no_text_is_told_at_its_place(
    tmp_path: Path, content: bytes, text: str, code: str, start: int
) -> None:
    """And the rest of the file is still read, so that its questions do not count as gone."""
    (tmp_path / "a.md").write_bytes(content)
    source, (fault,) = read_text(tmp_path, "a.md")
    assert source == Source("a.md", text)
    assert (fault.code, fault.span.start, fault.span.end) == (code, start, start + 1)
    assert text[start] == "�"
