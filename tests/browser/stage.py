"""A page of a client, open in Chromium: card sides are shown on it, measured and photographed."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    Response,
    Route,
)

from .pages import Client, Side, Theme, body_class, root_class, theme_style

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# MathJax says this of the extensions that Anki's settings name, which lie in the same file.
_HARMLESS = "No version information available for component [tex]/"

SMALL_PHONE, PHONE, WINDOW = (360, 640), (412, 915), (1280, 800)
SIZES = (SMALL_PHONE, PHONE, WINDOW)
ZOOMS = (1.0, 1.5)
THEMES = {
    Client.DESKTOP: (Theme.LIGHT, Theme.NIGHT),
    Client.ANKIDROID: (Theme.LIGHT, Theme.NIGHT, Theme.BLACK),
    Client.ANKIDROID_STUDY: (Theme.LIGHT, Theme.NIGHT, Theme.BLACK),
}
BATCH = 500  # sides held in one page


@dataclass(frozen=True, slots=True)
class Fault:
    """Something a learner would see go wrong on one side; `view` says on what screen."""

    side: str
    code: str
    detail: str
    view: str

    def __str__(self) -> str:
        return f"{self.side}: {self.code}: {self.detail} ({self.view})"


def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, without a window; close it when done."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    )


def survey(
    browser: Browser, address: str, client: Client, shown: Sequence[Side]
) -> tuple[Fault, ...]:
    """What is wrong with these sides in a client, at each of its sizes, zooms and themes."""
    found: list[Fault] = []
    for start in range(0, len(shown), BATCH):
        stage = Stage(browser, address, client)
        try:
            found += stage.survey(shown[start : start + BATCH])
        finally:
            stage.close()
    return tuple(found)


class Stage:
    """One open page of one client, on which sides are shown."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        client: Client = Client.DESKTOP,
        theme: Theme = Theme.LIGHT,
        size: tuple[int, int] = SMALL_PHONE,
        zoom: float = 1,
        scale: float = 1,
    ) -> None:
        self._address, self._client = address, client
        self._noise: list[tuple[str, str]] = []
        width, height = size
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=scale
        )
        self.page: Page = self._context.new_page()
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._noise.append(("page-error", str(error))))
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)
        self.page.goto(f"{address}/_page/{client.value}/{theme.value}")
        self.resize(size, zoom)

    def close(self) -> None:
        self._context.close()

    def resize(self, size: tuple[int, int], zoom: float) -> None:
        """Gives the page this size, and what is shown from now on this zoom.

        AnkiDroid sets `body { zoom }`, and on a phone whose system font is larger, WebView
        enlarges the text alone. Anki's desktop zooms the web view: fewer CSS pixels on the same
        screen. AnkiDroid: cardviewer/CardAppearance.kt, ui/windows/reviewer/ReviewerFragment.kt.
        Anki: qt/aqt/main.py. WebView: AwSettings.java
        """
        width, height = size
        within = zoom if self._client is Client.DESKTOP else 1
        self._zoom = zoom / within
        self.page.set_viewport_size({"width": int(width / within), "height": int(height / within)})

    def show(self, side: Side) -> None:
        """Shows one side, typeset, its pictures and fonts loaded."""
        self.page.evaluate("side => showSide(side)", self._argument(side))
        self.page.evaluate("document.fonts.ready.then(() => 0)")

    def zoom_shown(self) -> None:
        """Gives what is shown the zoom that `resize` was told."""
        self.page.evaluate("zoom => { document.body.style.zoom = zoom }", self._zoom)

    def survey(self, shown: Sequence[Side]) -> tuple[Fault, ...]:
        """See the function `survey`; call it once, on a page that has shown nothing."""
        found: list[Fault] = []
        self._typeset_cold(shown, found)
        for size, zoom in product(SIZES, ZOOMS):
            self.resize(size, zoom)
            view = f"{size[0]}×{size[1]} {zoom:.0%}"
            cold = (size, zoom) == (SMALL_PHONE, 1.0)
            if size == WINDOW:  # another size of text, for which MathJax makes other formulas
                found += self._call("typesetSides", self._arguments(shown), view)
            for theme in (Theme.LIGHT, Theme.NIGHT):
                wanted = {
                    "theme": self._theme(theme),
                    "zoom": self._zoom,
                    "phone": self._client is not Client.DESKTOP,
                    "cold": cold and theme is Theme.LIGHT,
                }
                found += self._call("measureSides", wanted, f"{view} {theme.value}")
        self.page.add_script_tag(url=f"{self._address}/_axe.js")
        for size, theme in product((SMALL_PHONE, WINDOW), THEMES[self._client]):
            self.resize(size, 1)
            view = f"{size[0]}×{size[1]} {theme.value}"
            found += self._call("contrastSides", {"theme": self._theme(theme)}, view)
        self.page.wait_for_timeout(50)  # late console messages
        found += [Fault("page", code, detail, self._client.value) for code, detail in self._noise]
        return tuple(found)

    def _typeset_cold(self, shown: Sequence[Side], found: list[Fault]) -> None:
        """Typesets the sides before MathJax's fonts are there: their coming must move nothing."""
        fonts: list[Route] = []
        self.page.route("**/*.woff", lambda route: fonts.append(route))
        found += self._call("typesetSides", self._arguments(shown), "typeset")
        for route in fonts:
            route.continue_()
        self.page.unroute("**/*.woff")
        self.page.evaluate("document.fonts.ready.then(() => 0)")

    def _call(self, function: str, argument: object, view: str) -> tuple[Fault, ...]:
        reported = self.page.evaluate(f"argument => {function}(argument)", argument)
        seen = f"{self._client.value} {view}"
        return tuple(Fault(side, code, detail, seen) for side, code, detail in reported)

    def _arguments(self, shown: Sequence[Side]) -> list[dict[str, object]]:
        return [self._argument(side) for side in shown]

    def _argument(self, side: Side) -> dict[str, object]:
        return {
            "name": side.name,
            "html": side.html,
            "ordinal": side.ordinal,
            "zoom": self._zoom,
            "hides": "class" if self._client is Client.ANKIDROID else "opacity",
        }

    def _theme(self, theme: Theme) -> dict[str, str]:
        return {
            "root": root_class(self._client, theme),
            "body": body_class(self._client, theme, 0),
            "style": theme_style(self._client, theme),
        }

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_HARMLESS):
            self._noise.append(("console", message.text))

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._address, "data:")):
            self._noise.append(("network", request.url))

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._noise.append(("not-found", response.url))
