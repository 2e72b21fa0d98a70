"""A content folder of one question file, built again and again through the whole street."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from deckgen import build, workers
from deckgen.mathjax import MathJax

FILE = "example.md"
DECK = "name: Deck\nnamespace: example\n"
NOW = 1_700_000_000


class Desk:
    """Builds texts; one MathJax serves them all, for starting it takes longer than a build."""

    def __init__(self, folder: Path, mathjax: MathJax, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        for user in (build, workers):
            monkeypatch.setattr(user, "MathJax", lambda: nullcontext(mathjax))

    def write(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def build(self, text: str, deck: str = DECK) -> build.Built:
        self.write("deck.yaml", deck.encode())
        self.write(FILE, text.encode())
        return build.build(self.folder, "", NOW)
