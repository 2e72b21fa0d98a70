"""Rules about what a card asks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deckgen.diagnostic import Span
from deckgen.standard import rule
from deckgen.standard.book import Book, Reading
from deckgen.standard.data import names
from deckgen.standard.language import Language
from deckgen.standard.prose import count
from deckgen.standard.prose import words as words_of
from deckgen.standard.rule import Finding

QUESTION_MARKS = "?？؟;⸮՞፧⁇⁈⁉‽"
CLOSING = "\"'’”»)]"
EDGES = ".,:;!?…\"'’“”«»()[]"
# `Why is it hard to say …`: what follows is the subject.
EXPLETIVE = re.compile(r"\bit\b.*\b(?:to|that|when|if|whether|for|\w+ing)\b", re.IGNORECASE)
# After `this` or `these`, a word that is no noun of its own.
NO_NOUN = frozenset(
    "matter matters mean happen happens work works help helps hold holds fail fails differ apply "
    "do be have not to in of for with from by at on and or but good bad true false hard easy "
    "useful so called possible necessary".split()
)


def prompt_yes_no(book: Book, words: Language) -> Iterator[Finding]:
    """A prompt is no yes/no question.

    Half of all guesses are right, and saying *yes* recalls nothing. Ask what, why or when. An
    error in a follow-up; also found is an answer that starts with yes, no, true or false.
    """
    for note in book.notes:
        tokens = _tokens(note)
        if tokens and tokens[0] in words.asks_yes_no and _asks(note):
            message = f"`{words_of(note.asked)[0]} …?` can be answered by yes or no"
            hint = "ask what, why, when or how, so that the answer says it"
            found = rule.warning if note.spoken else rule.error
            yield found(note, note.question.span, message, hint)
        elif not note.is_cloze and (answer := words.yes_no.match(note.answer.text.strip())):
            message = f"the answer starts with `{answer[0]}`"
            hint = "ask so that the reason is the answer"
            found = rule.warning if note.spoken else rule.error
            yield found(note, _first_words(book, note, answer[0]), message, hint)


def prompt_either_or(book: Book, words: Language) -> Iterator[Finding]:
    """A prompt does not offer the answer among its alternatives.

    *Is it A or B?* is a coin toss. Ask *which … and why*, so that the reason has to be recalled.
    """
    for note in book.notes:
        first = _tokens_of(note.answer.text)[:1]
        if note.is_cloze or not first:
            continue
        for offered in words.alternatives.finditer(note.asked):
            choices = {offered[1].lower(), offered[2].lower()}
            if first[0] in choices and not choices & words.stop_words:
                span = book.find(offered[0], note.question.span)
                message = f"`{offered[0]}` names the answer, `{first[0]}`"
                yield rule.warning(note, span, message, "ask for the reason: `which …, and why?`")
                break


def prompt_two_questions(book: Book, words: Language) -> Iterator[Finding]:
    """A follow-up's prompt asks one thing.

    Two verbs joined by *and* are two answers, of which one will be forgotten; the card is then
    neither known nor unknown.
    """
    verbs = "|".join(sorted(words.verbs))
    asked = rf"({verbs}),? and (?:how (?:do|would) (?:you|we) )?({verbs})\b"
    # Only where a verb can stand: `train and test error` are nouns.
    pattern = re.compile(rf"(?:^|\b(?:you|we|one|to|should|would|can) )({asked})", re.IGNORECASE)
    for note in book.notes:
        if not note.spoken and not note.is_cloze and (two := pattern.search(note.asked)):
            message = f"`{two[1]}` asks for two things"
            hint = "make a follow-up of each"
            yield rule.warning(note, book.find(two[1], note.question.span), message, hint)


def prompt_vague(book: Book, words: Language) -> Iterator[Finding]:
    """A follow-up's prompt has one answer.

    *Explain* and *describe* admit a hundred right answers, so the learner cannot tell whether
    theirs was one. A question to speak aloud about may be open.
    """
    for note in book.notes:
        if not note.spoken and not note.is_cloze and (opener := words.vague.match(note.asked)):
            message = f"`{opener[0]}` does not say when the answer is complete"
            hint = "ask for the one thing to recall: what, why, when, how many"
            yield rule.warning(note, book.find(opener[0], note.question.span), message, hint)


def prompt_pronoun(book: Book, words: Language) -> Iterator[Finding]:
    """A prompt names what it is about, and does not start with a pronoun.

    Cards come up alone, months after the one that *it* meant. An error.
    """
    for note in book.notes:
        if pronoun := _orphan(note, words):
            message = f"`{pronoun}` stands for nothing on this card"
            span = book.find(pronoun, note.question.span)
            yield rule.error(note, span, message, "name it: the card comes up alone")


def prompt_topic(book: Book) -> Iterator[Finding]:
    """A follow-up's prompt names its topic: it holds one of the `terms` of `standard.yaml`.

    A prompt that could belong to several subjects is answered by recognizing the card, not by
    knowing. Silent for a deck that lists no terms.
    """
    pattern = names(book.data.terms)
    for note in book.notes:
        if pattern is None or note.spoken or note.is_cloze:
            continue
        if not pattern.search(note.prompt.full):
            message = "the prompt holds no term of the subject"
            hint = "name the topic in it; a term that is missing goes into standard.yaml"
            yield rule.warning(note, note.question.span, message, hint)


def prompt_length(book: Book, *, fewest: int = 3, most: int = 20) -> Iterator[Finding]:
    """A prompt is short, and still a question: about 4 to 18 words.

    Reading takes time at every review, and long prompts are learned by their looks.
    """
    for note in book.notes:
        number = count(note.asked)
        if number > most:
            message = f"the prompt has {number} words, more than {most}"
            hint = "ask in one line; what must be said first belongs above, or in the answer"
            yield rule.warning(note, note.question.span, message, hint)
        elif number < fewest and not note.is_cloze and _asks(note):
            message = f"the prompt has {number} words, fewer than {fewest}"
            hint = "say what about it: the card comes up alone"
            yield rule.warning(note, note.question.span, message, hint)


def prompt_mark(book: Book, words: Language) -> Iterator[Finding]:
    """A basic note's prompt is a question, or a task: it ends in a question mark, or starts with
    *Code:*, *Write*, *Design:* or another verb that says what to do.

    A heading that only names a topic does not say what to recall. An error.
    """
    for note in book.notes:
        if note.is_cloze or _asks(note) or words.imperatives.match(note.asked):
            continue
        if note.asked:
            message = "the prompt asks nothing"
            hint = "write a question that ends in `?`, or a task: `Write …`, `Design: …`"
            yield rule.error(note, note.question.span, message, hint)


def _asks(note: Reading) -> bool:
    return note.asked.rstrip(CLOSING + " ").endswith(tuple(QUESTION_MARKS))


def _tokens(note: Reading) -> list[str]:
    return _tokens_of(note.asked)


def _tokens_of(text: str) -> list[str]:
    return [token.strip(EDGES).lower().replace("’", "'") for token in words_of(text)]


def _orphan(note: Reading, words: Language) -> str:
    """The pronoun that is a prompt's first noun phrase; empty if there is none."""
    if note.is_cloze and not _asks(note):
        return ""
    tokens = _tokens(note)
    at = 0
    while at < len(tokens) and tokens[at] in words.question_words | words.auxiliaries:
        at += 1
    if at == len(tokens):
        return ""
    first, then = tokens[at], tokens[at + 1 : at + 2]
    if first == "the" and then in (["former"], ["latter"], ["above"]):
        return f"the {then[0]}"
    pronoun = words_of(note.asked)[at].strip(EDGES)
    if first not in words.pronouns or (at and pronoun[0].isupper()):  # `He` initialization
        return ""
    if first == "it" and EXPLETIVE.search(note.asked):
        return ""
    if first in words.determiners and then and then[0] not in NO_NOUN:
        return ""
    return pronoun


def _first_words(book: Book, note: Reading, words: str) -> Span:
    return book.find(words, note.answer.blocks[0].span)
