"""The question files of a content folder: what is remembered of them, and the rest read anew."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Set
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from deckgen import source
from deckgen.cache import Cache
from deckgen.deck import Deck
from deckgen.diagnostic import DeckgenError
from deckgen.file_notes import FileNotes, Setting
from deckgen.held import NOTHING
from deckgen.last_collection import LastCollection
from deckgen.media import MediaFolder
from deckgen.records import Records
from deckgen.source import Listed
from deckgen.stopwatch import Stopwatch
from deckgen.workers import Result, read_files

Progress = Callable[[str, int, int], None]
"""Called with the stage, steps done and steps in all."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a build may use: a folder to remember things in between builds, and processes.

    A `frugal` build keeps no text that nothing is told of, and no record of a note that the `last`
    collection holds.
    """

    cache: Path | None = None
    jobs: int = 1
    stopwatch: Stopwatch = field(default_factory=Stopwatch)
    frugal: bool = False
    last: LastCollection | None = None


class Reading:
    """The notes of all question files; `remembered` is how many files were not read anew.

    `texts` are those of files, by path, that are kept.
    """

    def __init__(
        self,
        setting: Setting,
        media: MediaFolder,
        means: Means,
        cache: Cache,
        progress: Progress,
    ) -> None:
        self.records = Records()
        self.remembered = 0
        self.texts: dict[str, str] = {}
        self._setting = setting
        self._media = media
        self._means = means
        self._progress = progress
        self._cache = cache
        self._names: dict[str, str] = {}
        self._files: dict[str, FileNotes] = {}

    @property
    def paths(self) -> Set[str]:
        """The question files that were read, or are remembered."""
        return self._files.keys()

    def files(self) -> tuple[FileNotes, ...]:
        """What each file gives, in the order of their paths.

        Raises DeckgenError if the folder cannot be listed, or a process is killed.
        """
        with self._means.stopwatch.stage("reading"):
            listed = source.listing(self._media.folder)
            for file in listed:
                self._remember(file)
        unread = [file for file in listed if file.path not in self._files]
        self.remembered = len(listed) - len(unread)
        for done, result in enumerate(self._read(unread), self.remembered + 1):
            self._take(result)
            self._progress("reading files", done, len(listed))
        self._cache.write_latest(listed)
        if unread:
            self._cache.prune()
        for notes in self._files.values():
            for _, shown in notes.shown_media:
                self._media.show(shown)
        return tuple(self._files[file.path] for file in listed)

    def complete(self, deck: Deck) -> None:
        """Have the records of all notes that a package of the deck needs.

        Raises DeckgenError if a file is no longer what it was.
        """
        last = self._means.last
        held = last.held_for(deck.settings) if last else NOTHING
        needed = {s.imprint.span.path for s in deck.notes if s.line not in held.places}
        for path in sorted(needed - self.records.paths):
            known = self._files[path]
            content = self._cache.records(self._names[path], known)
            if content is None:  # another build has cleared it away
                (result,) = self._read([Listed(path)])
                if result.given.notes.imprints != known.imprints:
                    raise DeckgenError(f"{path} changed while the deck was built: build again")
                content = result.given.records
                self._cache.write(self._names[path], result.given)
            self.records.add(path, known.imprints, content)

    def _remember(self, file: Listed) -> None:
        """Take what is remembered of a file, if all that is needed of it is."""
        folder, path = self._media.folder, file.path
        name, mark = "", ""
        if self._means.frugal and file.plain:
            name = self._cache.at_a_glance(file)
        if not name and file.plain:
            mark = source.fingerprint(folder, path)
            name = self._cache.name(path, mark)
        self._names[path] = name
        known = self._cache.read(path, name)
        if known is None:
            return
        if not self._means.frugal:
            content = self._cache.records(name, known)
            text, _ = source.read_text(folder, path)
            if content is None or text is None or text.fingerprint != mark:
                return
            self.records.add(path, known.imprints, content)
            self.texts[path] = text.text
        self._files[path] = known

    def _read(self, files: Collection[Listed]) -> Iterator[Result]:
        """What the files give that are not remembered; it is remembered from now on."""
        known = self._cache.proofs() if files else frozenset()
        proven = set(known)
        size = sum(file.size for file in files)
        paths = [file.path for file in files]
        means = self._means
        before = self._cache.before
        results = read_files(paths, size, self._setting, self._media, known, means.jobs, before)
        with closing(results):
            for result in results:
                proven |= result.proven
                means.stopwatch.add(result.spent)
                yield result
        if proven != known:
            self._cache.write_proofs(proven)

    def _take(self, result: Result) -> None:
        notes, path = result.given.notes, result.source.path
        name = self._cache.name(path, result.source.fingerprint)
        self._cache.write(name, result.given)
        self._names[path] = name
        self.records.add(path, notes.imprints, result.given.records)
        if notes.diagnostics or not self._means.frugal:
            self.texts[path] = result.source.text
        self._files[path] = notes
