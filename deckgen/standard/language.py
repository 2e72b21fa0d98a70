"""The words that rules look for, by language: a rule without words for a deck's language is silent.

Each list is in lower case. In `SPELLING`, a stem and its endings; the rest of a word is free.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """What rules must know of one language.

    `asks_yes_no` are the first words of yes/no questions, `yes_no` those of their answers.
    `vague` and `imperatives` are openings of prompts. `question_words` and `auxiliaries` may stand
    before a question's subject, and `pronouns` name none. `verbs` are those that prompts ask with.
    `filler`, `dated` and `absolute` are patterns, `hedged` what takes an absolute word back.
    `spelling` has a pattern for each of two varieties, by the name of the variety.
    """

    asks_yes_no: frozenset[str]
    yes_no: re.Pattern[str]
    stop_words: frozenset[str]
    question_words: frozenset[str]
    auxiliaries: frozenset[str]
    pronouns: frozenset[str]
    determiners: frozenset[str]
    verbs: frozenset[str]
    vague: re.Pattern[str]
    imperatives: re.Pattern[str]
    alternatives: re.Pattern[str]
    articles: re.Pattern[str]
    definition: re.Pattern[str]
    filler: re.Pattern[str]
    dated: re.Pattern[str]
    absolute: re.Pattern[str]
    hedged: re.Pattern[str]
    spelling: tuple[tuple[str, re.Pattern[str]], ...]


def of(tag: str) -> Language | None:
    """The words of the language that `en` or `pt-BR` means, if there are any."""
    return LANGUAGES.get(tag.partition("-")[0].lower())


def _phrases(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(patterns)})(?![\w-])", re.IGNORECASE)


# Verbs and nouns in -ize or -ise; of each, only forms that no other word shares.
IZE = (
    "amort author bin?ar cannibal capital categor central character custom decentral discret "
    "emphas equal factor final formal general global hypothes ideal immun initial "
    "international local margin?al marginal material maxim memor minim modern modular monet "
    "neutral normal optim organ orthogonal parallel parametr penal permut personal polar "
    "prior priorit quant quantit random real recogn regular reorgan serial sparse special "
    "stabil standard summar symbol synchron token trivial util vector visual"
).split()
OUR = "behavi col fav flav harb hon hum lab neighb rig rum sav vap vig".split()
PAIRS = (
    ("centre", "center"),
    ("centred", "centered"),
    ("centres", "centers"),
    ("grey", "gray"),
    ("modelling", "modeling"),
    ("modelled", "modeled"),
    ("labelling", "labeling"),
    ("labelled", "labeled"),
    ("unlabelled", "unlabeled"),
    ("mislabelled", "mislabeled"),
    ("travelling", "traveling"),
    ("cancelled", "canceled"),
    ("signalling", "signaling"),
    ("channelled", "channeled"),
    ("analyse", "analyze"),
    ("analysed", "analyzed"),
    ("analysing", "analyzing"),
    ("artefact", "artifact"),
    ("artefacts", "artifacts"),
    ("catalogue", "catalog"),
    ("defence", "defense"),
    ("offence", "offense"),
    ("fulfil", "fulfill"),
    ("judgement", "judgment"),
    ("maths", "math"),
    ("sceptical", "skeptical"),
    ("ageing", "aging"),
    ("towards", "toward"),
    ("whilst", "while"),
)
NO_VARIETY = frozenset({"toward", "towards", "while", "whilst"})  # both use either


def _variety(suffix: str, our: str, words: list[str]) -> re.Pattern[str]:
    ize = rf"(?:{'|'.join(IZE)}){suffix}(?:e|es|ed|er|ers|ing|ation|ations|able)"
    stems = rf"(?:{'|'.join(OUR)}){our}(?:|s|ed|ing|able|al|hood|hoods|ite|ites|ful)"
    kept = [word for word in words if word not in NO_VARIETY]
    return re.compile(rf"\b(?:(?:re|un|de|non-?)?{ize}|{stems}|{'|'.join(kept)})\b", re.IGNORECASE)


NEGATION = r"(?:not|n't|n’t|cannot|nor|no|without|rarely|seldom|hardly|almost|nearly|neither)"
ENGLISH = Language(
    asks_yes_no=frozenset(
        "is are do does did can could should will would has have was were isn't aren't don't "
        "doesn't didn't can't couldn't shouldn't won't wouldn't hasn't haven't".split()
    ),
    yes_no=re.compile(r"(?:yes|no|true|false)(?=\s*(?:[.,:;!—–]|$)|\s+-)", re.IGNORECASE),
    stop_words=frozenset(
        "a an the and or but nor so yet if of in on at by to for from with without into onto over "
        "under as than then that this these those it its he she they them their his her we us our "
        "you your i me my is are was were be been being am do does did done has have had can could "
        "will would shall should may might must there here which who whom whose what when where "
        "why how very too also just such".split()
    ),
    question_words=frozenset("what why how when where which who whom whose".split()),
    auxiliaries=frozenset(
        "is are was were do does did can could should will would has have had may might must am "
        "exactly then else".split()
    ),
    pronouns=frozenset("it they these this that those them he she".split()),
    determiners=frozenset("this that these those".split()),
    verbs=frozenset(
        "apply avoid build calculate check choose clean compare compute correct create debug "
        "define deploy derive describe design detect diagnose differ estimate evaluate explain "
        "find fix handle identify implement improve initialize interpret justify list measure "
        "mitigate monitor name pick prevent prove reduce remove repair select solve split state "
        "test train treat tune use validate verify".split()
    ),
    vague=_phrases(
        *("tell me", "explain", "describe", "discuss", "elaborate", r"what about \w+(?: \w+)?\?"),
        *("talk about", "what do you know", "what can you (?:say|tell)", "give an overview"),
    ),
    imperatives=re.compile(
        r"(?:code|write|design|derive|compute|calculate|implement|prove|show|sketch|draw"
        r"|translate|complete|solve)\b",
        re.IGNORECASE,
    ),
    alternatives=re.compile(r"\b([\w-]+) or (?:(?:an?|the) )?([\w-]+)\b", re.IGNORECASE),
    articles=re.compile(r"(?:^|[\s(])an?\s*$", re.IGNORECASE),
    definition=re.compile(
        r"what (?:(?:is|are) (?!.*\b(?:about|for|in|on|with|to|wrong|not|by)\b)"
        r"(?:[\w\x14'’/-]+ ?){1,5}|does .* (?:mean|stand for))\?$",
        re.IGNORECASE,
    ),
    filler=_phrases(
        *("in other words", "it is important to note", "it should be noted", "it is worth noting"),
        *("note that", "needless to say", "as we all know", "as you know", "as everyone knows"),
        *("the interviewer (?:wants|is looking|expects|will)", "impress the interviewer"),
        *("in this question", "in this article", "in this section", "basically"),
        *("simply put", "at the end of the day", "when it comes to", "plays? a (?:key|vital) role"),
        *("plays? a crucial role", "powerful tool", "game[- ]chang(?:er|ing)", "cutting[- ]edge"),
        *("world[- ]class", "state-of-the-art solutions?", "delve", "leverage the power"),
        *("in today's world", "as mentioned (?:above|earlier|before)", "due to the fact that"),
        *("in order to", "a wide (?:range|variety) of", "first and foremost", "last but not least"),
    ),
    dated=_phrases(
        *("state[- ]of[- ]the[- ]art", "sota", "currently", "nowadays"),
        *("recently", "these days", "as of (?:now|today|this writing)", "in recent years"),
        r"(?:latest|newest|recent|modern) (?:large )?(?:language )?"
        r"(?:models|work|papers|research|studies|results|advances|llms|gpus)",
        *(r"gpt-?\d[\w.-]*", r"claude(?: [\w.]+)?", r"gemini(?: [\w.]+)?", r"llama[ -]?\d[\w.]*"),
        r"version \d[\w.]*",
    ),
    absolute=_phrases(
        *("always", "guarantees?", "guaranteed", "eliminates?", "solves"),
        *("(?:is|are|be|becomes?) impossible", "impossible to"),
        # What never happened is a fact about it, what never happens a claim.
        r"never(?! (?:\w+ed|seen|saw|been|drew|drawn|met|had|was|were|shown|given|made|found)\b)",
        *("the best (?:way|choice|model|method|approach|algorithm|option|metric|loss|optimizer)",),
        *("(?:is|are) (?:the )?best", "works? best", "in all cases", "cannot fail"),
    ),
    hedged=re.compile(rf"\b{NEGATION}(?:\s+[\w-]+){{0,2}}\s*$", re.IGNORECASE),
    spelling=(
        ("British", _variety("is", "our", [british for british, _ in PAIRS])),
        ("American", _variety("iz", "or", [american for _, american in PAIRS])),
    ),
)
LANGUAGES = {"en": ENGLISH}
