"""What the collection of the last build holds of the notes of the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


class Held:
    """The lines in the lock of the notes in a collection, with each one's 1-based place."""

    def __init__(self, lines: Sequence[str] = ()) -> None:
        self.places = {line: place for place, line in enumerate(lines, 1)}

    def without(self, lines: Iterable[str]) -> Iterator[int]:
        """The rows of the notes whose lines are not among these."""
        for line in self.places.keys() - set(lines):
            yield int(line.partition(" row=")[2].partition(" ")[0])


NOTHING = Held()
