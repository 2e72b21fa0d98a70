"""The lock as text: a line per note and per note type, sorted, so that branches merge.

`merge=union` in `.gitattributes` may leave two lines of one note, of which the later counts and is
stamped anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeVar

from deckgen.diagnostic import DeckgenError
from deckgen.lock_entry import (
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
AT_ONCE = 1000  # lines
HEADER = "# deckgen lock: keep it under version control; `deckgen build` keeps it current."
BROKEN = "this line is no lock entry: restore the file from version control"
FORMAT_LINE = re.compile(r"format (?P<number>[0-9]{1,9})\Z")
NAMESPACE_LINE = re.compile(r"namespace (?P<text>\"(?:[^\"\\]|\\.)*\")\Z")
CLAIM = re.compile(
    r"digest=(?P<digest>[0-9a-f]+) cards=(?P<cards>[0-9]{1,3})"
    r"(?P<retired> retired)?(?P<hidden>(?: (?:c|was)[0-9]{1,3}=[0-9a-f]+)*) "
    r"deck=(?P<deck>\"(?:[^\"\\]|\\.)*\") title=(?P<title>\"(?:[^\"\\]|\\.)*\")\Z"
)
STAMP = r" row=(?P<row>[0-9]{13}) modified=(?P<modified>[0-9]{1,11}) "
NOTE_LINE = re.compile(
    rf"note (?P<key>[a-z0-9-]+) (?P<kind>basic|cloze){STAMP}(?P<claim>{CLAIM.pattern})"
)
HIDDEN = re.compile(r"(c|was)(\d+)=(\w+)")
ACCEPTED_LINE = re.compile(r"accepted (?P<code>[a-z-]+) (?P<key>[a-z0-9-]+)\Z")
TYPE_LINE = re.compile(
    r"type (?P<kind>basic|cloze) modified=(?P<modified>[0-9]{1,11}) digest=(?P<digest>[0-9a-f]+)"
    r"(?: schema=(?P<schema>[0-9a-f]+))?\Z"
)
QUOTED = json.JSONEncoder(ensure_ascii=False).encode
MERGE_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


class Claim(NamedTuple):
    """What a note's line says of it besides its kind, its row and its time; see `LockEntry`."""

    digest: str
    cards: int
    retired: bool
    hidden: tuple[Hidden, ...]
    deck: str
    title: str


def claim_text(claim: Claim) -> str:
    """The end of a note's line; `claim_of(claim_text(claim)) == claim`."""
    retired = " retired" if claim.retired else ""
    hides = "".join(
        f" {'was' if hid.removed else 'c'}{hid.number}={hid.digest}" for hid in claim.hidden
    )
    deck, title = QUOTED(claim.deck), QUOTED(claim.title)
    return f"digest={claim.digest} cards={claim.cards}{retired}{hides} deck={deck} title={title}"


def claim_of(text: str) -> Claim:
    """What the end of a note's line says. Raises ValueError if it is none."""
    match = CLAIM.match(text)
    if match is None:
        raise ValueError(BROKEN)
    digest, cards, retired, hides, deck, title = match.groups()
    hidden = tuple(
        Hidden(int(number), digest, word == "was")
        for word, number, digest in (HIDDEN.findall(hides) if hides else ())
    )
    return Claim(digest, int(cards), retired is not None, hidden, _text(deck), _text(title))


def line_of(key: str, kind: Kind, row: int, modified: int, claim: str) -> str:
    """A note's line."""
    return f"note {key} {kind.value} row={row} modified={modified} {claim}"


def says(line: str, key: str, kind: Kind, claim: str) -> bool:
    """Whether the line of the note `key` says just this of it, whatever its row and time."""
    return line.endswith(claim) and line.startswith(kind, len("note  ") + len(key))


def stamp_of(line: str, key: str, kind: Kind, claim: str) -> tuple[int, int] | None:
    """Row and time in the line of the note `key` if it says just this of it."""
    if not says(line, key, kind, claim):
        return None
    # No claim ends with another, for quotes within quotes are escaped: what is left is ` row=…
    # modified=… `, the row of 13 digits.
    numbers = line[len("note  ") + len(key) + len(kind) : -len(claim)]
    return int(numbers[5:18]), int(numbers[28:])


class Lines(Mapping[str, LockEntry]):
    """The entries of a lock by key, each read only when it is asked for.

    `by_key` are the notes' lines. Nearly all are taken over as they stand.
    """

    def __init__(self, by_key: Mapping[str, str]) -> None:
        self.by_key = by_key

    def __getitem__(self, key: str) -> LockEntry:
        line = self.by_key[key]
        match = NOTE_LINE.match(line)
        assert match is not None, line
        return _entry(match)

    def __contains__(self, key: object) -> bool:
        return key in self.by_key

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_key)

    def __len__(self) -> int:
        return len(self.by_key)

    def rows(self) -> dict[str, int]:
        """The row of each key."""
        return {key: int(line.split(" row=", 1)[1][:13]) for key, line in self.by_key.items()}


def lines_of(notes: Mapping[str, LockEntry]) -> Lines:
    """The entries of a lock as lines."""
    if isinstance(notes, Lines):
        return notes
    return Lines({key: _line(entry) for key, entry in notes.items()})


def write(lock: Lock) -> str:
    """The lock as text; `read(write(lock)) == lock`."""
    return "".join(parts(lock))


def parts(lock: Lock) -> Iterator[str]:
    """The text, some lines at a time."""
    lines = _every_line(lock)
    while some := list(islice(lines, AT_ONCE)):
        yield "\n".join((*some, ""))


def _every_line(lock: Lock) -> Iterator[str]:
    """The lines of the text, without their ends."""
    yield from (HEADER, f"format {FORMAT}", f"namespace {json.dumps(lock.namespace)}")
    for kind in sorted(lock.types, key=lambda k: k.value):
        entry = lock.types[kind]
        schemed = f" schema={entry.schema}" if entry.schema else ""
        yield f"type {kind.value} modified={entry.modified} digest={entry.digest}{schemed}"
    yield from (f"accepted {code} {key}" for code, key in sorted(lock.accepted))
    lines = lines_of(lock.notes).by_key
    yield from (lines[key] for key in sorted(lines))


def _line(entry: LockEntry) -> str:
    claim = Claim(entry.digest, entry.cards, entry.retired, entry.hidden, entry.deck, entry.title)
    return line_of(entry.key, entry.kind, entry.row, entry.modified, claim_text(claim))


def read(text: str, path: str = NAME, known: Collection[str] = frozenset()) -> Lock:
    """The lock that a text holds; an empty text is an empty lock.

    `known` are lines of notes that need not be looked at: deckgen wrote them. Raises DeckgenError
    with the line if it is broken, in conflict, or from a newer deckgen.
    """
    reader = _Reader(known)
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
    accepted = frozenset(reader.accepted)
    return Lock(reader.namespace, reader.types, Lines(reader.notes), accepted)


class _Reader:
    """Takes a lock line by line; what no line says is empty."""

    def __init__(self, known: Collection[str]) -> None:
        self.namespace = ""
        self.types: dict[Kind, TypeEntry] = {}
        self.notes: dict[str, str] = {}
        self.accepted: set[tuple[str, str]] = set()
        self._known = known

    def take(self, line: str) -> None:
        """Raises ValueError, with what to do, if the line is no lock entry."""
        if line in self._known or ((match := NOTE_LINE.match(line)) is not None and _sound(match)):
            key = line.split(" ", 2)[1]
            first = self.notes.setdefault(key, line)
            if first is not line:
                self.notes[key] = _later_line(first, line)
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


def _sound(match: re.Match[str]) -> bool:
    """True. Raises ValueError if the row is none, or a text is no JSON."""
    row, deck, title = match.group("row", "deck", "title")
    if (int(row) - FIRST_ROW) % SLOT_SIZE or int(row) >= END_ROW:
        raise ValueError(BROKEN)
    _text(deck)
    _text(title)
    return True


def _entry(match: re.Match[str]) -> LockEntry:
    key, kind, row, modified, claim = match.group("key", "kind", "row", "modified", "claim")
    return LockEntry(key, KINDS[kind], int(row), int(modified), *claim_of(claim))


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
    return later._replace(digest="0") if tied else later


def _later_line(first: str, second: str) -> str:
    """The later of two lines of one note; a cloze number that either knows stays known."""
    one, other = (Lines({"": line})[""] for line in (first, second))
    later = _later(one, other)
    known = {hid.number: hid for hid in (*one.hidden, *other.hidden, *later.hidden)}
    return _line(later._replace(hidden=tuple(known[number] for number in sorted(known))))
