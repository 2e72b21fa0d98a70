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
    "{{c1::", "{{c2::", "{{c3::", "}}", "}}", "}}", "::", "{", "}", "\\{", "\\}", "\\::", "{{c", "c1::",
    "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\begin{align}", "\\end{align}", "\\", "`", "``", "```\n",
    "~~~\n", "*", "**", "_", "~", "~~", "^", "- ", "1. ", "2) ", "> ", "> [!NOTE]\n", "[ ] ", "#### ",
    "## ", "|", "|---|---|\n", ": ", "[^1]", "[^1]: ", "[a]: ", "[", "](", ")", "![", "<b>", "</b>",
    "<div>", "</div>", "<br>", "<", ">", "&", "&lt;", "<!--", "-->", "---\n", "===\n", "\n", "\n", "\n\n",
    "\n\n", " ", "  ", "    ", "\t", "  \n", "5", "US", "[sound:", "[$]", "\x00", "\u200f", "e\u0301",
    WORD, WORD, WORD, WORD,
)  # fmt: skip
# What makes sound notes often: whole constructs, with cloze marks anywhere between them.
PARTS = (
    "{{c1::", "{{c2::", "{{c3::", "}}", "}}", "}}", "}}", f"::{WORD}}}}}", "\n", "\n\n", "\n\n", " ", " ",
    WORD, WORD, WORD, WORD, f"{WORD}: ", f"`{WORD}`", f"`{WORD}::{{{{}}}}`", f"`a {{{{c1::{WORD}}}}}`",
    f"\\{{{{c2::{WORD}", f"`\\{{{{c2::{WORD}`", "\\}}", "\\::", f"${WORD}$", f"$\\frac{{{WORD}}}{{x}}$",
    f"$x_{{{{{{c2::{WORD}}}}}}}$", f"$$\n{{{{c3::{WORD}::{WORD}}}}} + {WORD}\n$$", f"$a :: {WORD}$",
    f"*{WORD}*", "**", "*", "~~", f"[{WORD}](https://example.org/{WORD}::)", "<b>", "</b>", "<br>",
    f"- {WORD}", "- ", "  - ", "1. ", "> ", f"\n\n- {WORD}\n- {WORD}\n\n", f"\n\n> {WORD}\n\n",
    f"\n\n| {WORD} | {WORD} |\n|---|---|\n| ", " | ", f"\n\n```python\nx[{WORD}] = {{{{c1::{{{WORD}}}}}}}\n```\n\n",
    f"\n\n#### {WORD}\n", "[^1]", f"\n\n[^1]: {WORD}\n\n", f"\n\n{WORD}\n: {WORD}\n\n", "(", "{x}", "\\\\(",
)  # fmt: skip


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
    note, found = renderer.note(parsed.questions[0])
    return note, (*parsed.diagnostics, *found)
