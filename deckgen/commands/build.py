"""`deckgen build`: the package, and the lock."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from deckgen import lock_file, terminal, whole_files
from deckgen.commands.run import (
    Run,
    cache_option,
    content_argument,
    format_option,
    jobs_option,
    quiet_option,
)


@click.command("build")
@content_argument
@click.option("--locked", is_flag=True, help="Fail if the lock would change; for CI.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write the package.")
@click.option(
    "--accept",
    multiple=True,
    metavar="CODE:ID",
    help="Say that a change to a released note is meant; the diagnostic prints what to write.",
)
@jobs_option
@cache_option
@format_option
@quiet_option
def command(
    content: Path,
    locked: bool,
    output: Path | None,
    accept: tuple[str, ...],
    jobs: int,
    cache: bool,
    style: str,
    quiet: bool,
) -> None:
    """Build the package, and keep the lock current.

    CONTENT is the folder with deck.yaml, or any folder in or above it.
    """
    run = Run(content, style, quiet, _accepted(accept), cache, jobs, packs=True)
    if output is not None and not output.is_dir():
        _check_name(output)
    built = run.build()
    if run.failed or (locked and run.lock_is_stale()):
        run.finish("", 0)
    target = _target(output, run.folder, built.config.file_name)
    from deckgen import build, lock_text

    with tempfile.TemporaryFile() as package:
        with run.stopwatch.stage("packing"):
            build.write_package(built, run.folder, package, run.last)
        size = package.seek(0, os.SEEK_END)
        with whole_files.alone(run.folder):
            if lock_file.read(run.lock_path) != run.old_lock:
                lock_name = terminal.shown(run.lock_path)
                terminal.stop(f"{lock_name} changed while the deck was built: build again")
            with tempfile.TemporaryFile() as new_lock:
                new_lock.writelines(map(str.encode, lock_text.parts(built.stamps.lock)))
                whole_files.write_together({run.lock_path: new_lock, target: package})
    run.remember(target, size)
    run.finish(terminal.shown(target), size)


def _accepted(written: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """The pairs of code and id that `--accept` names."""
    from deckgen.check import ACCEPTABLE

    pairs = [tuple(text.split(":", 1)) for text in written]
    for pair in pairs:
        if len(pair) != 2 or pair[0] not in ACCEPTABLE:
            raise click.BadParameter(f"write CODE:ID with CODE one of {', '.join(ACCEPTABLE)}")
    return frozenset((code, key) for code, key in pairs)


def _target(output: Path | None, folder: Path, name: str) -> Path:
    """Where the package goes."""
    target = output or folder.parent / "build" / name
    return target / name if target.is_dir() else target


def _check_name(path: Path) -> None:
    from deckgen.config import REPLACES_COLLECTION

    if path.suffix != ".apkg":
        terminal.stop(f"{terminal.shown(path)}: a package's name ends in .apkg")
    if REPLACES_COLLECTION.match(path.name):
        reason = "Anki would replace the learner's whole collection by such a file"
        terminal.stop(f"{path.name}: {reason}")
