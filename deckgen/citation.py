"""The registry of cited works, `sources.yaml`, and the citations that notes make of it."""

from __future__ import annotations

import difflib
import html
from typing import NamedTuple

from deckgen.diagnostic import Diagnostic, Span
from deckgen.mapping import Mapping, Reader, Scalar

WORK_KEYS = ("title", "author", "year", "link", "license")


class Work(NamedTuple):
    """One entry of the registry; what it does not give is empty."""

    key: str
    title: str
    author: str
    year: str
    link: str
    license: str


class Citation(NamedTuple):
    """A place in a work: `isl §8.2` is the work `isl` with the locator `§8.2`."""

    work: Work
    locator: str

    def html(self) -> str:
        """The citation as a learner reads it: author, title, year, locator."""
        title = f"<cite>{html.escape(self.work.title)}</cite>"
        if self.work.link:
            title = f'<a href="{html.escape(self.work.link)}">{title}</a>'
        year = f" ({html.escape(self.work.year)})" if self.work.year else ""
        parts = (html.escape(self.work.author), title + year, html.escape(self.locator))
        return ", ".join(part for part in parts if part)


def read_works(mapping: Mapping) -> tuple[dict[str, Work], tuple[Diagnostic, ...]]:
    """The works that a registry lists, by key: `sources.yaml`, or `sources` in a front matter.

    Each is a mapping with `title` and more, or one text: the whole reference.
    """
    works: dict[str, Work] = {}
    diagnostics: list[Diagnostic] = []
    for key, node in mapping.entries:
        if not key.text or " " in key.text:
            message = "a source's key is one word, for notes cite it as `key locator`"
            diagnostics.append(Diagnostic(key.span, "value-invalid", message, "shorten it"))
        if isinstance(node, Scalar) and node.text.strip():
            works[key.text] = Work(key.text, node.text.strip(), "", "", "", "")
        elif isinstance(node, Mapping):
            works[key.text], found = _read_work(key, node)
            diagnostics += found
        else:
            message = f"the source `{key.text}` must hold `title:` and more"
            diagnostics.append(Diagnostic(key.span, "value-invalid", message, "indent them below"))
    return works, tuple(diagnostics)


def _read_work(key: Scalar, node: Mapping) -> tuple[Work, tuple[Diagnostic, ...]]:
    reader = Reader(node, WORK_KEYS, f"the source `{key.text}`")
    if not reader.text("title"):
        reader.fault(key.span, f"the source `{key.text}` has no title", "add `title: …`")
    link = reader.text("link")
    if link and not link.startswith(("https://", "http://")):
        reader.fault(reader.place("link"), "a link must start with https://", "write it out")
    work = Work(key.text, *(reader.text(name) for name in WORK_KEYS))
    return work, tuple(reader.diagnostics)


def cite(
    written: tuple[Scalar, ...], works: dict[str, Work]
) -> tuple[tuple[Citation, ...], tuple[Diagnostic, ...]]:
    """The citations that a note's `sources` list makes, each written `key locator`."""
    citations: list[Citation] = []
    diagnostics: list[Diagnostic] = []
    for scalar in written:
        key, _, locator = scalar.text.strip().partition(" ")
        if key in works:
            citations.append(Citation(works[key], locator.strip()))
            continue
        near = difflib.get_close_matches(key, works, 1, 0.5)
        hint = f"did you mean `{near[0]}`?" if near else f"add `{key}:` to sources.yaml"
        message = f"no source `{key}` in sources.yaml"
        start = scalar.span.start + (1 if scalar.quoted else 0)
        span = Span(scalar.span.path, start, start + len(key))
        diagnostics.append(Diagnostic(span, "source-unknown", message, hint))
    return tuple(citations), tuple(diagnostics)
