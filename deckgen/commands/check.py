"""`deckgen check`: what is wrong, also by the rules for cards."""

from __future__ import annotations

from pathlib import Path

import click

from deckgen import terminal
from deckgen.commands.run import (
    Run,
    cache_option,
    content_argument,
    format_option,
    jobs_option,
    quiet_option,
)


def _explain(context: click.Context, parameter: click.Parameter, name: str | None) -> None:
    """Print what a rule is for, and end."""
    if name is None or context.resilient_parsing:
        return
    from deckgen.standard.explanation import explain
    from deckgen.standard.rules import CHECKS

    if name not in CHECKS:
        raise click.BadParameter(f"no rule `{name}`; there are {', '.join(CHECKS)}")
    click.echo(explain(name), nl=False)
    context.exit()


@click.command("check")
@content_argument
@click.option(
    "--explain",
    metavar="CODE",
    callback=_explain,
    expose_value=False,
    is_eager=True,
    help="Say what a rule for cards is for, and how to change it.",
)
@jobs_option
@cache_option
@format_option
@quiet_option
def command(content: Path, jobs: int, cache: bool, style: str, quiet: bool) -> None:
    """Report everything that is wrong, and write no package.

    The rules for cards, docs/standard.md, are advice unless deck.yaml says `rules: standard`.
    """
    from deckgen.standard.judge import judge
    from deckgen.standard.shelf import open_book

    run = Run(content, style, quiet, cache=cache, jobs=jobs)
    run.build()
    shelved = open_book(run.folder)
    adopted = shelved.book.adopted
    run.judge((*shelved.diagnostics, *judge(shelved.book)), adopted, shelved.texts)
    if style == "text" and (adopted or not (quiet or run.failed)):
        _tell(run, len(shelved.book.notes))
    run.finish("", 0)


def _tell(run: Run, notes: int) -> None:
    """What the rules found, above what keeps the deck from being built."""
    from deckgen.diagnostic import errors
    from deckgen.standard.digest import digest

    told = digest(run.findings or run.advice, notes, bool(run.findings))
    terminal.show(told.shown, run.texts, run.folder)
    if told.verdict:
        color = "red" if errors(run.findings) else "yellow"
        first, _, others = told.verdict.partition("\n")
        click.secho(first, fg=color, bold=True, err=True)
        click.secho(others, dim=True, err=True)
