"""The harness itself: each fault, planted on one side among sound ones, is found where it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser

from deckgen.notetype import note_types

from .pages import Client, Side, Theme
from .stage import PHONE, SIZES, SMALL_PHONE, THEMES, WINDOW, ZOOMS, Fault, survey

STYLING = note_types("Deck", "faults")[0].styling
SOUND = (
    r"<p>text, <a href='#'>link</a>, <code>code</code>, \(x^2\)</p>"
    r"<pre class='highlight'><code><span class='k'>if</span> x</code></pre>"
)
FORMULA = r"<p>\(\frac{a}{b} + c\)</p>"


def card(html: str, name: str = "planted", styling: str = STYLING) -> Side:
    page = f'<style>{styling}</style><div class="deckgen"><div class="question">{html}</div></div>'
    return Side(name, 0, page)


# ---- what is wrong in every client, at every size ----

_PLANTED = (
    ("mathjax-error", r"<p>\(\frac{a}{\)</p><p>\(\left( a\)</p>", "mathjax-error"),
    ("undefined macro", r"<p>\(\argmin x\)</p>", "mathjax-undefined"),
    ("unbalanced formula", r"<p>\(\frac{a}{b\)</p>", "formula-count"),
    ("formula cut by an element", r"<p>\(a <b>b</b> c\)</p>", "raw-delimiter"),
    ("unclosed formula", r"<p>so \(a + b</p>", "raw-delimiter"),
    ("dollars", r"<p>$$a$$</p>", "raw-delimiter"),
    ("missing extension", r"<p>\(\require{nosuch} a\)</p>", "mathjax-failed"),
    ("missing picture", '<p><img src="nowhere.png" alt="none"></p>', "image-missing"),
    ("remote picture", '<p><img src="http://127.0.0.1:9/a.png" alt=""></p>', "image-missing"),
    ("too wide", '<div style="width:1900px">wide</div>', "page-scroll"),
    (
        "wide picture in a box that scrolls",
        '<div class="table-scroll"><img src="figure.svg" alt="" style="max-width:none"></div>',
        "image-wide",
    ),
    (
        "formula lower than its glyphs",
        f"<style>mjx-container {{ height: 8px }}</style>{FORMULA}",
        "formula-clipped",
    ),
    (
        "formula cut at the side",
        f"<style>mjx-container {{ width: 20px; overflow: hidden !important }}</style>{FORMULA}",
        "formula-clipped",
    ),
    (
        "formula out of reach",
        f"<style>mjx-math {{ margin-left: -30px }}</style>{FORMULA}",
        "formula-clipped",
    ),
    (
        "table cut off",
        '<style>.table-scroll { height: 9px }</style><div class="table-scroll"><table><tr><td>a'
        "</td></tr></table></div>",
        "box-clipped",
    ),
    ("faint text", '<p style="color:#999">faint</p>', "contrast"),
    ("faint large text", '<p style="color:#aaa;font-size:40px">faint</p>', "contrast"),
    ("faint code", '<pre><code style="color:#aaa">faint</code></pre>', "contrast"),
    ("faint letter", '<p><b style="color:#999">f</b></p>', "contrast-unknown"),
    ("faint formula", r"<p>\(a + \color{#999}{b}\)</p>", "contrast"),
    ("formula on its own ground", r"<p>\(a + \colorbox{#333}{$\color{#444}{b}$}\)</p>", "contrast"),
    ("faint input", '<input value="typed" style="color:#888;background:#777">', "contrast"),
    ("text seen through", '<p style="opacity:0.4">faint</p>', "contrast"),
    (
        "text on an unknown ground",
        '<p style="background:linear-gradient(red,blue)">text</p>',
        "contrast-unknown",
    ),
    (
        "text under something else",
        '<p>text</p><div style="position:absolute;top:0;left:0;right:0;height:400px;'
        'background:#222"></div>',
        "contrast-unknown",
    ),
    ("empty", "<p></p>", "side-empty"),
    ("script error", '<img src="x" onerror="undefinedFunction()" alt="">', "image-missing"),
    (
        "formula seen before it is typeset",
        "<style>.card { visibility: visible !important } #qa { opacity: 1 !important }</style>"
        + FORMULA,
        "jump",
    ),
)


@pytest.mark.parametrize("client", Client)
def test_each_planted_fault_is_found(
    chromium: Browser, handmade_address: str, client: Client
) -> None:
    """On its own side, and none on the sound ones between them."""
    shown = [card(SOUND, "sound")]
    for name, html, _ in _PLANTED:
        shown += (card(html, name), card(SOUND, f"sound after {name}"))
    faults = survey(chromium, handmade_address, client, shown)
    found = {(fault.side, fault.code) for fault in faults}
    assert {(name, code) for name, _, code in _PLANTED} <= found
    assert {side for side, _ in found} == {name for name, *_ in _PLANTED} | {"page"}
    assert {code for side, code in found if side == "page"} >= {
        *("not-found", "network", "page-error", "console"),
    }


def test_a_height_that_waits_for_the_fonts_of_mathjax_is_found(
    chromium: Browser, handmade_address: str
) -> None:
    """As formulas have without the font that our styling holds for them."""
    tall = r"<p>\[\frac{a}{b} \text{ and } \sum_{i=1}^{n} \frac{x_i}{y_i}\]</p>"
    without = STYLING.replace("MJXZERO", "Unnamed")
    shown = (card(tall, "ours"), card(tall, "without", without))
    faults = survey(chromium, handmade_address, Client.ANKIDROID, shown)
    assert {(fault.side, fault.code) for fault in faults} == {("without", "jump")}


def test_sound_formulas_and_code_raise_no_alarm(chromium: Browser, handmade_address: str) -> None:
    """Delimiters in code, mhchem, an array with bars, and dollars that are money."""
    html = (
        r"<p><code>\(x\) $$</code> costs $5 or $6</p><pre>\[a\]</pre><p>\(\ce{H2O}\)</p>"
        r"<p>\(a<br>+ b\)</p><p>a <span>\</span>(literal<span>\</span>)</p>"
        r"<p>\[\begin{array}{c|c} a &amp; b \end{array}\]</p><p>\(\color{#b00020}{x}\)</p>"
    )
    faults = survey(chromium, handmade_address, Client.DESKTOP, (card(html),))
    assert [str(fault) for fault in faults if "night" not in fault.view] == []


# ---- each combination of client, size, zoom and theme ----


def _views(client: Client) -> Iterator[tuple[str, tuple[int, int], float, Theme]]:
    for size in SIZES:
        for zoom in ZOOMS:
            for theme in (Theme.LIGHT, Theme.NIGHT):
                yield (f"{size[0]}×{size[1]} {zoom:.0%} {theme.value}", size, zoom, theme)


@pytest.mark.parametrize("client", Client)
def test_a_fault_of_one_size_zoom_and_theme_is_found_there_and_nowhere_else(
    chromium: Browser, handmade_address: str, client: Client
) -> None:
    """On the last of many sides, each with the fault of one combination."""
    planted: dict[str, Side] = {"sound": card(SOUND, "sound")}
    for view, size, zoom, theme in _views(client):
        # Just wider than this screen, and shown on no larger and no smaller one.
        night = ".nightMode" if theme is Theme.NIGHT else ":not(.nightMode)"
        within = zoom if client is Client.DESKTOP else 1
        width, inner = int(size[0] / within), int(size[0] / zoom)
        html = (
            f"<style>.wide {{ display: none }} @media (width: {width}px) {{ "
            f".card{night} .wide {{ display: block; width: {inner + 40}px }} }}</style>"
            f'<p>sound</p><div class="wide" style="height: 9px"></div>'
        )
        planted[view] = card(html, view)
    faults = survey(chromium, handmade_address, client, tuple(planted.values()))
    assert {fault.code for fault in faults} == {"page-scroll"}
    for view in list(planted)[1:]:
        where = {f.view.removeprefix(f"{client.value} ") for f in faults if f.side == view}
        assert view in where
        # A block that is too wide at 100 % is so at 150 % as well, where the zoom is the body's.
        assert all(place.split()[0] == view.split()[0] for place in where)
        assert all(place.split()[2] == view.split()[2] for place in where)


@pytest.mark.parametrize("client", Client)
def test_faint_text_of_one_size_and_theme_is_found_on_the_last_of_like_sides(
    chromium: Browser, handmade_address: str, client: Client
) -> None:
    """Contrast is judged once per combination of colors, and no side's colors are left out."""
    selectors = {
        Theme.LIGHT: ".card:not(.nightMode)",
        Theme.NIGHT: ".card.nightMode",
        Theme.BLACK: ".card.nightMode",
    }
    like = tuple(card(SOUND, f"sound {number}") for number in range(5))
    planted: list[Side] = []
    for size, theme in product((SMALL_PHONE, WINDOW), THEMES[client]):
        limit = "max-width: 699px" if size == SMALL_PHONE else "min-width: 700px"
        color = f"#80808{len(planted)}"  # of each side its own, or the first speaks for the rest
        rule = f"{selectors[theme]} .faint {{ color: {color}; background: #707070 }}"
        html = f"<style>@media ({limit}) {{ {rule} }}</style>{SOUND}<p class=faint>faint</p>"
        planted.append(card(html, f"{size[0]}×{size[1]} {theme.value}"))
    faults = survey(chromium, handmade_address, client, (*like, *planted))
    assert {fault.code for fault in faults} == {"contrast"}
    for side in planted:
        view = f"{client.value} {side.name}"
        assert any(f.side == side.name and f.view == view for f in faults), side.name
    assert not {fault.side for fault in faults} - {side.name for side in planted}


@pytest.mark.parametrize("client", Client)
def test_small_text_is_found_on_phones_alone(
    chromium: Browser, handmade_address: str, client: Client
) -> None:
    """Of text, of an index, of what is typed, and of the main size of a formula."""
    small = (
        '<p style="font-size:15px">small print</p>',
        '<p>x<sup style="font-size:12px">2</sup></p>',
        '<input value="typed" style="font-size:13px">',
        r'<div style="font-size:11px">\[x\]</div>',
    )
    shown = [card(html, str(number)) for number, html in enumerate(small)]
    faults = survey(chromium, handmade_address, client, (*shown, card(SOUND, "sound")))
    phone = client is not Client.DESKTOP
    expected = {(side.name, "text-small") for side in shown} if phone else set()
    assert {(fault.side, fault.code) for fault in faults} == expected


def test_the_sizes_are_those_of_two_phones_and_a_window() -> None:
    assert (SMALL_PHONE, PHONE, WINDOW) == ((360, 640), (412, 915), (1280, 800)) == SIZES


def test_a_fault_says_where_it_is() -> None:
    fault = Fault("ridge [0] answer", "page-scroll", "400 > 360: <p>", "desktop 360×640 100% light")
    assert str(fault) == (
        "ridge [0] answer: page-scroll: 400 > 360: <p> (desktop 360×640 100% light)"
    )
