"""The folder in which builds remember things, one for each content folder."""

from __future__ import annotations

from pathlib import Path

# What lies there besides an entry for each question file.
PROOFS = "formulas"
COMMANDS = "commands"
LATEST = "latest"
COLLECTION = ("collection", "collection.anki2", "collection.pieces")
LAST = "last"
MARK = ".gitignore"
IGNORE = "# Made by deckgen, which works without it.\n*\n"


def make(folder: Path) -> None:
    """Make the folder. Raises OSError if it cannot be made."""
    if not (folder / MARK).exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARK).write_text(IGNORE)
