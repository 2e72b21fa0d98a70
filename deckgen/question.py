"""The grammar of a question file: front matter, headings, the comment below each, answers."""

from __future__ import annotations

import re
from typing import NamedTuple

from deckgen import metadata
from deckgen.citation import Citation, Work, cite, read_works
from deckgen.config import Config, read_tags
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.mapping import Mapping, Reader, Scalar, parse
from deckgen.markup import scan_answer, scan_heading
from deckgen.metadata import KeyPlace
from deckgen.notetype import Kind
from deckgen.passage import Passage
from deckgen.segment import Callout, Segment
from deckgen.source import Source

FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
FRONT_MATTER_KEYS = ("title", "deck", "tags", "sources", "draft")
NOTE_KEYS = (
    *("id", "tags", "sources", "as-of", "needs", "reverse", "reverse-of", "typed"),
    *("draft", "retired", "allow"),
)
HEADING = re.compile(r"(#{1,3})[ \t]+([^\n]*)(?:\n|\Z)")
TITLE = re.compile(r"^#[ \t]+(.+?)[ \t]*$", re.MULTILINE)
KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
QUESTION_LIMIT = 1000  # characters of a heading; a card shows it at a glance
KEY_LIMIT = 80  # characters; a key is read in lock files and on cards
MONTH = re.compile(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])\Z")


class Allowance(NamedTuple):
    """A rule of the card-writing standard that a note may break: its code, and the reason."""

    code: Scalar
    reason: Scalar


class Question(NamedTuple):
    """One note as its author wrote it, taken apart but not rendered.

    `heading` is the question (the visible title of a cloze note), `context` the heading of the
    question that it follows up, empty if none; `typed` is the answer to type, empty if none, and
    `numbers` are the 1-based cloze numbers of the answer. `span` covers the heading. `as_of` is the
    month, as in `2026-11`, of which its claims are true; `needs` are the ids of the notes to know
    before it, and `reverse_of` is the id of the note that asks for the same the other way round.
    """

    key: str
    kind: Kind
    heading: tuple[Segment, ...]
    context: tuple[Segment, ...]
    answer: tuple[Segment, ...]
    callouts: tuple[Callout, ...]
    numbers: tuple[int, ...]
    tags: tuple[str, ...]
    deck: str
    citations: tuple[Citation, ...]
    reverse: bool
    typed: str
    retired: bool
    title: str
    span: Span
    body: Span
    as_of: str = ""
    needs: tuple[Scalar, ...] = ()
    reverse_of: Scalar | None = None
    allowances: tuple[Allowance, ...] = ()


class MissingKey(NamedTuple):
    """A heading without an id, `span` where the author looks for it, and where it belongs."""

    span: Span
    title: str
    place: KeyPlace


class _Heading(NamedTuple):
    """A heading from the 0-based `start` to `after`; its words are the text from `words` to `end`.

    `level` is 1 to 3.
    """

    level: int
    title: str
    start: int
    words: int
    end: int
    after: int


def _heading_at(text: str, at: int) -> _Heading | None:
    """The heading that starts at `at`, its closing `#` left out (CommonMark 4.2)."""
    match = HEADING.match(text, at)
    if match is None:
        return None
    title = match[2].rstrip()
    opened = title.rstrip("#")
    if not opened or opened[-1].isspace():
        title = opened.rstrip()
    words = match.start(2)
    return _Heading(len(match[1]), title, at, words, words + len(title), match.end())


class _File(NamedTuple):
    path: str
    deck: str
    tags: tuple[str, ...]
    sources: tuple[Scalar, ...]
    draft: bool
    works: dict[str, Work]


class Parsed(NamedTuple):
    """What a question file holds; drafts are left out of `questions`."""

    questions: tuple[Question, ...]
    drafts: tuple[str, ...]
    missing: tuple[MissingKey, ...]
    diagnostics: tuple[Diagnostic, ...]


class _Above(NamedTuple):
    """What a follow-up note inherits from the question above it."""

    heading: tuple[Segment, ...]
    tags: tuple[str, ...]
    citations: tuple[Citation, ...]
    draft: bool


def parse_file(source: Source, config: Config, works: dict[str, Work]) -> Parsed:
    """Take one question file apart; what is wrong with it is in the diagnostics."""
    return _Parser(source, config, works).parse()


class _Parser:
    def __init__(self, source: Source, config: Config, works: dict[str, Work]) -> None:
        self.text = source.text
        self.config = config
        self.whole = Passage(source.text, source.path, ((0, 0),))
        self.works = works
        self.diagnostics: list[Diagnostic] = []
        self.questions: list[Question] = []
        self.drafts: list[str] = []
        self.missing: list[MissingKey] = []

    def parse(self) -> Parsed:
        file, at = self._front_matter()
        above: _Above | None = None
        seen_question = False
        while at < len(self.text):
            heading = _heading_at(self.text, at)
            if heading is None or heading.level == 1:
                if heading and seen_question:
                    self._late_title(heading)
                at = self._skip(heading.after if heading else at)
                continue
            seen_question = True
            above, at = self._question(heading, file, above)
        return Parsed(
            tuple(self.questions), tuple(self.drafts), tuple(self.missing), tuple(self.diagnostics)
        )

    def _skip(self, at: int) -> int:
        """Where the next heading starts after prose for readers, whose faults are nobody's."""
        return scan_answer(self.whole, at).end

    def _late_title(self, heading: _Heading) -> None:
        span = self.whole.span(heading.start, heading.end)
        message = "a `#` heading after the first question: the text below it is in no note"
        hint = "use ####, or put code in a fence; `#` is the file's title"
        self._fault(span, "heading-title", message, hint)

    # -- front matter --------------------------------------------------------------------------

    def _front_matter(self) -> tuple[_File, int]:
        match = FRONT_MATTER.match(self.text)
        start, end = match.span(1) if match else (0, 0)
        passage = self.whole.cut([(start, end, None)])
        if match is None and re.match(r"---[ \t]*\n", self.text):
            span = self.whole.span(0, 3)
            message = "the front matter that starts here never ends"
            self._fault(span, "front-matter-unclosed", message, "end it with a line ---")
        mapping, found = parse(passage)
        reader = Reader(mapping, FRONT_MATTER_KEYS, "the front matter")
        title = reader.text("title").strip()
        if not title and (first := TITLE.search(self.text)):
            title = first[1]
        deck = "::".join(part.strip() for part in reader.text("deck", title).split("::"))
        deck = deck.removeprefix(f"{self.config.name}::")
        if deck and (not all(deck.split("::")) or '"' in deck):
            place = reader.place("deck" if reader.has("deck") else "title")
            hint = "parts are set apart by ::, and none is empty or holds a quotation mark"
            reader.fault(place, "a deck's name has an odd part", hint)
        works, sources = self._file_sources(reader)
        file = _File(self.whole.path, deck, read_tags(reader), sources, reader.flag("draft"), works)
        self.diagnostics += (*found, *reader.diagnostics)
        return file, match.end() if match else 0

    def _file_sources(self, reader: Reader) -> tuple[dict[str, Work], tuple[Scalar, ...]]:
        """The works that notes of the file can cite, and what they cite if they say nothing.

        `sources` in the front matter is a list of citations, or a registry of the file's own.
        """
        if isinstance(node := reader.node("sources"), Mapping):
            own, found = read_works(node)
            self.diagnostics += found
            return {**self.works, **own}, self.config.sources
        written = reader.texts("sources") if reader.has("sources") else self.config.sources
        return self.works, written

    # -- one question --------------------------------------------------------------------------

    def _question(
        self, heading: _Heading, file: _File, above: _Above | None
    ) -> tuple[_Above | None, int]:
        level = heading.level
        span = self.whole.span(heading.start, max(heading.end, heading.start + level))
        end = min(heading.end, heading.words + QUESTION_LIMIT)
        head = scan_heading(self.whole.cut([(heading.words, end, None)]))
        self.diagnostics += (d for d in head.diagnostics if d.code != "cloze-gap")
        if head.numbers:
            message = "a cloze deletion in a heading makes no card"
            self._fault(span, "cloze-in-heading", message, "move it into the answer")
        if not heading.title:
            self._fault(span, "question-empty", "the heading asks nothing", "write the question")
        if len(heading.title) > QUESTION_LIMIT:
            message = f"the question has more than {QUESTION_LIMIT:,} characters"
            self._fault(span, "question-too-long", message, "ask in a line, explain in the answer")
        reader, body_at, readable = self._comment(heading, span)
        key = self._key(reader, heading, span) if readable else reader.text("id")
        if level == 3 and above is None:
            message = "a follow-up note without a question above it"
            self._fault(span, "follow-up-alone", message, "start the file with a ## question")
        parent = above if level == 3 else None
        citations = self._citations(reader, file, parent)
        tags = (*file.tags, *(parent.tags if parent else ()), *read_tags(reader))
        tags = tuple(dict.fromkeys(tags))
        draft = reader.flag("draft") or file.draft or bool(parent and parent.draft)
        answer = scan_answer(self.whole, body_at)
        kind = Kind.CLOZE if answer.numbers else Kind.BASIC
        reverse, typed = reader.flag("reverse"), reader.text("typed").strip()
        self._check_options(reader, kind, reverse, typed)
        retired = reader.flag("retired")
        as_of, needs, reverse_of = _month(reader), reader.texts("needs"), _reverse_of(reader)
        allowances = _allowances(reader)
        self.diagnostics += reader.diagnostics
        if draft:
            if key:
                self.drafts.append(key)
        else:
            self.diagnostics += answer.diagnostics
            self.questions.append(
                Question(
                    key=key,
                    kind=kind,
                    heading=head.segments,
                    context=parent.heading if parent else (),
                    answer=answer.segments,
                    callouts=answer.callouts,
                    numbers=answer.numbers,
                    tags=tags,
                    deck=file.deck,
                    citations=citations,
                    reverse=reverse,
                    typed=typed,
                    retired=retired,
                    title=heading.title[:QUESTION_LIMIT],
                    span=span,
                    body=self.whole.span(body_at, answer.end),
                    as_of=as_of,
                    needs=needs,
                    reverse_of=reverse_of,
                    allowances=allowances,
                )
            )
        if level == 2:
            above = _Above(head.segments, tags, citations, draft)
        return above, answer.end

    def _comment(self, heading: _Heading, span: Span) -> tuple[Reader, int, bool]:
        """The metadata in the comment right below the heading, where the answer starts, and
        whether the comment could be read."""
        comment = metadata.find(self.text, heading.after)
        if comment is None:
            return Reader(Mapping((), span), NOTE_KEYS, "the comment"), heading.after, True
        mapping, found = parse(metadata.yaml_in(self.whole, comment))
        self.diagnostics += found
        reader = Reader(mapping, NOTE_KEYS, "the comment below the heading")
        return reader, comment.after, not found

    def _key(self, reader: Reader, heading: _Heading, span: Span) -> str:
        key = reader.text("id")
        if not key:
            empty = reader.place("id") if reader.has("id") else None
            place = metadata.place_for_key(self.text, heading.after, empty)
            self.missing.append(MissingKey(empty or span, heading.title, place))
        elif not KEY.match(key) or len(key) > KEY_LIMIT:
            message = f"`{key}` cannot be an id"
            hint = f"use a-z, 0-9 and single hyphens, at most {KEY_LIMIT} characters"
            self._fault(reader.place("id"), "id-invalid", message, hint)
        return key

    def _citations(
        self, reader: Reader, file: _File, parent: _Above | None
    ) -> tuple[Citation, ...]:
        """What the note cites: its own sources, else the question's above, else the file's."""
        if not reader.has("sources") and parent is not None:
            return parent.citations
        written = reader.texts("sources") if reader.has("sources") else file.sources
        citations, found = cite(written, file.works)
        self.diagnostics += (d for d in found if d not in self.diagnostics)
        return citations

    def _check_options(self, reader: Reader, kind: Kind, reverse: bool, typed: str) -> None:
        if reverse and kind is Kind.CLOZE:
            hint = "write a second question, or drop `reverse`"
            reader.fault(reader.place("reverse"), "a cloze note has no reversed card", hint)
        if kind is Kind.CLOZE and typed not in ("", "true"):
            hint = "a cloze note's learner types the hidden text: write `typed: true`"
            reader.fault(reader.place("typed"), "a cloze note cannot name another answer", hint)
        if kind is Kind.BASIC and typed == "true":
            hint = "write what the learner should type: `typed: 0.5`"
            reader.fault(reader.place("typed"), "`typed` must be the answer to type", hint)

    def _fault(self, span: Span, code: str, message: str, hint: str = "") -> None:
        self.diagnostics.append(Diagnostic(span, code, message, hint, Severity.ERROR))


def _month(reader: Reader) -> str:
    """The value of `as-of`, a month; empty if it is absent or none."""
    month = reader.text("as-of").strip()
    if not reader.has("as-of") or MONTH.match(month):
        return month
    hint = "write year and month, such as `as-of: 2026-11`"
    message = f"`{month}` is no month" if month else "`as-of` names no month"
    reader.fault(reader.place("as-of"), message, hint)
    return ""


def _reverse_of(reader: Reader) -> Scalar | None:
    """The id under `reverse-of`, with its place."""
    key, node = reader.text("reverse-of"), reader.node("reverse-of")
    return node if key and isinstance(node, Scalar) else None


def _allowances(reader: Reader) -> tuple[Allowance, ...]:
    """What `allow` says: the codes of rules that the note may break, each with the reason."""
    mapping = reader.mapping("allow")
    allowances: list[Allowance] = []
    for code, reason in mapping.entries if mapping else ():
        if isinstance(reason, Scalar) and reason.text.strip() not in ("", "true"):
            allowances.append(Allowance(code, reason))
        else:
            hint = f'write `allow: {{{code.text}: "why this note may break the rule"}}`'
            reader.fault(code.span, f"`{code.text}` is allowed without a reason", hint)
    return tuple(allowances)
