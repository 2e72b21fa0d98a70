"""The command `deckgen`: finds the command that is meant, and turns failures into exit codes.

What is heavy is imported when it is needed, so that `--help` is there at once.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click

from deckgen import __version__, terminal

ENVIRONMENT_ERROR, BUG = 2, 3  # exit codes; run.py has that of wrong content
# What each is for, in the order in which an author meets them: the help needs no more of them.
COMMANDS = {
    "build": "Build the package, and keep the lock current.",
    "check": "Report everything that is wrong, and write no package.",
    "preview": "Show every card in the browser, as Anki and AnkiDroid will.",
    "diff": "Tell what importing NEW does to a learner who has OLD.",
    "ids": "Write an id below each question that has none.",
    "new": "Start a new question, with an id that is still free.",
    "stats": "Count the notes and cards, and the words of their answers.",
    "coverage": "Tell which questions of topics.yaml the deck answers.",
    "index": "List the question files in the README.md beside them.",
}


class _Group(click.Group):
    """Imports a command when it is called."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        found = import_module(f"deckgen.commands.{name}").command
        assert isinstance(found, click.Command)
        return found


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
@click.version_option(__version__, prog_name="deckgen")
def command(context: click.Context) -> None:
    """Turn Markdown question files into an Anki package that updates without loss."""
    context.color = terminal.color()


def main() -> None:
    """Run the command; exit code 1: content, 2: usage, environment or lock, 3: a bug."""
    with suppress(AttributeError):  # a stream that was put in place of the terminal's
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        command(standalone_mode=False)
    except click.exceptions.Exit as done:
        raise SystemExit(done.exit_code) from None
    except click.ClickException as error:
        error.show()
        raise SystemExit(ENVIRONMENT_ERROR) from None
    except (click.Abort, KeyboardInterrupt):
        _give_up("interrupted: no file is half written, and the next build is whole")
    except OSError as error:
        _give_up(str(error))
    except MemoryError:
        _give_up("out of memory; the last package and lock are untouched")
    except Exception as error:
        from deckgen.diagnostic import DeckgenError

        if isinstance(error, DeckgenError):
            _give_up(str(error))
        _report_bug()
        raise SystemExit(BUG) from None


def _give_up(reason: str) -> NoReturn:
    click.secho(f"deckgen: {reason}", fg="red", err=True, color=terminal.color())
    raise SystemExit(ENVIRONMENT_ERROR) from None


def _report_bug() -> None:
    import platform
    import traceback
    from importlib.metadata import PackageNotFoundError, version

    traceback.print_exc()
    versions = [f"deckgen {__version__}", f"Python {platform.python_version()}"]
    for name in ("genanki", "markdown", "pyyaml", "pygments", "nh3", "quickjs-ng"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"{name} missing")
    click.echo("This is a bug of deckgen, not of your content; nothing was written.", err=True)
    click.echo("Please report it with the lines above and: " + ", ".join(versions), err=True)
