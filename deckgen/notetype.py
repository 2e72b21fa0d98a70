"""The two note types of a deck: fields, card templates and styling, designed once and for ever.

Anki matches note types by id and compares fields and card templates in order. Adding, removing
or reordering one makes Anki skip every note that a learner already has (Anki:
rslib/src/notetype/merge.rs, rslib/src/import_export/package/apkg/import/notes.rs). What a later
release needs takes a reserved field and renames it in place; its id stays.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

USER_STYLING = "_deckgen_user.css"
"""Name of the learner's own style sheet among the media; the importer never overwrites it."""


class Kind(str, Enum):
    """What makes a note's cards: its filled fields (basic) or its cloze deletions (cloze)."""

    BASIC = "basic"
    CLOZE = "cloze"


class Field(NamedTuple):
    """One field: its name, which a later release may change, and its id, which never changes."""

    name: str
    id: int


class CardTemplate(NamedTuple):
    """One card template: name and id as for a field, front and back in Anki's template language."""

    name: str
    id: int
    front: str
    back: str


class NoteType(NamedTuple):
    """A note type: the first field is the sort field; a card's ordinal is its template's place.

    A cloze note type has one card template, and a card's ordinal is its cloze number less 1.
    """

    kind: Kind
    name: str
    id: int
    fields: tuple[Field, ...]
    templates: tuple[CardTemplate, ...]
    styling: str


# Names, order and ids are frozen: tests/test_notetype.py says what a change does to learners.
_BASIC_FIELDS = (
    Field("Question", 2541539908712391779),
    Field("Answer", 5705503017114248439),
    Field("Note", 2747899960699633317),
    Field("Trap", 3805441109522182867),
    Field("Tip", 1640748123457278845),
    Field("Source", 7822547575426218885),
    Field("Context", 1507603794312006135),
    Field("Typed", 6545690361188667635),
    Field("Reverse", 6608487138660324841),
    Field("Status", 2493876253678537019),
    Field("Report", 3800108726600520953),
    Field("Key", 5142637891641106345),
    Field("Reserved 1", 2887260410932231165),
    Field("Reserved 2", 4799562728816757451),
    Field("Reserved 3", 2686560402424907537),
    Field("Reserved 4", 5005744977892899033),
)
_CLOZE_FIELDS = (
    Field("Question", 7946961753359358617),
    Field("Text", 873991841885459587),
    Field("Note", 8757925927578871431),
    Field("Trap", 2981351375548100467),
    Field("Tip", 4438035106683120403),
    Field("Source", 6749374396928597699),
    Field("Context", 6665142814248532767),
    Field("Typed", 5630909954543031423),
    Field("Reverse", 1861312384055763137),
    Field("Status", 2089549144965906535),
    Field("Report", 6411415349488201987),
    Field("Key", 2166355562516601305),
    Field("Reserved 1", 4928790161491019247),
    Field("Reserved 2", 2112617299547659255),
    Field("Reserved 3", 8165626254706790643),
    Field("Reserved 4", 7472302361181499245),
)
_QUESTION_TEMPLATE = 1458815389217404197
_REVERSED_TEMPLATE = 648431588296214833
_CLOZE_TEMPLATE = 9102059926573061255


def note_types(deck_name: str, namespace: str, styling: str = "") -> tuple[NoteType, NoteType]:
    """The basic and the cloze note type of a deck.

    Their ids come from `namespace` and the kind alone, so that renaming the deck keeps them.
    `styling` is the author's own CSS and follows ours; an `@import` in it has no effect, for CSS
    heeds one only at the start of a style sheet.
    """
    title = " / ".join(part.strip() for part in deck_name.split("::"))
    sheet = _styling() if not styling.strip() else f"{_styling()}\n{styling.strip()}\n"
    basic = NoteType(
        Kind.BASIC,
        f"{title} Basic",
        _note_type_id(namespace, Kind.BASIC),
        _BASIC_FIELDS,
        (
            CardTemplate(
                "Question",
                _QUESTION_TEMPLATE,
                _template("basic-question-front.html"),
                _template("basic-question-back.html"),
            ),
            CardTemplate(
                "Reversed",
                _REVERSED_TEMPLATE,
                _template("basic-reversed-front.html"),
                _template("basic-reversed-back.html"),
            ),
        ),
        sheet,
    )
    cloze = NoteType(
        Kind.CLOZE,
        f"{title} Cloze",
        _note_type_id(namespace, Kind.CLOZE),
        _CLOZE_FIELDS,
        (
            CardTemplate(
                "Cloze",
                _CLOZE_TEMPLATE,
                _template("cloze-front.html"),
                _template("cloze-back.html"),
            ),
        ),
        sheet,
    )
    return basic, cloze


def basic_ordinals(fields: Mapping[str, str]) -> tuple[int, ...]:
    """The ordinals of the cards that Anki makes of a basic note with these field texts.

    Keys are field names, a missing one counts as empty.
    """
    needed = (("Question",), ("Reverse", "Answer"))  # as gated in the fronts of the templates
    return tuple(
        ordinal
        for ordinal, names in enumerate(needed)
        if all(_is_filled(fields.get(name, "")) for name in names)
    )


def user_styling() -> bytes:
    """The starter file that is packed as `USER_STYLING`, for the learner to fill."""
    return _CARD.joinpath(USER_STYLING).read_bytes()


_CARD = files("deckgen").joinpath("templates")
_INCLUDE = re.compile(r"<!-- include ([\w-]+\.html) -->\n")
# What Anki counts as an empty field. Anki: rslib/src/template.rs field_is_empty
EMPTY = re.compile(r"(?:[\t\n\v\f\r ]|</?(?:br|div) ?/?>)*", re.IGNORECASE)


def _is_filled(text: str) -> bool:
    return EMPTY.fullmatch(text) is None


def _note_type_id(namespace: str, kind: Kind) -> int:
    """Milliseconds as Anki's ids are, between the years 2004 and 2022: never in the future."""
    digest = hashlib.sha256(f"{namespace}\nnote type\n{kind.value}".encode()).digest()
    return 2**40 + int.from_bytes(digest[:8], "big") % 2**39


@cache
def _template(name: str) -> str:
    """A card template's text, its `<!-- include … -->` lines replaced by the files they name."""
    text = _CARD.joinpath(name).read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda match: _template(match[1]), text)


@cache
def _styling() -> str:
    return _CARD.joinpath("styling.css").read_text(encoding="utf-8")
