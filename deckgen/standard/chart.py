"""Plots for a terminal: bars of block characters, as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deckgen.standard.book import Book
from deckgen.standard.measures import Statistics

EIGHTHS = " ▏▎▍▌▋▊▉█"
FULL = "█"


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a plot: its label, and its parts, each a length and what it stands for."""

    label: str
    parts: tuple[tuple[float, str], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """A plot of bars below one another; `legend` names the kinds of their parts in order."""

    title: str
    legend: tuple[str, ...]
    bars: tuple[Bar, ...]


LIMITS = (5, 10, 15, 20, 25, 30, 40, 60, 90)  # words


def answer_lengths(book: Book) -> Plot:
    """How many answers have how many words, follow-ups and questions to speak about apart."""
    counts = [[0, 0] for _ in range(len(LIMITS) + 1)]
    for note in book.notes:
        length = note.answer.words
        place = sum(length > limit for limit in LIMITS)
        counts[place][note.spoken] += 1
    first, last = _filled(counts)
    bars = []
    for place in range(first, last + 1):
        low = LIMITS[place - 1] + 1 if place else 0
        label = f"{low}–{LIMITS[place]}" if place < len(LIMITS) else f"{low} or more"
        follow_ups, spoken = counts[place]
        parts = ((follow_ups, "follow-up"), (spoken, "spoken"))
        bars.append(Bar(label, parts, f"{follow_ups + spoken:,}"))
    return Plot("Words in an answer", ("follow-up", "spoken"), tuple(bars))


def cards_by_deck(statistics: Statistics) -> Plot:
    """How many notes each deck has, by kind."""
    bars = tuple(
        Bar(
            section.name or "(the deck itself)",
            (
                (section.spoken - section.cloze + section.follow_up_clozes, "spoken"),
                (section.follow_ups - section.follow_up_clozes, "follow-up"),
                (section.cloze, "cloze"),
            ),
            f"{section.notes:,}",
        )
        for section in statistics.sections
    )
    return Plot("Notes by deck", ("spoken", "follow-up", "cloze"), bars)


def _filled(counts: Sequence[Sequence[int]]) -> tuple[int, int]:
    """The first and the last place that counts something; 0 and 0 if none does."""
    filled = [place for place, count in enumerate(counts) if any(count)]
    return (filled[0], filled[-1]) if filled else (0, 0)


def scaled(parts: Sequence[tuple[float, str]], most: float, width: int) -> list[tuple[str, str]]:
    """The parts of a bar as characters, `most` being `width` columns wide.

    Parts end at whole columns, so that they touch; the last one ends at an eighth.
    """
    shown: list[tuple[str, str]] = []
    at, column = 0.0, 0
    filled = [part for part in parts if part[0] > 0]
    for index, (length, kind) in enumerate(filled):
        at += length
        end = at / most * width if most else 0.0
        if index < len(filled) - 1:
            stop = max(column + 1, round(end))
            shown.append((FULL * (stop - column), kind))
            column = stop
        else:
            whole = max(0, int(end) - column)
            eighth = EIGHTHS[round((end - int(end)) * 8)] if end > column else EIGHTHS[1]
            shown.append((FULL * whole + eighth.strip(), kind))
    return shown
