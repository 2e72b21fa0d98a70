"""`deckgen diff`: what an import would do to a learner."""

from __future__ import annotations

from pathlib import Path

import click

from deckgen.commands.run import content_argument


@click.command("diff")
@click.argument("old")
@click.argument("new")
@content_argument
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
def command(old: str, new: str, content: Path, style: str) -> None:
    """Tell what importing NEW does to a learner who has OLD.

    Each is a package, a lock, a content folder, or a git revision of the content folder CONTENT.
    The exit code is 1 if learners would lose something.
    """
    from deckgen import source
    from deckgen.diagnostic import DeckgenError
    from deckgen.impact_report import diff

    try:
        folder = source.find(content)
    except DeckgenError:
        folder = None  # two packages need none
    text, code = diff(old, new, style, folder)
    click.echo(text, nl=not text.endswith("\n"))
    raise SystemExit(code)
