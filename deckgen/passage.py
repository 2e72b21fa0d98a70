"""Text cut out of a file that still knows where each of its characters came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from deckgen.diagnostic import Span

Piece = tuple[int, int, str | None]
"""A stretch of a passage, start and end, or a text instead of it: see `Passage.cut`."""


class Passage(NamedTuple):
    """A text and its origin: the body of a question, the inside of a quote, a formula.

    `origins` are pairs (offset into `text`, offset into the file), ascending, the first at 0:
    from each pair on, text and file run in step up to the next pair. Offsets are 0-based.
    """

    text: str
    path: str
    origins: tuple[tuple[int, int], ...]

    def place(self, offset: int) -> int:
        """The offset into the file of the character at `offset` of the text."""
        origins = self.origins
        index = 0
        if len(origins) > 1:
            index = max(bisect_right(origins, offset, key=lambda origin: origin[0]) - 1, 0)
        start, origin = origins[index]
        return origin + offset - start

    def span(self, start: int, end: int) -> Span:
        """The span in the file that `text[start:end]` was cut from."""
        if len(self.origins) == 1:
            shift = self.origins[0][1]
            return Span(self.path, start + shift, (end if end > start else start) + shift)
        first = self.place(start)
        return Span(self.path, first, self.place(end - 1) + 1 if end > start else first)

    def cut(self, pieces: Iterable[Piece]) -> Passage:
        """The passage of `text[start:end]` for each (start, end, None), or of the text given
        instead, which then counts as standing at `start`."""
        pieces = list(pieces)
        if len(pieces) == len(self.origins) == 1 and pieces[0][2] is None:
            start, end, _ = pieces[0]
            return Passage(self.text[start:end], self.path, ((0, self.place(start)),))
        texts: list[str] = []
        origins: list[tuple[int, int]] = []
        length = 0
        for start, end, instead in pieces:
            origins.append((length, self.place(start)))
            if instead is None:
                if len(self.origins) > 1:
                    index = bisect_right(self.origins, start, key=lambda origin: origin[0])
                    for offset, place in self.origins[index:]:
                        if offset >= end:
                            break
                        origins.append((length + offset - start, place))
                instead = self.text[start:end]
            texts.append(instead)
            length += len(instead)
        return Passage("".join(texts), self.path, tuple(origins) or ((0, self.place(0)),))
