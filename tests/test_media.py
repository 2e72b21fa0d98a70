"""Media files: which file a path means, what is wrong with it, and which files nobody shows."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from deckgen.diagnostic import DeckgenError, Diagnostic, Severity, Span
from deckgen.media import FORMATS, Media, MediaFolder, forget_folders

SPAN = Span("topics/q.md", 10, 20)
LIMIT = 1_000


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A content folder in which `topics/q.md` is the question file."""
    forget_folders()
    folder = tmp_path / "content"
    for path in ("topics/near.png", "topics/sub/deep.svg", "img/fig.PNG", "img/a b.png", "top.mp3"):
        write(folder, path)
    return folder


def write(folder: Path, path: str, content: bytes = b"") -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content or path.encode())


def find(content: Path, written: str) -> Media | Diagnostic:
    return MediaFolder(content, LIMIT).find(written, "topics/q.md", SPAN)


def found(content: Path, written: str) -> Media:
    media = find(content, written)
    assert isinstance(media, Media), media
    return media


def fault(content: Path, written: str) -> Diagnostic:
    diagnostic = find(content, written)
    assert isinstance(diagnostic, Diagnostic), diagnostic
    assert diagnostic.span == SPAN
    return diagnostic


# ---- which file ----


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("near.png", "topics/near.png"),
        ("./near.png", "topics/near.png"),
        ("sub/deep.svg", "topics/sub/deep.svg"),
        ("sub/../near.png", "topics/near.png"),
        ("../img/fig.PNG", "img/fig.PNG"),
        ("../img/a b.png", "img/a b.png"),
        ("../img/a%20b.png", "img/a b.png"),
        ("../top.mp3", "top.mp3"),
        ("..//img//fig.PNG", "img/fig.PNG"),
    ],
)
def test_a_path_is_relative_to_the_question_file(content: Path, written: str, path: str) -> None:
    """As on GitHub, where %20 is a space."""
    media = found(content, written)
    assert (media.path, media.size) == (path, len(path))


def test_a_name_with_a_percent_sign_is_found_both_ways(content: Path) -> None:
    write(content, "topics/100%.png")
    write(content, "topics/50%20.png")
    assert found(content, "100%.png") == found(content, "100%25.png")
    assert found(content, "50%20.png") == found(content, "50%2520.png")


def test_a_decoded_name_comes_before_one_that_holds_the_percent_sign(content: Path) -> None:
    write(content, "topics/a b.png")
    write(content, "topics/a%20b.png")
    assert found(content, "a%20b.png").path == "topics/a b.png"
    assert found(content, "a%2520b.png").path == "topics/a%20b.png"


def test_composed_and_decomposed_letters_are_one(content: Path) -> None:
    """macOS may store a name decomposed, and an editor writes it composed."""
    write(content, "topics/" + unicodedata.normalize("NFD", "äé.png"))
    media = found(content, unicodedata.normalize("NFC", "äé.png"))
    assert media == found(content, unicodedata.normalize("NFD", "äé.png"))
    assert (content / media.path).is_file()


# ---- its name for the learner ----


def test_the_name_is_made_from_the_bytes(content: Path) -> None:
    """Pinned: with another, every picture would be shipped a second time."""
    write(content, "topics/one.PNG", b"the same")
    write(content, "topics/two.png", b"the same")
    write(content, "topics/three.png", b"another")
    one, two, three = (found(content, name) for name in ("one.PNG", "two.png", "three.png"))
    assert one.name == two.name == "deckgen-fa0487f2dc91544ab4b9.png"
    assert one.name != three.name


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_each_format_is_found_and_keeps_its_suffix(content: Path, suffix: str) -> None:
    write(content, f"topics/file{suffix.upper()}")
    assert found(content, f"file{suffix.upper()}").name.endswith(suffix)


# ---- what is wrong ----


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("https://example.org/a.png", "media-remote"),
        ("HTTP://example.org/a.png", "media-remote"),
        ("//example.org/a.png", "media-remote"),
        ("data:image/png;base64,AAAA", "media-remote"),
        ("file:///etc/passwd", "media-remote"),
        ("../../secret.png", "media-outside"),
        ("../../content/img/fig.PNG", "media-outside"),
        ("%2e%2e/%2e%2e/secret.png", "media-outside"),
        ("/etc/passwd.png", "media-outside"),
        ("%2Fetc/passwd.png", "media-outside"),
        ("missing.png", "media-missing"),
        ("sub", "media-missing"),
        ("", "media-missing"),
        (".", "media-missing"),
        ("near.png/more.png", "media-missing"),
        ("near.png%00", "media-missing"),
        ("Near.png", "media-case"),
        ("../img/fig.png", "media-case"),
        ("../IMG/fig.PNG", "media-case"),
        ("SUB/deep.svg", "media-case"),
        ("q.md", "media-format"),
        ("plain", "media-format"),
    ],
)
def test_what_is_no_media_file_is_a_diagnostic(content: Path, written: str, code: str) -> None:
    """At the place where it was written."""
    write(content, "topics/q.md")
    write(content, "topics/plain")
    write(content.parent, "secret.png")
    assert fault(content, written).code == code


def test_a_missing_file_that_lies_elsewhere_is_named(content: Path) -> None:
    assert "is it img/fig.PNG?" in fault(content, "fig.png").hint


def test_a_case_mismatch_names_the_file(content: Path) -> None:
    assert "`near.png`" in fault(content, "NEAR.PNG").hint


def test_a_symbolic_link_may_not_leave_the_content_folder(content: Path) -> None:
    """Neither to a file nor through a folder; one that stays inside is a file like any."""
    write(content.parent, "secret/key.png")
    (content / "topics" / "link.png").symlink_to(content.parent / "secret" / "key.png")
    (content / "topics" / "folder").symlink_to(content.parent / "secret")
    (content / "topics" / "inside.png").symlink_to(content / "img" / "a b.png")
    assert fault(content, "link.png").code == "media-outside"
    assert fault(content, "folder/key.png").code == "media-outside"
    assert found(content, "inside.png").name == found(content, "../img/a b.png").name


def test_links_in_a_circle_are_missing_files(content: Path) -> None:
    (content / "topics" / "round.png").symlink_to("round.png")
    (content / "topics" / "loop").symlink_to(".")
    assert fault(content, "round.png").code == "media-missing"
    assert found(content, "loop/loop/near.png").name == found(content, "near.png").name


def test_a_file_over_the_limit_is_refused(content: Path) -> None:
    """The limit itself is allowed."""
    write(content, "topics/full.png", bytes(LIMIT))
    write(content, "topics/large.png", bytes(LIMIT + 1))
    assert found(content, "full.png").size == LIMIT
    assert fault(content, "large.png").code == "media-too-large"


def test_an_empty_file_is_refused(content: Path) -> None:
    (content / "topics" / "empty.png").touch()
    assert fault(content, "empty.png").code == "media-unreadable"


# ---- files nobody shows ----


def unused(content: Path, *texts: str, shown: tuple[str, ...] = ()) -> list[str]:
    folder = MediaFolder(content, LIMIT)
    for written in shown:
        assert isinstance(folder.find(written, "topics/q.md", SPAN), Media)
    diagnostics = folder.unused(texts)
    assert {(d.code, d.severity) for d in diagnostics} <= {("media-unused", Severity.WARNING)}
    return [diagnostic.span.path for diagnostic in diagnostics]


ALL = ["img/a b.png", "img/fig.PNG", "top.mp3", "topics/near.png", "topics/sub/deep.svg"]


def test_a_file_that_nobody_shows_is_a_warning_at_the_file(content: Path) -> None:
    assert unused(content) == ALL
    assert unused(content, shown=("near.png", "../img/a%20b.png")) == ALL[1:3] + ALL[4:]


def test_a_file_that_a_text_names_is_not_reported(content: Path) -> None:
    """It may stand in a draft, in prose for readers, or beside another fault."""
    assert unused(content, "![x](../img/a%20b.png) and (near.png)") == ALL[1:3] + ALL[4:]


def test_a_name_inside_another_name_is_not_named(content: Path) -> None:
    assert unused(content, "linear.png stop.mp3 my-near.png x.near.png") == ALL


def test_other_files_and_hidden_ones_are_nobodys_business(content: Path) -> None:
    for path in ("notes.txt", ".hidden.png", "_static.png", ".git/a.png", "_old/a.png", "draw.py"):
        write(content, path)
    assert unused(content) == ALL


# ---- reading for the package ----


def test_what_is_read_is_what_was_named(content: Path) -> None:
    folder = MediaFolder(content, LIMIT)
    media = found(content, "near.png")
    assert folder.read(media) == b"topics/near.png"
    assert media.is_named_for(b"topics/near.png") and not media.is_named_for(b"other")


@pytest.mark.parametrize("gone", [True, False])
def test_a_file_that_changes_during_the_build_stops_it(content: Path, gone: bool) -> None:
    """The note would show a picture under a name that promises another."""
    media = found(content, "near.png")
    path = content / "topics" / "near.png"
    path.unlink() if gone else path.write_bytes(b"other")
    with pytest.raises(DeckgenError, match=r"topics/near\.png"):
        MediaFolder(content, LIMIT).read(media)
