"""Rules about what a card answers, and how it fits a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deckgen.diagnostic import Span
from deckgen.segment import Code
from deckgen.standard import rule
from deckgen.standard.book import Book, Reading, first_line
from deckgen.standard.prose import FORMULA, Prose, count
from deckgen.standard.rule import Finding

COMMAND = re.compile(r"\\([A-Za-z]+)\*?|\\(.)")
BROKEN = re.compile(r"\\\\|\\begin\{(?:aligned|align|split|gather|multline|cases)")
TEXT = re.compile(r"\\(?:text|mathrm|operatorname|mathbf|mathit|textbf)\*?\{([^{}]*)\}")
UNSEEN = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|displaystyle|limits|nolimits|quad|qquad|mathbb|mathcal|mathbf"
    r"|mathrm|boldsymbol|hat|tilde|bar|vec|widehat|overline|underbrace|overbrace|sqrt|frac|tfrac"
    r"|dfrac|begin\{[^}]*\}|end\{[^}]*\}|phantom|[,;:! ])"
)
FRACTION = re.compile(r"\\[td]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
FUNCTIONS = frozenset(
    "log ln exp max min sup inf arg lim sin cos tan tanh det dim ker Pr gcd sinh cosh deg".split()
)
BITMAPS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")


def answer_length(
    book: Book,
    *,
    warn: int = 25,
    error: int = 40,
    spoken_warn: int = 60,
    spoken_error: int = 90,
    cloze_warn: int = 40,
    cloze_error: int = 60,
) -> Iterator[Finding]:
    """A follow-up answers one idea in a sentence, a question to speak about in half a minute.

    An answer that is half remembered can be graded neither right nor wrong. What is not the idea
    goes to a follow-up of its own, to `[!NOTE]`, or away. The text of a cloze note is read, not
    recalled, and may be longer. A formula counts as one word, code as none, callouts are not
    counted.
    """
    for note in book.notes:
        if note.is_cloze:
            what, most, stop = "the text of a cloze note has", cloze_warn, cloze_error
        elif note.spoken:
            what, most, stop = "the answer to speak has", spoken_warn, spoken_error
        else:
            what, most, stop = "the follow-up's answer has", warn, error
        number = note.answer.words
        if number > most:
            message = f"{what} {number} words, more than {most}"
            hint = "one idea: make another follow-up of the rest, or a [!NOTE]"
            found = rule.error if number > stop else rule.warning
            yield found(note, _start(book, note), message, hint)


def answer_shape(book: Book, *, paragraphs: int = 1, lists: int = 1) -> Iterator[Finding]:
    """An answer is a paragraph, a list, or one of each.

    Several paragraphs and several lists are several answers.
    """
    for note in book.notes:
        answer = note.answer
        if answer.paragraphs > paragraphs and len(answer.lists) > lists:
            message = f"{answer.paragraphs} paragraphs and {len(answer.lists)} lists in one answer"
            hint = "make a follow-up of each idea"
            yield rule.warning(note, _start(book, note), message, hint)


def list_length(book: Book, *, most: int = 4, spoken: int = 5) -> Iterator[Finding]:
    """Nobody recalls a list of seven: at most 4 items in a follow-up, 5 points in a spoken answer.

    A longer list, which is an error, is a cloze note whose items hide what they do, or several
    follow-ups.
    """
    for note in book.notes:
        if note.is_cloze:
            continue
        limit = spoken if note.spoken else most
        longest = max(note.answer.lists, key=lambda found: found.items, default=None)
        if longest is not None and longest.items > limit:
            message = f"a list of {longest.items} items to recall at once, more than {limit}"
            hint = "hide what each item does in a cloze note, or make several follow-ups"
            yield rule.error(note, longest.span, message, hint)


def formula_words(book: Book, *, fewest: int = 6) -> Iterator[Finding]:
    """Beside a displayed formula stand words that say why it has this form, or a `[!NOTE]` does.

    A formula without a reason is a picture to learn by heart.
    """
    for note in book.notes:
        displayed = [formula for formula in note.answer.formulas if formula.display]
        told = sum(count(block.text.replace(FORMULA, " ")) for block in note.answer.blocks)
        explained = any(kind == "note" for kind, _ in note.callouts)
        if displayed and told < fewest and not explained:
            message = f"a formula with {told} words beside it, fewer than {fewest}"
            hint = "say in a line what its terms do, or add a [!NOTE]"
            yield rule.warning(note, _first(book, displayed[0].span), message, hint)


def table_columns(book: Book, *, most: int = 3) -> Iterator[Finding]:
    """A table fits a phone: at most 3 columns."""
    for note, part in _parts(book):
        for table in part.tables:
            if table.columns > most:
                message = f"a table of {table.columns} columns, more than {most}"
                hint = "turn it, split it, or make a list of it"
                yield rule.warning(note, _first(book, table.span), message, hint)


def code_size(book: Book, *, lines: int = 12, columns: int = 44) -> Iterator[Finding]:
    """Code fits a phone: at most 12 lines of 44 characters."""
    for note, part in _parts(book):
        for code in part.codes:
            written = code.passage.text.rstrip("\n").split("\n")
            widest = max(range(len(written)), key=lambda index: len(written[index]))
            if len(written[widest]) > columns:
                message = f"a line of code of {len(written[widest])} characters, above {columns}"
                span = _line(code, written, widest)
                yield rule.warning(note, span, message, "break it, or shorten its names")
            if len(written) > lines:
                message = f"{len(written)} lines of code, more than {lines}"
                hint = "show what matters, and leave out the rest"
                yield rule.warning(note, _first(book, code.span), message, hint)


def formula_width(book: Book, *, most: int = 45) -> Iterator[Finding]:
    """A displayed formula fits a phone: about 45 characters as shown, or broken into lines.

    What is wider scrolls, and what scrolls is not seen at once.
    """
    for note, part in _parts(book):
        for formula in part.formulas:
            if formula.display and not BROKEN.search(formula.passage.text):
                width = visible(formula.passage.text)
                if width > most:
                    message = f"a formula about {width} characters wide, more than {most}"
                    hint = r"break it: \begin{aligned} … \\ … \end{aligned}"
                    yield rule.warning(note, _first(book, formula.span), message, hint)


def picture_width(book: Book) -> Iterator[Finding]:
    """A bitmap has a width: `{width=300}` behind it.

    Without one it is as wide as it has pixels, and the text jumps when it has loaded.
    """
    for note, part in _parts(book):
        for picture in part.pictures:
            if picture.address.lower().endswith(BITMAPS) and "width" not in picture.size:
                message = f"no width for {picture.address}"
                hint = f"![…]({picture.address}){{width=300}}"
                yield rule.warning(note, book.find(picture.address, picture.span), message, hint)


def visible(tex: str) -> int:
    """About how many characters wide TeX is shown: a fraction as its wider part."""
    tex = TEXT.sub(lambda match: match[1].replace(" ", "~"), tex)
    for _ in range(4):
        tex = FRACTION.sub(_wider, tex)
    tex = UNSEEN.sub("", tex)
    tex = COMMAND.sub(lambda m: m[1] if m[1] in FUNCTIONS else "x", tex)
    scripts = sum(len(script) for script in re.findall(r"[_^]\{([^{}]*)\}", tex))
    return len(re.sub(r"[\s{}_^&]", "", tex)) - scripts // 3


def symbols(tex: str) -> int:
    """How many characters of TeX are shown, a function's name as one."""
    tex = COMMAND.sub(lambda m: "x" if not UNSEEN.match(m[0]) else " ", TEXT.sub("xx", tex))
    return len(re.sub(r"[\s{}_^&]", "", tex))


def _wider(fraction: re.Match[str]) -> str:
    return max(fraction[1], fraction[2], key=visible)


def _parts(book: Book) -> Iterator[tuple[Reading, Prose]]:
    """Each passage of each note that is shown below its prompt."""
    for note in book.notes:
        yield from ((note, part) for part in note.parts)


def _start(book: Book, note: Reading) -> Span:
    """The first line of the answer."""
    blocks = note.answer.blocks
    return _first(book, blocks[0].span) if blocks else note.question.span


def _first(book: Book, span: Span) -> Span:
    """The first line of a span."""
    return first_line(book.texts.get(span.path, "")[span.start : span.end], span)


def _line(code: Code, written: list[str], index: int) -> Span:
    """Where the line of code with this 0-based index stands in its file."""
    start = sum(len(line) + 1 for line in written[:index])
    return code.passage.span(start, start + len(written[index]))
