"""Paragraphs and tables with emphasis in them, as most texts are: Python-Markdown without the rest.

Its block parser, tables and emphasis do the work. What is left out are the other processors, which
find nothing in such a text, and the stash in which patterns hide what they found from each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element as Node

import markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import EmptyBlockProcessor, ParagraphProcessor
from markdown.treeprocessors import PrettifyTreeprocessor
from markdown.util import INLINE_PLACEHOLDER
from pymdownx.delimiterprocessor import (  # type: ignore[import-untyped]
    Delimiter,
    DelimiterProcessor,
)

FOUND = INLINE_PLACEHOLDER % "0000"
"""What stands in a text for an element found in it; to the next search all are alike."""
# Since this release Python-Markdown looks on behind what it has found, and not from the start.
LOOKS_ON = markdown.__version_info__ >= (3, 11)

Delimiters = Mapping[str, Callable[[], Delimiter]]
"""Makes the delimiter of each token; to make one takes long, and few texts have them all."""
EMPHASIS: Delimiters = {
    "*": partial(Delimiter, "*", "strong,em"),
    "_": partial(Delimiter, "_", "strong,em", smart=True),
}
"""As pymdown-extensions' `BetterEmExtension` has them."""


def delimiters_of(md: markdown.Markdown) -> Delimiters:
    """Those that a Python-Markdown has already."""
    processor = md.inlinePatterns["delimiter"]
    assert isinstance(processor, DelimiterProcessor) and not processor.ANCESTOR_EXCLUDES
    return {token: partial(_same, made) for token, made in processor.delimiters.items()}


def _same(delimiter: Delimiter) -> Delimiter:
    return delimiter


class Paragraphs:
    """Paragraphs and tables with emphasis in them, one text after another.

    `md` knows tables.
    """

    def __init__(self, md: markdown.Markdown, delimiters: Delimiters) -> None:
        self._blocks = BlockParser(md)
        empty, paragraph = EmptyBlockProcessor(self._blocks), ParagraphProcessor(self._blocks)
        self._without_tables: Any = (empty, paragraph)
        self._with_tables: Any = (empty, md.parser.blockprocessors["table"], paragraph)
        prettify = md.treeprocessors["prettify"]
        assert isinstance(prettify, PrettifyTreeprocessor)
        self._prettify = prettify
        self._md = md
        self._delimiters = delimiters
        self._made: dict[str, Delimiter] = {}
        self._processors: dict[str, DelimiterProcessor] = {}  # by the delimiters that they know
        self._emphasis: DelimiterProcessor  # for the delimiters in the text at hand

    def nodes(self, text: str) -> Node:
        """The paragraphs and tables of a text, as the children of one node, a line each."""
        root = Node("div")
        may_hold_table = "|" in text
        # Only iterated over.
        self._blocks.blockprocessors = self._with_tables if may_hold_table else self._without_tables
        self._blocks.parseChunk(root, text.strip("\n"))
        self.emphasize(root, text)
        if may_hold_table:
            self._prettify.run(root)
            root.text = None
        else:  # the same for paragraphs
            for paragraph in root:
                paragraph.tail = "\n"
        if len(root):
            root[-1].tail = None
        return root

    def emphasize(self, root: Node, text: str) -> None:
        """Put emphasis into the tree of a text in which there is nothing else to find.

        As Python-Markdown's `InlineProcessor` does, which looks at the text of each element once
        more when it has found it in another's: breadth first, and at a tail after the text.
        """
        tokens = "".join(token for token in self._delimiters if token in text)
        if not tokens:
            return
        self._emphasis = self._processors.get(tokens) or self._processor(tokens)
        self._emphasis.reset()
        pending = deque([root])
        while pending:
            element = pending.popleft()
            found: list[tuple[Node, list[Node]]] = []
            for child in element:
                if child.text:
                    child.text, nodes = self._parted(child.text)
                    pending += nodes
                    found.append((child, nodes))
                if child.tail:
                    self._part_tail(element, child)
                if len(child):
                    pending.append(child)
            for child, nodes in found:
                child[:0] = nodes

    def _processor(self, tokens: str) -> DelimiterProcessor:
        """A processor for these delimiters: each takes its time, found or not."""
        for token in set(tokens) - self._made.keys():
            self._made[token] = self._delimiters[token]()
        first, *others = (self._made[token] for token in tokens)
        processor = self._processors[tokens] = DelimiterProcessor(first, self._md)
        for delimiter in others:
            processor.add(delimiter)
        return processor

    def _parted(self, text: str) -> tuple[str | None, list[Node]]:
        """The text before the first emphasis, and the elements with what follows each."""
        head: str | None = None
        nodes: list[Node] = []
        start = at = 0
        search = self._emphasis.getCompiledRegExp().search
        while match := search(text, at):
            node, first, last = self._emphasis.handleMatch(match, text)
            assert first is not None and last is not None
            if node is None:
                at = last
                continue
            for child in list(node):
                if child.tail:
                    self._part_tail(node, child)
            if nodes:
                nodes[-1].tail = text[start:first] or None
            else:
                head = text[:first] or None
            nodes.append(node)
            text = f"{text[:first]}{FOUND}{text[last:]}"
            start = at = first + len(FOUND)
        if not nodes:
            return text, nodes
        nodes[-1].tail = text[start:] or None
        return head, nodes

    def _part_tail(self, parent: Node, child: Node) -> None:
        assert child.tail
        child.tail, nodes = self._parted(child.tail)
        place = list(parent).index(child) + 1
        parent[place:place] = nodes
