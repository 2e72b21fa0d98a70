"""Anki's card templates filled with a note's fields: both sides of a card, as HTML.

What Anki's template language has beyond what `deckgen/templates/` may use is left out. Anki:
rslib/src/template.rs, rslib/src/template_filters.rs
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from deckgen.card import reveal
from deckgen.cloze import ANKI_MARK
from deckgen.notetype import EMPTY, CardTemplate, Kind, NoteType
from deckgen.render import Note

TOKEN = re.compile(r"\{\{([#^/]?)([^{}]+)\}\}")
SOUND = re.compile(r"\[sound:([^\]]+)\]")
PLAY = (
    '<a class="replay-button soundLink" href="#" draggable="false" title="Play" '
    'data-sound="{name}"><svg class="playImage" viewBox="0 0 64 64" width="40" height="40">'
    '<circle cx="32" cy="32" r="29" fill="none" stroke="currentColor" stroke-width="3"/>'
    '<path d="M26 20 L46 32 L26 44 Z" fill="currentColor"/></svg></a>'
)
BREAK = re.compile(r"<(?:br|/?div)\b[^>]*>|\n", re.IGNORECASE)
TAG = re.compile(r"<!--.*?-->|<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.I)


def side(note_type: NoteType, note: Note, ordinal: int, is_question: bool) -> str:
    """One side of a note's card with this 0-based ordinal.

    Where the learner types it holds `[[type:…]]`, as Anki's does until a client fills it in, and
    a sound is a button whose `data-sound` is the name of the file.
    """
    template = _template_of(note_type, ordinal)
    written = template.front if is_question else template.back
    fields = _fields(note_type, note, template)
    opened: list[bool] = []  # whether the part around is shown
    shown: list[str] = []
    at = 0
    for token in TOKEN.finditer(written):
        if all(opened):
            shown.append(written[at : token.start()])
        at = token.end()
        kind, name = token[1], token[2].strip()
        if kind == "/":
            opened.pop()
        elif kind:
            opened.append((EMPTY.fullmatch(fields[name]) is None) == (kind == "#"))
        elif all(opened):
            shown.append(_replaced(name, fields, note.kind, ordinal, is_question))
    shown.append(written[at:])
    return SOUND.sub(_play_button, "".join(shown))


def expected(note_type: NoteType, note: Note, ordinal: int) -> str:
    """What the learner is asked to type on this card, as plain text; empty if nothing."""
    fields = _fields(note_type, note, _template_of(note_type, ordinal))
    if EMPTY.fullmatch(fields.get("Typed", "")):
        return ""
    if note.kind is Kind.CLOZE:
        return plain(cloze_to_type(fields["Text"], ordinal + 1))
    return plain(fields["Typed"]) if ordinal == 0 else ""


def plain(text: str) -> str:
    """The text of a field as one line, without markup."""
    unmarked = TAG.sub("", SOUND.sub("", BREAK.sub(" ", text)))
    return " ".join(html.unescape(unmarked).split())


def cloze_to_type(text: str, number: int) -> str:
    """The HTML that the deletions of this 1-based number hide: one, or several with commas.

    Anki: rslib/src/cloze.rs extract_cloze_for_typing
    """
    found: list[list[str]] = []
    opened: list[_Deletion] = []
    at = 0
    for mark in ANKI_MARK.finditer(text):
        _take(opened, text[at : mark.start()])
        at = mark.end()
        if mark[1] is None:
            if opened:
                closed = opened.pop()
                if opened and not opened[-1].has_hint:
                    opened[-1].shown += closed.shown
        else:
            deletion = _Deletion([], has_hint=False)
            opened.append(deletion)
            if int(mark[1].split(",")[0] or 0) == number:
                found.append(deletion.shown)
    texts = ["".join(shown) for shown in found]
    return texts[0] if len(set(texts)) == 1 else ", ".join(texts)


@dataclass(slots=True)
class _Deletion:
    """A deletion that is being read: its text so far, and whether its hint has started."""

    shown: list[str]
    has_hint: bool


def _take(opened: list[_Deletion], text: str) -> None:
    """Give text to the innermost deletion that is open."""
    if opened and not opened[-1].has_hint:
        before, colons, _ = text.partition("::")
        opened[-1].shown.append(before)
        opened[-1].has_hint = bool(colons)


def _template_of(note_type: NoteType, ordinal: int) -> CardTemplate:
    return note_type.templates[0 if note_type.kind is Kind.CLOZE else ordinal]


def _fields(note_type: NoteType, note: Note, template: CardTemplate) -> Mapping[str, str]:
    """The note's fields by name, and those that Anki adds."""
    names = (field.name for field in note_type.fields)
    return {
        "Tags": " ".join(sorted(note.tags)),
        "Type": note_type.name,
        "Deck": note.deck,
        "Subdeck": note.deck.rpartition("::")[2],
        "Card": template.name,
        **dict(zip(names, note.fields, strict=True)),
    }


def _replaced(
    name: str, fields: Mapping[str, str], kind: Kind, ordinal: int, is_question: bool
) -> str:
    """What stands in place of `{{name}}`, which may have filters before it."""
    *filters, field = name.split(":")
    if "type" in filters:
        return f"[[{name}]]"
    if "cloze" in filters:
        return reveal(fields[field], ordinal + 1 if kind is Kind.CLOZE else 0, is_question)
    return fields[field]


def _play_button(sound: re.Match[str]) -> str:
    return PLAY.format(name=html.escape(html.unescape(sound[1])))
