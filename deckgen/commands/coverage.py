"""`deckgen coverage`: which questions of a map the deck answers."""

from __future__ import annotations

import os
from pathlib import Path

import click

from deckgen import terminal, whole_files
from deckgen.commands.run import CONTENT_ERROR, content_argument


@click.command("coverage")
@content_argument
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write; else it is printed."
)
def command(content: Path, output: Path | None) -> None:
    """Tell which questions of topics.yaml the deck answers."""
    from deckgen import source
    from deckgen.standard import coverage
    from deckgen.standard.shelf import open_book

    folder = source.find(content)
    topics, unread = source.read_text(folder, coverage.NAME)
    if topics is None:
        terminal.stop(f"cannot read {terminal.shown(folder / coverage.NAME)}: {unread[0].message}")
    sections, found = coverage.read_topics(topics.text)
    if found:
        terminal.show(found, {coverage.NAME: topics.text}, folder)
        raise SystemExit(CONTENT_ERROR)
    beside = output.absolute().parent if output else folder
    seen = Path(os.path.relpath(folder, beside)).as_posix()
    page = coverage.table(sections, open_book(folder).book, "" if seen == "." else seen)
    if output is None:
        click.echo(page, nl=False)
    else:
        whole_files.replace(output, page.encode())
