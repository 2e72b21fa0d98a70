"""`deckgen index`: the table of the question files in the content folder's README.md."""

from __future__ import annotations

from pathlib import Path

import click

from deckgen import terminal, whole_files
from deckgen.commands.run import content_argument

FILE = "README.md"


@click.command("index")
@content_argument
def command(content: Path) -> None:
    """List the question files in the README.md beside them."""
    from deckgen import source
    from deckgen.standard import index
    from deckgen.standard.shelf import open_book

    folder = source.find(content)
    book = open_book(folder).book
    old, unread = source.read_text(folder, FILE)
    if old is None and (folder / FILE).exists():
        terminal.stop(f"cannot read {terminal.shown(folder / FILE)}: {unread[0].message}")
    before = old.text if old else f"# {book.config.name}\n\n{index.START}\n{index.END}\n"
    after = index.written(before, book)
    if after is None:
        place = terminal.shown(folder / FILE)
        terminal.stop(f"no place for the index in {place}: add {index.START} and {index.END}")
    if old is None or after != old.text:
        whole_files.replace(folder / FILE, after.encode())
    click.echo(terminal.shown(folder / FILE))
