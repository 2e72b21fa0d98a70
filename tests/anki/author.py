"""An author: a content folder that is edited, and released as packages."""

from __future__ import annotations

from pathlib import Path

from deckgen import build
from deckgen.build import Built
from deckgen.diagnostic import errors, render
from deckgen.lock_entry import NAME

FIRST_RELEASE = 1_600_000_000  # seconds since 1970; long before any learner's edit
DAY = 86_400

DECK = """\
name: Astronomy
namespace: tests.example
"""


class Author:
    """Writes a content folder and releases it; the clock moves a day with each release."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "content"
        self.now = FIRST_RELEASE
        self._releases = folder / "releases"
        self._releases.mkdir(parents=True)
        self.writes("deck.yaml", DECK)

    def writes(self, path: str, content: str | bytes) -> Author:
        """A file of the content folder, whole."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def asks(self, path: str, *questions: str) -> Author:
        """A question file whose title and deck is its name; one text per question."""
        title = Path(path).stem.capitalize()
        return self.writes(path, "\n\n".join((f"---\ntitle: {title}\n---", *questions)) + "\n")

    def edits(self, path: str, old: str, new: str) -> Author:
        """Replace the only occurrence of a text in a file."""
        text = (self.folder / path).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        return self.writes(path, text.replace(old, new))

    def moves(self, old: str, new: str) -> Author:
        """Give a file another name or place."""
        target = self.folder / new
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / old).rename(target)
        return self

    def builds(self) -> Built:
        """Build what is there, without an error, and keep the lock."""
        lock = self.folder / NAME
        built = build.build(self.folder, lock.read_text() if lock.exists() else "", self.now)
        wrong = errors(built.diagnostics)
        texts = built.texts
        assert not wrong, "\n".join(render(diagnostic, texts, "content") for diagnostic in wrong)
        lock.write_text(built.lock_text)
        self.now += DAY
        return built

    def releases(self) -> Path:
        """Build and pack; the path of the package."""
        target = self._releases / f"{self.now}.apkg"
        built = self.builds()
        target.write_bytes(build.pack(built, self.folder))
        return target


def basic(key: str, answer: str = "", **options: object) -> str:
    """A question as it stands in a file; `options` go into its comment."""
    lines = "".join(f"\n{name}: {value}" for name, value in options.items())
    return f"## What is {key}?\n\n<!--\nid: {key}{lines}\n-->\n\n{answer or f'This is {key}.'}"
