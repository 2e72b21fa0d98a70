"""YAML as authors mean it: every scalar is text, every node has its place, nothing is guessed.

PyYAML's own construction lets a repeated key win silently and reads `no` as false; so only its
events are used here. Anchors and aliases are refused (deck settings need none, and they are how
a small file becomes a huge value).
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import yaml
from yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.passage import Passage
from deckgen.source import CONTROL

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
OPENED_HINTS = {
    "quoted scalar": "close the quotation mark",
    "flow sequence": "close it with ], and put entries that hold brackets in quotes",
    "flow mapping": "close it with }, and put entries that hold braces in quotes",
}
OPENED = re.compile("|".join(OPENED_HINTS))
DEPTH_LIMIT = 12  # levels of nesting; settings and metadata need three


class Scalar(NamedTuple):
    """One value as text, exactly as written; `quoted` tells `"true"` from `true`."""

    text: str
    quoted: bool
    span: Span


class Listing(NamedTuple):
    """A YAML sequence."""

    nodes: tuple[Node, ...]
    span: Span


class Mapping(NamedTuple):
    """A YAML mapping, in the order written; its keys are distinct."""

    entries: tuple[tuple[Scalar, Node], ...]
    span: Span


Node = Scalar | Listing | Mapping


class _Fault(Exception):
    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic


def parse(passage: Passage) -> tuple[Mapping, tuple[Diagnostic, ...]]:
    """The mapping that the passage holds, empty if it holds none, and what is wrong with it."""
    whole = passage.span(0, len(passage.text))
    diagnostics: list[Diagnostic] = []
    try:
        node = _document(passage, diagnostics)
    except _Fault as stop:
        return Mapping((), whole), (*diagnostics, stop.diagnostic)
    except yaml.YAMLError as error:
        return Mapping((), whole), (*diagnostics, _invalid(passage, error))
    if node is None:
        return Mapping((), whole), tuple(diagnostics)
    if not isinstance(node, Mapping):
        hint = "write `key: value`, one to a line"
        diagnostics.append(Diagnostic(node.span, "yaml-invalid", "not a YAML mapping", hint))
        return Mapping((), whole), tuple(diagnostics)
    return node, tuple(diagnostics)


def _invalid(passage: Passage, error: yaml.YAMLError) -> Diagnostic:
    span, message = passage.span(0, len(passage.text)), str(error)
    hint = 'put values that hold ": ", " #" or brackets in quotes'
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        opened = OPENED.search(error.context or "")
        if "escape" in (error.problem or ""):
            hint = "in single quotes a backslash is just a backslash"
        elif opened and error.context_mark:  # the problem is noticed only where the text ends
            mark, hint = error.context_mark, OPENED_HINTS[opened[0]]
        at = min(mark.index, len(passage.text)) if mark else 0
        span = passage.span(at, min(at + 1, len(passage.text)))
        message = " ".join(str(part) for part in (error.context, error.problem) if part)
    return Diagnostic(span, "yaml-invalid", f"YAML: {message}", hint)


def _document(passage: Passage, diagnostics: list[Diagnostic]) -> Node | None:
    following: Callable[[], Event] = LOADER(passage.text).get_event
    root: Node | None = None
    while not isinstance(event := following(), StreamEndEvent):
        if isinstance(event, NodeEvent):
            root = _node(passage, event, following, diagnostics, 0)
        elif isinstance(event, DocumentStartEvent) and root is not None:
            at = _span(passage, event)
            raise _Fault(Diagnostic(at, "yaml-invalid", "a second YAML document starts here"))
    return root


def _node(
    passage: Passage,
    event: Event,
    following: Callable[[], Event],
    diagnostics: list[Diagnostic],
    depth: int,
) -> Node:
    span = _span(passage, event)
    assert isinstance(event, NodeEvent)
    if event.anchor:
        hint = "write the value out"
        raise _Fault(Diagnostic(span, "yaml-alias", "YAML anchors and aliases are not read", hint))
    if depth > DEPTH_LIMIT:
        raise _Fault(Diagnostic(span, "yaml-deep", f"nested more than {DEPTH_LIMIT} levels deep"))
    if isinstance(event, ScalarEvent):
        return _scalar(event, span, diagnostics)
    if isinstance(event, SequenceStartEvent):
        nodes: list[Node] = []
        while not isinstance(event := following(), SequenceEndEvent):
            nodes.append(_node(passage, event, following, diagnostics, depth + 1))
        return Listing(tuple(nodes), Span(span.path, span.start, _span(passage, event).end))
    entries: dict[str, tuple[Scalar, Node]] = {}
    while not isinstance(event := following(), MappingEndEvent):
        key = _node(passage, event, following, diagnostics, depth + 1)
        value = _node(passage, following(), following, diagnostics, depth + 1)
        if not isinstance(key, Scalar):
            raise _Fault(Diagnostic(key.span, "yaml-invalid", "a key must be plain text"))
        if key.text in entries:
            message = f"the key `{key.text}` is given twice"
            diagnostics.append(Diagnostic(key.span, "key-duplicate", message, "keep one of them"))
            continue
        entries[key.text] = (key, value)
    end = max(span.end, _span(passage, event).end)
    return Mapping(tuple(entries.values()), Span(span.path, span.start, end))


def _scalar(event: ScalarEvent, span: Span, diagnostics: list[Diagnostic]) -> Scalar:
    text = event.value
    if CONTROL.search(text):
        text = CONTROL.sub("", text)
        message = "an escape in quotes gives a character that cannot stand in a note"
        diagnostics.append(Diagnostic(span, "control-character", message, "delete it"))
    return Scalar(text, event.style in ("'", '"'), span)


def _span(passage: Passage, event: Event) -> Span:
    assert event.start_mark is not None and event.end_mark is not None  # absent in no parser
    length, start, end = len(passage.text), event.start_mark.index, event.end_mark.index
    if start <= end <= length:
        return passage.span(start, end)
    start = min(start, length)
    return passage.span(start, max(start, min(end, length)))


class Reader:
    """Takes known keys out of one mapping and collects what is wrong with their values."""

    def __init__(self, mapping: Mapping, known: Sequence[str], where: str) -> None:
        self._nodes = {key.text: node for key, node in mapping.entries}
        self.span = mapping.span
        self.diagnostics: list[Diagnostic] = []
        for key, _ in mapping.entries:
            if key.text not in known:
                near = difflib.get_close_matches(key.text, known, 1, 0.5)
                hint = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(known)}"
                message = f"unknown key `{key.text}` in {where}"
                self.diagnostics.append(Diagnostic(key.span, "key-unknown", message, hint))

    def place(self, key: str) -> Span:
        """Where the value of `key` stands, or the whole mapping if it is absent."""
        return self._nodes[key].span if key in self._nodes else self.span

    def has(self, key: str) -> bool:
        return key in self._nodes

    def node(self, key: str) -> Node | None:
        return self._nodes.get(key)

    def text(self, key: str, default: str = "") -> str:
        """The value of `key` as one line of text."""
        text = self.prose(key, default).removesuffix("\n")
        if "\n" in text:
            self.fault(self.place(key), f"`{key}` must be one line", f"write `{key}: some text`")
        return text.replace("\n", " ")

    def prose(self, key: str, default: str = "") -> str:
        """The value of `key` as text of any number of lines."""
        node = self._nodes.get(key)
        if node is None:
            return default
        if isinstance(node, Scalar):
            return node.text
        self.fault(node.span, f"`{key}` must be one text", f"write `{key}: some text`")
        return default

    def flag(self, key: str) -> bool:
        """The value of `key`, written `true` or `false`; absent is false."""
        node = self._nodes.get(key)
        if node is None:
            return False
        if isinstance(node, Scalar) and node.text in ("true", "false"):
            return node.text == "true"
        self.fault(node.span, f"`{key}` must be true or false", f"write `{key}: true`")
        return False

    def number(self, key: str, default: float) -> float:
        """The value of `key` as a number above zero."""
        node = self._nodes.get(key)
        if node is None:
            return default
        try:
            value = float(node.text) if isinstance(node, Scalar) else 0.0
        except ValueError:
            value = 0.0
        if 0 < value < math.inf:
            return value
        self.fault(node.span, f"`{key}` must be a number above zero", f"write `{key}: {default}`")
        return default

    def texts(self, key: str) -> tuple[Scalar, ...]:
        """The values of `key`: a list of texts, or one text alone."""
        node = self._nodes.get(key)
        if node is None:
            return ()
        if isinstance(node, Scalar):
            return (node,) if node.text else ()
        if isinstance(node, Listing):
            for entry in node.nodes:
                if not isinstance(entry, Scalar):
                    hint = "put an entry that holds `: ` in quotes"
                    self.fault(entry.span, f"`{key}` must be a list of texts", hint)
            return tuple(entry for entry in node.nodes if isinstance(entry, Scalar))
        self.fault(node.span, f"`{key}` must be a list of texts", f"write `{key}: [one, two]`")
        return ()

    def mapping(self, key: str) -> Mapping | None:
        """The value of `key` as a mapping."""
        node = self._nodes.get(key)
        if node is None or isinstance(node, Mapping):
            return node
        if isinstance(node, Scalar) and not node.text:
            return None
        self.fault(node.span, f"`{key}` must hold `name: value` lines", "indent them below it")
        return None

    def fault(self, span: Span, message: str, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(span, "value-invalid", message, hint))

    def warn(self, span: Span, code: str, message: str, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(span, code, message, hint, Severity.WARNING))
