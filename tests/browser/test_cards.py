"""Every side of every card, shown as Anki and AnkiDroid show it: nothing is broken or cut off.

Each is measured in three clients, at three sizes and two zooms, in each theme; `stage.survey`.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from anki.collection import Collection
from playwright.sync_api import Browser

from .pages import Client, Side
from .stage import PHONE, SMALL_PHONE, WINDOW, ZOOMS, Stage, survey

HALVES = (0, 1)  # two processes share the deck


@pytest.mark.parametrize("client", Client)
def test_handmade_cards_have_no_fault(
    chromium: Browser, handmade_address: str, handmade_sides: tuple[Side, ...], client: Client
) -> None:
    """One card of each sort, and very wide things."""
    assert len(handmade_sides) == 22
    assert survey(chromium, handmade_address, client, handmade_sides) == ()


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("client", Client)
def test_every_card_of_the_deck_has_no_fault(
    chromium: Browser,
    deck: Collection,
    deck_address: str,
    deck_sides: tuple[Side, ...],
    client: Client,
    half: int,
) -> None:
    """The real deck, built from content/ and imported."""
    assert len(deck_sides) == 2 * deck.card_count() > 0
    faults = survey(chromium, deck_address, client, deck_sides[half :: len(HALVES)])
    assert not faults, "\n".join(map(str, faults))


_PLACES = """() => [...document.querySelectorAll("#qa *")].flatMap((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return [left, top, width, height].map((value) => Math.round(value));
})"""


@pytest.mark.parametrize("client", Client)
def test_a_side_typeset_once_and_resized_is_as_one_typeset_at_that_size(
    chromium: Browser, handmade_address: str, handmade_sides: tuple[Side, ...], client: Client
) -> None:
    """Every element stands in the same place, so `survey` typesets once for both phones."""
    resized = Stage(chromium, handmade_address, client)
    fresh = Stage(chromium, handmade_address, client)
    wide = [side for side in handmade_sides if side.name.startswith(("wide", "lstm", "text"))]
    assert wide
    for side, size, zoom in product(wide, (SMALL_PHONE, PHONE), ZOOMS):
        resized.resize(SMALL_PHONE, 1)
        resized.show(side)
        resized.resize(size, zoom)
        resized.zoom_shown()
        fresh.resize(size, zoom)
        fresh.show(side)
        places = [stage.page.evaluate(_PLACES) for stage in (resized, fresh)]
        apart = [abs(one - two) for one, two in zip(*places, strict=True)]
        assert max(apart) <= 1, (side.name, size, zoom)
    resized.close()
    fresh.close()


@pytest.mark.parametrize("size", [SMALL_PHONE, WINDOW])
@pytest.mark.parametrize("client", Client)
def test_a_picture_opens_larger_on_a_tap_and_closes_on_a_tap_elsewhere(
    chromium: Browser,
    handmade_address: str,
    handmade_sides: tuple[Side, ...],
    client: Client,
    size: tuple[int, int],
) -> None:
    """Within its own box: the page does not scroll sideways, and no script runs."""
    stage = Stage(chromium, handmade_address, client, size=size)
    stage.show(next(side for side in handmade_sides if side.name == "text [0] answer"))
    width = "document.querySelector('.picture > img').getBoundingClientRect().width"
    before = stage.page.evaluate(width)
    stage.page.click(".picture")
    assert stage.page.evaluate(width) > 1.5 * before
    overflow = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    assert stage.page.evaluate(overflow) <= 0
    stage.page.mouse.click(5, 5)
    assert stage.page.evaluate(width) == before
    stage.close()


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
