"""Every side of every card, shown as Anki and AnkiDroid show it: nothing is broken or cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from anki.collection import Collection
from playwright.sync_api import Browser

from .pages import Client, Side, Stage, Theme

PHONE_WIDTH = 360


def inspect(
    chromium: Browser,
    address: str,
    shown: tuple[Side, ...],
    client: Client = Client.DESKTOP,
    theme: Theme = Theme.LIGHT,
    width: int = PHONE_WIDTH,
    zoom: float = 1,
) -> tuple[str, ...]:
    stage = Stage(chromium, address, client, theme, width, zoom=zoom)
    try:
        return tuple(str(fault) for fault in stage.faults(shown))
    finally:
        stage.close()


@pytest.mark.parametrize("zoom", [1, 1.5])
@pytest.mark.parametrize("client", Client)
def test_handmade_cards_have_no_fault_on_a_phone(
    chromium: Browser,
    handmade_address: str,
    handmade_sides: tuple[Side, ...],
    client: Client,
    zoom: float,
) -> None:
    """One card of each sort, and very wide things, in each client at two zooms."""
    assert len(handmade_sides) == 22
    assert inspect(chromium, handmade_address, handmade_sides, client, zoom=zoom) == ()


@pytest.mark.parametrize("theme", [Theme.LIGHT, Theme.NIGHT])
def test_handmade_cards_have_no_fault_on_a_desktop(
    chromium: Browser, handmade_address: str, handmade_sides: tuple[Side, ...], theme: Theme
) -> None:
    assert inspect(chromium, handmade_address, handmade_sides, theme=theme, width=1280) == ()


@pytest.mark.parametrize("client", Client)
def test_every_card_of_the_deck_has_no_fault_on_a_phone(
    chromium: Browser,
    deck: Collection,
    deck_address: str,
    deck_sides: tuple[Side, ...],
    client: Client,
) -> None:
    """The real deck, built from content/ and imported, at 360 px."""
    assert len(deck_sides) == 2 * deck.card_count() > 0
    faults = inspect(chromium, deck_address, deck_sides, client)
    assert not faults, "\n".join(faults)


# ---- the harness itself: each fault, planted, is found ----

_PLANTED = (
    ("mathjax-error", r"<p>\(\frac{a}{\)</p><p>\(\left( a\)</p>", "mathjax-error"),
    ("undefined macro", r"<p>\(\argmin x\)</p>", "mathjax-undefined"),
    ("unbalanced formula", r"<p>\(\frac{a}{b\)</p>", "formula-count"),
    ("formula cut by an element", r"<p>\(a <b>b</b> c\)</p>", "raw-delimiter"),
    ("unclosed formula", r"<p>so \(a + b</p>", "raw-delimiter"),
    ("dollars", r"<p>$$a$$</p>", "raw-delimiter"),
    ("missing extension", r"<p>\(\require{nosuch} a\)</p>", "mathjax-failed"),
    ("missing picture", '<p><img src="nowhere.png" alt="none"></p>', "image-missing"),
    ("missing picture, named", '<p><img src="nowhere.png" alt="none"></p>', "not-found"),
    ("remote picture", '<p><img src="http://127.0.0.1:9/a.png" alt=""></p>', "network"),
    ("too wide", '<div style="width:900px">wide</div>', "page-scroll"),
    ("small text", '<p style="font-size:11px">small print</p>', "text-small"),
    ("empty", "<p></p>", "side-empty"),
    ("script error", '<img src="x" onerror="undefinedFunction()" alt="">', "page-error"),
)


@pytest.mark.parametrize(("html", "code"), [p[1:] for p in _PLANTED], ids=[p[0] for p in _PLANTED])
def test_a_planted_fault_is_found(
    chromium: Browser, handmade_address: str, html: str, code: str
) -> None:
    stage = Stage(chromium, handmade_address, Client.ANKIDROID)
    faults = stage.faults((Side("planted", 0, html),))
    stage.close()
    assert code in {fault.code for fault in faults}, faults


def test_a_clipped_formula_is_found(chromium: Browser, handmade_address: str) -> None:
    style = "<style>mjx-container { display: block; height: 8px; overflow: hidden }</style>"
    stage = Stage(chromium, handmade_address)
    faults = stage.faults((Side("planted", 0, style + r"<p>\[\frac{a}{b}\]</p>"),))
    stage.close()
    assert [fault.code for fault in faults] == ["formula-clipped"]


def test_sound_formulas_and_code_raise_no_alarm(chromium: Browser, handmade_address: str) -> None:
    """Delimiters in code, mhchem, an array with bars, and dollars that are money."""
    html = (
        r"<p><code>\(x\) $$</code> costs $5 or $6</p><pre>\[a\]</pre><p>\(\ce{H2O}\)</p>"
        r"<p>\(a<br>+ b\)</p><p>a <span>\</span>(literal<span>\</span>)</p>"
        r"<p>\[\begin{array}{c|c} a &amp; b \end{array}\]</p><p>\(\color{red}{x}\)</p>"
    )
    stage = Stage(chromium, handmade_address)
    faults = stage.faults((Side("sound", 0, html),))
    stage.close()
    assert faults == ()


def test_the_learners_own_styling_wins(
    chromium: Browser, handmade: Collection, handmade_address: str, handmade_sides: tuple[Side, ...]
) -> None:
    """Both ways that `_deckgen_user.css` names: our variables, and rules for `body.card`."""
    file = Path(handmade.media.dir()) / "_deckgen_user.css"
    starter = file.read_text()
    file.write_text(
        ".card { --my-size: 31px } body.card .deckgen .question { color: rgb(1, 2, 3) }"
    )
    try:
        stage = Stage(chromium, handmade_address)
        stage.show(handmade_sides[0])
        stage.page.wait_for_function("getComputedStyle(document.body).fontSize === '31px'")
        color = "getComputedStyle(document.querySelector('.question')).color"
        assert stage.page.evaluate(color) == "rgb(1, 2, 3)"
        stage.close()
    finally:
        file.write_text(starter)
