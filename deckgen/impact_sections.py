"""What there is to say of an import: sections of entries, in the order in which they matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from deckgen.field_diff import Hunk
from deckgen.outcome import CardChange, Impact, NoteImpact, Outcome, Swap, TypeOutcome
from deckgen.released import KEY_FIELD
from deckgen.render import RETIRED_TAG

SEARCHED = 20  # notes that a search in the report names


@dataclass(frozen=True, slots=True)
class Entry:
    """One note, note type, deck or file: what it is, what happens to it, how its fields change."""

    title: str
    key: str = ""
    lines: tuple[str, ...] = ()
    fields: tuple[tuple[str, tuple[Hunk, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Entries of one sort under a heading, with a sentence on what they mean for learners."""

    heading: str
    explanation: str
    entries: tuple[Entry, ...]


def sections(found: Impact) -> tuple[Section, ...]:
    """All that there is to say, the losses first; empty if an import changes nothing."""
    made = (
        _skipped(found),
        _undelivered(found),
        _swapped(found),
        _rewritten(found),
        _doubled(found),
        Section("By hand", "What the import leaves to the learner.", tuple(by_hand(found))),
        _new(found),
        _updated(found),
        _retired(found),
        _absent(found),
        _appearing(found),
        _emptied(found),
        _decks(found),
        _note_types(found),
        _media(found),
        Section("Remarks", "", tuple(Entry(remark) for remark in found.remarks)),
    )
    return tuple(section for section in made if section.entries)


def summary(found: Impact) -> str:
    """How many notes and cards the import concerns, in two sentences."""
    retired = sum(note.retired for note in found.notes)
    moved = sum(note.moved for note in found.notes)
    appearing = sum(len(note.appearing) for note in found.notes)
    emptied = sum(len(note.emptied) for note in found.notes)
    notes = [(len(found.of(outcome)), word) for outcome, word in OUTCOMES.items()]
    notes += [(retired, "retired"), (moved, "moved to another deck")]
    cards = [(appearing, "to appear"), (emptied, "to fall empty")]
    return f"Notes: {_counted(notes)}. Cards: {_counted(cards)}."


OUTCOMES = {
    Outcome.NEW: "new",
    Outcome.UPDATED: "updated",
    Outcome.UNCHANGED: "unchanged",
    Outcome.UNDELIVERED: "changed but not delivered",
    Outcome.SKIPPED: "skipped",
    Outcome.ABSENT: "no longer in the package",
}


def _counted(counts: Iterable[tuple[int, str]]) -> str:
    return ", ".join(f"{number:,} {word}" for number, word in counts if number) or "none"


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural where that is right."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def _concerned(notes: Iterable[NoteImpact]) -> str:
    """How many notes these are, and how many cards of theirs learners have."""
    listed = list(notes)
    cards = sum(note.cards for note in listed)
    return f"{count(len(listed), 'note')}, {count(cards, 'card')}"


def _entry(note: NoteImpact, *lines: str) -> Entry:
    return Entry(note.title, note.key, tuple(filter(None, lines)))


def _skipped(found: Impact) -> Section:
    notes = found.of(Outcome.SKIPPED)
    return Section(
        f"Skipped by Anki ({_concerned(notes)})",
        "It calls them conflicting: no change of them arrives, now or later, and no card.",
        tuple(_entry(note, note.reason) for note in notes),
    )


def _undelivered(found: Impact) -> Section:
    notes = found.of(Outcome.UNDELIVERED)
    return Section(
        f"Changed, but not delivered ({_concerned(notes)})",
        "Anki replaces a note by a newer one only, and for Anki these are not newer: the lock "
        "was not kept with its release, or the releases come in the wrong order.",
        tuple(_entry(note, note.reason) for note in notes),
    )


def _swapped(found: Impact) -> Section:
    notes = [note for note in found.notes if note.swaps]
    cards = sum(len(note.swaps) for note in notes)
    return Section(
        f"Cloze numbers that changed hands ({count(cards, 'card')} of {count(len(notes), 'note')})",
        "A card is known by its number: its history now counts for another text.",
        tuple(_entry(note, *(_swap(swap) for swap in note.swaps)) for note in notes),
    )


def _swap(swap: Swap) -> str:
    texts = f": hid “{swap.old}”, hides “{swap.new}”" if swap.old or swap.new else ""
    return f"c{swap.number}{texts}"


def _rewritten(found: Impact) -> Section:
    notes = [note for note in found.notes if note.rewritten]
    return Section(
        f"Replaced without a change ({_concerned(notes)})",
        "Only their time is newer: what a learner wrote there is lost for nothing. Was the lock "
        "lost?",
        tuple(_entry(note) for note in notes),
    )


def _doubled(found: Impact) -> Section:
    notes = [note for note in found.of(Outcome.NEW) if note.key in found.doubled]
    return Section(
        f"Given a second time ({count(len(notes), 'note')})",
        "The deck's namespace changed, and with it every GUID: learners keep the old notes, "
        "with their history, and get all of them again as new ones.",
        tuple(_entry(note) for note in notes),
    )


def by_hand(found: Impact) -> Iterator[Entry]:
    """What the import leaves to the learner, each as what to do in Anki."""
    emptied = [note for note in found.notes if note.emptied]
    if emptied:
        cards = sum(len(note.emptied) for note in emptied)
        yield Entry(
            f"Tools > Empty Cards, which deletes {count(cards, 'card')} of "
            f"{count(len(emptied), 'note')} with nothing to show any more."
        )
    if retired := [note for note in found.notes if note.retired]:
        yield Entry(
            f"Search tag:{RETIRED_TAG} in the Browser, and delete what it finds "
            f"({_concerned(retired)})."
        )
    if absent := found.of(Outcome.ABSENT):
        search = " OR ".join(f"{KEY_FIELD}:{note.key}" for note in absent[:SEARCHED])
        search += " OR …" if len(absent) > SEARCHED else ""
        yield Entry(
            f"Delete what the package lacks ({_concerned(absent)}), if it shall go; the Browser "
            f"finds it by: {search}"
        )
    for (old, new), notes in _moves(found).items():
        if old in found.gone_decks and new in found.new_decks:
            yield Entry(
                f"Rename the deck {old} to {new} before the import, and all cards stay together "
                f"({_concerned(notes)}); or move them afterwards: Cards > Change Deck in the "
                "Browser."
            )
        else:
            yield Entry(
                f"Move {_concerned(notes)} from {old} to {new}, if they shall be there too: "
                "Cards > Change Deck in the Browser."
            )
    if swapped := [note for note in found.notes if note.swaps]:
        cards = sum(len(note.swaps) for note in swapped)
        yield Entry(
            f"Reset {count(cards, 'card')} of {count(len(swapped), 'note')} (Cards > Reset in the "
            "Browser), for the history is of another text."
        )
    if resorted := [fate.name for fate in found.types if fate.resorted]:
        yield Entry(
            "Choose Upload to AnkiWeb when Anki asks for a full sync, for it sorts the notes of "
            f"{' and '.join(resorted)} anew."
        )


def _moves(found: Impact) -> Mapping[tuple[str, str], list[NoteImpact]]:
    """The notes whose cards stay in one deck (first) while the release has them in another."""
    moves: dict[tuple[str, str], list[NoteImpact]] = {}
    for note in found.notes:
        if note.moved:
            moves.setdefault((note.old_deck, note.deck), []).append(note)
    return moves


def _new(found: Impact) -> Section:
    notes = [note for note in found.of(Outcome.NEW) if note.key not in found.doubled]
    cards = sum(len(note.appearing) for note in notes)
    return Section(
        f"New ({count(len(notes), 'note')}, {count(cards, 'card')})",
        "",
        tuple(_entry(note, _cards(note.appearing)) for note in notes),
    )


def _updated(found: Impact) -> Section:
    notes = [note for note in found.of(Outcome.UPDATED) if not note.rewritten]
    return Section(
        f"Updated ({_concerned(notes)})",
        "All fields and tags of these notes are replaced, also what a learner wrote there.",
        tuple(_update(note) for note in notes),
    )


def _update(note: NoteImpact) -> Entry:
    lines: list[str] = []
    if formatted := [change.name for change in note.fields if not change.hunks]:
        lines.append(f"formatting only: {', '.join(formatted)}")
    if note.tags_added:
        lines.append(f"tags added: {' '.join(note.tags_added)}")
    if note.tags_removed:
        lines.append(f"tags removed: {' '.join(note.tags_removed)}")
    worded = tuple((change.name, change.hunks) for change in note.fields if change.hunks)
    return Entry(note.title, note.key, tuple(lines), worded)


def _retired(found: Impact) -> Section:
    notes = [note for note in found.notes if note.retired]
    return Section(
        f"Retired ({_concerned(notes)})",
        f"Delivered one last time, with a banner and the tag {RETIRED_TAG}.",
        tuple(_entry(note) for note in notes),
    )


def _absent(found: Impact) -> Section:
    notes = found.of(Outcome.ABSENT)
    return Section(
        f"No longer in the package ({_concerned(notes)})",
        "Learners keep these for ever, and get no update of them.",
        tuple(_entry(note, note.reason) for note in notes),
    )


def _appearing(found: Impact) -> Section:
    notes = [n for n in found.notes if n.appearing and n.outcome is not Outcome.NEW]
    cards = sum(len(note.appearing) for note in notes)
    return Section(
        f"Cards that appear ({count(cards, 'card')} of {count(len(notes), 'note')})",
        "New cards on notes that learners have.",
        tuple(_entry(note, _cards(note.appearing)) for note in notes),
    )


def _emptied(found: Impact) -> Section:
    notes = [note for note in found.notes if note.emptied]
    cards = sum(len(note.emptied) for note in notes)
    return Section(
        f"Cards that fall empty ({count(cards, 'card')} of {count(len(notes), 'note')})",
        "They keep their history, and show nothing until Tools > Empty Cards deletes them.",
        tuple(_entry(n, ", ".join(card.name for card in n.emptied)) for n in notes),
    )


def _cards(cards: Iterable[CardChange]) -> str:
    """The cards' names by the decks that they go to."""
    by_deck: dict[str, list[str]] = {}
    for card in cards:
        by_deck.setdefault(card.deck, []).append(card.name)
    return "; ".join(f"{', '.join(names)} in {deck}" for deck, names in by_deck.items())


def _decks(found: Impact) -> Section:
    moves = (
        Entry(f"moved: {old} → {new}", lines=(f"{_concerned(notes)} stay in {old}",))
        for (old, new), notes in _moves(found).items()
    )
    return Section(
        "Decks",
        "Anki never moves a card that a learner has; only new cards go to another deck.",
        (
            *moves,
            *(Entry(f"new: {deck}") for deck in found.new_decks),
            *(Entry(f"nothing new comes to: {deck}") for deck in found.gone_decks),
            *(Entry(f"new description: {deck}") for deck in found.described),
        ),
    )


def _note_types(found: Impact) -> Section:
    entries = (
        Entry(
            f"{TYPE_OUTCOMES[fate.outcome]}: {fate.name}",
            lines=(
                *fate.changes,
                f"concerns {count(fate.notes, 'note')}, {count(fate.cards, 'card')}",
            ),
        )
        for fate in found.types
        if fate.notes and fate.outcome is not TypeOutcome.UNCHANGED
    )
    return Section(
        "Note types",
        "An update replaces a learner's own changes of it; their own style sheet stays.",
        tuple(entries),
    )


TYPE_OUTCOMES = {
    TypeOutcome.NEW: "new",
    TypeOutcome.UPDATED: "updated",
    TypeOutcome.UNDELIVERED: "not updated, for its time in the lock is not newer",
    TypeOutcome.COPIED: "added a second time, and all notes of the first skipped",
}


def _media(found: Impact) -> Section:
    media = found.media
    added = set(media.added) - {new for _, new in media.replaced}
    unused = set(media.unused) - {old for old, _ in media.replaced}
    return Section(
        "Media",
        "Files that nothing uses any more stay until Tools > Check Media deletes them.",
        (
            *(Entry(f"replaced: {old} by {new}") for old, new in media.replaced),
            *(Entry(f"added: {name}") for name in sorted(added)),
            *(Entry(f"no longer used: {name}") for name in sorted(unused)),
        ),
    )
