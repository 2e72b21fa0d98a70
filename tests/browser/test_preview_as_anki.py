"""The preview shows what Anki shows: the same HTML, on pages that come out the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from playwright.sync_api import Browser, Page
from previewed import Previewed
from shell import Folder

from deckgen import build
from deckgen.notetype import note_types
from deckgen.preview.card_template import cloze_to_type, expected, plain, side
from deckgen.render import Note

from .pages import Client, Theme, body_class, root_class, serve
from .preview_page import preview_page
from .real_anki import new_collection

ROOT = Path(__file__).parents[2]
DECK = "name: A & B\nnamespace: tests.example\nreport: https://example.org/?{id}&x=1\n"
QUESTIONS = r"""---
title: All sorts
deck: "1 < 2::All & sorts"
tags: [greek, b, a]
---

## Is $a<b$ & "c"?
<!-- {id: plain, reverse: true} -->

Yes: $\frac{a}{b}$ and `{{Field}}` and {braces}.

> [!NOTE]
> A note.

> [!WARNING]
> A trap with `\[` no formula.

> [!TIP]
> A tip.

### Follow-up
<!-- {id: typed, typed: "a <b> & c"} -->

Typed.

### Cloze with everything
<!-- {id: everything} -->

{{c1::One}} and {{c2::two::a &lt;hint&gt;}} and $x_{{{c1::i}}} + \sqrt{ {{c3::n}} }$
and {{c1::`co<de`}}.

- {{c2::A {{c3::nested}} one}}

## Typed cloze
<!-- {id: typed-cloze, typed: true} -->

The {{c1::*first*}} and the {{c1::second & third}}, then {{c2::$\frac{1}{2}$}}.

## Sound
<!-- id: sound -->

![a tone](tone.mp3) and ![a pixel](pixel.png)

## Gone
<!-- {id: gone, retired: true} -->

Gone.
"""
PLAY_BUTTON = re.compile(r'<a class="replay-button.*?</a>')
PLAY_MARK = re.compile(r"\[anki:play:[qa]:\d+\]")
STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)

Sorts = tuple[Folder, build.Built, Collection]


@pytest.fixture(scope="module")
def sorts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sorts]:
    """A deck with a card of each sort: its folder, its build, and what Anki has imported of it."""
    folder = Folder(tmp_path_factory.mktemp("sorts"), DECK)
    folder.write("all.md", QUESTIONS)
    folder.write("tone.mp3", b"ID3")
    folder.write("pixel.png", b"\x89PNG")
    built = build.build(folder.content, "", 0)
    assert [d.message for d in built.diagnostics] == []
    package = folder.root / "deck.apkg"
    package.write_bytes(build.pack(built, folder.content))
    col = new_collection(folder.root / "anki")
    options = ImportAnkiPackageOptions()
    col.import_anki_package(ImportAnkiPackageRequest(package_path=str(package), options=options))
    yield folder, built, col
    col.close()


def ours(built: build.Built) -> dict[tuple[str, int, bool], str]:
    """Each side as the preview has it, by id, ordinal, and whether it is the question."""
    config = built.config
    types = {t.kind: t for t in note_types(config.name, config.namespace, config.styling)}
    return {
        (note.key, ordinal, is_question): PLAY_BUTTON.sub(
            "▶", side(types[note.kind], note, ordinal, is_question)
        )
        for note in built.notes
        for ordinal in note.ordinals
        for is_question in (True, False)
    }


def ankis(col: Collection) -> dict[tuple[str, int, bool], str]:
    """Each side as Anki renders it."""
    sides: dict[tuple[str, int, bool], str] = {}
    for card_id in col.find_cards(""):
        card = col.get_card(card_id)
        for is_question, html in ((True, card.question()), (False, card.answer())):
            shown = PLAY_MARK.sub("▶", STYLE.sub("", html, count=1))
            sides[card.note()["Key"], card.ord, is_question] = shown
    return sides


def test_sides_of_all_sorts_are_ankis(sorts: Sorts) -> None:
    """Conditions, special fields, filters, hints, nested deletions, sounds: byte for byte."""
    _, built, col = sorts
    shown = ours(built)
    assert len(shown) == 2 * 10
    assert shown == ankis(col)


def test_every_side_of_the_real_deck_is_ankis(deck: Collection) -> None:
    built = build.build(ROOT / "content", "", 0)
    assert ours(built) == ankis(deck)


def test_what_is_to_be_typed_is_ankis(sorts: Sorts) -> None:
    """Of a field, and of the deletions of a number, also of several and of nested ones."""
    _, built, col = sorts
    types = {t.kind: t for t in note_types(built.config.name, built.config.namespace)}
    notes = {note.key: note for note in built.notes}

    def typed(key: str, ordinal: int) -> str:
        note: Note = notes[key]
        return expected(types[note.kind], note, ordinal)

    assert typed("typed", 0) == "a <b> & c"
    assert typed("typed-cloze", 0) == "first, second & third"
    assert typed("plain", 0) == "" and typed("everything", 0) == ""
    text = notes["everything"].fields[1]
    for number in (1, 2, 3, 4):
        theirs = col.extract_cloze_for_typing(text, number)
        assert plain(cloze_to_type(text, number)) == plain(theirs), number


# ---- in the browser ----

CLIENTS = {
    "desktop": Client.DESKTOP,
    "ankidroid": Client.ANKIDROID,
    "study": Client.ANKIDROID_STUDY,
}
SIZE = "() => ({ width: window.innerWidth, height: window.innerHeight })"
BOXES = """root => {
    const boxes = [];
    for (const element of root.querySelectorAll("#qa :not(style)")) {
        const box = element.getBoundingClientRect();
        const style = getComputedStyle(element);
        boxes.push([element.tagName, box.x, box.y, box.width, box.height, style.color]
            .map((part) => typeof part === "number" ? Math.round(part * 8) / 8 : part).join(" "));
    }
    return boxes;
}"""


@pytest.fixture(scope="module")
def running(sorts: Sorts) -> Iterator[Previewed]:
    with Previewed(sorts[0].content) as preview:
        yield preview


@pytest.fixture(scope="module")
def client_page(chromium: Browser, sorts: Sorts) -> Iterator[tuple[Page, str]]:
    """A window for the pages of the clients, and their address."""
    with serve(Path(sorts[2].media.dir())) as address:
        context = chromium.new_context()
        yield context.new_page(), address
        context.close()


@pytest.mark.parametrize("name", CLIENTS)
def test_frames_come_out_as_the_clients_pages(
    chromium: Browser,
    running: Previewed,
    client_page: tuple[Page, str],
    sorts: Sorts,
    name: str,
) -> None:
    """In each theme: the classes, and place, size and color of all that is shown, formulas too."""
    client, (page, address), col = CLIENTS[name], client_page, sorts[2]
    with preview_page(chromium, running.address, height=3000) as window:
        window.wait_for("plain")
        window.choose("Black")
        if client is not Client.ANKIDROID:
            window.choose("Desktop" if client is Client.DESKTOP else "New study screen")
            window.choose("AnkiDroid")
        for key in ("plain", "everything"):
            window.open(key)
            window.page.locator("#flip").click()
            window.wait_for(key, "answer")
            card = col.get_card(col.find_cards(f"Key:{key} card:1")[0])
            for theme in Theme if client is not Client.DESKTOP else (Theme.LIGHT, Theme.NIGHT):
                root = window.frame(name, theme.value).locator("html")
                page.goto(f"{address}/_page/{client.value}/{theme.value}")
                page.set_viewport_size(root.evaluate(SIZE))
                _fill(page, card.answer(), body_class(client, theme, 0))
                assert root.get_attribute("class") == root_class(client, theme)
                body = root.locator("body").get_attribute("class") or ""
                assert body.split() == body_class(client, theme, 0).split()
                assert root.evaluate(BOXES) == page.locator("html").evaluate(BOXES)


def _fill(page: Page, html: str, classes: str) -> None:
    page.evaluate(
        """async ([html, classes]) => {
            await MathJax.startup.promise;
            const qa = document.getElementById("qa");
            document.body.className = classes;
            qa.innerHTML = html;
            MathJax.typesetClear();
            await MathJax.typesetPromise([qa]);
            await document.fonts.ready;
        }""",
        [html, classes],
    )


@pytest.mark.parametrize(
    ("wanted", "typed"),
    (
        ("Paris", ""),
        ("Paris", "Paris"),
        ("Paris", " Paris "),
        ("Paris", "paris"),
        ("Paris", "Parid"),
        ("gradient descent", "gradent descend"),
        ("abc", "xyz"),
        ("naïve", "nai\u0308ve"),
        ("a <b> & c", "a b & c"),
        ("1, 2, 3", "1 2 3"),
        ("日本語", "日語"),
        ("short", "a much longer answer than that"),
        ("a much longer answer than that", "longer"),
    ),
)
def test_what_was_typed_is_compared_as_anki_does(
    client_page: tuple[Page, str], sorts: Sorts, wanted: str, typed: str
) -> None:
    page = client_page[0]
    page.goto("about:blank")
    page.add_script_tag(path=ROOT / "deckgen/preview/static/typed.js")
    compared = page.evaluate("([wanted, typed]) => compareTyped(wanted, typed)", [wanted, typed])
    escaped = wanted.replace("&", "&amp;").replace("<", "&lt;")
    assert compared == sorts[2].compare_answer(escaped, typed)
