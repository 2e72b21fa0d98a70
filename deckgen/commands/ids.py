"""`deckgen ids`: an id below each question that has none."""

from __future__ import annotations

from pathlib import Path

import click

from deckgen import lock_file, terminal, whole_files
from deckgen.commands.run import CONTENT_ERROR, content_argument


@click.command("ids")
@content_argument
def command(content: Path) -> None:
    """Write an id below each question that has none.

    Nothing else in the files is touched, and no file that cannot be read in full.
    """
    from deckgen import build, ids, lock_text, source
    from deckgen.lock_entry import NAME

    folder = source.find(content)
    found = build.read_content(folder)
    taken = found.keys | set(lock_text.read(lock_file.read(folder / NAME)).notes)
    unread = ids.unread(found.diagnostics)
    broken = {diagnostic.span.path for diagnostic in unread}
    missing = [entry for entry in found.missing if entry.span.path not in broken]
    assigned = ids.assign(missing, taken)
    for path in sorted({entry.span.path for entry in missing}):
        mine = [(entry, key) for entry, key in assigned if entry.span.path == path]
        whole_files.replace(folder / path, ids.write((folder / path).read_bytes(), mine))
        for _, key in mine:
            click.echo(f"{terminal.shown(folder / path)}: {key}")
    if assigned:
        click.echo(f"{len(assigned):,} id{'' if len(assigned) == 1 else 's'} written")
    elif not unread:
        click.echo("every question has an id")
    terminal.show(unread, found.texts, folder)
    raise SystemExit(CONTENT_ERROR if unread else 0)
