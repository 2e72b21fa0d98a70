"""The command `deckgen`: reads the clock, writes the package and the lock, talks to people.

What is heavy is imported when it is needed, so that `--help` is there at once.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from deckgen import __version__

if TYPE_CHECKING:
    from deckgen.build import Built
    from deckgen.diagnostic import Diagnostic
    from deckgen.report import Summary

CONTENT_ERROR, ENVIRONMENT_ERROR, BUG = 1, 2, 3
MOST_SHOWN = 200  # diagnostics; nobody reads more, and JSON lists them all
NARROWEST = 40  # columns
PATIENCE = 0.5  # seconds of work before a progress bar appears


class _Group(click.Group):
    """Lists the commands in the order in which an author meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
@click.version_option(__version__, prog_name="deckgen")
def command(context: click.Context) -> None:
    """Turn Markdown question files into an Anki package that updates without loss."""
    context.color = _color()


_content = click.argument(
    "content", default=".", type=click.Path(path_type=Path), metavar="[CONTENT]"
)
_format = click.option(
    "--format", "style", type=click.Choice(["text", "json"]), default="text", show_default=True
)
_quiet = click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and warnings.")


@command.command("build")
@_content
@click.option("--locked", is_flag=True, help="Fail if the lock would change; for CI.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where to write the package."
)
@click.option(
    "--accept",
    multiple=True,
    metavar="CODE:ID",
    help="Say that a change to a released note is meant; the diagnostic prints what to write.",
)
@_format
@_quiet
def build_command(
    content: Path,
    locked: bool,
    output: Path | None,
    accept: tuple[str, ...],
    style: str,
    quiet: bool,
) -> None:
    """Build the package, and keep the lock current.

    CONTENT is the folder with deck.yaml, or any folder in or above it.
    """
    run = _Run(content, style, quiet, _accepted(accept))
    if output is not None and not output.is_dir():
        _check_name(output)
    built = run.build()
    if run.failed or (locked and run.lock_is_stale()):
        run.finish("", 0)
    target = _target(output, run.folder, built.content.config.file_name)
    from deckgen import build

    package = build.pack(built, run.folder)
    with _alone(run.folder):
        if _lock_text(run.lock_path) != run.old_lock:
            _stop(f"{_shown(run.lock_path)} changed while the deck was built: build again")
        _write_together({run.lock_path: built.lock_text.encode(), target: package})
    run.finish(_shown(target), len(package))


@command.command("check")
@_content
@_format
@_quiet
def check_command(content: Path, style: str, quiet: bool) -> None:
    """Report everything that is wrong, and write nothing."""
    run = _Run(content, style, quiet)
    run.build()
    run.finish("", 0)


@command.command("diff")
@click.argument("old")
@click.argument("new")
@_content
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
)
def diff_command(old: str, new: str, content: Path, style: str) -> None:
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


@command.command("ids")
@_content
def ids_command(content: Path) -> None:
    """Write an id below each question that has none.

    Nothing else in the files is touched, and no file that cannot be read in full.
    """
    from deckgen import build, ids, lock, source

    folder = source.find(content)
    found = build.read_content(folder)
    taken = found.keys | set(lock.read(_lock_text(folder / lock.NAME)).notes)
    unread = ids.unread(found.diagnostics)
    broken = {diagnostic.span.path for diagnostic in unread}
    missing = [entry for entry in found.missing if entry.span.path not in broken]
    assigned = ids.assign(missing, taken)
    for path in sorted({entry.span.path for entry in missing}):
        mine = [(entry, key) for entry, key in assigned if entry.span.path == path]
        _replace(folder / path, ids.write((folder / path).read_bytes(), mine))
        for _, key in mine:
            click.echo(f"{_shown(folder / path)}: {key}")
    if assigned:
        click.echo(f"{len(assigned):,} id{'' if len(assigned) == 1 else 's'} written")
    elif not unread:
        click.echo("every question has an id")
    _show(unread, found.texts, folder)
    raise SystemExit(CONTENT_ERROR if unread else 0)


@command.command("new")
@click.argument("question")
@click.argument("content", default=".", type=click.Path(path_type=Path), metavar="[CONTENT]")
@click.option("--to", "path", help="The question file to add it to; without, it is printed.")
def new_command(question: str, content: Path, path: str | None) -> None:
    """Start a new question, with an id that is still free."""
    from deckgen import build, ids, lock, source

    title = " ".join(question.split())
    if not title:
        raise click.UsageError("the question is empty")
    folder = source.find(content)
    taken = build.read_content(folder).keys
    key = ids.propose(title, taken | set(lock.read(_lock_text(folder / lock.NAME)).notes))
    block = f"## {title}\n\n<!--\nid: {key}\nsources: []\n-->\n\n"
    if path is None:
        click.echo(block, nl=False)
        return
    target = _question_file(folder, path)
    try:
        old = target.read_bytes() if target.exists() else b""
    except OSError as error:
        _stop(f"cannot read {path}: {error.strerror}")
    if not old:
        name = re.sub(r"[\W_]+", " ", target.stem).strip().capitalize() or "Questions"
        old = f"---\ntitle: {name}\n---\n\n# {name}\n".encode()
    gap = "\n" if old.endswith(b"\n") else "\n\n"
    newline = "\r\n" if b"\r\n" in old else "\n"
    _replace(target, old + (gap + block).replace("\n", newline).encode())
    click.echo(f"{_shown(target)}: {key}")


class _Run:
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
        self.old_lock = _lock_text(self.lock_path)
        self.stale = False
        self.accepted = accepted
        self._built: Built

    def build(self) -> Built:
        from deckgen import build

        watched = not self.quiet and self.style == "text" and sys.stderr.isatty()
        with _progress(watched) as progress:
            self._built = build.build(self.folder, self.old_lock, _now(), progress, self.accepted)
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
            click.echo(report.as_json(self._built, summary, _shown(self.folder)))
        else:
            self._tell(summary)
        if self.stale:
            self._tell_stale()
        raise SystemExit(CONTENT_ERROR if self.failed or self.stale else 0)

    def _tell(self, summary: Summary) -> None:
        from deckgen import report

        _show(self._built.diagnostics, self._built.content.texts, self.folder)
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
            click.echo(f"  {_shown(self.lock_path)} differs in form only", err=True)


def _show(diagnostics: Sequence[Diagnostic], texts: Mapping[str, str], folder: Path) -> None:
    """The diagnostics on standard error, colored if that is a terminal."""
    from deckgen.diagnostic import COLORED, WIDTH, render

    width = max(NARROWEST, shutil.get_terminal_size((WIDTH, 0)).columns)
    for diagnostic in diagnostics[:MOST_SHOWN]:
        click.echo(render(diagnostic, texts, _shown(folder), width, COLORED), err=True)
    if len(diagnostics) > MOST_SHOWN:
        unsaid = len(diagnostics) - MOST_SHOWN
        click.echo(f"… and {unsaid:,} more, which `deckgen check --format json` lists", err=True)


def _accepted(written: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """The pairs of code and id that `--accept` names."""
    from deckgen.check import ACCEPTABLE

    pairs = [tuple(text.split(":", 1)) for text in written]
    for pair in pairs:
        if len(pair) != 2 or pair[0] not in ACCEPTABLE:
            raise click.BadParameter(f"write CODE:ID with CODE one of {', '.join(ACCEPTABLE)}")
    return frozenset((code, key) for code, key in pairs)


@contextmanager
def _progress(watched: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on standard error, once the work has taken a while."""
    if not watched:
        yield lambda stage, done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress, TaskID

    started = time.monotonic()
    bar = Progress(console=Console(stderr=True), transient=True)
    tasks: dict[str, TaskID] = {}

    def show(stage: str, done: int, total: int) -> None:
        if time.monotonic() - started < PATIENCE:
            return
        if stage not in tasks:
            bar.start()
            tasks[stage] = bar.add_task(stage, total=total)
        bar.update(tasks[stage], completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()


def _now() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH if it is set, else the clock."""
    fixed = os.environ.get("SOURCE_DATE_EPOCH", "")
    if fixed and re.fullmatch("[0-9]{1,10}", fixed) is None:
        _stop(f"SOURCE_DATE_EPOCH is no number of seconds since 1970: {fixed}")
    return int(fixed) if fixed else int(time.time())


def _target(output: Path | None, folder: Path, name: str) -> Path:
    """Where the package goes."""
    target = output or folder.parent / "build" / name
    return target / name if target.is_dir() else target


def _check_name(path: Path) -> None:
    from deckgen.config import REPLACES_COLLECTION

    if path.suffix != ".apkg":
        _stop(f"{_shown(path)}: a package's name ends in .apkg")
    if REPLACES_COLLECTION.match(path.name):
        _stop(f"{path.name}: Anki would replace the learner's whole collection by such a file")


def _question_file(folder: Path, path: str) -> Path:
    """The question file that `path` means, seen from here or from the content folder."""
    from deckgen.source import is_question_file

    here, there, root = Path(path).resolve(), (folder / path).resolve(), folder.resolve()
    inside = here.is_relative_to(root)
    target = here if inside and (here.exists() or not there.exists()) else there
    if not target.is_relative_to(root) or not is_question_file(target.relative_to(root)):
        _stop(f"{path} is no question file: those are .md files in {_shown(folder)}")
    return target


def _lock_text(path: Path) -> str:
    """The text of the lock, empty if there is none."""
    try:
        if not path.exists():
            return ""
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        _stop(f"cannot read {_shown(path)}: {error}")
    if not text.strip():
        hint = "restore it from version control, or delete it if nothing was ever released"
        _stop(f"{_shown(path)} is empty: {hint}")
    return text


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one build at a time compare and write; the next waits, however this one ends."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write_together(files: dict[Path, bytes]) -> None:
    """Write all files or none: each under another name first, and renamed when all are whole."""
    untouched = "; the last package and lock are untouched"
    temporary: dict[Path, Path] = {}
    path = Path()
    try:
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_bytes() != content:
                temporary[path] = _write_beside(path, content)
        for path, whole in temporary.items():
            whole.replace(path)
            untouched = ""
    except OSError as error:
        _stop(f"cannot write {_shown(path)}: {error.strerror}{untouched}")
    finally:
        for whole in temporary.values():
            whole.unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    _write_together({path: content})


def _write_beside(path: Path, content: bytes) -> Path:
    """A file next to `path` with the content, safely on the disk."""
    import tempfile

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    whole = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
        whole.chmod(mode)
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
    return whole


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _shown(path: Path) -> str:
    """A path as the user would write it: relative to the current folder if it lies below."""
    try:
        return path.absolute().relative_to(Path.cwd()).as_posix() or "."
    except ValueError:
        return path.absolute().as_posix()


def _stop(message: str) -> NoReturn:
    from deckgen.diagnostic import DeckgenError

    raise DeckgenError(message)


def main() -> None:
    """Run the command; exit code 1: content, 2: usage, environment or lock, 3: a bug."""
    from deckgen.diagnostic import DeckgenError

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
    except (DeckgenError, OSError) as error:
        _give_up(str(error))
    except MemoryError:
        _give_up("out of memory; the last package and lock are untouched")
    except Exception:
        _report_bug()
        raise SystemExit(BUG) from None


def _give_up(reason: str) -> NoReturn:
    click.secho(f"deckgen: {reason}", fg="red", err=True, color=_color())
    raise SystemExit(ENVIRONMENT_ERROR) from None


def _color() -> bool | None:
    """Whether to color what is said; None: if it goes to a terminal. https://no-color.org"""
    return False if os.environ.get("NO_COLOR") else None


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
