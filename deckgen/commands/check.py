"""`deckgen check`: what is wrong, and nothing written."""

from __future__ import annotations

from pathlib import Path

import click

from deckgen.commands.run import Run, content_argument, format_option, quiet_option


@click.command("check")
@content_argument
@format_option
@quiet_option
def command(content: Path, style: str, quiet: bool) -> None:
    """Report everything that is wrong, and write nothing."""
    run = Run(content, style, quiet)
    run.build()
    run.finish("", 0)
