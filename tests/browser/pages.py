"""Pages as Anki's desktop and AnkiDroid build them around a card, to be shown in Chromium.

Restated as facts about their pages; no code of theirs is copied.
Anki: qt/aqt/webview.py stdHtml, qt/aqt/theme.py body_classes_for_card_ord, ts/reviewer/.
AnkiDroid: assets/card_template.html, assets/flashcard.css, previewer/PreviewerHelpers.kt.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from anki.collection import Collection

if TYPE_CHECKING:
    from anki.cards import Card  # at run time only after anki.collection: they import each other

MATHJAX = Path(str(files("mathjax"))) / "static" / "mathjax" / "es5"
SCRIPT = Path(__file__).with_name("inspect.js")
AXE = Path(str(files("axe_playwright_python"))) / "axe.min.js"


class Client(str, Enum):
    """A program that shows cards."""

    DESKTOP = "desktop"
    ANKIDROID = "ankidroid"  # the reviewer that is the default up to 2.25
    ANKIDROID_STUDY = "ankidroid-study"  # the new study screen, also the previewer


class Theme(str, Enum):
    LIGHT = "light"
    NIGHT = "night"
    BLACK = "black"  # AnkiDroid only; elsewhere the same as NIGHT


@dataclass(frozen=True, slots=True)
class Side:
    """One side of one card: `html` as Anki renders it, with its styling, in `card ordinal+1`."""

    name: str
    ordinal: int
    html: str


# ---- what Anki renders ----

_TYPED = re.compile(r"\[\[type:(.+?)\]\]")
_SOUND = re.compile(r"\[anki:play:[qa]:\d+\]")
_SOUND_BUTTON = (
    '<a class="replay-button soundLink" href="#" draggable="false">'
    '<svg class="playImage" viewBox="0 0 64 64" width="40" height="40">'
    '<circle cx="32" cy="32" r="29"/></svg></a>'
)


def sides(col: Collection, typed: str = "a guess") -> tuple[Side, ...]:
    """Both sides of every card in the collection; `typed` is what the learner types.

    A side is named `<key, or the question's start> [<card's ordinal>] question` or `… answer`.
    """
    rendered: list[Side] = []
    for card_id in col.find_cards("", order="c.id"):
        card = col.get_card(card_id)
        note = card.note()
        key = dict(note.items()).get("Key")
        name = f"{key or note.fields[0][:40]} [{card.ord}]"
        for side, html in (("question", card.question()), ("answer", card.answer())):
            shown = _SOUND.sub(_SOUND_BUTTON, _fill_typed(card, side, html, typed))
            rendered.append(Side(f"{name} {side}", card.ord, shown))
    return tuple(rendered)


def _fill_typed(card: Card, side: str, html: str, typed: str) -> str:
    """Puts the input box, or the comparison, where `{{type:…}}` left its mark.

    Anki: qt/aqt/reviewer.py typeAnsQuestionFilter, typeAnsAnswerFilter
    """
    marked = _TYPED.search(html)
    if marked is None:
        return html
    name = marked[1].removeprefix("cloze:")
    expected = card.note()[name]
    if marked[1].startswith("cloze:"):
        expected = card.col.extract_cloze_for_typing(expected, card.ord + 1)
    style = "font-family: 'Arial'; font-size: 20px;"
    if side == "question":
        filled = f'<center><input type=text id=typeans style="{style}"></center>'
    else:
        compared = card.col.compare_answer(expected, typed)
        filled = f'<hr id=answer><div style="{style}">{compared}</div>'
        html = html.replace("<hr id=answer>", "")
    return _TYPED.sub(lambda _: filled, html)


# ---- the page around it ----

_DESKTOP_STYLE = """
:root { --canvas: #f5f5f5; --fg: #020202; --fg-link: #1d4ed8; color-scheme: light; }
:root.night-mode { --canvas: #2c2c2c; --fg: #fcfcfc; --fg-link: #bfdbfe; color-scheme: dark; }
html { font-size: 15px; }
* { box-sizing: content-box; }
body { color: var(--fg); background: var(--canvas); overscroll-behavior: none; }
a { color: var(--fg-link); text-decoration: none; }
hr { background-color: #737373; margin: 1em 0; border: none; height: 1px; }
body { margin: 20px; overflow-wrap: break-word; }
body.nightMode { background-color: var(--canvas); color: var(--fg); }
img { max-width: 100%; max-height: 95vh; }
li { text-align: start; }
pre { text-align: left; }
#typeans { width: 100%; box-sizing: border-box; }
code#typeans { white-space: pre-wrap; }
.typeGood { background: #afa; color: black; }
.typeBad { background: #faa; color: black; }
.typeMissed { background: #ccc; color: black; }
button { margin: 1em 0.5em; }
.replay-button circle { fill: #fff; stroke: #414141; }
"""
_ANKIDROID_STYLE = """
body { margin: 0; padding: 0; overflow-wrap: break-word; }
li { text-align: start; }
pre { text-align: left; }
video { max-width: 100%; }
body.night_mode { color: white; background-color: black; }
body.ankidroid_dark_mode { background-color: #303030; }
#content { margin: 0.5em; }
.typeGood { background-color: #0f0; }
.typeBad { background-color: #f00; }
.typeMissed { background-color: #ccc; }
#typeans { width: 100%; box-sizing: border-box; }
code#typeans { white-space: pre-wrap; }
.mathjax-needs-to-render { visibility: hidden; }
.night_mode input#typeans { color: white; background-color: black; }
.night_mode .typeGood { background-color: #508040; }
.night_mode .typeBad { background-color: #905050; }
.ankidroid_dark_mode input#typeans { background-color: #303030; }
.chrome img { max-width: 100%; max-height: 90%; }
.night_mode .replay-button svg { fill: white; }
"""
_STUDY_STYLE = f"{_DESKTOP_STYLE}img {{ max-height: 100%; }}\n"
_STUDY_CANVAS = {Theme.LIGHT: "#ffffff", Theme.NIGHT: "#303030", Theme.BLACK: "#000000"}

# Anki: ts/mathjax/index.ts, the same in AnkiDroid
_MATHJAX_SETTINGS = {
    "tex": {
        "displayMath": [["\\[", "\\]"]],
        "processEscapes": False,
        "processEnvironments": False,
        "processRefs": False,
        "packages": {"[+]": ["noerrors", "mathtools"], "[-]": ["textmacros"]},
    },
    "loader": {"load": ["[tex]/noerrors", "[tex]/mathtools"], "paths": {"mathjax": "/_mathjax"}},
    "startup": {"typeset": False},
}


def root_class(client: Client, theme: Theme) -> str:
    """The classes of the html element."""
    night = theme is not Theme.LIGHT
    match client:
        case Client.DESKTOP:
            return f"linux chrome{' night-mode' if night else ''}"
        case Client.ANKIDROID:
            return "mobile android linux js"
        case Client.ANKIDROID_STUDY:
            return f"{'night-mode ' if night else ''}android mobile chrome"


def theme_style(client: Client, theme: Theme) -> str:
    """What a client's theme adds to its style sheet."""
    if client is Client.ANKIDROID_STUDY:
        return f":root {{ --canvas: {_STUDY_CANVAS[theme]} !important; }}"
    return ""


def body_class(client: Client, theme: Theme, ordinal: int) -> str:
    """The classes of the body element, which is also `.card`."""
    night = theme is not Theme.LIGHT
    card = f"card card{ordinal + 1}"
    match client:
        case Client.DESKTOP:
            return f"{card} isLin{' nightMode night_mode' if night else ''} fancy"
        case Client.ANKIDROID:
            dark = " ankidroid_dark_mode" if theme is Theme.NIGHT else ""
            return f"{card}{' night_mode nightMode' if night else ''}{dark} mathjax-rendered chrome"
        case Client.ANKIDROID_STUDY:
            return f"{card}{' nightMode night_mode' if night else ''} mathjax-rendered"


def shell(client: Client, theme: Theme) -> str:
    """The page before a card is put into its `#qa`."""
    inner = '<div id="qa" dir="auto"></div>'
    match client:
        case Client.DESKTOP:
            style = _DESKTOP_STYLE
        case Client.ANKIDROID:
            style = _ANKIDROID_STYLE
            inner = '<div id="content" dir="auto"><div id="qa"></div></div>'
        case Client.ANKIDROID_STUDY:
            style = _STUDY_STYLE
    return f"""<!doctype html>
<html class="{root_class(client, theme)}" dir="ltr">
<head><meta charset="utf-8"><base href="/"><link rel="icon" href="data:,">
<title>{client.value}</title>
<style>{style}</style>
<style id="theme">{theme_style(client, theme)}</style>
<script>window.MathJax = {json.dumps(_MATHJAX_SETTINGS)};</script>
<script src="/_mathjax/tex-chtml-full.js"></script>
<script src="/_inspect.js"></script></head>
<body class="{body_class(client, theme, 0)}">
{inner}
</body></html>"""


# ---- the server: the machine itself and nothing else ----


_SCRIPTS = {"_inspect.js": SCRIPT, "_axe.js": AXE}


@contextmanager
def serve(media: Path) -> Iterator[str]:
    """Serves pages, MathJax, axe-core and the `media` folder on 127.0.0.1; yields the address."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).lstrip("/")
            if path.startswith("_page/"):
                _, client, theme = path.split("/")
                page = shell(Client(client), Theme(theme)).encode()
                self._answer(page, "text/html; charset=utf-8")
                return
            if path in _SCRIPTS:
                place, root = _SCRIPTS[path], _SCRIPTS[path].parent
            elif path.startswith("_mathjax/"):
                place, root = MATHJAX / path.removeprefix("_mathjax/"), MATHJAX
            else:
                place, root = media / path, media
            inside = place.resolve().is_relative_to(root.resolve())
            if not inside or not place.is_file():
                self.send_error(404)
                return
            self._answer(place.read_bytes(), self.guess_type(str(place)))

        def _answer(self, body: bytes, content_type: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
