"""Question bodies for Hypothesis: soups of the format's own marks, and words to follow through."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from deckgen.config import Config
from deckgen.diagnostic import Diagnostic
from deckgen.media import MediaFolder
from deckgen.notetype import note_types
from deckgen.question import parse_file
from deckgen.render import Note, Renderer
from deckgen.source import Source

HEAD = "## Question\n<!-- id: question -->\n\n"
CONFIG = Config("Deck", "example")
TYPES = {note_type.kind: note_type for note_type in note_types("Deck", "example")}
WORD = "\N{BULLET}"  # replaced by a word of its own each time: w1x, w2x, …

# Everything that means something to the format, to Markdown, to Anki or to MathJax.
MARKS = (
    *r"{{c1:: {{c2:: {{c3:: {{c c1:: :: }} }} }} { } \{ \} \:: $ $$ \( \) \[ \] [$]".split(),
    "[sound:",
    *r"\begin{align} \end{align} ` `` * ** _ ~ ~~ ^ | [^1] [ ]( ) ![ < > & &lt; <!-- -->".split(),
    *"<b> </b> <div> </div> <br> \\ 5 US \x00 e\u0301".split(),
    *(" ", "  ", "    ", "\t", "  \n", "\n", "\n", "\n\n", "\n\n", "---\n", "===\n", "|---|---|\n"),
    *("- ", "1. ", "2) ", "[ ] ", "> ", "> [!NOTE]\n", "## ", "#### ", "```\n", "~~~\n", ": "),
    *("[^1]: ", "[a]: ", WORD, WORD, WORD, WORD),
)
# What makes sound notes often: whole constructs, with cloze marks anywhere between them. In these
# templates, @ is a word.
TEMPLATES = (
    *("{{c1::", "{{c2::", "{{c3::", "}}", "}}", "}}", "}}", "::@}}", "\n", "\n\n", "\n\n", " "),
    *("@", "@", "@", "@", "@: ", "`@`", "`@::{{}}`", "`a {{c1::@}}`", "(", "{x}", r"\\(", r"\}}"),
    *(r"\{{c2::@", r"`\{{c2::@`", r"\::", "$@$", r"$\frac{@}{x}$", "$x_{{{c2::@}}}$", "$a :: @$"),
    *("$$\n{{c3::@::@}} + @\n$$", "*@*", "**", "*", "~~", "<b>", "</b>", "<br>", "[^1]", " | "),
    *("[@](https://example.org/@::)", "- @", "- ", "  - ", "1. ", "> ", "\n\n- @\n- @\n\n"),
    *("\n\n> @\n\n", "\n\n#### @\n", "\n\n| @ | @ |\n|---|---|\n| ", "\n\n[^1]: @\n\n"),
    *("\n\n@\n: @\n\n", "\n\n```python\nx[@] = {{c1::{@}}}\n```\n\n"),
)
PARTS = tuple(template.replace("@", WORD) for template in TEMPLATES)


def soups(parts: tuple[str, ...], most: int) -> st.SearchStrategy[str]:
    """Texts of up to `most` of the parts, their words all different."""
    return st.lists(st.sampled_from(parts), max_size=most).map(_numbered)


def _numbered(parts: list[str]) -> str:
    pieces = "".join(parts).split(WORD)
    words = [f"w{number}x" for number in range(1, len(pieces))]
    return pieces[0] + "".join(map("".join, zip(words, pieces[1:], strict=True)))


def rendered(body: str) -> tuple[Note | None, tuple[Diagnostic, ...]]:
    """The note of a body, without MathJax and without the checks across notes."""
    file = Source("example.md", HEAD + body)
    parsed = parse_file(file, CONFIG, {})
    if not parsed.questions:
        return None, parsed.diagnostics
    renderer = Renderer(CONFIG, TYPES, {}, MediaFolder(Path(), 1), {file.path: file.text})
    rendered, found = renderer.note(parsed.questions[0])
    return rendered.note, (*parsed.diagnostics, *found)
