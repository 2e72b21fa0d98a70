"""The whole street, from a content folder to the bytes of a package: the order of the stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from deckgen import apkg, check, ids, lock, source
from deckgen.citation import Work, read_works
from deckgen.config import Config, check_styling, read_config
from deckgen.diagnostic import Diagnostic, Span, errors, in_order
from deckgen.formulas import check_formulas, read_macros
from deckgen.mapping import parse
from deckgen.mathjax import MathJax
from deckgen.media import MediaFolder, forget_folders
from deckgen.notetype import note_types, user_styling
from deckgen.passage import Passage
from deckgen.question import MissingKey, Parsed, parse_file
from deckgen.render import Note, Renderer
from deckgen.source import Source

Progress = Callable[[str, int, int], None]
"""Called with the stage, steps done and steps in all."""

DECK, WORKS = "deck.yaml", "sources.yaml"


@dataclass(frozen=True, slots=True)
class Content:
    """The content folder, read and parsed."""

    config: Config
    parsed: tuple[Parsed, ...]
    texts: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def keys(self) -> frozenset[str]:
        """All ids in use."""
        named = (question.key for parsed in self.parsed for question in parsed.questions)
        drafts = (key for parsed in self.parsed for key in parsed.drafts)
        return frozenset(key for key in (*named, *drafts) if key)

    @property
    def missing(self) -> tuple[MissingKey, ...]:
        """The headings without an id."""
        return tuple(missing for parsed in self.parsed for missing in parsed.missing)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build gives: a package and a new lock, or errors among the diagnostics."""

    content: Content
    notes: tuple[Note, ...]
    stamps: lock.Stamps
    deck: apkg.Deck
    lock_text: str
    diagnostics: tuple[Diagnostic, ...]


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def read_content(folder: Path) -> Content:
    """Read and parse all files of a content folder. Raises DeckgenError if it cannot be listed."""
    forget_folders()
    settings, found = source.read_text(folder, DECK)
    settings = settings or Source(DECK, "")
    config, config_faults = read_config(settings)
    found += () if found else config_faults
    texts = {DECK: settings.text}
    known: dict[str, Work] = {}
    works_faults: tuple[Diagnostic, ...] = ()
    if (folder / WORKS).exists():
        registry, works_faults = source.read_text(folder, WORKS)
        if registry is not None:
            texts[WORKS] = registry.text
            mapping, yaml_faults = parse(Passage(registry.text, WORKS, ((0, 0),)))
            known, entry_faults = read_works(mapping)
            works_faults += (*yaml_faults, *entry_faults)
    styling, styling_faults = _styling(folder, config)
    sources, source_faults = source.read(folder)
    texts.update((file.path, file.text) for file in sources)
    parsed = tuple(parse_file(file, config, known) for file in sources)
    faults = (d for file in parsed for d in file.diagnostics)
    found += (*works_faults, *styling_faults, *source_faults, *faults)
    return Content(replace(config, styling=styling), parsed, texts, found)


def _styling(folder: Path, config: Config) -> tuple[str, tuple[Diagnostic, ...]]:
    """The author's CSS: what `styling` says, or the file in the content folder that it names."""
    if not config.styling_path:
        return config.styling, check_styling(config.styling, Span(DECK, 0, 0))
    path = config.styling_path
    if not (folder / path).resolve().is_relative_to(folder.resolve()):
        message = f"`styling` names {path}, which is outside the content folder"
        return "", (Diagnostic(Span(DECK, 0, 0), "value-invalid", message, "move it inside"),)
    sheet, found = source.read_text(folder, path)
    text = sheet.text if sheet else ""
    return text, (*found, *check_styling(text, Span(path, 0, 0)))


def build(
    folder: Path,
    old_lock: str,
    now: int,
    progress: Progress = silent,
    accepted: frozenset[tuple[str, str]] = frozenset(),
) -> Built:
    """Build the deck of a content folder; `old_lock` is the lock's text, `now` in seconds.

    `accepted` are pairs of a diagnostic's code and a note's key that the author says are meant.
    Raises DeckgenError if the folder or the lock cannot be used.
    """
    remembered = lock.read(old_lock)
    remembered = replace(remembered, accepted=remembered.accepted | accepted)
    content = read_content(folder)
    config = content.config
    types = note_types(config.name, config.namespace, config.styling)
    media = MediaFolder(folder, config.media_limit)
    questions = tuple(question for parsed in content.parsed for question in parsed.questions)
    found = list(content.diagnostics)
    with MathJax() as mathjax:
        macros, macro_faults = read_macros(config.macros, mathjax)
        found += macro_faults
        renderer = Renderer(config, {t.kind: t for t in types}, macros, media, content.texts)
        notes: list[Note] = []
        for done, question in enumerate(questions, 1):
            note, faults = renderer.note(question)
            notes.append(note)
            found += faults
            progress("rendering", done, len(questions))
        found += check_formulas(
            notes, macros, mathjax, lambda done, total: progress("formulas", done, total)
        )
    drafts = tuple(key for parsed in content.parsed for key in parsed.drafts)
    scene = check.Scene(
        config, questions, tuple(notes), drafts, remembered, old_lock, accepted, types
    )
    taken = content.keys | set(remembered.notes)
    found += ids.report(content.missing, taken)
    found += check.check(scene)
    found += media.unused(content.texts.values())
    texts = {**content.texts, lock.NAME: old_lock}
    sound = tuple({note.key: note for note in notes if note.key}.values())
    stamps = lock.stamp(sound, types, remembered, config.namespace, now)
    deck = apkg.Deck(
        name=config.name,
        namespace=config.namespace,
        description=description(config),
        types=stamps.types,
        notes=stamps.notes,
        media=tuple({m.name: m for note in notes for m in note.media}.values()),
        user_styling=user_styling(),
    )
    content = Content(config, content.parsed, texts, content.diagnostics)
    new_lock = lock.write(stamps.lock)
    return Built(content, tuple(notes), stamps, deck, new_lock, in_order(tuple(found)))


def pack(built: Built, folder: Path) -> bytes:
    """The package of a build without errors, read back and compared."""
    assert not errors(built.diagnostics), "a deck with errors is never packed"
    media = MediaFolder(folder, built.content.config.media_limit)
    package = apkg.pack(built.deck, media.read)
    apkg.verify(package, built.deck)
    return package


def description(config: Config) -> str:
    """The deck's description as Anki shows it, Markdown: the text, version, author, license."""
    facts = (
        ("Version", config.version),
        ("Author", config.author),
        ("License", config.license),
    )
    lines = " · ".join(f"{name}: {value}" for name, value in facts if value)
    return "\n\n".join(part for part in (config.description, lines) if part)

