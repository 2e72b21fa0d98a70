"""What each question of a file gave, so that an edit of one leaves the others as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from deckgen.imprint import Imprint
from deckgen.media import Media
from deckgen.question import Question


class Origin(NamedTuple):
    """What a note was made of, and what it shows.

    `source` is a digest of all in its file that it depends on, `formulas` is how many it shows,
    and `shown_media` are its media, each with its address as it is written.
    """

    source: str
    formulas: int
    shown_media: tuple[tuple[str, Media], ...]


class Made(NamedTuple):
    """A note that was made without a fault; `imprint` says where its question stood then."""

    imprint: Imprint
    record: str
    origin: Origin


NOTHING: Mapping[str, Made] = {}
Before = Callable[[str], Mapping[str, Made]]
"""What the questions of a file gave when it was read last, by source."""


def source_of(question: Question, text: str) -> str:
    """A digest of all in the file's text that the question's note depends on: its own text, and
    what it inherits, wherever both stand.
    """
    above = question.context
    heading = text[above[0].span.start : above[-1].span.end] if above else ""
    inherited = (question.deck, question.tags, question.citations, heading)
    written = f"{inherited!r}\n{text[question.span.start : question.body.end]}"
    return hashlib.blake2b(written.encode("utf-8", "replace"), digest_size=16).hexdigest()
