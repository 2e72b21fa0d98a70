"""One question file through the stages that look at no other file: parse, render, formulas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from deckgen.citation import Work
from deckgen.config import Config
from deckgen.diagnostic import Diagnostic
from deckgen.formulas import FormulaCheck
from deckgen.imprint import ANSWER, Imprint, imprint
from deckgen.macros import Macro
from deckgen.made import NOTHING, Made, Origin, source_of
from deckgen.media import Media, MediaFolder
from deckgen.notetype import NoteType
from deckgen.question import MissingKey, parse_file
from deckgen.records import joined, record
from deckgen.render import Note, Rendered, Renderer
from deckgen.source import Source
from deckgen.stopwatch import Stopwatch


class FileNotes(NamedTuple):
    """What one question file gives, but for the texts of its notes.

    `formulas` is how many its notes show, and `shown_media` are the media, each with its
    address as it is written.
    """

    path: str
    imprints: tuple[Imprint, ...] = ()
    formulas: int = 0
    shown_media: tuple[tuple[str, Media], ...] = ()
    drafts: tuple[str, ...] = ()
    missing: tuple[MissingKey, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


class Given(NamedTuple):
    """What one question file gives: its notes, their origins and their records, in one order."""

    notes: FileNotes
    origins: tuple[Origin, ...] = ()
    records: bytes = b""


class Setting(NamedTuple):
    """What all files of a deck share, and what their notes depend on besides their own text."""

    config: Config
    works: dict[str, Work]
    note_types: tuple[NoteType, ...]
    macros: Mapping[str, Macro]


class FileReader:
    """Makes the notes of one deck's question files, one file after another."""

    def __init__(
        self,
        setting: Setting,
        media: MediaFolder,
        formulas: FormulaCheck,
        stopwatch: Stopwatch,
    ) -> None:
        self._setting = setting
        self._stopwatch = stopwatch
        self._formulas = formulas
        self._texts: dict[str, str] = {}
        types = {note_type.kind: note_type for note_type in setting.note_types}
        self._renderer = Renderer(
            setting.config, types, setting.macros, media, self._texts, formulas.keeps_its_look
        )

    def read(self, source: Source, before: Mapping[str, Made] = NOTHING) -> Given:
        """What one question file gives; the diagnostics of its notes say what is wrong.

        Questions that are as they were `before` gave their notes then.
        """
        self._texts.clear()
        self._texts[source.path] = source.text
        with self._stopwatch.stage("parsing"):
            parsed = parse_file(source, self._setting.config, self._setting.works)
        found = list(parsed.diagnostics)
        made: list[Made] = []
        rendered = []
        with self._stopwatch.stage("rendering"):
            for question in parsed.questions:
                origin = source_of(question, source.text)
                known = before.get(origin)
                if known is not None:
                    moved = known.imprint._replace(span=question.span)
                    made.append(known._replace(imprint=moved))
                    continue
                note, faults = self._renderer.note(question)
                rendered.append(note)
                made.append(_made(note, origin))
                found += faults
                found += missing_from(note.note)
        with self._stopwatch.stage("formulas"):
            found += self._formulas.check(rendered)
        origins = tuple(each.origin for each in made)
        about = FileNotes(
            path=source.path,
            imprints=tuple(each.imprint for each in made),
            formulas=sum(origin.formulas for origin in origins),
            shown_media=tuple({pair: None for origin in origins for pair in origin.shown_media}),
            drafts=parsed.drafts,
            missing=parsed.missing,
            diagnostics=tuple(found),
        )
        return Given(about, origins, joined(each.record for each in made))


def _made(rendered: Rendered, source: str) -> Made:
    origin = Origin(source, len(rendered.formulas), rendered.shown_media)
    return Made(imprint(rendered.note), record(rendered.note), origin)


def missing_from(note: Note) -> Iterator[Diagnostic]:
    """A card or an answer that a note lacks: Anki imports it, and nobody ever sees it."""
    if not note.ordinals:
        message = "this question makes no card"
        hint = "its heading shows nothing; write the question as text"
        yield Diagnostic(note.span, "card-missing", message, hint)
    elif not note.fields[ANSWER].strip():
        message = "the answer shows nothing"
        hint = "write it below the heading, or mark the note `draft: true`"
        yield Diagnostic(note.span, "answer-missing", message, hint)
