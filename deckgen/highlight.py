"""Code as HTML: colored by Pygments through classes, with cloze marks put back where they stood."""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Callable, Iterator
from functools import cache

from pygments import format as format_tokens
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_all_lexers, get_lexer_by_name
from pygments.token import _TokenType
from pygments.util import ClassNotFound

from deckgen.segment import ClozeMark, Code

Token = tuple[_TokenType, str]
PLAIN = frozenset({"", "text", "plain", "txt", "none", "plaintext"})
CLOZE_OPEN = re.compile(r"\{(?=\{c\d)")
FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True)


def language_of(code: Code) -> str:
    """The language named after a fence, in lower case: the info string's first word."""
    return code.language.split(maxsplit=1)[0].strip("{}.").lower() if code.language else ""


def unknown_language(language: str) -> str | None:
    """None if Pygments can color the language, else the name it may be a misspelling of."""
    if language in PLAIN or _lexer(language) is not None:
        return None
    names = [alias for _, aliases, _, _ in get_all_lexers() for alias in aliases]
    return next(iter(difflib.get_close_matches(language, names, 1, 0.6)), "")


def code_html(code: Code, mark_html: Callable[[ClozeMark], str]) -> str:
    """The code as HTML that shows its characters exactly, in or outside a cloze deletion.

    Tags opened before a mark are closed before it, so that each deletion holds whole elements.
    """
    pieces: list[str] = []
    write = _writer(code)
    start, depth = 0, int(code.clozed)
    for offset, mark in (*code.marks, (len(code.passage.text), None)):
        piece = harmless(write(start, offset))
        pieces.append(outside_marks(piece) if depth > 0 else piece)
        start = offset
        if mark is not None:
            pieces.append(mark_html(mark))
            depth += {"ClozeOpen": 1, "ClozeClose": -1}.get(type(mark).__name__, 0)
    written = "".join(pieces)
    if not code.block:
        return f"<code>{written}</code>"
    language = language_of(code)
    named = f' class="language-{html.escape(language)}"' if language not in PLAIN else ""
    return f'<pre class="highlight"><code{named}>{written}</code></pre>'


def harmless(text: str) -> str:
    """Escaped code, colored or not, that neither MathJax nor Anki takes for more than text.

    Anki: rslib/src/cloze.rs searches the raw HTML for `\\(` and `{{c1::`, rslib/src/text.rs for
    `[sound:`.
    """
    text = text.replace("\\", "&#92;").replace("[", "&#91;")
    return CLOZE_OPEN.sub("<span>{</span>", text) if "{" in text else text


def outside_marks(text: str) -> str:
    """Escaped text whose `}}` and `::` are no cloze marks, even after an edit in Anki's editor."""
    return text.replace("}", "<span>}</span>").replace("::", ":<span>:</span>")


def _writer(code: Code) -> Callable[[int, int], str]:
    """What gives the code from one offset to another as HTML, colored if it is a block."""
    text = code.passage.text
    lexer = _lexer(language_of(code)) if code.block else None
    if lexer is None:
        return lambda start, end: html.escape(text[start:end], quote=False)
    tokens = [(kind, value) for _, kind, value in lexer.get_tokens_unprocessed(text)]
    if "".join(value for _, value in tokens) != text:
        # A lexer that drops characters must not change the code.
        return lambda start, end: html.escape(text[start:end], quote=False)
    if not code.marks:
        return lambda start, end: _formatted(tokens)
    return lambda start, end: _formatted(list(_between(tokens, start, end)))


def _formatted(tokens: list[Token]) -> str:
    """The tokens as Pygments writes them, without the line break that it adds."""
    written = format_tokens(iter(tokens), FORMATTER)
    ends_line = bool(tokens) and tokens[-1][1].endswith("\n")
    return written if ends_line else written.removesuffix("\n")


def _between(tokens: list[Token], start: int, end: int) -> Iterator[Token]:
    """The tokens of the code from `start` to `end`, those across a border cut in two."""
    offset = 0
    for kind, text in tokens:
        first, last = max(start - offset, 0), min(end - offset, len(text))
        if first < last:
            yield kind, text[first:last]
        offset += len(text)
        if offset >= end:
            return


@cache
def _lexer(language: str) -> Lexer | None:
    if language in PLAIN:
        return None
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None
