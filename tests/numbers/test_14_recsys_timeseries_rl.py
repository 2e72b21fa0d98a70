"""Section 14, recommenders: the times that decide on two stages."""

from __future__ import annotations

from stated import number, stated

NOTES = "two-stage two-stage-when".split()


def test_two_stage() -> None:
    """Scoring everything against scoring the candidates."""
    microseconds, millions, seconds, candidates, milliseconds = stated(
        "two-stage", "at # µs an item, # million items take # s on one core, # candidates # ms"
    )
    assert microseconds * millions == seconds
    assert microseconds * candidates == milliseconds * 1000


def test_two_stage_when() -> None:
    """The small catalog, at the same time per item."""
    microseconds, items, milliseconds = stated(
        "two-stage-when", "At # µs an item, a catalog of # takes # ms"
    )
    assert microseconds == number("two-stage", "at # µs an item")
    assert microseconds * items == milliseconds * 1000
