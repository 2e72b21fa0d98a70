"""What several tests stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from properties.desk import Desk

from deckgen.mathjax import MathJax


@pytest.fixture(scope="module")
def mathjax() -> Iterator[MathJax]:
    """The MathJax that Anki runs; it starts with the first formula."""
    with MathJax() as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path, mathjax: MathJax, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A place to build texts, with one MathJax for all."""
    return Desk(tmp_path, mathjax, monkeypatch)
