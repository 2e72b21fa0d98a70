"""docs/updates.md names a test for each statement."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_test_that_the_manual_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / "updates.md").read_text()))
    texts = [file.read_text() for file in (ROOT / "tests").rglob("test_*.py")]
    written = set(re.findall(r"^def (test_\w+)", "\n".join(texts), re.MULTILINE))
    assert len(named) > 40
    assert not named - written
