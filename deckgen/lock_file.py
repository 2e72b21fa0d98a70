"""The lock on the disk; `lock.py` knows what it says."""

from __future__ import annotations

from pathlib import Path

from deckgen import terminal


def read(path: Path) -> str:
    """The text of the lock, empty if there is none."""
    try:
        if not path.exists():
            return ""
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        terminal.stop(f"cannot read {terminal.shown(path)}: {error}")
    if not text.strip():
        hint = "restore it from version control, or delete it if nothing was ever released"
        terminal.stop(f"{terminal.shown(path)} is empty: {hint}")
    return text
