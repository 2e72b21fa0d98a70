"""`deckgen preview` as its author uses it: in a real browser, while files are saved."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from previewed import Previewed
from shell import Folder

from .preview_page import PreviewPage, preview_page

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DECK = "name: Small\nnamespace: tests.example\n"
FIRST = r"""---
title: First
tags: [greek]
---

## What is one?
<!-- id: one -->

The first number, $\frac{1}{1}$.

### Which gates has it?
<!-- id: gates -->

The {{c1::forget gate}} and the {{c2::input gate $c_t$}}.

## What is the capital of France?
<!-- {id: capital, typed: Paris} -->

Paris.
"""
SECOND = """---
title: Second
---

## Which way round?
<!-- {id: ways, reverse: true} -->

Both ways.

## What does the picture show?
<!-- id: picture -->

![a pixel](pixel.png)
"""
COUNTS = """() => {
    const count = document.getElementById("count");
    window.counts = [count.textContent];
    new MutationObserver(() => {
        if (!window.counts.includes(count.textContent)) window.counts.push(count.textContent);
    }).observe(count, { childList: true, characterData: true, subtree: true });
}"""
LONG = "\n\n".join(f"Paragraph {number}." for number in range(60))


def small_deck(root: Path) -> Folder:
    folder = Folder(root, DECK)
    folder.write("a.md", FIRST)
    folder.write("b.md", SECOND)
    folder.write("pixel.png", PIXEL)
    return folder


@pytest.fixture(scope="module")
def unedited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Previewed]:
    """A preview for all who only look."""
    with Previewed(small_deck(tmp_path_factory.mktemp("unedited")).content) as preview:
        yield preview


@pytest.fixture
def window(chromium: Browser, unedited: Previewed) -> Iterator[PreviewPage]:
    """A new window on a deck that nobody edits."""
    with preview_page(chromium, unedited.address) as window:
        window.wait_for("one")
        yield window


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return small_deck(tmp_path)


@pytest.fixture
def running(folder: Folder) -> Iterator[Previewed]:
    """A preview of a deck to edit."""
    with Previewed(folder.content) as preview:
        yield preview


@pytest.fixture
def desk(chromium: Browser, running: Previewed) -> Iterator[PreviewPage]:
    """A window on the deck of `folder`."""
    with preview_page(chromium, running.address) as window:
        window.wait_for("one")
        yield window


def edit(folder: Folder, path: str, old: str, new: str) -> None:
    text = (folder.content / path).read_text()
    assert old in text
    folder.write(path, text.replace(old, new, 1))


# ---- looking ----


def test_a_card_is_shown_with_its_place_and_both_themes(window: PreviewPage) -> None:
    """At first the first card's question, on a phone by day and by night."""
    window.expect_views("AnkiDroid · light · question", "AnkiDroid · night · question")
    expect(window.page.locator("#question")).to_have_text("What is one?")
    expect(window.page.locator("#place")).to_have_text("a.md:6")
    assert "What is one?" in window.text()
    assert "first number" not in window.text()
    expect(window.page.locator("#count")).to_have_text("7 cards")


def test_space_shows_the_answer_and_then_the_next_card(window: PreviewPage) -> None:
    """As in Anki; the formula is typeset by MathJax, in every frame."""
    window.page.keyboard.press("Space")
    window.wait_for("one", "answer")
    for theme in ("light", "night"):
        assert "The first number" in window.text(theme=theme)
        assert window.frame(theme=theme).locator("mjx-container mjx-mfrac").count() == 1
    window.page.keyboard.press("Space")
    window.wait_for("gates")
    assert "[...]" in window.text() and "input gate" in window.text()
    window.page.keyboard.press("Enter")
    window.wait_for("gates", "answer")
    assert "forget gate" in window.text()


def test_arrows_and_numbers_go_through_the_cards(window: PreviewPage) -> None:
    for key, card in (
        ("ArrowRight", "gates"),
        ("1", "gates.2"),
        ("4", "capital"),
        ("ArrowLeft", "gates.2"),
        ("ArrowRight", "capital"),
        ("ArrowRight", "ways"),
        ("ArrowRight", "ways.2"),
        ("ArrowRight", "picture"),
        ("ArrowRight", "picture"),
    ):
        window.page.keyboard.press(key)
        window.wait_for(card)
        assert window.page.evaluate("location.hash") == f"#{card}"


def test_keys_work_where_the_card_has_the_focus(window: PreviewPage) -> None:
    """Someone who has clicked into the card goes on with the keyboard."""
    window.frame().locator("#qa").click()
    window.press_in_card(" ")
    window.wait_for("one", "answer")
    window.frame(theme="night").locator("#qa").click()
    window.press_in_card("ArrowRight", theme="night")
    window.wait_for("gates")


def test_space_turns_the_card_after_a_click_and_presses_what_has_the_focus(
    window: PreviewPage,
) -> None:
    """A button that was clicked is not pressed again; one that was reached with Tab is."""
    window.choose("Black")
    window.page.keyboard.press("Space")
    window.wait_for("one", "answer")
    window.expect_views(
        "AnkiDroid · light · answer", "AnkiDroid · night · answer", "AnkiDroid · black · answer"
    )
    window.page.locator("#views").get_by_role("button", name="Black", exact=True).focus()
    window.page.keyboard.press("Space")
    window.expect_views("AnkiDroid · light · answer", "AnkiDroid · night · answer")


def test_each_cloze_card_hides_its_own_deletion(window: PreviewPage) -> None:
    window.page.get_by_role("link", name="Which gates has it? c2").click()
    window.wait_for("gates.2")
    assert "forget gate" in window.text() and "input gate" not in window.text()
    expect(window.page.locator("#siblings button")).to_have_text(["Cloze 1", "Cloze 2"])
    window.page.get_by_role("button", name="Cloze 1").click()
    window.wait_for("gates")
    assert "forget gate" not in window.text() and "input gate" in window.text()


def test_a_reversed_card_asks_for_the_question(window: PreviewPage) -> None:
    window.open("ways.2")
    assert "Both ways." in window.text() and "Which way round?" not in window.text()
    window.page.keyboard.press("Space")
    window.wait_for("ways.2", "answer")
    assert "Which way round?" in window.text()


def test_what_is_typed_is_compared(window: PreviewPage) -> None:
    """In all frames, also when it is typed in one."""
    window.open("capital")
    window.frame().locator("#typeans").fill("Parid")
    window.press_in_card("Enter")
    window.wait_for("capital", "answer")
    for theme in ("light", "night"):
        typed = window.frame(theme=theme).locator("code#typeans")
        expect(typed.locator(".typeGood")).to_have_text(["Pari", "Pari"])
        expect(typed.locator(".typeBad")).to_have_text(["d"])
        expect(typed.locator(".typeMissed")).to_have_text(["s"])
    window.press_in_card("ArrowRight")
    window.wait_for("ways")
    window.press_in_card("ArrowLeft")
    window.wait_for("capital")
    assert window.frame().locator("#typeans").input_value() == ""


def test_a_picture_is_shown_by_its_packaged_name(window: PreviewPage) -> None:
    window.open("picture")
    window.page.keyboard.press("Space")
    window.wait_for("picture", "answer")
    image = window.frame().locator("#qa img")
    assert (image.get_attribute("src") or "").startswith("deckgen-")
    assert image.evaluate("image => image.naturalWidth") == 1


def test_search_finds_cards_by_their_words_and_kind(window: PreviewPage) -> None:
    """In all fields, ids, tags and files; every word must be there."""
    page = window.page
    page.keyboard.press("/")
    for query, found in (
        ("GATE forget", ["Which gates has it?"] * 2),
        ("is:typed", ["What is the capital of France?"]),
        ("tag:greek number", ["What is one?"]),
        ("b.md both", ["Which way round?"] * 2),
        ("is:reversed", ["Which way round?"]),
        ("nowhere", []),
    ):
        page.locator("#search").fill(query)
        window.expect_listed(*found)
    expect(page.get_by_text("No card holds all these words.")).to_be_visible()
    page.locator("#search").fill("is:cloze")
    page.keyboard.press("Enter")
    window.wait_for("gates")
    page.keyboard.press("ArrowRight")
    window.wait_for("gates.2")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#position")).to_have_text("2 / 2")
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(page.locator("#count")).to_have_text("7 cards")


def test_cards_are_listed_by_deck_and_by_file(window: PreviewPage) -> None:
    """Only the group of the current card is unfolded."""
    headings = window.page.locator("#groups .heading .name")
    expect(headings).to_have_text(["First", "Second"])
    window.expect_rows(4)
    window.page.get_by_role("button", name="Files").click()
    expect(headings).to_have_text(["a.md", "b.md"])
    window.expect_rows(4)
    window.page.get_by_role("button", name="b.md").click()
    window.expect_rows(7)
    window.page.get_by_role("button", name="b.md").press("Enter")
    window.expect_rows(4)
    expect(window.current()).to_have_text("What is one?")


def test_screens_and_themes_stand_side_by_side(window: PreviewPage) -> None:
    """Each client in each theme that is chosen, one at least."""
    window.choose("Desktop")
    window.choose("Light")
    window.expect_views("AnkiDroid · night · question", "Desktop · night · question")
    window.choose("Night")  # the only one, so it stays
    window.choose("Black")
    window.choose("Night")
    window.choose("AnkiDroid")
    window.choose("New study screen")
    window.expect_views("New study screen · black · question", "Desktop · night · question")
    window.choose("Both sides")
    window.expect_views(
        "New study screen · black · question",
        "New study screen · black · answer",
        "Desktop · night · question",
        "Desktop · night · answer",
    )
    body = window.page.frame_locator("figure.study.black >> nth=1 >> iframe").locator("body")
    expect(body).to_contain_text("The first number")
    expect(body).to_have_css("background-color", "rgb(0, 0, 0)")


def test_zoom_makes_a_card_larger_as_on_a_phone(window: PreviewPage) -> None:
    """AnkiDroid zooms the card on a page that stays as wide as it is."""
    line = window.frame().locator(".question")
    before = line.bounding_box()
    window.choose("150 %")
    window.wait_for("one", zoom="1.5")
    after = line.bounding_box()
    assert before is not None and after is not None
    assert after["height"] == pytest.approx(1.5 * before["height"], abs=1)
    assert line.evaluate("() => window.innerWidth") == 360 - 2


def test_zoom_makes_the_page_larger_as_on_a_desktop(window: PreviewPage) -> None:
    """Anki zooms the whole page, which has less room then."""
    window.choose("Desktop")
    window.wait_for("one")
    body = window.frame("desktop").locator("body")
    before = body.evaluate("() => window.innerWidth")
    window.choose("150 %")
    window.wait_for("one", zoom="1.5")
    assert body.evaluate("() => window.innerWidth") == pytest.approx(before / 1.5, abs=1)
    frame = window.page.locator("figure.desktop.light iframe").bounding_box()
    assert frame is not None and frame["width"] == pytest.approx(before, abs=1)


def test_the_place_is_copied(window: PreviewPage) -> None:
    """As diagnostics write it, to paste into an editor or a terminal."""
    window.page.locator("#place").click()
    expect(window.page.locator("#place.copied")).to_be_visible()
    assert window.page.evaluate("navigator.clipboard.readText()") == "content/a.md:6"


def test_a_link_names_a_card(chromium: Browser, unedited: Previewed) -> None:
    """The address of the page can be kept while it runs."""
    with preview_page(chromium, f"{unedited.address}#gates.2") as window:
        window.wait_for("gates.2")
        window.page.reload()
        window.wait_for("gates.2")


# ---- saving ----


def test_a_saved_edit_is_seen_and_the_place_is_kept(desk: PreviewPage, folder: Folder) -> None:
    """Card, side, search, what is unfolded and how far it is scrolled; only the text changes."""
    edit(folder, "a.md", "The first number", f"{LONG}\n\nThe first number")
    desk.page.get_by_role("button", name="Second").click()
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("o")
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Space")
    desk.wait_for("one", "answer")
    frame = desk.frame()
    frame.get_by_text("Paragraph 59.").wait_for()
    frame.locator("html").evaluate("() => window.scrollTo(0, 700)")
    rows = desk.listed()
    edit(folder, "a.md", "Paragraph 20.", "Paragraph twenty.")
    frame.get_by_text("Paragraph twenty.").wait_for()
    desk.wait_for("one", "answer")
    assert frame.locator("html").evaluate("() => window.scrollY") == 700
    assert desk.page.locator("#search").input_value() == "o"
    desk.expect_listed(*rows)
    assert desk.page.evaluate("location.hash") == "#one"


def test_lines_above_move_the_place_and_nothing_else(desk: PreviewPage, folder: Folder) -> None:
    """The frame is not drawn anew for a card that only moved in its file."""
    desk.open("capital")
    desk.frame().locator(".question").evaluate("question => question.dataset.mine = 'yes'")
    edit(folder, "a.md", "The first number", "Well.\n\nThe first number")
    expect(desk.page.locator("#place")).to_have_text("a.md:18")
    assert desk.frame().locator(".question").get_attribute("data-mine") == "yes"


def test_questions_come_and_go(desk: PreviewPage, folder: Folder) -> None:
    """A new one is listed; when the one that is shown goes, its neighbour is shown."""
    expect(desk.page.locator("#groups li .name")).to_have_count(4)
    asked = "## Newly asked?\n<!-- id: new -->\n\nYes.\n\n"
    edit(folder, "a.md", "## What is the capital", f"{asked}## What is the capital")
    desk.page.get_by_role("link", name="Newly asked?").click()
    desk.wait_for("new")
    edit(folder, "a.md", asked, "")
    desk.wait_for("capital")
    expect(desk.page.locator("#count")).to_have_text("7 cards")
    (folder.content / "b.md").unlink()
    expect(desk.page.locator("#count")).to_have_text("4 cards")
    folder.write("c/d.md", SECOND.replace("](pixel", "](../pixel"))
    expect(desk.page.locator("#count")).to_have_text("7 cards")


def test_a_card_that_comes_back_is_shown_again(desk: PreviewPage, folder: Folder) -> None:
    """With its side: a save may be seen half done, and an id is soon given back."""
    desk.open("gates.2")
    desk.page.keyboard.press("Space")
    desk.wait_for("gates.2", "answer")
    edit(folder, "a.md", "id: gates", "id: other")
    desk.wait_for("other.2")
    edit(folder, "a.md", "id: other", "id: gates")
    desk.wait_for("gates.2", "answer")


def test_a_file_that_is_emptied_and_written_loses_no_place(
    desk: PreviewPage, folder: Folder
) -> None:
    """Between the two, its cards are not taken to be gone."""
    text = (folder.content / "a.md").read_text()
    desk.page.evaluate(COUNTS)
    folder.write("a.md", "")
    desk.page.wait_for_timeout(60)  # longer than the watcher waits for a save to be whole
    folder.write("a.md", text.replace("What is one?", "What is one now?"))
    desk.frame().get_by_text("What is one now?").wait_for()
    assert desk.page.evaluate("() => window.counts") == ["7 cards"]


def test_a_diagnostic_stands_at_its_card_until_it_is_mended(
    desk: PreviewPage, folder: Folder
) -> None:
    """With the line it is about; the card is shown as far as it goes."""
    edit(folder, "a.md", r"$\frac{1}{1}$", r"$\frac{1}{1$")
    problem = desk.page.locator("#problems li.error")
    expect(problem).to_contain_text("Missing close brace")
    expect(problem).to_contain_text("formula-invalid")
    expect(problem).to_contain_text("a.md:9:")
    expect(desk.page.locator("#pill")).to_have_text("1 error")
    expect(desk.current().locator(".mark.error")).to_be_visible()
    desk.page.keyboard.press("ArrowRight")
    desk.wait_for("gates")
    expect(problem).to_have_count(0)
    desk.page.locator("#pill").click()
    desk.expect_listed("What is one?")
    desk.page.get_by_role("link", name="What is one?").click()
    desk.wait_for("one")
    expect(problem).to_have_count(1)
    edit(folder, "a.md", r"$\frac{1}{1$", r"$\frac{1}{2}$")
    expect(problem).to_have_count(0)
    expect(desk.page.locator("#pill")).to_be_hidden()


def test_a_diagnostic_of_no_card_stands_above(desk: PreviewPage, folder: Folder) -> None:
    edit(folder, "deck.yaml", "name: Small", "name: Small\nlicence: none")
    loose = desk.page.locator("#loose")
    expect(loose).to_contain_text("unknown key `licence`")
    assert loose.get_attribute("open") is not None
    expect(desk.page.locator("#problems li")).to_have_count(0)
    edit(folder, "deck.yaml", "\nlicence: none", "")
    expect(loose).to_be_hidden()


def test_new_styling_is_seen_at_once(desk: PreviewPage, folder: Folder) -> None:
    folder.write("deck.yaml", DECK + "styling: '.deckgen .question { color: rgb(1, 2, 3) }'\n")
    desk.frame().locator("html").evaluate(
        """() => new Promise((resolve) => {
            const look = () => {
                const color = getComputedStyle(document.querySelector(".question")).color;
                color === "rgb(1, 2, 3)" ? resolve() : requestAnimationFrame(look);
            };
            look();
        })"""
    )


def test_a_changed_picture_is_seen(desk: PreviewPage, folder: Folder) -> None:
    desk.open("picture")
    desk.page.keyboard.press("Space")
    desk.wait_for("picture", "answer")
    before = desk.frame().locator("#qa img").get_attribute("src") or ""
    folder.write("pixel.png", PIXEL + b"\0")
    expect(desk.frame().locator("#qa img")).not_to_have_attribute("src", before)
    desk.wait_for("picture", "answer")
    assert desk.frame().locator("#qa img").evaluate("image => image.decode().then(() => 1)") == 1


def test_the_last_good_cards_stay_when_the_folder_is_gone(
    desk: PreviewPage, folder: Folder, tmp_path: Path
) -> None:
    """Its return is noticed, too, and what is then edited."""
    kept = tmp_path / "kept"
    shutil.copytree(folder.content, kept)
    shutil.rmtree(folder.content)
    failure = desk.page.locator("#failure")
    expect(failure).to_contain_text("cannot list")
    expect(desk.page.locator("#count")).to_have_text("7 cards")
    assert "What is one?" in desk.text()
    kept.rename(folder.content)
    expect(failure).to_be_hidden()
    edit(folder, "a.md", "What is one?", "What is one now?")
    desk.frame().get_by_text("What is one now?").wait_for()


def test_a_broken_lock_is_told_and_cards_go_on(desk: PreviewPage, folder: Folder) -> None:
    """Edits are shown even while no build is possible."""
    folder.write("deck.lock", "no lock\n")
    expect(desk.page.locator("#failure")).to_contain_text("deck.lock")
    edit(folder, "a.md", "What is one?", "What is one now?")
    desk.frame().get_by_text("What is one now?").wait_for()


def test_the_end_of_the_preview_is_told(chromium: Browser, running: Previewed) -> None:
    with preview_page(chromium, running.address) as desk:
        desk.wait_for("one")
        code, _, err = running.interrupt()
        assert (code, err) == (0, "")
        expect(desk.page.locator("#failure")).to_contain_text("has ended")
        assert "What is one?" in desk.text()
        desk.noise.clear()  # the browser says that it cannot connect


# ---- safety ----


def test_a_card_cannot_reach_the_page(window: PreviewPage) -> None:
    """Its frame has no origin: no cookie, no storage, no way to the page or to other cards."""
    inside = next(f for f in window.page.frames if f.parent_frame is not None)
    reached = inside.evaluate(
        """async () => {
            const tries = {
                origin: () => self.origin,
                parent: () => window.parent.document.title,
                cookie: () => document.cookie,
                cards: () => fetch("../cards/one").then((answer) => answer.text()),
                image: () => new Promise((resolve, reject) => {
                    const image = new Image();
                    image.onload = () => resolve("loaded");
                    image.onerror = () => reject(new Error("refused"));
                    image.src = "https://example.org/a.png";
                }),
            };
            const found = {};
            for (const [name, attempt] of Object.entries(tries)) {
                try { found[name] = String(await attempt()); } catch { found[name] = "refused"; }
            }
            return found;
        }"""
    )
    window.noise.clear()  # the browser says what it has refused
    assert reached.pop("origin") == "null"
    assert set(reached.values()) == {"refused"}


def test_the_address_of_the_page_does_not_keep_the_token(window: PreviewPage) -> None:
    assert "token" not in window.page.url


# ---- for everyone ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_can_be_read_and_used_by_everyone(
    chromium: Browser, running: Previewed, folder: Folder, scheme: str
) -> None:
    """axe-core finds nothing, with problems shown and the search in use, by day and by night."""
    from axe_playwright_python.sync_playwright import Axe

    edit(folder, "a.md", r"$\frac{1}{1}$", r"$\frac{1}{1$")
    with preview_page(chromium, running.address, scheme=scheme) as window:
        window.wait_for("one")
        expect(window.page.locator("#problems li")).to_have_count(1)
        found = Axe().run(window.page, context={"exclude": [["iframe"]]}).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_a_faulty_card_can_be_seen_on_a_phone(
    chromium: Browser, running: Previewed, folder: Folder
) -> None:
    """However much is wrong with it, there is room for the card."""
    faults = "".join(f"$\\frac{{{number}$ " for number in range(20))
    edit(folder, "a.md", "The first number", f"{faults} The first number")
    edit(folder, "deck.yaml", "name:", "".join(f"wrong-{n}: key\n" for n in range(9)) + "name:")
    with preview_page(chromium, running.address, 360, 640) as window:
        expect(window.page.locator("#problems li")).to_have_count(20)
        window.wait_for("one")
        box = window.page.locator("iframe").bounding_box()
        assert box is not None and box["width"] == 360 and box["height"] >= 200


@pytest.mark.parametrize("width", [320, 360, 412, 768, 1280])
def test_the_page_fits_every_screen(chromium: Browser, unedited: Previewed, width: int) -> None:
    """Nothing sticks out sideways; on a phone the card has most of the height."""
    with preview_page(chromium, unedited.address, width, 640) as window:
        window.wait_for("one")
        fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert window.page.evaluate(fits)
        if width < 760:
            window.expect_views("AnkiDroid · light · question")
            box = window.page.locator("iframe").bounding_box()
            assert box is not None and box["width"] == width and box["height"] > 400
            window.page.get_by_role("button", name="Cards").click()
            window.page.get_by_role("link", name="Which gates has it? c1").click()
            window.wait_for("gates")
            window.page.get_by_role("button", name="Show answer").click()
            window.wait_for("gates", "answer")
            window.page.locator("#views summary").click()
            window.choose("Black")
            window.expect_views("AnkiDroid · light · answer", "AnkiDroid · black · answer")
