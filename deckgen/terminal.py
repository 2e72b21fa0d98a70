"""The terminal: how paths, diagnostics and progress are shown there, and how a command gives up."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from rich.console import Console

    from deckgen.diagnostic import Diagnostic

MOST_SHOWN = 200  # diagnostics; nobody reads more, and JSON lists them all
NARROWEST = 40  # columns
PATIENCE = 0.5  # seconds of work before a progress bar appears


def show(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], folder: Path) -> None:
    """The diagnostics on standard error, colored if that is a terminal."""
    from deckgen.diagnostic import COLORED, WIDTH, render

    width = max(NARROWEST, shutil.get_terminal_size((WIDTH, 0)).columns)
    for diagnostic in diagnostics[:MOST_SHOWN]:
        click.echo(render(diagnostic, texts, shown(folder), width, COLORED), err=True)
    if len(diagnostics) > MOST_SHOWN:
        unsaid = len(diagnostics) - MOST_SHOWN
        click.echo(f"… and {unsaid:,} more, which `deckgen check --format json` lists", err=True)


def console() -> Console:
    """Standard output for tables and plots, colored if that is a terminal."""
    from rich.console import Console

    return Console(no_color=color() is False)


@contextmanager
def progress(watched: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, once the work has taken a while."""
    if not watched:
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TimeRemainingColumn

    started = time.monotonic()
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, TaskID] = {}

    def advance(stage: str, done: int, total: int) -> None:
        if time.monotonic() - started < PATIENCE:
            return
        if stage not in tasks:
            bar.start()
            tasks[stage] = bar.add_task(stage, total=total)
        bar.update(tasks[stage], completed=done, total=total)

    try:
        yield advance
    finally:
        bar.stop()


def shown(path: Path) -> str:
    """A path as the user would write it: relative to the current folder if it lies below."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix() or "."
    except ValueError:
        return path.absolute().as_posix()


def stop(message: str) -> NoReturn:
    from deckgen.diagnostic import DeckgenError

    raise DeckgenError(message)


def color() -> bool | None:
    """Whether to color what is said; None: if it goes to a terminal. https://no-color.org"""
    return False if os.environ.get("NO_COLOR") else None
