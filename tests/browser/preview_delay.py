"""Measures how long the preview takes to show a save: `python -m tests.browser.preview_delay`.

On the real deck, in Chromium, from the write of a file to the text in the card's frame.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))

from previewed import Previewed  # noqa: E402  # found by the line above
from shell import Folder  # noqa: E402

from .pages import launch  # noqa: E402
from .preview_page import preview_page  # noqa: E402

SAVES = 9
TOPIC = "11-vision-sequence.md"
SEEN = """(root, text) => ({
    at: new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error("not seen")), 30000);
        const look = () =>
            root.textContent.includes(text) ? resolve(Date.now()) : requestAnimationFrame(look);
        look();
    }),
})"""


def main() -> None:
    """Print the seconds of each save, and their median."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Folder(Path(name))
        shutil.copytree(ROOT / "content", folder.content, dirs_exist_ok=True)
        seconds = _delays(folder, launch(playwright))
    print(" ".join(f"{each:.3f}" for each in seconds), f"median {statistics.median(seconds):.3f} s")


def _delays(folder: Folder, chromium: Browser) -> list[float]:
    text = (folder.content / TOPIC).read_text(encoding="utf-8")
    seconds: list[float] = []
    with (
        Previewed(folder.content) as preview,
        preview_page(chromium, f"{preview.address}#lstm-why") as desk,
    ):
        desk.wait_for("lstm-why")
        inside = desk.frame().locator("html")
        for number in range(SAVES):
            desk.page.wait_for_function("() => deck.checked || deck.failure")
            seen = inside.evaluate_handle(SEEN, f"Edit {number}")
            started = time.time()
            folder.write(TOPIC, text.replace("How does an LSTM", f"Edit {number}: does an LSTM"))
            seconds.append(seen.evaluate("seen => seen.at") / 1000 - started)
            expect(desk.page.locator("#question")).to_contain_text(f"Edit {number}")
    return seconds


if __name__ == "__main__":
    main()
