"""`deckgen new`: the start of a question."""

from __future__ import annotations

import re
from pathlib import Path

import click

from deckgen import lock_file, terminal, whole_files


@click.command("new")
@click.argument("question")
@click.argument("content", default=".", type=click.Path(path_type=Path), metavar="[CONTENT]")
@click.option("--to", "path", help="The question file to add it to; without, it is printed.")
def command(question: str, content: Path, path: str | None) -> None:
    """Start a new question, with an id that is still free."""
    from deckgen import build, ids, lock_text, source
    from deckgen.lock_entry import NAME

    title = " ".join(question.split())
    if not title:
        raise click.UsageError("the question is empty")
    folder = source.find(content)
    taken = build.read_content(folder).keys
    key = ids.propose(title, taken | set(lock_text.read(lock_file.read(folder / NAME)).notes))
    block = f"## {title}\n\n<!--\nid: {key}\nsources: []\n-->\n\n"
    if path is None:
        click.echo(block, nl=False)
        return
    target = _question_file(folder, path)
    try:
        old = target.read_bytes() if target.exists() else b""
    except OSError as error:
        terminal.stop(f"cannot read {path}: {error.strerror}")
    if not old:
        name = re.sub(r"[\W_]+", " ", target.stem).strip().capitalize() or "Questions"
        old = f"---\ntitle: {name}\n---\n\n# {name}\n".encode()
    gap = "\n" if old.endswith(b"\n") else "\n\n"
    newline = "\r\n" if b"\r\n" in old else "\n"
    whole_files.replace(target, old + (gap + block).replace("\n", newline).encode())
    click.echo(f"{terminal.shown(target)}: {key}")


def _question_file(folder: Path, path: str) -> Path:
    """The question file that `path` means, seen from here or from the content folder."""
    from deckgen.source import is_question_file

    here, there, root = Path(path).resolve(), (folder / path).resolve(), folder.resolve()
    inside = here.is_relative_to(root)
    target = here if inside and (here.exists() or not there.exists()) else there
    if not target.is_relative_to(root) or not is_question_file(target.relative_to(root)):
        place = terminal.shown(folder)
        terminal.stop(f"{path} is no question file: those are .md files in {place}")
    return target
