"""The texts of notes, put aside on the disk while a build needs only their imprints."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from deckgen.imprint import Imprint
from deckgen.media import NAME, Media
from deckgen.render import Note

UNIT, RECORD = "\x1f", "\x1e"  # Anki's own between fields; neither can be in a question
IN_MEMORY = 8 << 20  # bytes up to which there is no need of a file


def record(note: Note) -> str:
    """A note's tags and fields as one text."""
    return UNIT.join((" ".join(note.tags), *note.fields))


def joined(records: Iterable[str]) -> bytes:
    """The records of one file's notes."""
    return RECORD.join(records).encode("utf-8", "surrogatepass")


def apart(content: bytes) -> list[str]:
    """The records that `joined` made one of, if there were any."""
    return content.decode("utf-8", "surrogatepass").split(RECORD)


class Records:
    """The records of notes, read as often as one likes, one file's at a time."""

    def __init__(self) -> None:
        # It is open as long as the records are.
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY, prefix="deckgen-")  # noqa: SIM115
        self._places: dict[str, tuple[Sequence[Imprint], int, int]] = {}
        self._end = 0

    @property
    def paths(self) -> Set[str]:
        """The question files whose records are here."""
        return self._places.keys()

    def add(self, path: str, notes: Sequence[Imprint], content: bytes) -> None:
        """Put aside what `joined` made of the notes of a question file."""
        self._file.seek(self._end)
        self._file.write(content)
        self._places[path] = notes, self._end, len(content)
        self._end += len(content)

    def __iter__(self) -> Iterator[tuple[Imprint, str]]:
        """Each note with its record, in the order of their files."""
        for path in sorted(self._places):
            notes, start, length = self._places[path]
            if notes:
                self._file.seek(start)
                yield from zip(notes, apart(self._file.read(length)), strict=True)


def parted(record: str) -> tuple[list[str], str]:
    """The tags of a record, and its fields as one text, as the collection holds them."""
    tags, _, fields = record.partition(UNIT)
    return tags.split(), fields


def note_of(imprint: Imprint, record: str, media: Mapping[str, Media]) -> Note:
    """The note that was put aside; `media` are those of its deck, by name."""
    tags, *fields = record.split(UNIT)
    names = dict.fromkeys(NAME.findall(record))
    return Note(
        key=imprint.key,
        kind=imprint.kind,
        fields=tuple(fields),
        tags=tuple(tags.split()),
        deck=imprint.deck,
        ordinals=imprint.ordinals,
        media=tuple(media[name] for name in names if name in media),
        retired=imprint.retired,
        title=imprint.title,
        span=imprint.span,
    )
