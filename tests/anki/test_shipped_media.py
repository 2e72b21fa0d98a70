"""Pictures, sound and video as they arrive in a learner's media folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

from author import Author, basic
from learner import Imported, Learner

REFERENCE = re.compile(r'(?:src="|\[sound:)([^"\]]+)')
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><circle r="%d"/></svg>'


def shown(learner: Learner, key: str) -> list[bytes]:
    """The bytes of each file that the fields of a note name, in order."""
    names = REFERENCE.findall("\x1f".join(learner.note(key).fields))
    media = learner.media()
    return [media[name] for name in names]


def picture(*paths: str) -> str:
    return "\n\n".join(f"![A circle]({path})" for path in paths)


SUFFIXES = "svg png jpg gif webp mp3 ogg mp4 webm".split()


def test_each_format_arrives_byte_for_byte(author: Author, learner: Learner) -> None:
    """Pictures as pictures, sound and video as what Anki plays."""
    contents = {suffix: bytes(range(256)) + suffix.encode() for suffix in SUFFIXES}
    for suffix, content in contents.items():
        author.writes(f"media/file.{suffix}", content)
    author.asks("a.md", *(basic(suffix, picture(f"media/file.{suffix}")) for suffix in SUFFIXES))
    learner.imports(author.releases())
    assert {suffix: shown(learner, suffix) for suffix in SUFFIXES} == {
        suffix: [content] for suffix, content in contents.items()
    }
    played = [suffix for suffix in SUFFIXES if learner.cards(suffix)[0].answer_av_tags()]
    assert played == ["mp3", "ogg", "mp4", "webm"]
    learner.assert_sound()


NAMES = (
    *("Ä Ö ü.png", unicodedata.normalize("NFD", "äö.png"), "日本.png", "😀.png", " leading.png"),
    *("100%.png", "a%20b.png", "a&b.png", "a&amp;b.png", "it's.png", "(1).png", "a[1].png"),
    *("a_b_c.png", "$5$.png", "a#b.png", "a?b=c.png", "a+b.png", "a::b.png", "}}.png", "UP.PNG"),
    *('q"q.png', "a<b>.png", "two..dots.png", "~a~.png", "fig:1.png"),
)


def test_any_file_name_arrives(author: Author, learner: Learner) -> None:
    """Written percent-encoded, and in angle brackets; both mean the same file."""
    questions = []
    for number, name in enumerate(NAMES):
        author.writes(f"img/{name}", SVG % number)
        written = [f"![A circle](img/{quote(name)})", f"![A circle](<img/{name}>)"]
        questions.append(basic(f"n{number}", "\n\n".join(written)))
    learner.imports(author.asks("a.md", *questions).releases())
    for number, name in enumerate(NAMES):
        assert shown(learner, f"n{number}") == [SVG % number] * 2, name
    assert all(re.fullmatch(r"[a-z0-9._-]+", stored) for stored in learner.media())
    learner.assert_sound()


def test_a_name_that_could_mean_two_files_means_what_github_shows(
    author: Author, learner: Learner
) -> None:
    """In a link `%20` is a space, also where a file has the three characters in its name."""
    author.writes("a b.png", SVG % 1).writes("a%20b.png", SVG % 2)
    author.asks("a.md", basic("x", picture("a%20b.png", "a%2520b.png")))
    learner.imports(author.releases())
    assert shown(learner, "x") == [SVG % 1, SVG % 2]


def test_two_files_of_one_name_are_two(author: Author, learner: Learner) -> None:
    """Also when one question shows both."""
    author.writes("one/fig.svg", SVG % 1).writes("two/fig.svg", SVG % 2)
    author.asks("one/q.md", basic("one", picture("fig.svg")))
    author.asks("two/q.md", basic("two", picture("fig.svg", "../one/fig.svg")))
    learner.imports(author.releases())
    assert shown(learner, "one") == [SVG % 1]
    assert shown(learner, "two") == [SVG % 2, SVG % 1]
    learner.assert_sound()


def test_a_file_shown_by_two_notes_is_stored_once(author: Author, learner: Learner) -> None:
    """The same bytes under two paths too."""
    author.writes("img/fig.svg", SVG % 1).writes("copy/other.svg", SVG % 1)
    author.asks("a.md", basic("x", picture("img/fig.svg")), basic("y", picture("copy/other.svg")))
    learner.imports(author.releases())
    assert shown(learner, "x") == shown(learner, "y") == [SVG % 1]
    assert len(learner.media()) == 2, "the picture and the learner's style sheet"
    learner.assert_sound()


def test_a_new_picture_under_an_old_name_arrives(author: Author, learner: Learner) -> None:
    """It updates the notes that show it and no other; the old one is left to Check Media."""
    author.writes("img/fig.svg", SVG % 1)
    author.asks("a.md", basic("x", picture("img/fig.svg")), basic("y"))
    learner.imports(author.releases())
    learner.studies("Astronomy", 2)
    schedule, old = learner.schedule(), set(learner.media())
    author.writes("img/fig.svg", SVG % 2)
    assert learner.imports(author.releases()) == Imported(updated=("x",), duplicate=("y",))
    assert shown(learner, "x") == [SVG % 2]
    assert learner.schedule() == schedule
    assert set(learner.col.media.check().unused) == old - {"_deckgen_user.css"}


def test_a_picture_that_moved_changes_nothing(author: Author, learner: Learner) -> None:
    """Its name among the media is made from its bytes."""
    author.writes("img/fig.svg", SVG % 1).asks("a.md", basic("x", picture("img/fig.svg")))
    learner.imports(author.releases())
    tables, media = learner.tables(), learner.media()
    author.moves("img/fig.svg", "figures/circle.svg")
    author.asks("a.md", basic("x", picture("figures/circle.svg")))
    assert learner.imports(author.releases()) == Imported(duplicate=("x",))
    assert (learner.tables(), learner.media()) == (tables, media)


def test_a_picture_in_every_part_of_a_note_arrives(author: Author, learner: Learner) -> None:
    """Heading, answer, deletion, callouts, and the heading as context of a follow-up note."""
    for number in range(1, 6):
        author.writes(f"{number}.svg", SVG % number)
    body = "\n\n".join(
        (
            "## What is ![A circle](1.svg)?\n\n<!-- id: x -->",
            "![A circle](2.svg) {{c1::![A circle](3.svg)}}",
            "> [!NOTE]\n> ![A circle](4.svg)",
            "> [!TIP]\n> ![A circle](5.svg)",
            "### Then?\n\n<!-- id: y -->\n\nSo.",
        )
    )
    learner.imports(author.asks("a.md", body).releases())
    assert shown(learner, "x") == [SVG % number for number in range(1, 6)]
    assert shown(learner, "y") == [SVG % 1]
    learner.assert_sound()


RAW = (
    '<img src="m.svg" alt="A circle">',
    '<video src="m.mp4" controls></video>',
    "<audio controls src='m.mp3'></audio>",
    '<video controls><source src=m.webm type="video/webm"></video>',
)


def test_media_in_raw_html_arrives(author: Author, learner: Learner) -> None:
    for suffix in ("svg", "mp4", "mp3", "webm"):
        author.writes(f"m.{suffix}", suffix.encode())
    author.asks("a.md", basic("x", "See:\n\n" + "\n\n".join(RAW)))
    learner.imports(author.releases())
    assert shown(learner, "x") == [b"svg", b"mp4", b"mp3", b"webm"]
    learner.assert_sound()


def test_media_is_stored_on_a_second_learners_device_alike(
    author: Author, new_learner: Callable[[], Learner]
) -> None:
    """Same names, same bytes: synchronizing two devices makes no copies."""
    author.writes("fig.svg", SVG % 1).asks("a.md", basic("x", picture("fig.svg")))
    package = author.releases()
    first, second = new_learner(), new_learner()
    first.imports(package)
    second.imports(package)
    assert first.media() == second.media()
