"""Renders a question into a note: the HTML of each field, its cards, formulas and media."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from deckgen import fieldtree, highlight, html_rules
from deckgen.addresses import Addresses
from deckgen.cloze import anki_ordinals
from deckgen.config import Config
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.field_html import field_html
from deckgen.fieldtree import slot
from deckgen.macros import Macro
from deckgen.markdown_dialect import Dialect
from deckgen.media import Media, MediaFolder
from deckgen.notetype import Kind, NoteType, basic_ordinals
from deckgen.question import Question
from deckgen.segment import ClozeOpen, Code, Formula, Segment, Tag, Text
from deckgen.shown_formula import LookProof, ShownFormula, no_gaps, show

RETIRED_TAG = "deckgen::retired"
RETIRED = (
    "This note is retired: the deck no longer holds it. "
    f"Search for tag:{RETIRED_TAG} in the Browser to delete it and others like it."
)
# Python-Markdown looks for the end of each that is open, up to the end of the paragraph.
BRACKET_LIMIT = 1000
CLOZE_LIMIT = 500  # in one field; Anki makes no more cards of a note
PARAGRAPH = re.compile(r"<p>(.*)</p>\Z", re.DOTALL)
SOURCE = re.compile(r"(\s(?:src)\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s>]+)")


class Note(NamedTuple):
    """A rendered note: `fields` in the note type's order, `ordinals` 0-based and ascending.

    `title` is the question as written and `deck` the full name of its deck.
    """

    key: str
    kind: Kind
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    deck: str
    ordinals: tuple[int, ...]
    media: tuple[Media, ...]
    retired: bool
    title: str
    span: Span


class Rendered(NamedTuple):
    """A note with the formulas that its fields show, in the order of the fields.

    `shown_media` are its media, each with its address as it is written.
    """

    note: Note
    formulas: tuple[ShownFormula, ...]
    shown_media: tuple[tuple[str, Media], ...]


class Renderer:
    """Renders the questions of one deck, one after another."""

    def __init__(
        self,
        config: Config,
        note_types: Mapping[Kind, NoteType],
        macros: Mapping[str, Macro],
        media: MediaFolder,
        texts: Mapping[str, str],
        gap_proof: LookProof = no_gaps,
    ) -> None:
        self._gap_proof = gap_proof
        self._config = config
        self._note_types = note_types
        self._writers = {
            kind: tuple(self._writer(field.name) for field in note_type.fields)
            for kind, note_type in note_types.items()
        }
        self._macros = macros
        self._texts = texts
        self._addresses = Addresses(media, texts)
        self._dialect = Dialect(lambda root: self._addresses.adjust(root, self._slots))
        self._question: Question
        self._slots: list[Segment | str] = []
        self._shown: list[ShownFormula] = []
        self._found: list[Diagnostic] = []

    def note(self, question: Question) -> tuple[Rendered, tuple[Diagnostic, ...]]:
        """The note that a question makes, and what is wrong with it."""
        self._question, self._shown, self._found = question, [], []
        self._addresses.start(question, self._found)
        note_type = self._note_types[question.kind]
        writers = enumerate(self._writers[question.kind])
        fields = tuple([write(index) for index, write in writers])
        named = {field.name: text for field, text in zip(note_type.fields, fields, strict=True)}
        deck = f"{self._config.name}::{question.deck}" if question.deck else self._config.name
        tags = dict.fromkeys((*self._config.tags, *question.tags))
        if question.retired:
            tags[RETIRED_TAG] = None
        note = Note(
            key=question.key,
            kind=question.kind,
            fields=fields,
            tags=tuple(tags),
            deck=deck,
            ordinals=self._ordinals(named),
            media=tuple(self._addresses.used.values()),
            retired=question.retired,
            title=question.title,
            span=question.span,
        )
        rendered = Rendered(note, tuple(self._shown), tuple(self._addresses.addresses.items()))
        return rendered, tuple(dict.fromkeys(self._found))

    def _ordinals(self, fields: Mapping[str, str]) -> tuple[int, ...]:
        question = self._question
        if question.kind is Kind.BASIC:
            return basic_ordinals(fields)
        # Anki looks for deletions in every field of a cloze note, whatever its templates show.
        ordinals = anki_ordinals("\x1f".join(fields.values()))
        meant = tuple(number - 1 for number in question.numbers)
        stray = (*question.heading, *(s for c in question.callouts for s in c.segments))
        told = self._found or any(isinstance(segment, ClozeOpen) for segment in stray)
        if ordinals != meant and not told:
            message = "Anki would make other cards of this note than its cloze numbers say"
            hint = "report this as a bug of deckgen, with the question"
            self._fault(question.span, "cloze-mismatch", message, hint)
        return ordinals

    def _writer(self, name: str) -> Callable[[int], str]:
        """What gives the field of this name, told its index, of the question at hand."""
        match name:
            case "Question":
                return lambda index: self._line(index, self._question.heading)
            case "Answer" | "Text":
                return lambda index: self._blocks(index, self._question.answer)
            case "Note" | "Trap" | "Tip":
                return partial(self._callouts, name.lower())
            case "Source":
                return lambda _: _source(self._question)
            case "Context":
                return lambda index: self._line(index, self._question.context)
            case "Typed":
                return lambda _: html.escape(self._question.typed, quote=False)
            case "Reverse":
                return lambda _: "y" if self._question.reverse else ""
            case "Status":
                return lambda _: RETIRED if self._question.retired else ""
            case "Report":
                return lambda _: html.escape(self._config.report_link(self._question.key))
            case "Key":
                return lambda _: self._question.key
            case _:
                return lambda _: ""

    # -- one field -----------------------------------------------------------------------------

    def _callouts(self, kind: str, index: int) -> str:
        callouts = [c.segments for c in self._question.callouts if c.kind == kind]
        return "\n".join([self._blocks(index, segments) for segments in callouts])

    def _line(self, index: int, segments: Sequence[Segment]) -> str:
        rendered = self._blocks(index, segments)
        match = PARAGRAPH.match(rendered)
        return match[1] if match and "<p>" not in match[1] else rendered

    def _blocks(self, index: int, segments: Sequence[Segment]) -> str:
        self._slots = []
        text: list[str] = []
        for segment in segments:
            if isinstance(segment, Text):
                text.append(segment.markdown)
            else:
                text.append(slot(len(self._slots)))
                self._slots.append(self._checked(segment))
        if not text:
            return ""
        markdown = "".join(text)
        if markdown.count("[") > BRACKET_LIMIT:
            message = f"more than {BRACKET_LIMIT:,} square brackets"
            self._fault(self._question.span, "brackets-too-many", message, "split the question")
            return ""
        if len(self._slots) > CLOZE_LIMIT < sum(isinstance(s, ClozeOpen) for s in self._slots):
            message = f"more than {CLOZE_LIMIT:,} cloze deletions"
            self._fault(self._question.span, "cloze-too-many", message, "split the question")
            return ""
        try:
            return self._rendered(index, markdown)
        except RecursionError:
            message = "lists, quotes, tags or emphasis are nested too deeply"
            self._fault(self._question.span, "nesting-too-deep", message, "flatten them")
            return ""
        except IndexError:  # pymdown-extensions 12.3, under Python 3.10
            message = "the emphasis in this note cannot be told apart on this Python"
            hint = "put a backslash before each caret and tilde that is text, or use Python 3.11"
            self._fault(self._question.span, "emphasis-unclear", message, hint)
            return ""

    def _rendered(self, index: int, markdown: str) -> str:
        root = self._dialect.tree(markdown, self._slots)
        for found in fieldtree.settle(root, self._slots):
            self._misplaced(found)
        written, tags = field_html(root, partial(self._show, index))
        written = written.strip()
        if any(found.code == "html-not-allowed" for found in self._found):
            return written
        # Only an author's own tags can stand where a browser would not keep them.
        is_raw = not {Tag, str}.isdisjoint(map(type, self._slots))
        is_sound = not is_raw and html_rules.pass_whole(tags)
        if not is_sound and (gone := html_rules.lost(written)):
            message = f"{gone} is not allowed in a note"
            self._fault(self._question.span, "html-not-allowed", message, "remove it")
        return written

    def _show(
        self, index: int, formula: Formula, inside: tuple[int, ...], hint_of: int
    ) -> ShownFormula:
        shown = show(formula, self._macros, index, inside, hint_of, self._gap_proof)
        self._shown.append(shown)
        return shown

    def _checked(self, segment: Segment) -> Segment | str:
        """The segment, after what can be said about it alone has been said."""
        if isinstance(segment, Code) and segment.block:
            language = highlight.language_of(segment)
            near = highlight.unknown_language(language)
            if near is not None:
                hint = f"did you mean `{near}`?" if near else "leave it out, or write `text`"
                message = f"no highlighting for the language `{language}`"
                span = Span(segment.span.path, segment.span.start, segment.span.start + 3)
                self._fault(span, "code-language", message, hint, Severity.WARNING)
        if isinstance(segment, Tag) and not segment.written.startswith("</"):
            return self._raw_tag(segment)
        return segment

    def _raw_tag(self, tag: Tag) -> Segment | str:
        if gone := html_rules.refused(tag.written):
            message = f"{gone} is not allowed in a note"
            hint = "remove it, or write &lt; if you mean a less-than sign"
            if gone.startswith("style"):
                hint = "give it a class, and style that under `styling` in deck.yaml"
            self._fault(tag.span, "html-not-allowed", message, hint)
            return tag
        source = SOURCE.search(tag.written)
        if source is None:
            return tag
        name = html.unescape(source[2].strip("\"'"))
        media = self._addresses.media_at(name, tag.span)
        if media is None:
            return tag
        written = tag.written[: source.start()] + f'{source[1]}"{media.name}"'
        return tag._replace(written=written + tag.written[source.end() :])

    def _misplaced(self, found: fieldtree.Misplaced) -> None:
        if found.in_attribute:
            message = f"the cloze deletion {found.what} stands in an address or a description"
            self._fault(found.span, "cloze-misplaced", message, "put it around the whole link")
        elif found.what.startswith("{{"):
            message = f"the cloze deletion {found.what} starts and ends in different elements"
            hint = "close it in the paragraph, list item, cell or emphasis that it starts in"
            self._fault(found.span, "cloze-crossing", message, hint)
        elif not self._is_refused(found):
            message = f"{found.what} has no partner in the same paragraph or block"
            self._fault(found.span, "html-unbalanced", message, "open and close it in one place")

    def _is_refused(self, found: fieldtree.Misplaced) -> bool:
        """Whether a raw tag, or the start tag that it would close, is told of as not allowed."""
        spans = [fault.span for fault in self._found if fault.code == "html-not-allowed"]
        text = self._texts.get(found.span.path, "")
        closed = found.what.removeprefix("</").rstrip(">").strip().lower()
        names = {text[span.start + 1 : span.end].split(">")[0].lower() for span in spans}
        return found.span in spans or (found.what.startswith("</") and closed in names)

    def _fault(
        self,
        span: Span,
        code: str,
        message: str,
        hint: str,
        severity: Severity = Severity.ERROR,
    ) -> None:
        self._found.append(Diagnostic(span, code, message, hint, severity))


def _source(question: Question) -> str:
    """What the note cites, and the month of which it is true."""
    cited = "<br>".join(citation.html() for citation in question.citations)
    dated = f"as of {question.as_of}" if question.as_of else ""
    return " · ".join(part for part in (cited, dated) if part)
