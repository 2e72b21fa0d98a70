"""Pictures, sound and video as they arrive in a learner's media folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

import pytest
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


@pytest.mark.parametrize("suffix", ["svg", "png", "jpg", "gif", "webp", "mp3", "ogg", "mp4", "webm"])
def test_each_format_arrives_byte_for_byte(author: Author, learner: Learner, suffix: str) -> None:
    """Pictures as pictures, sound and video as what Anki plays."""
    content = bytes(range(256)) + suffix.encode()
    author.writes(f"media/file.{suffix}", content)
    learner.imports(author.asks("a.md", basic("x", picture(f"media/file.{suffix}"))).releases())
    assert shown(learner, "x") == [content]
    played = learner.cards("x")[0].answer_av_tags()
    assert bool(played) == (suffix in ("mp3", "ogg", "mp4", "webm"))
    learner.assert_sound()


NAMES = (
    *("Ä Ö ü.png", unicodedata.normalize("NFD", "äö.png"), "日本.png", "😀.png", " leading.png"),
    *("100%.png", "a%20b.png", "a&b.png", "a&amp;b.png", "it's.png", "(1).png", "a[1].png"),
    *("a_b_c.png", "$5$.png", "a#b.png", "a?b=c.png", "a+b.png", "a::b.png", "}}.png", "UP.PNG"),
    *('q"q.png', "x`y.png", "a<b>.png", "two..dots.png", "~a~.png", "fig:1.png"),
)


@pytest.mark.parametrize("name", NAMES)
def test_any_file_name_arrives(author: Author, learner: Learner, name: str) -> None:
    """Written percent-encoded, and in angle brackets; both mean the same file."""
    author.writes(f"img/{name}", SVG % 1)
    encoded = basic("encoded", picture(f"img/{quote(name)}"))
    plain = basic("plain", f"![A circle](<img/{name}>)")
    learner.imports(author.asks("a.md", encoded, *([plain] if "`" not in name else [])).releases())
    assert shown(learner, "encoded") == [SVG % 1]
    assert "`" in name or shown(learner, "plain") == [SVG % 1]
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


def raw(tag: str) -> str:
    return basic("x", f"See:\n\n{tag}")


@pytest.mark.parametrize(
    "written",
    [
        '<img src="m.mp4" alt="A circle">',
        '<video src="m.mp4" controls></video>',
        "<audio controls src='m.mp4'></audio>",
        '<video controls><source src="m.mp4" type="video/mp4"></video>',
    ],
)
def test_raw_html_media_arrives(author: Author, learner: Learner, written: str) -> None:
    author.writes("m.mp4", b"moving").asks("a.md", raw(written))
    learner.imports(author.releases())
    assert shown(learner, "x") == [b"moving"]
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
