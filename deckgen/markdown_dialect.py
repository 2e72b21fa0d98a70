"""Python-Markdown, set up once: which extensions, and what happens to pictures, links, notes.

Code, formulas, cloze marks, raw HTML, lists, quotes and headings never reach it (`markup` has taken
them out), so its own patterns for those are switched off: what is not a slot is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree.ElementTree import Element as Node

import markdown
from markdown.extensions.footnotes import NBSP_PLACEHOLDER
from markdown.inlinepatterns import AUTOMAIL_RE, InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

EXTENSIONS: list[str] = [
    "def_list",
    "footnotes",
    "tables",
    "pymdownx.caret",
    "pymdownx.tilde",
]
SETTINGS = {
    "pymdownx.caret": {"insert": False},
    "tables": {"use_align_attribute": True},
}
# Python-Markdown: markdown/blockprocessors.py, inlinepatterns.py, preprocessors.py
BLOCKS_OF_OURS = ("indent", "code", "hashheader", "setextheader", "hr", "olist", "ulist", "quote")
EMPTY_LINES = re.compile(r"\n{3,}")
AFTER_FOOTNOTES = 12  # priority: after footnotes were collected (15), before prettifying (10)


class Dialect:
    """One Python-Markdown, used for every field; `adjust` sees each tree before it is written."""

    def __init__(self, adjust: Callable[[Node], None]) -> None:
        self._markdown = markdown.Markdown(
            extensions=EXTENSIONS, extension_configs=SETTINGS, output_format="html"
        )
        self._markdown.preprocessors.deregister("html_block")
        for name in BLOCKS_OF_OURS:
            self._markdown.parser.blockprocessors.deregister(name)
        self._markdown.inlinePatterns.deregister("backtick")
        self._markdown.inlinePatterns.deregister("html")
        self._markdown.inlinePatterns.register(_Mail(AUTOMAIL_RE, self._markdown), "automail", 110)
        self._markdown.treeprocessors.register(
            _Adjust(self._markdown, adjust), "deckgen", AFTER_FOOTNOTES
        )

    def html(self, text: str) -> str:
        """The HTML of one text. Raises RecursionError if it is nested too deeply."""
        self._markdown.reset()
        # Only what follows exactly one empty line can belong to a footnote.
        return self._markdown.convert(EMPTY_LINES.sub("\n\n", text))


class _Mail(InlineProcessor):
    """A link to the address in angle brackets; Python-Markdown would scramble it against robots."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Node, int, int]:
        link = Node("a", {"href": f"mailto:{m[1]}"})
        link.text = AtomicString(m[1])
        return link, m.start(), m.end()


class _Adjust(Treeprocessor):
    def __init__(self, md: markdown.Markdown, adjust: Callable[[Node], None]) -> None:
        super().__init__(md)
        self._adjust = adjust

    def run(self, root: Node) -> None:
        _plain_footnotes(root)
        self._adjust(root)


def _plain_footnotes(root: Node) -> None:
    """Footnotes without links: a card has several fields, and no place to jump to and back."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == "sup" and child.get("id", "").startswith("fnref"):
                link = child[0]
                child.attrib.clear()
                child.set("class", "footnote-ref")
                child.text = link.text
                child.remove(link)
            elif child.tag == "a" and child.get("class") == "footnote-backref":
                parent.remove(child)
            elif child.tag == "div" and child.get("class") == "footnote":
                notes = child.find("ol")
                assert notes is not None
                parent.remove(child)
                notes.set("class", "footnotes")
                parent.append(notes)
    for item in root.iter("li"):
        item.attrib.pop("id", None) if item.get("id", "").startswith("fn:") else None
    for node in root.iter():
        node.text = (node.text or "").replace(NBSP_PLACEHOLDER, "") or None
