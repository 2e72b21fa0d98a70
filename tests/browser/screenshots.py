"""Pictures of cards, to look at.

python -m tests.browser.screenshots FOLDER            the handmade cards
python -m tests.browser.screenshots FOLDER PACKAGE    the cards of a package
A last argument `--only TEXT` keeps the sides whose name holds the text.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from anki.collection import (
    Collection,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)
from playwright.sync_api import sync_playwright

from .handmade import handmade_collection
from .pages import Client, Theme, serve, sides
from .real_anki import new_collection
from .stage import SMALL_PHONE, WINDOW, Stage, launch

VIEWS = (
    (Client.ANKIDROID, Theme.LIGHT, SMALL_PHONE),
    (Client.ANKIDROID, Theme.BLACK, SMALL_PHONE),
    (Client.ANKIDROID_STUDY, Theme.NIGHT, SMALL_PHONE),
    (Client.DESKTOP, Theme.LIGHT, WINDOW),
    (Client.DESKTOP, Theme.NIGHT, WINDOW),
)


def take(col: Collection, folder: Path, only: str) -> None:
    """Writes one PNG per side and view into `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    shown = [side for side in sides(col) if only in side.name]
    with serve(Path(col.media.dir())) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for client, theme, size in VIEWS:
            stage = Stage(browser, address, client, theme, size)
            for side in shown:
                stage.show(side)
                name = "-".join(re.findall(r"\w+", side.name))
                path = folder / f"{name}-{client.value}-{theme.value}-{size[0]}.png"
                stage.page.screenshot(path=path, full_page=True)
            stage.close()
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("package", type=Path, nargs="?")
    parser.add_argument("--only", default="")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if wanted.package is None:
            col = handmade_collection(Path(temporary))
        else:
            col = new_collection(Path(temporary))
            options = ImportAnkiPackageOptions()
            package = str(wanted.package.resolve())
            col.import_anki_package(ImportAnkiPackageRequest(package_path=package, options=options))
        take(col, wanted.folder, wanted.only)
        col.close()


if __name__ == "__main__":
    main()
