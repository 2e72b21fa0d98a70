"""The pictures in the README: there, small, described, and true."""

from __future__ import annotations

import html
import re
from pathlib import Path

from .readme_pictures import FOLDER, PICTURES, README, build_with_mistakes

MOST_BYTES = 400_000
TEXT = re.compile(r"<text[^>]*>([^<]*)</text>")


def _named() -> dict[str, str]:
    """The alternative texts of the pictures that the README names, by path."""
    text = README.read_text(encoding="utf-8")
    written = dict(re.findall(r"<img src=\"([^\"]+)\"[^>]* alt=\"([^\"]*)\"", text))
    marked = {path: alt for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)}
    assert len(written) == text.count("<img ")
    return {**written, **marked}


def test_the_readme_shows_each_picture_that_is_made_and_no_other() -> None:
    made = {f"docs/pictures/{name}" for name in PICTURES}
    assert set(_named()) == made
    assert {path.name for path in FOLDER.iterdir()} == set(PICTURES)


def test_each_picture_says_in_words_what_it_shows() -> None:
    assert all(len(alt) > 30 for alt in _named().values())


def test_the_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


def test_nothing_in_the_drawn_terminal_is_fetched() -> None:
    drawn = FOLDER.joinpath("build-error.svg").read_text(encoding="utf-8")
    assert not re.search(r"url\((?!#)|href|@import", drawn)


def test_the_drawn_terminal_says_what_a_build_prints_today(tmp_path: Path) -> None:
    """If it does not: python -m tests.browser.readme_pictures"""
    build_with_mistakes(tmp_path / "now.svg")
    now, kept = (
        [html.unescape(text) for text in TEXT.findall(path.read_text(encoding="utf-8"))]
        for path in (tmp_path / "now.svg", FOLDER / "build-error.svg")
    )
    assert now == kept
    assert any("formula-undefined" in text for text in kept)
