"""One build or check of a content folder, and what it says at the end."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from deckgen import lock_file, terminal

if TYPE_CHECKING:
    from deckgen.build import Built
    from deckgen.report import Summary

CONTENT_ERROR = 1  # the exit code

content_argument = click.argument(
    "content", default=".", type=click.Path(path_type=Path), metavar="[CONTENT]"
)
format_option = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True
)
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Say nothing but errors and warnings."
)


class Run:
    """One build or check: its folder, its lock, and what it says at the end."""

    def __init__(
        self,
        content: Path,
        style: str,
        quiet: bool,
        accepted: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        from deckgen import lock, source

        self.started = time.monotonic()
        self.style, self.quiet = style, quiet
        self.folder = source.find(content)
        self.lock_path = self.folder / lock.NAME
        self.old_lock = lock_file.read(self.lock_path)
        self.stale = False
        self.accepted = accepted
        self._built: Built

    def build(self) -> Built:
        from deckgen import build

        watched = not self.quiet and self.style == "text" and sys.stderr.isatty()
        with terminal.progress(watched) as progress:
            self._built = build.build(self.folder, self.old_lock, now(), progress, self.accepted)
        return self._built

    @property
    def failed(self) -> bool:
        from deckgen.diagnostic import errors

        return bool(errors(self._built.diagnostics))

    def lock_is_stale(self) -> bool:
        """Whether the build would change the lock; says so, note by note."""
        self.stale = self._built.lock_text != self.old_lock
        return self.stale

    def finish(self, package: str, size: int) -> NoReturn:
        from deckgen import report

        seconds = time.monotonic() - self.started
        summary = report.summarize(self._built, package, size, seconds)
        if self.style == "json":
            click.echo(report.as_json(self._built, summary, terminal.shown(self.folder)))
        else:
            self._tell(summary)
        if self.stale:
            self._tell_stale()
        raise SystemExit(CONTENT_ERROR if self.failed or self.stale else 0)

    def _tell(self, summary: Summary) -> None:
        from deckgen import report

        terminal.show(self._built.diagnostics, self._built.content.texts, self.folder)
        if not self.quiet and not self.failed:
            for line in report.lines(summary, self._built):
                click.echo(line)
        verdict = report.verdict(summary)
        if verdict and not (self.quiet and not self.failed):
            color = "red" if self.failed else "yellow"
            click.secho(verdict, fg=color, bold=True, err=True)

    def _tell_stale(self) -> None:
        stamps = self._built.stamps
        click.secho("the lock is not current; run `deckgen build` and commit it:", err=True)
        for word, keys in (("new", stamps.new), ("changed", stamps.changed)):
            for key in keys:
                click.echo(f"  {word}: {key}", err=True)
        for kind in stamps.changed_types:
            click.echo(f"  changed: the {kind.value} note type", err=True)
        if not (stamps.new or stamps.changed or stamps.changed_types):
            click.echo(f"  {terminal.shown(self.lock_path)} differs in form only", err=True)


def now() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH if it is set, else the clock."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed and re.fullmatch("[0-9]{1,10}", fixed) is None:
        terminal.stop(f"SOURCE_DATE_EPOCH is no number of seconds since 1970: {fixed}")
    return int(fixed) if fixed else int(time.time())
