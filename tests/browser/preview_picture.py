"""The picture of the preview in the README: the real preview of the real deck.

python -m tests.browser.preview_picture          docs/pictures/preview.png
python -m tests.browser.preview_picture PNG      another file
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from previewed import Previewed  # noqa: E402

from .preview_page import preview_page  # noqa: E402
from .stage import launch  # noqa: E402

PICTURE = ROOT / "docs" / "pictures" / "preview.png"
CARD = "lstm-gates"
COLORS = 96  # more would make the file larger than a README should load


def take(target: Path) -> None:
    """Write the picture: a cloze card's answer on a phone, by day and by night."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        content = Path(temporary) / "content"
        shutil.copytree(ROOT / "content", content)
        browser = launch(playwright)
        with (
            Previewed(content) as preview,
            preview_page(browser, f"{preview.address}#{CARD}") as window,
        ):
            window.wait_for(CARD)
            window.page.keyboard.press("Space")
            window.wait_for(CARD, "answer")
            window.page.wait_for_function("() => deck.checked")
            picture = Image.open(BytesIO(window.page.screenshot()))
            picture.quantize(COLORS).save(target, optimize=True)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE)
