"""The twenty rules, and the checks of each: the list is the documentation."""

from __future__ import annotations

from deckgen.standard import across, answers, claims, clozes, prompts
from deckgen.standard.rule import Article, Check, code

STANDARD: tuple[Article, ...] = (
    Article(
        "One idea per follow-up; at most five points to speak about",
        (answers.answer_length, answers.answer_shape, prompts.prompt_two_questions),
        "Is it one idea? Could words go?",
    ),
    Article("No yes/no questions", (prompts.prompt_yes_no,)),
    Article("No choice that contains the answer", (prompts.prompt_either_or,)),
    Article("No list of more than four to recall", (answers.list_length, clozes.cloze_count)),
    Article(
        "A prompt has one answer",
        (prompts.prompt_vague,),
        "Answer the prompt alone. Does it admit another right answer? Then the prompt is wrong.",
    ),
    Article("A prompt stands alone", (prompts.prompt_pronoun, prompts.prompt_topic)),
    Article("A prompt is short, and asks", (prompts.prompt_length, prompts.prompt_mark)),
    Article(
        "A formula is explained, and hides a term",
        (answers.formula_words, clozes.cloze_formula),
        "Is each symbol named that is not obvious?",
    ),
    Article("What, and also why and when not", (across.why_or_when,)),
    Article(
        "Definitions are asked both ways, by hand",
        (across.definition_reverse, across.reverse_known),
    ),
    Article(
        "What is alike is set apart, and said once",
        (across.prompt_twice, across.answer_twice, across.note_alike, across.pair_contrast),
        "Would a learner mix this card up with another? Then which word sets it apart?",
    ),
    Article(
        "A blank cannot be guessed",
        (
            clozes.cloze_stop_word,
            clozes.cloze_visible,
            clozes.cloze_article,
            clozes.cloze_initial,
            clozes.cloze_closed_set,
        ),
        "Fill the blank without knowing the subject. If that works, hide something else.",
    ),
    Article(
        "A blank is short, one to a sentence",
        (clozes.cloze_length, clozes.cloze_sentence),
        "Does the sentence stand alone?",
    ),
    Article(
        "Each note cites its source, with the place in it",
        (claims.source_missing, claims.number_source),
        "Open the source at the place: does it say so?",
    ),
    Article(
        "What ages is dated; nothing is absolute without a theorem",
        (claims.claim_undated, claims.claim_absolute),
        "Try to refute each claim: its limits, its exceptions.",
    ),
    Article(
        "Plain words, one spelling",
        (claims.filler, claims.spelling_mixed),
        "Read it aloud. Would one say it so?",
    ),
    Article("One letter, one meaning", (claims.symbol_meaning,)),
    Article(
        "It fits a phone",
        (answers.table_columns, answers.code_size, answers.formula_width, answers.picture_width),
    ),
    Article(
        "What is built upon comes first",
        (across.needs_known, across.needs_first),
        "Could the card be understood without those after it?",
    ),
    Article(
        "Two people have tried it",
        (across.note_reviewed,),
        "Someone who did not write it answers from the prompt alone, and someone tries to refute "
        "the answer. What they find is kept with the content.",
    ),
)
CHECKS: dict[str, Check] = {code(check): check for rule in STANDARD for check in rule.checks}
