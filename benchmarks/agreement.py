"""Whether two tools' packages say the same: note by note the same words, and as many cards."""

from __future__ import annotations

import html
import io
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

CLOZE = re.compile(r"\{\{c\d+::|\}\}")
TAG = re.compile(r"<[^>]*>")
KEY = 11  # the place of the field Key in deckgen's note types
Note = tuple[str, tuple[str, ...], int]
"""The text of a note, its tags, and how many cards it has."""


def compare(yardstick: Path, ours: bytes) -> int:
    """How many notes were compared. Raises SystemExit at the first that differ.

    The yardstick's notes are in the order of the files, as ours are by their keys.
    """
    theirs = [note for _, note in sorted(_notes(yardstick.read_bytes(), by_key=False).items())]
    mine = [note for _, note in sorted(_notes(ours, by_key=True).items())]
    for first, second in zip(theirs, mine, strict=True):
        if first != second:
            raise SystemExit(f"the packages differ:\n{first}\n{second}")
    return len(mine)


def _notes(package: bytes, by_key: bool) -> Mapping[object, Note]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive, tempfile.TemporaryDirectory() as folder:
        path = Path(archive.extract("collection.anki2", folder))
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(
                "SELECT n.id, n.flds, n.tags, count(c.id) FROM notes n JOIN cards c ON c.nid = n.id"
                " GROUP BY n.id"
            ).fetchall()
    notes: dict[object, Note] = {}
    for row, written, tags, cards in rows:
        fields = written.split("\x1f")
        shown = fields[:2]
        notes[fields[KEY] if by_key else row] = (_words(shown), tuple(sorted(tags.split())), cards)
    return notes


def _words(fields: list[str]) -> str:
    """All that is read, without spaces: tags stand in other places."""
    return "".join(html.unescape(TAG.sub("", CLOZE.sub("", "".join(fields)))).split())
