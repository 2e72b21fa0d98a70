"""The files that a page is made of: ours from templates and as they are, and MathJax's."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined

CLIENTS = {
    "ankidroid": ("AnkiDroid", ("ankidroid.css",)),
    "study": ("New study screen", ("desktop.css", "study.css")),
    "desktop": ("Desktop", ("desktop.css",)),
}
"""The programs that show cards: what people call them, and the style sheets of their pages."""

PAGE_FILES = ("preview.css", "deck.js", "frames.js", "preview.js")
FRAME_FILES = ("frame.css", "ankidroid.css", "desktop.css", "study.css", "typed.js", "frame.js")
MATHJAX_FILE = "tex-chtml-full.js"
MATHJAX_FONTS = "output/chtml/fonts/woff-v2"

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".woff": "font/woff",
}
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'"
)
FRAME_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; media-src 'self'; font-src 'self' data:; base-uri 'none'; "
    "form-action 'none'"
)
"""For MathJax, which writes its styles into the page; no script may stand in a card."""

_ours = files("deckgen.preview")
_mathjax = files("mathjax") / "static" / "mathjax" / "es5"
_environment = Environment(
    loader=PackageLoader("deckgen.preview"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def index(title: str, source: str, root: str = "", editor: str = "", policy: str = "") -> str:
    """The page itself; `source` is the script that brings the cards.

    For `root` and `editor` see `Preview`. `policy` is for a page that no server sends, whose
    headers would say it.
    """
    return _environment.get_template("index.html").render(
        title=title,
        scripts=("deck.js", source, "frames.js", "preview.js"),
        clients={name: label for name, (label, _) in CLIENTS.items()},
        root=root,
        editor=editor,
        policy=policy,
    )


def frame(client: str, policy: str = "") -> str:
    """The page of a client around a card."""
    styles = ("frame.css", *CLIENTS[client][1])
    template = _environment.get_template("frame.html")
    return template.render(client=client, styles=styles, policy=policy)


def own(name: str) -> bytes:
    """One of our files as it is."""
    return (_ours / "static" / name).read_bytes()


def mathjax(path: str) -> bytes | None:
    """One of MathJax's files that a card needs, by its path below MathJax's folder."""
    place = PurePosixPath(path)
    is_font = place.parent.as_posix() == MATHJAX_FONTS and place.suffix == ".woff"
    if path != MATHJAX_FILE and not is_font:
        return None
    found = _mathjax.joinpath(*place.parts)
    return found.read_bytes() if found.is_file() else None


def mathjax_paths() -> tuple[str, ...]:
    """The paths of all of MathJax's files that a card may need."""
    fonts = (_mathjax / MATHJAX_FONTS).iterdir()
    names = sorted(font.name for font in fonts if font.name.endswith(".woff"))
    return (MATHJAX_FILE, *(f"{MATHJAX_FONTS}/{name}" for name in names))


def mathjax_license() -> bytes:
    """The license that goes with MathJax's files wherever they go."""
    text = distribution("django-static-mathjax").read_text("LICENSE")
    assert text, "the package of MathJax's files has a license"
    return text.encode()


def script(call: str, value: object) -> str:
    """JavaScript that calls a function with a value, safe wherever it stands."""
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{call}({written});\n".replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
