"""`deckgen stats`: the deck in numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deckgen import terminal
from deckgen.commands.run import content_argument, format_option

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from deckgen.standard.chart import Plot
    from deckgen.standard.measures import Measures, Statistics, Target

COLORS = {"spoken": "yellow", "follow-up": "cyan", "cloze": "magenta"}
NUMBERS = ("notes", "cards", "spoken", "median", "follow-ups", "median", "why…", "cloze")
MOST_TAGS = 12  # that are named
NARROWEST, WIDEST = 10, 60  # columns of a bar


@click.command("stats")
@content_argument
@click.option("--plot", is_flag=True, help="Also plot the lengths of answers, and the decks.")
@format_option
def command(content: Path, plot: bool, style: str) -> None:
    """Count the notes and cards, and the words of their answers."""
    from deckgen import source
    from deckgen.standard import chart
    from deckgen.standard.measures import against_targets, measure
    from deckgen.standard.shelf import open_book

    book = open_book(source.find(content)).book
    statistics = measure(book)
    targets = against_targets(statistics)
    if style == "json":
        aims = [
            {"name": t.name, "at_most": t.at_most, "bound": t.bound, "value": value, "met": met}
            for t, value, met in targets
        ]
        click.echo(json.dumps({**asdict(statistics), "targets": aims}))
        return
    console = terminal.console()
    console.print(f"[bold]{book.config.name}[/bold]  {_holds(statistics)}", highlight=False)
    console.print()
    console.print(_decks(statistics, console.width))
    console.print(_targets(targets, book.adopted))
    if tags := list(statistics.tags.items()):
        named = ", ".join(f"{tag} {count:,}" for tag, count in tags[:MOST_TAGS])
        more = f", and {len(tags) - MOST_TAGS} more" if len(tags) > MOST_TAGS else ""
        console.print(f"tags: {named}{more}", highlight=False, markup=False)
    if plot:
        _plot(console, chart.answer_lengths(book))
        _plot(console, chart.cards_by_deck(statistics))


def _holds(statistics: Statistics) -> str:
    total = statistics.total
    kinds = f"{total.basic:,} basic, {total.cloze:,} cloze"
    return (
        f"{total.notes:,} notes ({kinds}), {total.cards:,} cards in {len(statistics.sections):,} "
        f"decks, {len(statistics.tags):,} tags, {total.formulas:,} formulas, "
        f"{total.pictures:,} pictures, {total.codes:,} blocks of code"
    )


def _decks(statistics: Statistics, width: int) -> Table:
    """A line for each deck, and one for all; the medians are words of answers."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    room = max(NARROWEST, width - sum(len(name) + 2 for name in NUMBERS))
    table.add_column("deck", no_wrap=True, overflow="ellipsis", max_width=room)
    for name in NUMBERS:
        table.add_column(name, justify="right", no_wrap=True)
    for section in statistics.sections:
        table.add_row(*_row(section.name or "(the deck itself)", section))
    table.add_row(*_row("all", statistics.total), style="bold")
    return table


def _row(name: str, measures: Measures) -> Iterator[str]:
    yield name
    yield f"{measures.notes:,}"
    yield f"{measures.cards:,}"
    yield f"{measures.spoken:,}"
    yield f"{measures.spoken_words.median:g}" if measures.spoken else ""
    yield f"{measures.follow_ups:,}"
    yield f"{measures.follow_up_words.median:g}" if measures.follow_ups else ""
    yield f"{measures.reasons:.0%}"
    yield f"{measures.clozes:.0%}"


def _targets(targets: tuple[tuple[Target, float, bool], ...], adopted: bool) -> Table:
    """The deck's numbers, and beside them the targets if the deck has adopted the standard."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify)
    table.add_row()
    for target, value, met in targets:
        bound = f"{'at most' if target.at_most else 'at least'} {_number(target, target.bound)}"
        color = "green" if met else "red"
        aim = f"[{color}]{'✓' if met else '✗'} {bound}[/{color}]" if adopted else ""
        table.add_row(target.name, _number(target, value), aim)
    table.add_row()
    return table


def _number(target: Target, value: float) -> str:
    return f"{value:.0%}" if target.is_share else f"{value:g}"


def _plot(console: Console, plot: Plot) -> None:
    from rich.text import Text

    from deckgen.standard.chart import scaled

    console.print()
    title = Text(plot.title, style="bold")
    for kind in plot.legend:
        title.append("   ■ ", style=COLORS[kind]).append(kind, style="not bold")
    console.print(title)
    label = max((len(bar.label) for bar in plot.bars), default=0)
    count = max((len(bar.note) for bar in plot.bars), default=0)
    width = max(NARROWEST, min(WIDEST, console.width - label - count - 4))
    most = max((sum(length for length, _ in bar.parts) for bar in plot.bars), default=0)
    for bar in plot.bars:
        line = Text(f"{bar.label:>{label}} ", style="dim")
        for characters, kind in scaled(bar.parts, most, width):
            line.append(characters, style=f"not dim {COLORS[kind]}")
        line.append(f" {bar.note}", style="not dim")
        console.print(line)
