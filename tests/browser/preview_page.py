"""The page of `deckgen preview` in Chromium, and what an author does there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    Request,
    expect,
)

PATIENCE = 60_000  # milliseconds that a machine under load may take for anything
expect.set_options(timeout=PATIENCE)
# MathJax says these of extensions that lie in the same file, and of settings that it cannot keep.
HARMLESS = ("No version information available for component [tex]/", "MathJax localStorage error")


class PreviewPage:
    """A window on the preview, which notes whatever goes wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.noise: list[str] = []
        self._ours = address.partition("?")[0].rpartition("/")[0]
        page.set_default_timeout(PATIENCE)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.noise.append(f"script: {error}"))
        page.on("request", self._on_request)
        page.goto(address)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(HARMLESS):
            self.noise.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._ours, "data:", "blob:")):
            self.noise.append(f"request: {request.url}")

    def frame(self, client: str = "ankidroid", theme: str = "light") -> FrameLocator:
        """The inside of the frame with this view."""
        return self.page.frame_locator(f"figure.{client}.{theme} iframe")

    def wait_for(self, card: str, side: str = "question", zoom: str = "1") -> None:
        """Until every frame shows this side of this card."""
        self.page.wait_for_function(
            """([card, side, zoom]) => {
                const frames = [...document.querySelectorAll("iframe")];
                return frames.length && frames.every((frame) => {
                    const [name, , view, shown] = (frame.dataset.shown || "").split(" ");
                    return name === card && view.endsWith(side) && shown === zoom;
                });
            }""",
            arg=[card, side, zoom],
        )

    def text(self, client: str = "ankidroid", theme: str = "light") -> str:
        """All that can be read in a frame."""
        return self.frame(client, theme).locator("#qa").inner_text()

    def expect_views(self, *views: str) -> None:
        """These are the captions of the frames."""
        expect(self.page.locator("figcaption")).to_have_text(list(views))

    def listed(self) -> list[str]:
        """The rows of the list that are unfolded."""
        return self.page.locator("#groups li .name").all_text_contents()

    def expect_listed(self, *rows: str) -> None:
        """These are the rows of the list that are unfolded."""
        expect(self.page.locator("#groups li .name")).to_have_text(list(rows))

    def expect_rows(self, count: int) -> None:
        """So many rows of the list are unfolded."""
        expect(self.page.locator("#groups li .name")).to_have_count(count)

    def open(self, card: str) -> None:
        """Follow a link to a card."""
        self.page.evaluate("card => { location.hash = card }", card)
        self.wait_for(card)

    def press_in_card(self, key: str, client: str = "ankidroid", theme: str = "light") -> None:
        """A key that the card gets; Chromium has left such a key of a sandboxed frame unanswered,
        for which Playwright would wait for ever.
        """
        card = self.frame(client, theme).locator(":focus, body").last
        card.dispatch_event("keydown", {"key": key, "bubbles": True, "cancelable": True})

    def choose(self, name: str) -> None:
        """Press one of the buttons for what is shown, and how."""
        self.page.locator("#views").get_by_role("button", name=name, exact=True).click()

    def current(self) -> Locator:
        """The row of the card that is shown."""
        return self.page.locator("#groups [aria-current]")


@contextmanager
def preview_page(
    browser: Browser,
    address: str,
    width: int = 1280,
    height: int = 800,
    scheme: str = "light",
) -> Iterator[PreviewPage]:
    """A window of its own; nothing may go wrong in it until the block is left."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        permissions=["clipboard-read", "clipboard-write"],
    )
    try:
        window = PreviewPage(context.new_page(), address)
        yield window
        assert not window.noise, window.noise
    finally:
        context.close()
