"""The notes of a deck right after an edit, before a build has looked at all of it.

A build takes a good part of a second, most of it for what no card shows: formulas checked, rules
across notes, the lock. So the questions that were edited are shown first, and the build follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deckgen import build, source
from deckgen.config import Config
from deckgen.formulas import read_macros
from deckgen.macros import Macro
from deckgen.mathjax import MathJax
from deckgen.media import MediaFolder
from deckgen.notetype import NoteType, note_types
from deckgen.question import Question, parse_file
from deckgen.render import Note, Renderer
from deckgen.source import Source


@dataclass(frozen=True, slots=True)
class Draft:
    """A deck's title, its notes in their order, and the texts of their files by path."""

    title: str

    notes: tuple[Note, ...]
    types: tuple[NoteType, ...]
    texts: Mapping[str, str]


class Drafter:
    """Drafts of one deck; it remembers the deck's macros."""

    def __init__(self) -> None:
        self._macros: tuple[Config, Mapping[str, Macro]] | None = None

    def draft(self, folder: Path, built: build.Built | None) -> Draft | None:
        """The notes of the folder's files, those of unchanged questions taken from `built`.

        What an unchanged question inherits from its file is as it was. None if only a build can
        tell: if no question file changed, or if what all of them share did. Raises DeckgenError if
        the folder cannot be listed.
        """
        settings = build.read_settings(folder)
        sources, _ = source.read(folder)
        if built is not None and not _is_edited(settings, sources, built):
            return None
        texts = {**settings.texts, **{file.path: file.text for file in sources}}
        old_notes = built.notes if built is not None else ()
        old_texts = built.texts if built is not None else {}
        config = settings.config
        types = note_types(config.name, config.namespace, config.styling)
        kinds = {note_type.kind: note_type for note_type in types}
        media = MediaFolder(folder, config.media_limit)
        renderer = Renderer(config, kinds, self._read_macros(config), media, texts)
        notes: list[Note] = []
        for file in sources:
            known = [note for note in old_notes if note.span.path == file.path]
            old_text = old_texts.get(file.path, "")
            if file.text == old_text:
                notes += known
                continue
            by_key = {note.key: note for note in known if note.key}
            is_parent_same = True
            for question in parse_file(file, config, settings.works).questions:
                note = by_key.get(question.key)
                is_same = note is not None and _is_same(question, file.text, note, old_text)
                if not question.context:
                    is_parent_same = is_same
                if note is None or not is_same or not is_parent_same:
                    note = renderer.note(question)[0].note
                notes.append(note._replace(span=question.span))
        return Draft(config.name, tuple(notes), types, texts)

    def _read_macros(self, config: Config) -> Mapping[str, Macro]:
        if self._macros is None or self._macros[0].macros != config.macros:
            with MathJax() as mathjax:
                self._macros = config, read_macros(config.macros, mathjax.commands)[0]
        return self._macros[1]


def _is_edited(settings: build.Settings, sources: Sequence[Source], built: build.Built) -> bool:
    """Whether a question file changed since the build, and nothing that all of them share."""
    shared = (build.DECK, build.WORKS)
    return (
        settings.config == built.config
        and all(settings.texts.get(path) == built.texts.get(path) for path in shared)
        and any(built.texts.get(file.path) != file.text for file in sources)
    )


def _is_same(question: Question, text: str, old: Note, old_text: str) -> bool:
    """Whether a question stands in its file as it did when the note was made of it."""
    written = text[question.span.start : question.body.end]
    return old_text.startswith(written, old.span.start)
