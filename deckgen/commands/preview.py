"""`deckgen preview`: every card in the browser while it is written, or as a study page."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import click

from deckgen import lock_file, terminal, unchanged
from deckgen.commands.run import Run, content_argument, now

EDITORS = {
    "vscode": "vscode://file{path}:{line}",
    "vscodium": "vscodium://file{path}:{line}",
    "cursor": "cursor://file{path}:{line}",
    "zed": "zed://file{path}:{line}",
    "idea": "idea://open?file={path}&line={line}",
    "pycharm": "pycharm://open?file={path}&line={line}",
    "sublime": "subl://open?url=file://{path}&line={line}",
}


@click.command("preview")
@content_argument
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any free one.")
@click.option("--no-open", is_flag=True, help="Only print the address.")
@click.option(
    "--editor",
    metavar="NAME",
    help="Links that open a card's source: "
    + ", ".join(EDITORS)
    + ", or an address with {path} and {line} in it.",
)
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path),
    help="Write the page to this folder instead, as files that need no server.",
)
def command(
    content: Path, port: int, no_open: bool, editor: str | None, target: Path | None
) -> None:
    """Show every card in the browser, as Anki and AnkiDroid will.

    The page follows each file that is saved. Only this machine can see it, and only at the
    address that is printed. End it with Ctrl-C.
    """
    if target is not None:
        _export(content, target)
    else:
        _serve(content, port, not no_open, _editor_address(editor))


def _serve(content: Path, port: int, is_opened: bool, editor: str) -> None:
    import webbrowser

    from deckgen import build, source
    from deckgen.lock_entry import NAME
    from deckgen.preview.guard import Keys
    from deckgen.preview.server import Preview, listen, serve
    from deckgen.preview.studio import Studio
    from deckgen.reading import Means

    folder = source.find(content).resolve()
    cache = folder.parent / unchanged.CACHE / folder.name
    means = Means(cache, jobs=1)

    def built() -> build.Built:
        old_lock = lock_file.read(folder / NAME)
        return build.build(folder, old_lock, now(), means=means)

    def opened(keys: Keys) -> None:
        click.echo(f"{terminal.shown(folder)}: {keys.address}")
        click.echo("Ctrl-C ends the preview.")
        if is_opened:
            webbrowser.open_new_tab(keys.ticket())

    root = folder.as_posix()
    link = editor.replace("{path}", f"{'' if root.startswith('/') else '/'}{quote(root)}/{{path}}")
    studio = Studio(folder, built, is_quick=cache.is_dir())
    serve(Preview(studio, terminal.shown(folder), link), studio, listen(port), opened)


def _editor_address(editor: str | None) -> str:
    address = EDITORS.get(editor or "", editor or "")
    if address and "{path}" not in address:
        known = ", ".join(EDITORS)
        raise click.BadParameter(f"write an address with {{path}} in it, or one of {known}")
    return address


def _export(content: Path, target: Path) -> NoReturn:
    from deckgen.preview.export import export

    run = Run(content, "text", quiet=False, frugal=False)
    built = run.build()
    if run.failed:
        run.finish("", 0)
    export(built, run.folder, target)
    click.echo(f"wrote {terminal.shown(target / 'index.html')}")
    raise SystemExit(0)
