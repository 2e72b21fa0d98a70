"""The whole street, from a content folder to the bytes of a package: the order of the stages."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from deckgen import apkg, check, ids, lock, lock_text, source
from deckgen.cache import Cache
from deckgen.citation import Work, read_works
from deckgen.config import Config, check_styling, read_config
from deckgen.diagnostic import Diagnostic, Span, errors, in_order
from deckgen.file_notes import FileNotes, Setting
from deckgen.formulas import read_macros
from deckgen.mapping import parse
from deckgen.mathjax import MathJax
from deckgen.media import MediaFolder, forget_folders
from deckgen.notetype import NoteType, note_types, user_styling
from deckgen.passage import Passage
from deckgen.question import MissingKey, Parsed, parse_file
from deckgen.render import Note
from deckgen.source import Source
from deckgen.stopwatch import Stopwatch
from deckgen.workers import read_files

Progress = Callable[[str, int, int], None]
"""Called with the stage, steps done and steps in all."""

DECK, WORKS = "deck.yaml", "sources.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """The content folder but for its questions: settings, works to cite, the files as texts.

    `texts` are those of all files by path, and `diagnostics` say what is wrong so far.
    """

    config: Config
    works: dict[str, Work]
    sources: tuple[Source, ...]
    texts: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]


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
    """What a build gives: a package and a new lock, or errors among the diagnostics.

    `texts` are those of all files by path, `formulas` is how many the notes show, and
    `remembered` how many files gave what they gave before.
    """

    config: Config
    notes: tuple[Note, ...]
    drafts: tuple[str, ...]
    formulas: int
    remembered: int
    stamps: lock.Stamps
    deck: apkg.Deck
    lock_text: str
    texts: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Means:
    """What a build may use: a folder to remember things in between builds, and processes."""

    cache: Path | None = None
    jobs: int = 1
    stopwatch: Stopwatch = field(default_factory=Stopwatch)


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def read_settings(folder: Path) -> Settings:
    """Read all files of a content folder. Raises DeckgenError if it cannot be listed."""
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
    found += (*works_faults, *styling_faults, *source_faults)
    return Settings(replace(config, styling=styling), known, sources, texts, found)


def read_content(folder: Path) -> Content:
    """Read and parse all files of a content folder. Raises DeckgenError if it cannot be listed."""
    settings = read_settings(folder)
    parsed = tuple(parse_file(f, settings.config, settings.works) for f in settings.sources)
    faults = (diagnostic for file in parsed for diagnostic in file.diagnostics)
    found = (*settings.diagnostics, *faults)
    return Content(settings.config, parsed, settings.texts, found)


def _styling(folder: Path, config: Config) -> tuple[str, tuple[Diagnostic, ...]]:
    """The author's CSS: what `styling` says, or the file in the content folder that it names."""
    if not config.styling_path:
        return config.styling, check_styling(config.styling, config.styling_place)
    path = config.styling_path
    if not (folder / path).resolve().is_relative_to(folder.resolve()):
        message = f"`styling` names {path}, which is outside the content folder"
        place = config.styling_place
        return "", (Diagnostic(place, "value-invalid", message, "move it inside"),)
    sheet, found = source.read_text(folder, path)
    text = sheet.text if sheet else ""
    return text, (*found, *check_styling(text, Span(path, 0, 0)))


def build(
    folder: Path,
    old_lock: str,
    now: int,
    progress: Progress = silent,
    accepted: frozenset[tuple[str, str]] = frozenset(),
    means: Means | None = None,
) -> Built:
    """Build the deck of a content folder; `old_lock` is the lock's text, `now` in seconds.

    `accepted` are pairs of a diagnostic's code and a note's key that the author says are meant.
    Raises DeckgenError if the folder or the lock cannot be used.
    """
    means = means or Means()
    with means.stopwatch.stage("reading"):
        remembered = lock_text.read(old_lock)
        remembered = replace(remembered, accepted=remembered.accepted | accepted)
        settings = read_settings(folder)
    config = settings.config
    types = note_types(config.name, config.namespace, config.styling)
    media = MediaFolder(folder, config.media_limit)
    files, unread, macro_faults = _read_files(settings, types, media, progress, means)
    notes = tuple(note for file in files for note in file.notes)
    imprints = tuple(taken for file in files for taken in file.imprints)
    drafts = tuple(key for file in files for key in file.drafts)
    found = [*settings.diagnostics, *macro_faults]
    found += (diagnostic for file in files for diagnostic in file.diagnostics)
    with means.stopwatch.stage("checking"):
        whole = not any(fault.code in source.UNREADABLE for fault in settings.diagnostics)
        scene = check.Scene(
            config, notes, imprints, drafts, remembered, old_lock, accepted, types, whole
        )
        taken = {*(note.key for note in notes), *drafts, *remembered.notes} - {""}
        found += ids.report([missing for file in files for missing in file.missing], taken)
        found += check.check(scene)
        found += media.unused(settings.texts.values())
        sound = {note.key: (note, taken) for note, taken in zip(notes, imprints, strict=True)}
        sound.pop("", None)
        stamps = lock.stamp(tuple(sound.values()), types, remembered, config.namespace, now)
        new_lock = lock_text.write(stamps.lock)
    deck = apkg.Deck(
        name=config.name,
        namespace=config.namespace,
        description=description(config),
        types=stamps.types,
        notes=stamps.notes,
        media=tuple({m.name: m for note in notes for m in note.media}.values()),
        user_styling=user_styling(),
    )
    return Built(
        config=config,
        notes=notes,
        drafts=drafts,
        formulas=sum(file.formulas for file in files),
        remembered=len(files) - unread,
        stamps=stamps,
        deck=deck,
        lock_text=new_lock,
        texts={**settings.texts, lock.NAME: old_lock},
        diagnostics=in_order(tuple(found)),
    )


def _read_files(
    settings: Settings,
    types: tuple[NoteType, ...],
    media: MediaFolder,
    progress: Progress,
    means: Means,
) -> tuple[tuple[FileNotes, ...], int, tuple[Diagnostic, ...]]:
    """The notes of each question file, how many were not remembered, and the macros' faults."""
    with means.stopwatch.stage("formulas"), MathJax() as mathjax:
        macros, macro_faults = read_macros(settings.config.macros, mathjax)
    setting = Setting(settings.config, settings.works, types, macros)
    with means.stopwatch.stage("reading"):
        cache = Cache(means.cache, setting, media)
        known = cache.proofs()
        proven = set(known)
        read = {file.path: cache.read(file) for file in settings.sources}
    unread = [file for file in settings.sources if read[file.path] is None]
    done = len(settings.sources) - len(unread)
    with closing(read_files(unread, setting, media, known, means.jobs)) as results:
        for file, (notes, proofs, spent) in zip(unread, results, strict=True):
            read[file.path] = notes
            for _, shown in notes.shown_media:
                media.show(shown)
            cache.write(file, notes)
            proven |= proofs
            means.stopwatch.add(spent)
            done += 1
            progress("reading files", done, len(settings.sources))
    if unread:
        cache.write_proofs(proven)
        cache.prune()
    files = tuple(notes for notes in read.values() if notes is not None)
    return files, len(unread), macro_faults


def pack(built: Built, folder: Path) -> bytes:
    """The package of a build without errors, read back and compared."""
    assert not errors(built.diagnostics), "a deck with errors is never packed"
    media = MediaFolder(folder, built.config.media_limit)
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

