"""The pictures of the README, made anew: python -m tests.browser.readme_pictures

They show the question that the README itself holds, as AnkiDroid shows its cards, and what the
terminal says of a mistake. Each file in docs/pictures is one entry of `PICTURES`.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path

from anki.collection import (
    Collection,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from . import preview_picture
from .pages import Client, Theme, serve, sides
from .real_anki import new_collection
from .stage import Stage, launch

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
FOLDER = ROOT / "docs" / "pictures"
PHONE = (360, 500)
COLUMNS, LINES = 92, 40
FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
ERASE = "\x1b[2K"
MISTAKES = """\
## How does an LSTM mitigate the vanishing-gradient problem?

<!-- id: lstm-why -->

Its cell state is updated by *adding*: $c_t = f_t \\odot c_{t-1} + i_t \\odott \\tilde c_t$.

### LSTM gates: what each one controls

<!-- id: lstm-gates -->

- **Forget gate**: {{c1:how much of the old cell state is kept}}
- **Input gate**: {{c2::how much of the candidate is written}}
"""


def question() -> str:
    """The question file that the README shows."""
    return README.read_text(encoding="utf-8").split("```markdown\n")[1].split("```")[0]


def card(key: str, side: str, theme: Theme, target: Path) -> None:
    """One side of the first card of the README's note with this key, on a phone."""
    with tempfile.TemporaryDirectory() as temporary:
        content = _content(Path(temporary), question())
        package = content.parent / "deck.apkg"
        command = [sys.executable, "-m", "deckgen", "build", str(content), "-o", str(package)]
        subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
        col = new_collection(content.parent / "collection")
        options = ImportAnkiPackageOptions()
        col.import_anki_package(
            ImportAnkiPackageRequest(package_path=str(package), options=options)
        )
        _photograph(col, f"{key} [0] {side}", theme, target)
        col.close()


def _photograph(col: Collection, name: str, theme: Theme, target: Path) -> None:
    shown = next(side for side in sides(col) if side.name == name)
    with serve(Path(col.media.dir())) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        stage = Stage(browser, address, Client.ANKIDROID, theme, PHONE, scale=1.5)
        stage.show(shown)
        stage.page.screenshot(path=target)
        browser.close()


def build_with_mistakes(target: Path) -> None:
    """What a terminal shows of `deckgen build` when a formula and a cloze deletion are wrong."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ deckgen build\n{printed()}".rstrip()))
    drawn = console.export_svg(title="deckgen build", theme=MONOKAI, unique_id="build")
    target.write_text(FONT_FACE.sub("", drawn), encoding="utf-8")


def printed() -> str:
    """What `deckgen build` writes to a terminal of a question with two mistakes."""
    with tempfile.TemporaryDirectory() as temporary:
        content = _content(Path(temporary), MISTAKES)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        run = subprocess.Popen(
            [sys.executable, "-m", "deckgen", "build"],
            cwd=content.parent,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={
                **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
                "PYTHONPATH": str(ROOT),
                "TERM": "xterm-256color",
                "COLUMNS": str(COLUMNS),
            },
        )
        os.close(slave)
        written = b""
        while chunk := _read(master):
            written += chunk
        os.close(master)
        run.wait()
    shown = written.decode().replace("\r\n", "\n")
    return shown.rpartition(ERASE)[2]  # a bar of progress on a slow machine


def _read(terminal: int) -> bytes:
    """What stands in the terminal; nothing once its last writer is gone (an error on Linux)."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def _content(folder: Path, text: str) -> Path:
    content = folder / "content"
    content.mkdir()
    for name in ("deck.yaml", "sources.yaml"):
        shutil.copy(ROOT / "content" / name, content)
    content.joinpath("rnn.md").write_text(text, encoding="utf-8")
    return content


PICTURES: dict[str, Callable[[Path], None]] = {
    "card-basic-light.png": partial(card, "lstm-why", "answer", Theme.LIGHT),
    "card-basic-night.png": partial(card, "lstm-why", "answer", Theme.BLACK),
    "card-cloze-light.png": partial(card, "lstm-gates", "question", Theme.LIGHT),
    "card-cloze-night.png": partial(card, "lstm-gates", "answer", Theme.BLACK),
    "build-error.svg": build_with_mistakes,
    "preview.png": preview_picture.take,
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        draw(FOLDER / name)


if __name__ == "__main__":
    main()
