"""What importing a release does to a learner who has an older one: Anki's rules, as a function.

The learner took the older release with Anki's default options and changed nothing since. Anki:
rslib/src/import_export/package/apkg/import/{mod,notes,decks,cards,media}.rs
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import PurePosixPath

from deckgen.cloze import anki_deletions
from deckgen.field_diff import hunks, words
from deckgen.generation import made_ordinals
from deckgen.notetype import CardTemplate, Field, Kind, NoteType
from deckgen.outcome import (
    RETIRED_BEFORE,
    CardChange,
    FieldChange,
    Impact,
    MediaImpact,
    NoteImpact,
    Outcome,
    Swap,
    TypeImpact,
    TypeOutcome,
)
from deckgen.released import Release, ReleasedNote, ReleasedType
from deckgen.render import RETIRED_TAG

# Anki: rslib/src/text.rs HTML_MEDIA_TAGS and AV_TAGS
MEDIA = re.compile(
    r"<(?:img|audio|video|object|source)\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*?\b(?:src|data)="
    r"(?:\"([^\"]+)\"|'([^']+)'|([^ >]+))|\[sound:([^\]]+)\]",
    re.IGNORECASE,
)
# Files that Anki takes once and never again. Anki: rslib/.../apkg/import/media.rs `is_static`
STATIC = ("_", "latex-")
# A cloze deletion with none inside: its text, and then perhaps a hint.
INNERMOST = re.compile(
    r"\{\{c[\d,]+::((?:(?!\{\{c\d|\}\}).)*?)(?:::(?:(?!\{\{c\d|\}\}).)*)?\}\}", re.DOTALL
)


def impact(old: Release, new: Release) -> Impact:
    """What importing `new` does to a learner who has `old`."""
    types = {key: _type_impact(key, old, new) for key in dict.fromkeys((*new.types, *old.types))}
    scene = _Scene(old, new, types)
    had = {note.guid: note for note in old.notes}
    has = {note.guid for note in new.notes}
    notes = (
        *(_both(scene, had[n.guid], n) if n.guid in had else _added(scene, n) for n in new.notes),
        *(_absent(scene, note) for note in old.notes if note.guid not in has),
    )
    keys = {note.key for note in old.notes}
    old_decks, new_decks = (decks_among(note.deck for note in r.notes) for r in (old, new))
    return Impact(
        old.name,
        new.name,
        notes,
        tuple(types.values()),
        _media(old, new, notes),
        missing_from(new_decks, old_decks),
        missing_from(old_decks, new_decks),
        tuple(
            deck
            for deck, text in sorted(new.descriptions.items())
            if text
            and deck.casefold() in old_decks.keys() & new_decks.keys()
            and text != old.descriptions.get(deck)
        ),
        tuple(n.key for n in notes if n.outcome is Outcome.NEW and n.key in keys),
        tuple(release.remark for release in (old, new) if release.remark),
    )


def decks_among(with_cards: Iterable[str]) -> dict[str, str]:
    """These decks and those above them, by the name under which Anki finds them."""
    names: dict[str, str] = {}
    for deck in dict.fromkeys(filter(None, with_cards)):
        parts = deck.split("::")
        for end in range(1, len(parts) + 1):
            name = "::".join(parts[:end])
            names.setdefault(name.casefold(), name)
    return names


def missing_from(decks: Mapping[str, str], others: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(decks[name] for name in sorted(decks.keys() - others.keys()))


# -- note types --------------------------------------------------------------------------------


def _type_impact(type_id: int, old: Release, new: Release) -> TypeImpact:
    first, second = old.types.get(type_id), new.types.get(type_id)
    own = [note for note in old.notes if note.type_id == type_id]
    cards = sum(len(note.ordinals) for note in own)
    if first is None:
        added = new.types[type_id].note_type
        return TypeImpact(added.name, added.kind, TypeOutcome.NEW, 0, 0)
    known = first.note_type
    if second is None:
        return TypeImpact(known.name, known.kind, TypeOutcome.UNCHANGED, len(own), cards)
    changes = tuple(_type_changes(first, second))
    newer = first.modified < second.modified
    if not _same_schema(known, second.note_type):
        outcome = TypeOutcome.COPIED
    elif not changes:
        outcome = TypeOutcome.UNCHANGED
    else:
        outcome = TypeOutcome.UPDATED if newer else TypeOutcome.UNDELIVERED
    resorted = outcome is TypeOutcome.UPDATED and first.sort_field != second.sort_field
    return TypeImpact(known.name, known.kind, outcome, len(own), cards, changes, resorted)


def _same_schema(first: NoteType, second: NoteType) -> bool:
    """Whether fields and card templates are the same, in order; their names may differ."""
    parts = ((note_type.fields, note_type.templates) for note_type in (first, second))
    ids = [([f.id for f in fields], [t.id for t in templates]) for fields, templates in parts]
    return ids[0] == ids[1]


def _type_changes(old: ReleasedType, new: ReleasedType) -> Iterator[str]:
    first, second = old.note_type, new.note_type
    if first.name != second.name:
        yield f"renamed to {second.name}"
    if first.kind is not second.kind:
        yield f"turned from {first.kind.value} to {second.kind.value}"
    if first.styling != second.styling:
        yield "styling"
    yield from _part_changes("field", first.fields, second.fields)
    yield from _part_changes("card template", first.templates, second.templates)
    templates = {template.id: template for template in first.templates}
    for template in second.templates:
        known = templates.get(template.id, template)
        if known.front != template.front:
            yield f"front of {template.name}"
        if known.back != template.back:
            yield f"back of {template.name}"
    if old.sort_field != new.sort_field:
        yield f"sorted by {second.fields[new.sort_field].name}"


def _part_changes(
    what: str, old: Sequence[Field | CardTemplate], new: Sequence[Field | CardTemplate]
) -> Iterator[str]:
    """Which fields or card templates came, went, took another name or another place."""
    before = {part.id: part.name for part in old}
    after = {part.id: part.name for part in new}
    for key, name in before.items():
        if key not in after:
            yield f"{what} {name} removed"
        elif after[key] != name:
            yield f"{what} {name} renamed to {after[key]}"
    yield from (f"{what} {name} added" for key, name in after.items() if key not in before)
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield f"{what}s in another order"


# -- notes and cards ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scene:
    """Both releases, and what becomes of each note type."""

    old: Release
    new: Release
    types: Mapping[int, TypeImpact]

    def before(self, note: ReleasedNote) -> NoteType:
        """The learner's note type of a note, before the import."""
        return self.old.types[note.type_id].note_type

    def after(self, type_id: int) -> NoteType:
        """What the learner's note type becomes."""
        updated = self.types[type_id].outcome is TypeOutcome.UPDATED
        return (self.new if updated else self.old).types[type_id].note_type

    def of_added(self, note: ReleasedNote) -> NoteType:
        """The note type on which a new note stands: the release's, if that arrives."""
        arrives = self.types[note.type_id].outcome in (TypeOutcome.NEW, TypeOutcome.COPIED)
        return self.new.types[note.type_id].note_type if arrives else self.after(note.type_id)


def _added(scene: _Scene, note: ReleasedNote) -> NoteImpact:
    note_type = scene.of_added(note)
    empty = set(note.ordinals) - made_ordinals(note_type, note.fields, note.tags)
    return NoteImpact(
        note.key,
        note.guid,
        _title(note),
        Outcome.NEW,
        note_type.kind,
        0,
        deck=note.deck,
        appearing=_named(note_type, note.ordinals, note.deck),
        emptied=_named(note_type, empty, note.deck),
        retired=RETIRED_TAG in note.tags,
    )


def _absent(scene: _Scene, note: ReleasedNote) -> NoteImpact:
    known = NoteImpact(
        note.key,
        note.guid,
        _title(note),
        Outcome.ABSENT,
        scene.before(note).kind,
        len(note.ordinals),
        old_deck=note.deck,
        reason=RETIRED_BEFORE if RETIRED_TAG in note.tags else "",
    )
    return _with_cards(known, scene, note, None)


def _both(scene: _Scene, old: ReleasedNote, new: ReleasedNote) -> NoteImpact:
    outcome, reason = _outcome(scene, old, new)
    known = NoteImpact(
        new.key,
        new.guid,
        _title(new),
        outcome,
        scene.before(old).kind,
        len(old.ordinals),
        old_deck=old.deck,
        deck=new.deck,
        reason=reason,
    )
    if outcome in (Outcome.UPDATED, Outcome.UNDELIVERED):
        known = replace(
            known,
            fields=tuple(_field_changes(scene, old, new)),
            tags_added=_without(new.tags, old.tags),
            tags_removed=_without(old.tags, new.tags),
        )
    if outcome is Outcome.UPDATED:
        rewritten = not (known.fields or known.tags_added or known.tags_removed)
        hidden = [_hidden(scene.before(old), note) for note in (old, new)]
        numbers = {ordinal + 1 for ordinal in old.ordinals}
        known = replace(
            known,
            rewritten=rewritten,
            swaps=swaps_among(hidden[0], hidden[1], numbers),
            retired=RETIRED_TAG in new.tags and RETIRED_TAG not in old.tags,
        )
    return _with_cards(known, scene, old, None if outcome is Outcome.SKIPPED else new)


def _outcome(scene: _Scene, old: ReleasedNote, new: ReleasedNote) -> tuple[Outcome, str]:
    """What becomes of a note on both sides, and why if nothing arrives."""
    first, second = scene.before(old), scene.new.types[new.type_id].note_type
    if first.id != second.id:
        turned = f"it was a {first.kind.value} note and is a {second.kind.value} note now"
        other = "it stands on another note type now"
        return Outcome.SKIPPED, other if first.kind is second.kind else turned
    if scene.types[first.id].outcome is TypeOutcome.COPIED:
        return Outcome.SKIPPED, "its note type has another schema"
    if old.modified < new.modified and not scene.types[first.id].resorted:
        return Outcome.UPDATED, ""
    if old.fields == new.fields and set(old.tags) == set(new.tags):
        return Outcome.UNCHANGED, ""
    if scene.types[first.id].resorted:
        return Outcome.UNDELIVERED, "its note type has another sort field"
    return Outcome.UNDELIVERED, ""


def _with_cards(
    known: NoteImpact, scene: _Scene, old: ReleasedNote, new: ReleasedNote | None
) -> NoteImpact:
    """A note of the learner's with its cards that appear or fall empty.

    Without `new`, the release has nothing to give; its note type may still make cards.
    """
    before, after = scene.before(old), scene.after(old.type_id)
    had = set(old.ordinals)
    generated: Set[int] = frozenset()
    complete = after.kind is Kind.BASIC and len(had) == len(after.templates)
    if had and not complete and _fronts(before) != _fronts(after):
        generated = made_ordinals(after, old.fields, old.tags) - had
    packed = set(new.ordinals) - had - generated if new else set()
    shown = new if new and known.outcome is Outcome.UPDATED else old
    empty = (had | generated | packed) - made_ordinals(after, shown.fields, shown.tags)
    empty -= had - made_ordinals(before, old.fields, old.tags)
    deck = new.deck if new else ""
    appearing = (*_named(after, generated, old.deck), *_named(after, packed, deck))
    return replace(
        known,
        appearing=tuple(sorted(appearing, key=lambda card: card.ordinal)),
        emptied=_named(after, empty, old.deck),
    )


def _fronts(note_type: NoteType) -> list[str]:
    return [template.front for template in note_type.templates]


def _named(note_type: NoteType, ordinals: Iterable[int], deck: str) -> tuple[CardChange, ...]:
    return tuple(
        CardChange(ordinal, _card_name(note_type, ordinal), deck) for ordinal in sorted(ordinals)
    )


def _card_name(note_type: NoteType, ordinal: int) -> str:
    if note_type.kind is Kind.CLOZE:
        return f"c{ordinal + 1}"
    named = ordinal < len(note_type.templates)
    return note_type.templates[ordinal].name if named else f"card {ordinal + 1}"


def _title(note: ReleasedNote) -> str:
    return " ".join(words(note.fields[0])) or note.key


def _field_changes(scene: _Scene, old: ReleasedNote, new: ReleasedNote) -> Iterator[FieldChange]:
    fields = scene.new.types[new.type_id].note_type.fields
    for field, before, after in zip(fields, old.fields, new.fields, strict=True):
        if before != after:
            yield FieldChange(field.name, hunks(before, after))


def _without(tags: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(tags) - set(others)))


def _hidden(note_type: NoteType, note: ReleasedNote) -> dict[int, str]:
    """For each 1-based cloze number, the text that it hides, without hints and inner marks."""
    texts: dict[int, list[str]] = {}
    if note_type.kind is Kind.CLOZE:
        for number, text in (found for field in note.fields for found in anki_deletions(field)):
            while INNERMOST.search(text):
                text = INNERMOST.sub(r"\1", text)
            own = text.partition("::")[0]
            texts.setdefault(number, []).append(" ".join(words(own)))
    return {number: " … ".join(parts) for number, parts in texts.items()}


def swaps_among(
    old: Mapping[int, str], new: Mapping[int, str], numbers: Collection[int]
) -> tuple[Swap, ...]:
    """The cards, by cloze number, whose old text has another number now or the other way round."""
    return tuple(
        Swap(number, old[number], new[number])
        for number in sorted(old.keys() & new.keys() & set(numbers))
        if old[number] != new[number]
        and (new[number] in old.values() or old[number] in new.values())
    )


# -- media -------------------------------------------------------------------------------------


def _media(old: Release, new: Release, notes: Sequence[NoteImpact]) -> MediaImpact:
    arriving = {n.guid for n in notes if n.outcome in (Outcome.NEW, Outcome.UPDATED)}
    had = {name for note in old.notes for name in _files(note)} & old.media.keys()
    had |= {name for name in old.media if name.startswith(STATIC)}
    stored: dict[str, str] = {}
    for name, digest in new.media.items():
        if name not in had:
            stored[name] = name
        elif digest != old.media[name] and not name.startswith(STATIC):
            path = PurePosixPath(name)
            stored[name] = f"{path.stem}-{digest}{path.suffix}"
    given = [note for note in new.notes if note.guid in arriving]
    kept = [note for note in old.notes if note.guid not in arriving]
    files = {note.guid: [stored.get(name, name) for name in _files(note)] for note in given}
    shown = {name for names in files.values() for name in names}
    added = {
        kept_as for name, kept_as in stored.items() if kept_as in shown or name.startswith(STATIC)
    }
    in_use = shown.union(*(_files(note) for note in kept))
    unused = {name for name in (had | added) - in_use if not name.startswith(STATIC)}
    was = {note.guid: note for note in old.notes}
    pairs = {
        pair
        for key, names in files.items()
        if key in was
        for pair in _at_one_place(_files(was[key]), names)
    }
    replaced = sorted(pair for pair in pairs if pair[0] in unused and pair[1] in added)
    return MediaImpact(tuple(sorted(added)), tuple(sorted(unused)), tuple(replaced))


def _files(note: ReleasedNote) -> list[str]:
    """The media files that a note shows, in order."""
    found = (match for field in note.fields for match in MEDIA.finditer(field))
    return [html.unescape(next(filter(None, match.groups()))) for match in found]


def _at_one_place(old: list[str], new: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of files of which the second took the place of the first."""
    for change, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if change == "replace" and j - i == m - k:
            yield from zip(old[i:j], new[k:m], strict=True)
