"""The lock as text: a line per note and per note type, sorted, so that branches merge.

`merge=union` in `.gitattributes` may leave two lines of one note, of which the later counts and is
stamped anew.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TypeVar

from deckgen.diagnostic import DeckgenError
from deckgen.lock import (
    END_ROW,
    FIRST_ROW,
    KINDS,
    NAME,
    SLOT_SIZE,
    Hidden,
    Lock,
    LockEntry,
    TypeEntry,
)
from deckgen.notetype import Kind

FORMAT = 1
HEADER = "# deckgen lock: keep it under version control; `deckgen build` keeps it current."
BROKEN = "this line is no lock entry: restore the file from version control"
FORMAT_LINE = re.compile(r"format (?P<number>[0-9]{1,9})\Z")
NAMESPACE_LINE = re.compile(r"namespace (?P<text>\"(?:[^\"\\]|\\.)*\")\Z")
NOTE_LINE = re.compile(
    r"note (?P<key>[a-z0-9-]+) (?P<kind>basic|cloze) row=(?P<row>[0-9]{13}) "
    r"modified=(?P<modified>[0-9]{1,11}) digest=(?P<digest>[0-9a-f]+) cards=(?P<cards>[0-9]{1,3})"
    r"(?P<retired> retired)?(?P<hidden>(?: (?:c|was)[0-9]{1,3}=[0-9a-f]+)*) "
    r"deck=(?P<deck>\"(?:[^\"\\]|\\.)*\") title=(?P<title>\"(?:[^\"\\]|\\.)*\")\Z"
)
HIDDEN = re.compile(r"(c|was)(\d+)=(\w+)")
ACCEPTED_LINE = re.compile(r"accepted (?P<code>[a-z-]+) (?P<key>[a-z0-9-]+)\Z")
TYPE_LINE = re.compile(
    r"type (?P<kind>basic|cloze) modified=(?P<modified>[0-9]{1,11}) digest=(?P<digest>[0-9a-f]+)"
    r"(?: schema=(?P<schema>[0-9a-f]+))?\Z"
)
MERGE_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def write(lock: Lock) -> str:
    """The lock as text; `read(write(lock)) == lock`."""
    lines = [HEADER, f"format {FORMAT}", f"namespace {json.dumps(lock.namespace)}"]
    for kind in sorted(lock.types, key=lambda k: k.value):
        entry = lock.types[kind]
        schemed = f" schema={entry.schema}" if entry.schema else ""
        lines.append(f"type {kind.value} modified={entry.modified} digest={entry.digest}{schemed}")
    lines += (f"accepted {code} {key}" for code, key in sorted(lock.accepted))
    lines += (_line(lock.notes[key]) for key in sorted(lock.notes))
    return "\n".join(lines) + "\n"


def _line(entry: LockEntry) -> str:
    retired = " retired" if entry.retired else ""
    hides = "".join(
        f" {'was' if hid.removed else 'c'}{hid.number}={hid.digest}" for hid in entry.hidden
    )
    deck, title = (json.dumps(text, ensure_ascii=False) for text in (entry.deck, entry.title))
    return (
        f"note {entry.key} {entry.kind.value} row={entry.row} modified={entry.modified} "
        f"digest={entry.digest} cards={entry.cards}{retired}{hides} deck={deck} title={title}"
    )


def read(text: str, path: str = NAME) -> Lock:
    """The lock that a text holds; an empty text is an empty lock.

    Raises DeckgenError with the line if it is broken, in conflict, or from a newer deckgen.
    """
    reader = _Reader()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.startswith(MERGE_MARKERS):
            raise DeckgenError(
                f"{path}:{number}: a merge conflict is unresolved: keep the lines of both sides, "
                "delete the markers, and build again"
            )
        try:
            reader.take(line)
        except ValueError as error:
            raise DeckgenError(f"{path}:{number}: {error}") from None
    if (reader.types or reader.notes) and not reader.namespace:
        raise DeckgenError(f"{path}: no `namespace` line: restore the file from version control")
    return Lock(reader.namespace, reader.types, reader.notes, frozenset(reader.accepted))


class _Reader:
    """Takes a lock line by line; what no line says is empty."""

    def __init__(self) -> None:
        self.namespace = ""
        self.types: dict[Kind, TypeEntry] = {}
        self.notes: dict[str, LockEntry] = {}
        self.accepted: set[tuple[str, str]] = set()

    def take(self, line: str) -> None:
        """Raises ValueError, with what to do, if the line is no lock entry."""
        if match := NOTE_LINE.match(line):  # nearly all are
            note = _note_entry(match)
            known = self.notes.get(note.key)
            self.notes[note.key] = note if known is None else _later_note(known, note)
        elif not line.strip() or line.startswith("#"):
            return
        elif match := FORMAT_LINE.match(line):
            if int(match["number"]) > FORMAT:
                raise ValueError(f"the {line} is newer than this deckgen reads: update deckgen")
        elif match := NAMESPACE_LINE.match(line):
            namespace = _text(match["text"])
            if self.namespace not in ("", namespace):
                raise ValueError("two decks' locks are mixed: restore it from version control")
            self.namespace = namespace
        elif match := TYPE_LINE.match(line):
            kind = Kind(match["kind"])
            modified = int(match["modified"])
            entry = TypeEntry(kind, modified, match["digest"], match["schema"] or "")
            self.types[kind] = _later(self.types.get(kind, entry), entry)
        elif match := ACCEPTED_LINE.match(line):
            self.accepted.add((match["code"], match["key"]))
        else:
            raise ValueError(BROKEN)


def _note_entry(match: re.Match[str]) -> LockEntry:
    key, kind, row, modified, digest, cards, retired, hides, deck, title = match.groups()
    if (int(row) - FIRST_ROW) % SLOT_SIZE or int(row) >= END_ROW:
        raise ValueError(BROKEN)
    return LockEntry(
        key=key,
        kind=KINDS[kind],
        row=int(row),
        modified=int(modified),
        digest=digest,
        cards=int(cards),
        retired=retired is not None,
        hidden=tuple(
            Hidden(int(number), digest, word == "was")
            for word, number, digest in (HIDDEN.findall(hides) if hides else ())
        ),
        deck=_text(deck),
        title=_text(title),
    )


def _text(quoted: str) -> str:
    if "\\" not in quoted and quoted.isprintable():
        return quoted[1:-1]
    try:
        return str(json.loads(quoted))
    except json.JSONDecodeError:
        raise ValueError(BROKEN) from None


Entry = TypeVar("Entry", LockEntry, TypeEntry)


def _later(first: Entry, second: Entry) -> Entry:
    """What two lines of one note or type leave: the later, for it is newer than what learners of
    the other have. Of two of one time neither is, so it is to be stamped again.
    """
    later = max(first, second, key=lambda entry: (entry.modified, entry.digest))
    tied = first.modified == second.modified and first.digest != second.digest
    return replace(later, digest="0") if tied else later


def _later_note(first: LockEntry, second: LockEntry) -> LockEntry:
    """The later of two lines of one note; a cloze number that either knows stays known."""
    later = _later(first, second)
    known = {hid.number: hid for hid in (*first.hidden, *second.hidden, *later.hidden)}
    return replace(later, hidden=tuple(known[number] for number in sorted(known)))
