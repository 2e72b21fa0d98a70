"""One build or check of a content folder, and what it says at the end."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from deckgen import lock_file, terminal, unchanged
from deckgen.makers import versions
from deckgen.stopwatch import Stopwatch

if TYPE_CHECKING:
    from deckgen.build import Built
    from deckgen.diagnostic import Diagnostic
    from deckgen.report import Summary

CONTENT_ERROR = 1  # the exit code
SLOW = 2.0  # seconds from which on more processors would be felt

content_argument = click.argument(
    "content", default=".", type=click.Path(path_type=Path), metavar="[CONTENT]"
)
format_option = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True
)
quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Say nothing but errors and warnings."
)

jobs_option = click.option(
    "-j", "--jobs", type=click.IntRange(0), default=0, help="Processes; 0: one for each processor."
)
cache_option = click.option(
    "--cache/--no-cache", default=True, help="Remember in build/.cache what files gave."
)


class Run:
    """One build or check: its folder, its lock, and what it says at the end."""

    def __init__(
        self,
        content: Path,
        style: str,
        quiet: bool,
        accepted: frozenset[tuple[str, str]] = frozenset(),
        cache: bool = True,
        jobs: int = 0,
        frugal: bool = True,
        packs: bool = False,
    ) -> None:
        # Hardly anything here is in a circle; to look for it again and again takes a tenth of a
        # build after an edit. `workers` does so once for each file.
        gc.disable()
        from deckgen import source
        from deckgen.last_collection import LastCollection

        self.started = time.monotonic()
        self._cached = cache
        self.style, self.quiet = style, quiet
        self._start = content
        self.folder = source.find(content)
        remembered = cache_folder(self.folder) if cache else None
        self.last = LastCollection(remembered) if remembered and packs else None
        if self.last:
            click.get_current_context().call_on_close(self.last.close)
        # These take long to import, while the last collection is read.
        from deckgen.lock_entry import NAME
        from deckgen.reading import Means

        self.lock_path = self.folder / NAME
        self._listing = unchanged.listing(str(self.folder))
        self.old_lock = lock_file.read(self.lock_path)
        self.stale = False
        self.stopwatch = Stopwatch()
        self._means = Means(remembered, jobs or processors(), self.stopwatch, frugal, self.last)
        self.accepted = accepted
        self.findings: tuple[Diagnostic, ...] = ()
        self.advice: tuple[Diagnostic, ...] = ()
        self.texts: dict[str, str] = {}
        self._built: Built

    def build(self) -> Built:
        from deckgen import build

        watched = not self.quiet and self.style == "text" and sys.stderr.isatty()
        with terminal.progress(watched) as progress:
            self._built = build.build(
                self.folder, self.old_lock, now(), progress, self.accepted, self._means
            )
        return self._built

    def judge(self, found: tuple[Diagnostic, ...], adopted: bool, texts: dict[str, str]) -> None:
        """Keep what the rules for cards found, which is advice unless the deck adopted them."""
        self.findings, self.advice = (found, ()) if adopted else ((), found)
        self.texts = texts

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
        from deckgen.diagnostic import errors

        seconds = time.monotonic() - self.started
        if self.style == "json":
            texts = {**self._built.texts, **self.texts}
            found = (*self._built.diagnostics, *self.findings)
            self._built = replace(self._built, texts=texts, diagnostics=found)
        summary = report.summarize(self._built, package, size, seconds, self.stopwatch.spent)
        if self.style == "json":
            folder = terminal.shown(self.folder)
            click.echo(report.as_json(self._built, summary, folder, self.advice))
        else:
            self._tell(summary)
        if self.stale:
            self._tell_stale()
        wrong = self.failed or self.stale or errors(self.findings)
        raise SystemExit(CONTENT_ERROR if wrong else 0)

    def remember(self, package: Path, size: int) -> None:
        """Let the same command answer at once while nothing changes."""
        from deckgen import report

        if self._cached and self.style == "text" and not self._built.diagnostics:
            current = self._built.stamps._replace(new=(), changed=(), changed_types=())
            built = replace(self._built, stamps=current)
            summary = report.summarize(built, "", size, 0, {})
            told = [*report.lines(summary, built), report.current(terminal.shown(package), size)]
            unchanged.remember(
                str(self.folder),
                str(self._start.absolute()),
                sys.argv[1:],
                self._listing,
                str(self.lock_path),
                str(package.absolute()),
                "" if self.quiet else "".join(f"{line}\n" for line in told),
            )

    def _tell(self, summary: Summary) -> None:
        from deckgen import report

        terminal.show(self._built.diagnostics, self._built.texts, self.folder)
        if not self.quiet and not self.failed:
            for line in (*report.lines(summary, self._built), *self._unused(summary.seconds)):
                click.echo(line)
        verdict = report.verdict(summary)
        if verdict and not (self.quiet and not self.failed):
            color = "red" if self.failed else "yellow"
            click.secho(verdict, fg=color, bold=True, err=True)

    def _unused(self, seconds: float) -> Iterator[str]:
        """What could have made this run faster."""
        if not self._means.cache:
            yield "the cache was not used: leave out --no-cache, and the next build is faster"
        elif not versions():
            yield "the cache was not used: the versions of deckgen's packages cannot be told"
        jobs, all_of_them = self._means.jobs, processors()
        if jobs < all_of_them and seconds > SLOW:
            yield f"used {jobs} of {all_of_them} processors: leave out --jobs to use all"

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


def cache_folder(folder: Path) -> Path:
    """Where builds of a content folder remember what its files gave."""
    return folder.parent / unchanged.CACHE / folder.name


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1
