"""Python-Markdown, set up once: which extensions, and what happens to pictures, links, notes.

Code, formulas, cloze marks, raw HTML, lists, quotes and headings never reach it (`markup` has taken
them out), so its own patterns for those are switched off: what is not a slot is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element as Node

import markdown
from markdown.extensions import Extension
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.footnotes import NBSP_PLACEHOLDER, FootnoteExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import AUTOMAIL_RE, InlineProcessor
from markdown.treeprocessors import InlineProcessor as InlineTreeprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, STX, AtomicString

from deckgen import fieldtree
from deckgen.fieldtree import Element
from deckgen.paragraphs import EMPHASIS, LOOKS_ON, Paragraphs, delimiters_of
from deckgen.segment import DEFINES, Segment

# Python-Markdown: markdown/blockprocessors.py, inlinepatterns.py, preprocessors.py
BLOCKS_OF_OURS = ("indent", "code", "hashheader", "setextheader", "hr", "olist", "ulist", "quote")
BLOCKS_MARKED = ("deflist", "footnote", "reference")  # `segment.DEFINES` stands before each
LINE_START = "[ ]{0,3}"  # how Python-Markdown's patterns for them start
EMPTY_LINES = re.compile(r"\n{3,}")
AFTER_FOOTNOTES = 12  # priority: after footnotes were collected (15), before prettifying (10)
# Without one of these in a text, an inline pattern has nothing to find in it.
TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "escape": ("\\",),
    **dict.fromkeys(("footnote", "reference", "link", "short_reference"), ("[",)),
    **dict.fromkeys(("image_link", "image_reference", "short_image_ref"), ("![",)),
    **dict.fromkeys(("autolink", "automail"), ("<",)),
    "linebreak": ("  \n", "\t"),  # Python-Markdown makes spaces of a tab
    "entity": ("&",),
    "delimiter": ("*", "_", "^", "~"),
}
# What else is registered, and the serializer: without one of these in a text, it does nothing. What
# has none makes paragraphs and tables.
OTHER_TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "normalize_whitespace": ("\t", "\r", STX, ETX, "\n "),
    **dict.fromkeys(("defindent", "deflist", "footnote", "footnote-duplicate"), (DEFINES,)),
    "deckgen": ("[", "<"),  # `_Adjust`: links, pictures, and what might have been a link
    "unescape": ("\\",),
    **dict.fromkeys(("raw_html", "amp_substitute"), ("&",)),
    "serializer": ("&", "<", ">"),
    **dict.fromkeys(("empty", "table", "paragraph", "inline", "prettify"), ()),
}


def _more() -> tuple[str, ...]:
    triggers = {trigger for found in OTHER_TRIGGERS.values() for trigger in found}
    for name, found in TRIGGERS.items():
        if name != "delimiter" or not LOOKS_ON:
            triggers.update(found)
    # One that holds another adds nothing.
    return tuple(t for t in sorted(triggers) if not any(u in t for u in triggers - {t}))


MORE = _more()
"""What stands in a text in which there is more to find than `paragraphs` finds."""
RARE = ("^", "~")
"""Without one of these in it, a text has no delimiters but those that are common."""


class Dialect:
    """One Python-Markdown, used for every field; `adjust` sees each tree before it is written."""

    def __init__(self, adjust: Callable[[Node], None]) -> None:
        self._adjust = adjust

    def tree(self, text: str, slots: Sequence[Segment | str]) -> Element:
        """The tree of one text, its slots filled; raises what `html` does."""
        if any(map(text.__contains__, MORE)):
            return fieldtree.from_html(self.html(text), slots)
        rare = any(map(text.__contains__, RARE))
        paragraphs = self._whole.paragraphs if rare else self._paragraphs
        return fieldtree.from_nodes(paragraphs.nodes(text), slots)

    def html(self, text: str) -> str:
        """The HTML of one text.

        Raises RecursionError if it is nested too deeply, and IndexError where pymdown-extensions
        12.3, the last one for Python 3.10, trips over a caret or tilde among stars.
        """
        return self._whole.html(text)

    @cached_property
    def _paragraphs(self) -> Paragraphs:
        return Paragraphs(markdown.Markdown(extensions=[_tables()], output_format="html"), EMPHASIS)

    @cached_property
    def _whole(self) -> _Whole:
        return _Whole(self._adjust)


def _tables() -> Extension:
    return TableExtension(use_align_attribute=True)


class _Whole:
    """Python-Markdown with all that a text may hold; it takes long to make, and many builds after
    an edit need it not.
    """

    def __init__(self, adjust: Callable[[Node], None]) -> None:
        # They take long to import.
        from pymdownx.betterem import BetterEmExtension  # type: ignore[import-untyped]
        from pymdownx.caret import InsertSupExtension  # type: ignore[import-untyped]
        from pymdownx.tilde import DeleteSubExtension  # type: ignore[import-untyped]

        footnotes = FootnoteExtension(USE_DEFINITION_ORDER=False)
        # Python-Markdown's own emphasis loses text: `*a**b*c` shows no c.
        delimiters = [BetterEmExtension(), InsertSupExtension(insert=False), DeleteSubExtension()]
        self.markdown = markdown.Markdown(
            extensions=[_tables(), DefListExtension(), *delimiters, footnotes],
            output_format="html",
        )
        # It cannot sort an empty footnote.
        self.markdown.treeprocessors.deregister("footnote-reorder")
        self.markdown.preprocessors.deregister("html_block")
        blocks = self.markdown.parser.blockprocessors
        for name in BLOCKS_OF_OURS:
            blocks.deregister(name)
        for name in BLOCKS_MARKED:
            processor: Any = blocks[name]
            marked = processor.RE.pattern.replace(LINE_START, LINE_START + DEFINES)
            processor.RE = re.compile(marked, processor.RE.flags)
        definitions: Any = blocks["deflist"]
        definitions.NO_INDENT_RE = re.compile(f"^[ ]{{0,3}}[^ :{DEFINES}]")
        self.markdown.inlinePatterns.deregister("backtick")
        self.markdown.inlinePatterns.deregister("html")
        self.markdown.inlinePatterns.register(_Mail(AUTOMAIL_RE, self.markdown), "automail", 110)
        self.markdown.treeprocessors.register(
            _Adjust(self.markdown, footnotes, adjust), "deckgen", AFTER_FOOTNOTES
        )
        self.paragraphs = Paragraphs(self.markdown, delimiters_of(self.markdown))
        self._inline = _Gated(self.markdown, self.paragraphs)
        self.markdown.treeprocessors.register(self._inline, "inline", 20)
        _check_triggers(self.markdown)

    def html(self, text: str) -> str:
        self.markdown.reset()
        self._inline.expect(text)
        # Only what follows exactly one empty line can belong to a footnote.
        return self.markdown.convert(EMPTY_LINES.sub("\n\n", text)).replace(DEFINES, "")


def _check_triggers(md: markdown.Markdown) -> None:
    """Nothing may be left out unseen because a release of Python-Markdown has more to find."""
    named = {*TRIGGERS, *OTHER_TRIGGERS}
    for registry in (md.preprocessors, md.parser.blockprocessors, md.treeprocessors):
        assert sum(name in registry for name in named) == len(registry), "triggers are missing"
    assert sum(name in md.postprocessors for name in named) == len(md.postprocessors)


class _Gated(InlineTreeprocessor):
    """Runs only those inline patterns that can find something in a text: most find nothing."""

    def __init__(self, md: markdown.Markdown, paragraphs: Paragraphs) -> None:
        super().__init__(md)
        self._paragraphs = paragraphs
        self._text = ""
        self._only_emphasis = False
        patterns = md.inlinePatterns
        names = sorted(TRIGGERS, key=patterns.get_index_for_name)
        assert len(names) == len(patterns), "each pattern needs its triggers"
        self._patterns = [(name, patterns[name]) for name in names]

    def expect(self, text: str) -> None:
        """Make ready for a tree that is made of this text."""
        found = [name for name, _ in self._patterns if any(t in text for t in TRIGGERS[name])]
        self._text = text
        self._only_emphasis = LOOKS_ON and found == ["delimiter"]
        self.inlinePatterns = [  # type: ignore[assignment]  # only indexed and counted
            pattern for name, pattern in self._patterns if name in found
        ]

    def run(self, tree: Node, ancestors: list[str] | None = None) -> Node:
        """The tree, inline markup applied."""
        if not self.inlinePatterns:
            return tree
        if not self._only_emphasis:
            return super().run(tree, ancestors)
        self._paragraphs.emphasize(tree, self._text)
        return tree


class _Mail(InlineProcessor):
    """A link to the address in angle brackets; Python-Markdown would scramble it against robots."""

    def handleMatch(  # type: ignore[override]  # as documented; the stubs know the old form
        self, m: re.Match[str], data: str
    ) -> tuple[Node, int, int]:
        address = m[1].removeprefix("mailto:")
        link = Node("a", {"href": f"mailto:{address}"})
        link.text = AtomicString(address)
        return link, m.start(), m.end()


class _Adjust(Treeprocessor):
    def __init__(
        self, md: markdown.Markdown, footnotes: FootnoteExtension, adjust: Callable[[Node], None]
    ) -> None:
        super().__init__(md)
        self._footnotes = footnotes
        self._adjust = adjust

    def run(self, root: Node) -> None:
        _plain_footnotes(root, self._footnotes.footnote_order)
        self._adjust(root)


def _plain_footnotes(root: Node, used: Sequence[str]) -> None:
    """Footnotes in the order of their use, and without links.

    A card has several fields, and no place to jump to and back.
    """
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
                notes[:] = sorted(notes, key=lambda note: _place(note, used))
                parent.append(notes)
    for node in root.iter():
        node.text = (node.text or "").replace(NBSP_PLACEHOLDER, "") or None


def _place(footnote: Node, used: Sequence[str]) -> int:
    """Where a footnote belongs among those that are used; its own id is no use on a card."""
    label = footnote.attrib.pop("id", "").removeprefix("fn:")
    return used.index(label) if label in used else len(used)
