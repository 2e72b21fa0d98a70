"""Cards written to break the layout, built from `stress/` and measured like those of the deck."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from anki.collection import Collection
from playwright.sync_api import Browser

from .pages import Client, Side, serve, sides
from .stage import SMALL_PHONE, Stage, survey
from .stress_media import TALL, WIDE


@pytest.fixture(scope="session")
def stress_sides(stress: Collection) -> tuple[Side, ...]:
    return sides(stress)


@pytest.fixture(scope="session")
def stress_address(stress: Collection) -> Iterator[str]:
    with serve(Path(stress.media.dir())) as address:
        yield address


@pytest.mark.parametrize("client", Client)
def test_stress_cards_have_no_fault(
    chromium: Browser, stress_address: str, stress_sides: tuple[Side, ...], client: Client
) -> None:
    """Each is measured at each size and zoom, in each theme."""
    assert len(stress_sides) == 78
    faults = survey(chromium, stress_address, client, stress_sides)
    assert not faults, "\n".join(map(str, faults))


_WIDEST = """selector => Math.max(
    0, ...[...document.querySelectorAll(selector)].map((element) => element.scrollWidth))"""


@pytest.mark.parametrize(
    ("key", "selector", "width"),
    [
        ("widest-inline", ".question mjx-container", 900),
        ("widest-display", "mjx-container[display]", 900),
        ("twelve-columns", ".table-scroll", 1000),
        ("long-code", "pre", 1500),
        ("deep-lists", "mjx-container", 900),
        ("cloze-formula", "mjx-container", 900),
        ("arabic", "mjx-container", 900),
        ("many-callouts", ".callout .table-scroll", 360),
    ],
)
def test_stress_cards_are_too_wide_for_a_phone(
    chromium: Browser,
    stress_address: str,
    stress_sides: tuple[Side, ...],
    key: str,
    selector: str,
    width: int,
) -> None:
    """So that they try what they are there to try."""
    stage = Stage(chromium, stress_address, size=SMALL_PHONE)
    stage.show(_side(stress_sides, f"{key} [0] answer"))
    assert stage.page.evaluate(_WIDEST, selector) > width
    stage.close()


@pytest.mark.parametrize(("key", "size"), [("huge-picture", WIDE), ("tall-picture", TALL)])
def test_stress_pictures_are_larger_than_any_screen(
    chromium: Browser,
    stress_address: str,
    stress_sides: tuple[Side, ...],
    key: str,
    size: tuple[int, int],
) -> None:
    stage = Stage(chromium, stress_address)
    stage.show(_side(stress_sides, f"{key} [0] answer"))
    natural = "(() => { const i = document.images[0]; return [i.naturalWidth, i.naturalHeight] })()"
    assert stage.page.evaluate(natural) == list(size)
    stage.close()


def _side(shown: tuple[Side, ...], name: str) -> Side:
    return next(side for side in shown if side.name == name)
