"""Rules across notes: what belongs together, what comes first, and what is said twice."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from deckgen.standard import rule
from deckgen.standard.book import Book, Reading
from deckgen.standard.data import Pair, names
from deckgen.standard.language import Language
from deckgen.standard.prose import Prose
from deckgen.standard.rule import Finding

TOKEN = re.compile(r"\\?\w+|[^\w\s.,:;!?…\"'’“”«»()*_–—-]")
SHORTEST_ANSWER = 4  # words; shorter ones may well answer two questions
CONTRAST = ("kind::contrast",)
MOST_COMPARED = 200  # sets that share a member


def why_or_when(
    book: Book,
    *,
    of: tuple[str, ...] = ("level::core",),
    tags: tuple[str, ...] = ("kind::why", "kind::when", "kind::trap"),
) -> Iterator[Finding]:
    """A core question has a follow-up that asks why, when, or what goes wrong.

    What something is can be recited without knowing what it is for. Looks at questions that have
    follow-ups and the tag `level::core`, and is silent in a deck without such tags.
    """
    if not any(note.tagged(*tags) for note in book.notes):
        return
    for note in book.notes:
        follow_ups = book.families.get(note.key, ())
        if not note.spoken or not follow_ups or not note.tagged(*of):
            continue
        if not any(other.tagged(*tags) for other in (note, *follow_ups)):
            message = "no follow-up asks why, when, or what goes wrong"
            hint = f"add one with the tag {tags[0]}, or tag the one that does"
            yield rule.warning(note, note.question.span, message, hint)


def definition_reverse(
    book: Book, words: Language, *, tags: tuple[str, ...] = ("kind::what",)
) -> Iterator[Finding]:
    """A definition is asked both ways, by two prompts written by hand.

    Who can say what a term means need not find the term for what is meant. The second note says
    `reverse-of: id-of-the-first`. `reverse: true` only swaps the sides, and a swapped definition
    is rarely a question. Looks at notes with the tag `kind::what` that ask what something is.
    """
    answered = {note.question.reverse_of.text for note in book.notes if note.question.reverse_of}
    for note in book.notes:
        if note.is_cloze or not note.tagged(*tags) or not words.definition.match(note.asked):
            continue
        if note.question.reverse:
            message = "the definition is only swapped by `reverse: true`"
            hint = f"write the second prompt by hand, with `reverse-of: {note.key}`"
            yield rule.warning(note, note.question.span, message, hint)
        elif note.key not in answered and not note.question.reverse_of:
            message = "the definition is asked in one direction only"
            hint = f"add a note that asks for the term, with `reverse-of: {note.key}`"
            yield rule.warning(note, note.question.span, message, hint)


def reverse_known(book: Book) -> Iterator[Finding]:
    """`reverse-of` names another note of the deck.

    An error.
    """
    for note in book.notes:
        if (named := note.question.reverse_of) is None:
            continue
        if named.text == note.key or named.text not in book.order:
            message = f"`reverse-of` names no other note: `{named.text}`"
            yield rule.error(note, named.span, message, _known(book, named.text))


def prompt_twice(book: Book) -> Iterator[Finding]:
    """No two basic notes ask the same, letter case and punctuation aside.

    Both cannot be answered: a cue must set them apart. The question above a follow-up is no such
    cue, for a prompt is to stand alone. An error.
    """
    first: dict[str, Reading] = {}
    for note in book.notes:
        asked = " ".join(_tokens(note.prompt))
        if not asked or note.is_cloze:
            continue
        other = first.setdefault(asked, note)
        if other is not note:
            message = f"`{other.key}` in {other.question.span.path} asks the same"
            hint = "say in each what sets it apart"
            yield rule.error(note, note.question.span, message, hint)


def answer_twice(book: Book, *, fewest: int = SHORTEST_ANSWER) -> Iterator[Finding]:
    """No two notes have the same answer, unless it is a word or two."""
    first: dict[str, Reading] = {}
    for note in book.notes:
        tokens = _tokens(note.answer)
        if len(tokens) < fewest:
            continue
        other = first.setdefault(" ".join(tokens), note)
        if other is not note:
            message = f"`{other.key}` in {other.question.span.path} has the same answer"
            hint = "ask for it once, or answer each with what sets it apart"
            yield rule.warning(note, note.question.span, message, hint)


def note_alike(book: Book, *, percent: int = 80, fewest: int = 8) -> Iterator[Finding]:
    """No two notes share four fifths of their words.

    Cards that look alike are mixed up at every review. Those that must be close carry the cue
    that sets them apart. Looks at notes of at least 8 different words.
    """
    sets = [{*_tokens(note.prompt), *_tokens(note.answer)} for note in book.notes]
    for one, other in alike(sets, percent / 100, fewest):
        first, second = book.notes[one], book.notes[other]
        if _tokens(first.prompt) == _tokens(second.prompt):
            continue  # told by `prompt-twice`
        message = f"nearly the words of `{first.key}` in {first.question.span.path}"
        hint = "keep one of them, or say in each what sets it apart"
        yield rule.warning(second, second.question.span, message, hint)


def alike(sets: Sequence[set[str]], least: float, smallest: int) -> Iterator[tuple[int, int]]:
    """Pairs of 0-based indexes of sets whose Jaccard index is at least `least`.

    Each set stands second in one pair at most; those of fewer than `smallest` members in none.
    Two such sets share a member among the rarest of each (prefix filtering), so only sets with a
    rare member in common are compared, and of each member only the first `MOST_COMPARED`.
    """
    frequency = Counter(member for members in sets for member in members)
    by_member: dict[str, list[int]] = {}
    large = (index for index, members in enumerate(sets) if len(members) >= smallest)
    for index in sorted(large, key=lambda index: (len(sets[index]), index)):
        members = sorted(sets[index], key=lambda member: (frequency[member], member))
        size = len(members)
        prefix = members[: size - _ceil(size * least) + 1]
        candidates: set[int] = set()
        for member in prefix:
            holders = by_member.setdefault(member, [])
            candidates.update(holders)
            if len(holders) < MOST_COMPARED:
                holders.append(index)
        for other in sorted(candidates):
            common = len(sets[index] & sets[other])
            if common >= least * (size + len(sets[other]) - common):
                yield min(index, other), max(index, other)
                break


def pair_contrast(book: Book, *, tags: tuple[str, ...] = CONTRAST) -> Iterator[Finding]:
    """Each pair that learners confuse has a card that sets the two apart.

    `pairs` in `standard.yaml` lists them: `- {one: precision, other: recall}`. The card has the
    tag `kind::contrast` and names both, or the pair names it: `note: precision-recall`.
    """
    for pair in uncontrasted(book, tags):
        if pair.note:
            message = f"the pair's note `{pair.note}` is not in the deck"
            hint = _known(book, pair.note)
        else:
            message = f"no card sets {pair.one[0]} and {pair.other[0]} apart"
            hint = f"write one with the tag {tags[0]} that names both"
        yield rule.warning(None, pair.span, message, hint)


def uncontrasted(book: Book, tags: tuple[str, ...] = CONTRAST) -> tuple[Pair, ...]:
    """The confusable pairs that no card sets apart."""
    contrasts = [note for note in book.notes if note.tagged(*tags)]
    left: list[Pair] = []
    for pair in book.data.pairs:
        if pair.note:
            contrasted = pair.note in book.by_key
        else:
            one, other = names(pair.one), names(pair.other)
            contrasted = any(_names(n, one) and _names(n, other) for n in contrasts)
        if not contrasted:
            left.append(pair)
    return tuple(left)


def note_reviewed(book: Book) -> Iterator[Finding]:
    """What is asked most was reviewed by someone who did not write it, before learners get it.

    Each note that answers a row of `topics.yaml` with `prio: 1`, and each of its follow-ups that
    answers no other row, has a line in `reviews.tsv`: its id, a date, the verdict. An error, in a
    deck that has both files.
    """
    if book.reviewed is None:
        return
    for note in book.notes:
        if book.priority(note) == 1 and note.key not in book.reviewed:
            hint = "have it reviewed (docs/review.md), and add its line to reviews.tsv"
            yield rule.error(note, note.question.span, "nobody has reviewed this note", hint)


def needs_known(book: Book) -> Iterator[Finding]:
    """What `needs` names is in the deck.

    An error.
    """
    for note in book.notes:
        for named in note.question.needs:
            if named.text not in book.order:
                message = f"`needs` names no note: `{named.text}`"
                yield rule.error(note, named.span, message, _known(book, named.text))


def needs_first(book: Book) -> Iterator[Finding]:
    """What a note `needs` comes up before it, and nothing needs itself.

    New cards come up in the order of the files' paths, and in each file from top to bottom. What
    is learned before its grounds is learned by heart. An error.
    """
    for note in book.notes:
        for named in note.question.needs:
            place = book.order.get(named.text)
            if place is None or place < note.place:
                continue
            if _needs(book, named.text, note.key):
                message = f"`{note.key}` and `{named.text}` need each other"
                hint = "drop one of the two `needs`"
            else:
                message = f"`{named.text}`, which this note needs, comes up after it"
                hint = "move one of them: order follows the files' names, then their lines"
            yield rule.error(note, named.span, message, hint)


def _needs(book: Book, start: str, goal: str) -> bool:
    """Whether the note `start` needs the note `goal`, directly or not."""
    seen: set[str] = set()
    pending = [start]
    while pending:
        key = pending.pop()
        if key == goal:
            return True
        if key in seen or key not in book.by_key:
            continue
        seen.add(key)
        pending += (named.text for named in book.by_key[key].question.needs)
    return False


def _known(book: Book, key: str) -> str:
    if key in book.drafts:
        return "that note is a draft, which is left out of the package"
    near = difflib.get_close_matches(key, book.order, 1, 0.6)
    return f"did you mean `{near[0]}`?" if near else "write the id of a note"


def _names(note: Reading, pattern: re.Pattern[str] | None) -> bool:
    shown = (note.prompt, note.context, *note.parts)
    return pattern is not None and any(pattern.search(part.full) for part in shown)


def _tokens(part: Prose) -> list[str]:
    """The words, symbols and pictures of a passage, in lower case."""
    pictures = (picture.address for picture in part.pictures)
    code = (code.passage.text for code in part.codes)
    shown = " ".join((part.full, *pictures, *code))
    return TOKEN.findall(unicodedata.normalize("NFKC", shown).casefold())


def _ceil(number: float) -> int:
    return -int(-number // 1)
