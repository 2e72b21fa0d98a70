"""Rules about cloze deletions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deckgen.standard import rule
from deckgen.standard.answers import symbols
from deckgen.standard.book import Book, Reading
from deckgen.standard.language import Language
from deckgen.standard.prose import FORMULA, Deletion, count
from deckgen.standard.rule import Finding

SENTENCE_END = re.compile(r"(?:[.!?;][\"'’”)\]]*(?=\s|$)|[。！？；])")
EDGES = " .,:;!?…\"'’“”«»()[]*_-–—"
AFTER_NAME = re.compile(r"\s*(?::|–|—|-(?=\s)|=|→)")
SINGLE_LETTER = re.compile(r"[A-Za-z](?![A-Za-z])")
NEAR = re.compile(rf"\s*(?:[\w-]+\s+)?{FORMULA}")


def cloze_count(book: Book, *, warn: int = 4, error: int = 6) -> Iterator[Finding]:
    """A cloze note makes at most 4 cards.

    More are a list to recite: each card shows all others, and they are learned by elimination.
    """
    for note in book.notes:
        number = len(note.question.numbers)
        if note.is_cloze and number > warn:
            message = f"{number} cloze numbers in one note, more than {warn}"
            hint = "split the note, or let deletions that belong together share a number"
            found = rule.error if number > error else rule.warning
            yield found(note, note.question.span, message, hint)


def cloze_length(book: Book, *, most: int = 8) -> Iterator[Finding]:
    """A deletion hides 1 to 8 words: what can be recalled word for word."""
    for note, deletion in _in_text(book):
        number = count(deletion.text)
        if number > most:
            message = f"a deletion of {number} words, more than {most}"
            hint = "hide what must be recalled, and show the rest"
            yield rule.warning(note, deletion.span, message, hint)


def cloze_sentence(book: Book) -> Iterator[Finding]:
    """A sentence hides one thing: each card shows the other blanks, and they answer each other.

    In lists and tables, each item and cell is a sentence.
    """
    for note in book.notes:
        before: Deletion | None = None
        for deletion in note.answer.in_text:
            if before and _same_sentence(note, before, deletion):
                message = f"c{before.number} and c{deletion.number} hide parts of one sentence"
                hint = "make two sentences, or give both one number"
                yield rule.warning(note, deletion.span, message, hint)
            before = deletion


def cloze_stop_word(book: Book, words: Language) -> Iterator[Finding]:
    """A deletion does not hide a word that any sentence has: grammar gives it away.

    An error.
    """
    for note, deletion in _in_text(book):
        hidden = deletion.text.strip(EDGES).lower()
        if hidden in words.stop_words:
            message = f"`{hidden}` follows from the grammar of the sentence"
            hint = "hide the word that carries the meaning"
            yield rule.error(note, deletion.span, message, hint)


def cloze_visible(book: Book, *, letters: int = 4) -> Iterator[Finding]:
    """What a deletion hides is not to be read elsewhere on its card.

    The title, the question above and the other sentences are visible while the blank is. An error.
    """
    for note, deletion in _in_text(book):
        hidden = _normal(deletion.text)
        if sum(character.isalpha() for character in hidden) < letters or FORMULA in hidden:
            continue
        pattern = re.compile(rf"(?<!\w){re.escape(hidden)}(?!\w)")
        for place, text in _shown(note, deletion.number):
            if pattern.search(_normal(text)):
                message = f"`{deletion.text}` can be read in {place}"
                hint = "word one of the two differently, or hide both under one number"
                yield rule.error(note, deletion.span, message, hint)
                break


def cloze_article(book: Book, words: Language) -> Iterator[Finding]:
    """No *a* or *an* before a blank: it tells what the hidden word begins with."""
    for note, deletion in _in_text(book):
        if words.articles.search(note.answer.before(deletion)):
            message = "the article before the blank tells how the hidden word begins"
            hint = "hide the article too"
            yield rule.warning(note, deletion.span, message, hint)


def cloze_initial(book: Book) -> Iterator[Finding]:
    """No symbol right behind a blank begins with the letter of the hidden word.

    *The … gate $f_t$* is the forget gate to those who know nothing else.
    """
    for note, deletion in _in_text(book):
        if not NEAR.match(note.answer.after(deletion)):
            continue
        block = note.answer.blocks[deletion.block]
        tex = block.formulas[block.text.count(FORMULA, 0, deletion.end)].strip()
        letter = SINGLE_LETTER.match(tex)
        if letter and deletion.text[:1].casefold() == letter[0].casefold():
            message = f"the symbol ${tex}$ begins like the hidden `{deletion.text}`"
            hint = "hide what it does, not its name"
            yield rule.warning(note, deletion.span, message, hint)


def cloze_closed_set(book: Book) -> Iterator[Finding]:
    """Of two or three siblings, hide what each does, not its name.

    With the names hidden, the last one is known by elimination, and the first by their number.
    """
    for note in book.notes:
        blocks = note.answer.blocks
        names = [
            deletion
            for deletion in note.answer.in_text
            if blocks[deletion.block].leads
            and not note.answer.before(deletion).strip()
            and AFTER_NAME.match(note.answer.after(deletion))
        ]
        if 2 <= len({deletion.number for deletion in names}) <= 3:
            message = f"the names of {len(names)} siblings are hidden: the last is no question"
            hint = "hide what each of them does"
            yield rule.warning(note, names[0].span, message, hint)


def cloze_formula(
    book: Book, *, shortest: int = 2, longest: int = 40, most: int = 3
) -> Iterator[Finding]:
    """A deletion in a formula hides a term: 2 to 40 characters of TeX, at most 3 in a formula.

    One letter is guessed from the others, and a whole equation is copied, not understood.
    """
    for note in book.notes:
        numbers: dict[int, set[int]] = {}
        for deletion in note.answer.deletions:
            if deletion.tex is None:
                continue
            numbers.setdefault(deletion.formula, set()).add(deletion.number)
            length = len(re.sub(r"\s", "", deletion.tex))
            if symbols(deletion.tex) < shortest:
                message = f"the deletion hides one symbol of the formula, `{deletion.tex}`"
                yield rule.warning(note, deletion.span, message, "hide the term that it stands in")
            elif length > longest:
                message = f"the deletion hides {length} characters of TeX, more than {longest}"
                yield rule.warning(note, deletion.span, message, "hide one term")
        for place, found in numbers.items():
            if len(found) > most:
                message = f"{len(found)} blanks in one formula, more than {most}"
                hint = "make a note of each part, or hide what belongs together under one number"
                yield rule.warning(note, note.answer.formulas[place].span, message, hint)


def _in_text(book: Book) -> Iterator[tuple[Reading, Deletion]]:
    """Each deletion that hides words."""
    for note in book.notes:
        yield from ((note, deletion) for deletion in note.answer.in_text)


def _same_sentence(note: Reading, first: Deletion, second: Deletion) -> bool:
    if first.block != second.block or first.number == second.number:
        return False
    text = note.answer.blocks[first.block].text
    return SENTENCE_END.search(text, first.start, second.start) is None


def _shown(note: Reading, number: int) -> Iterator[tuple[str, str]]:
    """What can be read on the front of the card of a cloze number, and where."""
    yield "the title", note.asked
    yield "the question above", note.context.text
    for block in note.answer.blocks:
        text = list(block.text)
        for hidden in block.hidden:
            if hidden.number == number:
                text[hidden.start : hidden.end] = " " * (hidden.end - hidden.start)
        yield "the rest of the note", "".join(text)


def _normal(text: str) -> str:
    return " ".join(text.casefold().split()).strip(EDGES)
