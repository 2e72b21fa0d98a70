"""The study page that `deckgen preview --export` writes, opened from the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from shell import Folder

from .preview_page import PreviewPage, preview_page
from .test_preview import small_deck


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a study page on the disk."""
    folder: Folder = small_deck(tmp_path_factory.mktemp("export"))
    ran = folder.run("preview", "content", "--export", "study page")
    assert ran.code == 0, ran.err
    return (folder.root / "study page" / "index.html").as_uri()


@pytest.fixture
def window(chromium: Browser, study: str) -> Iterator[PreviewPage]:
    with preview_page(chromium, study) as window:
        window.wait_for("one")
        yield window


def test_cards_are_shown_with_formulas_and_pictures(window: PreviewPage) -> None:
    """With no server and no network, in the theme of the system."""
    window.expect_views("Desktop · light · question")
    window.page.keyboard.press("Space")
    window.wait_for("one", "answer")
    formula = window.frame("desktop").locator("mjx-container mjx-mfrac")
    expect(formula).to_have_count(1)
    fonts = "() => [...document.fonts].filter((font) => font.status === 'loaded').length"
    assert window.frame("desktop").locator("html").evaluate(fonts) > 0
    window.open("picture")
    window.page.keyboard.press("Space")
    window.wait_for("picture", "answer")
    image = window.frame("desktop").locator("#qa img")
    assert image.evaluate("image => image.naturalWidth") == 1


def test_cards_are_found_and_turned(window: PreviewPage) -> None:
    """Across question files, whose sides come in scripts of their own."""
    window.page.keyboard.press("/")
    window.page.keyboard.type("is:reversed")
    window.page.keyboard.press("Enter")
    window.wait_for("ways.2")
    window.page.keyboard.press("Escape")
    window.page.locator("#search").fill("")
    window.page.locator("#search").blur()
    window.page.keyboard.press("ArrowLeft")
    window.page.keyboard.press("ArrowLeft")
    window.wait_for("capital")
    window.frame("desktop").locator("#typeans").fill("Paris")
    window.press_in_card("Enter", "desktop")
    window.wait_for("capital", "answer")
    expect(window.frame("desktop").locator("code .typeGood")).to_have_text(["Paris"])


def test_the_source_is_named_by_file_and_line(window: PreviewPage) -> None:
    expect(window.page.locator("#place")).to_have_text("a.md:6")
    window.page.locator("#place").click()
    expect(window.page.locator("#place.copied")).to_be_visible()
    assert window.page.evaluate("navigator.clipboard.readText()") == "a.md:6"


def test_a_link_leads_to_a_card(chromium: Browser, study: str) -> None:
    with preview_page(chromium, f"{study}#gates.2") as window:
        window.wait_for("gates.2")
        assert "forget gate" in window.text("desktop")
    with preview_page(chromium, f"{study}#nowhere") as window:
        window.wait_for("one")


def test_the_theme_follows_the_system(chromium: Browser, study: str) -> None:
    """Until another one is chosen."""
    with preview_page(chromium, study, scheme="dark") as window:
        window.wait_for("one")
        window.expect_views("Desktop · night · question")
        window.page.emulate_media(color_scheme="light")
        window.expect_views("Desktop · light · question")
        window.choose("Night")
        window.choose("Light")
        window.page.emulate_media(color_scheme="dark")
        window.page.emulate_media(color_scheme="light")
        window.expect_views("Desktop · night · question")
        window.page.reload()
        window.wait_for("one")
        window.expect_views("Desktop · night · question")


def test_it_can_be_studied_on_a_phone(chromium: Browser, study: str) -> None:
    """The card has the screen, the turn is where the thumb is."""
    with preview_page(chromium, study, 360, 640) as window:
        window.wait_for("one")
        window.expect_views("AnkiDroid · light · question")
        frame = window.page.locator("iframe").bounding_box()
        turn = window.page.locator("#flip").bounding_box()
        assert frame is not None and turn is not None
        assert frame["width"] == 360 and frame["height"] > 450
        assert turn["y"] + turn["height"] > 580 and turn["height"] >= 44
        window.page.locator("#flip").click()
        window.wait_for("one", "answer")
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert window.page.evaluate(fits)


def test_it_needs_no_more_than_its_files(study: str) -> None:
    """Each file that the page names is one of them."""
    folder = Path(study.removeprefix("file://").replace("%20", " ")).parent
    listed = (folder / "files.txt").read_text().splitlines()[1:]
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(listed) == held
