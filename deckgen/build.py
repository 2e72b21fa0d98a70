"""The whole street, from a content folder to the bytes of a package: the order of the stages."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, NamedTuple

from deckgen import apkg, check, ids, lock, lock_text, source
from deckgen.cache import Cache
from deckgen.citation import Work, read_works
from deckgen.config import Config, check_styling, read_config
from deckgen.deck import Deck
from deckgen.diagnostic import Diagnostic, Span, errors, in_order
from deckgen.file_notes import Setting
from deckgen.formulas import read_macros
from deckgen.imprint import Imprint
from deckgen.last_collection import LastCollection
from deckgen.lock_entry import NAME
from deckgen.mapping import parse
from deckgen.mathjax import MathJax
from deckgen.media import MediaFolder, forget_folders
from deckgen.notetype import note_types, user_styling
from deckgen.passage import Passage
from deckgen.question import MissingKey, Parsed, parse_file
from deckgen.reading import Means, Progress, Reading
from deckgen.records import note_of
from deckgen.render import Note
from deckgen.source import Source

DECK, WORKS = "deck.yaml", "sources.yaml"


class Settings(NamedTuple):
    """The content folder but for its question files: what all of them share.

    `texts` are those of the files read, by path, and `diagnostics` say what is wrong with them.
    """

    config: Config
    works: dict[str, Work]
    texts: dict[str, str]
    diagnostics: tuple[Diagnostic, ...]


class Content(NamedTuple):
    """The content folder, read and parsed; `texts` are those of all files by path."""

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


@dataclass(frozen=True)
class Built:
    """What a build gives: a deck to pack and a new lock, or errors among the diagnostics.

    `imprints` are those of all notes in their order, `formulas` is how many the notes show, and
    `remembered` how many files gave what they gave before. `texts` are those of files by path:
    of all, or if the build was frugal, of those that something is told of.
    """

    config: Config
    imprints: tuple[Imprint, ...]
    drafts: tuple[str, ...]
    formulas: int
    remembered: int
    stamps: lock.Stamps
    deck: Deck
    texts: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    reading: Reading

    @property
    def lock_text(self) -> str:
        """The new lock as text; of a large deck it is large."""
        return lock_text.write(self.stamps.lock)

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """The notes with their texts, unless the build was frugal."""
        media = {each.name: each for each in self.deck.media}
        return tuple(note_of(*each, media) for each in self.deck.records)


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def read_settings(folder: Path) -> Settings:
    """Read what the question files of a content folder share."""
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
    found += (*works_faults, *styling_faults)
    return Settings(config._replace(styling=styling), known, texts, found)


def read_content(folder: Path) -> Content:
    """Read and parse all files of a content folder. Raises DeckgenError if it cannot be listed."""
    settings = read_settings(folder)
    sources, unread = source.read(folder)
    parsed = tuple(parse_file(f, settings.config, settings.works) for f in sources)
    faults = (diagnostic for file in parsed for diagnostic in file.diagnostics)
    texts = {**settings.texts, **{file.path: file.text for file in sources}}
    return Content(settings.config, parsed, texts, (*settings.diagnostics, *unread, *faults))


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
        known = means.last.lines if means.last else ()
        remembered = lock_text.read(old_lock, known=known)
        remembered = replace(remembered, accepted=remembered.accepted | accepted)
        settings = read_settings(folder)
    config = settings.config
    types = note_types(config.name, config.namespace, config.styling)
    media = MediaFolder(folder, config.media_limit)
    cache = Cache(means.cache, config, settings.works, types, media)
    with means.stopwatch.stage("formulas"):
        macros, macro_faults = read_macros(config.macros, partial(_commands, cache))
    setting = Setting(config, settings.works, types, macros)
    reading = Reading(setting, media, means, cache, progress)
    files = reading.files()
    notes = tuple(note for file in files for note in file.imprints)
    drafts = tuple(key for file in files for key in file.drafts)
    found = [*settings.diagnostics, *macro_faults]
    found += (diagnostic for file in files for diagnostic in file.diagnostics)
    with means.stopwatch.stage("checking"):
        whole = not any(fault.code in source.UNREADABLE for fault in found)
        scene = check.Scene(config, notes, drafts, remembered, old_lock, accepted, types, whole)
        taken = {*(note.key for note in notes), *drafts, *remembered.notes} - {""}
        found += ids.report([missing for file in files for missing in file.missing], taken)
        found += check.check(scene)
        found += media.unused(chain(settings.texts.values(), source.texts(folder)))
        sound = {note.key: note for note in notes}
        sound.pop("", None)
        stamps = lock.stamp(sound.values(), types, remembered, config.namespace, now)
    deck = Deck(
        name=config.name,
        namespace=config.namespace,
        description=description(config),
        types=stamps.types,
        notes=stamps.notes,
        records=reading.records,
        media=tuple({m.name: m for file in files for _, m in file.shown_media}.values()),
        user_styling=user_styling(),
    )
    texts = {**settings.texts, **reading.texts, NAME: old_lock}
    for path in {fault.span.path for fault in found} & reading.paths - texts.keys():
        told_of, _ = source.read_text(folder, path)
        texts[path] = told_of.text if told_of else ""
    return Built(
        config=config,
        imprints=notes,
        drafts=drafts,
        formulas=sum(file.formulas for file in files),
        remembered=reading.remembered,
        stamps=stamps,
        deck=deck,
        texts=texts,
        diagnostics=in_order(tuple(found)),
        reading=reading,
    )


def _commands(cache: Cache) -> frozenset[str]:
    """The commands that MathJax has; to ask it takes longer than most builds after an edit."""
    known = cache.commands()
    if not known:
        with MathJax() as mathjax:
            known = mathjax.commands()
        cache.write_commands(known)
    return known


def pack(built: Built, folder: Path) -> bytes:
    """The package of a build without errors, read back and compared."""
    package = io.BytesIO()
    write_package(built, folder, package)
    return package.getvalue()


def write_package(
    built: Built, folder: Path, package: BinaryIO, last: LastCollection | None = None
) -> None:
    """Write the package of a build without errors into an empty file, read back and compared.

    It takes over what the `last` collection holds, if the build had it too.
    """
    assert not errors(built.diagnostics), "a deck with errors is never packed"
    built.reading.complete(built.deck)
    media = MediaFolder(folder, built.config.media_limit)
    apkg.write(package, built.deck, media.read, last)
    if last is None:
        apkg.verify(package, built.deck)
    else:  # pieces that were taken over are those of a package that was read through
        is_new = not last.held_for(built.deck.settings).places
        apkg.verify_zip(package, built.deck, through=is_new)


def description(config: Config) -> str:
    """The deck's description as Anki shows it, Markdown: the text, version, author, license."""
    facts = (
        ("Version", config.version),
        ("Author", config.author),
        ("License", config.license),
    )
    lines = " · ".join(f"{name}: {value}" for name, value in facts if value)
    return "\n\n".join(part for part in (config.description, lines) if part)
