"""The HTML of one field as a tree, in which cloze marks and raw tags find their right place.

Markdown puts a mark where its text stands: `<p>{{c1::a</p><p>b}}</p>`. Anki replaces a deletion
by text, so each must hold whole elements: `{{c1::<p>a</p><p>b</p>}}`. Where moving a mark outward
would hide or show other text, the deletion crosses what it stands in, and that is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element as Node

from deckgen.diagnostic import Span
from deckgen.segment import (
    BlockEnd,
    BlockStart,
    ClozeClose,
    ClozeHint,
    ClozeOpen,
    Code,
    Formula,
    Segment,
    Tag,
)

SLOT_START, SLOT_END = "\x0e", "\x0f"  # control characters, which no source file may hold
SLOT = re.compile(f"{SLOT_START}(\\d+){SLOT_END}")
TOKEN = re.compile(f"<[^>]*>|{SLOT.pattern}|[^<{SLOT_START}]+")
TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
VOID = frozenset({"br", "hr", "img", "input", "source", "wbr", "col"})
MARKS = (ClozeOpen, ClozeHint, ClozeClose)
INLINE = {Formula, Code}  # stay where Markdown puts them, but for blocks of code
# Where HTML keeps no text and no inline element, a mark would be thrown out by the browser.
NO_MARKS_IN = frozenset({"table", "thead", "tbody", "tfoot", "tr"})
BLOCK_TAGS = frozenset(
    "address article aside blockquote caption center dd details div dl dt fieldset figcaption "
    "figure footer h1 h2 h3 h4 h5 h6 header hr li main ol p pre section summary table tbody td "
    "tfoot th thead tr ul video".split()
)


@dataclass(slots=True, eq=False)
class Element:
    """One element; its `children` are elements, texts (escaped HTML), slots and void tags."""

    name: str
    open: str
    close: str
    children: list[Child] = field(default_factory=list)


class Void(NamedTuple):
    """A tag without content, as HTML."""

    html: str


Child = Element | str | Void | Segment


class Misplaced(NamedTuple):
    """A mark or raw tag that has no right place: where it was written, and which.

    It may be a mark that stands `in_attribute`: in the address of a link, or a picture's text.
    """

    span: Span
    what: str
    in_attribute: bool = False


def slot(index: int) -> str:
    """The text that stands for segment `index` while Markdown is rendered."""
    return f"{SLOT_START}{index}{SLOT_END}"


def from_html(html: str, slots: Sequence[Segment | str]) -> Element:
    """The tree of rendered Markdown, slots filled."""
    root = current = Element("", "", "")
    around: list[Element] = []
    for match in TOKEN.finditer(html):
        token = match[0]
        if match[1] is not None:
            filled = slots[int(match[1])]
            current.children.append(Void(filled) if isinstance(filled, str) else filled)
        elif token.startswith("</"):
            current.close = token
            current = around.pop() if around else root
        elif token.startswith("<") and (name := TAG_NAME.match(token)):
            if name[1] in VOID or token.endswith("/>"):
                current.children.append(Void(token))
            else:
                element = Element(name[1], token, f"</{name[1]}>")
                current.children.append(element)
                around.append(current)
                current = element
        else:
            current.children.append(token)
    return root


def from_nodes(nodes: Node, slots: Sequence[Segment | str]) -> Element:
    """The tree of what Markdown makes of a text in which nothing needs escaping, slots filled."""
    root = Element("", "", "")
    pending = [(nodes, root)]
    while pending:
        node, element = pending.pop()
        for child in node:
            attributes = ""
            if child.attrib:
                attributes = "".join([f' {name}="{text}"' for name, text in child.items()])
            inside = _filled(child.text, slots)
            tag = child.tag
            inner = Element(tag, f"<{tag}{attributes}>", f"</{tag}>", inside)
            element.children.append(inner)
            if len(child):
                pending.append((child, inner))
            if child.tail:
                element.children += _filled(child.tail, slots)
    return root


def _filled(text: str | None, slots: Sequence[Segment | str]) -> list[Child]:
    """The text and what its slots stand for."""
    if not text or SLOT_START not in text:
        return [text] if text else []
    filled: list[Child] = []
    for index, piece in enumerate(SLOT.split(text)):
        if index % 2:
            segment = slots[int(piece)]
            filled.append(Void(segment) if isinstance(segment, str) else segment)
        elif piece:
            filled.append(piece)
    return filled


def settle(root: Element, slots: Sequence[Segment | str]) -> tuple[Misplaced, ...]:
    """Open up paragraphs and bring blocks, raw tags and marks into place; what has none."""
    kinds = set(map(type, slots))
    if kinds <= INLINE and not any(isinstance(s, Code) and s.block for s in slots):
        return ()
    _open_paragraphs(root)
    if BlockStart in kinds:
        _nest_blocks(root)
    misplaced = _nest_raw_tags(root) if Tag in kinds else []
    if ClozeOpen in kinds:
        misplaced += _place_marks(root, slots)
    return tuple(misplaced)


def _is_space(child: Child) -> bool:
    return isinstance(child, str) and not child.strip()


def _tag_name(tag: Tag) -> str:
    match = TAG_NAME.match(tag.written)
    return match[1].lower() if match else ""


def _open_paragraphs(element: Element) -> None:
    """Take away each `<p>` that holds a block, or nothing but marks and raw tags."""
    children: list[Child] = []
    for child in element.children:
        if isinstance(child, Element):
            if child.name != "p":  # a paragraph holds none
                _open_paragraphs(child)
            elif _holds_block(child):
                children += child.children
                continue
        children.append(child)
    element.children = children


def _holds_block(paragraph: Element) -> bool:
    opens = hints = others = 0
    for child in paragraph.children:
        if isinstance(child, str):
            others += not child.isspace()
        elif isinstance(child, ClozeOpen):
            opens += 1
        elif isinstance(child, ClozeHint):
            hints += 1
        elif _is_block(child):
            return True
        elif not isinstance(child, ClozeClose):
            others += 1
    return others == 0 or hints > opens


def _is_block(child: Child) -> bool:
    if isinstance(child, Code):
        return child.block
    if isinstance(child, Tag):
        return _tag_name(child) in BLOCK_TAGS
    return isinstance(child, (BlockStart, BlockEnd))


def _nest_blocks(element: Element) -> None:
    """Make elements of lists, quotes and headings, from their starts and ends."""
    stack = [element]
    children, element.children = element.children, []
    for child in children:
        current = stack[-1]
        if isinstance(child, BlockStart):
            match = TAG_NAME.match(child.tag)
            assert match is not None
            block = Element(match[1], child.tag, f"</{match[1]}>")
            current.children.append(block)
            stack.append(block)
        elif isinstance(child, BlockEnd):
            stack.pop()
            if child.tight:
                _tighten(current)
        else:
            if isinstance(child, Element) and child.name != "p":  # those with blocks are open
                _nest_blocks(child)
            current.children.append(child)


def _tighten(block: Element) -> None:
    """Take away the paragraphs of a heading, or of the items of a list."""
    items = [child for child in block.children if isinstance(child, Element)]
    for holder in items if block.name in ("ul", "ol") else [block]:
        children: list[Child] = []
        for child in holder.children:
            if isinstance(child, Element) and child.name == "p":
                children += child.children
            else:
                children.append(child)
        while children and _is_space(children[0]):
            del children[0]
        while children and _is_space(children[-1]):
            del children[-1]
        holder.children = children


def _nest_raw_tags(element: Element) -> list[Misplaced]:
    """Make elements of the raw tags that pair up within one parent; tell of the others."""
    misplaced: list[Misplaced] = []
    stack: list[tuple[Element, Tag | None]] = [(element, None)]
    children, element.children = element.children, []
    for child in children:
        current = stack[-1][0]
        if isinstance(child, Element):
            misplaced += _nest_raw_tags(child)
            current.children.append(child)
        elif not isinstance(child, Tag):
            current.children.append(child)
        elif not child.written.startswith("</"):
            name = _tag_name(child)
            if name in VOID or child.written.endswith("/>"):
                current.children.append(Void(child.written))
                continue
            raw = Element(name, child.written, f"</{name}>")
            current.children.append(raw)
            stack.append((raw, child))
        elif len(stack) > 1 and stack[-1][0].name == _tag_name(child):
            stack.pop()
        else:
            misplaced.append(Misplaced(child.span, child.written))
    misplaced += (Misplaced(tag.span, tag.written) for _, tag in stack[1:] if tag is not None)
    return misplaced


def _place_marks(root: Element, slots: Sequence[Segment | str]) -> list[Misplaced]:
    """Move the marks of each cloze deletion outward until they stand in one element."""
    misplaced: list[Misplaced] = []
    homes = _Homes(root)
    order = {id(mark): place for place, mark in enumerate(slots)}
    opened: list[ClozeOpen] = []
    hints: dict[ClozeOpen, ClozeHint] = {}
    for mark in slots:
        if isinstance(mark, ClozeOpen):
            opened.append(mark)
        elif isinstance(mark, ClozeHint) and opened:
            hints[opened[-1]] = mark
        elif isinstance(mark, ClozeClose) and opened:
            opening = opened.pop()
            if not _place(opening, hints.get(opening), mark, homes, order):
                hidden = id(opening) not in homes.of_mark
                misplaced.append(Misplaced(opening.span, f"{{{{c{opening.number}::", hidden))
    return misplaced


class _Homes:
    """The element that each mark stands in, and the one around each element, by identity."""

    def __init__(self, root: Element) -> None:
        self.of_mark: dict[int, Element] = {}
        self.around: dict[int, Element] = {}
        pending = [root]
        while pending:
            element = pending.pop()
            for child in element.children:
                if isinstance(child, Element):
                    self.around[id(child)] = element
                    pending.append(child)
                elif isinstance(child, MARKS):
                    self.of_mark[id(child)] = element

    def contains(self, outer: Element, inner: Element | None) -> bool:
        """Whether `inner` is `outer`, or stands in it."""
        while inner is not None and inner is not outer:
            inner = self.around.get(id(inner))
        return inner is not None


def _place(
    opening: ClozeOpen,
    hint: ClozeHint | None,
    close: ClozeClose,
    homes: _Homes,
    order: Mapping[int, int],
) -> bool:
    """Whether the marks of one deletion could be brought into one element."""
    marks = [id(mark) for mark in (opening, hint, close) if mark is not None]
    home = homes.of_mark
    if not home.keys() >= set(marks):
        return False  # it stands in the address of a link, or in the text of a picture
    while not homes.contains(home[id(opening)], home[id(close)]):
        if not _move_out(opening, homes, order, before=True):
            return False
    while home[id(close)] is not home[id(opening)]:
        if not _move_out(close, homes, order, before=False):
            return False
    shared = home[id(opening)]
    placed = [id(child) for child in shared.children if id(child) in marks]
    return placed == marks and shared.name not in NO_MARKS_IN


def _move_out(mark: Child, homes: _Homes, order: Mapping[int, int], before: bool) -> bool:
    """Move a mark out of its element, past its start or end, if only marks stand between.

    Marks that have moved out of the same element stay in the order in which they were written.
    """
    element = homes.of_mark[id(mark)]
    parent = homes.around.get(id(element))
    at = next(i for i, child in enumerate(element.children) if child is mark)
    between = element.children[:at] if before else element.children[at + 1 :]
    kind = ClozeOpen if before else ClozeClose
    if parent is None or not all(_is_space(c) or isinstance(c, kind) for c in between):
        return False
    del element.children[at]
    place = next(i for i, child in enumerate(parent.children) if child is element)
    step = -1 if before else 1
    neighbor = place + step
    while 0 <= neighbor < len(parent.children):
        other = parent.children[neighbor]
        moved_from_here = isinstance(other, kind) and (order[id(other)] > order[id(mark)]) is before
        if not moved_from_here:
            break
        neighbor += step
    parent.children.insert(neighbor + 1 if before else neighbor, mark)
    homes.of_mark[id(mark)] = parent
    return True
