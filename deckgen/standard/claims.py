"""Rules about what a card claims, with which source, and in which style."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from deckgen.standard import rule
from deckgen.standard.book import Book, Reading
from deckgen.standard.data import names
from deckgen.standard.language import Language
from deckgen.standard.prose import FORMULA, Block
from deckgen.standard.rule import Finding

SYMBOL = re.compile(r"(?:[A-Za-z]|\\[A-Za-z]+)")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“]*“")
# A number that counts or measures: a year, a percentage, a decimal, or one of several digits.
MEASURE = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)+|(?<![\w.-])\d{2,}(?![\w-])|\d\s*(?:%|percent\b)")


def source_missing(book: Book) -> Iterator[Finding]:
    """A note cites where it comes from.

    A learner who doubts a card can look it up, and so can the reviewer. Silent for a deck that has
    not adopted the standard and cites nothing at all.
    """
    cites = any(note.question.citations for note in book.notes)
    if not cites and not book.adopted:
        return
    for note in book.notes:
        if not note.question.citations:
            hint = "add `sources: [key locator]` to its comment, or to the front matter"
            yield rule.warning(note, note.question.span, "the note cites no source", hint)


def number_source(book: Book) -> Iterator[Finding]:
    """A number, a year or a percentage in a follow-up has a source with a locator.

    A wrong number cannot be told from a right one by thinking, only by looking it up.
    """
    for note in book.notes:
        cited = note.question.citations
        if note.spoken or not cited or any(citation.locator for citation in cited):
            continue
        for block in note.answer.blocks:
            if number := MEASURE.search(block.text):
                message = f"no place in the source is given for `{number[0]}`"
                hint = "cite `key locator`, such as `isl §8.2`"
                yield rule.warning(note, book.find(number[0], block.span), message, hint)
                break


def claim_undated(book: Book, words: Language) -> Iterator[Finding]:
    """What will be false in a year says of which month it is: `as-of: 2026-11` in the comment.

    Words such as *currently* and *state of the art*, and names of products, age in silence. A
    paragraph that names a year is dated.
    """
    for note in book.notes:
        if note.question.as_of:
            continue
        for block in (*note.prompt.blocks, *_below(note)):
            dated = words.dated.search(block.text)
            if dated and not YEAR.search(block.text):
                message = f"`{dated[0]}` will not stay true"
                hint = "add `as-of: YYYY-MM` to the comment, or say what does not age"
                yield rule.warning(note, book.find(dated[0], block.span), message, hint)
                break


def claim_absolute(book: Book, words: Language) -> Iterator[Finding]:
    """*Always*, *never*, *guarantees* and *best* stand only where a theorem says so.

    Most wrong cards are right in the usual case and claim all cases.
    """
    for note in book.notes:
        for block in note.answer.blocks:
            text = QUOTED.sub(lambda quoted: " " * len(quoted[0]), block.text)
            for absolute in words.absolute.finditer(text):
                if words.hedged.search(text, 0, absolute.start()):
                    continue
                message = f"`{absolute[0]}` claims all cases"
                hint = "say when it holds; or allow it: name the theorem as the reason"
                yield rule.warning(note, book.find(absolute[0], block.span), message, hint)
                break


def filler(book: Book, words: Language) -> Iterator[Finding]:
    """No filler, no marketing, no *the interviewer wants*: each word is read at every review."""
    for note in book.notes:
        for block in _below(note):
            if phrase := words.filler.search(block.text):
                message = f"`{phrase[0]}` says nothing"
                span = book.find(phrase[0], block.span)
                yield rule.warning(note, span, message, "leave it out")


def spelling_mixed(book: Book, words: Language) -> Iterator[Finding]:
    """One spelling in the whole deck, British or American.

    `language: en-GB` or `en-US` in `deck.yaml` says which; otherwise it is the one that the deck
    uses more often. A search in Anki finds only the spelling that is typed.
    """
    found: list[tuple[Reading, Block, str, str]] = []
    for note in book.notes:
        for block in (*note.prompt.blocks, *_below(note)):
            for variety, pattern in words.spelling:
                spelled = pattern.finditer(block.text)
                found += ((note, block, variety, match[0]) for match in spelled)
    counted = Counter(variety for _, _, variety, _ in found)
    if not counted:
        return
    region = book.config.language.partition("-")[2].upper()
    usual = {"GB": "British", "US": "American"}.get(region) or counted.most_common(1)[0][0]
    for note, block, variety, word in found:
        if variety != usual:
            message = f"`{word}` is {variety} spelling, and the deck's is {usual}"
            hint = "spell it as the rest of the deck"
            yield rule.warning(note, book.find(word, block.span), message, hint)


def symbol_meaning(book: Book) -> Iterator[Finding]:
    """A letter means one thing in the whole deck, and a thing has one letter.

    `symbols` in `standard.yaml` lists them: `n: [samples, observations]`. Found is `$m$ samples`,
    where another letter stands before a word that the list gives to `n`, and `$n$ classes`.
    """
    meant: dict[str, set[str]] = {}
    for symbol in book.data.symbols:
        for meaning in symbol.meanings:
            meant.setdefault(meaning.casefold(), set()).add(symbol.tex)
    nouns = names(tuple(meant))
    if nouns is None:
        return
    behind = re.compile(rf"(?<!than ){FORMULA} ({nouns.pattern})", re.IGNORECASE)
    for note in book.notes:
        for block in (*note.prompt.blocks, *_below(note)):
            for match in behind.finditer(block.text):
                tex = block.formulas[block.text.count(FORMULA, 0, match.start())].strip()
                noun = match[1].casefold()
                letters = meant.get(noun) or meant.get(noun.removesuffix("s")) or set()
                if SYMBOL.fullmatch(tex) and letters and tex not in letters:
                    usual = " or ".join(f"${letter}$" for letter in sorted(letters))
                    message = f"${tex}$ {match[1]}: elsewhere in the deck they are {usual}"
                    hint = "use the deck's letter, or list this one in standard.yaml"
                    span = book.find(match[1], block.span)
                    yield rule.warning(note, span, message, hint)


def _below(note: Reading) -> Iterator[Block]:
    """The blocks of the answer and the callouts."""
    for part in note.parts:
        yield from part.blocks
