"""Renders a question into a note: the HTML of each field, its cards, formulas and media."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element as Node

from deckgen import fieldtree, highlight, html_rules
from deckgen.cloze import anki_ordinals
from deckgen.config import Config
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.fieldtree import SLOT, Element, Void, slot
from deckgen.macros import Macro
from deckgen.markdown_dialect import Dialect
from deckgen.media import Media, MediaFolder
from deckgen.notetype import Kind, NoteType, basic_ordinals
from deckgen.question import Question
from deckgen.segment import (
    ClozeClose,
    ClozeHint,
    ClozeOpen,
    Code,
    Formula,
    Segment,
    Tag,
    Text,
)
from deckgen.shown_formula import (
    LookProof,
    ShownFormula,
    formula_html,
    mark_html,
    no_gaps,
    show,
)

RETIRED_TAG = "deckgen::retired"
RETIRED = (
    "This note is retired: the deck no longer holds it. "
    f"Search for tag:{RETIRED_TAG} in the Browser to delete it and others like it."
)
# A browser may break a line between a formula and the comma after it.
GLUED_AFTER = re.compile(r"[.,;:!?)\]’”…%-]+")
NO_BREAK = '<span class="nowrap">'
# Python-Markdown looks for the end of each that is open, up to the end of the paragraph.
BRACKET_LIMIT = 1000
CLOZE_LIMIT = 500  # in one field; Anki makes no more cards of a note
PARAGRAPH = re.compile(r"<p>(.*)</p>\Z", re.DOTALL)
REFERENCE = re.compile(r"\[([^\[\]]+)\](?:\[([^\[\]]*)\])?")
HIDDEN = re.compile("\x02(\\d+)\x03")
WIDTH = re.compile(r"\{:?\s*((?:(?:width|height)\s*=\s*\"?\d+%?\"?\s*)+)\}")
SIZE = re.compile(r"(width|height)\s*=\s*\"?(\d+%?)")
SOURCE = re.compile(r"(\s(?:src)\s*=\s*)(\"[^\"]*\"|'[^']*'|[^\s>]+)")
# What Anki would not take for text. Anki: rslib/src/latex.rs, rslib/src/text.rs; the backslashes
# are MathJax's delimiters, which it finds in text but not across tags.
SPECIAL_BRACKET = re.compile(r"\[(?=sound:|latex\]|\$\$?\]|anki:)", re.IGNORECASE)
DELIMITER = re.compile(r"\\(?=[()\[\]])")
LITERAL_OPEN = re.compile(r"\{(?=\{c\d)")


@dataclass(frozen=True, slots=True)
class Note:
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


@dataclass(frozen=True, slots=True)
class Rendered:
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
        self._macros = macros
        self._media = media
        self._texts = texts
        self._dialect = Dialect(self._adjust)
        self._question: Question
        self._slots: list[Segment | str] = []
        self._shown: list[ShownFormula] = []
        self._used: dict[str, Media] = {}
        self._addresses: dict[str, Media] = {}
        self._found: list[Diagnostic] = []
        self._located = 0

    def note(self, question: Question) -> tuple[Rendered, tuple[Diagnostic, ...]]:
        """The note that a question makes, and what is wrong with it."""
        self._question, self._shown, self._found = question, [], []
        self._used, self._addresses = {}, {}
        self._located = question.body.start
        note_type = self._note_types[question.kind]
        fields = tuple(
            self._field(index, field.name) for index, field in enumerate(note_type.fields)
        )
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
            media=tuple(self._used.values()),
            retired=question.retired,
            title=question.title,
            span=question.span,
        )
        rendered = Rendered(note, tuple(self._shown), tuple(self._addresses.items()))
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

    def _field(self, index: int, name: str) -> str:
        question = self._question
        match name:
            case "Question":
                return self._line(index, question.heading)
            case "Answer" | "Text":
                return self._blocks(index, question.answer)
            case "Note" | "Trap" | "Tip":
                kind = name.lower()
                callouts = [c.segments for c in question.callouts if c.kind == kind]
                return "\n".join(self._blocks(index, segments) for segments in callouts)
            case "Source":
                return _source(question)
            case "Context":
                return self._line(index, question.context)
            case "Typed":
                return html.escape(question.typed, quote=False)
            case "Reverse":
                return "y" if question.reverse else ""
            case "Status":
                return RETIRED if question.retired else ""
            case "Report":
                return html.escape(self._config.report_link(question.key))
            case "Key":
                return question.key
            case _:
                return ""

    # -- one field -----------------------------------------------------------------------------

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
        if sum(isinstance(segment, ClozeOpen) for segment in segments) > CLOZE_LIMIT:
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
        written = self._write(index, root).strip()
        if any(found.code == "html-not-allowed" for found in self._found):
            return written
        # Only an author's own tags can stand where a browser would not keep them.
        raw = any(isinstance(segment, (Tag, str)) for segment in self._slots)
        if (raw or not html_rules.passes(written)) and (gone := html_rules.lost(written)):
            message = f"{gone} is not allowed in a note"
            self._fault(self._question.span, "html-not-allowed", message, "remove it")
        return written

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
        media = self._media_at(name, tag.span)
        if media is None:
            return tag
        written = tag.written[: source.start()] + f'{source[1]}"{media.name}"'
        return replace(tag, written=written + tag.written[source.end() :])

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

    # -- pictures and links, while Markdown's tree is at hand ------------------------------------

    def _adjust(self, root: Node) -> None:
        for parent in list(root.iter()):
            for place, child in enumerate(list(parent)):
                if child.tag == "img":
                    self._image(parent, place, child)
                elif child.tag == "a":
                    self._link(child)
        for node in root.iter():
            for text in (node.text, node.tail):
                if text and "[" in text:
                    self._undefined_links(text)
            for name, text in node.attrib.items():
                if isinstance(text, str) and SLOT.search(text):
                    node.set(name, self._plain(text, as_written=name in ("href", "src")))

    def _image(self, parent: Node, place: int, image: Node) -> None:
        written = self._plain(image.get("src", ""), as_written=True)
        span = self._locate(written)
        media = self._media_at(written, span)
        if media is None:
            return
        if not media.is_image:
            self._slots.append(f"[sound:{media.name}]")
            sound = Node("span", {"class": "sound"})
            sound.text, sound.tail = slot(len(self._slots) - 1), image.tail
            parent[place] = sound
            return
        image.set("src", media.name)
        if not image.get("alt", "").strip():
            message = "the picture has no alternative text"
            hint = "say in the brackets what one sees: ![…](…)"
            self._fault(span, "image-alt", message, hint, Severity.WARNING)
        tail = image.tail or ""
        if size := WIDTH.match(tail):
            for name, pixels in SIZE.findall(size[1]):
                image.set(name, pixels)
            image.tail = tail[size.end() :]
        if parent.tag == "p" and not "".join(parent.itertext()).strip() and len(parent) == 1:
            # A box that a tap opens; AnkiDroid takes no tap on it for a gesture.
            parent.set("class", "picture tappable")
            parent.set("tabindex", "0")

    def _link(self, link: Node) -> None:
        target = self._plain(link.get("href", ""), as_written=True)
        parts = urlsplit(html.unescape(target).replace("\x02amp\x03", "&").strip())
        if parts.scheme.lower() in html_rules.URL_SCHEMES:
            return
        span = self._locate(target)
        if parts.scheme:
            message = f"a link to {parts.scheme}: is not allowed in a note"
            self._fault(span, "link-not-allowed", message, "use https:, http: or mailto:")
            link.attrib.clear()
        elif PurePosixPath(parts.path).suffix == ".md" or not parts.path:
            # For readers of the files; a card has no other file to go to.
            link.tag = "span"
            link.attrib.clear()
        else:
            message = f"the link to `{target}` leads nowhere from a card"
            hint = "write the whole address, from https:// on"
            self._fault(span, "link-relative", message, hint)

    def _undefined_links(self, text: str) -> None:
        """Tell of what stands in brackets and is defined as a link, but in another answer."""
        body = self._question.body
        whole = self._texts.get(body.path, "")
        others = f"{whole[: body.start]}\n{whole[body.end :]}" if "]:" in whole else ""
        for match in REFERENCE.finditer(text):
            label = re.escape(match[2] or match[1])
            defined = re.compile(rf"^ {{0,3}}\[{label}\]:", re.MULTILINE | re.IGNORECASE)
            if defined.search(others):
                message = f"the address of `{match[0]}` is defined in another answer"
                hint = "define it below this answer: each note stands alone"
                span = self._locate(match[0])
                self._fault(span, "link-undefined", message, hint, Severity.WARNING)

    def _media_at(self, written: str, span: Span) -> Media | None:
        found = self._media.find(written, self._question.span.path, span)
        if isinstance(found, Diagnostic):
            self._found.append(found)
            return None
        self._used[found.name] = found
        self._addresses[written] = found
        return found

    def _locate(self, written: str) -> Span:
        """Where a link's target stands in the question, looked for from the last one on."""
        body = self._question.body
        text = self._texts.get(body.path, "")
        for target in (written, unquote(written)):
            at = text.find(target, self._located, body.end) if target else -1
            at = text.find(target, body.start, body.end) if at < 0 and target else at
            if at >= 0:
                self._located = at + 1
                return Span(body.path, at, at + len(target))
        return self._question.span

    def _plain(self, text: str, as_written: bool) -> str:
        """An attribute's text with slots as plain text: what was written, or what it says."""

        def fill(match: re.Match[str]) -> str:
            filled = self._slots[int(match[1])]
            if isinstance(filled, str):
                return ""
            if as_written:
                span = filled.span
                return self._texts.get(span.path, "")[span.start : span.end]
            return filled.passage.text if isinstance(filled, (Code, Formula)) else ""

        # What Python-Markdown has hidden of an escaped character; it would undo it later.
        text = HIDDEN.sub(lambda match: chr(int(match[1])), text)
        return SLOT.sub(fill, text)

    # -- writing the field ---------------------------------------------------------------------

    def _write(self, index: int, root: Element) -> str:
        written: list[str] = []
        opened: list[int] = []
        hint_of = 0
        glued = False
        for child in fieldtree.walk(root):
            if isinstance(child, str):
                text = _harmless(child)
                text = highlight.outside_marks(text) if opened else text
                if glued and (match := GLUED_AFTER.match(text)):
                    written[-1] = f"{NO_BREAK}{written[-1]}{match[0]}</span>"
                    text = text[match.end() :]
                written.append(text)
            elif isinstance(child, Void):
                written.append(_tag(child.html, bool(opened)))
            elif isinstance(child, ClozeOpen):
                opened.append(child.number)
                written.append(mark_html(child))
            elif isinstance(child, ClozeHint):
                hint_of = opened[-1] if opened else 0
                written.append(mark_html(child))
            elif isinstance(child, ClozeClose):
                if opened:
                    opened.pop()
                hint_of = 0
                written.append(mark_html(child))
            elif isinstance(child, Formula):
                shown = show(
                    child, self._macros, index, tuple(opened), hint_of, self._gap_proof
                )
                self._shown.append(shown)
                written.append(formula_html(shown))
                glued = not shown.display
                continue
            elif isinstance(child, Code):
                written.append(highlight.code_html(child, mark_html))
            glued = False
        return "".join(written)

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


def _harmless(text: str) -> str:
    """Escaped text without what Anki or MathJax would take for more than text."""
    if "[" in text:
        text = SPECIAL_BRACKET.sub("&#91;", text)
    if "\\" in text:
        text = DELIMITER.sub(lambda _: "<span>\\</span>", text)
    return LITERAL_OPEN.sub("<span>{</span>", text) if "{" in text else text


def _tag(tag: str, clozed: bool) -> str:
    if tag == "<table>":
        return '<div class="table-scroll"><table>'
    if tag == "</table>":
        return "</table></div>"
    return tag.replace("}", "&#125;").replace("::", "&#58;&#58;") if clozed else tag
