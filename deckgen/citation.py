"""The registry of cited works, `sources.yaml`, and the citations that notes make of it."""

from __future__ import annotations

import difflib
import html
from dataclasses import dataclass

from deckgen.diagnostic import Diagnostic, Span
from deckgen.mapping import Mapping, Reader, Scalar

WORK_KEYS = ("title", "authors", "year", "url", "license")


@dataclass(frozen=True, slots=True)
class Work:
    """One entry of the registry; what it does not give is empty."""

    key: str
    title: str
    authors: str
    year: str
    url: str
    license: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A place in a work: `isl §8.2` is the work `isl` with the locator `§8.2`."""

    work: Work
    locator: str

    def html(self) -> str:
        """The citation as a learner reads it: authors, title, year, locator."""
        title = f"<cite>{html.escape(self.work.title)}</cite>"
        if self.work.url:
            title = f'<a href="{html.escape(self.work.url)}">{title}</a>'
        year = f" ({html.escape(self.work.year)})" if self.work.year else ""
        parts = (html.escape(self.work.authors), title + year, html.escape(self.locator))
        return ", ".join(part for part in parts if part)


def read_works(mapping: Mapping) -> tuple[dict[str, Work], tuple[Diagnostic, ...]]:
    """The works that the registry's mapping lists, by key."""
    works: dict[str, Work] = {}
    diagnostics: list[Diagnostic] = []
    for key, node in mapping.entries:
        if not isinstance(node, Mapping):
            message = f"the source `{key.text}` must hold `title:` and more"
            diagnostics.append(Diagnostic(key.span, "value-invalid", message, "indent them below"))
            continue
        reader = Reader(node, WORK_KEYS, f"the source `{key.text}`")
        if not key.text or " " in key.text:
            reader.fault(key.span, "a source's key is one word", "cite it as `key locator`")
        if not reader.text("title"):
            reader.fault(key.span, f"the source `{key.text}` has no title", "add `title: …`")
        url = reader.text("url")
        if url and not url.startswith(("https://", "http://")):
            reader.fault(reader.place("url"), "the url must start with https://", "write it out")
        works[key.text] = Work(key.text, *(reader.text(name) for name in WORK_KEYS))
        diagnostics += reader.diagnostics
    return works, tuple(diagnostics)


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
